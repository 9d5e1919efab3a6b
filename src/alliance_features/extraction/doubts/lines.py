"""The lines of a session: what is said, by whom, before turns are merged."""

from __future__ import annotations

from dataclasses import dataclass

from ...transcript import Session


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines of the turns that hold text.

    Attributes
    ----------
    texts, roles : list of str, length (n_lines,)
    whole : str
        All texts.
    """

    texts: list[str]
    roles: list[str]
    whole: str


def lines_of(session: Session) -> Lines:
    """Return the lines of a session; a turn may hold several."""
    texts = [turn.text for turn in session.turns]
    roles = [turn.role for turn in session.turns]
    whole = "\n".join(texts)
    if texts and whole.count("\n") >= len(texts):
        roles = [turn.role for turn in session.turns for _ in range(turn.text.count("\n") + 1)]
        texts = whole.split("\n")
    texts = [text.strip() for text in texts]
    if not all(texts):
        roles = [role for role, text in zip(roles, texts, strict=True) if text]
        texts = [text for text in texts if text]
    return Lines(texts, roles, whole)


def about_words(text: str) -> int:
    """Return about how many words a text has, in any writing."""
    if text.isascii():
        return len(text.split())
    signs = sum("\u3040" <= sign <= "\u9fff" or "\uac00" <= sign <= "\ud7af" for sign in text)
    return signs // 2 + len(text.split()) if signs else len(text.split())


def length(text: str) -> int:
    """Return the length of a text in bytes: a sign of Chinese weighs three letters."""
    return len(text) if text.isascii() else len(text.encode(errors="surrogatepass"))
