"""German and Chinese: counts by hand, false friends, jieba, sessions alone and together."""

import builtins
import random
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import alliance_features as af
from alliance_features.errors import ResourceError
from alliance_features.features.measured import Measured
from alliance_features.features.signals.typed import NOT_TYPED, SPECS
from alliance_features.features.values import session_values, turn_values
from alliance_features.kernels import token_flags as flag
from alliance_features.text import tokenizers
from alliance_features.text.forms import class_flag
from alliance_features.text.tokens import tokenize
from alliance_features.transcript import merge_turns

I_ANY = class_flag("i_subject", "i_object")


def table(language, text):
    turns = [af.Turn(role="client", text=text)]
    return tokenize(
        merge_turns(af.Session(session_id="s", language=language, turns=turns)), language
    )


def count(language, text, bits, also=0):
    return int(table(language, text).count(bits, also=also)[0])


def by_hand(language, text):
    """Return first person, we, you, filled pauses, backchannels and words of one turn."""
    tokens = table(language, text)
    return tuple(
        int(tokens.count(bits, also=also)[0])
        for bits, also in (
            (I_ANY, flag.WORD),
            (class_flag("we"), flag.WORD),
            (class_flag("you"), flag.WORD),
            (flag.FILLED_PAUSE, 0),
            (flag.BACKCHANNEL, 0),
            (flag.WORD, 0),
        )
    )


# Text; I, we, you, filled pauses, backchannels, words.
GERMAN = [
    ("Ich weiß es nicht.", (1, 0, 0, 0, 0, 4)),
    ("Ähm, ich, äh, ich komme um acht.", (1, 0, 0, 2, 0, 4)),
    ("Er hat um Hilfe gebeten, so war das.", (0, 0, 0, 0, 0, 8)),
    ("Ah, so ist das, eh klar.", (0, 0, 0, 0, 0, 6)),
    ("Meine Mutter ruft mich jeden Tag an.", (2, 0, 0, 0, 0, 7)),
    ("Das gehört mir, das ist meins.", (2, 0, 0, 0, 0, 6)),
    ("Ich meine, das ist schwer.", (1, 0, 0, 0, 0, 5)),
    ("Was meinen Sie damit?", (0, 0, 1, 0, 0, 4)),
    ("Wie geht's Ihnen heute?", (0, 0, 1, 0, 0, 4)),
    ("Sie hat gesagt, dass sie kommt.", (0, 0, 0, 0, 0, 6)),
    ("Sie haben gesagt, dass Sie kommen.", (0, 0, 2, 0, 0, 6)),
    ("Und was sagt Ihre Frau dazu?", (0, 0, 1, 0, 0, 6)),
    ("Da habe ich ihr ihre Tasche gegeben.", (1, 0, 0, 0, 0, 7)),
    ("Habt ihr euch gestritten?", (0, 0, 2, 0, 0, 4)),
    ("Wir haben unsere Ruhe gebraucht.", (0, 2, 0, 0, 0, 5)),
    ("Du hast deine Meinung, haste ja gesagt.", (0, 0, 3, 0, 0, 7)),
    ("Mhm.", (0, 0, 0, 0, 1, 1)),
    ("Hm.", (0, 0, 0, 0, 1, 1)),
    ("Hm, ich glaube schon.", (1, 0, 0, 1, 0, 3)),
    ("Ach so, ja, genau.", (0, 0, 0, 0, 3, 4)),
    ("Ja, das war so.", (0, 0, 0, 0, 0, 4)),
    ("Das Ich ist stark, mein inneres Ich auch.", (1, 0, 0, 0, 0, 8)),
    ("Hab'ch gesagt, ich's auch.", (2, 0, 0, 0, 0, 4)),
    ("Ich-ich will das (seufzt) nicht, sch-schon gar nicht.", (1, 0, 0, 0, 0, 7)),
    ("Da war 'ne Frau, öhm, mit 'nem Hund. [lacht]", (0, 0, 0, 1, 0, 7)),
]
CHINESE = [
    ("我不知道。", (1, 0, 0, 0, 0, 3)),
    ("我们一直在吵架。", (0, 1, 0, 0, 0, 4)),
    ("咱们和他们不一样。", (0, 1, 0, 0, 0, 5)),
    ("自我和自己不是本人。", (1, 0, 0, 0, 0, 5)),
    ("我的家人都不理解我。", (2, 0, 0, 0, 0, 7)),
    ("额头上全是汗。", (0, 0, 0, 0, 0, 5)),
    ("金额和名额都不够。", (0, 0, 0, 0, 0, 5)),
    ("额，我有点紧张。", (1, 0, 0, 1, 0, 3)),
    ("我额不想说。", (1, 0, 0, 1, 0, 3)),
    ("嗯", (0, 0, 0, 0, 1, 1)),
    ("嗯嗯。", (0, 0, 0, 0, 1, 1)),
    ("嗯，我明白。", (1, 0, 0, 0, 1, 3)),
    ("我觉得，嗯，还可以吧。", (1, 0, 0, 1, 0, 5)),
    ("啊，我忘了。", (1, 0, 0, 1, 0, 3)),
    ("是啊，好累啊。", (0, 0, 0, 0, 0, 5)),
    ("啊？", (0, 0, 0, 0, 1, 1)),
    ("呃，您好，你们来了？", (0, 0, 1, 1, 0, 4)),
    ("好的，对对。", (0, 0, 0, 0, 3, 4)),
    ("那个那个我我害怕。", (1, 0, 0, 0, 0, 3)),
    ("那个人和这个人都在。", (0, 0, 0, 0, 0, 7)),
    ("诶，你告诉您妈妈了吗？", (0, 0, 2, 1, 0, 6)),
    ("在我看来，这是T恤，３.５元👍", (1, 0, 0, 0, 0, 8)),
    ("I'm OK，心理咨询（沉默）很好。", (0, 0, 0, 0, 0, 5)),
    ("你死我活地争，我行我素。", (0, 0, 0, 0, 0, 4)),
    ("我們都很好，您呢……", (0, 1, 1, 0, 0, 6)),
]


