"""Words are looked up in vectors as written, then in lower case; gensim is the second witness."""

import json
import pickle
import warnings
from itertools import pairwise

import numpy as np
import pyarrow.parquet as pq
import pytest
from gensim.models import KeyedVectors

import alliance_features as af
from alliance_features.extraction.extractor import Recipe
from alliance_features.extraction.manifest import configuration_hash, resources
from alliance_features.features.measured import Measured
from alliance_features.model.corpus import read_corpus
from alliance_features.text.encoders import StaticEncoder, encoder_tokens
from alliance_features.text.forms import classify
from alliance_features.text.lookup import CASE, written_tokens
from alliance_features.text.tokens import tokenize_texts
from alliance_features.transcript.source import Input

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # POT's docstrings hold invalid escapes
    import ot  # noqa: F401  (gensim imports it when it measures)

LOWER = [
    *("ich", "du", "sie", "wir", "es", "das", "der", "die", "und", "ist", "war", "nicht", "mit"),
    *("in", "im", "den", "zu", "so", "wie", "was", "bin", "hast", "haben", "arm", "reise", "wagen"),
    *("essen", "kalt", "lange", "nie", "gern", "heute", "geht's", "geht", "rad"),
]
NOUNS = ["Wald", "Essen", "Reise", "Wagen", "Bruder", "Keller", "Straße", "Arm", "Sie", "Öl", "Rad"]
TURNS = [
    "Wie war die Reise mit dem Bruder?",
    "Das Essen war kalt, und der Wagen stand im Keller.",
    "Haben Sie heute gern im Wald gesessen?",
    "Ich bin nicht so gern im Wald, ich esse zu lange.",
    "Und der Arm, geht's?",
    "DER ARM IST KALT. Die Straße war lange kalt.",
    "Was ist mit dem Rad-Keller?",
    "Das Öl-Rad? Nie. Sie wagen das nie.",
    "Sie reisen gern, und Sie essen gern.",
    "Es ist so: Essen ist Essen.",
    "Wir reise-, wir haben den Bruder im Keller.",
    "Der Bruder ist in der Straße.",
]


def _keyed(words):
    rng = np.random.default_rng(11)
    keyed = KeyedVectors(12)
    keyed.add_vectors(words, rng.normal(size=(len(words), 12)).astype(np.float32))
    return keyed


@pytest.fixture
def keyed():
    return _keyed(LOWER + NOUNS)


@pytest.fixture
def session(make_session):
    return make_session(*TURNS, language="de")


def _as_written(text, keyed):
    """Cut a turn at blanks and marks, take each word as written if gensim has it, else lower."""
    for mark in ".,?:":
        text = text.replace(mark, " ")
    for word in text.replace("geht's", "geht es").replace("-", " ").split():
        yield word if word in keyed else word.lower()


def _chosen(keyed):
    turns = [list(_as_written(text, keyed)) for text in TURNS]
    turns[10].remove("Reise" if "Reise" in turns[10] else "reise")  # broken off
    return turns


def test_distances_are_those_of_gensim(keyed, session, measure):
    """Nouns by their capitals; "Sie" and "sie", "Wagen" and "wagen" are different words."""
    turns = _chosen(keyed)
    assert af.turn_tokens(session, vectors=keyed) == [
        [word for word in turn if word in keyed or word == word.lower()] for turn in turns
    ]
    expected = [keyed.wmdistance(a, b) for a, b in pairwise(turns)]
    measured = Measured(session, af.load_vectors(keyed))
    np.testing.assert_allclose(np.diagonal(measured.distances, 1), expected, rtol=1e-6)
    matrix = af.wmd_matrix(af.turn_tokens(session, vectors=keyed), vectors=keyed)
    np.testing.assert_array_equal(matrix, measured.distances)
    found = measure.session(session, "synchrony", af.load_vectors(keyed)).values
    therapist = "dyad__adjacent_wmd__responder_therapist__mean"
    assert found[therapist] == pytest.approx(np.mean(expected[::2]), rel=1e-6)
    unknown = sum(word not in keyed for turn in turns for word in turn)
    assert found["dyad__oov_prop"] == unknown / sum(map(len, turns))


