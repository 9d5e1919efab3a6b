"""What alliance scores were made from and with: the same inputs give the same manifest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from ..errors import TranscriptError
from ..inventories.neutral import load_neutral
from ..run.provenance import describe_inputs, describe_versions
from ..run.score import ScoreCorpus
from ..transcript.readers import Place

_LIBRARIES = ("numpy", "pyarrow", "scipy", "spacy")


def failed_subscales(corpus: ScoreCorpus) -> list[str]:
    """Return the subscales that fail the check of polarity, whether or not that is heeded."""
    found = corpus.scorer.polarity("own")
    return [name for name in corpus.subscales if not found[name].passed]


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
                name: {k: None if v != v else v for k, v in asdict(one).items()}
                for name, one in corpus.scorer.polarity(version).items()
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
