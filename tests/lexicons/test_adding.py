"""One file adds a language: French, in a folder of its own, and nothing else is touched."""

import math
from dataclasses import replace

import pytest

import alliance_features as af
from alliance_features import lexicons
from alliance_features.errors import ResourceError
from alliance_features.lexicons import available_languages, has_lexicon, load_lexicon
from alliance_features.text.tokens import tokenize_texts
from alliance_features.transcript.readers import read_sessions

FRENCH = """
language = "fr"
version = 1
tokenizer = "spacy"
sources = ["Ours, for this test"]

[speakers]
therapist = ["Thérapeute", "Psychologue", "P"]
client = ["Patient", "Patiente"]

# An elided word is a word without its apostrophe: j', m'.
[words]
i_subject = ["je", "j"]
i_object = ["me", "m", "moi", "mon", "ma", "mes", "mien", "mienne"]
we = ["nous", "notre", "nos"]
you = ["tu", "te", "toi", "ton", "ta", "tes", "vous", "votre", "vos"]
filled_pause = ["euh", "heu"]
filled_pause_unless_alone = ["hum"]
backchannel_vocal = ["mhm", "mm-hm"]
backchannel_lexical = ["oui", "ouais", "bon", "bien", "accord", "exactement"]
listening_particle = ["d", "ah"]
may_repeat = ["très", "oui", "non", "nous", "vous"]
prefix = ["re", "co"]

[patterns]
filled_pause = ["e+u+h+", "h+e+u+"]

# Words that are not to be cut.
[clipped]
words = ["quelqu'un", "Quelqu'un"]

[annotation]
words = ["rire", "rires", "pause", "pleure", "soupir"]

[expand.words]
j = ["je"]
m = ["me"]
d = ["de"]

[function_words]
article = ["le", "la", "les", "l", "un", "une", "des"]
personal_pronoun = ["je", "me", "tu", "te", "nous", "vous", "il", "elle"]
negation = ["ne", "pas", "jamais", "rien"]
"""
TALK = [
    ("Psychologue", "Nous en parlons ensemble. Est-ce que vous m’entendez, et vous dormez ?"),
    ("Patiente", "Euh, je ne sais pas (rires). J'ai mal dormi et quelqu'un m'appelle."),
] * 6 + [("P", "Nous en parlons ensemble."), ("Patiente", "D'accord, mhm.")]


@pytest.fixture
def french(tmp_path, monkeypatch):
    """Add the folder with the French file; return it."""
    (tmp_path / "fr.toml").write_text(FRENCH, encoding="utf-8")
    monkeypatch.setattr(lexicons, "FOLDERS", (*lexicons.FOLDERS, tmp_path))
    return tmp_path


@pytest.fixture
def session(french):
    path = french / "s1.txt"
    lines = (f"{label} : {text}\n" for label, text in TALK)
    path.write_text("".join(lines), encoding="utf-8")
    (read,) = read_sessions(path, language="fr")
    return replace(read, mode="spoken", verbatim=True)


def test_nothing_is_left_of_it_afterwards():
    assert available_languages() == ["de", "en", "zh"]
    assert not has_lexicon("fr")


def test_tokens(french):
    assert available_languages() == ["de", "en", "fr", "zh"]
    assert load_lexicon("fr-CA") is load_lexicon("fr")
    table = tokenize_texts(["Euh, j'ai vu quelqu'un [rit], c'est-à-dire là."], "fr")
    assert table.words(0) == ["j", "ai", "vu", "quelqu'un", "c", "est-à-dire", "là"]
    assert table.tokens(0)[:2] == ["je", "ai"]


def test_reading(session):
    assert [turn.role for turn in session.turns] == ["therapist", "client"] * 7
    assert session.turns[1].text == TALK[1][1]


def test_a_label_of_french_changes_nothing_in_english(french, tmp_path):
    path = tmp_path / "s2.txt"
    path.write_text("T: Hello.\nP: Hi.\n", encoding="utf-8")
    (read,) = read_sessions(path, language="en")
    assert [turn.role for turn in read.turns] == ["therapist", "client"]


