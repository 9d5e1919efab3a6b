"""Who speaks in a line whose label has something around it, or that holds two labels.

What stands before the first colon of a line is its head. A head can be a known label, a known
label with signs or a comment around it that leave no doubt, or one that is not certain.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

from ...lexicons import is_annotation
from . import labels

#: More words behind a label and a comma are what is said.
MAX_COMMENT_WORDS = 4
_CLOSED_BY = dict(zip("([{<（【［「『〔〈《", ")]}>）】］」』〕〉》", strict=True))
OPENING = "".join(_CLOSED_BY)
_OPENED_BY = {close: start for start, close in _CLOSED_BY.items()}
_PLAIN_MARKS = "-*>|~_"
_BULLETS = "»›•·‣◦∙▪※⁃‐‧・●○■□"
#: Symbols, dashes, marks of emoji and invisible characters.
_SYMBOLS = frozenset(("So", "Sm", "Sk", "Pd", "Cf", "Mn", "Me"))
_AFTER = "-*~_.!?…"
_COMMENT = re.compile(
    r"(?P<label>.{1,64}?)\s*(?:[,;，；、]|\s[-–—~]{1,2}(?=\s)|[–—])\s*(?P<words>\S.*)"
)
_JOINED = re.compile(
    r"\s*(?:[+&/|,，、]|(?:and|und|et|y|u|plus|with|mit)\b|[和与與跟及])", re.IGNORECASE
)
_SENTENCE_ENDS = ".?!…。？！；;:：\"”’'»›」』)]}>）】/|\0"
_ENDS_AT_ONCE = re.compile("[a-zß-ÿ]{2}[.?!…]$|[。？！；…”」』）】\0]$")
_WIDE_ENDS = "。？！；…”」』）】"
_SPANS = re.compile(
    r"\([^()]{0,400}\)|\[[^\[\]]{0,400}\]|\{[^{}]{0,400}\}|<[^<>]{0,400}>|（[^（）]{0,400}）|【[^【】]{0,400}】"
)
#: No word goes on behind a label: a hyphen, a dot or an apostrophe makes T-shirt, C.O.D, C's.
_WHOLE = r"(?!\w)(?!['’\-.]\w)"
_CAPITAL_NOUNS = ("de", "lb", "nds", "gsw")
_DETERMINER = re.compile(
    "a|an|and|any|as|by|each|every|for|from|good|her|his|i|in|is|its|mr|mrs|ms|my|new|of|old|or|our|"
    "same|said|says|some|that|the|their|this|to|was|with|your|der|die|das|dem|den|des|einem?|eine[nr]?|"
    "meine[mnr]?|mein|und"
)
#: Before a letter and a colon in speech: "vitamin C: it helps".
_NAMED_BY_LETTER = re.compile(
    "a|and|answer|blood|block|box|buchstabe|case|category|class|column|der|die|das|du|exhibit|fall|"
    "fach|factor|figure|form|frage|grade|group|gruppe|hep|hepatitis|item|kategorie|klasse|la|lane|"
    "letter|level|line|list|mr|mrs|ms|note|number|option|or|page|part|path|person|phase|plan|"
    "point|punkt|question|reihe|room|scenario|section|size|stage|stelle|step|str|stufe|teil|the|"
    "thing|typ|type|und|unit|version|vit|vitamins?|zimmer"
)


#: Letters of a list.
_ITEMS = re.compile(r"(?<!\w)([A-Za-z])[:)]\s")
#: So many characters before a label tell whether it is one: a long line takes linear time.
_LOOK_BACK = 100


class Head(NamedTuple):
    """The head of a line.

    ``kind`` is "plain" (a label of the role map), "certain" (one with signs or a note in brackets
    around it), "comment" (one with an annotation behind it, such as "C, crying"), "talk" (one with
    other words behind it, which may be said), or "other".
    """

    kind: Literal["plain", "certain", "comment", "talk", "other"]
    label: str
    core: str


def _is_mark(character: str, marks: str) -> bool:
    return (
        character in marks
        or character.isspace()
        or (
            not character.isascii()
            and (unicodedata.category(character) in _SYMBOLS or character in _BULLETS)
        )
    )


def _without_marks(text: str) -> str:
    """Return text without bullets, dashes, emoji and blanks before it and marks behind it."""
    begin, end = 0, len(text)
    while begin < end and _is_mark(text[begin], _PLAIN_MARKS):
        begin += 1
    while end > begin and _is_mark(text[end - 1], _AFTER):
        end -= 1
    return text[begin:end]


def _bracketed_end(text: str) -> int | None:
    """Return where the bracket opens that closes at the end of the text, or None."""
    start = _OPENED_BY.get(text[-1:])
    if start is None:
        return None
    depth = 0
    for place in range(len(text) - 1, -1, -1):
        depth += (text[place] == text[-1]) - (text[place] == start)
        if depth == 0:
            return place
    return None


def read_head(head: str, roles: Mapping[str, str]) -> Head:
    """Return what stands before the colon of a line."""
    if labels.normal(head) in roles:
        return Head("plain", labels.normal(head), labels.bare(head))
    core = _without_marks(head)
    for _ in range(4):
        place = _bracketed_end(core)
        if place is None:
            break
        inside = core[place + 1 : -1].strip()
        if place == 0:
            core = _without_marks(inside)
        elif inside.isdecimal() or _names_another(inside, roles):
            break
        else:
            core = _without_marks(core[:place])
    if labels.normal(core) in roles:
        return Head("certain", labels.normal(core), labels.bare(core))
    comment = _COMMENT.fullmatch(core)
    if comment is not None:
        name, words = _without_marks(comment["label"]), comment["words"]
        few = len(words.split()) <= MAX_COMMENT_WORDS and (words.isascii() or len(words) <= 40)
        spoken = any(labels.normal(word) in roles for word in re.split(r"[\s,+&/，、]+", words))
        if labels.normal(name) in roles and few and not spoken:
            kind: Literal["comment", "talk"] = "comment" if is_annotation(words) else "talk"
            return Head(kind, labels.normal(name), labels.bare(name))
    return Head("other", "", labels.bare(core))


def _names_another(inside: str, roles: Mapping[str, str]) -> bool:
    """Tell a note in brackets that names a further speaker: "C (T)", "C (and T)"."""
    joined = _JOINED.match(inside)
    rest = inside[joined.end() :] if joined is not None else inside
    return labels.normal(rest) in roles


def in_brackets(line: str) -> int | None:
    """Return where the bracket closes that a line begins with, 0 where it stays open."""
    close = _CLOSED_BY.get(line[:1])
    return None if close is None else line.find(close) + 1


class Forms:
    """The labels of a file as they are written in it, to find them where they should not be.

    Parameters
    ----------
    names : iterable of str
        Labels that stand alone before a colon in this file.
    known : mapping
        The role map, by normal labels. Where the file has labels of one role alone, any of them
        may be the other one's without its colon.
    language : str, optional
        In German any noun has a capital, and so "sagte Therapeutin:" can be said.
    """

    def __init__(
        self, names: Iterable[str], known: Mapping[str, str], *, language: str | None = None
    ) -> None:
        self.names = frozenset(name for name in names if name)
        firm = {name for name in self.names if not name[0].islower() or len(name) == 1}
        self._any = bool(firm)
        self._capitals = language is not None and language.split("-")[0] in _CAPITAL_NOUNS
        name, usual = _either(firm), _either(_usual(known))
        short = _either(each for each in firm if _is_short(each))
        heard = {known.get(labels.normal(each)) for each in self.names}
        first = firm | _usual(known) if len(heard) == 1 else firm
        self._first = {each[0] for each in first}
        beginning = _either(first)
        letter = _either(each for each in first if _is_short(each))
        capitals = _either(each for each in first if each.isupper())
        wide = _either(each for each in firm if not each.isascii())
        self._begins = re.compile(
            r"\W{0,20}(?:"
            rf"{short}{_WHOLE}.*"
            rf"|{name}{_WHOLE}\s{{0,9}}[^\w\s.?!'’\"”…].*"
            rf"|{usual}{_WHOLE}\s{{0,9}}[+&/|=<>(\[{{（【#].*"
            rf"|{name}\s{{0,9}}(?:[+&/]|(?:and|und|et|y)\s|[和与與跟及])\s{{0,9}}{name}"
            r")",
            re.DOTALL,
        )
        self._ends = re.compile(
            r"(?:.*[^\w\s.'’(\[{<（【［「『〔〈《-]|\W{0,9}\d{1,9}[.)\]:-]{0,2}\s{0,9}|\W{0,20})"
            rf"(?:{usual}|{name})",
            re.DOTALL,
        )
        self._no_colon = re.compile(
            r"[^\w([{<（【［「『〔〈《#]{0,20}(?:"
            rf"{beginning}(?:\s*|\t.*|\s{{2,40}}\S.*|\s{{0,9}}[;|>=]\s.*|\s{{1,9}}[-–—]{{1,2}}\s.*)"
            rf"|{letter}(?:\s\w.*|(?P<listed>[.)])\s.*)"
            rf"|{capitals}\s(?=.*[a-z]).*"
            r")",
            re.DOTALL,
        )
        self._behind_time = re.compile(rf"\s{{0,9}}{beginning}\s.*", re.DOTALL)
        letters = {each.lower() for each in firm if len(each) == 1}
        name = _either(firm | letters)
        colon = labels.COLON
        self._quick = re.compile(rf"{name}\W{{0,9}}{colon}")
        self._inside = re.compile(
            rf"(?<!\w)(?P<name>{name})(?:\s?\0)?[*_]{{0,2}}\s{{0,2}}"
            rf"(?:[：﹕︓]|{colon}(?=\s|$|[*_]|[^\W\d_][\w'’]{{0,40}}(?:[\s.,!?]|$)))"
        )
        self._after_wide = re.compile(rf"[{_WIDE_ENDS}]{wide}(?:\s?\0)?\s{{0,2}}{colon}")

    def doubtful(self, head: str) -> bool:
        """Tell a head in which a label of the file stands beside something else: "C+D", "#T"."""
        return bool(self._begins.fullmatch(head) or self._ends.fullmatch(head))

    def without_colon(self, line: str, listed: frozenset[str]) -> bool:
        """Tell a line that begins with a label of the file and no colon behind it.

        `listed` holds signs that stand behind other letters of the file: then "C)" is an item.
        """
        if not self._any or (line[0].isalpha() and line[0] not in self._first):
            return False
        stamp = labels.LEADING_STAMP.fullmatch(line) or labels.LEADING_TIME.fullmatch(line)
        if stamp is not None and self._behind_time.fullmatch(stamp["text"]):
            return True
        match = self._no_colon.fullmatch(line)
        return match is not None and match["listed"] not in listed

    def inside(self, text: str) -> bool:
        """Tell text in which somebody else begins to speak: "yes. T: And then?"."""
        if not self._any or (":" not in text and text.isascii()):
            return False
        plain = _SPANS.sub("\0", text) if any(map(text.__contains__, OPENING)) else text
        if not self._quick.search(plain):
            return False
        if self._after_wide.search(plain):
            return True
        items = frozenset(_ITEMS.findall(plain))
        for match in self._inside.finditer(plain):
            name = match["name"]
            before = plain[max(0, match.start() - _LOOK_BACK) : match.start()].rstrip("*_")
            gap = before[len(before.rstrip()) :]
            said = before.rstrip().rstrip("*_-–—~•·").rstrip()
            if not said:
                return True
            ends = said[-1] in _SENTENCE_ENDS or len(gap) > 1 or "\t" in gap
            apart = bool(gap) or (ends and _ENDS_AT_ONCE.search(said) is not None)
            joined = plain[match.end() : match.end() + 1].isalpha() and match[0][-1] == ":"
            if (
                apart
                and (ends or (self._stands_out(name, said) and not joined))
                and not _is_item(name, items)
            ):
                return True
        return False

    def _stands_out(self, name: str, said: str) -> bool:
        """Tell a label with a capital, or one letter, in the middle of a sentence."""
        word = re.split(r"[\s\0]", said)[-1].strip("\"'“‘(").casefold()
        if len(name) == 1:
            return name.isascii() and not _NAMED_BY_LETTER.fullmatch(word)
        if name.isupper():
            return not said.isupper()
        return name[0].isupper() and not self._capitals and not _DETERMINER.fullmatch(word)


def _usual(known: Iterable[str]) -> set[str]:
    """Return labels as they are usually written: T, Client, 来访者."""
    return {name.upper() if len(name) <= 2 else name[:1].upper() + name[1:] for name in known}


def _either(names: Iterable[str]) -> str:
    """Return a pattern of any of the names, none if there is none."""
    longest_first = sorted(names, key=lambda name: (-len(name), name))
    return f"(?:{'|'.join(map(re.escape, longest_first)) or '(?!)'})"


def _is_item(name: str, items: frozenset[str]) -> bool:
    """Tell an item of a list by the letter before it: "A: stay, B: leave, C: talk"."""
    return len(name) == 1 and name.isascii() and chr(ord(name) - 1) in items


def _is_short(name: str) -> bool:
    return name.isascii() and len(name) <= 2 and name.isupper()
