"""How long a new process takes before its first session is measured, step by step."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from ...errors import ResourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

STEPS = ("libraries", "tokenizer", "vectors", "first_session")
_CODE = "from alliance_features.commands.bench.start import report; report({!r})"


def start_up(features: Sequence[str]) -> dict[str, float]:
    """Start a process that measures one session, and return the seconds of its steps.

    Returns
    -------
    dict
        `total`, seconds of the whole process, and within it: `interpreter` (Python starts and
        ends), `libraries` (imports except spaCy), `tokenizer` (spaCy imported, its rules made),
        `vectors` (read), `first_session` (compiled code loaded, or compiled if no process did so
        before; one short session).

    Raises
    ------
    ResourceError
        If the process fails.
    """
    begin = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", _CODE.format(list(features))],
        capture_output=True,
        check=False,
        text=True,
    )
    total = time.perf_counter() - begin
    if done.returncode:
        raise ResourceError(
            f"A new Python process could not measure a session (exit code {done.returncode}); "
            "`alliance-features extract` on one session shows why."
        )
    steps = json.loads(done.stdout)
    return {"total": total, "interpreter": total - sum(steps.values()), **steps}


def report(features: list[str]) -> None:
    """Print the seconds of the steps as JSON; for the process that `start_up` starts."""
    seconds: dict[str, float] = {}
    for name, step in zip(STEPS, _steps(features), strict=True):
        begin = time.perf_counter()
        step()
        seconds[name] = time.perf_counter() - begin
    print(json.dumps(seconds))  # noqa: T201
    gc.freeze()  # as the command line does before it ends


def _steps(features: list[str]) -> tuple[Callable[[], object], ...]:
    def libraries() -> None:
        from ...extraction import extractor as table  # noqa: F401

    def tokenizer() -> None:
        from ...text.tokenizers import spacy_tokenizer

        spacy_tokenizer("en")

    def vectors() -> None:
        from ...text.vectors import load_vectors

        load_vectors(None)

    def first_session() -> None:
        from ...extraction.extractor import Recipe, Rows
        from ...simulation.corpus import simulate

        Recipe(features=features).extractor().add(simulate(1, 1, n_turns=12).sessions[0], Rows())

    return libraries, tokenizer, vectors, first_session
