"""Courses of therapy over files, into a folder of tables and a plot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..output.files import write_csv, write_text
from ..output.manifest import describe_inputs
from ..output.results_folder import Results
from ..output.text_tables import as_markdown, as_text
from ..perspectives.client_courses import ClientCourses, client_courses
from ..perspectives.tables import course_blocks
from ..reports.course_plots import courses_svg
from .rated import manifest

if TYPE_CHECKING:
    from ..raters.ratings import CheckedRatings


@dataclass(frozen=True, slots=True)
class CoursesResult:
    """Result of `courses_files`: the tables, their text, seconds."""

    courses: ClientCourses
    text: str
    seconds: float


def courses_files(
    ratings: CheckedRatings,
    output: Path,
    *,
    inputs: Sequence[Path],
    signals: Path | None = None,
    overwrite: bool = False,
    **options: Any,
) -> CoursesResult:
    """Follow courses of therapy and write an output folder.

    Parameters
    ----------
    ratings : CheckedRatings
    output : Path
        New or empty folder, or one with results if `overwrite`.
    inputs : sequence of Path
        The files that are read, for the manifest.
    signals : Path, optional
    overwrite : bool
    **options
        As for `client_courses`.

    Returns
    -------
    CoursesResult

    Raises
    ------
    ParameterError, RaterError, ResourceError
        As `client_courses`, or if the folder cannot be written.
    """
    results, made_from = Results(output, overwrite=overwrite), describe_inputs(inputs)
    courses = client_courses(ratings, signals, **options)
    results.begin()
    blocks = course_blocks(courses)
    write_csv(output / "courses.csv", courses.courses)
    write_csv(output / "shares.csv", courses.shares)
    write_csv(output / "phases.csv", courses.phases)
    write_text(output / "courses.md", as_markdown(blocks, courses.notes))
    write_text(output / "courses.svg", courses_svg(courses, subtitle=courses.notes[0]))
    counts = {name: len(of.courses) for name, of in courses.by_name.items()}
    seconds = results.finish(inputs, manifest("courses", made_from, options, {"courses": counts}))
    return CoursesResult(courses, as_text(blocks, courses.notes), seconds)
