"""A clean talk in three languages, and the doubts that are found about versions of it."""

import alliance_features as af
from alliance_features.extraction.doubts.find import find_doubts
from alliance_features.features.measured import Measured
from alliance_features.text.vectors import load_vectors

ENGLISH = [
    "Good to see you again. How did the week go for you?",
    "It was a long one, and I did not sleep well on most of the nights.",
    "What kept you awake when you went to bed?",
    "Mostly the thought that I would have to call my landlord about the heating.",
    "And when you think of that call, what comes up first?",
    "That he will shout at me again, as he did in the spring.",
    "So the phone stays on the table and the room stays cold.",
    "Yes, and then I am angry with myself because it is such a small thing.",
    "It does not sound small to me. You were alone with him that time.",
    "I was, and my brother said that he would come along, but he never did.",
    "Would it help if he sat next to you while you make the call?",
    "Maybe. I could ask him on Sunday, when we all eat at our mother's.",
]
GERMAN = [
    "Schön, dass Sie da sind. Wie ist die Woche für Sie gewesen?",
    "Sie war lang, und ich habe in den meisten Nächten nicht gut geschlafen.",
    "Was hat Sie wach gehalten, als Sie im Bett lagen?",
    "Vor allem der Gedanke, dass ich meinen Vermieter wegen der Heizung anrufen muss.",
    "Und wenn Sie an den Anruf denken, was kommt Ihnen dann zuerst?",
    "Dass er mich wieder anschreit, so wie er es im Frühling getan hat.",
    "Also bleibt das Telefon auf dem Tisch, und das Zimmer bleibt kalt.",
    "Ja, und dann ärgere ich mich über mich selbst, weil es so eine Kleinigkeit ist.",
]
CHINESE = [
    "很高兴又见到你，这个星期你过得怎么样？",
    "这个星期很长，我大部分晚上都没有睡好。",
    "你躺下以后是什么让你睡不着呢？",
    "主要是我想到要给房东打电话，说暖气的事情。",
    "当你想到这个电话的时候，首先想到的是什么？",
    "我想到他会像春天那次一样对我大喊大叫。",
    "所以手机就一直放在桌子上，房间也一直很冷。",
    "是的，然后我就对自己生气，因为这只是一件小事。",
    "可是我听起来这不是小事，那一次你是一个人面对他的。",
    "对，我哥哥说过他会陪我去，可是他从来没有来过。",
]
JAPANESE = [
    "今週はどうでしたか。またお会いできてうれしいです。",
    "長い一週間でした。ほとんどの夜はよく眠れませんでした。",
    "横になったとき、何が気になって眠れなかったのですか。",
    "大家さんに暖房のことで電話をしなければならないと思っていました。",
    "その電話のことを考えると、まず何が浮かびますか。",
    "春のときのように、また怒鳴られるのではないかと思います。",
]


def talk(texts=ENGLISH, *, first="therapist"):
    """Return turns that alternate, as (role, text)."""
    roles = ("therapist", "client") if first == "therapist" else ("client", "therapist")
    return [(roles[place % 2], text) for place, text in enumerate(texts)]


def longer(n, texts=ENGLISH):
    """Return texts that occur in no other talk than the n-th."""
    return [f"{text} This was on day {n}." for text in texts]


def session(turns, **fields):
    """Return a session of (role, text), (role, text, start) or (role, text, start, end)."""
    names = ("role", "text", "start", "end")
    return af.Session(
        **{
            "session_id": "s1",
            "language": "en",
            "mode": "spoken",
            "verbatim": True,
            "turns": [af.Turn(**dict(zip(names, turn, strict=False))) for turn in turns],
            **fields,
        }
    )


def doubts(turns, **fields):
    """Return the words concerned by the code of a doubt."""
    found = find_doubts(Measured(session(turns, **fields), load_vectors(None)))
    codes = [doubt.code for doubt in found]
    assert len(codes) == len({*codes})
    return {doubt.code: doubt.words for doubt in found}


def codes(turns, **fields):
    """Return the codes of the doubts."""
    return [*doubts(turns, **fields)]
