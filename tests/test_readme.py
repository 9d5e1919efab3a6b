"""What README shows is what happens."""

import re
from pathlib import Path

import alliance_features as af
from alliance_features.cli.extract import LEGEND, headline

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_snippet_runs(tmp_path, monkeypatch):
    (code,) = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
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
        assert f"alliance-features {name}" in README, name


def test_every_file_that_is_named_exists():
    for name in re.findall(r"`((?:docs|examples|data|tests)/[\w./-]*)`", README):
        assert (ROOT / name).exists(), name
