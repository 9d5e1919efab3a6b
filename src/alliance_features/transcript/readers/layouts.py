"""Which `line_format` fits lines that are not written with a label and a colon."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice

from . import labels

#: Tried in this order.
LAYOUTS = (
    r"{role}\t{text}",
    r"{number}\t{role}\t{text}",
    r"{number}\t{role}: {text}",
    "{number} {role}: {text}",
    "{number}. {role}: {text}",
    "{number}) {role}: {text}",
    "({number}) {role}: {text}",
    "[{number}] {role}: {text}",
    r"[{time}]\t{role}\t{text}",
    r"{time}\t{role}\t{text}",
    r"{role}\t{time}\t{text}",
    "{role} [{time}] {text}",
    "{role} ({time}) {text}",
    "{role} {time} {text}",
    "[{time}] {role} {text}",
    "({time}) {role} {text}",
    "{time} {role} {text}",
    "#{time}# {role}: {text}",
    "[{role}] {text}",
    "<{role}> {text}",
    "({role}) {text}",
    "{role} > {text}",
    "{role} | {text}",
    "{role} = {text}",
    "{role}; {text}",
    "{role} -- {text}",
    "{role} - {text}",
    "{role} – {text}",
    "{role} — {text}",
    "{role}) {text}",
    "{role}. {text}",
)
_MOST_LINES = 400


def fitting_layout(lines: Sequence[str], roles: Mapping[str, str]) -> str | None:
    """Return the layout of `LAYOUTS` in which both speakers begin most lines, or None.

    Returns
    -------
    str or None
        Of layouts that fit equally often, the first.
    """
    filled = [*islice((line.strip() for line in lines if line.strip()), _MOST_LINES)]
    best, most = None, len(filled) // 3
    for layout in LAYOUTS:
        pattern = labels.compile_format(layout)
        matches = [match for line in filled if (match := pattern.fullmatch(line)) is not None]
        heard = [roles.get(labels.normal(match["role"])) for match in matches]
        n_known = sum(role is not None for role in heard)
        if n_known > most and len({*heard} - {None}) > 1:
            best, most = layout, n_known
    return best
