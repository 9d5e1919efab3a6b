"""A file of ratings is opened once in a run, whatever is made of it."""

import pyarrow as pa
import pytest

import alliance_features as af
from alliance_features.commands.simulate import write_simulation
from alliance_features.raters import ratings

FEATURES = ("--features", "volume")
WHO = ("--rater", "client")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Return a folder with 24 synthetic sessions of 6 clients, and ratings of several raters."""
    folder = tmp_path_factory.mktemp("made")
    write_simulation(af.simulate(6, 24, n_turns=12, raters=[af.SimulatedRater("llm", 0.6)]), folder)
    rows = af.read_ratings(folder / "ratings.csv").to_pylist()
    sides = [
        {**row, "rater": side, "perspective": side}
        for side in ("client", "therapist")
        for row in rows
        if row["rater"] == "client"
    ]
    af.write_ratings(folder / "sides.csv", af.read_ratings(pa.Table.from_pylist(sides)))
    return folder


@pytest.fixture
def opened(monkeypatch):
    """Return a list that names each source of ratings or scores when it is opened."""
    names, open_source = [], ratings.open_source

    def count(source):
        names.append(getattr(source, "name", type(source).__name__))
        return open_source(source)

    monkeypatch.setattr(ratings, "open_source", count)
    return names


@pytest.mark.parametrize(
    ("command", "files"),
    [
        (("evaluate", "sessions.jsonl", "ratings.csv", *WHO, "--models", "length"), 1),
        (("train", "sessions.jsonl", "ratings.csv", *WHO, *FEATURES), 1),
        (("compare", "ratings.csv", "ratings.csv", *WHO, "--draws", "99"), 2),  # as two inputs
        (("rated", "sides.csv", "--draws", "99"), 1),
        (("rated", "sides.csv", "--draws", "99", "--rater", "client,therapist"), 1),
        (("courses", "ratings.csv", *WHO), 1),
        (("words", "ratings.csv", "sessions.jsonl", *WHO), 1),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else None,
)
def test_a_rating_file_is_opened_once(run, made, opened, tmp_path, command, files):
    arguments = [made / part if "." in part else part for part in command]
    code, _, err = run(*arguments, "-o", tmp_path / "out")
    assert (code, err) == (0, "")
    assert len(opened) == files
    assert set(opened) <= {"ratings.csv", "sides.csv"}


def test_what_a_user_hands_over_is_checked(made, opened):
    table = af.read_ratings(made / "ratings.csv")
    wrong = table.set_column(
        table.schema.get_field_index("score"), "score", pa.array([99.0] * table.num_rows)
    )
    for take in (af.ratings_matrix, af.client_courses, af.rated_alliance):
        with pytest.raises(af.RaterError, match="outside the scale"):
            take(wrong)
    with pytest.raises(af.RaterError, match="outside the scale"):
        af.compare_raters(wrong, table)
    assert len(opened) == 5
