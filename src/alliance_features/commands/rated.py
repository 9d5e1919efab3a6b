"""The rated alliance over files, into a folder of tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..output.files import write_atomically, write_csv, write_text
from ..output.manifest import describe_inputs, describe_versions
from ..output.results_folder import Results
from ..output.text_tables import as_markdown, as_text
from ..perspectives.rated_alliance import RatedAlliance, rated_alliance
from ..perspectives.tables import agreement_blocks, lens_blocks

if TYPE_CHECKING:
    from ..perspectives.mixed_models import MixedRun
    from ..raters.ratings import CheckedRatings


@dataclass(frozen=True, slots=True)
class RatedResult:
    """Result of `rated_files`: the tables, their text, seconds."""

    alliance: RatedAlliance
    text: str
    seconds: float


def rated_files(
    ratings: CheckedRatings,
    output: Path,
    *,
    inputs: Sequence[Path],
    signals: Path | None = None,
    overwrite: bool = False,
    **options: Any,
) -> RatedResult:
    """Compare the ratings of client and therapist and write an output folder.

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
        As for `rated_alliance`.

    Returns
    -------
    RatedResult

    Raises
    ------
    ParameterError, RaterError, ResourceError
        As `rated_alliance`, or if the folder cannot be written.
    """
    results, made_from = Results(output, overwrite=overwrite), describe_inputs(inputs)
    alliance = rated_alliance(ratings, signals, **options)
    results.begin()
    agreement, lens = agreement_blocks(alliance), lens_blocks(alliance)
    write_csv(output / "agreement.csv", alliance.agreement)
    write_text(output / "agreement.md", as_markdown(agreement, alliance.notes))
    if alliance.lens.num_rows:
        write_csv(output / "lens.csv", alliance.lens)
        write_text(output / "lens.md", as_markdown(lens, alliance.notes))
    if alliance.models:
        write_csv(output / "mixed.csv", alliance.mixed)
        _write_models(alliance, output / "lme4")
    seconds = results.finish(inputs, manifest("rated", made_from, options, _counts(alliance)))
    return RatedResult(alliance, as_text([*agreement, *lens], alliance.notes), seconds)


def manifest(
    command: str, inputs: dict[str, Any], options: dict[str, Any], counts: dict[str, Any]
) -> dict[str, Any]:
    """Return the manifest of a folder of tables; `inputs` are those of `describe_inputs`."""
    return {
        "format": 1,
        "command": command,
        "versions": describe_versions("numpy", "scipy", "pyarrow"),
        "configuration": {name: _plain(value) for name, value in options.items()},
        "inputs": inputs,
        "counts": counts,
    }


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, (list, tuple)) else value


def _counts(alliance: RatedAlliance) -> dict[str, Any]:
    return {
        "sessions": len(alliance.paired),
        "clients": len(set(alliance.paired.clients)),
        "clusters": alliance.clusters.n,
        "clustered_by": alliance.clusters.level,
        "units": dict(zip(alliance.paired.dimensions, alliance.paired.units, strict=True)),
        "controls": alliance.controls,
    }


def _write_models(alliance: RatedAlliance, folder: Path) -> None:
    """Write the columns of each model, and the formulas with which lme4 fits them."""
    folder.mkdir(exist_ok=True)
    lines = ["library(lme4)", ""]
    for run in alliance.models:
        name = f"{run.model}-{run.dimension}.csv"
        formulas: list[str] = []
        write_atomically(folder / name, partial(_write_columns, run, formulas))
        lines.append(f'lmer({formulas[0]}, data = read.csv("{name}"), REML = FALSE)')
    write_text(folder / "models.R", "\n".join(lines) + "\n")


def _write_columns(run: MixedRun, formulas: list[str], path: Path) -> None:
    formulas.append(run.write(path))
