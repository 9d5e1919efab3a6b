"""Text as the tokenizers get it: repaired, one spelling of every sign, annotations blanked out."""

from __future__ import annotations

import re
import unicodedata

from ..lexicons import Lexicon
from .repair import BRACKETED, repair, spoken_in_brackets

_ROUND = re.compile(r"\([^()\n]*\)|（[^（）\n]*）")
# A mark glued to an emoticon would make a word of its mouth.
_GLUED = re.compile(r"([:;=8xX](?<!\S.)[-o^']?[DPOpo3)(\]\[/\\|*]+)(?=[.,!?…])")
_MAX_WORDS_IN_ROUND = 6
_MAX_SIGNS_IN_ROUND = 12  # where words are not separated by spaces


def _is_annotation(span: str, lexicon: Lexicon) -> bool:
    inside = re.findall(r"[^\W_]+(?:['-][^\W_]+)*", span.lower())
    if not any(any(character.isalpha() for character in word) for word in inside):
        return True
    pattern = lexicon.annotation_pattern
    if (
        pattern is not None
        and sum(map(len, inside)) <= _MAX_SIGNS_IN_ROUND
        and pattern.search(span)
    ):
        return True
    return len(inside) <= _MAX_WORDS_IN_ROUND and any(
        word in lexicon.annotation_words for word in inside
    )


def normalise(text: str, lexicon: Lexicon) -> str:
    """Return repaired NFC text with straight quotes and without bracketed annotations."""
    return without_annotations(repair(text, lexicon), lexicon)


def without_annotations(text: str, lexicon: Lexicon) -> str:
    """Return repaired text in NFC, with blanks in the place of bracketed annotations.

    Square, curly and angle brackets are annotations unless they hold filled pauses alone. Round
    ones are if they hold no letter, as in ``(0.5)``, or at most six words of which one is an
    annotation word of the lexicon; or at most twelve letters or ideographs in which an annotation
    pattern of the lexicon is found.
    """
    text = unicodedata.normalize("NFC", text)
    if any(mouth in text for mouth in ":;=8xX"):
        text = _GLUED.sub(r"\1 ", text)
    if not any(sign in text for sign in "[{<(（【"):
        return text
    return _ROUND.sub(
        lambda match: " " if _is_annotation(match.group(), lexicon) else match.group(),
        BRACKETED.sub(lambda match: _said(match.group(), lexicon), text),
    )


def _said(brackets: str, lexicon: Lexicon) -> str:
    inside = spoken_in_brackets(brackets, lexicon)
    return " " if inside is None else f" {inside} "
