"""Word lists: they load, hold together, and belong to a closed set of categories."""

import re

import pytest

from alliance_features.errors import ResourceError
from alliance_features.lexicons import available_languages, has_lexicon, load_lexicon
from alliance_features.lexicons.rules import read_rules, surroundings
from alliance_features.text.tokenizers import jieba_tokenizer


@pytest.mark.parametrize("language", available_languages())
def test_forms_are_normal(language):
    lexicon = load_lexicon(language)
    assert lexicon.language == language
    assert lexicon.version >= 1
    assert re.fullmatch("[0-9a-f]{64}", lexicon.sha256)
    for forms in lexicon.words.values():
        assert forms
        for form in forms:
            assert form == form.lower().strip()
            assert "’" not in form


@pytest.mark.parametrize("language", available_languages())
def test_categories_that_exclude_each_other(language):
    words = load_lexicon(language).words
    pauses = words["filled_pause"] | words.get("filled_pause_unless_alone", frozenset())
    for other in ("i_subject", "i_object", "we", "you", "backchannel_vocal", "backchannel_lexical"):
        assert not pauses & words.get(other, frozenset()), other
    assert not words["i_subject"] & words.get("i_object", frozenset())


def test_patterns_match_whole_words():
    lexicon = load_lexicon("en")
    for word in ("um", "ummm", "uhhh", "uhm", "errr", "erm"):
        assert lexicon.has("filled_pause", word), word
    for word in ("umbrella", "her", "error", "uh-huh", "mm-hmm", "m", "hum"):
        assert not lexicon.has("filled_pause", word), word
    for word in ("mm-hmm", "mmhm", "mhm", "uh-huh", "mmm"):
        assert lexicon.has("backchannel_vocal", word), word


def test_regions_share_the_lists_of_their_language():
    assert load_lexicon("en-GB") is load_lexicon("en")
    assert has_lexicon("en-US")
    assert not has_lexicon("ja")
    with pytest.raises(ResourceError, match=r'no word lists for language "ja"; there are some'):
        load_lexicon("ja")


def _rule(**keys):
    return read_rules([{"forms": ["x"], "where": ["_"], **keys}], {"start": "#|[.]"})[0]


def test_rules_see_spelling_and_neighbours():
    assert surroundings(["a", "b"], 0) == "# _ b #"
    assert surroundings(list("abcdefghijklmnop"), 8) == "c d e f g h _ j k l m n o"
    assert surroundings(["_", "#", "b"], 2) == "# . . _ #"
    first = _rule(where=["<start> _"], also=["we"])
    assert first.holds("# _ b #")
    assert first.holds("a . _ b")
    assert not first.holds("a _ b")
    assert (first.replace, first.add) == (None, ("we",))
    assert _rule(where=["(?<=a )_"], **{"is": []}).replace == ()


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"when": ["_"]}, "a rule has `forms` and `where`"),
        ({"is": ["noun"]}, "unknown category 'noun'"),
        ({"where": ["<begin> _"]}, "unknown part 'begin'"),
    ],
)
def test_broken_rules(keys, message):
    with pytest.raises(ValueError, match=message):
        _rule(**keys)


def test_rules_of_a_word_as_written():
    german = load_lexicon("de")
    assert german.rules_for("Sie")
    assert not german.rules_for("sie")
    assert not load_lexicon("en").rules_for("Sie")


@pytest.mark.parametrize("language", available_languages())
def test_every_list_is_complete(language):
    lexicon = load_lexicon(language)
    for category in ("i_subject", "we", "you", "cognitive_verb", "filled_pause", "may_repeat"):
        assert lexicon.words.get(category) or category in lexicon.patterns, category
    for category in ("filled_pause", "backchannel_vocal", "typed_filler"):
        assert category in lexicon.patterns, category
    assert lexicon.phrases["formulaic"]
    assert lexicon.annotation_words or lexicon.annotation_pattern


@pytest.mark.parametrize("language", available_languages())
def test_speaker_labels(language):
    labels = load_lexicon(language).speakers
    assert {*labels} == {"therapist", "client"}
    assert not {*map(str.casefold, labels["therapist"])} & {*map(str.casefold, labels["client"])}


def test_false_friends_of_german_are_no_fillers():
    german = load_lexicon("de")
    for word in ("um", "er", "ah", "eh", "so", "ä", "an", "am"):
        assert not german.has("filled_pause", word), word
        assert not german.has("typed_filler", word), word
    for word in ("äh", "ähm", "äähm", "öhm", "ehm", "aehm", "öm"):
        assert german.has("filled_pause", word), word


def test_chinese_forms_are_words_of_jieba():
    tokenizer = jieba_tokenizer("zh")
    lexicon = load_lexicon("zh")
    for category in ("i_subject", "we", "you", "cognitive_verb", "filled_pause"):
        for form in lexicon.words[category]:
            assert tokenizer(form) == [form], (category, form)
    for phrase in lexicon.phrases["formulaic"]:
        words = [word for word in phrase if word != "."]
        assert tokenizer("".join(words)) == words
