"""Public docstrings: every array says its shape in the line of its type."""

import inspect
import re

import pytest

import alliance_features as af

ARRAY = re.compile(r"\b(ndarray|array-like)\b")
#: "name : type" of a parameter or attribute, or the type alone of what is returned.
TYPE_LINE = re.compile(r"(\*{0,2}\w+(, \*{0,2}\w+)* : .*|(ndarray|array-like)\b.*)")


def _documented():
    for name in af.__all__:
        value = getattr(af, name)
        yield name, value.__doc__
        if inspect.isclass(value):
            for part, member in vars(value).items():
                if not part.startswith("_") and callable(member):
                    yield f"{name}.{part}", member.__doc__


def _without_shape(text):
    lines = [line.strip() for line in (text or "").splitlines()]
    typed = [line for line in lines if TYPE_LINE.fullmatch(line) and ARRAY.search(line)]
    return [line for line in typed if not re.search(r"\b(shape|length)\b", line)]


@pytest.mark.parametrize(("name", "text"), [*_documented()], ids=lambda value: str(value)[:40])
def test_every_array_says_its_shape(name, text):
    assert not _without_shape(text), name


def test_the_rule_sees_a_line_without_shape():
    text = "x : ndarray of float64\ny, z : array-like, shape (n,)\nndarray\nAn ndarray it is."
    assert _without_shape(text) == ["x : ndarray of float64", "ndarray"]
