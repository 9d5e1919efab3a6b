"""Registry entries of alliance scores and how they diverge between the speakers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..measured import Measured
from ..measured_alliance import SessionAlliance, session_alliance
from ..measures import divergence as measure
from ..spec import FeatureSpec, Support
from .trends import POSITION, THIRDS

SUBSCALES = ("goal", "task", "bond")
_OTHER = {"therapist": "client", "client": "therapist"}
_SOURCE = (
    "after Lin et al. 2025 (COMPASS), doi:10.1038/s41398-025-03379-3; statements, signed means and "
    "corrections are ours"
)
_CONFOUND = (
    "no rating: how near the words are to statements about the alliance; register, length of turns "
    "and topic move it"
)
_SCORE = (
    "the score of a merged turn on {subscale}: mean over the statements of alliance-18-en on it of "
    "sign x {likeness}, with the mean of the unit vectors of the turn's known words, frequent "
    "words counting less, and the statement in {wording}"
)
_COSINE, _NULL_Z = (
    "cosine",
    "(cosine - mean) / standard deviation of the cosines of neutral sentences as long, in the "
    "speaker's wording, with the statement",
)
_WORDINGS = {"own": "the speaker's own wording", "observer": "the observer's wording"}
_EDGE = "Turns without a known word have no score. Turns count equally."
_FAILED = (
    " Null (polarity_failed) where the vectors do not tell straight from reversed statements: more "
    "than 10 % of all keys with as many signs separate as well."
)
_UNCHECKED = (
    " Whether the vectors tell straight from reversed statements is not asked: as published."
)
_CLOSER = {"client": "the client replies", "therapist": "the therapist replies"}
Compute = Callable[[SessionAlliance], Any]


class _Kind:
    """A way to score: method, version, and whether the polarity of the encoder is checked."""

    def __init__(self, method: str = "cosine", version: str = "own", checked: bool = True) -> None:
        self.method, self.version, self.checked = method, version, checked

    @property
    def params(self) -> dict[str, str]:
        off = {"method": (self.method, "cosine"), "version": (self.version, "own")}
        changed = {name: value for name, (value, default) in off.items() if value != default}
        return changed if self.checked else {**changed, "polarity": "unchecked"}

    def score(self, subscale: str) -> str:
        likeness = _COSINE if self.method == "cosine" else _NULL_Z
        text = _SCORE.format(subscale=subscale, likeness=likeness, wording=_WORDINGS[self.version])
        return f"{text}."

    def of(self, subscale: str, compute: Callable[..., Any]) -> Callable[[Measured], Any]:
        """Return what computes a measure of the series of a session."""

        def run(measured: Measured) -> Any:
            session = session_alliance(measured)
            assert session is not None  # `evaluate.lacking` has asked
            return compute(session.series(subscale, self.method, self.version), session.therapist)

        return run


def _spec(
    kind: _Kind,
    subscale: str,
    name: str,
    title: str,
    definition: str,
    compute: Callable[[Measured], Any],
    *,
    role: str = "dyad",
    stat: str = "",
    responder: str = "",
    undefined: str = "few_turns",
    direction: str = "positive = the therapist's words are nearer to a good alliance",
    scale: float | None = 2.0,
    unit: str | None = None,
    **facts: Any,
) -> FeatureSpec:
    params = {**kind.params, **({"responder": responder} if responder else {})}
    cosine = kind.method == "cosine"
    spread = scale if cosine and stat != "slope" else None
    means = "mean cosine" if cosine else "standard deviations"
    checks = _FAILED if kind.checked else _UNCHECKED
    return FeatureSpec(
        feature=f"alliance_{subscale}{name}",
        role=role,
        stat=stat,
        params=tuple(sorted(params.items())),
        group="alliance",
        title=title,
        unit=unit or f"{means}{' over the session' if stat == 'slope' else ''}",
        low=None if spread is None else -spread,
        high=spread,
        definition=f"{definition} Score: {kind.score(subscale)}",
        edge_cases=f"{_EDGE}{checks}",
        needs=("lexicon", "vectors", "inventory", *(("polarity",) if kind.checked else ())),
        support=facts.pop("support", Support(known_turns=5)),
        undefined=undefined,
        direction=direction,
        confounds=_CONFOUND,
        source=_SOURCE,
        reach=0,
        version=2,
        compute=compute,
        **facts,
    )


def _means(kind: _Kind, subscale: str) -> list[FeatureSpec]:
    def mean(role: str) -> Callable[..., float]:
        return lambda x, therapist: measure.speaker_mean(
            x, therapist if role == "therapist" else ~therapist
        )

    return [
        _spec(
            kind,
            subscale,
            "",
            f"Expressed {subscale}, {role}",
            f"Mean over the {role}'s merged turns.",
            kind.of(subscale, mean(role)),
            role=role,
            scale=1.0,
            direction="higher = words nearer to statements of a good alliance",
        )
        for role in ("therapist", "client")
    ]


def _gap(kind: _Kind, subscale: str) -> FeatureSpec:
    return _spec(
        kind,
        subscale,
        "_gap",
        f"Gap in expressed {subscale}",
        "Mean over the therapist's merged turns less the mean over the client's.",
        kind.of(subscale, measure.gap),
    )


def _keys(kind: _Kind, subscale: str) -> FeatureSpec:
    def compute(measured: Measured) -> float:
        session = session_alliance(measured)
        assert session is not None
        return session.keys(subscale, kind.method, kind.version).z

    return _spec(
        kind,
        subscale,
        "_gap",
        f"Gap in expressed {subscale} against other keys",
        "(gap - mean) / standard deviation over all ways to give the statements of the subscale "
        "as many plus and minus signs, the same for both speakers.",
        compute,
        stat="keys_z",
        undefined="undefined",
        unit="standard deviations",
        scale=None,
        direction="near 0 = any key gives such a gap",
    )


def _course(kind: _Kind, subscale: str) -> list[FeatureSpec]:
    def third(place: int) -> Callable[..., float]:
        return lambda x, therapist: measure.gap_of_thirds(x, therapist)[place]

    squared = "mean cosine, squared"
    return [
        _spec(
            kind,
            subscale,
            "_gap_sq",
            f"Squared gap in expressed {subscale}",
            "gap^2 - SE^2, SE^2 the sum of variance / n of either speaker's turns: its expectation "
            "is 0 where independent turns have no gap, so it may be negative.",
            kind.of(subscale, measure.gap_squared),
            unit=squared,
            scale=None,
            direction="higher = farther apart, whoever is higher",
        ),
        _spec(
            kind,
            subscale,
            "_gap",
            f"Trend of the gap in expressed {subscale}",
            f"Least-squares slope of the therapist's scores on position less that of the client's; "
            f"{POSITION}.",
            kind.of(subscale, measure.gap_slope),
            stat="slope",
            direction="positive = the therapist rises against the client",
        ),
        *(
            _spec(
                kind,
                subscale,
                "_gap",
                f"Gap in expressed {subscale}, {name.replace('_', ' ')}",
                f"Gap of the turns of that third; {THIRDS}.",
                kind.of(subscale, third(place)),
                stat=name,
            )
            for place, name in enumerate(measure.THIRDS)
        ),
        _spec(
            kind,
            subscale,
            "_distance_sq",
            f"Trend of the distance in expressed {subscale}",
            "Least-squares slope of the squared difference of two neighbouring turns on the "
            f"position of the later one; {POSITION}.",
            kind.of(subscale, measure.distance_slope),
            stat="slope",
            unit=f"{squared} over the session",
            direction="negative = the two come closer",
        ),
    ]


def _answering(kind: _Kind, subscale: str, responder: str) -> list[FeatureSpec]:
    pairs = f"pairs of neighbouring turns in which {_CLOSER[responder]}"
    return [
        _spec(
            kind,
            subscale,
            "_gap",
            f"Gap in expressed {subscale} where {_CLOSER[responder]}",
            f"Mean of therapist less client over {pairs}.",
            kind.of(subscale, lambda x, therapist: measure.aligned_gap(x, therapist, responder)),
            responder=responder,
            undefined="no_pair",
        ),
        _spec(
            kind,
            subscale,
            "_r",
            f"Correlation in expressed {subscale} where {_CLOSER[responder]}",
            f"Pearson correlation of therapist and client over {pairs}; null below "
            f"{measure.MIN_PAIRS} pairs or without variance.",
            kind.of(subscale, lambda x, therapist: measure.aligned_r(x, therapist, responder)),
            responder=responder,
            undefined="undefined",
            unit="correlation",
            scale=1.0,
            direction="positive = the reply moves with the turn before",
        ),
    ]


def _turn(kind: _Kind, subscale: str) -> FeatureSpec:
    return _spec(
        kind,
        subscale,
        "",
        f"Expressed {subscale} of a turn",
        "The score itself.",
        kind.of(subscale, lambda x, _: x),
        role="",
        level="turn",
        scale=1.0,
        support=Support(),
        undefined="no_known_word",
        direction="higher = words nearer to statements of a good alliance",
    )


def _of(subscale: str) -> list[FeatureSpec]:
    own, observer, null_z = _Kind(), _Kind(version="observer"), _Kind(method="null_z")
    published = [
        _Kind(checked=False),
        _Kind(version="observer", checked=False),
        _Kind(method="null_z", checked=False),
    ]
    return [
        *(spec for kind in (own, observer, null_z) for spec in _means(kind, subscale)),
        *(_gap(kind, subscale) for kind in (own, observer, null_z)),
        *_course(own, subscale),
        *(spec for responder in _OTHER for spec in _answering(own, subscale, responder)),
        _keys(own, subscale),
        *_means(published[0], subscale),
        *(_gap(kind, subscale) for kind in published),
        _keys(published[0], subscale),
        *(_turn(kind, subscale) for kind in (own, published[0])),
    ]


SPECS = tuple(spec for subscale in SUBSCALES for spec in _of(subscale))