def test_every_feature_of_a_cased_set_is_that_of_the_words_it_means(session, measure):
    """Other names for the rows, and every word marked: the same session, all features."""
    keyed = _keyed(LOWER + NOUNS)
    turns = _chosen(keyed)
    names = {
        word: f"{word.lower()}qz" if word != word.lower() else word for word in keyed.index_to_key
    }
    plain = KeyedVectors(12)
    plain.add_vectors([names[word] for word in keyed.index_to_key], keyed.vectors)
    assert not af.load_vectors(plain).cased
    other = af.Session(
        session_id="s1", language="de", mode="spoken", verbatim=True,
        turns=[
            af.Turn(role=turn.role, text=" ".join(names.get(word, word) for word in words))
            for turn, words in zip(session.turns, turns, strict=True)
        ],
    )  # fmt: skip
    wanted = ("dyad__uclid", "dyad__nclid", "dyad__adjacent_wmd", "dyad__alpha", "dyad__oov",
              "dyad__wmd", "dyad__embedding")  # fmt: skip
    left = measure.session(session, "all", af.load_vectors(keyed)).values
    right = measure.session(other, "all", af.load_vectors(plain)).values
    compared = [
        name for name in left
        if name.startswith(wanted) and left[name] is not None
        and "kwon2025" not in name and not name.endswith(("slope", "third_diff"))
    ]  # fmt: skip
    assert len(compared) > 40
    for name in compared:  # slopes weigh by words, of which "geht's" is one
        assert left[name] == right[name], name


def test_what_does_not_look_at_vectors_is_as_before(keyed, session, measure):
    """Overlap, styles and counts know no capitals; the published convention is in lower case."""
    small = _keyed(LOWER)
    cased = measure.session(session, "all", af.load_vectors(keyed)).values
    lower = measure.session(session, "all", af.load_vectors(small)).values
    for name in ("dyad__lexical_overlap__responder_client", "client__mattr", "client__i_rate",
                 "dyad__bow_l1__responder_client", "dyad__lsm"):  # fmt: skip
        assert cased[name] == lower[name]
    kwon = [name for name in cased if "kwon2025" in name]
    assert kwon
    turns = [[word for word in turn if word == word.lower()] for turn in _chosen(keyed)]
    assert Measured(session, af.load_vectors(small)).looked_up != turns


def test_without_capitals_the_tokens_are_those_in_lower_case(session, make_session):
    small = af.load_vectors(_keyed(LOWER))
    assert not small.cased
    assert not af.load_vectors(None).cased
    assert af.turn_tokens(session, vectors=small) == af.turn_tokens(session)
    measured = Measured(session, small)
    assert measured.looked_up is measured.tokens
    assert measured.looked_up == af.turn_tokens(session)


@pytest.mark.parametrize(
    ("language", "written", "expected"),
    [
        ("en", "I'm", ("I", "am")),
        ("en", "Don't", ("Do", "not")),
        ("en", "WON'T", ("will", "not")),
        ("en", "Mother-in-law", ("Mother", "in", "law")),
        ("en", "Mother-In-Law", ("Mother", "In", "Law")),
        ("en", "McDonald", ("McDonald",)),
        ("en", "U.S.", ("U.S",)),
        ("en", "Th-Thursday", ("Thursday",)),
        ("en", "I-I", ("I",)),
        ("en", "London's", ("London",)),
        ("en", "Y'ALL", ("you", "ALL")),
        ("en", "Dont", ("Do", "not")),
        ("en", "Let's", ("Let", "us")),
        ("en", "We'll", ("We", "will")),
        ("en", "home", ("home",)),
        ("de", "Geht's", ("Geht", "es")),
        ("de", "S-Bahn", ("S", "Bahn")),
        ("de", "ÄRGER", ("ÄRGER",)),
        ("de", "\u0130zmir", ("i\u0307zmir",)),  # its lower case is longer: no capitals are kept
    ],
)
def test_tokens_with_their_capitals(language, written, expected):
    form = classify(written, _lexicon(language))
    assert written_tokens(form) == expected
    assert tuple(token.lower() for token in written_tokens(form)) == form.tokens


def _lexicon(language):
    from alliance_features.lexicons import load_lexicon

    return load_lexicon(language)