@pytest.mark.parametrize(("text", "expected"), GERMAN)
def test_german_by_hand(text, expected):
    assert by_hand("de", text) == expected


@pytest.mark.parametrize(("text", "expected"), CHINESE)
def test_chinese_by_hand(text, expected):
    assert by_hand("zh", text) == expected


# Text; how often a form of "mein" is a possessive.
MEINE = [
    ("Ich meine, das geht nicht.", 0),
    ("Gestern habe ich meine Mutter besucht.", 1),
    ("Ich habe, ich meine, ich hatte Angst.", 0),
    ("Was meinen Sie?", 0),
    ("Wie meinen Sie das?", 0),
    ("Das meine ich ernst.", 0),
    ("So meine ich das nicht.", 0),
    ("Meine ich das nur?", 0),
    ("Meine Tochter kommt morgen.", 1),
    ("Wir meinen, dass es reicht.", 0),
    ("Sie meinen meinen Vater.", 1),
    ("Haben Sie meinen Brief bekommen?", 1),
    ("Weil ich meine Arbeit mag.", 1),
    ("Das ist, was ich damit meine.", 0),
    ("Wenn Sie das so meinen, gut.", 0),
    ("Und ich meine das auch so.", 0),
    ("Er arbeitet und ich meine Ruhe brauche.", 1),
    ("Für meinen Bruder tue ich alles.", 1),
    ("Seine Jacke ist größer als meine.", 1),
    ("Ist das deine oder meine?", 1),
    ("Man meinte, er meint das gut.", 0),
    ("Dann hat er meine Hand genommen.", 1),
    ("Ich meine Sie, nicht ihn.", 0),
    ("Meiner Meinung nach reicht das meinen Eltern.", 2),
    ("Also, ähm, ich äh meine nur.", 0),
    ("Meine Mutter meine ich.", 1),
    ("Das könnte sie wirklich so meinen.", 0),
    ("Aber ich meine Angst hat damit zu tun.", 0),
    ("Er nimmt sein Geld, ich meine Zeit.", 1),
    ("Sie nehmen ihre Tasche und ich meine.", 1),
]
# The rule takes a noun after "Aber ich meine" for possessed, and ", ich meine", "und ich meine."
# for the verb.
MEINE_WRONG = {27, 28, 29}


def test_meine_is_a_verb_or_a_possessive():
    wrong = {
        place
        for place, (text, expected) in enumerate(MEINE)
        if count("de", text, class_flag("i_object"), flag.WORD) != expected
    }
    assert wrong == MEINE_WRONG  # an error rate of 3 in 30 on sentences chosen to be hard


