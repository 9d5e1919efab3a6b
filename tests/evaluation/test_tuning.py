"""Tuning: settings that predict better are found, used and reported."""

import json

import numpy as np
import pyarrow as pa
import pytest

import alliance_features as af
from alliance_features.evaluation.tuning import SPACE, candidates, search


@pytest.fixture(scope="module")
def bent():
    """Return sessions whose rating only trees can learn, and the rating."""
    rng = np.random.default_rng(0)
    words = rng.integers(1, 900, 120).astype(float)
    table = {
        "session_id": [f"s{row}" for row in range(120)],
        "client_id": [f"c{row % 24}" for row in range(120)],
        "client__words_n": words,
        "dyad__turns_n": rng.integers(1, 900, 120).astype(float),
    }
    y = np.where((words > 300) & (words < 600), 4.0, 2.0) + rng.normal(size=120) / 10
    return af.SessionMatrix.from_table(pa.table(table)), y


def squared_error(model, matrix, y, clients):
    """Return the squared error on the last half of the clients of a fit on the first."""
    train = np.array([int(client[1:]) < 12 for client in clients])
    model.fit(matrix[train], y[train], groups=np.array(clients)[train])
    return float(np.mean((model.predict(matrix[~train]) - y[~train]) ** 2))


def test_better_settings_are_found(bent):
    matrix, y = bent
    start = af.AllianceRegressor(linear_share=1.0)
    settings = search(start, "signals", matrix, y[:, None], matrix.clients, n=4, seed=0)
    assert settings in candidates("signals", 4, 0)[1:]
    assert settings["linear_share"] < 1
    before = squared_error(start, matrix, y, matrix.clients)
    after = squared_error(start.set_params(**settings), matrix, y, matrix.clients)
    assert after < before / 2


def test_settings_that_are_best_stay(bent):
    matrix, _ = bent
    straight = np.log1p(matrix.signals[:, 0])
    start = af.AllianceRegressor(linear_share=1.0)
    tried = candidates("signals", 4, 0)
    assert any(one.get("linear_share", 0) < 1 for one in tried)
    settings = search(start, "signals", matrix, straight[:, None], matrix.clients, n=4, seed=0)
    assert settings.get("linear_share", 1.0) == 1.0


def test_a_tuned_run_uses_and_reports_what_was_chosen(bent):
    matrix, y = bent
    options = {"models": ["signals"], "n_folds": 3, "seed": 5}
    plain, tuned = (af.cross_validate(matrix, {"bond": y}, tune=n, **options) for n in (0, 4))
    assert plain.settings == []
    chosen = [one["signals"] for one in tuned.settings]
    assert len(chosen) == 3
    assert any(chosen)  # other than the defaults
    json.dumps(tuned.settings, allow_nan=False)  # as the manifest holds them
    errors = []
    for found in (plain, tuned):
        rows = [row for row in found.predictions.to_pylist() if row["rater"] == "signals"]
        errors.append(np.mean([(row["score"] - row["predicted"]) ** 2 for row in rows]))
    assert errors[1] < errors[0]
    # Each fold's predictions are those of a model of the settings reported for it.
    place = {name: row for row, name in enumerate(matrix.session_ids)}
    for setting in tuned.settings:
        fold = [
            row
            for row in tuned.predictions.to_pylist()
            if row["rater"] == "signals" and row["fold"] == setting["fold"]
        ]
        test = np.array([place[row["session_id"]] for row in fold])
        train = np.setdiff1d(np.arange(120), test)
        clients = [matrix.clients[row] for row in train]
        model = af.AllianceRegressor(random_state=5, **setting["signals"])
        again = model.fit(matrix[train], y[train], groups=clients).predict(matrix[test])
        np.testing.assert_allclose([row["predicted"] for row in fold], again, rtol=1e-12)


def test_the_penalty_is_left_to_each_fit():
    assert "linear_penalty" not in SPACE["signals"]
    assert af.AllianceRegressor().linear_penalty is None
