"""A language that does not fit the words is told; names and borrowed words are none."""

import pytest

from doubtful import CHINESE, ENGLISH, GERMAN, JAPANESE, codes, talk

FRENCH = [
    "Comment s'est passée la semaine pour vous depuis la dernière fois ?",
    "Elle a été longue, et je n'ai pas bien dormi la plupart des nuits.",
    "Qu'est-ce qui vous a empêchée de dormir quand vous étiez couchée ?",
    "Surtout la pensée que je devrais appeler mon propriétaire pour le chauffage.",
    "Et quand vous pensez à cet appel, qu'est-ce qui vient en premier ?",
    "Qu'il va encore crier sur moi, comme il l'a fait au printemps.",
]
DUTCH = [
    "Fijn dat je er weer bent. Hoe is de week voor je geweest?",
    "Hij was lang, en ik heb de meeste nachten niet goed geslapen.",
    "Wat hield je wakker toen je naar bed ging?",
    "Vooral de gedachte dat ik mijn huisbaas moet bellen over de verwarming.",
    "En als je aan dat gesprek denkt, wat komt er dan het eerst op?",
    "Dat hij weer tegen mij schreeuwt, zoals hij in het voorjaar deed.",
]
KOREAN = [
    "이번 주는 어떻게 지내셨어요 다시 만나서 반갑습니다",
    "긴 한 주였고 밤에 잠을 잘 못 잤어요",
]
TRADITIONAL = [
    "很高興又見到你，這個星期你過得怎麼樣？",
    "這個星期很長，我大部分晚上都沒有睡好。",
    "你躺下以後是什麼讓你睡不著呢？",
    "主要是我想到要給房東打電話，說暖氣的事情。",
    "當你想到這個電話的時候，首先想到的是什麼？",
]


@pytest.mark.parametrize(
    ("texts", "language"),
    [
        (GERMAN, "en"),
        (GERMAN, "en-GB"),
        (ENGLISH, "de"),
        (FRENCH, "en"),
        (FRENCH, "de"),
        (DUTCH, "de"),
        (DUTCH, "en"),
        (CHINESE, "en"),
        (CHINESE, "de"),
        (JAPANESE, "zh"),
        (ENGLISH, "zh"),
        (GERMAN, "zh"),
        (KOREAN * 3, "zh"),
        ([f"{one} {two}" for one, two in zip(ENGLISH, GERMAN, strict=False)], "en"),
        ([f"{two} {one}" for one, two in zip(ENGLISH, GERMAN, strict=False)], "de"),
        ([text for pair in zip(ENGLISH, GERMAN, strict=False) for text in pair], "en"),
    ],
)
def test_another_language(texts, language):
    assert "language_misfit" in codes(talk(texts), language=language)


@pytest.mark.parametrize(
    ("texts", "language"),
    [
        (ENGLISH, "en"),
        (ENGLISH, "en-US"),
        (GERMAN, "de"),
        (GERMAN, "de-AT"),
        (CHINESE, "zh"),
        (TRADITIONAL, "zh"),
        (TRADITIONAL, "zh-TW"),
        (FRENCH, "fr"),
        (JAPANESE, "ja"),
        ([text.upper() for text in ENGLISH], "en"),
        ([f"{text} 这个App很nice" for text in CHINESE], "zh"),
        ([f"{text} Das war ein Meeting im Homeoffice, very nice." for text in GERMAN], "de"),
        ([*ENGLISH, "We watched Die Hard, Das Boot and Der Himmel then."], "en"),
        ([f"{text} Maria Gonzalez, Berlin, Wien." for text in ENGLISH], "en"),
    ],
)
def test_its_own_language(texts, language):
    assert codes(talk(texts), language=language) == []


def test_too_short_for_a_verdict():
    assert codes(talk(GERMAN[:2])) == []
    assert codes(talk(CHINESE[:2])) == []
    assert codes(talk(ENGLISH[:2]), language="zh") == []
