"""Sessions with nothing to find, and sessions with synchrony of a known size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

import alliance_features as af


def shuffled(session: af.Session, seed: Sequence[int]) -> af.Session:
    """Return the session with the merged turns of each speaker in a random order."""
    rng = np.random.default_rng(seed)
    turns = af.merge_turns(session)
    texts = [turn.text for turn in turns]
    for role in ("therapist", "client"):
        places = [place for place, turn in enumerate(turns) if turn.role == role]
        for place, source in zip(places, rng.permutation(places), strict=True):
            texts[place] = turns[source].text
    return _of(session, [turn.role for turn in turns], texts)


def planted(session: af.Session, share: float, seed: int) -> af.Session:
    """Return the session with a share of the client's words taken from the turn before.

    Larger shares replace the words of smaller ones and more.
    """
    rng = np.random.default_rng([seed, 1])
    turns = af.merge_turns(session)
    texts = [turn.text for turn in turns]
    for place, turn in enumerate(turns):
        if turn.role == "client" and place:
            words, source = turn.text.split(), turns[place - 1].text.split()
            taken, which = rng.random(len(words)), rng.integers(len(source), size=len(words))
            texts[place] = " ".join(
                source[other] if draw < share else word
                for word, draw, other in zip(words, taken, which, strict=True)
            )
    return _of(session, [turn.role for turn in turns], texts)


def strangers(sessions: Sequence[af.Session], seed: int = 0) -> list[af.Session]:
    """Return sessions of a therapist of one and the client of another, drawn at random.

    As long as the shorter of the two; each therapist and each client once.
    """
    order = np.random.default_rng(seed).permutation(len(sessions))
    out = []
    for one, other in zip(order, np.roll(order, 1), strict=True):
        mine = [turn.text for turn in af.merge_turns(sessions[one]) if turn.role == "therapist"]
        theirs = [turn.text for turn in af.merge_turns(sessions[other]) if turn.role == "client"]
        texts = [text for pair in zip(mine, theirs, strict=False) for text in pair]
        out.append(_of(sessions[one], ["therapist", "client"] * (len(texts) // 2), texts))
    return out


def _of(session: af.Session, roles: Sequence[str], texts: Sequence[str]) -> af.Session:
    turns = [af.Turn(role=role, text=text) for role, text in zip(roles, texts, strict=True)]
    return replace(session, turns=tuple(turns))
