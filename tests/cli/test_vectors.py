"""`alliance-features vectors` as a user meets it."""

import json

import pytest

import alliance_features as af

CANARY = "quombatrine"
TEXTS = (
    "The river behind the house was frozen all winter and my mother wrote a letter.",
    "Your mother wrote a letter that winter, and the river was frozen?",
)


@pytest.fixture
def sessions(tmp_path):
    """Six clients, the canary said by one of them and the therapist, many times."""
    records = []
    for number in range(6):
        extra = f" {CANARY} {CANARY}!" if number == 2 else ""
        turns = [
            {"role": ("client", "therapist")[place % 2], "text": TEXTS[place % 2] + extra}
            for place in range(12)
        ]
        records.append(
            {"session_id": f"s{number}", "client_id": f"c{number}", "language": "en"}
            | {"turns": turns}
        )
    path = tmp_path / "sessions.jsonl"
    path.write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    return path


def test_train_and_info_and_extract(run, sessions, tmp_path, caplog):
    caplog.set_level("DEBUG")
    file = tmp_path / "v.npz"
    code, out, err = run(
        *("vectors", "train", sessions, "-o", file, "--dimensions", 6, "--epochs", 2)
    )
    vectors = af.load_vectors(file)
    n_words = len(vectors)
    lines = out.splitlines()
    assert (code, err) == (0, "")
    assert lines[0].startswith(
        f"{n_words} words, 6 dimensions, language en, from 6 sessions of 6 clients, 0 errors, "
    )
    assert lines[1].startswith("  1 word dropped (fewer than 5 clients or 5 occurrences); ")
    assert lines[2] == f"  SHA-256 {vectors.sha256}"
    assert f"note: the file holds a word list of this corpus ({n_words} words and" in lines[3]
    assert len(lines) == 4
    for place in (out, err, caplog.text, file.read_bytes().decode("latin-1")):
        assert CANARY not in place
    code, out, err = run("vectors", "info", file)
    facts = dict(line.split(maxsplit=1) for line in out.splitlines())
    assert (code, err) == (0, "")
    assert facts["name"] == "v.npz"
    assert facts["words"] == str(n_words)
    assert facts["dimensions"] == "6"
    assert (facts["language"], facts["weights"]) == ("en", "yes")
    assert facts["sha256"] == vectors.sha256
    assert (facts["min_clients"], facts["counts.clients"]) == ("5", "6")
    assert "mother" not in out
    folder = tmp_path / "out"
    code, out, err = run(
        *("extract", sessions, "-o", folder, "--vectors", file, "--features"),
        "dyad__uclid__anchor_client,dyad__nclid__anchor_client,dyad__nclid__anchor_therapist",
    )
    assert (code, err) == (0, "")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["vectors"]["sha256"] == vectors.sha256
    assert manifest["counts"]["nulls"] == {}


def test_every_option(run, sessions, tmp_path):
    file = tmp_path / "v.npz"
    command = ["vectors", "train", sessions, "-o", file, "--method", "fasttext"]
    options = ["--dimensions", 4, "--epochs", 1, "--min-clients", 2, "--min-count", 72]
    assert run(*command, *options, "--seed", 9, "--language", "en")[0] == 0
    about = af.load_vectors(file).about
    assert {key: about[key] for key in ("method", "dimensions", "epochs", "seed")} == {
        "method": "fasttext",
        "dimensions": 4,
        "epochs": 1,
        "seed": 9,
    }
    assert (about["min_clients"], about["min_count"]) == (2, 72)
    code, _, err = run(*command, *options)
    assert code == 2
    assert "which exists; name another file or say --overwrite." in err
    assert run(*command, *options, "--overwrite")[0] == 0


def test_sessions_without_clients_are_told_of(run, sessions, tmp_path):
    text = sessions.read_text(encoding="utf-8")
    for number in range(6):
        text = text.replace(f'"client_id": "c{number}", ', "")
    sessions.write_text(text, encoding="utf-8")
    code, out, _ = run("vectors", "train", sessions, "-o", tmp_path / "v.npz", "--epochs", 1)
    assert code == 0
    assert "warning: 6 sessions have no client_id; each counts as a client of its own" in out


def test_bad_sessions_and_bad_arguments(run, sessions, tmp_path):
    with sessions.open("a", encoding="utf-8") as stream:
        stream.write('\n{"session_id": "bad", "language": "en", "turns": "' + CANARY + '"}\n' * 12)
    code, out, err = run("vectors", "train", sessions, "-o", tmp_path / "v.npz", "--epochs", 1)
    assert code == 3
    assert "from 6 sessions of 6 clients, 12 errors, " in out
    assert "session bad: " in err
    assert "... 2 more errors" in err
    assert CANARY not in out + err
    code, out, err = run("vectors", "train", sessions, "-o", tmp_path / "w.npz", "--min-count", 999)
    assert (code, out) == (2, "")
    assert err.startswith("error: `min_clients` is 5 and `min_count` is 999; 0 of the ")
    assert not (tmp_path / "w.npz").exists()


def test_info_of_the_shipped_set_and_of_others(run, tmp_path):
    code, out, _ = run("vectors", "info")
    assert code == 0
    assert out.splitlines() == [
        "name        mini-en-96",
        "words       21,721",
        "dimensions  96",
        "language    en",
        "weights     no",
        "capitals    no",
        f"sha256      {af.load_vectors(None).sha256}",
    ]
    (tmp_path / "v.vec").write_text("calm 1 0\n", encoding="utf-8")
    assert "language    any\nweights     no\n" in run("vectors", "info", tmp_path / "v.vec")[1]
    (tmp_path / "v.pkl").write_bytes(b"\x80\x04")
    code, _, err = run("vectors", "info", tmp_path / "v.pkl")
    assert code == 1
    assert "pickled files are never opened" in err


def test_info_does_not_send_a_file_to_the_terminal(run, tmp_path):
    """What a file says of itself is printed without control characters."""
    vectors = af.load_vectors(None)
    af.Vectors({"a": 0}, vectors.matrix[:1], "x", "", None, None, {"method": "\x1b[2J"}).save(
        tmp_path / "v.npz"
    )
    out = run("vectors", "info", tmp_path / "v.npz")[1]
    assert "method      '\\x1b[2J'" in out
    assert "\x1b" not in out
