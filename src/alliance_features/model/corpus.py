"""Sessions as a matrix: from transcripts, or from a folder that `extract` wrote."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .._checks import counted
from ..errors import AllianceError, ParameterError, ResourceError, TranscriptError
from ..extraction.extractor import SESSION_KEYS
from ..features.registry import list_features
from ..output.problems import internal_error
from ..text.lookup import CASE
from ..text.vectors import load_vectors
from ..transcript import Session
from ..transcript.readers import Place
from ..transcript.source import Input
from .session_matrix import OWN_PREFIX, SessionMatrix, feature_versions

if TYPE_CHECKING:
    import pyarrow as pa

    from ..features.measures.distance import VectorSource

#: The signals of a model by default; signals near leakage are for evaluations only.
FEATURES = ("core", "process")
LEAKING = ("near_leakage",)
#: Name of the features from the user's dictionary, which only an extracted folder holds.
CATEGORIES = "categories"


@dataclass(frozen=True, slots=True)
class Corpus:
    """Measured sessions.

    Attributes
    ----------
    matrix : SessionMatrix
    files : list of places
    errors : list of TranscriptError
        Sessions that could not be read.
    synthetic : bool
        Whether a session's `meta` says that it was made up.
    extraction : dict
        Features and versions, lexicons and vectors; "dictionary", its SHA-256, where the
        categories of one are signals.
    """

    matrix: SessionMatrix
    files: Sequence[Place]
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
        None: `FEATURES`; for a folder every registered feature in it except those near leakage.
        For a folder, "categories" adds those of the user's dictionary, with the prefix ``own__``;
        columns that are not named are not used.
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
        _check_measured(source, vectors)
        return _of_folder(Path(source.paths[0]), features, leaking)
    errors: list[TranscriptError] = []
    files = source.files(errors)
    watch = _Watch()
    usual = (*FEATURES, *LEAKING) if leaking else FEATURES
    wanted = usual if features is None else features
    if CATEGORIES in _named(wanted):
        raise ParameterError(
            "`features` names categories, which need a dictionary: measure the sessions with "
            "`extract --categories FILE` first, and name the folder that it wrote."
        )
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
    if defect is not None:  # outside of the block: the original message may quote the transcript
        raise _as_error(defect, watch.at)
    if not len(matrix):
        first = f", the first: {errors[0]}" if errors else ""
        raise ResourceError(f"No session could be read ({counted(len(errors), 'error')}{first}).")
    known = matrix.vectors
    extraction = {
        "features": dict(feature_versions(matrix.names)),
        "vectors": known
        and {
            "name": known.name,
            "sha256": known.sha256,
            **({"case": CASE} if known.cased else {}),
        },
        "lexicons": _lexicons(watch.languages),
    }
    return Corpus(matrix, files, errors, watch.synthetic, extraction)


class _Watch:
    """Records what the matrix does not keep of the sessions that are measured."""

    def __init__(self) -> None:
        self.synthetic = False
        self.languages: set[str] = set()
        self.at: Session | None = None

    def over(self, sessions: Iterator[Session]) -> Iterator[Session]:
        """Yield the sessions."""
        for session in sessions:
            self.at = session
            self.languages.add(session.language.split("-")[0])
            self.synthetic |= bool(session.meta.get("synthetic"))
            yield session
            self.at = None


def _as_error(defect: Exception, session: Session | None) -> AllianceError:
    """Return an error that names the place of a defect, in measuring a session or elsewhere."""
    if session is not None:
        return internal_error(defect, session)
    last = traceback.extract_tb(defect.__traceback__)[-1]
    return ResourceError(
        f"{type(defect).__name__} in {Path(last.filename).name}, line {last.lineno}, while "
        "sessions were read. This is a defect of the program; please report it with this line."
    )


def _named(features: str | Sequence[str]) -> list[str]:
    return [features] if isinstance(features, str) else list(features)


def _lexicons(languages: set[str]) -> dict[str, Any]:
    from ..lexicons import has_lexicon, load_lexicon

    return {
        language: {"version": lexicon.version, "sha256": lexicon.sha256}
        for language in sorted(languages)
        if has_lexicon(language)
        for lexicon in [load_lexicon(language)]
    }


def _check_measured(source: Input, vectors: VectorSource) -> None:
    """Refuse arguments that need transcripts, and other vectors than those of the folder."""
    folder = Path(source.paths[0])
    options = {name: value for name, value in asdict(source).items() if value not in (None, {})}
    options.pop("paths")
    if options:
        raise ParameterError(
            f"`{next(iter(options))}` applies to transcripts, and {folder} holds what `extract` "
            "measured of them; leave it out, or name the transcripts."
        )
    used = _manifest(folder)["vectors"]
    if vectors is None or used is None:
        return
    given = load_vectors(vectors)
    if given.sha256 != used.get("sha256"):
        raise ParameterError(
            f"`vectors` is {given.name} ({given.sha256[:12]}...), and {folder} was measured with "
            "others; extract the sessions with them, or leave it out."
        )
    if given.cased and used.get("case") != CASE:
        raise ParameterError(
            f"`vectors` is {given.name}, and {folder} was measured when words were looked up in it "
            "in lower case only; extract the sessions again."
        )


def _of_folder(folder: Path, features: str | Sequence[str] | None, leaking: bool) -> Corpus:
    manifest = _manifest(folder)
    files = sorted((folder / "sessions").glob("part-*.parquet"))
    if not files:
        raise ResourceError(f"{folder}: holds a manifest and no sessions/part-*.parquet.")
    table, dictionary = _chosen(folder, _table(files), features)
    versions: dict[str, int] = manifest["features"]["session"]
    known = [name for name in table.column_names if name in versions]
    now = feature_versions(known)
    moved = [name for name in sorted(now) if versions[name] != now[name]]
    if moved:
        raise ParameterError(
            f"{folder}: `{moved[0]}` has version {versions[moved[0]]} there and {now[moved[0]]} "
            f"here ({len(moved)} features differ); extract the sessions again."
        )
    matrix = SessionMatrix.from_table(table)
    if features is None and not leaking:
        near = set(list_features(LEAKING))
        matrix = matrix.select(name for name in matrix.names if name not in near)
    extraction = {name: manifest[name] for name in ("vectors", "lexicons")}
    extraction["features"] = {name: versions[name] for name in matrix.names if name in versions}
    if dictionary is not None:
        extraction["dictionary"] = dictionary
    return Corpus(matrix, files, [], False, extraction)


def _chosen(
    folder: Path, table: pa.Table, features: str | Sequence[str] | None
) -> tuple[pa.Table, str | None]:
    """Return the columns that `features` names, and the SHA-256 of the dictionary of categories.

    None: every column except those of a dictionary; a column that is not a feature is then refused.
    """
    said = {name: (table.schema.field(name).metadata or {}) for name in table.column_names}
    by_user = {name: meta[b"dictionary"] for name, meta in said.items() if b"dictionary" in meta}
    if features is None:
        return table.drop_columns(list(by_user)), None
    wanted = [name for name in _named(features) if name != CATEGORIES]
    with_categories = CATEGORIES in _named(features)
    if with_categories and not by_user:
        raise ParameterError(
            f"`features` names categories, and {folder} holds none; extract the sessions with "
            "--categories FILE."
        )
    kept = set(list_features(wanted)) if wanted or not with_categories else set()
    kept |= {*SESSION_KEYS, *(by_user if with_categories else ())}
    chosen = [name for name in table.column_names if name in kept or name.startswith(OWN_PREFIX)]
    called = [OWN_PREFIX + name if name in by_user else name for name in chosen]
    dictionary = sorted(set(by_user.values()))[0].decode() if with_categories else None
    return table.select(chosen).rename_columns(called), dictionary


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