def test_german_i_with_a_cognitive_verb_and_in_formulas():
    for text in ("Ich glaube nicht.", "Das glaube ich.", "Ich meine ja nur.", "Ich frage mich."):
        assert count("de", text, flag.COGNITIVE, flag.WORD) == 1, text
    assert count("de", "Gestern habe ich meine Frau gesehen.", flag.COGNITIVE) == 0
    assert count("de", "Ich meine, ja.", flag.FORMULAIC, flag.I_SUBJECT) == 1
    assert count("de", "Dann sah ich meine Frau.", flag.FORMULAIC, flag.I_SUBJECT) == 0
    assert count("de", "Ich verstehe.", flag.FORMULAIC, flag.I_SUBJECT) == 1
    assert count("de", "Ich verstehe nichts.", flag.FORMULAIC, flag.I_SUBJECT) == 0


def test_chinese_i_as_subject_and_otherwise():
    assert count("zh", "我爱他，他爱我。", flag.I_SUBJECT) == 1
    assert count("zh", "对我来说，这是我的错，让我难过。", class_flag("i_object")) == 3
    assert count("zh", "我也觉得。", flag.COGNITIVE) == 1
    assert count("zh", "我明白了。", flag.FORMULAIC, flag.I_SUBJECT) == 1
    assert count("zh", "我明白了他的话。", flag.FORMULAIC, flag.I_SUBJECT) == 0


def test_typed_fillers_are_no_words_and_apart():
    text = "emm……额额，我也不知道...算了。"
    assert count("zh", text, class_flag("typed_filler")) == 4
    assert table("zh", text).words(0) == ["我", "也", "不", "知道", "算了"]
    assert count("zh", "嗯，额头，名额额外。", class_flag("typed_filler")) == 0
    assert count("de", "Ähm... na ja, emm… um acht.", class_flag("typed_filler")) == 4
    assert count("en", "Well... hmm, I am not sure. er", class_flag("typed_filler")) == 3


def _typed_session(mode):
    turns = [
        af.Turn(role=("client", "therapist")[place % 2], text="额，我今天还是不太想说话……")
        for place in range(20)
    ]
    return af.Session(session_id="s", language="zh", mode=mode, turns=turns)


@pytest.mark.parametrize("mode", ["typed", *NOT_TYPED])
def test_typed_filler_rate_by_mode(mode):
    measured = Measured(_typed_session(mode), af.load_vectors(None))
    session = [spec for spec in SPECS if spec.level == "session"]
    values, nulls = session_values(measured, session)
    turns, gaps = turn_values(measured, [spec for spec in SPECS if spec.level == "turn"])
    if mode == "typed":
        assert values == [40.0, 40.0]  # 2 in 5 words: 我 今天 还是 不太想 说话
        assert turns == [[2] * 20]
        assert not nulls
        assert not gaps
    else:
        assert values == [None, None]
        assert turns == [[None] * 20]
        assert set(nulls) == {spec.name for spec in session}
        assert {*nulls.values(), *(code for *_, code in gaps)} == {NOT_TYPED[mode]}


def test_typed_filler_rate_needs_words_and_a_lexicon():
    short = af.Session(
        session_id="s", language="zh", mode="typed", turns=[af.Turn(role="client", text="额")]
    )
    other = af.Session(
        session_id="s", language="ja", mode="typed", turns=[af.Turn(role="client", text="えっと")]
    )
    for session, code in ((short, "few_words"), (other, "no_lexicon")):
        _, nulls = session_values(Measured(session, af.load_vectors(None)), SPECS[:2])
        assert set(nulls.values()) == {code}


def test_a_language_without_lists_stays_null():
    session = af.Session(
        session_id="s",
        language="ja",
        turns=[af.Turn(role="client", text="私は、えっと、疲れた。")],
    )
    row = af.extract(session, features=["pronouns", "fluency"]).to_pylist()[0]
    assert {row["client__i_rate"], row["client__filled_pause_rate"]} == {None}
    with pytest.raises(ResourceError, match='no word lists for language "ja"'):
        af.turn_tokens(session)


