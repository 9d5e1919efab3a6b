"""From rows to sessions, for every format with one turn per row."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from ...errors import TranscriptError
from ..fields import check_id
from ..ids import ID_FIELDS, id_of, with_ids
from ..session import Session, Turn
from .columns import SESSION_FIELDS, TURN_FIELDS
from .options import Heard, Options

#: Items of a reader: the line, and the session that begins there or its error.
Items = Iterator[tuple[int, Session | TranscriptError]]


class Row(NamedTuple):
    """A row; one with a problem has no cells, and its session is a guess."""

    line: int
    session: str
    cells: dict[str, Any]
    problem: TranscriptError | None = None


def missing_id(line: int) -> TranscriptError:
    """Return the error of a row that names no session."""
    return TranscriptError(
        "`session_id` is empty",
        code="missing_field",
        line=line,
        field="session_id",
        remedy="Repeat the id in every row of its session.",
    )


def find_spoiled(rows: Iterable[Row]) -> dict[str, TranscriptError]:
    """Return the sessions whose rows are not in order or not readable, and the errors.

    One pass before any session is yielded. An unreadable row belongs to the session that its id
    names if that is next to it; otherwise the sessions before and after may lack a turn.
    A cell that is not an id means that columns are misplaced: then no cell is taken for an id.
    """
    spoiled: dict[str, TranscriptError] = {}
    seen: set[str] = set()
    before = ""
    unowned: list[tuple[str, TranscriptError]] = []
    for line, session, _, problem in rows:
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


def _check_same(head: dict[str, Any], first: dict[str, Any], line: int) -> None:
    for name in SESSION_FIELDS:
        if head[name] != first[name] and (
            name not in ID_FIELDS or id_of(head[name]) != id_of(first[name])
        ):
            raise TranscriptError(
                f"`{name}` differs from line {line} of the same session",
                code="changed_field",
                field=name,
                remedy="Repeat session-level values in every row.",
            )


def _turn(
    row: Row, value: Callable[[str, Any], Any], heard: Heard
) -> tuple[dict[str, Any], Turn | None]:
    values = {name: value(name, cell) for name, cell in row.cells.items()}
    head = {name: values.get(name) for name in SESSION_FIELDS}
    label = values.get("role")
    values["role"] = heard.role(label)
    if heard.leaves_out(label):
        return head, None
    turn = Turn(**{name: values.get(name) for name in TURN_FIELDS})  # type: ignore[arg-type]
    return head, turn


def _session(rows: list[Row], value: Callable[[str, Any], Any], options: Options) -> Session:
    heads: list[dict[str, Any]] = []
    turns: list[Turn] = []
    problem: TranscriptError | None = None
    spoken = rows[0].cells.get("language")
    heard = options.heard(value("language", spoken) if spoken else None)
    for row in rows:
        try:
            head, turn = _turn(row, value, heard)
            heads.append(head)
            _check_same(head, heads[0], rows[0].line)
            turns += [turn] if turn is not None else []
        except TranscriptError as error:
            problem = error.at(line=row.line, turn=len(turns))
            break
    if problem is not None:
        raise problem
    heard.check()
    record = with_ids(heads[0])
    if record["language"] is None:
        record["language"] = options.language
    return Session(**record, turns=tuple(turns))


def assemble(
    rows: Iterable[Row],
    spoiled: dict[str, TranscriptError],
    value: Callable[[str, Any], Any],
    options: Options,
) -> Items:
    """Yield the first line and the session of each run of rows, or the error in its place.

    `value` turns a cell into the value of a field; `spoiled` is what `find_spoiled` found.
    """
    reported: set[str] = set()
    rows_of = itertools.groupby(
        (row for row in rows if row.problem is None), key=lambda row: row.session
    )
    for name, group in rows_of:
        rows_here = list(group)
        result: Session | TranscriptError
        try:
            if name in spoiled:
                raise spoiled[name]
            result = _session(rows_here, value, options)
        except TranscriptError as error:
            result = error.at(line=rows_here[0].line, session_id=name)
        if name not in reported:
            yield rows_here[0].line, result
        if name in spoiled:
            reported.add(name)
