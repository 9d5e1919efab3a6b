"""Numbers of signals that the pages quote are those of the registry; blocks name their command."""

import importlib.util
import re
from pathlib import Path

import pytest

from alliance_features.features.registry import list_features, select_features

ROOT = Path(__file__).resolve().parent.parent
EVIDENCE = ROOT / "benchmarks" / "evidence"
#: The codebook is written and compared whole.
PAGES = sorted({*(ROOT / "docs").glob("*.md"), ROOT / "README.md"} - {ROOT / "docs/codebook.md"})


def _loaded(name):
    spec = importlib.util.spec_from_file_location(f"evidence_{name}", EVIDENCE / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def blocks():
    return _loaded("blocks")


@pytest.fixture(scope="module")
def page():
    return (ROOT / "docs" / "evidence.md").read_text(encoding="utf-8")


def _rows():
    columns, names = _loaded("columns"), list_features("all")
    rows = {"annomi": columns.annomi_rows(names), "kokorochat": columns.kokorochat_rows(names)}
    counts = {name: {title: len(seen) for title, seen in of.items()} for name, of in rows.items()}
    counts["kokorochat"] |= {
        "signals and words": counts["kokorochat"]["signals"],
        "signals and words, with closing": counts["kokorochat"]["signals, with closing"],
    }
    return counts


def stale_rows(content, counts):
    """Return the rows of tables with a column `signals` whose number is not that of the code."""
    stale, within = [], False
    for line in content.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not line.startswith("|"):
            within = False
        elif cells[:2] == ["row", "signals"]:
            within = True
        elif within and cells[1].isdigit() and int(cells[1]) != counts.get(cells[0]):
            stale.append((cells[0], int(cells[1]), counts.get(cells[0])))
    return stale


@pytest.mark.parametrize("name", ["annomi", "kokorochat"])
def test_tables_are_of_the_signals_that_there_are(name, blocks, page):
    content = blocks.blocks(page)[name]["content"]
    assert content.count("| row | signals |") >= 1
    assert stale_rows(content, _rows()[name]) == [], (
        f"make the block anew: python benchmarks/evidence/blocks.py DATA {name}"
    )


def test_one_signal_more_makes_a_table_stale(blocks, page):
    """What the check is for: 386 signals in the table, 464 in the code."""
    counts = _rows()["annomi"]
    content = blocks.blocks(page)["annomi"]["content"]
    assert stale_rows(content, counts | {"signals": counts["signals"] + 1}) == [
        ("signals", counts["signals"], counts["signals"] + 1)
    ]
    older = content.replace(f"| signals | {counts['signals']} |", "| signals | 386 |")
    assert stale_rows(older, counts) == [("signals", 386, counts["signals"])]
    del counts["acts"]
    assert [title for title, _, _ in stale_rows(content, counts)] == ["acts"]


def _in_group(name, *, lexical=False):
    return sum(not (lexical and {"vectors", "tagger"} & {*s.needs}) for s in select_features(name))


_LEXICAL = ("volume", "pronouns", "fluency", "timing", "style")


def _lexical_core():
    specs = [spec for spec in select_features("core") if "vectors" not in spec.needs]
    return len(specs)


#: Page, what stands there with a group for the number, what the number is.
QUOTED = [
    ("evidence", r"sets `core` and `process` \((\d+) columns\)",
     lambda: _rows()["kokorochat"]["signals"]),
    ("evidence", r"^(\d+) signals; rho by fold", lambda: _rows()["kokorochat"]["signals"]),
    ("benchmarks", r"`core` \((\d+) features\)", lambda: _in_group("core")),
    ("benchmarks", r"`core` \((\d+)\) \|", lambda: _in_group("core")),
    ("benchmarks", r"^\| lexical features of `core` \((\d+)\)", _lexical_core),
    ("benchmarks", r"synchrony of `core` \((\d+)\)", lambda: _in_group("core") - _lexical_core()),
    ("benchmarks", r"the (\d+) lexical features of `core`",
     lambda: sum(spec.group in _LEXICAL for spec in select_features("core"))),
    ("benchmarks", r"[Aa]ll (\d+) (?:of these groups|at once)",
     lambda: sum(_in_group(group, lexical=True) for group in _LEXICAL)),
    *(("benchmarks", rf"group `{group}` \((\d+)", lambda g=group: _in_group(g, lexical=True))
      for group in _LEXICAL),
]  # fmt: skip
#: Numbers that are not of the registry: what was tried once, data that were drawn, other studies.
OTHERS = (
    r"\.49 against \.46\s+to \.48 on 69 signals", r"30 features", r"20 features", r"8 features",
    r"eight signals", r"927 features",
)  # fmt: skip
_COUNT = re.compile(
    r"\b\d[\d,]*\)? (?:lexical )?(?:features|signals|columns)\b|\d+ (?:of these )?groups"
)


@pytest.mark.parametrize(("name", "pattern", "number"), QUOTED, ids=[q[1] for q in QUOTED])
def test_numbers_of_signals_in_the_text(name, pattern, number):
    text = (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")
    found = [int(found[1]) for found in re.finditer(pattern, text, re.MULTILINE)]
    assert found
    assert {*found} == {number()}


@pytest.mark.parametrize("path", PAGES, ids=[path.name for path in PAGES])
def test_no_page_quotes_a_number_of_signals_that_is_not_compared(path):
    """A new number of features, signals or columns needs an entry in `QUOTED` or `OTHERS`."""
    text = path.read_text(encoding="utf-8")
    known = [pattern for name, pattern, _ in QUOTED if name == path.stem]
    spans = [
        found.span() for pattern in (*known, *OTHERS)
        for found in re.finditer(pattern, text, re.MULTILINE)
    ]  # fmt: skip
    unknown = [
        (text.count("\n", 0, found.start()) + 1, found[0])
        for found in _COUNT.finditer(text)
        if not any(begin <= found.start() < end for begin, end in spans)
    ]
    assert unknown == []


def test_every_block_names_a_command_that_is_there(blocks, page):
    found = blocks.blocks(page)
    marks = re.findall(r"<!-- generated by ", page)
    assert len(marks) == 2 * len(found)
    assert {*found} >= {"annomi", "compass", "kokorochat", "synchrony", "null_power-planted"}
    for block in found.values():
        script = ROOT / block["command"].split()[0]
        assert script.is_file()
        assert script.parent == EVIDENCE
        options = re.findall(r"--[a-z-]+", block["command"])
        text = script.read_text(encoding="utf-8")
        assert all(f'"{option}"' in text for option in options)


def test_a_block_is_what_the_command_printed(blocks):
    page = (
        "before\n<!-- generated by benchmarks/evidence/x.py DATA --part y: begin -->\nold\n"
        "<!-- generated by benchmarks/evidence/x.py DATA --part y: end -->\nafter\n"
    )
    assert [*blocks.blocks(page)] == ["x-y"]
    printed = "# Title\n\n## One\n\n| # | a |\n\n### Two\n\n#! no heading\n"
    assert blocks.fitted(printed) == "\n### One\n\n| # | a |\n\n#### Two\n\n#! no heading\n\n"
    assert blocks.fitted("text\n### Three\n") == "\ntext\n### Three\n\n"
    changed = blocks.replaced(page, "x-y", printed)
    assert changed == page.replace("old\n", blocks.fitted(printed))
    assert blocks.replaced(changed, "x-y", printed) == changed
