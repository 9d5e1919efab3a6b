"""No cell of a malformed file of ratings, of an inventory or of a dictionary in an error."""

import pytest

import alliance_features as af
from alliance_features.features.measures.categories import load_categories
from alliance_features.inventories import load_inventory
from canaries import CANARIES, no_canary

SAID = f"{CANARIES[0]} {CANARIES[1]}."
CELLS = (SAID, CANARIES[0], f'"{SAID}', f"\0{SAID}", SAID * 5000, f"{SAID},{SAID}", f"[{SAID}]")
RATING = {
    "session_id": "s1",
    "client_id": "c1",
    "therapist_id": "t1",
    "session_number": "1",
    "group": "g",
    "rater": "r1",
    "perspective": "client",
    "instrument": "WAI-SR",
    "dimension": "goal",
    "item": "4",
    "score": "3",
    "scale_min": "1",
    "scale_max": "5",
}
ITEM = {
    "id": "a",
    "subscale": "bond",
    "sign": "1",
    "client": "We.",
    "low": "1",
    "high": "7",
    "language": "en",
    "version": "1",
    "instrument": "",
}
HEAD = {"name": '"n"', "version": '"1"', "language": '"en"', "low": "1", "high": "7"}
FIELDS = {"id": '"a"', "subscale": '"bond"', "sign": "1", "client": '"We."'}
DICTIONARIES = {
    "toml": (
        f'language = "{SAID}"\n[categories]\na = ["b"]',
        f'language = "en"\n[categories]\n"{SAID}" = ["b"]',
        f'language = "en"\n[categories]\na = "{SAID}"',
        f'language = "en"\n[categories]\na = [["{SAID}"]]',
        f'language = "en"\n"{SAID}" = 1\n[categories]\na = ["b"]',
        'language = "en"\n[categories]\na = ["xylo*carpella"]',
        SAID,
    ),
    "dic": (
        f"%\n{SAID}\ta\n%\nb\t1",
        "%\n1\ta\n%\nxylo*carpella\t1",
        f"%\n1\ta\n{SAID}",
        SAID,
    ),
}


def refused(read, path, text):
    """Say whether a file is refused, and check what is said of it."""
    path.write_text(text, encoding="utf-8")
    try:
        read(path)
    except af.AllianceError as error:
        told = [error, error.__cause__, error.__context__]
        no_canary(" ".join(f"{one} {one!r}" for one in told).encode(), text[:80])
        return True
    return False


def tables(row):
    """Yield CSV files with a cell or a name of a column replaced."""
    header = ",".join(row)
    for name in row:
        for cell in CELLS:
            yield f"{header}\n{','.join(({**row, name: cell}).values())}\n"
            yield f"{header.replace(name, cell, 1)}\n{','.join(row.values())}\n"
    yield ",".join({**row, "client": SAID}.values()) + "\n" + ",".join(row.values()) + "\n"


@pytest.mark.parametrize("read", [af.read_ratings, af.read_scores])
def test_ratings(read, tmp_path):
    assert not refused(
        read, tmp_path / "r.csv", "\n".join(map(",".join, (RATING, RATING.values())))
    )
    found = [refused(read, tmp_path / "r.csv", text) for text in tables(RATING)]
    assert sum(found) > 0.9 * len(found)


def test_inventories_as_csv(tmp_path):
    good = "\n".join(map(",".join, (ITEM, ITEM.values())))
    assert not refused(load_inventory, tmp_path / "i.csv", good)
    found = [refused(load_inventory, tmp_path / "i.csv", text) for text in tables(ITEM)]
    assert sum(found) > 0.7 * len(found)


def test_inventories_as_toml(tmp_path):
    values = (f'"{SAID}"', f'"{CANARIES[0]}"', f'["{SAID}"]', f"{{{CANARIES[0]} = 1}}", SAID, "3")
    found = []
    for place, fields in enumerate((HEAD, FIELDS)):
        for name in (*fields, "instrument", CANARIES[0], f'"{SAID}"'):
            for value in values:
                parts = [dict(HEAD), dict(FIELDS)]
                parts[place][name] = value
                head, item = ("\n".join(f"{k} = {v}" for k, v in part.items()) for part in parts)
                text = f"{head}\n[[items]]\n{item}\n" + f"[[items]]\n{item}\n"
                found.append(refused(load_inventory, tmp_path / "i.toml", text))
    assert all(found)  # if for nothing else, for an id that is there twice


@pytest.mark.parametrize("kind", DICTIONARIES)
def test_dictionaries(kind, tmp_path):
    found = [refused(load_categories, tmp_path / f"d.{kind}", text) for text in DICTIONARIES[kind]]
    assert all(found), found


@pytest.mark.parametrize(
    "command",
    [
        "evaluate {0}/s.jsonl {0}/bad.csv",
        "train {0}/s.jsonl {0}/bad.csv",
        "compare {0}/bad.csv {0}/bad.csv",
        "rated {0}/bad.csv",
        "courses {0}/bad.csv",
        "words {0}/bad.csv {0}/s.jsonl",
        "score {0}/s.jsonl --inventory {0}/items.csv",
        "rate {0}/s.jsonl --inventory {0}/items.csv --base-url http://127.0.0.1:1/v1 --model m",
        "extract {0}/s.jsonl --features categories --categories {0}/words.toml",
    ],
)
def test_commands(command, run, examples_path, tmp_path):
    (tmp_path / "s.jsonl").write_bytes((examples_path / "sessions.jsonl").read_bytes())
    (tmp_path / "bad.csv").write_text(",".join(RATING) + "\n" + ",".join([SAID] * len(RATING)))
    (tmp_path / "items.csv").write_text(",".join(ITEM) + "\n" + ",".join([SAID] * len(ITEM)))
    (tmp_path / "words.toml").write_text(f'language = "en"\n{CANARIES[0]} = "{SAID}"\n')
    code, told, errors = run(*command.format(tmp_path).split(), "-o", tmp_path / "out")
    assert code in (1, 2)
    assert errors.startswith("error: ")
    no_canary((told + errors).encode(), command)
