"""Rhythm, worked by hand; null codes; the oracle is in `test_table.py`."""

import pytest

import alliance_features as af

TIMING = "timing"


@pytest.fixture
def timed():
    """Build a session from (role, text, start, end)."""

    def make(*turns, **fields):
        rows = [
            af.Turn(role=role, text=text, start=start, end=end) for role, text, start, end in turns
        ]
        given = {"session_id": "s1", "language": "en", "mode": "spoken", "verbatim": True}
        return af.Session(turns=rows, **{**given, **fields})

    return make


def _alternating(n, length=4.0, gap=1.0, text="one two um"):
    """Yield `n` turns of each, `length` seconds long, `gap` seconds apart, the therapist first."""
    for turn in range(2 * n):
        start = turn * (length + gap)
        yield (("therapist", "client")[turn % 2], text, start, start + length)


def test_regular_turns(timed, measure):
    # 2 words and 1 filled pause in 4 s; every answer comes after 1 s, and starts 5 s later.
    values = measure.session(timed(*_alternating(6)), TIMING).values
    for role in ("therapist", "client"):
        assert values[f"{role}__latency_s__median"] == 1.0
        assert values[f"{role}__words_per_min"] == 30.0
        assert values[f"{role}__filled_pauses_per_min"] == 15.0
        assert values[f"{role}__overlap_prop"] == 0.0
        assert values[f"{role}__onset_gap_s__median"] == 5.0
    assert values["dyad__duration_s"] == 59.0


def test_overlaps_are_negative_latencies(timed, measure):
    # Every turn begins half a second before the one before ends.
    values = measure.session(timed(*_alternating(6, gap=-0.5)), TIMING).values
    assert values["client__latency_s__median"] == -0.5
    assert values["client__overlap_prop"] == 1.0


def test_medians_and_shares(timed, measure):
    # The client answers after 1, 1, 2, 9 and -1 s; the therapist's turns take 1 s each.
    turns, clock = [], 0.0
    for gap in (1.0, 1.0, 2.0, 9.0, -1.0):
        turns.append(("therapist", "go on", clock, clock + 1.0))
        turns.append(("client", "well", clock + 1.0 + gap, clock + 11.0))
        clock += 12.0
    values = measure.session(timed(*turns), TIMING).values
    assert values["client__latency_s__median"] == 1.0
    assert values["client__overlap_prop"] == 0.2
    assert values["client__onset_gap_s__median"] == 2.0
    assert values["therapist__words_per_min"] == 120.0


def test_rows_of_one_speaker_are_one_turn(timed, measure):
    # The client's two rows make a turn from 1 to 9 s; its own pause is in the seconds.
    turns = []
    for block in range(5):
        clock = 20.0 * block
        turns += [
            ("therapist", "go on", clock, clock + 1.0),
            ("client", "one two", clock + 1.0, clock + 3.0),
            ("client", "three four", clock + 7.0, clock + 9.0),
        ]
    values = measure.session(timed(*turns), TIMING).values
    assert values["client__words_per_min"] == 60.0 * 4 / 8
    assert values["client__latency_s__median"] == 0.0


def test_starts_only_give_gaps_and_duration(timed, measure):
    turns = [(role, text, start, None) for role, text, start, _ in _alternating(6)]
    found = measure.session(timed(*turns), TIMING)
    assert found.values["client__onset_gap_s__median"] == 5.0
    assert found.values["dyad__duration_s"] == 55.0
    assert set(found.codes.values()) == {"no_ends"}
    assert "client__latency_s__median" in found.codes


def test_some_turns_without_times_are_left_out(timed, measure):
    turns = list(_alternating(7))
    turns[3] = (*turns[3][:2], None, None)
    values = measure.session(timed(*turns), TIMING).values
    assert values["client__latency_s__median"] == 1.0
    assert values["client__words_per_min"] == 30.0


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda turns: [(r, t, None, None) for r, t, _, _ in turns], "no_times"),
        (lambda turns: [turns[1], turns[0], *turns[2:]], "backward_times"),
        (lambda turns: turns[:8], "few_turns"),
    ],
)
def test_null_codes(timed, measure, change, code):
    turns = change(list(_alternating(6)))
    found = measure.session(timed(*turns), TIMING)
    duration = "dyad__duration_s"
    missing = set(found.codes) - {duration}
    assert missing == set(af.list_features(TIMING)) - {duration}
    assert {found.codes[name] for name in missing} == {code}
    assert found.codes.get(duration) == (None if code == "few_turns" else code)


def test_turns_of_no_length_have_no_rate(timed, measure):
    turns = [(role, text, start, start) for role, text, start, _ in _alternating(6)]
    found = measure.session(timed(*turns), TIMING)
    assert found.codes["client__words_per_min"] == "few_turns"
    assert found.values["client__latency_s__median"] == 5.0


def test_fillers_per_minute_need_a_verbatim_transcript(timed, measure):
    found = measure.session(timed(*_alternating(6), verbatim=None), TIMING)
    assert found.codes["client__filled_pauses_per_min"] == "verbatim_unknown"
    assert found.values["client__words_per_min"] == 30.0


def test_a_language_without_lists_keeps_its_latencies(timed, measure):
    found = measure.session(timed(*_alternating(6), language="ja"), TIMING)
    assert found.values["client__latency_s__median"] == 1.0
    assert found.codes["client__words_per_min"] == "no_lexicon"
