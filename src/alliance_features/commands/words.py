"""Comparison of words by dimension, in sessions or rationales, into a folder."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from .._checks import counted
from ..corpus.word_odds import MIN_CLIENTS, STRENGTH, thirds, word_schema, word_table
from ..errors import ParameterError, ResourceError, TranscriptError
from ..evaluation.rated_sessions import Ratings
from ..output.files import write_csv, write_table, write_text
from ..output.manifest import describe_inputs
from ..output.problems import errors_table
from ..output.results_folder import Results
from ..output.text_tables import Block, as_markdown, as_text
from ..raters.matrix import RatingMatrix
from ..text.tokens import turn_tokens
from ..transcript import Session, Turn, merge_turns
from ..transcript.ids import id_in_table, near_hint
from ..transcript.readers import Place
from ..transcript.source import Input

ROLES = ("therapist", "client")
AGAINST = ("thirds", "dimensions")
_SHOWN = 15


@dataclass(frozen=True, slots=True)
class Text:
    """Tokens of one role in a session, or of a rationale for one dimension."""

    session_id: str
    role: str
    dimension: str | None
    tokens: list[str]


def words_files(
    ratings: Ratings,
    output: Path,
    *,
    source: Input | None = None,
    rationales: Path | None = None,
    language: str = "en",
    against: str = "thirds",
    min_clients: int = MIN_CLIENTS,
    strength: float = STRENGTH,
    show_words: bool = False,
    overwrite: bool = False,
    errors: list[TranscriptError] | None = None,
) -> str:
    """Compare the words of texts with high and with low ratings, by dimension and role.

    Parameters
    ----------
    ratings : Ratings
    output : Path
    source : Input, optional
        Transcripts; None if `rationales` are given.
    rationales : Path, optional
        Parquet with session_id, dimension and rationale, as `rate` keeps them.
    language : str, default="en"
        Language of the rationales.
    against : {"thirds", "dimensions"}, default="thirds"
        The high and the low third of the ratings of a dimension, or the rationales of a dimension
        and those of the others.
    min_clients, strength, show_words
        As in `word_table`.
    overwrite : bool, default=False
    errors : list of TranscriptError, optional
        Filled with the sessions that cannot be read, which are left out.

    Returns
    -------
    str
        What to print.

    Raises
    ------
    ParameterError, RaterError, ResourceError
        If an argument or a file is malformed, or nothing is left to compare.
    """
    results = Results(output, overwrite=overwrite)
    if (source is None) == (rationales is None):
        raise ParameterError(
            "Give either sessions (PATH) or `rationales` (--rationales), not both."
        )
    if against not in AGAINST or (against == "dimensions" and rationales is None):
        raise ParameterError(
            f'`against` is {against!r}; it must be "thirds", or for rationales "dimensions".'
        )
    matrix = ratings.as_matrix(ratings.read())
    errors = [] if errors is None else errors
    files: list[Place]
    if source is not None:
        files = source.files(errors)
        texts = [*_of_sessions(source.read(files, errors))]
    else:
        path = Path(str(rationales))
        files, texts = [path], [*_of_rationales(path, language)]
    said = {text.session_id for text in texts}
    tables = list(
        _tables(texts, matrix, against, min_clients=min_clients, strength=strength, show=show_words)
    )
    if not tables:
        raise ParameterError(
            f"No text belongs to a rated session{near_hint(said, matrix.session_ids)}; check the "
            "session ids."
        )
    blocks = [_block(place, table, named=show_words) for place, table in tables]
    lines = [
        "z orders words and is not a test: it takes words as drawn one by one.",
        f"Words of fewer than {min_clients} clients are left out; the prior is all words together, "
        f"worth {strength:g} words.",
    ]
    n_left = len(said - {*matrix.session_ids})
    if n_left:
        hint = near_hint(said, matrix.session_ids)
        lines.append(f"{counted(n_left, 'session')} without a rating left out{hint}.")
    if not show_words:
        lines.append("Words are not named: --show-words names them.")
    results.begin()
    write_csv(output / "words.csv", _joined(tables))
    write_text(output / "words.md", as_markdown(blocks, lines))
    if source is not None:
        write_table(output / "errors.parquet", errors_table(errors))
    paths = [*files, ratings.path]
    results.finish(
        paths,
        {
            "format": 1,
            "configuration": {
                **{"against": against, "min_clients": min_clients, "strength": strength},
                **{"show_words": show_words, "of": "sessions" if source else "rationales"},
            },
            "inputs": describe_inputs(paths),
            "counts": {"texts": len(texts), "errors": len(errors)},
        },
    )
    return as_text(blocks, lines)


def _of_sessions(sessions: Iterator[Session]) -> Iterator[Text]:
    for session in sessions:
        turns = zip(merge_turns(session), turn_tokens(session), strict=True)
        by_role: dict[str, list[str]] = {}
        for turn, tokens in turns:
            by_role.setdefault(turn.role, []).extend(tokens)
        for role in ROLES:
            yield Text(session.session_id, role, None, by_role.get(role, []))


def _of_rationales(path: Path, language: str) -> Iterator[Text]:
    import pyarrow.parquet as pq

    rows = None
    with contextlib.suppress(OSError, pa.ArrowException):  # a message may quote what was read
        rows = pq.read_table(path, columns=["session_id", "dimension", "rationale"]).to_pylist()
    if rows is None:
        raise ResourceError(
            f"{path}: is not a Parquet file with session_id, dimension and rationale, as `rate` "
            "keeps them."
        )
    for row in rows:
        turn = Turn(role="client", text=row["rationale"] or "")
        tokens = turn_tokens(Session(session_id="r", language=language, turns=(turn,)))
        flat = [word for words in tokens for word in words]
        yield Text(str(id_in_table(row["session_id"])), "rationale", row["dimension"], flat)


def _tables(
    texts: Sequence[Text],
    matrix: RatingMatrix,
    against: str,
    *,
    min_clients: int,
    strength: float,
    show: bool,
) -> Iterator[tuple[tuple[str, str], pa.Table]]:
    """Yield the table of each dimension and role for which both groups have words."""
    row_of = {name: place for place, name in enumerate(matrix.session_ids)}
    rated = [text for text in texts if text.session_id in row_of]
    for place, dimension in enumerate(matrix.dimensions):
        level = thirds(matrix.y[:, place])
        for role in dict.fromkeys(text.role for text in rated):
            own, first = [], []
            for text in rated:
                group = int(level[row_of[text.session_id]])
                if against == "dimensions":
                    group = 1 if text.dimension == dimension else -1
                elif text.dimension not in (None, dimension):
                    group = 0
                if text.role == role and group != 0:
                    own.append(text)
                    first.append(group > 0)
            said = [bool(text.tokens) for text in own]
            if not any(f and s for f, s in zip(first, said, strict=True)) or not any(
                s and not f for f, s in zip(first, said, strict=True)
            ):
                continue
            clients = [matrix.clients[row_of[text.session_id]] or text.session_id for text in own]
            table = word_table(
                [text.tokens for text in own],
                first,
                clients,
                min_clients=min_clients,
                strength=strength,
                show_words=show,
            )
            yield (dimension, role), table


def _block(place: tuple[str, str], table: pa.Table, *, named: bool) -> Block:
    dimension, role = place
    rows = table.to_pylist()
    z = np.array([row["z"] for row in rows])
    if not named:
        cells = [
            str(len(rows)),
            *(str(int((np.abs(z) >= cut).sum())) for cut in (1.96, 3.0)),
            *(f"{value:.1f}" for value in ((z.max(), z.min()) if z.size else (0.0, 0.0))),
        ]
        header = ["words", "n", "|z| >= 1.96", "|z| >= 3", "largest z", "smallest z"]
        return Block(f"{dimension}, {role}", header, [["all", *cells]], "counts alone")
    shown = rows if len(rows) <= 2 * _SHOWN else [*rows[:_SHOWN], *rows[-_SHOWN:]]
    body = [
        [
            row["word"],
            f"{row['z']:.1f}",
            *(str(row[n]) for n in ("first_n", "second_n", "clients_n")),
        ]
        for row in shown
    ]
    note = f"{len(rows):,} words; the first and the last by z"
    return Block(f"{dimension}, {role}", ["word", "z", "high", "low", "clients"], body, note)


def _joined(tables: Sequence[tuple[tuple[str, str], pa.Table]]) -> pa.Table:
    names = [pa.field("dimension", pa.string()), pa.field("role", pa.string())]
    rows = [
        {"dimension": place[0], "role": place[1], **row}
        for place, table in tables
        for row in table.to_pylist()
    ]
    return pa.Table.from_pylist(rows, schema=pa.schema([*names, *word_schema()]))
