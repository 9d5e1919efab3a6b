"""CSV and TSV: one turn a row, the rows of a session together."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ...errors import TranscriptError
from .._fields import check_id
from ..session import Session, Turn
from ._rows import SESSION_FIELDS, TURN_FIELDS, Row, read_rows


def _number(text: str) -> float:
    if "_" in text:
        raise ValueError
    return float(text)


def _boolean(text: str) -> bool:
    return {"true": True, "1": True, "false": False, "0": False}[text.lower()]


_CONVERT: dict[str, tuple[Callable[[str], Any], str]] = {
    "session_number": (_number, "a whole number"),
    "translated": (_boolean, "true or false"),
    "verbatim": (_boolean, "true or false"),
    "start": (_number, "a number of seconds"),
    "end": (_number, "a number of seconds"),
}


def _value(name: str, cell: str) -> Any:
    if name == "text":
        return cell
    cell = cell.strip()
    if not cell:
        return None
    if name not in _CONVERT:
        return cell
    convert, wanted = _CONVERT[name]
    try:
        return convert(cell)
    except (KeyError, ValueError):
        pass
    raise TranscriptError(
        f"`{name}` is not {wanted}",
        code="bad_type",
        field=name,
        remedy="Leave the cell empty where unknown.",
    )


def _spoiled(path: Path, columns: Mapping[str, str]) -> dict[str, TranscriptError]:
    """Return the sessions that cannot be trusted for the layout of the rows, and why.

    One pass before any session is yielded. An unreadable row belongs to the session that its id
    names if that stands next to it; otherwise the sessions before and after may lack a turn.
    A cell that is no id means that the columns are misplaced: then no cell is taken for one.
    """
    spoiled: dict[str, TranscriptError] = {}
    seen: set[str] = set()
    before = ""
    unowned: list[tuple[str, TranscriptError]] = []
    for line, session, _, problem in read_rows(path, columns):
        if problem is not None:
            if session and session == before:
                spoiled.setdefault(before, problem)
            else:
                unowned.append((session, problem))
            continue
        for claim, error in unowned:
            for owner in {session, before if claim != session else session} - {""}:
                spoiled.setdefault(owner, error)
        unowned.clear()
        if session not in seen:
            _check_session_id(session, line)
        elif session != before:
            spoiled.setdefault(session, _interleaved(line))
        seen.add(session)
        before = session
    if unowned and not before:
        raise unowned[0][1]
    if unowned:
        spoiled.setdefault(before, unowned[0][1])
    return spoiled


def _check_session_id(session: str, line: int) -> None:
    try:
        check_id("session_id", session)
        return
    except TranscriptError as error:
        problem = error.at(line=line)
    raise problem


def _interleaved(line: int) -> TranscriptError:
    return TranscriptError(
        "the rows of the session are not together: other sessions stand between them",
        code="interleaved_sessions",
        line=line,
        remedy="Sort the file by session, keeping the order of turns.",
    )


def _turn(cells: Mapping[str, str], roles: Mapping[str, str]) -> tuple[dict[str, Any], Turn]:
    values = {name: _value(name, cell) for name, cell in cells.items()}
    label = values.get("role")
    values["role"] = None if label is None else roles.get(label, label)
    turn = Turn(**{name: values.get(name) for name in TURN_FIELDS})  # type: ignore[arg-type]
    return {name: values.get(name) for name in SESSION_FIELDS}, turn


def _check_same(head: dict[str, Any], first: dict[str, Any], line: int) -> None:
    for name in SESSION_FIELDS:
        if head[name] != first[name]:
            raise TranscriptError(
                f"`{name}` differs from line {line} of the same session",
                code="changed_field",
                field=name,
                remedy="Repeat session-level values in every row.",
            )


def _session(rows: list[Row], roles: Mapping[str, str], language: str | None) -> Session:
    heads: list[dict[str, Any]] = []
    turns: list[Turn] = []
    problem: TranscriptError | None = None
    for index, row in enumerate(rows):
        try:
            head, turn = _turn(row.cells, roles)
            heads.append(head)
            turns.append(turn)
            _check_same(head, heads[0], rows[0].line)
        except TranscriptError as error:
            problem = error.at(line=row.line, turn=index)
            break
    if problem is not None:
        raise problem
    record = heads[0]
    if record["language"] is None:
        record["language"] = language
    return Session(**record, turns=tuple(turns))


def read_delimited(
    path: Path,
    *,
    columns: Mapping[str, str] | None,
    roles: Mapping[str, str] | None,
    language: str | None,
) -> Iterator[tuple[int, Session | TranscriptError]]:
    """Yield the first line and the session of a CSV or TSV file, or the error in its place."""
    columns = columns or {}
    spoiled = _spoiled(path, columns)
    told: set[str] = set()
    rows_of = itertools.groupby(
        (row for row in read_rows(path, columns) if row.problem is None),
        key=lambda row: row.session,
    )
    for name, group in rows_of:
        rows = list(group)
        result: Session | TranscriptError
        try:
            if name in spoiled:
                raise spoiled[name]
            result = _session(rows, roles or {}, language)
        except TranscriptError as error:
            result = error.at(path=path, line=rows[0].line, session_id=name)
        if name not in told:
            yield rows[0].line, result
        if name in spoiled:
            told.add(name)
