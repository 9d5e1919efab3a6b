"""Text with the faults of files: what is put right, what is left alone, and what is counted."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alliance_features.kernels import token_flags as flag
from alliance_features.lexicons import load_lexicon
from alliance_features.text.double_decoding import beyond_ascii, decode_again
from alliance_features.text.forms import class_flag
from alliance_features.text.normalise import normalise, without_annotations
from alliance_features.text.repair import REPAIRS, is_suspect, repair, repair_piece, suspicion
from alliance_features.text.tokenizers import TURN_BREAK
from alliance_features.text.tokens import tokenize
from alliance_features.transcript import Session, Turn, merge_turns

EN, DE, ZH = (load_lexicon(code) for code in ("en", "de", "zh"))

#: What a client said, and how a file may hold it: (kind, clean, as it comes).
SAME = [
    # entities of HTML
    ("entity", "I'm fine", "I&#39;m fine"),
    ("entity", "I'm fine", "I&#x27;m fine"),
    ("entity", "I'm fine", "I&apos;m fine"),
    ("entity", "I'm fine", "I&rsquo;m fine"),
    ("entity", "I'm fine", "I&amp;#39;m fine"),
    ("entity", "I'm fine", "I&amp;amp;rsquo;m fine"),
    ("entity", "I'm fine", "I&#39m fine"),
    ("entity", "so I went", "so&nbsp;I went"),
    ("entity", "so I went", "so&nbsp I went"),
    ("entity", "so I went", "so&#160;I went"),
    ("entity", "bread & butter", "bread &amp; butter"),
    ("entity", "she said no", "she said&hellip; no"),
    ("entity", "it was [sighs] long", "it was &lt;sighs&gt; long"),
    # written out by a program
    ("escape", "I'm fine", "I\\'m fine"),
    ("escape", "I'm fine", "I\\u2019m fine"),
    ("escape", "I'm fine", "I%27m fine"),
    ("escape", "I'm fine", "I%E2%80%99m fine"),
    ("escape", "I'm fine", "I=E2=80=99m fine"),
    ("escape", "so I went", "so\\nI went"),
    ("escape", "so I went", "so\\r\\nI went"),
    ("escape", "he said no", 'he said \\"no\\"'),
    ("escape", "it was long", "it was \\*long\\*"),
    # decoded twice
    *[
        (
            "double_decoding",
            "I’m glad – so glad “now”",
            "I’m glad – so glad “now”".encode().decode(read),
        )
        for read in ("mac_roman", "cp437", "cp850", "latin-1")
    ],
    ("double_decoding", "I’m glad", "Iâ€™m glad"),
    ("double_decoding", "I’m glad", "I\u00e2\x80\x99m glad"),
    ("double_decoding", "I’m glad", "IвЂ™m glad"),
    ("double_decoding", "I’m glad", "IÃ¢â‚¬â„¢m glad"),
    ("double_decoding", "I’m glad", "Iâ€m glad"),
    ("double_decoding", "“no” I said", "â€œnoâ€ I said"),
    ("double_decoding", "I’m glad", "I\x92m glad"),
    ("double_decoding", "glad 😊 now", "glad ðŸ˜Š now"),
    ("double_decoding", "the café was nice", "the cafÃ© was nice"),
    ("double_decoding", "so I went", "soÂ\xa0I went"),
    # signs
    *[("sign", "I'm fine", f"I{sign}m fine") for sign in "ʹʻʽˈˋ՚׳‛′‵᾽᾿ꞌ｀❛❜"],
    ("sign", "I am fine", "I\u2800am fine"),
    ("sign", "I am fine", "I\u3164am fine"),
    ("sign", "I am fine", "▁I▁am▁fine"),
    ("sign", "I am fine", "I\u200c am\u200d f\u2060ine"),
    ("sign", "I am fine", "\u202aI am fine\u202c"),
    ("sign", "I am fine", "I am ﬁne"),
    ("sign", "I am fine", "Ｉ ａｍ ｆｉｎｅ"),
    ("sign", "I ❤ it", "I ❤\ufe0f it"),
    # another sign for the apostrophe
    ("contraction_sign", "I'm fine", "I?m fine"),
    ("contraction_sign", "I don't know", "I don?t know"),
    ("contraction_sign", "I don't know", "I don;t know"),
    ("contraction_sign", "I'm fine", "I,m fine"),
    ("contraction_sign", "I'm fine", 'I"m fine'),
    ("contraction_sign", "I'm fine", "I''m fine"),
    ("contraction_sign", "I'm fine", "I\ufffdm fine"),
    ("contraction_sign", "we've been there", "we?ve been there"),
    ("contraction_sign", "you're here", "you;re here"),
    ("contraction_sign", "they'll come", "they,ll come"),
    ("contraction_sign", "my mom's house", "my mom?s house"),
    ("contraction_sign", "I'm fine", "I\ufffd\ufffd\ufffdm fine"),
    # cut by a tokenizer
    ("split_contraction", "I'm fine", "I 'm fine"),
    ("split_contraction", "I don't", "I do n't"),
    ("split_contraction", "I'm fine", "I ' m fine"),
    ("split_contraction", "I'm fine", "I’ m fine"),
    ("split_contraction", "I don't know", "I don ’ t know"),
    ("split_contraction", "we're here", "we 're here"),
    ("split_contraction", "she'll come", "she 'll come"),
    ("split_contraction", "I'm gonna go", "I 'm gon na go"),
    ("split_contraction", "it's late", "it 's late"),
    # no blank after a mark
    ("missing_blank", "ok. i think so", "ok.i think so"),
    ("missing_blank", "ok; i think so", "ok;i think so"),
    ("missing_blank", "OK. I'm here", "OK.I'm here"),
    ("missing_blank", "so do i. then we left", "so do i.then we left"),
    ("missing_blank", "it was fine. i'm here", "it was fine.i'm here"),
    ("missing_blank", "i saw her. and him. then", "i saw her.and him.then"),
    ("missing_blank", "fine, i think", "fine，i think"),
    ("missing_blank", "fine. i think", "fine。i think"),
    # two words for a backchannel
    ("backchannel_in_two_words", "Uh-huh. Yes.", "Uh huh. Yes."),
    ("backchannel_in_two_words", "Mm-hmm. Yes.", "Mm hmm. Yes."),
    ("backchannel_in_two_words", "Mm-hm. Yes.", "Mm  hm. Yes."),
    ("backchannel_in_two_words", "uh-hum yes", "uh hum yes"),
    ("backchannel_in_two_words", "um-hmm yes", "um hmm yes"),
    ("backchannel_in_two_words", "m-hm yes", "m hm yes"),
    ("backchannel_in_two_words", "UH-HUH right", "UH HUH right"),
    # a new beginning, glued
    ("glued_restart", "We don't - I can't", "We don't-I can't"),
    ("glued_restart", "It said so - I read", "It said so-I read"),
    ("glued_restart", "The - I mean it", "The-I mean it"),
    ("glued_restart", "I was going to - I'll stay", "I was going to-I'll stay"),
    (
        "glued_restart",
        "and it is a - it's long",
        "and it is a-it's long",
    ),
    ("glued_restart", "but - we left", "but-we left"),
    ("glued_restart", "he was ge- I guess", "he was ge-I guess"),
    ("glued_restart", "because - they left", "because-they left"),
    # capitals
    ("capitals", "he told us to wait", "HE TOLD US TO WAIT"),
    ("capitals", "er, i mean, er, no", "ER, I MEAN, ER, NO"),
    ("capitals", "I said don't TELL us NOW please", "I said DON'T TELL US NOW please"),
    ("capitals", "tell us", "TELL US"),
    ("capitals", "we waited, er, for us", "WE WAITED, ER, FOR US"),
    # a filled pause in brackets
    ("filler_in_brackets", "um it was", "[um] it was"),
    ("filler_in_brackets", "um it was", "{um} it was"),
    ("filler_in_brackets", "um it was", "<um> it was"),
    ("filler_in_brackets", "um, uh it was", "[um, uh] it was"),
    ("filler_in_brackets", "so er it was", "so [er] it was"),
    ("filler_in_brackets", "so uhm it was", "so 【uhm】 it was"),
]


def counts(text: str, language: str = "en") -> tuple[int, ...]:
    """Return words, I, me, we, filled pauses, backchannels, repetitions, cut-offs of one turn."""
    turns = [Turn(role="client", text=text)]
    table = tokenize(
        merge_turns(Session(session_id="s", language=language, turns=tuple(turns))), language
    )
    bits = (
        flag.WORD,
        class_flag("i_subject"),
        class_flag("i_object"),
        class_flag("we"),
        flag.FILLED_PAUSE,
        flag.BACKCHANNEL,
        flag.REPEATED,
        flag.CUTOFF,
    )
    return tuple(int(table.count(each).sum()) for each in bits)


@pytest.mark.parametrize(("kind", "clean", "found"), SAME)
def test_text_as_it_comes_counts_as_what_was_said(kind: str, clean: str, found: str) -> None:
    changes: Counter[str] = Counter()
    repair(found, EN, changes)
    assert kind in changes
    assert counts(found) == counts(clean)
    none: Counter[str] = Counter()
    repair(clean, EN, none)
    assert not none


CLEAN = [
    "I think it's fine, e.g. at 10 a.m. or so, i.e. early.",
    "The U.S. office and the F.B.I. wrote to AT&T. Q&A at www.example.org/faq, me@example.com.",
    "Look at example.com or example.de. It cost 3.5 or .5 percent; No.5 was 50% off.",
    "I said 'no' to him, 'cause the parents' room and the dogs' ears were 'til then rock 'n' roll.",
    "Is it? I don't know! Well... I, I mean I-I was th- there -- no, a well-known he/she.",
    "For the most part I agree. In class I was shy, on stage I was not. The type I like is rare.",
    "It is the hardest part I guess. Every stage I went through; the only phase I know.",
    "I was at the ER in the US. He works for the US embassy. OK? NO. US? I",
    "Yes (laughs) and [sighs] then <unclear> {coughs} [NAME] (um) well.",
    "Thank you. See-you-soon card, how-to book, do-it-yourself, x-ray, T-shirt, vitamin-C, Type-I.",
    "He said: uh, huh? And um, I... uh I do. Mm. Hm. Huh.",
    "A friend of mine lets. Lets see. It is mine. Don't let us go, let's stay.",
    "naïve café, à la carte, El Niño, 20 °C, ½ of it, §5, Pâté, Ångström, «oui», señor",
    "x = y, a == b, =20, 100%, C:\\ , <3, ->, :) :D ;) :-/ \\o/",
    "Good night. He left at 5.30. I met Dr. Smith, Mrs. Jones and St. John.",
    "It was na?ve, na\ufffdve, caf\ufffd, f\ufffdr; at 10：30 and 3。5.",
    "Iʼm here, I‘m here, I´m here, I`m here, it’s “so” „so“.",
]
CLEAN_DE = [
    "Das war ein Spaß“, groß… und „Gauß“ sagt: „ß“. Ärger, Öl, Übung!",
    "z.B. oder d.h. um 8.30 Uhr, u.a. in St. Gallen, die Klient.innen, bzw. so.",
    "Ich hab's, geht's? 's ist gut. Über-Ich, Ich-Erzähler, E-Mail, Nord-Süd.",
    "Hm. Äh, ich meine, US und ER sind hier nichts.",
]
CLEAN_ZH = [
    "嗯，我和她谈了。我觉得我们之间还是有点紧张……CBT、MBTI，小A说：“好”。著名的乾隆。",
    "AA",
]


@pytest.mark.parametrize(
    ("text", "lexicon"),
    [
        *((text, EN) for text in CLEAN),
        *((text, DE) for text in CLEAN_DE),
        *((text, ZH) for text in CLEAN_ZH),
    ],
)
def test_clean_text_is_left_alone(text: str, lexicon: object) -> None:
    changes: Counter[str] = Counter()
    repair(text, lexicon, changes)  # type: ignore[arg-type]
    assert not changes


@pytest.mark.parametrize("kind", REPAIRS, ids=lambda kind: kind.name)
def test_the_example_of_each_kind_is_true(kind: object) -> None:
    lexicon = ZH if kind.name == "traditional" else EN  # type: ignore[attr-defined]
    signs = frozenset(sign for sign in kind.before if not sign.isascii())  # type: ignore[attr-defined]
    changed, number = kind.apply(kind.before, lexicon, signs)  # type: ignore[attr-defined]
    straight = kind.after.replace("\u2019", "'") if kind.name == "sign" else kind.after  # type: ignore[attr-defined]
    assert changed == straight
    assert number > 0


def test_a_letter_takes_no_apostrophe_of_another_word() -> None:
    assert repair("I said ok? me too. is it, d'accord? t", EN) == (
        "I said ok? me too. is it, d'accord? t"
    )


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("bipolar type I on the form", 0),
        ("it is Part I of it", 0),
        ("in World War I", 0),
        ("at stage I was it", 0),
        ("Chapter I, please", 0),
        ("an Axis I disorder", 0),
        ("phase I and phase II", 0),
        ("the type I am", 1),
        ("the part I like", 1),
        ("my favourite stage I think", 1),
        ("the worst phase I had", 1),
        ("During class I feel sick", 1),
        ("so I figure I won't", 2),
        ("for the most part I agree", 1),
        ("In part I agree", 1),
        ("on stage I was shy", 1),
    ],
)
def test_the_i_of_a_numeral_is_not_the_speaker(text: str, spoken: int) -> None:
    assert counts(text)[1] == spoken


@pytest.mark.parametrize(
    ("text", "me"),
    [
        ("the mine closed", 0),
        ("a gold mine", 0),
        ("the old mine shaft", 0),
        ("a coal mine there", 0),
        ("the mine workers", 0),
        ("a friend of mine", 1),
        ("that is mine", 1),
        ("yours or mine?", 1),
        ("mine was closed", 1),
    ],
)
def test_the_mine_that_is_dug_is_not_the_speaker(text: str, me: int) -> None:
    assert counts(text)[2] == me


@pytest.mark.parametrize(
    ("text", "we"),
    [
        ("she lets her son stay", 0),
        ("it lets the light in", 0),
        ("my mom lets me stay", 0),
        ("and lets him go", 0),
        ("he never lets go", 0),
        ("Lets go", 1),
        ("so lets see", 1),
        ("ok lets try that", 1),
        ("lets talk", 1),
        ("let's talk", 1),
    ],
)
def test_who_lets_is_not_we(text: str, we: int) -> None:
    assert counts(text)[3] == we


@pytest.mark.parametrize(
    ("traditional", "simplified"),
    [
        ("她覺得我們這樣說話很好", "她觉得我们这样说话很好"),
        ("他說時間沒有關係", "他说时间没有关系"),
        ("我會聽媽媽的", "我会听妈妈的"),
        ("看著他們離開", "看着他们离开"),
        ("這裡的學校", "这里的学校"),
        ("一本著名的書", "一本著名的书"),
    ],
)
def test_traditional_chinese_is_looked_up_as_simplified(traditional: str, simplified: str) -> None:
    assert normalise(traditional, ZH) == simplified
    assert counts(traditional, "zh") == counts(simplified, "zh")


def test_a_session_decides_on_its_script() -> None:
    # A sign that both scripts have is changed only where the session shows traditional ones.
    assert repair(TURN_BREAK.join(["於是", "我們說話"]), ZH) == TURN_BREAK.join(
        ["于是", "我们说话"]
    )
    assert repair(TURN_BREAK.join(["著名", "我们说话"]), ZH) == TURN_BREAK.join(
        ["著名", "我们说话"]
    )


def test_a_session_in_capitals_has_short_turns_in_capitals() -> None:
    calm = TURN_BREAK.join(["Who told you?", "US.", "And who went there?"])
    assert repair(calm, EN) == calm
    loud = TURN_BREAK.join(["WHO TOLD YOU?", "US.", "AND WHO WENT THERE?"])
    assert repair(loud, EN) == loud.lower()


def test_no_repair_crosses_turns() -> None:
    turns = [
        "I",
        "'m",
        "n't",
        "uh",
        "huh",
        "ok.",
        "i",
        "the-",
        "I",
        "TELL",
        "US",
        "NOW",
        "type",
        "I",
    ]
    joined = TURN_BREAK.join(turns)
    assert repair(joined, EN) == joined


@given(st.lists(st.text(max_size=40).filter(lambda text: "\0" not in text), max_size=6))
def test_turns_stay_as_many(texts: list[str]) -> None:
    joined = TURN_BREAK.join(texts)
    for lexicon in (EN, ZH):
        assert normalise(joined, lexicon).count("\0") == joined.count("\0")


def _is_suspect(text: str) -> bool:
    bits = [suspicion(piece, EN) for piece in without_annotations(text, EN).split()]
    return is_suspect(np.array(bits, dtype=np.int64)) or text.isupper()


@pytest.mark.parametrize(("kind", "clean", "found"), SAME)
def test_a_text_to_be_repaired_is_suspect(kind: str, clean: str, found: str) -> None:
    changed = repair(found, EN, reach=("signs",))
    if repair(changed, EN, reach=("text",)) != changed:
        assert _is_suspect(changed)


_WORDS = (
    "I 'm n't do n' t ' m uh huh Hmm um mm type I Part US er NOW [um] so, the World War I, m' 'M"
)


@settings(max_examples=500)
@given(st.lists(st.sampled_from(_WORDS.split()), max_size=12))
def test_no_repair_is_missed(words: list[str]) -> None:
    text = " ".join(words)
    if repair(text, EN, reach=("text",)) != text:
        assert _is_suspect(text)


@given(st.text(alphabet="Iam don't-.;?,weu US", max_size=40))
def test_repairs_within_pieces_are_the_same_one_by_one(text: str) -> None:
    plain = text.replace("U", "u").replace("S", "s")
    whole = without_annotations(repair(plain, EN), EN)
    text = without_annotations(repair(plain, EN, reach=("signs", "text")), EN)
    parts = " ".join(repair_piece(part, EN) for part in text.split())
    assert whole.split() == parts.split()


@given(st.text(alphabet="Iam don'twe.,;?!-&#39; \\u201\u2019â€™Ã©￼\ufffd[]um", max_size=60))
def test_any_text_is_repaired_without_an_error(text: str) -> None:
    normalise(text, EN)


@given(st.text(alphabet=st.characters(max_codepoint=0x7F), max_size=80))
def test_plain_ascii_is_not_decoded_again(text: str) -> None:
    assert decode_again(text, beyond_ascii(text)) == (text, 0)


@given(
    st.text(alphabet=st.characters(categories=("L", "P", "Zs"), max_codepoint=0x2FFF), max_size=40)
)
def test_what_was_read_as_mac_roman_comes_back(text: str) -> None:
    # Marks and Latin letters; other scripts only where a whole turn shows them.
    said = "".join(
        sign
        for sign in text
        if sign.isascii() or 0xA0 <= ord(sign) < 0x100 or 0x2010 <= ord(sign) < 0x2027
    )
    misread = said.encode().decode("mac_roman")
    if misread.encode("utf-8") == misread.encode("ascii", "replace"):
        return
    back, _ = decode_again(misread, beyond_ascii(misread))
    assert back == said


def test_chinese_that_was_read_as_windows_1252_comes_back() -> None:
    said = "我和她说话，很好"
    of_byte = said.encode()
    misread = "".join(bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in of_byte)
    assert decode_again(misread, beyond_ascii(misread))[0] == said
