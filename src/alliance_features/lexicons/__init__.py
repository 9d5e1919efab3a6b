"""Word lists and what else is known of a language, one versioned file per language."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from ..errors import ResourceError
from .rules import Rule, read_rules
from .word_classes import SPELLING_LISTS, WORD_CLASSES

#: Folders with lexicon files; of two files of one name that in the first folder counts.
FOLDERS: tuple[Path, ...] = (Path(__file__).parent,)
TOKENIZERS = ("spacy", "jieba")
#: What the tables may hold whose lists are known by name.
_NAMES = {
    "words": (*WORD_CLASSES, *SPELLING_LISTS),
    "patterns": (*WORD_CLASSES, *SPELLING_LISTS),
    "contracted": tuple(WORD_CLASSES),
    "phrases": ("formulaic",),
    "signs": ("sentence_end", "question"),
    "speakers": ("therapist", "client"),
    "repairs": (
        "contraction_endings",
        "split_words",
        "after_dot",
        "restart_before",
        "restart_after",
        "restart_capital",
        "numbered",
        "numbered_in_capitals",
        "not_numbered_after",
        "speaks",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lexicon:
    """The word lists of one language; forms in lower case with straight apostrophes.

    Attributes
    ----------
    language : str
        Primary language code.
    version : int
        Rises with every change of the lists.
    sha256 : str
        Hash of the file, as it is in every manifest.
    tokenizer : {"spacy", "jieba"}
        Which tokenizer the lists were made for.
    speakers : mapping of str to tuple of str
        Labels of the therapist and of the client in plain text.
    sentence_ends, question_marks : str
        Signs that end a sentence, or a question, besides those of Latin and Chinese writing.
    words, patterns, phrases : mapping of str to lists
        Forms, whole-word regular expressions and word sequences by category.
    function_words : mapping of str to frozenset
        Categories for style matching.
    annotation_words : frozenset of str
        Words that make round brackets an annotation.
    annotation_pattern : re.Pattern or None
        What does so wherever it occurs in them, for writing without spaces.
    rules : tuple of Rule
        What a word is by its spelling and its neighbours.
    clipped : frozenset of str
        Words that begin with an apostrophe.
    contracted : mapping of str to frozenset
        Hosts whose contractions are of a category: ``i`` in ``i'm``.
    segment : mapping of str to tuple
        For a tokenizer that cuts by a dictionary: `words` to have, `split` (patterns of words
        not to have), `whole` (patterns not to cut).
    expand_words, expand_endings : mapping
        What contractions stand for in distance tokens.
    repairs : mapping of str to tuple of str
        What `text.repair` needs to know of the language.
    cues : mapping of str to tuple of str
        Phrases by what they show, to be read by `text.cues`.
    lists : frozenset of str
        Every list that holds something, as ``table.name``: ``words.we``, ``phrases.formulaic``,
        ``function_words.article``, ``cues.reflection``. What a rule makes of a word is of a list.
    """

    language: str
    version: int
    sha256: str
    tokenizer: str
    speakers: Mapping[str, tuple[str, ...]]
    sentence_ends: str
    question_marks: str
    words: Mapping[str, frozenset[str]]
    patterns: Mapping[str, re.Pattern[str]]
    phrases: Mapping[str, tuple[tuple[str, ...], ...]]
    annotation_words: frozenset[str]
    annotation_pattern: re.Pattern[str] | None
    rules: tuple[Rule, ...]
    clipped: frozenset[str]
    contracted: Mapping[str, frozenset[str]]
    segment: Mapping[str, tuple[str, ...]]
    function_words: Mapping[str, frozenset[str]]
    expand_words: Mapping[str, tuple[str, ...]]
    expand_endings: Mapping[str, tuple[str, ...]]
    repairs: Mapping[str, tuple[str, ...]]
    cues: Mapping[str, tuple[str, ...]]
    lists: frozenset[str] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        tables: dict[str, list[Mapping[str, Collection[object] | re.Pattern[str]]]] = {
            "words": [self.words, self.patterns],
            "phrases": [self.phrases],
            "function_words": [self.function_words],
            "cues": [self.cues],
        }
        lists = {
            f"{table}.{name}"
            for table, holders in tables.items()
            for holder in holders
            for name, held in holder.items()
            if held
        }
        for rule in self.rules:
            for name in (*(rule.replace or ()), *rule.add):
                lists.add(f"{'phrases' if name == 'formulaic' else 'words'}.{name}")
        object.__setattr__(self, "lists", frozenset(lists))

    @property
    def spaced(self) -> bool:
        """Whether spaces part the words of the writing."""
        return self.tokenizer != "jieba"

    def has(self, category: str, word: str) -> bool:
        """Say whether a lower-case word belongs to a category."""
        if word in self.words.get(category, ()):
            return True
        pattern = self.patterns.get(category)
        return pattern is not None and pattern.fullmatch(word) is not None

    def rules_for(self, written: str) -> tuple[Rule, ...]:
        """Return the rules about a word as it is written."""
        return tuple(rule for rule in self.rules if rule.forms.fullmatch(written))


def available_languages() -> list[str]:
    """Return the primary codes of the languages with word lists, sorted."""
    return [*_files(FOLDERS)]


def has_lexicon(language: str) -> bool:
    """Say whether word lists exist for a language code such as "en-GB"."""
    return language.split("-")[0] in _files(FOLDERS)


def speaker_labels() -> tuple[tuple[str, str, str], ...]:
    """Return (language, label, role) of the speaker labels of all languages.

    Of the files the lists are not made ready, so that reading transcripts stays quick.
    """
    return _speaker_labels(FOLDERS)


def is_annotation(words: str) -> bool:
    """Say whether all of some words are those of an annotation in any one language: "crying"."""
    lists, pattern = _annotations(FOLDERS)
    split = words.lower().split()
    if any(known.issuperset(split) for known in lists) and split:
        return True
    return len(split) == 1 and not words.isascii() and bool(pattern and pattern.search(words))


@cache
def _annotations(
    folders: tuple[Path, ...],
) -> tuple[tuple[frozenset[str], ...], re.Pattern[str] | None]:
    tables = [_read(file)[1].get("annotation", {}) for file in _files(folders).values()]
    patterns = [pattern for table in tables for pattern in table.get("patterns", ())]
    return tuple(frozenset(table.get("words", ())) for table in tables), _any(patterns)


@cache
def _files(folders: tuple[Path, ...]) -> dict[str, Path]:
    files = [item for folder in reversed(folders) for item in folder.iterdir()]
    named = {item.name[:-5]: item for item in files if item.name.endswith(".toml")}
    return dict(sorted(named.items()))


@cache
def _speaker_labels(folders: tuple[Path, ...]) -> tuple[tuple[str, str, str], ...]:
    return tuple(
        (language, label, role)
        for language, file in _files(folders).items()
        for role, labels in _read(file)[1].get("speakers", {}).items()
        for label in labels
    )


@cache
def _read(file: Path) -> tuple[str, dict[str, Any]]:
    """Return the SHA-256 of a file and what it says."""
    import tomllib

    content = file.read_bytes()
    data = tomllib.loads(content.decode("utf-8"))
    if data["tokenizer"] not in TOKENIZERS:
        raise ResourceError(f"{file.name}: `tokenizer` must be one of {', '.join(TOKENIZERS)}.")
    for table, names in _NAMES.items():
        if unknown := data.get(table, {}).keys() - names:
            raise ResourceError(
                f"{file.name}: [{table}] holds {sorted(unknown)[0]!r}, which no feature knows; "
                f"its lists are {', '.join(names)}."
            )
    return hashlib.sha256(content).hexdigest(), data


def _sets(lists: Mapping[str, Iterable[str]]) -> dict[str, frozenset[str]]:
    return {name: frozenset(forms) for name, forms in lists.items()}


def _any(patterns: Sequence[str]) -> re.Pattern[str] | None:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns)) if patterns else None


def load_lexicon(language: str) -> Lexicon:
    """Return the word lists of a language code such as "en" or "en-GB".

    Raises
    ------
    ResourceError
        If there are none.
    """
    primary = language.split("-")[0]
    if not has_lexicon(primary):
        raise ResourceError(
            f'There are no word lists for language "{primary}"; '
            f"there are some for {', '.join(available_languages())}."
        )
    return _load(_files(FOLDERS)[primary])


@cache
def _load(file: Path) -> Lexicon:
    sha256, data = _read(file)
    expand, annotation = data.get("expand", {}), data.get("annotation", {})
    signs = data.get("signs", {})
    return Lexicon(
        language=data["language"],
        version=data["version"],
        sha256=sha256,
        tokenizer=data["tokenizer"],
        speakers={role: tuple(labels) for role, labels in data.get("speakers", {}).items()},
        sentence_ends="".join(signs.get("sentence_end", ())),
        question_marks="".join(signs.get("question", ())),
        words=_sets(data.get("words", {})),
        patterns={
            name: pattern
            for name, patterns in data.get("patterns", {}).items()
            if (pattern := _any(patterns))
        },
        phrases={
            name: tuple(tuple(phrase.split()) for phrase in phrases)
            for name, phrases in data.get("phrases", {}).items()
        },
        function_words=_sets(data.get("function_words", {})),
        annotation_words=frozenset(annotation.get("words", ())),
        annotation_pattern=_any(annotation.get("patterns", ())),
        rules=read_rules(data.get("rules", ()), data.get("parts", {})),
        clipped=frozenset(data.get("clipped", {}).get("words", ())),
        contracted=_sets(data.get("contracted", {})),
        segment={key: tuple(value) for key, value in data.get("segment", {}).items()},
        expand_words={key: tuple(value) for key, value in expand.get("words", {}).items()},
        expand_endings={key: tuple(value) for key, value in expand.get("endings", {}).items()},
        repairs={key: tuple(value) for key, value in data.get("repairs", {}).items()},
        cues={key: tuple(value) for key, value in data.get("cues", {}).items()},
    )
