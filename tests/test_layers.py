"""A module imports only from layers above its own; the package loads nothing heavy."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "src" / "alliance_features"
LAYERS = (
    "errors",
    "_checks",
    "wai",
    "inventories",
    "lexicons",
    "kernels",
    "transcript",
    "text",
    "features",
    "table",
    "pipeline",
    "run",
    "stats",
    "model",
    "raters",
    "compare",
    "report",
    "cli",
)
HEAVY = ("spacy", "gensim", "ot", "sklearn", "xgboost", "numba", "scipy", "pyarrow", "pandas")
# The package's own __init__ names things of every layer, lazily.
MODULES = sorted(set(PACKAGE.rglob("*.py")) - {PACKAGE / "__init__.py"})


def _imports(path):
    """Yield the first package-level name of each import of ours in a file."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    inside = parts[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = inside[: len(inside) - (node.level - 1)]
            target = (*base, *(node.module or "").split("."))
            target = tuple(part for part in target if part)
            if target:
                yield target[0]
            else:
                yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith(PACKAGE.name):
            yield (*node.module.split("."), "__init__")[1]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_up(path):
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    own = LAYERS.index(parts[0])
    for name in _imports(path):
        if name in LAYERS:
            assert LAYERS.index(name) <= own, f"{'.'.join(parts)} imports {name}"
        else:
            assert name.startswith("__"), f"{name} has no layer"


def test_only_text_imports_spacy_and_gensim():
    for path in MODULES:
        names = {
            (alias.name if isinstance(node, ast.Import) else node.module or "").split(".")[0]
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, (ast.Import, ast.ImportFrom)) and not getattr(node, "level", 0)
            for alias in node.names
        }
        if path.parent.name != "text" and path.name != "spacy_component.py":  # spaCy loads it
            assert not names & {"spacy", "gensim"}, path
        assert "ot" not in names, path


@pytest.mark.parametrize(
    "code",
    [
        "import alliance_features",
        "import alliance_features; alliance_features.Session; alliance_features.read_sessions",
        "import sys; sys.argv = ['alliance-features', '--help']\n"
        "from alliance_features.cli import main\n"
        "try: main()\nexcept SystemExit: pass",
    ],
)
def test_light_import(code):
    check = f"{code}\nimport sys; print('LOADED', sorted(set(sys.modules) & set({HEAVY!r})))"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "LOADED []"


def test_every_public_name_resolves():
    import alliance_features as af

    for name in af.__all__:
        assert getattr(af, name).__doc__, name
    assert set(af.__all__) == set(af._HOME)
    with pytest.raises(AttributeError, match="has no attribute 'nclyd'"):
        _ = af.nclyd
