"""Synchrony compared with pseudo-dyads: a therapist with the clients of other sessions."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from .._checks import check_count
from ..extraction.extractor import SESSION_KEYS, Extractor, Recipe, Rows
from ..features.measured import Measured
from ..features.measures.surrogates import Surrogate, against
from ..features.signals.clid import ROLES
from ..features.values import session_values
from ..transcript import Session
from ..transcript.arrow import each_session
from .pseudo_pairs import Half, Partners, half_of, stack, stranger_measures

if TYPE_CHECKING:
    import pyarrow as pa

    from ..features.measures.distance import VectorSource

PARTNERS = 10
MIN_PARTNERS = 5
MEASURES = tuple(
    name
    for role in ROLES
    for name in (
        f"dyad__uclid__anchor_{role}",
        f"dyad__nclid__anchor_{role}",
        f"dyad__adjacent_wmd__responder_{role}__mean",
    )
)
#: Unit ("" is that of the measure) and definition.
STATISTICS = {
    "mean": ("", "mean over pseudo-dyads"),
    "sd": ("", "standard deviation over pseudo-dyads"),
    "z": ("standard deviations", "(observed - mean) / sd: negative = closer than strangers"),
    "ratio": ("ratio", "observed / mean: below 1 = closer than strangers"),
    "p": ("proportion", "(1 + pseudo-dyads at least as close) / (1 + pseudo-dyads)"),
    "survives": (
        "share",
        "(mean - observed) / (any pair of own turns - observed); above 1 = strangers are farther "
        "from each other than any two turns of the session",
    ),
}
LENGTHS = ("client_turns_n", "partners_n", "partner_turns_mean")


def column(name: str, statistic: str) -> str:
    """Return the name of a column: the measure, which surrogate, which statistic."""
    return f"{name.removesuffix('__mean')}__surrogate_pseudo__{statistic}"


def statistics_of(name: str) -> list[str]:
    """Return the statistics of a measure; `survives` exists for the nearest of several replies."""
    return [
        statistic
        for statistic in STATISTICS
        if statistic != "survives" or "__adjacent_wmd__" not in name
    ]


def pseudo_extractor(vectors: VectorSource, seed: int) -> Extractor:
    """Return the extractor that measures the sessions themselves."""
    return Recipe(features=MEASURES, vectors=vectors, seed=seed).extractor()


class PseudoCorpus:
    """Collects sessions one by one, then compares each with its pseudo-dyads."""

    def __init__(self, extractor: Extractor, partners: int) -> None:
        self.extractor = extractor
        self.partners = check_count("partners", partners, least=MIN_PARTNERS)
        self.specs = extractor.specs["session"]
        self._seen: list[tuple[list[Any], dict[str, str], Half | None]] = []

    def __len__(self) -> int:
        return len(self._seen)

    def add(self, session: Session) -> None:
        """Measure a session; only numbers are kept."""
        vectors = self.extractor.vectors
        measured = Measured(session, vectors)
        values, missing = session_values(measured, self.specs)
        keys = [getattr(session, key) for key in SESSION_KEYS]
        usable = len(missing) < len(values)
        n_lent = int(measured.speaks("client").sum())
        half = half_of(measured, vectors) if usable else None
        self._seen.append(([*keys, *values, n_lent], missing, half))

    def rows(self, tick: Callable[[], None] | None = None) -> Rows:
        """Return the rows and nulls of all sessions, in input order.

        `tick` is called after each, so that a long run can be stopped.
        """
        rows = Rows()
        partners = Partners((h for _, _, h in self._seen if h is not None), self.extractor.seed)
        for row, missing, half in self._seen:
            *known, n_lent = row
            chosen = [] if half is None else partners.of(half, self.partners)
            surrogates = _beside(half, chosen, known[len(SESSION_KEYS) :], self) if half else {}
            turns = math.nan
            if chosen:
                turns = math.fsum(partner.n_lent for partner in chosen) / len(chosen)
            cells: list[Any] = [n_lent, len(chosen), None if math.isnan(turns) else turns]
            nulls = dict(missing)
            if not chosen:
                nulls["partner_turns_mean"] = _reason(missing)
            for spec in self.specs:
                for statistic in statistics_of(spec.name):
                    value = getattr(surrogates[spec.name], statistic) if surrogates else math.nan
                    cells.append(None if math.isnan(value) else value)
                    if math.isnan(value):
                        few = "few_partners" if len(chosen) < MIN_PARTNERS else "undefined"
                        code = missing.get(spec.name, few)
                        nulls[column(spec.name, statistic)] = code
            rows.sessions.append([*known, *cells])
            rows.nulls += [(known[0], None, name, code) for name, code in nulls.items()]
            if tick is not None:
                tick()
        return rows

    def table(self, rows: Rows) -> pa.Table:
        """Return rows as an Arrow table."""
        import pyarrow as pa

        from ..extraction.extractor import schema

        form = schema(SESSION_KEYS, self.specs)
        counts = [pa.field(name, pa.int64()) for name in LENGTHS[:2]]
        fields = [*form, *counts, pa.field(LENGTHS[2], pa.float64(), metadata={"unit": "turns"})]
        for spec in self.specs:
            for statistic in statistics_of(spec.name):
                unit, title = STATISTICS[statistic]
                facts = {"unit": unit or spec.unit, "title": f"{spec.title}: {title}"}
                name = column(spec.name, statistic)
                fields.append(pa.field(name, pa.float64(), metadata={**facts, "version": "1"}))
        whole = pa.schema(fields)
        cells = list(zip(*rows.sessions, strict=True)) if rows.sessions else [()] * len(whole)
        return pa.table(
            [pa.array(values, type=kind.type) for values, kind in zip(cells, whole, strict=True)],
            schema=whole,
        )


def _reason(missing: dict[str, str]) -> str:
    return next(iter(missing.values()), "few_partners")


def _beside(
    half: Half, chosen: list[Half], values: list[Any], corpus: PseudoCorpus
) -> dict[str, Surrogate]:
    """Return each measure compared with its pseudo-dyads; nothing if these are too few."""
    if len(chosen) < MIN_PARTNERS:
        return {}
    measures = [stranger_measures(half, partner, corpus.extractor.vectors) for partner in chosen]
    observed = {
        spec.name: math.nan if value is None else value
        for spec, value in zip(corpus.specs, values, strict=True)
    }
    surrogates = {}
    for name, value in observed.items():
        alpha = half.alpha[name.rpartition("_")[2]] if "__nclid__" in name else 1.0
        reference = half.any_pair / alpha if alpha > 0 else math.nan
        surrogates[name] = against(value, stack(measures, name), reference)
    return surrogates


def pseudo_dyads(
    sessions: Iterable[Session] | Session,
    *,
    partners: int = PARTNERS,
    seed: int = 0,
    vectors: VectorSource = None,
) -> pa.Table:
    """Compare the synchrony of each session with that of its therapist with other clients.

    The client's turns of a session are replaced, place by place, by the first turns of the client
    of another session: the therapist's third turn is followed by the third turn of that client.
    The closeness that remains is that of any two people who talk about similar things.

    Parameters
    ----------
    sessions : iterable of Session
        A corpus; a row depends on the others, not on their order.
    partners : int, default=10
        Pseudo-dyads per session, at least 5: the sessions of the same language and mode, with
        another client and another therapist where these are known, whose client has at least as
        many merged turns, the nearest in their number first.
    seed : int, default=0
        Selects among partners of equal length, with the ids of both sessions.
    vectors : optional
        As in `extract`.

    Returns
    -------
    pyarrow.Table
        One row per session, in the order given: the keys of `extract`; uCLiD and nCLiD (k = 3) for
        each anchor and the mean distance to the turn before for each responder, as in `extract`;
        client_turns_n, partners_n, partner_turns_mean (of the clients lent); then for each measure
        ``..__surrogate_pseudo__`` mean, sd, z, ratio, p and survives, as in `surrogates`. Null
        where the session lacks support or has fewer than 5 partners, as the longest sessions do.

    Raises
    ------
    ParameterError, ResourceError, TranscriptError
        If an argument is malformed, vectors are not available, or a session cannot be read.

    Notes
    -----
    Each partner needs new transport problems for a quarter of the squared number of turns. The
    numbers of all sessions (words as row numbers of the vectors) are held in memory.
    """
    corpus = PseudoCorpus(pseudo_extractor(vectors, seed), partners)
    for session in each_session(sessions):
        corpus.add(session)
    return corpus.table(corpus.rows())
