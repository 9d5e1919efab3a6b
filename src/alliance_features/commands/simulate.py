"""A simulated corpus as files: sessions, ratings and the truth that was planted."""

from __future__ import annotations

import json
from pathlib import Path

from ..errors import ParameterError
from ..output.files import write_atomically, write_csv, write_json
from ..output.ownership import check_replaceable, listing
from ..simulation.corpus import Simulation

FILES = ("sessions.jsonl", "ratings.csv", "truth.json")


def write_simulation(simulation: Simulation, folder: Path, *, overwrite: bool = False) -> None:
    """Write sessions.jsonl, ratings.csv and truth.json into a folder.

    Raises
    ------
    ParameterError
        If one of them is there and `overwrite` is false, or it is not as it was written here.
    ResourceError
        If a file cannot be written.
    """
    there = [name for name in FILES if (folder / name).exists()]
    if there and not overwrite:
        raise ParameterError(
            f"`output` is {folder}, which holds {there[0]}; name another folder or say --overwrite."
        )
    check_replaceable(folder, FILES)
    lines = [json.dumps(session.to_dict()) + "\n" for session in simulation.sessions]
    with listing(folder):
        write_atomically(folder / FILES[0], lambda name: _write_lines(name, lines))
        write_csv(folder / FILES[1], simulation.ratings)
        write_json(folder / FILES[2], simulation.truth)


def _write_lines(path: Path, lines: list[str]) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(lines)
