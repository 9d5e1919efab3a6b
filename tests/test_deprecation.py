"""Names that go warn for one release and do what the new name does."""

import pytest

import alliance_features as af
from alliance_features._deprecation import warn_renamed


def test_an_old_name_warns_and_is_the_new_one(monkeypatch):
    monkeypatch.setitem(af._RENAMED, "word_mover", ("wmd", "0.3.0"))
    with pytest.warns(
        FutureWarning,
        match=r"`af\.word_mover` is now called `af\.wmd`; .* is removed in release 0\.3\.0",
    ) as caught:
        assert af.word_mover is af.wmd
    assert caught[0].filename == __file__


def test_an_old_argument_warns_at_the_line_of_the_caller():
    def public():
        warn_renamed("lang", "language", gone_in="0.3.0")

    with pytest.warns(FutureWarning, match="`lang` is now called `language`") as caught:
        public()
    assert caught[0].filename == __file__
