"""How a word of a session is looked up in vectors: as it is written, else in lower case."""

from __future__ import annotations

from .forms import Form

#: What a manifest says of vectors that have capitals.
CASE = "as written, else in lower case"


def written_tokens(form: Form) -> tuple[str, ...]:
    """Return the distance tokens of a form with the capitals that it is written with.

    A token stands at the beginning of the form or of one of its parts; one that does not (the
    "am" of "I'm") is in lower case.

    Examples
    --------
    >>> written_tokens(Form("mother-in-law", 0, ("mother", "in", "law"), "Mother-in-Law"))
    ('Mother', 'in', 'Law')
    """
    written, lower = form.written, form.written.lower()
    if written == lower or len(written) != len(lower):
        return form.tokens
    found, place = [], 0
    for token in form.tokens:
        start = _part(lower, token, place)
        if start < 0:
            found.append(token)
            continue
        place = start + len(token)
        found.append(written[start:place])
    return tuple(found)


def _part(lower: str, token: str, place: int) -> int:
    """Return where a part that begins with `token` begins, from `place` on, -1 if none does."""
    start = lower.find(token, place)
    while start > 0 and lower[start - 1].isalnum():
        start = lower.find(token, start + 1)
    return start
