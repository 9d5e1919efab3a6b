"""The summary of alliance scores as Markdown."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from ..corpus.scoring.summary import Figure
from ..features.measures.alliance_keys import POLARITY_LEVEL, Polarity

_METHODS = {
    "percentile": "percentiles of a cluster bootstrap",
    "t_of_cluster_means": "t of the means of clusters (fewer than 30 clusters)",
}


#: Options for subscales without scores.
WAY_ON = (
    "`--polarity ignore` scores them all the same, as published; `--encoder` names another "
    "encoder: doc2vec, or a folder of sentence-transformers."
)


def _number(value: float) -> str:
    return f"{value:.3g}" if math.isfinite(value) else "-"


def summary_markdown(
    figures: Sequence[Figure],
    polarity: Mapping[str, Polarity],
    cluster: str,
    subtitle: str,
    *,
    unscored: Sequence[str] = (),
) -> str:
    """Return the summary: what was measured, the check of the encoder, a table by condition.

    Parameters
    ----------
    figures : sequence of Figure
        Those without a value in any session are left out.
    polarity : mapping of str to Polarity
        Of the subscales, own wordings.
    cluster : str
        Level of the clusters of sessions.
    subtitle : str
        What the numbers are.
    unscored : sequence of str, optional
        Subscales without scores, since their polarity failed.
    """
    known = [figure for figure in figures if figure.n_sessions]
    lines = [
        "# Expressed alliance by condition",
        "",
        f"{subtitle}.",
        "",
        "These numbers say how near words are to statements about an alliance. They are not "
        "ratings of it and were not validated against any, and a gap is a difference between "
        "what two roles say.",
        "",
        "| subscale | same less opposite sign (cosine) | keys as good | passes |",
        "|---|---|---|---|",
    ]
    for name, check in polarity.items():
        passes = "yes" if check.passed else "no"
        lines.append(f"| {name} | {_number(check.separation)} | {_number(check.p)} | {passes} |")
    lines += [
        "",
        f"A subscale passes where at most {POLARITY_LEVEL:.0%} of all keys with as many signs "
        "separate its statements as well as the right key does.",
        "",
        *(
            [
                f"No score on {', '.join(unscored)}: the encoder does not tell their straight from "
                f"their reversed statements. {WAY_ON}",
                "",
            ]
            if unscored
            else []
        ),
    ]
    if not known:
        return "\n".join(lines)
    lines += [
        "| condition | subscale | measure | sessions | clusters | mean | 95 % interval | other "
        "keys | pseudo-dyads |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for figure in known:
        interval = figure.interval
        keys, pseudo = "", ""
        if figure.measure == "gap":
            keys = f"{_number(figure.null_low)} to {_number(figure.null_high)}"
            pseudo = _number(figure.pseudo)
        lines.append(
            f"| {figure.condition.replace('|', '/')} | {figure.subscale} | {figure.measure} | "
            f"{figure.n_sessions} | {figure.n_clusters} | {_number(interval.estimate)} | "
            f"{_number(interval.low)} to {_number(interval.high)} | {keys} | {pseudo} |"
        )
    used = sorted({figure.interval.method for figure in known})
    methods = "; ".join(_METHODS.get(name, name) for name in used)
    lines += [
        "",
        f"Clusters: {cluster}. Intervals: {methods}. Other keys: where 95 % of the mean gaps lie "
        "if plus and minus signs are assigned anew within the subscale, alike for both speakers.",
        "",
    ]
    return "\n".join(lines)
