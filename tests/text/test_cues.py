"""Cues: how phrases are read, where they stand, and that the lexicon's are sound."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import naive_acts
from alliance_features.lexicons import available_languages, load_lexicon
from alliance_features.text.cues import CueCounter, count_cues, read_phrase, stretches
from alliance_features.text.tokens import tokenize
from alliance_features.transcript import merge_turns

WORDS = ["a", "b", "c", "ab", "bc"]
ITEMS = [*WORDS, "a|b", "a*", "b*|c"]
PHRASES = st.builds(
    lambda opens, items, ends: " ".join([*opens, *items, *ends]),
    st.sampled_from([[], [], ["^"]]),
    st.lists(st.sampled_from(ITEMS), min_size=1, max_size=3),
    st.sampled_from([[], [], ["$"], ["?"]]),
)


def counted(phrases, *texts):
    """Count one cue in stretches; one that ends in "?" asks."""
    runs = [(text.rstrip("?").split(), text.endswith("?")) for text in texts]
    return CueCounter({"cue": phrases}).count(runs)[0]


@pytest.mark.parametrize(
    ("phrase", "text", "times"),
    [
        ("how about", "so how about that", 1),
        ("how|what about", "what about it and how about him", 2),
        ("hope*", "hope hoped hopeless hop", 3),
        ("^ is|are", "is it", 1),
        ("^ is|are", "it is", 0),
        ("^ is|are ?", "is it", 0),
        ("^ is|are ?", "is it?", 1),
        ("right ?", "am i right then?", 1),
        ("isn't it $", "good isn't it", 1),
        ("isn't it $", "isn't it good", 0),
        ("a a", "a a a", 1),
        ("a a", "a a a a", 2),
        ("not me", "not", 0),
    ],
)
def test_where_a_phrase_stands(phrase, text, times):
    assert counted([phrase], text) == times


def test_the_longest_phrase_counts_and_what_it_covers_is_spent():
    # "so very hard": three words, one cue; without the long phrase the two single words are two.
    assert counted(["so", "so very hard", "hard"], "so very hard") == 1
    assert counted(["so", "hard"], "so very hard") == 2
    assert counted(["hard"], "it is hard", "hard?") == 2


def test_cues_do_not_take_words_from_each_other():
    counter = CueCounter({"one": ["a b"], "other": ["b c", "a"]})
    assert counter.names == ("one", "other")
    assert counter.count([(["a", "b", "c"], False)]) == [1, 2]


@pytest.mark.parametrize(
    "text", ["", "^", "?", "^ ?", "a ^", "$ a", "a ? b", "*", "a|", "|a", "a||b", "a*b"]
)
def test_phrases_that_cannot_be_read(text):
    with pytest.raises(ValueError, match="a phrase is words, with"):
        read_phrase(text, 0)


def of_turn(text, make_session):
    session = make_session(text)
    return list(stretches(tokenize(merge_turns(session), "en"), 0))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I know. Do you?", [(["i", "know"], False), (["do", "you"], True)]),
        ("Um, well... is it [sighs]?!", [(["well"], False), (["is", "it"], True)]),
        ("Really...? Yes, I I do", [(["really"], True), (["yes", "i", "do"], False)]),
        ("No\nnever!", [(["no", "never"], False)]),
        ("?! [laughs]", []),
    ],
)
def test_stretches_by_hand(text, expected, make_session, lists):
    assert of_turn(text, make_session) == expected
    assert naive_acts.stretches(text, lists) == expected


def test_stretches_and_counts_match_naive(text_of_a_turn, make_session, lists):
    @given(text_of_a_turn)
    def check(text):
        session = make_session(text)
        table = tokenize(merge_turns(session), "en")
        runs = naive_acts.stretches(text, lists)
        assert list(stretches(table, 0)) == runs
        for name, counts in count_cues(table, "en-GB").items():
            assert counts.tolist() == [naive_acts.cues(runs, lists["cues"][name])], name

    check()


@given(
    st.lists(PHRASES, min_size=1, max_size=4),
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=8),
    st.booleans(),
)
def test_any_phrases_match_naive(phrases, words, asks):
    expected = naive_acts.cues([(words, asks)], phrases)
    assert counted(phrases, " ".join(words) + "?" * asks) == expected


@given(st.lists(st.sampled_from(WORDS), max_size=8), st.lists(st.sampled_from(WORDS), max_size=8))
def test_stretches_add_up(one, other):
    counter = CueCounter({"x": ["a b", "c"], "y": ["^ b"]})
    runs = [(one, False), (other, True)]
    apart = [counter.count([run]) for run in runs]
    assert counter.count(runs) == [sum(pair) for pair in zip(*apart, strict=True)]


# The lexicon


@pytest.mark.parametrize("language", available_languages())
def test_every_language_has_all_cues_or_none(language):
    names = [*load_lexicon("en").cues]
    assert [*load_lexicon(language).cues] in ([], names)


@pytest.mark.parametrize("language", available_languages())
def test_cues_are_sound(language):
    for name, phrases in load_lexicon(language).cues.items():
        assert phrases, name
        assert len({*phrases}) == len(phrases), name
        for phrase in phrases:
            assert phrase == phrase.lower(), name
            assert "’" not in phrase, name
            read_phrase(phrase, 0)


def test_feelings_have_one_name():
    cues = load_lexicon("en").cues
    lists = [cues[name] for name in ("positive", *naive_acts.NEGATIVE)]
    stems = [phrase.rstrip("*") for phrases in lists for phrase in phrases]
    assert len({*stems}) == len(stems)
    # Nothing of the one is a form of a stem of the other.
    for place, phrases in enumerate(lists):
        others = [phrase for other in lists[:place] + lists[place + 1 :] for phrase in other]
        for phrase in phrases:
            assert not any(naive_acts.fits(phrase.rstrip("*"), one) for one in others), phrase


def test_thanks_and_verdicts_are_no_positive_feeling():
    cues = load_lexicon("en").cues
    for name in ("gratitude", "relief", "satisfaction"):
        single = [phrase for phrase in cues[name] if " " not in phrase]
        for word in single:
            assert not any(naive_acts.fits(word, one) for one in cues["positive"]), word


@pytest.mark.parametrize(
    ("cue", "text", "times"),
    [
        ("open_question", "How was that for you? Tell me more.", 2),
        ("open_question", "It is how it is.", 0),
        ("closed_question", "Did you sleep? Is it late?", 2),
        ("closed_question", "It is late, isn't it? You did.", 1),
        ("reflection", "It sounds like you feel torn.", 2),
        ("empathy", "That must have been so hard. I can imagine.", 2),
        ("validation", "That makes sense. Of course you were.", 2),
        ("affirmation", "Well done. You've worked very hard.", 2),
        ("normalising", "You're not alone; many people go through it.", 2),
        ("advice", "You should rest. How about a walk?", 2),
        ("planning", "The next step is a goal.", 2),
        ("collaboration", "Let's look at it together.", 2),
        ("check_in", "How does that sound? Am I right?", 2),
        ("information", "Research shows this.", 1),
        ("summary", "So far we talked of work.", 2),
        ("self_disclosure", "When I was young I felt it too.", 2),
        ("apology", "Sorry, I apologise.", 2),
        ("agreement", "Yes, exactly. That's true. You said yes.", 2),
        ("disagreement", "No. But I tried. Not really.", 3),
        ("not_knowing", "I don't know. I'm not sure.", 2),
        ("insight", "Now I realise it. I never thought of it.", 2),
        ("change_talk", "I'll try. I want to change.", 3),
        ("sustain_talk", "I can't do it. There is no point.", 2),
        ("hedge", "Maybe I think so, a bit.", 3),
        ("absolutist", "It is always me, never you.", 2),
        ("causal", "Because of that I left.", 1),
        ("cognitive", "I thought I knew.", 2),
        ("future", "I will see him tomorrow.", 2),
        ("past", "I went home and told her.", 2),
        ("positive", "I was happy and proud, not joyful.", 3),
        ("negative", "It was a terrible, difficult day.", 2),
        ("anxiety", "I worried and was afraid of panic.", 3),
        ("sadness", "Lonely, and in tears.", 2),
        ("anger", "I was furious and fed up.", 2),
        ("feeling", "How I feel is my mood.", 2),
        ("gratitude", "Thank you. I appreciate it.", 2),
        ("parting", "See you, take care, goodbye.", 3),
        ("satisfaction", "It was helpful to be able to talk.", 2),
        ("relief", "I feel relieved, a weight off me.", 2),
        ("time_up", "Our time is up in five minutes.", 2),
    ],
)
def test_sentences_counted_by_hand(cue, text, times, make_session):
    table = tokenize(merge_turns(make_session(text)), "en")
    assert count_cues(table, "en")[cue].tolist() == [times]


def test_every_cue_has_a_sentence(lists):
    (mark,) = (
        one for one in test_sentences_counted_by_hand.pytestmark if one.name == "parametrize"
    )
    assert {cue for cue, _, _ in mark.args[1]} == {*lists["cues"]}
