"""A module imports only from layers above its own; the package loads nothing heavy."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "src" / "alliance_features"
LAYERS = (
    "_deprecation",
    "_typing",
    "errors",
    "_checks",
    "wai",
    "inventories",
    "lexicons",
    "kernels",
    "transcript",
    "text",
    "features",
    "stats",
    "output",
    "extraction",
    "corpus",
    "simulation",
    "raters",
    "model",
    "evaluation",
    "comparison",
    "perspectives",
    "reports",
    "commands",
    "cli",
)
MOST_FILES = 30
HEAVY = ("spacy", "gensim", "ot", "sklearn", "xgboost", "numba", "scipy", "pyarrow", "pandas")
# The package's own __init__ names things of every layer, lazily.
MODULES = sorted(set(PACKAGE.rglob("*.py")) - {PACKAGE / "__init__.py"})


NAMES = {
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__"): path
    for path in MODULES
}


def _imports(path):
    """Yield the module (dotted, without ours in front) and the name of each import of ours."""
    inside = path.relative_to(PACKAGE).with_suffix("").parts[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = inside[: len(inside) - (node.level - 1)]
            target = tuple(part for part in (*base, *(node.module or "").split(".")) if part)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith(PACKAGE.name):
            target = tuple(node.module.split(".")[1:])
        else:
            continue
        for alias in node.names:
            whole = ".".join((*target, alias.name))
            yield (whole, None) if whole in NAMES else (".".join(target), alias.name)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_up(path):
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    own = LAYERS.index(parts[0])
    for module, name in _imports(path):
        first = module.split(".")[0] or name
        if first in LAYERS:
            assert LAYERS.index(first) <= own, f"{'.'.join(parts)} imports {module}"
        else:
            assert first.startswith("__"), f"{first} has no layer"


def test_no_circle():
    """Imports for types alone count: two files that name each other are one idea."""
    above = {
        name: {module for module, _ in _imports(path) if module in NAMES and module != name}
        for name, path in NAMES.items()
    }
    while free := [name for name, found in above.items() if not found]:
        for name in free:
            del above[name]
        above = {name: found - set(free) for name, found in above.items()}
    assert not above


def test_a_leading_underscore_is_never_crossed():
    """Three modules are the package's own; every other module has a plain name."""
    private = {name for name in NAMES if any(part.startswith("_") for part in name.split("."))}
    assert private == {"_checks", "_deprecation", "_typing"}
    for path in MODULES:
        for module, name in _imports(path):
            assert not (name or "").startswith("_") or name.startswith("__"), f"{path}: {module}"


@pytest.mark.parametrize("root", [PACKAGE, Path(__file__).parent])
def test_no_folder_is_crowded(root):
    for folder in {path.parent for path in root.rglob("*.py")}:
        assert len([*folder.glob("*.py")]) <= MOST_FILES, folder


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
