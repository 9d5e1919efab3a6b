"""Classes of words: what a lexicon may say of a word by its form alone. A line adds one."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class WordClass:
    """A class of words, whose name is that of its lists in the lexicons.

    Attributes
    ----------
    kind : {"word", "exclusive", "token"}
        word: a word may be of several such classes, and contractions of the hosts that
        `[contracted]` lists are of it. exclusive: what is of it is of no class besides. token:
        any token may be of it, punctuation too, whatever else it is.
    is_word : bool
        Whether a rule that names the class makes a token a word.
    """

    kind: str = "word"
    is_word: bool = True


#: Each gets a flag of its own (`text.forms.class_flag`), which signals count.
WORD_CLASSES: dict[str, WordClass] = {
    "i_subject": WordClass(),
    "i_object": WordClass(),
    "we": WordClass(),
    "you": WordClass(),
    "cognitive_verb": WordClass(),
    "filled_pause": WordClass(kind="exclusive", is_word=False),
    "filled_pause_unless_alone": WordClass(kind="exclusive", is_word=False),
    "backchannel_vocal": WordClass(kind="exclusive"),
    "backchannel_lexical": WordClass(),
    "listening_particle": WordClass(),
    "may_repeat": WordClass(is_word=False),
    "typed_filler": WordClass(kind="token", is_word=False),
}
#: Lists of words that are about spelling and nothing is counted of.
SPELLING_LISTS = ("not_in_capitals", "hyphenated_word", "prefix")
