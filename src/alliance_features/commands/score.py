"""Alliance scores over files into an output folder: tables, summary and plots."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .._checks import check_choice
from ..corpus.scoring.conditions import Conditions
from ..corpus.scoring.encoder import STATIC, check_statements, make_encoder
from ..corpus.scoring.scores import PARTNERS, ScoreCorpus
from ..corpus.scoring.summary import CLUSTERS, Figure, conditions_of, summarise, summary_table
from ..errors import ParameterError, TranscriptError
from ..extraction.extractor import NULL_COLUMNS
from ..features.measures.alliance import AllianceScorer
from ..inventories import Inventory, load_inventory
from ..inventories.neutral import load_neutral
from ..output.files import OUTPUT_FORMATS, write_csv, write_table, write_text
from ..output.manifest import describe_inputs, describe_versions
from ..output.problems import errors_table
from ..output.results_folder import Results, add_each
from ..reports.alliance_plots import curves_svg, gaps_svg
from ..reports.alliance_text import summary_markdown
from ..text.encoders_doc2vec import Doc2VecEncoder
from ..transcript.readers import Place
from ..transcript.source import Input

if TYPE_CHECKING:
    import pyarrow as pa

    from ..features.measures.distance import VectorSource


_LIBRARIES = ("numpy", "pyarrow", "scipy", "spacy")


def failed_subscales(corpus: ScoreCorpus) -> list[str]:
    """Return the subscales that fail the check of polarity, also where it is ignored."""
    polarity = corpus.scorer.polarity("own")
    return [name for name in corpus.subscales if not polarity[name].passed]


def score_manifest(
    corpus: ScoreCorpus,
    files: Sequence[Place],
    errors: Sequence[TranscriptError],
    configuration: dict[str, Any],
) -> dict[str, Any]:
    """Return the manifest: versions, configuration, resources, input hashes, counts."""
    inventory = corpus.scorer.inventory
    neutral = load_neutral(inventory.language) if corpus.method == "null_z" else None
    return {
        "format": 1,
        "versions": describe_versions(*_LIBRARIES),
        "configuration": configuration,
        "inventory": {
            "name": inventory.name,
            "version": inventory.version,
            "sha256": inventory.sha256,
            "items": len(inventory.items),
            "language": inventory.language,
        },
        "encoder": dict(corpus.scorer.encoder.describe()),
        "neutral": neutral and {"name": neutral.name, "sha256": neutral.sha256},
        "polarity": {
            version: {
                name: {k: None if v != v else v for k, v in asdict(check).items()}
                for name, check in corpus.scorer.polarity(version).items()
            }
            for version in corpus.versions()
        },
        "inputs": describe_inputs(files),
        "counts": {
            "sessions": len(corpus.sessions),
            "turns": corpus.n_turns,
            "errors": dict(sorted(Counter(error.code for error in errors).items())),
            "nulls": dict(sorted(Counter(row[3] for row in corpus.nulls).items())),
        },
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreSummary:
    """Result of `score_files`.

    Attributes
    ----------
    n_sessions, n_turns : int
    errors : list of TranscriptError
    nulls : dict of str to int
        Values of sessions that are null, by code.
    failed : list of str
        Subscales on which the encoder cannot separate straight from reversed statements.
    seconds, encoder_seconds : float
        In all, and of the encoder.
    figures : list of Figure
    table : pyarrow.Table
        Of sessions.
    """

    n_sessions: int
    n_turns: int
    errors: list[TranscriptError]
    nulls: dict[str, int]
    failed: list[str]
    seconds: float
    encoder_seconds: float
    figures: list[Figure]
    table: pa.Table
    note: str = ""


def score_files(
    source: Input,
    output: Path,
    *,
    inventory: Inventory | str | Path | None = None,
    method: str = "cosine",
    encoder: str = STATIC,
    vectors: VectorSource = None,
    polarity: str = "check",
    how: str = "mean",
    condition: str | None = None,
    conditions: Path | None = None,
    cluster: str | None = None,
    partners: int = PARTNERS,
    seed: int = 0,
    save_encoder: Path | None = None,
    output_format: str = "parquet",
    overwrite: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> ScoreSummary:
    """Score the turns of files on an inventory and write an output folder.

    Parameters
    ----------
    source : Input
    output : Path
        New or empty folder, or one with results if `overwrite`. It holds turns/, sessions/,
        nulls/ (of sessions), summary.csv, summary.md, scales.svg, gaps.svg, errors.parquet,
        manifest.json and run.json: numbers, ids, labels of conditions and names of statements.
    inventory, method, vectors
        As in `score_turns`.
    encoder : str, default="static"
        See `corpus.scoring.encoder.make_encoder`.
    polarity, how, partners, seed
        As in `ScoreCorpus`.
    condition, conditions
        Key of a session's `meta`, or column of the CSV file `conditions`.
    cluster : {"therapist", "client", "session"}, optional
        Clusters that intervals resample; None: the highest that all sessions have.
    save_encoder : Path, optional
        Where to save a trained Doc2Vec (.npz, with a .json). It lists words of the corpus.
    output_format : {"parquet", "csv"}
        "csv" writes turns.csv and sessions.csv as well.
    overwrite : bool
    progress : callable, optional
        Called with the numbers of sessions scored and of errors.

    Returns
    -------
    ScoreSummary

    Raises
    ------
    ParameterError, ResourceError
        If an argument is malformed or something cannot be read or written. Bad sessions do not
        raise: they are rows of ``errors.parquet``.
    """
    check_choice("output_format", output_format, OUTPUT_FORMATS)
    if cluster is not None:
        check_choice("cluster", cluster, CLUSTERS)
    results = Results(output, overwrite=overwrite)
    statements, labels = load_inventory(inventory), Conditions(condition, conditions)
    errors: list[TranscriptError] = []
    files = source.files(errors)
    made = make_encoder(encoder, source, files, statements, vectors=vectors, seed=seed)
    if save_encoder is not None and not isinstance(made, Doc2VecEncoder):
        raise ParameterError(
            '`save_encoder` saves the encoder "doc2vec"; say --encoder doc2vec, or leave it out.'
        )
    timed = _Timed(made)
    corpus = ScoreCorpus(
        AllianceScorer(statements, timed),
        method=method,
        polarity=polarity,
        how=how,
        seed=seed,
        partners=partners,
    )
    check_statements(corpus.scorer)
    timed.seconds = 0.0

    def tell() -> None:
        if progress is not None:
            progress(len(corpus.sessions), len(errors))

    add_each(
        source.read(files, errors),
        lambda session: corpus.add(session, labels.of(session)),
        errors,
        tell,
    )
    results.check_read(len(corpus.sessions), errors)
    table = corpus.sessions_table()
    figures, level = summarise(corpus, table, cluster=cluster)
    results.begin()
    _write(output, corpus, table, figures, level, errors, as_csv=output_format == "csv")
    if save_encoder is not None and isinstance(made, Doc2VecEncoder):
        made.save(save_encoder)
    manifest = score_manifest(
        corpus,
        files,
        errors,
        {
            "command": "score",
            "method": method,
            "polarity": polarity,
            "how": how,
            "condition": condition,
            "conditions": None if conditions is None else conditions.name,
            "cluster": level,
            "partners": partners,
            "seed": seed,
            **source.configuration(),
        },
    )
    seconds = results.finish(files, manifest, encoder_seconds=round(timed.seconds, 3))
    return ScoreSummary(
        n_sessions=len(corpus.sessions),
        n_turns=corpus.n_turns,
        errors=errors,
        nulls=manifest["counts"]["nulls"],
        failed=failed_subscales(corpus),
        seconds=seconds,
        encoder_seconds=timed.seconds,
        figures=figures,
        table=table,
        note=labels.left_out(),
    )


class _Timed:
    """An encoder with a clock."""

    def __init__(self, encoder: Any) -> None:
        self.encoder = encoder
        self.language: str | None = encoder.language
        self.vectors = getattr(encoder, "vectors", None)
        self.seconds = 0.0

    def encode(self, texts: Sequence[str], tokens: Sequence[Sequence[str]]) -> Any:
        """Encode, and add up how long it took."""
        begin = time.perf_counter()
        try:
            return self.encoder.encode(texts, tokens)
        finally:
            self.seconds += time.perf_counter() - begin

    def describe(self) -> Any:
        """Return what the encoder is."""
        return self.encoder.describe()


def _write(
    output: Path,
    corpus: ScoreCorpus,
    table: pa.Table,
    figures: list[Figure],
    level: str,
    errors: list[TranscriptError],
    *,
    as_csv: bool,
) -> None:
    import pyarrow as pa

    turns = corpus.turns_table()
    write_table(output / "turns" / "part-00000.parquet", turns)
    write_table(output / "sessions" / "part-00000.parquet", table)
    kinds = (pa.string(), pa.int64(), pa.string(), pa.string())
    cells = list(zip(*corpus.nulls, strict=True)) if corpus.nulls else [()] * 4
    nulls = [pa.array(cell, kind) for cell, kind in zip(cells, kinds, strict=True)]
    write_table(output / "nulls" / "part-00000.parquet", pa.table(nulls, names=list(NULL_COLUMNS)))
    write_table(output / "errors.parquet", errors_table(errors))
    if as_csv:
        write_csv(output / "turns.csv", turns)
        write_csv(output / "sessions.csv", table)
    write_csv(output / "summary.csv", summary_table(figures))
    subtitle = _subtitle(corpus)
    text = summary_markdown(
        figures,
        corpus.scorer.polarity("own"),
        level,
        subtitle,
        unscored=failed_subscales(corpus) if corpus.polarity == "check" else (),
    )
    write_text(output / "summary.md", text)
    conditions = conditions_of(corpus.sessions)
    write_text(output / "scales.svg", curves_svg(conditions, corpus.subscales, subtitle=subtitle))
    write_text(output / "gaps.svg", gaps_svg(figures, corpus.subscales, subtitle=subtitle))


def _subtitle(corpus: ScoreCorpus) -> str:
    """Return a subtitle: inventory, method, and subscales without scores."""
    inventory = corpus.scorer.inventory
    text = f"{inventory.name} ({len(inventory.items)} statements), {corpus.method}, {corpus.how}"
    failed = failed_subscales(corpus)
    if not failed:
        return text
    left = "no score" if corpus.polarity == "check" else "drawn all the same"
    return f"{text}; polarity of the encoder fails on {', '.join(failed)}: {left}"