def test_values_by_hand(session):
    # Therapist: 4 and 8 words (est-ce que vous m entendez et vous dormez), six times, and 4.
    # Client: 4 and 8 words (j ai mal dormi et quelqu'un m appelle), six times, and d accord mhm.
    therapist, client = 6 * 12 + 4, 6 * 12 + 3
    expected = {
        "therapist__words_n": therapist,
        "client__words_n": client,
        "therapist__we_rate": 100 * 7 / therapist,
        "therapist__you_rate": 100 * 12 / therapist,
        "therapist__i_rate": 100 * 6 / therapist,
        "therapist__question_rate": 100 * 6 / therapist,
        "client__i_rate": 100 * 18 / client,
        "client__i_subject_rate": 100 * 12 / client,
        "client__we_rate": 0.0,
        "client__filled_pause_rate": 100 * 6 / client,
        "client__filled_pause_initial_prop": 1.0,
        "client__backchannel_rate": 100 * 2 / client,
        "client__cutoff_rate": 0.0,
        "dyad__lsm__category_article": 1.0,
    }
    table = af.extract(session, features=list(expected))
    (row,) = table.to_pylist()
    for name, value in expected.items():
        assert math.isclose(row[name], value, rel_tol=1e-12), name


def test_lists_that_it_leaves_out_are_null(session):
    from alliance_features.features.measured import Measured
    from alliance_features.features.registry import select_features
    from alliance_features.features.values import session_values
    from alliance_features.text.vectors import load_vectors

    vectors = load_vectors(None)
    specs = select_features("all")
    _, codes = session_values(Measured(session, vectors), specs)
    lacking = {spec.name: codes.get(spec.name) for spec in specs if spec.lists}
    lists = load_lexicon("fr").lists
    for spec in specs:
        if spec.lists and "typed" not in spec.needs:
            absent = not lists.issuperset(spec.lists)
            code = "no_list"
            if "cues" in spec.needs:
                code = "no_cues"
            elif "function_words" in spec.needs:
                code = "no_category"
            assert (lacking[spec.name] == code) == absent, spec.name
    assert lacking["client__i_cogverb_rate"] == "no_list"
    assert lacking["client__i_formulaic_rate"] == "no_list"
    assert lacking["client__agreement_rate"] == "no_cues"
    assert lacking["dyad__lsm__category_conjunction"] == "no_category"
    typed = replace(session, mode="typed", verbatim=None)
    _, codes = session_values(Measured(typed, vectors), specs)
    assert codes["client__typed_filler_rate"] == "no_list"


def test_the_registry_lists_it_for_what_it_holds(french):
    assert af.describe_feature("therapist__i_rate").describe()["languages"] == "all with word lists"
    for name, languages in {
        "dyad__lsm__category_article": ["de", "en", "fr"],
        "dyad__lsm__category_conjunction": ["de", "en", "zh"],
        "client__cutoff_rate": ["de", "en", "fr"],
        "client__i_cogverb_rate": ["de", "en", "zh"],
        "client__agreement_rate": ["en"],
    }.items():
        assert af.describe_feature(name).describe()["languages"] == languages, name


# What other languages may need


def test_a_language_that_spacy_does_not_know_and_signs_of_its_own(tmp_path, monkeypatch):
    (tmp_path / "qaa.toml").write_text(
        'language = "qaa"\nversion = 1\ntokenizer = "spacy"\n'
        '[words]\nwe = ["mara"]\n[signs]\nsentence_end = ["።"]\nquestion = ["፧"]\n',
        encoding="utf-8",
    )
    monkeypatch.setattr(lexicons, "FOLDERS", (*lexicons.FOLDERS, tmp_path))
    turns = [
        af.Turn(role=role, text="Mara saw ። mara saw ፧ mara saw ፧")
        for role in ("therapist", "client")
    ]
    made = af.Session(session_id="s1", language="qaa-X1", turns=turns)
    table = af.extract_turns(made, features=["questions_n", "we_n", "words_n"])
    (first, _) = table.to_pylist()
    assert (first["questions_n"], first["we_n"], first["words_n"]) == (2, 3, 6)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('tokenizer = "mecab"', "`tokenizer` must be one of spacy, jieba"),
        ('tokenizer = "spacy"\n[words]\nfiled_pause = ["euh"]', "holds 'filed_pause'"),
        ('tokenizer = "spacy"\n[speakers]\ncounsellor = ["C"]', "holds 'counsellor'"),
    ],
)
def test_a_file_that_is_misspelt(text, message, tmp_path, monkeypatch):
    (tmp_path / "qab.toml").write_text(f'language = "qab"\nversion = 1\n{text}\n')
    monkeypatch.setattr(lexicons, "FOLDERS", (*lexicons.FOLDERS, tmp_path))
    with pytest.raises(ResourceError, match=message):
        load_lexicon("qab")