def test_turn_tokens():
    def tokens(language, text):
        turns = [af.Turn(role="client", text=text)]
        return af.turn_tokens(af.Session(session_id="s", language=language, turns=turns))

    assert tokens("de", "Ähm, geht's? Hab'ch 'ne E-Mail, Sie!") == [
        ["geht", "es", "hab", "ich", "eine", "e", "mail", "sie"]
    ]
    assert tokens("de-AT", "Ich meine (lacht) meine Mutter") == [
        ["ich", "meine", "meine", "mutter"]
    ]
    assert tokens("zh", "呃，我和心理咨询师聊OK吗？") == [
        ["我", "和", "心理咨询师", "聊", "ok", "吗"]
    ]


@pytest.fixture(scope="module", params=["de", "zh"])
def examples(request, examples_path):
    return list(af.read_sessions(examples_path / f"sessions_{request.param}.jsonl"))


def test_examples_are_plausible(examples):
    features = ["volume", "pronouns", "fluency"]
    rows = af.extract(examples, features=features).to_pylist()
    assert len(rows) == len(examples)
    for row in rows:
        assert row["dyad__words_n"] > 200
        assert 2 < row["client__i_rate"] < 25
        assert 0 < row["therapist__i_rate"] < 15
        assert row["therapist__you_rate"] > row["client__you_rate"]
        if row["language"] == "de":
            assert 0 < row["client__filled_pause_rate"] < 15
        assert (row["client__filled_pause_rate"] is None) == (row["language"] == "zh")


def test_alone_and_in_a_corpus(examples, example_sessions):
    features = ["volume", "pronouns", "fluency"]
    corpus = [*example_sessions[:2], *examples]
    together = {row["session_id"]: row for row in af.extract(corpus, features=features).to_pylist()}
    for session in examples:
        assert af.extract(session, features=features).to_pylist() == [together[session.session_id]]


TEXTS = {
    "de": [text for text, _ in GERMAN] + [text for text, _ in MEINE],
    "zh": [text for text, _ in CHINESE],
}


@given(
    language=st.sampled_from(["de", "zh"]),
    seed=st.integers(0, 2**32 - 1),
    sizes=st.lists(st.integers(2, 6), min_size=2, max_size=4),
)
def test_order_of_sessions_changes_nothing(language, seed, sizes):
    chance = random.Random(seed)
    sessions = [
        af.Session(
            session_id=f"s{place}",
            language=language,
            turns=[
                af.Turn(role=("client", "therapist")[turn % 2], text=chance.choice(TEXTS[language]))
                for turn in range(size)
            ],
        )
        for place, size in enumerate(sizes)
    ]
    shuffled = chance.sample(sessions, len(sessions))
    rows = [
        sorted(
            af.extract(order, features="pronouns").to_pylist(), key=lambda row: row["session_id"]
        )
        for order in (sessions, shuffled)
    ]
    assert rows[0] == rows[1]


@given(text=st.text(alphabet="我你们自额嗯啊的对，。…. eEmM3①👍（笑）-'\"", max_size=30))
def test_any_chinese_text_has_a_table(text):
    tokens = tokenizers.jieba_tokenizer("zh")(text)
    assert "".join(tokens) == "".join(text.split())
    tokens = table("zh", f"{text}x")
    assert tokens.count(flag.WORD)[0] <= len(text) + 1


def test_without_jieba(monkeypatch):
    ordinary = builtins.__import__

    def refuse(name, *args, **kwargs):
        if name == "jieba":
            raise ImportError("no jieba")
        return ordinary(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", refuse)
    monkeypatch.delitem(sys.modules, "jieba", raising=False)
    with pytest.raises(
        ResourceError, match=r'jieba, which is not .*"alliance-features\[lang\]"'
    ) as error:
        tokenizers.JiebaTokenizer("zh")
    assert error.value.__cause__ is None


def test_jieba_writes_nothing(monkeypatch, tmp_path, capfd):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    made = tokenizers.JiebaTokenizer("zh")
    assert made("我在心理咨询室。") == ["我", "在", "心理", "咨询室", "。"]
    assert repr(made) == "JiebaTokenizer()"
    assert list(Path(tmp_path).iterdir()) == []
    assert capfd.readouterr() == ("", "")


def test_a_cutoff_cannot_be_seen_in_chinese_writing():
    turns = [af.Turn(role="client", text="我今天还是不太想说话。" * 20)]
    session = af.Session(session_id="s", language="zh", mode="spoken", verbatim=True, turns=turns)
    specs = [af.describe_feature("client__cutoff_rate")]
    _, nulls = session_values(Measured(session, af.load_vectors(None)), specs)
    assert nulls == {"client__cutoff_rate": "not_in_language"}
