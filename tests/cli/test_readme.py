"""What README and docs/usage.md show is what happens."""

import re
from pathlib import Path

import pytest

import alliance_features as af
from alliance_features.cli.extract import LEGEND, headline

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
USAGE = (ROOT / "docs/usage.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", [README, USAGE], ids=["README", "usage"])
def test_the_snippet_runs(tmp_path, monkeypatch, page):
    (code,) = re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL)
    (tmp_path / "my_sessions.jsonl").write_bytes((ROOT / "examples/sessions.jsonl").read_bytes())
    monkeypatch.chdir(tmp_path)
    scope = {}
    exec(code, scope)
    assert scope["table"].num_rows == 8


def test_the_output_is_real(example_sessions):
    shown = [line.strip() for line in README.splitlines() if line.startswith("    example-0")]
    real = headline(af.extract(example_sessions)).splitlines()
    assert len(shown) == 3
    assert set(shown) < set(real)
    assert LEGEND in README


def test_every_command_is_documented():
    from alliance_features.cli import app

    names = [command.name for command in app.registered_commands]
    names += [group.name for group in app.registered_groups]
    for name in names:
        assert f"alliance-features {name}" in USAGE, name


def shown_commands():
    """Yield the name of a document, the words of a command and its options."""
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))):
        text = path.read_text(encoding="utf-8").replace("\\\n", " ")
        for line in re.findall(r"alliance-features ([^\n`]*)", text):
            words = line.split(" #")[0].split()
            options = [word.split("=")[0] for word in words if re.fullmatch(r"-o|--[a-z].*", word)]
            yield path.name, words, options


def test_every_option_that_is_shown_exists():
    from typer.main import get_command

    from alliance_features.cli import app

    n_shown = 0
    for name, words, options in shown_commands():
        command = get_command(app)
        while words and hasattr(command, "commands") and words[0] in command.commands:
            command = command.commands[words.pop(0)]
        if hasattr(command, "commands"):
            assert words in ([], ["--version"], ["--help"]), (name, words)
            continue
        known = {one for of in command.params for one in (*of.opts, *of.secondary_opts)}
        assert {*options} <= known, (name, command.name, options)
        n_shown += 1
    assert n_shown > 25


def test_every_file_that_is_named_exists():
    pages = [README, *((ROOT / "docs" / name).read_text() for name in ("usage.md", "files.md"))]
    names = re.findall(r"`((?:docs|examples|data|tests)/[\w./-]*)`", "".join(pages))
    assert len(names) > 4
    for name in names:
        assert (ROOT / name).exists(), name


def heading_anchors(text):
    """Return the anchors of a page's headings, as GitHub makes them."""
    titles = re.findall(r"^#+ (.*)$", text, flags=re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize(
    "path", [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))], ids=lambda path: path.name
)
def test_every_link_leads_somewhere(path):
    links = re.findall(r"\]\(([^)\s]+)\)", path.read_text(encoding="utf-8"))
    for link in links:
        name, _, anchor = link.partition("#")
        target = path.parent / name if name else path
        assert target.exists(), link
        if anchor:
            assert anchor in heading_anchors(target.read_text(encoding="utf-8")), link
