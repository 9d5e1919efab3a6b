"""The page about text holds a row of every kind of repair."""

from __future__ import annotations

import re
from pathlib import Path

from alliance_features.text.repair import REPAIRS, VERSION

PAGE = Path(__file__).parents[2] / "docs" / "text.md"


def rows() -> str:
    """Return the rows of the table."""
    head = "| kind | what is put right | in the file | as it is read |\n|---|---|---|---|\n"
    return head + "\n".join(
        f"| `{kind.name}` | {kind.definition} | `{kind.before}` | `{kind.after}` |".replace(
            "\u00a0", "\u00b7"
        )
        for kind in REPAIRS
    )


def test_the_table_is_that_of_the_code() -> None:
    found = re.search(
        r"<!-- repairs: begin -->\n(.*)\n<!-- repairs: end -->", PAGE.read_text("utf-8"), re.DOTALL
    )
    assert found is not None
    assert found[1] == rows()


def test_the_version_is_that_of_the_code() -> None:
    assert f"`text.repair.VERSION`, now {VERSION})" in PAGE.read_text("utf-8")
