"""What the tests of alliance scores share: the shipped resources as plain data."""

import functools
from importlib import resources

import numpy as np

import alliance_features as af
import naive
import naive_alliance
from alliance_features.inventories import load_inventory
from alliance_features.inventories.neutral import load_neutral

SPEAKERS = ("client", "therapist")


@functools.cache
def weights():
    shipped = af.load_vectors(None)
    file = resources.files("alliance_features").joinpath("text/data/ranks-mini-en-96.npy")
    with file.open("rb") as stream:
        ranks = np.load(stream, allow_pickle=False).tolist()
    return naive_alliance.rank_weights(dict(zip(shipped.index, ranks, strict=True)))


def expected_scores(turns, lists, method, version="own"):
    """Oracle on the shipped inventory and vectors; turns: (role, tokens)."""
    inventory, shipped = load_inventory(), af.load_vectors(None)

    def tokens(texts):
        return [naive.turn_tokens(text, lists) for text in texts]

    forms = {role: role if version == "own" else version for role in SPEAKERS}
    statements = {role: tokens(inventory.texts(form)) for role, form in forms.items()}
    negated = {role: tokens(inventory.texts(form, negated=True)) for role, form in forms.items()}
    neutral = {role: [] for role in SPEAKERS}
    if method == "null_z":
        bank = load_neutral("en").sentences
        neutral = {role: tokens(naive_alliance.neutral_texts(bank[role])) for role in SPEAKERS}
    every = [
        *turns,
        *(
            (role, one)
            for part in (statements, negated, neutral)
            for role in SPEAKERS
            for one in part[role]
        ),
    ]
    words = {word for _, one in every for word in one}
    vectors = {
        word: shipped.matrix[shipped.row(word)].astype(float).tolist()
        for word in words
        if shipped.row(word) >= 0
    }
    return naive_alliance.scores(turns, statements, negated, neutral, vectors, weights(), method)


def inventory_signs():
    inventory = load_inventory()
    return {name: inventory.signs(name) for name in inventory.subscales}
