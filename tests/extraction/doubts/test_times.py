"""Times in another unit than seconds are told; slow and quick talk is not."""

import pytest

from doubtful import codes, doubts, longer, talk

#: Seconds per turn of the talk: about 120 words per minute.
PACE = 6.4


def _timed(unit=1.0, *, ends=False, offset=0.0, turns=None, pace=PACE):
    """Return turns with times in units of `unit` seconds."""
    return [
        (
            role,
            text,
            (offset + pace * place) / unit,
            (offset + pace * place + 5.0) / unit if ends else None,
        )
        for place, (role, text) in enumerate(turns or talk())
    ]


@pytest.mark.parametrize("ends", [False, True])
@pytest.mark.parametrize(
    ("unit", "code"),
    [
        (0.001, "slow_times"),  # milliseconds
        (1e-6, "slow_times"),
        (1e-7, "slow_times"),  # ticks of .NET
        (0.01, "slow_times"),  # hundredths
        (1 / 30, "slow_times"),  # frames
        (60, "fast_times"),  # minutes, or hours:minutes read as minutes:seconds
        (3600, "fast_times"),
        (86_400, "fast_times"),  # days, as cells of Excel hold times
    ],
)
def test_other_units(unit, code, ends):
    assert codes(_timed(unit, ends=ends)) == [code]


def test_seconds():
    words = sum(len(text.split()) for _, text in talk())
    assert doubts(_timed()) == doubts(_timed(ends=True)) == {}
    assert doubts(_timed(offset=1_785_835_933.0)) == {}
    assert doubts(_timed(0.001)) == {"slow_times": words}
    assert codes(_timed(pace=60.0)) == []  # 13 words per minute
    assert codes(_timed(pace=2.0, ends=False)) == []  # 6 words per second


@pytest.mark.parametrize("start", [0.0, 45_000.0])
def test_equal_times(start):
    assert codes([(role, text, start) for role, text in talk()]) == ["equal_times"]


def test_eight_hours():
    turns = [turn for n in range(300) for turn in talk(longer(n))]
    assert codes(_timed(turns=turns, pace=7.9)) == []
    assert codes(_timed(turns=turns, pace=8.1)) == ["long_times"]
    assert codes(_timed(turns=turns[:600], pace=0.8, unit=1 / 25)) == []
    assert codes(_timed(turns=turns[:600], pace=2.5, unit=1 / 25)) == ["long_times"]


def test_days_between_messages_are_no_fault():
    days = _timed(pace=86_400.0)
    assert codes(days) == ["slow_times"]
    assert codes(days, mode="typed") == []


@pytest.mark.parametrize(
    "turns",
    [
        [("therapist", "Hello.", 0.0), ("client", "Hi.", 90.0)],
        [("therapist", "Yes.", 3.0), ("client", "No.", 3.0)],
        # The last turn has no end: its words are not in the span.
        [("therapist", "Well.", 0.0), ("client", "It was a long week and I was tired.", 0.4)],
        [("therapist", "Well?", None), ("client", "It was a long week and I was tired.", 5.0)],
        # A stamp every few minutes.
        [
            (role, text, 300.0 * (place // 6) if place % 6 == 0 else None)
            for place, (role, text) in enumerate(talk())
        ],
        [(role, text, 20.0 - place) for place, (role, text) in enumerate(talk())],
    ],
)
def test_too_little_to_say(turns):
    assert codes(turns) == []
