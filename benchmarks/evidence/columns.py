"""Which signals the rows of tables see, by title; `tests/test_evidence.py` counts them again."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from alliance_features.features.registry import select_features

LENGTH = ["therapist__words_n", "client__words_n", "dyad__turns_n"]


def annomi_rows(names: Sequence[str]) -> dict[str, list[str]]:
    """Return the signals of each row of `annomi.py`, those of closing left out."""
    known = {spec.name: spec for spec in select_features("all")}
    plain = [name for name in names if "near_leakage" not in known[name].sets]
    return {
        "length only": list(LENGTH),
        "core": [name for name in plain if known[name].core],
        "acts": [name for name in plain if known[name].group == "acts"],
        "core and process": [n for n in plain if known[n].core or "process" in known[n].sets],
        "signals": plain,
    }


def kokorochat_rows(names: Sequence[str]) -> dict[str, list[str]]:
    """Return the signals of each row of `kokorochat.py`; `signals` are core and process."""
    known = {spec.name: spec for spec in select_features("all")}

    def those(keep: Callable[[str], bool]) -> list[str]:
        return [name for name in names if keep(name)]

    def near(name: str) -> bool:
        return "near_leakage" in known[name].sets

    def chosen(name: str) -> bool:
        return known[name].core or "process" in known[name].sets

    return {
        "length only": list(LENGTH),
        "core": those(lambda name: known[name].core),
        **{
            f"core and {group}": those(lambda n, g=group: known[n].core or known[n].group == g)
            for group in ("synchrony", "style", "acts", "stance", "affect", "shape", "closing")
        },
        "therapist's side": those(lambda n: chosen(n) and known[n].role == "therapist"),
        "client's side": those(lambda n: chosen(n) and known[n].role == "client"),
        "signals": those(chosen),
        "signals, with closing": those(lambda n: chosen(n) or near(n)),
        "every signal but closing": those(lambda n: not near(n)),
    }
