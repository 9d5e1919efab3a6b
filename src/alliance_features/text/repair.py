"""Text with the faults of files: what an export or a tokenizer did to its signs is put right.

`repair` runs before everything else that reads words. It changes nothing in clean text; what it
changes is counted by kind, and `REPAIRS` says what each kind is. Spoken words are neither
corrected nor left out.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources

import numpy as np

from .._typing import IntArray
from ..lexicons import Lexicon
from .double_decoding import beyond_ascii, decode_again
from .tokenizers import TURN_BREAK

#: Rises with every change of what a text becomes; part of the version of every feature of words.
VERSION = 2

#: What a function of this module returns: the text, and how often it was changed.
Changed = tuple[str, int]
Signs = frozenset[str]


@dataclass(frozen=True, slots=True)
class Repair:
    """One kind of change.

    Attributes
    ----------
    name : str
        Code of the kind.
    definition : str
        What is changed, in a few words.
    before, after : str
        An example.
    reach : {"signs", "text", "brackets", "piece"}
        What it depends on: signs anywhere; several words; a pair of brackets; one piece of text
        between white space. So a reader can leave the repairs of several words out where
        `is_suspect` is false, and make the others where it looks at brackets and pieces.
    apply : callable
        From the text of turns, joined by ``TURN_BREAK``, a lexicon and the characters of the text
        that are not ASCII to the changed text and the number of changes.
    """

    name: str
    definition: str
    before: str
    after: str
    apply: Callable[[str, Lexicon, Signs], Changed]
    reach: str = "text"


# --- Written out: escapes and entities ------------------------------------------------------

_UNITS = re.compile(r"(?:\\u[0-9A-Fa-f]{4})+")
_LINE_ENDS = re.compile(r"\\(?:r\\n|[nrt])(?![\w'-]*\\)")
_BACKSLASH = re.compile(r"\\([!-/:-@\[\]-`{-~])")
_PERCENT = re.compile(r"(?<=[^\W\d_])(?:%27|%[eE]2%80%99)(?=[^\W\d_])")
_QUOTED = re.compile(r"(?:=[0-9A-F]{2}){2,}")
_ENTITY = re.compile(
    r"&(?:(?:#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});"
    r"|(?:nbsp|quot|#\d{2,5})(?![;\d]))"
)
_NEVER = re.compile("[\0\ud800-\udfff]")
_ROUNDS = 3  # what was escaped is sometimes escaped again


def _units(match: re.Match[str]) -> str:
    units = [int(unit, 16) for unit in match.group()[2:].split("\\u")]
    packed = b"".join(unit.to_bytes(2, "little") for unit in units)
    return _NEVER.sub("\ufffd", packed.decode("utf-16-le", "replace"))


def _quoted(match: re.Match[str]) -> str:
    try:
        return bytes.fromhex(match.group().replace("=", "")).decode("utf-8").replace("\0", "\ufffd")
    except UnicodeDecodeError:
        return match.group()


def _escapes(text: str, lexicon: Lexicon, signs: Signs) -> Changed:
    changed = 0
    if "\\" in text:
        text, units = _UNITS.subn(_units, text)
        text, ends = _LINE_ENDS.subn(" ", text)
        text, marks = _BACKSLASH.subn(r"\1", text)
        changed += units + ends + marks
    if "%27" in text or "%E2%80%99" in text or "%e2%80%99" in text:
        text, marks = _PERCENT.subn("'", text)
        changed += marks
    if "=" in text and _QUOTED.search(text):
        made, pieces = _QUOTED.subn(_quoted, text)
        changed += pieces if made != text else 0
        text = made
    return text, changed


def _entity(match: re.Match[str]) -> str:
    name = match.group()
    made = html.unescape(name if name.endswith(";") else name + ";")
    return name if made.startswith("&") and len(made) > 1 else _NEVER.sub("\ufffd", made)


def _entities(text: str, lexicon: Lexicon, signs: Signs) -> Changed:
    changed = 0
    for _ in range(_ROUNDS):
        if "&" not in text or not _ENTITY.search(text):
            break
        made, found = _ENTITY.subn(_entity, text)
        if made == text:
            break
        text, changed = made, changed + found
    return text, changed


def _double_decoded(text: str, lexicon: Lexicon, signs: Signs) -> Changed:
    if not signs:
        return text, 0
    changed = 0
    for _ in range(_ROUNDS):
        text, found = decode_again(text, signs)
        if not found:
            break
        signs, changed = beyond_ascii(text), changed + found
    return text, changed


_LONGEST_WORD = 30

# --- Signs -----------------------------------------------------------------------------------

# Straightened without being counted: clean text has them.
_USUAL = {
    "'": "\u2018\u2019\u02bc\u00b4\uff07",
    '"': "\u201c\u201d\u201e\u00ab\u00bb\uff02\u300c\u300d\u300e\u300f",
    "-": "\u2010\u2011",
    "": "\u00ad\u200b\ufeff",
}
#: Other signs that stand for an apostrophe.
_APOSTROPHES = (
    "\u02b9\u02bb\u02bd\u02bf\u02c8\u02ca\u02cb\u0374\u055a\u05f3\u05f4\u07f4\u1fbd\u1fbf"
    "\u1fef\u1ffd\u1ffe\u201b\u2032\u2035\u275b\u275c\ua78b\ua78c\uff40"
)


def _between(*ranges: tuple[int, int]) -> str:
    return "".join(chr(code) for first, last in ranges for code in range(first, last + 1))


_INVISIBLE_SIGNS = _between(
    (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180E),
    (0x200C, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0xFE00, 0xFE0F), (0xFFF9, 0xFFFB),
    (0xE0001, 0xE0001), (0xE0020, 0xE007F), (0xE0100, 0xE01EF),
)  # fmt: skip
_BLANK_SIGNS = "\u2581\u2800\u3164\uffa0\u2423"
_JOINED = _between((0xFB00, 0xFB06))
_FULL_WIDTH_SIGNS = _between((0xFF10, 0xFF19), (0xFF21, 0xFF3A), (0xFF41, 0xFF5A))
_ODD = frozenset(
    "".join(_USUAL.values())
    + _APOSTROPHES
    + _INVISIBLE_SIGNS
    + _BLANK_SIGNS
    + _JOINED
    + _FULL_WIDTH_SIGNS
)


def _signs(text: str, lexicon: Lexicon, signs: Signs) -> Changed:
    if "`" in text:
        text = text.replace("`", "'")
    odd = _ODD & signs
    if not odd:
        return text, 0
    for plain, usual in _USUAL.items():
        for sign in odd.intersection(usual):
            text = text.replace(sign, plain)
    changed = 0
    for plain, unusual in (("'", _APOSTROPHES), ("", _INVISIBLE_SIGNS), (" ", _BLANK_SIGNS)):
        for sign in odd.intersection(unusual):
            changed += text.count(sign)
            text = text.replace(sign, plain)
    if lexicon.spaced:
        for sign in odd.intersection(_JOINED + _FULL_WIDTH_SIGNS):
            changed += text.count(sign)
            text = text.replace(sign, unicodedata.normalize("NFKC", sign))
    return text, changed


# Patterns begin with a sign or two, which are found quickly in long texts; what stands before them
# is looked at afterwards.


@dataclass(frozen=True, slots=True)
class _Endings:
    """Patterns of contractions with a wrong sign, and of such as were cut."""

    wrong: re.Pattern[str]
    cut: tuple[re.Pattern[str], ...]


@lru_cache(maxsize=8)
def _endings(lexicon: Lexicon) -> _Endings | None:
    known = lexicon.repairs.get("contraction_endings", ())
    if not known:
        return None
    short = "|".join(ending[1:] for ending in known if ending.startswith("'"))
    tails = [ending.partition("'") for ending in known if not ending.startswith("'")]
    end = r"(?![\w'-])"

    def compiled(pattern: str, end: str = end) -> re.Pattern[str]:
        return re.compile(pattern + end, re.IGNORECASE)

    return _Endings(
        wrong=compiled(
            '[?,;"\ufffd\u201a]'
            + "(?:"
            + "|".join(
                rf"(?=(?:{ending}){end})(?<={before}.)"
                for before, ending in [
                    (r"[^\W\d_]", short),
                    *((before, after) for before, _, after in tails),
                ]
            )
            + ")",
            "",
        ),
        cut=tuple(
            compiled(pattern)
            for pattern in (
                rf" '(?<=[^\W\d_] ') ?(?:{short})",
                rf"' (?<=[^\W\d_]' )(?:{short})",
                *(
                    part
                    for before, _, after in tails
                    for part in (
                        rf" '(?<={before} ') ?{after}",
                        rf"' (?<={before}' ){after}",
                        rf" {before}'{after}(?<=[^\W\d_] {before}'{after})",
                    )
                ),
            )
        ),
    )


_DOUBLED = re.compile(r"''(?<=[^\W\d_]'')(?=[^\W\d_])")
# Other endings follow pronouns, question words and the like alone.
_AFTER_ANY = ("s", "t")
_HOST = re.compile(r"[^\W\d_]+\Z")
_SEVERAL_LOST = re.compile("\ufffd{2,3}")  # one sign of three bytes


def _contraction_signs(text: str, lexicon: Lexicon, signs: Signs) -> Changed:
    changed = 0
    if "''" in text:
        text, doubled = _DOUBLED.subn("'", text)
        changed += doubled
    endings = _endings(lexicon)
    if endings:
        if "\ufffd" in signs:
            text = _SEVERAL_LOST.sub("\ufffd", text)
        hosts = _function_words(lexicon, tuple(lexicon.function_words))

        def apostrophe(match: re.Match[str]) -> str:
            nonlocal changed
            before = _HOST.search(text[max(0, match.start() - _LONGEST_WORD) : match.start()])
            after = text[match.end() : match.end() + 1].lower()
            if after not in _AFTER_ANY and (before is None or before.group().lower() not in hosts):
                return match.group()  # "na?ve" lost a letter
            changed += 1
            return "'"

        text = endings.wrong.sub(apostrophe, text)
    return text, changed


# --- Words that were cut or glued ------------------------------------------------------------


def _joined(match: re.Match[str]) -> str:
    return match.group().replace(" ", "")


def _split_contractions(text: str, lexicon: Lexicon, signs: Signs) -> Changed:
    endings = _endings(lexicon)
    changed = 0
    if endings and (" '" in text or "' " in text or " n'" in text or " N'" in text):
        for pattern in endings.cut:
            text, found = pattern.subn(_joined, text)
            changed += found
    if changed:  # only then a tokenizer can have cut these, which are words by themselves
        for words in lexicon.repairs.get("split_words", ()):
            text, found = re.subn(rf"(?i)(?<![\w'-]){words}(?![\w'-])", _joined, text)
            changed += found
    return text, changed


_GLUED = re.compile(r"[.;](?=(?P<next>[^\W\d_]+(?:'[^\W\d_]+)?)(?P<then>.?))")
_WIDE_SIGNS = "\uff0c\u3002\uff1b\uff1a\uff01\uff1f\u3001"
_WIDE = re.compile(f"[{_WIDE_SIGNS}](?=[^\\W\\d_])")
_NARROW = str.maketrans(_WIDE_SIGNS, ",.;:!?,")
_WORD_OR_I = re.compile(r"[^\W\d_]{2}\Z|(?<![^\W_])[iI]\Z")
_ADDRESS = re.compile(r"@|://|www\.|\\|/|_", re.IGNORECASE)
_ADDRESS_LENGTH = 100
_ONE_LETTER = frozenset("iau")


def _missing_blanks(text: str, lexicon: Lexicon, signs: Signs) -> Changed:
    if not lexicon.spaced:
        return text, 0
    stays = lexicon.repairs.get("after_dot", ())
    changed = 0
    if not signs.isdisjoint(_WIDE_SIGNS):
        text, changed = _WIDE.subn(lambda match: match.group().translate(_NARROW) + " ", text)

    def blank(match: re.Match[str]) -> str:
        nonlocal changed
        mark = match.group()
        if not _WORD_OR_I.search(text[max(0, match.start() - 2) : match.start()]):
            return mark
        following = match["next"].lower()
        before = text[match.start() - 1]
        # A piece is looked at as far as an address reaches, so that long ones take linear time.
        left = text[max(0, match.start() - _ADDRESS_LENGTH) : match.start()]
        right = text[match.end() : match.end() + _ADDRESS_LENGTH]
        piece = left.split()[-1] + mark + right.split()[0]
        if (
            (mark == "." and following in stays)
            or (len(following) == 1 and (following not in _ONE_LETTER or match["then"] == "."))
            or (mark == "." and before.islower() and match["next"][0].isupper())
            or _ADDRESS.search(piece)
        ):
            return mark  # an address, an abbreviation, or what the tokenizer cuts itself
        changed += 1
        return mark + " "

    return _GLUED.sub(blank, text), changed


_SECOND = re.compile(r" [hH](?=[uUmM])[a-zA-Z]{1,6}(?![\w'-])")
_BEGINS = (" huh", " hum", " hm", " Hu", " Hm", " HU", " HM")
_BLANKS_BEFORE_HYPHEN = re.compile(r" +(?=-[hH][uUmM])")
_FIRST = re.compile(r"(?<![\w'-])[A-Za-z]{1,6} *\Z")


def _backchannels(text: str, lexicon: Lexicon, signs: Signs) -> Changed:
    changed = 0

    def joined(match: re.Match[str]) -> str:
        nonlocal changed
        first = _FIRST.search(text[max(0, match.start() - 12) : match.start()])
        one = first and f"{first.group().strip()}-{match.group().strip()}"
        if one is None or not lexicon.has("backchannel_vocal", one.lower()):
            return match.group()
        changed += 1
        return "-" + match.group().strip()

    if any(begin in text for begin in _BEGINS):
        text = _SECOND.sub(joined, text)
    return (_BLANKS_BEFORE_HYPHEN.sub("", text) if changed else text), changed


@lru_cache(maxsize=8)
def _restart(lexicon: Lexicon) -> re.Pattern[str] | None:
    after = lexicon.repairs.get("restart_after", ())
    capital = lexicon.repairs.get("restart_capital", ())
    if not (after or capital):
        return None
    endings = "|".join(
        re.escape(ending)
        for ending in lexicon.repairs.get("contraction_endings", ())
        if ending.startswith("'")
    )
    tail = rf"(?:{endings})?(?![\w'-])" if endings else r"(?![\w'-])"
    return re.compile(
        rf"-(?:(?P<capital>(?:{'|'.join(capital) or '(?!)'}){tail})"
        rf"|(?P<word>(?i:{'|'.join(after) or '(?!)'}){tail}))"
    )


_WORD_BEFORE = re.compile(r"(?<![\w'-])[^\W\d_]+(?:'[^\W\d_]+)?\Z")
_SURELY_WHOLE = 4  # letters


def _restarts(text: str, lexicon: Lexicon, signs: Signs) -> Changed:
    pattern = _restart(lexicon)
    if pattern is None or "-" not in text:
        return text, 0
    closed = _function_words(lexicon, lexicon.repairs.get("restart_before", ()))
    known = _function_words(lexicon, tuple(lexicon.function_words))
    changed = 0

    def separated(match: re.Match[str]) -> str:
        nonlocal changed
        word = _WORD_BEFORE.search(text[max(0, match.start() - _LONGEST_WORD) : match.start()])
        if word is None or not word.group()[-1].islower():
            return match.group()
        before = word.group().lower()
        said = match.group()[1:]
        if said.lower().startswith(before) or before in lexicon.repairs.get("numbered", ()):
            return match.group()
        if match["word"] and before not in closed and "'" not in before:
            return match.group()
        changed += 1
        whole = "'" in before or len(before) >= _SURELY_WHOLE or before in known
        return f" - {said}" if whole else f"- {said}"

    return pattern.sub(separated, text), changed


@lru_cache(maxsize=16)
def _function_words(lexicon: Lexicon, kinds: tuple[str, ...]) -> frozenset[str]:
    return frozenset().union(*(lexicon.function_words.get(kind, frozenset()) for kind in kinds))


# --- Capitals and numerals -------------------------------------------------------------------

_WORDS = re.compile(r"[^\W\d_]{2,}")
_FEW = 2  # words


def _capitals(text: str, lexicon: Lexicon, signs: Signs) -> Changed:
    if not lexicon.spaced:
        return text, 0
    turns = text.split(TURN_BREAK)
    upper = [turn.isupper() for turn in turns]
    if not any(upper):
        return _shouted(text, lexicon, signs)
    long = [
        len(_WORDS.findall(turn, 0, 200) if shouts else turn.split(None, _FEW)) >= _FEW
        for turn, shouts in zip(turns, upper, strict=True)
    ]
    whole = sum(u and w for u, w in zip(upper, long, strict=True))
    others = sum(w and not u for u, w in zip(upper, long, strict=True))
    changed = 0
    for place, turn in enumerate(turns):
        if upper[place] and (long[place] or whole > others):
            lowered = turn.lower()
            if lowered != turn and _WORDS.search(turn):
                turns[place], changed = lowered, changed + 1
    text, shouted = _shouted(TURN_BREAK.join(turns), lexicon, signs)
    return text, changed + shouted


# A sentence-final mark and the end of a turn end a run of words in capitals.
_NEIGHBOURS = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?|[\0.?!]")
_REACH = 40  # characters


def _in_capitals(words: list[str]) -> int:
    """Count the words in capitals before the first that is not."""
    for place, word in enumerate(words):
        if not word.isupper():
            return sum(len(said) > 1 for said in words[:place])
    return sum(len(said) > 1 for said in words)


@cache
def _capital_pattern(words: frozenset[str]) -> re.Pattern[str]:
    forms = "|".join(sorted(re.escape(word.upper()) for word in words)) or "(?!)"
    return re.compile(rf"(?<![\w'.-])(?:{forms})(?![\w'-]|\.\w)")


def _not_in_capitals(lexicon: Lexicon) -> frozenset[str]:
    return lexicon.words.get("not_in_capitals", frozenset())


def _shouted(text: str, lexicon: Lexicon, signs: Signs) -> Changed:
    """Put words that are another thing in capitals in small letters among words in capitals."""
    words = _not_in_capitals(lexicon)
    if not any(word.upper() in text for word in words):
        return text, 0
    changed = 0

    def lowered(match: re.Match[str]) -> str:
        nonlocal changed
        start, end = match.span()
        before = _NEIGHBOURS.findall(text[max(0, start - _REACH) : start])
        after = _NEIGHBOURS.findall(text[end : end + _REACH])
        if _in_capitals(before[::-1]) + _in_capitals(after) < _FEW:
            return match.group()
        changed += 1
        return match.group().lower()

    return _capital_pattern(words).sub(lowered, text), changed


_LETTERS = 3


@lru_cache(maxsize=8)
def _numeral(lexicon: Lexicon) -> re.Pattern[str]:
    """Return the pattern of an I after a word that ends like one that numerals follow."""
    nouns = (*lexicon.repairs["numbered"], *lexicon.repairs.get("numbered_in_capitals", ()))
    ends = "|".join(sorted({noun[-_LETTERS:].lower() for noun in nouns}))
    return re.compile(rf" I(?<=(?i:{ends}) I)(?![\w'-])")


_BEFORE_NUMERAL = re.compile(r"(?:(?P<before>[\w'-]+) +)?(?P<noun>[A-Za-z]+)\Z")
_WORD_AFTER = re.compile(r" +([\w']+)")
_AFTER_NUMERAL = re.compile(r" *(?:[,.;:)!?]| of\b| and (?:II|2)\b|\Z)")


def _numerals(text: str, lexicon: Lexicon, signs: Signs) -> Changed:
    """Write the I of "type I" as a number: a numeral, not the speaker."""
    nouns = lexicon.repairs.get("numbered", ())
    if not nouns:
        return text, 0
    chapters = lexicon.repairs.get("numbered_in_capitals", ())
    pointing = lexicon.repairs.get("not_numbered_after", ())
    changed = 0

    def numbered(match: re.Match[str]) -> str:
        nonlocal changed
        found = _BEFORE_NUMERAL.search(text[max(0, match.start() - 40) : match.start()])
        if found is None:
            return match.group()
        noun, before = found["noun"], (found["before"] or "").lower()
        following = _WORD_AFTER.match(text, match.end())
        if following is not None and following[1].lower() in lexicon.repairs.get("speaks", ()):
            return match.group()
        if noun.lower() in nouns:
            is_number = noun[0].isupper() or not (before in pointing or before.endswith("est"))
        else:
            is_number = noun in chapters and (
                before not in pointing or _AFTER_NUMERAL.match(text, match.end()) is not None
            )
        changed += is_number
        return " 1" if is_number else match.group()

    return _numeral(lexicon).sub(numbered, text), changed


# --- Brackets and scripts --------------------------------------------------------------------

#: Square, curly and angle brackets, which hold no words spoken; none crosses the rows of a turn,
#: and "<3" and "->" are none.
BRACKETED = re.compile(
    r"\[[^\[\]\n]*\]|\{[^{}\n]*\}|【[^【】\n]*】|<[^\W\d_/][^<>\n]{0,60}>|</[^<>\n]{1,60}>"
)
_PARTS = re.compile(r"[^\W\d_]+(?:[-'][^\W\d_]+)*")
_LONGEST_FILLERS = 30


def spoken_in_brackets(brackets: str, lexicon: Lexicon) -> str | None:
    """Return the filled pauses in brackets, None if they hold anything else."""
    inside = brackets[1:-1]
    if len(inside) > _LONGEST_FILLERS or inside in lexicon.annotation_words:
        return None
    words = _PARTS.findall(inside.lower())
    fillers = bool(words) and all(lexicon.has("filled_pause", word) for word in words)
    return inside if fillers else None


def _bracketed_fillers(text: str, lexicon: Lexicon, signs: Signs) -> Changed:
    if not any(sign in text for sign in "[{【<"):
        return text, 0
    changed = 0

    def spoken(match: re.Match[str]) -> str:
        nonlocal changed
        inside = spoken_in_brackets(match.group(), lexicon)
        changed += inside is not None
        return match.group() if inside is None else f" {inside} "

    return BRACKETED.sub(spoken, text), changed


# One character in traditional writing, two in simplified: a verb goes on, or something is written.
_PROGRESSIVE = re.compile("(?<![原名显卓土专编论巨译合])著(?![名作称述书录者])")


@cache
def _scripts() -> tuple[dict[int, str], re.Pattern[str], re.Pattern[str]]:
    """Return simplified by traditional characters, and what only the one or the other holds."""
    source = resources.files(__package__).joinpath("data").joinpath("traditional.txt")
    _, pairs, traditional, simplified, *_ = source.read_text("utf-8").split("\n")
    table = {ord(one): other for one, other in zip(pairs[::2], pairs[1::2], strict=True)}
    return table, re.compile(f"[{traditional}]"), re.compile(f"[{simplified}]")


def _traditional(text: str, lexicon: Lexicon, signs: Signs) -> Changed:
    if lexicon.language != "zh":
        return text, 0
    table, traditional, simplified = _scripts()
    found = len(traditional.findall(text))
    if not found or found <= len(simplified.findall(text)):
        return text, 0
    made = _PROGRESSIVE.sub("着", text.translate(table))
    return made, sum(one != other for one, other in zip(text, made, strict=True))


# --- All of it -------------------------------------------------------------------------------

REPAIRS: tuple[Repair, ...] = (
    Repair(
        "escape",
        "characters written out by a program: backslashes before signs, codes of characters",
        "I\\'m, I\\u2019m, I%27m, I=E2=80=99m",
        "I'm, I\u2019m, I'm, I\u2019m",
        _escapes,
        reach="signs",
    ),
    Repair(
        "entity",
        "entities of HTML, also such as were escaped twice",
        "I&#39;m, I&amp;rsquo;m, one&nbsp;two",
        "I'm, I\u2019m, one\u00a0two",
        _entities,
        reach="signs",
    ),
    Repair(
        "double_decoding",
        "UTF-8 that was read as Windows-1252, Mac Roman or a code page of DOS",
        "I\u00e2\u20ac\u2122m, I\u201a\u00c4\u00f4m",
        "I\u2019m, I\u2019m",
        _double_decoded,
        reach="signs",
    ),
    Repair(
        "sign",
        "unusual signs for an apostrophe or a blank, signs that are not seen, full-width and "
        "joined letters",
        "I\u02b9m \ufb01ne",
        "I'm fine",
        _signs,
        reach="signs",
    ),
    Repair(
        "filler_in_brackets",
        "square, curly and angle brackets that hold a filled pause alone",
        "[um] it was",
        " um  it was",
        _bracketed_fillers,
        reach="brackets",
    ),
    Repair(
        "traditional",
        "Chinese in traditional characters, which are looked up as simplified ones",
        "\u6211\u89ba\u5f97",
        "\u6211\u89c9\u5f97",
        _traditional,
        reach="signs",
    ),
    Repair(
        "capitals",
        "turns in capitals, and words such as US among words in capitals",
        "HE TOLD US",
        "he told us",
        _capitals,
    ),
    Repair(
        "split_contraction",
        "contractions that a tokenizer has cut",
        "I 'm, do n't, I ' m",
        "I'm, don't, I'm",
        _split_contractions,
    ),
    Repair(
        "backchannel_in_two_words",
        "vocal backchannels in two words",
        "uh huh",
        "uh-huh",
        _backchannels,
    ),
    Repair(
        "numeral",
        "the I of a numeral",
        "bipolar type I",
        "bipolar type 1",
        _numerals,
    ),
    Repair(
        "contraction_sign",
        "another sign in the place of the apostrophe of a contraction",
        "I?m, don;t, it,s",
        "I'm, don't, it's",
        _contraction_signs,
        reach="piece",
    ),
    Repair(
        "missing_blank",
        "no blank after a full stop or semicolon",
        "it was fine.i went",
        "it was fine. i went",
        _missing_blanks,
        reach="piece",
    ),
    Repair(
        "glued_restart",
        "a hyphen between a word and the pronoun of a new beginning",
        "we don't-I can't, th-I mean",
        "we don't - I can't, th- I mean",
        _restarts,
        reach="piece",
    ),
)


def repair(
    text: str,
    lexicon: Lexicon,
    counts: Counter[str] | None = None,
    *,
    reach: Collection[str] = ("signs", "text", "brackets", "piece"),
) -> str:
    """Return a text whose signs of writing are put right; clean text is returned as it is.

    Parameters
    ----------
    text : str
        One turn, or the turns of one session joined by ``TURN_BREAK``: whether a session is
        written in capitals or in traditional characters is seen from all of it.
    lexicon : Lexicon
    counts : Counter, optional
        Receives the number of changes by kind, the names of `REPAIRS`.
    reach : collection of str
        Only the repairs of these, see `Repair`.
    """
    signs = beyond_ascii(text)
    for kind in _of(tuple(reach)):
        text, changed = kind.apply(text, lexicon, signs)
        if changed:
            signs = beyond_ascii(text)
            if counts is not None:
                counts[kind.name] += changed
    return text


@cache
def _of(reach: tuple[str, ...]) -> tuple[Repair, ...]:
    return tuple(kind for kind in REPAIRS if kind.reach in reach)


def repair_piece(piece: str, lexicon: Lexicon) -> str:
    """Return a piece of text between white space, repaired; it may hold blanks then."""
    return repair(piece, lexicon, reach=("piece",))


#: What a piece may be part of, as bits: a repair by itself, or one with the piece behind it.
ALONE, VOCAL, LISTENING, NOUN, NUMERAL = (1 << place for place in range(5))


def suspicion(piece: str, lexicon: Lexicon) -> int:
    """Return what a piece of text may be part of, as bits."""
    bits = 0
    for bit, pattern in _suspects(lexicon):
        if pattern.fullmatch(piece):
            bits |= bit
    return bits


def is_suspect(bits: IntArray) -> bool:
    """Say whether a text may need a repair of several words.

    Parameters
    ----------
    bits : ndarray of int64, shape (n_pieces,)
        `suspicion` of its pieces.
    """
    present = int(np.bitwise_or.reduce(bits, initial=0))
    if present & ALONE:
        return True
    for left, right in ((VOCAL, LISTENING), (NOUN, NUMERAL)):
        if present & left and present & right:
            pairs = (bits[:-1] & left != 0) & (bits[1:] & right != 0)
            if pairs.any():
                return True
    return False


@lru_cache(maxsize=8)
def _suspects(lexicon: Lexicon) -> tuple[tuple[int, re.Pattern[str]], ...]:
    known = lexicon.repairs
    endings = known.get("contraction_endings", ())
    cut = "|".join((*endings, *(ending.partition("'")[2] for ending in endings))) or "(?!)"
    capitals = "|".join(map(str.upper, _not_in_capitals(lexicon))) or "(?!)"
    nouns = "|".join((*known.get("numbered", ()), *known.get("numbered_in_capitals", ())))
    return (
        (ALONE, re.compile(rf"\W*(?:(?i:{cut})|{capitals})\W*")),
        (VOCAL, re.compile(r".*?[A-Za-z]{1,6}" if known else "(?!)")),
        (LISTENING, re.compile(r"[hH][uUmM]+[hHmM]*\W*")),
        (NOUN, re.compile(rf".*(?i:{nouns or '(?!)'})")),
        (NUMERAL, re.compile(r"I\W*")),
    )
