"""Rate all items of all sessions in several threads; each answer is stored at once."""

from __future__ import annotations

import os
import queue
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import AllianceError, ParameterError, RaterError
from ...inventories import Item
from ...transcript import MergedTurn, Session, merge_turns
from .ask import Asker, Tally
from .cache import AnswerCache
from .client import Client
from .guard import find_endpoint
from .pace import Halted, Pace
from .score import ItemRater
from .settings import RatingPlan
from .tables import Rated, details_table, rationales_table, scores_table

if TYPE_CHECKING:
    import pyarrow as pa

Progress = Callable[[int, int], None]
_SECONDS_BETWEEN_LOOKS = 0.2
# Time for requests that are under way when a run is stopped: nothing would close a connection that
# is opened after the client was closed.
_SECONDS_OF_GRACE = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingResult:
    """The result of a rating by a language model.

    Attributes
    ----------
    scores, details, rationales : pyarrow.Table
        See `scores_table`, `details_table`, `rationales_table`.
    tally : Tally
        Requests sent, and how many were retries; calls answered by the server and from the store.
    capabilities : dict of str to bool
        What the server supports, as far as it was needed.
    fingerprints : tuple of str
        Name of the server in new answers, usually its version.
    """

    scores: pa.Table
    details: pa.Table
    rationales: pa.Table
    tally: Tally
    capabilities: dict[str, bool]
    fingerprints: tuple[str, ...]


def rate_sessions(
    sessions: Iterable[Session],
    plan: RatingPlan,
    *,
    cache: AnswerCache | str | os.PathLike[str] | None = None,
    progress: Progress | None = None,
) -> RatingResult:
    """Let a language model rate sessions, item by item.

    The text of the sessions is sent to the server of the plan, which must be this machine unless
    the plan allows another. How good the scores of a model are has to be shown against human
    ratings: see `compare_raters`.

    Parameters
    ----------
    sessions : iterable of Session
    plan : RatingPlan
    cache : path or AnswerCache, optional
        Where answers are looked up, and stored one by one; None: in memory.
    progress : callable, optional
        Called with the numbers of items rated and of all items; an exception from it stops the
        run.

    Returns
    -------
    RatingResult
        With one row, and a status, for every item of every session.

    Raises
    ------
    ParameterError, ResourceError
        If the plan cannot be carried out; nothing was sent then.
    RaterError
        If the server stopped the rating. Stored answers are not asked for again.
    """
    plan = plan.with_inventory()
    endpoint = find_endpoint(plan.base_url, allow_remote=plan.allow_remote)
    jobs = _jobs(list(sessions), plan)
    pace = Pace(plan.rate_limit)
    with ExitStack() as stack:
        client = Client(endpoint, timeout=plan.timeout)
        stack.callback(client.close)
        store = cache if isinstance(cache, AnswerCache) else AnswerCache(cache)
        if store is not cache:
            stack.callback(store.close)
        asker = Asker(plan, client, store, pace)
        rated = _run(jobs, asker, plan.concurrency, progress)
    return RatingResult(
        scores=scores_table(plan, rated),
        details=details_table(rated),
        rationales=rationales_table(rated),
        tally=asker.tally,
        capabilities=asker.capabilities.known,
        fingerprints=tuple(sorted(asker.fingerprints)),
    )


@dataclass(frozen=True, slots=True, repr=False)
class _Job:
    session: Session
    turns: Sequence[MergedTurn]
    item: Item
    repeat: int


def _jobs(sessions: Sequence[Session], plan: RatingPlan) -> list[_Job]:
    """Return what is to be rated, with the items of each session next to each other."""
    ids = {rated.session_id for rated in sessions}
    if len(ids) < len(sessions):
        raise ParameterError("`sessions` holds a session_id twice; each may occur once.")
    return [
        _Job(session, turns, item, repeat)
        for session in sessions
        for turns in [merge_turns(session)]
        for repeat in range(1, plan.repeats + 1)
        for item in plan.items.items
    ]


def _rate(rater: ItemRater, job: _Job) -> Rated:
    score = rater.rate(job.session.session_id, job.turns, job.item, job.repeat)
    return Rated(session=job.session, item=job.item, repeat=job.repeat, item_score=score)


def _run(
    jobs: Sequence[_Job], asker: Asker, concurrency: int, progress: Progress | None
) -> list[Rated]:
    """Rate all jobs in threads; this thread only waits, so that a signal reaches it."""
    rater = ItemRater(asker)
    results: list[Rated | None] = [None] * len(jobs)
    problems: queue.SimpleQueue[AllianceError | None] = queue.SimpleQueue()
    todo = iter(range(len(jobs)))
    lock = threading.Lock()

    def work() -> None:
        while True:
            with lock:
                number = next(todo, None)
            if number is None:
                return
            problem: AllianceError | None = None
            try:
                results[number] = _rate(rater, jobs[number])
            except Halted:
                return
            except AllianceError as error:
                problem = error
            except Exception as error:  # else this thread would end and the run would wait forever
                problem = _defect(error, asker)
            problems.put(problem)
            if problem is not None:
                return

    # Daemons: a thread that waits for a server must not keep a stopped program alive.
    threads = [
        threading.Thread(target=work, daemon=True, name=f"rate-{number}")
        for number in range(min(concurrency, len(jobs)))
    ]
    try:
        for thread in threads:
            thread.start()
        done = 0
        while done < len(jobs):
            try:
                problem = problems.get(timeout=_SECONDS_BETWEEN_LOOKS)
            except queue.Empty:
                problem = None
            else:
                done += problem is None
            if problem is not None:
                raise problem
            if progress is not None:
                progress(done, len(jobs))
    finally:
        asker.pace.halt()
        _join(threads)
    return [result for result in results if result is not None]


def _join(threads: Sequence[threading.Thread]) -> None:
    """Wait for the threads that started, no longer than the time for open requests."""
    until = time.monotonic() + _SECONDS_OF_GRACE
    for thread in threads:
        if thread.ident is not None:
            thread.join(max(0.0, until - time.monotonic()))


def _defect(error: Exception, asker: Asker) -> RaterError:
    """Return an error that names the place of a defect; its own message may quote a transcript."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return RaterError(
        f"{type(error).__name__} in {Path(last.filename).name}, line {last.lineno}. This is a "
        f"defect of the program; please report it with this line. {asker.what_is_kept()}"
    )
