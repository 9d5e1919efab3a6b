"""The description of a format: its name, how it is recognised, how it is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .assemble import Items
from .options import Options
from .remote import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One kind of transcript file; `registry` lists them all.

    Parameters
    ----------
    name : str
        Its name in `format` and ``--input-format``.
    title : str
        Its name in messages and help.
    suffixes : tuple of str
        Ends of names, in lower case and with the dot; the first is the usual one.
    zipped : bool
        Whether a further ``.gz`` is read too.
    uses : frozenset of {"columns", "line_format"}
        Options that apply to this format.
    sniff : callable
        Returns whether the first bytes of a file look like it.
    read : callable
        Yields the line and the session of a file, or the error in its place.
    """

    name: str
    title: str
    suffixes: tuple[str, ...]
    sniff: Callable[[bytes], bool]
    read: Callable[[Place, Options], Items]
    zipped: bool = True
    uses: frozenset[str] = frozenset()
