"""Flags of forms: every class of words has one of its own."""

import pytest

from alliance_features.kernels import token_flags as context
from alliance_features.lexicons.rules import CATEGORIES
from alliance_features.lexicons.word_classes import SPELLING_LISTS, WORD_CLASSES
from alliance_features.text.forms import class_flag


def test_every_class_has_a_flag_of_its_own():
    own = {name: class_flag(name) for name in WORD_CLASSES}
    given = {
        value for name, value in vars(context).items() if name.isupper() and isinstance(value, int)
    }
    decided = given - {context.FIRST_FREE} - {*context.CLASSES.values()}
    assert len({*own.values()}) == len(own)
    assert not decided & {*own.values()}
    for bits in own.values():
        assert bits.bit_count() == 1
        assert 0 < bits < 2**63
    assert {name: own[name] for name in context.CLASSES} == context.CLASSES


def test_names_of_classes():
    assert {*WORD_CLASSES} < {*CATEGORIES}
    assert not {*WORD_CLASSES} & {*SPELLING_LISTS}
    with pytest.raises(KeyError):
        class_flag("noun")
