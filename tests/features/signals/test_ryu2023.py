"""The set `ryu2023`, with a tiny tagger trained here."""

import math

import pytest
import spacy
from spacy.training import Example

import alliance_features as af
from alliance_features.extraction.extractor import Recipe, Rows
from alliance_features.features.signals.ryu2023 import SPECS, log_percent, transition_share

TRANSITION = "client__upos_transition__from_AUX__preset_ryu2023__to_INTJ"
SENTENCES = (
    ("it is um hard", ("PRON", "AUX", "INTJ", "ADJ")),
    ("it was uh sad", ("PRON", "AUX", "INTJ", "ADJ")),
    ("she is sad", ("PRON", "AUX", "ADJ")),
    ("he was hard", ("PRON", "AUX", "ADJ")),
)


@pytest.fixture(scope="module")
def pipeline():
    nlp = spacy.blank("en")
    nlp.add_pipe("morphologizer")
    examples = [
        Example.from_dict(nlp.make_doc(text), {"words": text.split(), "pos": tags})
        for text, tags in SENTENCES * 5
    ]
    nlp.initialize(lambda: examples)
    optimizer = nlp.create_optimizer()
    for _ in range(25):
        nlp.update(examples, sgd=optimizer)
    return nlp


@pytest.fixture(scope="module")
def model(pipeline, tmp_path_factory):
    path = tmp_path_factory.mktemp("model")
    pipeline.to_disk(path)
    return path


@pytest.fixture
def session(make_session):
    # AUX tokens of the client: "is" then um, "was" then sad; the therapist's do not count.
    return make_session(
        ("client", "it is um hard [sighs]"),
        ("therapist", "it is um hard"),
        ("client", "he was sad"),
        mode="spoken",
        verbatim=True,
    )


def test_transition_by_tagger(session, model, pipeline):
    for source in (str(model), model, pipeline):
        table = af.extract(session, features=TRANSITION, spacy_model=source)
        assert table[TRANSITION].to_pylist() == [0.5]


def test_transition_without_a_tagger_is_null(session, pipeline):
    rows = Rows()
    Recipe(features=TRANSITION).extractor().add(session, rows)
    assert rows.nulls == [(session.session_id, None, TRANSITION, "no_tagger")]
    german = af.Session.from_dict({**session.to_dict(), "language": "de"})
    rows = Rows()
    Recipe(features=TRANSITION, spacy_model=pipeline).extractor().add(german, rows)
    assert rows.nulls[0][3] in ("no_tagger", "no_lexicon")


def test_transition_share():
    # AUX -> INTJ, AUX -> ADJ, AUX at the end of a turn (followed by nothing), AUX -> INTJ.
    turns = [["AUX", "INTJ", "AUX", "ADJ"], ["NOUN", "AUX"], ["INTJ"], ["AUX", "INTJ"]]
    assert transition_share(turns, "AUX", "INTJ") == 2 / 3
    assert math.isnan(transition_share([["INTJ", "NOUN"]], "AUX", "INTJ"))


def test_log_percent():
    assert log_percent(1, 50) == math.log(2.0)
    assert math.isclose(log_percent(0, 50), math.log(0.01), rel_tol=1e-15)
    ends = {tuple(spec.describe()["range"]) for spec in SPECS if "log_percent" in spec.name}
    assert ends == {(log_percent(0, 50), log_percent(50, 50))}
    assert math.isnan(log_percent(0, 0))


def test_denominator_holds_disfluencies(make_session):
    # 50 words, 2 filled pauses, 1 repetition, 1 cut-off: 54 tokens; 3 I (one repeated).
    words = " ".join(["word"] + [f"w{number}" for number in range(46)])
    text = f"Um, I I th- {words} uh, me. We"
    session = make_session(("client", text), mode="spoken", verbatim=True)
    (row,) = af.extract(session, features=["ryu2023", "client__words_n"]).to_pylist()
    assert row["client__words_n"] == 50
    assert row["client__i_log_percent__preset_ryu2023"] == math.log(100 * 3 / 54)
    assert row["client__nonfluency_log_percent__preset_ryu2023"] == math.log(100 * 2 / 54)
    assert row["therapist__i_log_percent__preset_ryu2023"] is None


def test_errors(tmp_path):
    with pytest.raises(
        af.ResourceError, match=r"no spaCy pipeline can be loaded from there \(OSError\)"
    ):
        af.extract([], spacy_model=tmp_path)
    with pytest.raises(af.ResourceError, match=r"en_pipeline 0\.0\.0: the pipeline sets no part"):
        af.extract([], spacy_model=spacy.blank("en"))
    with pytest.raises(af.ParameterError, match=r"`spacy_model` is int; it must be a path"):
        af.extract([], spacy_model=3)