@pytest.mark.parametrize(
    ("words", "cased"),
    [
        (["haus", "ärger", "straße", "</s>", "42", "不"], False),
        (["haus", "Ärger"], True),
        (["haus", "McAdam"], True),
        (["<UNK>", "haus"], True),
        (["\u01c8ubav", "haus"], True),  # a title-case letter
        (["\u0130zmir"], True),
        ([], False),
    ],
)
def test_what_a_cased_set_is(words, cased):
    vectors = af.Vectors(
        {word: row for row, word in enumerate(words)}, np.ones((len(words), 2)), "x", ""
    )
    assert vectors.cased is cased
    assert pickle.loads(pickle.dumps(vectors)).cased is cased


def test_a_zero_vector_is_looked_up_in_lower_case():
    matrix = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    vectors = af.Vectors({"Essen": 0, "essen": 1, "Rad": 2}, matrix, "x", "")
    assert [vectors.spelling(word) for word in ("Essen", "Rad", "RAD", "Wald")] == [
        "essen", "Rad", "rad", "wald",
    ]  # fmt: skip


def test_capitals_change_the_configuration_and_nothing_else(keyed, session, tmp_path):
    """A part that an earlier version measured with cased vectors is not kept."""
    made = Recipe(features="core", vectors=keyed).extractor()
    assert resources(made)["vectors"]["case"] == CASE
    lower = Recipe(features="core", vectors=_keyed(LOWER)).extractor()
    assert "case" not in resources(lower)["vectors"]
    object.__setattr__(made.vectors, "cased", False)
    assert configuration_hash(made) != configuration_hash(
        Recipe(features="core", vectors=keyed).extractor()
    )
    af.load_vectors(keyed).save(tmp_path / "v.npz")
    with np.load(tmp_path / "v.npz") as archive:
        assert sorted(archive.files) == ["vectors", "words"]
    assert af.load_vectors(tmp_path / "v.npz").cased


def test_extract_tells_how_words_are_looked_up(keyed, session, tmp_path, run):
    keyed.save_word2vec_format(str(tmp_path / "v.vec"), binary=False)
    record = {
        "session_id": "s1", "language": "de",
        "turns": [{"role": turn.role, "text": turn.text} for turn in session.turns],
    }  # fmt: skip
    (tmp_path / "s.jsonl").write_text(json.dumps(record) + "\n", encoding="utf-8")
    code, _, told = run(
        "extract", tmp_path / "s.jsonl", "-o", tmp_path / "out", "--vectors", tmp_path / "v.vec"
    )
    assert code == 0, told
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["vectors"]["case"] == CASE
    code, out, _ = run("vectors", "info", tmp_path / "v.vec")
    assert code == 0
    assert "capitals    yes" in out
    code, out, _ = run("vectors", "info")
    assert "capitals    no" in out


@pytest.fixture
def cased_english():
    """The shipped set with other rows for some words in capitals."""
    shipped = af.load_vectors(None)
    index, matrix = dict(shipped.index), [shipped.matrix]
    for word, other in (("I", "boat"), ("Goal", "forest"), ("We", "window"), ("Hope", "table")):
        index[word] = len(index)
        matrix.append(shipped.matrix[[shipped.index[other]]])
    return af.Vectors(index, np.concatenate(matrix), "cased", "1" * 64, "en")


def test_scores_of_turns_and_statements(cased_english, make_session):
    """Turns, statements and neutral sentences alike go through the one look-up."""
    session = make_session(
        "I hope so.", "We have a Goal.", "Hope? It is hard.", "Mm, what is hard?"
    )
    encoder = StaticEncoder(cased_english)
    table = tokenize_texts([turn.text for turn in session.turns], "en")
    tokens = encoder_tokens(table, encoder)
    assert tokens[:2] == [["I", "hope", "so"], ["We", "have", "a", "Goal"]]
    assert tokens == af.turn_tokens(session, vectors=cased_english)

    class Plain:
        language = None

        def encode(self, texts, tokens):
            raise AssertionError

    assert encoder_tokens(table, Plain()) == af.turn_tokens(session)
    found = af.score_turns(session, vectors=cased_english)
    assert encoder.describe()["case"] == CASE
    assert "case" not in StaticEncoder(af.load_vectors(None)).describe()
    scores = af.score_turns(session, encoder=encoder)
    np.testing.assert_array_equal(found, scores)
    assert not np.allclose(found[0], af.score_turns(session)[0])


