"""Sessions as a matrix: from transcripts, or from a folder that `extract` wrote."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import AllianceError, ParameterError, ResourceError, TranscriptError
from ..features.registry import list_features
from ..model.columns import feature_versions
from ..model.design import SessionMatrix
from ..run.extract import Input, internal_error
from ..transcript import Session

if TYPE_CHECKING:
    import pyarrow as pa

    from ..features.distance import VectorSource

#: The signals of a model, unless others are named; those near leakage are for evaluations alone.
FEATURES = ("core", "process")
LEAKING = ("near_leakage",)


@dataclass(frozen=True, slots=True)
class Corpus:
    """Sessions that were measured.

    Attributes
    ----------
    matrix : SessionMatrix
    files : list of Path
    errors : list of TranscriptError
        Sessions that could not be read.
    synthetic : bool
        Whether a session's `meta` says that it was made up.
    extraction : dict
        Features and versions, lexicons and vectors.
    """

    matrix: SessionMatrix
    files: list[Path]
    errors: list[TranscriptError]
    synthetic: bool
    extraction: dict[str, Any]


def read_corpus(
    source: Input,
    *,
    features: str | Sequence[str] | None = None,
    leaking: bool = False,
    vectors: VectorSource = None,
    words: bool = True,
    progress: Callable[[int, int], None] | None = None,
) -> Corpus:
    """Measure the sessions of files, or read the table of an extracted folder.

    Parameters
    ----------
    source : Input
        A single folder with a manifest is taken as one that `extract` wrote.
    features : str or sequence of str, optional
        None is `FEATURES`; of a folder every feature that is there but those near leakage.
    leaking : bool, default=False
        Whether None includes features near leakage: of the closing turns, and of thanks.
    vectors : optional
        As in `extract`.
    words : bool, default=True
        Whether to count words; a folder holds none.
    progress : callable, optional
        Called with the numbers of sessions measured and of errors.

    Raises
    ------
    ParameterError, ResourceError
        If an argument is malformed, a file of the folder is damaged, or no session can be read.
    """
    if len(source.paths) == 1 and (Path(source.paths[0]) / "manifest.json").is_file():
        return _of_folder(Path(source.paths[0]), features, leaking)
    errors: list[TranscriptError] = []
    files = source.files(errors)
    watch = _Watch()
    usual = (*FEATURES, *LEAKING) if leaking else FEATURES
    wanted = usual if features is None else features
    defect: Exception | None = None
    try:
        matrix = SessionMatrix.of(
            watch.over(source.read(files, errors)),
            features=wanted,
            vectors=vectors,
            words=words,
            progress=None if progress is None else lambda n: progress(n, len(errors)),
        )
    except AllianceError:
        raise
    except Exception as error:
        defect = error
    if defect is not None:  # outside of the block: its own message may quote the transcript
        if watch.last is None:
            raise defect
        raise internal_error(defect, watch.last)
    if not len(matrix):
        first = f", the first: {errors[0]}" if errors else ""
        raise ResourceError(f"No session could be read ({len(errors)} errors{first}).")
    known = matrix.vectors
    extraction = {
        "features": dict(feature_versions(matrix.names)),
        "vectors": known and {"name": known.name, "sha256": known.sha256},
        "lexicons": _lexicons(watch.languages),
    }
    return Corpus(matrix, files, errors, watch.synthetic, extraction)


class _Watch:
    """Notes what passes by on the way into the matrix."""

    def __init__(self) -> None:
        self.synthetic = False
        self.languages: set[str] = set()
        self.last: Session | None = None

    def over(self, sessions: Iterator[Session]) -> Iterator[Session]:
        """Yield the sessions."""
        for session in sessions:
            self.last = session
            self.languages.add(session.language.split("-")[0])
            self.synthetic |= bool(session.meta.get("synthetic"))
            yield session


def _lexicons(languages: set[str]) -> dict[str, Any]:
    from ..lexicons import has_lexicon, load_lexicon

    return {
        language: {"version": lexicon.version, "sha256": lexicon.sha256}
        for language in sorted(languages)
        if has_lexicon(language)
        for lexicon in [load_lexicon(language)]
    }


def _of_folder(folder: Path, features: str | Sequence[str] | None, leaking: bool) -> Corpus:
    manifest = _manifest(folder)
    files = sorted((folder / "sessions").glob("part-*.parquet"))
    if not files:
        raise ResourceError(f"{folder}: holds a manifest and no sessions/part-*.parquet.")
    table = _table(files)
    versions: dict[str, int] = manifest["features"]["session"]
    known = {name for name in list_features("all") if name in versions}
    now = feature_versions(sorted(known))
    moved = [name for name in sorted(known) if versions[name] != now[name]]
    if moved:
        raise ParameterError(
            f"{folder}: `{moved[0]}` has version {versions[moved[0]]} there and {now[moved[0]]} "
            f"here ({len(moved)} features differ); extract the sessions again."
        )
    matrix = SessionMatrix.from_table(table, features="all" if features is None else features)
    if features is None and not leaking:
        near = set(list_features(LEAKING))
        matrix = matrix.select(name for name in matrix.names if name not in near)
    extraction = {name: manifest[name] for name in ("vectors", "lexicons")}
    extraction["features"] = {name: versions[name] for name in matrix.names if name in versions}
    return Corpus(matrix, files, [], False, extraction)


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        content = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        good = isinstance(content["features"]["session"], dict)
        good = good and "vectors" in content and "lexicons" in content
    except (OSError, ValueError, KeyError, TypeError):
        good = False
    if not good:
        raise ResourceError(f"{folder}: its manifest.json is not one that `extract` wrote.")
    return dict(content)


def _table(files: Sequence[Path]) -> pa.Table:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pa.concat_tables([pq.read_table(file) for file in files])
    except (OSError, pa.ArrowException):
        pass  # the library's message may quote what it read
    raise ResourceError(f"{files[0].parent}: a Parquet file cannot be read; extract again.")
