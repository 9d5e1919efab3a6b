"""Read signals of sessions to relate to ratings: from an extracted folder, or any table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .._checks import check_choice, counted
from .._typing import FloatArray
from ..errors import ParameterError, ResourceError
from ..extraction.extractor import SESSION_KEYS
from ..transcript.ids import id_in_table, near_hint

if TYPE_CHECKING:
    import pyarrow as pa

_WORDS = (("dyad__words_n",), ("therapist__words_n", "client__words_n"))
_TURNS = "dyad__turns_n"


@dataclass(frozen=True, slots=True)
class SignalTable:
    """Signals by session.

    Attributes
    ----------
    names : list of str, length f
    values : ndarray of float64, shape (n, f)
        NaN is null.
    session_ids : list of str, length n
    """

    names: list[str]
    values: FloatArray
    session_ids: list[str]

    def of(self, sessions: Sequence[str]) -> SignalTable:
        """Return the rows of some sessions; NaN for a session without a row."""
        place = {session: row for row, session in enumerate(self.session_ids)}
        rows = np.array([place.get(session, -1) for session in sessions], dtype=np.int64)
        values = np.full((len(sessions), len(self.names)), np.nan)
        values[rows >= 0] = self.values[rows[rows >= 0]]
        return SignalTable(self.names, values, list(sessions))

    def left_out(self, sessions: Sequence[str]) -> list[str]:
        """Return a line on the sessions that have no row here, or nothing.

        Raises
        ------
        ParameterError
            If none of them has one.
        """
        absent = set(sessions) - set(self.session_ids)
        if not absent:
            return []
        hint = near_hint(absent, self.session_ids)
        if len(absent) == len(set(sessions)):
            raise ParameterError(
                f"`signals` has no row of any of the {len(absent):,} rated sessions{hint}; check "
                "the session ids."
            )
        return [f"{counted(len(absent), 'rated session')} without signals{hint}."]

    def with_names(self, other: SignalTable) -> SignalTable:
        """Return the columns of both for the same sessions, each name once."""
        new = [k for k, name in enumerate(other.names) if name not in self.names]
        values = np.concatenate([self.values, other.of(self.session_ids).values[:, new]], axis=1)
        return SignalTable([*self.names, *(other.names[k] for k in new)], values, self.session_ids)

    def column(self, name: str) -> FloatArray:
        """Return one signal."""
        return self.values[:, self.names.index(check_choice("name", name, self.names))]

    def length(self) -> tuple[list[str], FloatArray]:
        """Return the available measures of length: log words and log turns."""
        measures = {}
        for parts in _WORDS:
            if all(name in self.names for name in parts):
                measures["log_words"] = np.sum([self.column(name) for name in parts], axis=0)
                break
        if _TURNS in self.names:
            measures["log_turns"] = self.column(_TURNS)
        with np.errstate(divide="ignore", invalid="ignore"):
            logs = [np.where(value > 0, np.log(value), np.nan) for value in measures.values()]
        shape = (len(self.session_ids), 0)
        return list(measures), np.stack(logs, axis=1) if logs else np.empty(shape)


def signal_table(
    source: str | Path | pa.Table, *, features: Sequence[str] | None = None
) -> SignalTable:
    """Read signals.

    Parameters
    ----------
    source : path, pyarrow.Table or data frame
        A folder that `extract` wrote (without signals near leakage, unless named), or a .csv or
        .parquet file or table with `session_id` and columns of numbers.
    features : sequence of str, optional
        Sets, groups or names for a folder, names of columns for a table; None: all.

    Raises
    ------
    ParameterError, ResourceError
        If there is no `session_id`, a session or column occurs twice, a name is unknown, or a file
        is damaged.
    """
    if isinstance(source, (str, Path)) and Path(source).is_dir():
        from ..model.corpus import read_corpus
        from ..transcript.source import Input

        matrix = read_corpus(Input(paths=[str(source)]), features=features).matrix
        return SignalTable(
            list(matrix.names),
            matrix.signals,
            [str(session_id) for session_id in matrix.session_ids],
        )
    table = _read(Path(source)) if isinstance(source, (str, Path)) else _in_memory(source)
    twice = sorted(name for name, n in Counter(table.column_names).items() if n > 1)
    if twice:
        raise ParameterError(f"`signals` has two columns named {twice[0]!r}.")
    if "session_id" not in table.column_names:
        raise ParameterError("`signals` has no column session_id.")
    sessions = [str(id_in_table(session)) for session in table["session_id"].to_pylist()]
    if len(set(sessions)) < len(sessions):
        raise ParameterError("`signals` has a session twice.")
    numeric = [
        name
        for name in table.column_names
        if name not in SESSION_KEYS and _is_number(table.schema.field(name).type)
    ]
    if features is not None:
        numeric = [check_choice("features", name, numeric) for name in features]
    columns = [_floats(table, name) for name in numeric]
    values = np.stack(columns, axis=1) if columns else np.empty((len(sessions), 0))
    return SignalTable(numeric, values, sessions)


def _in_memory(source: Any) -> pa.Table:
    """Return a table or data frame as an Arrow table."""
    import pyarrow as pa

    if isinstance(source, pa.Table):
        return source
    if hasattr(source, "__arrow_c_stream__"):
        return pa.table(source)
    raise ParameterError(
        f"`signals` is {type(source).__name__}; it must be a folder, a file or a table."
    )


def _is_number(kind: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_floating(kind) or pa.types.is_integer(kind))


def _floats(table: pa.Table, name: str) -> FloatArray:
    cells = table[name].to_pylist()
    values = np.array([np.nan if cell is None else cell for cell in cells], dtype=np.float64)
    if np.isinf(values).any():
        raise ParameterError(f"`signals[{name}]` holds infinity; leave the cell empty.")
    return values


def _read(path: Path) -> pa.Table:
    import pyarrow as pa
    from pyarrow import csv, parquet

    if path.suffix not in (".csv", ".parquet"):
        raise ParameterError(f"`signals` is {path}; it must be a folder, .csv or .parquet.")
    try:
        if path.suffix == ".parquet":
            return parquet.read_table(path)
        kinds = dict.fromkeys(SESSION_KEYS[:3], pa.string())
        options = csv.ConvertOptions(column_types=kinds, strings_can_be_null=True)
        return csv.read_csv(path, convert_options=options)
    except (OSError, pa.ArrowException):
        pass  # the library's message may quote what it read
    raise ResourceError(f"{path}: cannot be read as a table.")
