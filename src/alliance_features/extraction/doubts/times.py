"""Times in another unit than seconds."""

from __future__ import annotations

from ...features.measured import Measured
from ...features.values import SPEECH_ONLY
from .doubt import Doubt

#: Words per second and per minute that no talk has, and seconds that no session lasts.
MOST_PER_SECOND = 10.0
LEAST_PER_MINUTE = 5.0
LONGEST = 8 * 3600.0
#: Fewer words say nothing of the unit. A fast session may be shorter, since no pause explains it.
LEAST_WORDS = 20
LEAST_WORDS_FAST = 5
LEAST_TURNS = 3


def time_doubts(measured: Measured, words: list[int]) -> list[Doubt]:
    """Return the doubt about the times of a session; `words` are those of its merged turns."""
    if measured.time_problem is not None or measured.session.mode in SPEECH_ONLY:
        return []
    said = measured.session.turns
    starts = [said[group[0]].start for group in measured.groups]
    timed = [place for place, start in enumerate(starts) if start is not None]
    if not timed:
        return []
    first, last = timed[0], timed[-1]
    end = said[measured.groups[last][-1]].end
    begin, latest = starts[first], starts[last] if end is None else end
    assert begin is not None
    assert latest is not None
    span = latest - begin
    n_words = sum(words[first:last] if end is None else words[first : last + 1])
    if span == 0:
        enough = len(timed) >= LEAST_TURNS and sum(words) >= LEAST_WORDS
        return [Doubt("equal_times", sum(words))] if enough else []
    if n_words >= LEAST_WORDS_FAST and n_words > MOST_PER_SECOND * span:
        return [Doubt("fast_times", sum(words))]
    if n_words >= LEAST_WORDS and n_words * 60.0 < LEAST_PER_MINUTE * span:
        return [Doubt("slow_times", sum(words))]
    return [Doubt("long_times", sum(words))] if span >= LONGEST else []