def test_words_of_models_and_strangers(cased_english, make_session, monkeypatch):
    from alliance_features.corpus.pseudo_pairs import half_of
    from alliance_features.model.session_matrix import SessionMatrix

    session = make_session("I hope so.", "We have a Goal.", "Hope? It is hard.", "What is hard?")
    matrix = SessionMatrix.of([session], features=["dyad__turns_n"], vectors=cased_english)
    single = {name for name in matrix.word_names if " " not in name[1]}
    assert {("client", "I"), ("therapist", "We"), ("therapist", "Goal")} <= single
    assert ("client", "i") not in single
    half = half_of(Measured(session, cased_english), cased_english)
    assert cased_english.index["I"] in half.lent.rows
    assert cased_english.index["Goal"] in half.own.rows


def test_a_model_of_words_in_lower_case_is_fitted_anew(cased_english, make_session, tmp_path):
    cased_english.save(tmp_path / "v.npz")
    path = tmp_path / "v.npz"
    sessions = [
        make_session(
            *(f"I hope so {'calm' if n % 2 else 'storm'}.", "We have a Goal.") * 3,
            session_id=f"s{n}",
        )
        for n in range(8)
    ]
    model = af.AllianceRegressor(inputs="words", vectors=path, random_state=0)
    model.fit(sessions, np.arange(8.0))
    model.save(tmp_path / "model", with_vocabulary=True)
    card = json.loads((tmp_path / "model" / "model.json").read_text())
    assert card["case"] == CASE
    loaded = af.AllianceRegressor.load(tmp_path / "model", vectors=path)
    np.testing.assert_array_equal(loaded.predict(sessions), model.predict(sessions))
    assert loaded.vectors_cased_
    model.vectors_cased_ = False  # as one saved by an earlier version is read
    model.save(tmp_path / "earlier", with_vocabulary=True)
    with pytest.raises(
        af.ResourceError, match=r"in lower case only; now they are as written first"
    ):
        af.AllianceRegressor.load(tmp_path / "earlier", vectors=path)


def test_parts_of_an_earlier_version_are_measured_again(keyed, session, tmp_path, run, monkeypatch):
    """`--update` after a version that looked up in lower case only; its folder is not taken."""
    from alliance_features.text.vectors import Vectors

    vectors, source = tmp_path / "v.vec", tmp_path / "s.jsonl"
    keyed.save_word2vec_format(str(vectors), binary=False)
    turns = [{"role": turn.role, "text": turn.text} for turn in session.turns]
    record = {"session_id": "s1", "client_id": "c1", "language": "de", "turns": turns}
    source.write_text(json.dumps(record) + "\n", encoding="utf-8")
    out, wanted = tmp_path / "out", ("--vectors", vectors, "--features", "synchrony")
    real = Vectors.__post_init__
    with monkeypatch.context() as patch:
        patch.setattr(
            Vectors, "__post_init__", lambda self: object.__setattr__(self, "cased", False)
        )
        assert run("extract", source, "-o", out, *wanted)[0] == 0
    assert Vectors.__post_init__ is real
    before = pq.read_table(out / "sessions").to_pylist()[0]
    vectors.write_bytes(vectors.read_bytes())  # a new time stamp: not from the cache
    with pytest.raises(af.ParameterError, match=r"in lower case only; extract the sessions again"):
        read_corpus(Input(paths=(out,)), vectors=vectors)
    assert run("extract", source, "-o", out, *wanted, "--update")[0] == 0
    after = pq.read_table(out / "sessions").to_pylist()[0]
    assert before["dyad__oov_prop"] > 2 * after["dyad__oov_prop"]
    read_corpus(Input(paths=(out,)), vectors=vectors)
    assert run("extract", source, "-o", tmp_path / "new", *wanted)[0] == 0
    assert pq.read_table(tmp_path / "new" / "sessions").to_pylist()[0] == after
