"""Convert the linear parts of a model to JSON and back, without rounding."""

from __future__ import annotations

from typing import Any

import numpy as np

from .linear import Linear
from .signals import SignalModel
from .trees import Trees
from .words import Vocabulary, WordRidge


def linear_to_json(linear: Linear | None) -> dict[str, Any] | None:
    """Return a ridge on signals as plain values."""
    if linear is None:
        return None
    return {
        "logged": linear.logged.tolist(),
        "means": linear.means.tolist(),
        "scales": linear.scales.tolist(),
        "weights": linear.weights.tolist(),
        "bias": linear.bias,
    }


def linear_from_json(content: dict[str, Any] | None) -> Linear | None:
    """Return the ridge that `linear_to_json` wrote."""
    if content is None:
        return None
    means, scales, weights = (
        np.array(content[name], np.float64) for name in ("means", "scales", "weights")
    )
    logged = np.array(content["logged"], np.bool_)
    return Linear(logged, means, scales, weights, float(content["bias"]))


def signals_to_json(model: SignalModel) -> dict[str, Any]:
    """Return a model of signals as plain values, without the trees."""
    trees = model.trees
    return {
        "share": model.share,
        "linear": linear_to_json(model.linear),
        "trees": None if trees is None else {"centre": trees.centre, "scale": trees.scale},
    }


def signals_from_json(content: dict[str, Any], booster: Any) -> SignalModel:
    """Return the model of signals that `signals_to_json` wrote, with its trees."""
    trees = content["trees"]
    return SignalModel(
        float(content["share"]),
        linear_from_json(content["linear"]),
        None if trees is None else Trees(booster, float(trees["centre"]), float(trees["scale"])),
    )


def words_to_json(words: WordRidge) -> dict[str, Any]:
    """Return a lexical model as plain values: this holds the vocabulary."""
    vocabulary = words.vocabulary
    return {
        "terms": vocabulary.terms.tolist(),
        "idf": vocabulary.idf.tolist(),
        "list_sha256": vocabulary.list_sha256,
        "n_words": vocabulary.n_words,
        "means": words.means.tolist(),
        "weights": words.weights.tolist(),
        "bias": words.bias.tolist(),
    }


def words_from_json(content: dict[str, Any]) -> WordRidge:
    """Return the lexical model that `words_to_json` wrote."""
    vocabulary = Vocabulary(
        np.array(content["terms"], np.int64),
        np.array(content["idf"], np.float64),
        str(content["list_sha256"]),
        int(content["n_words"]),
    )
    numbers = [np.array(content[name], np.float64) for name in ("means", "weights", "bias")]
    return WordRidge(vocabulary, *numbers)
