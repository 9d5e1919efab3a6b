"""Groups of options: what a command shows, and the one value that it receives."""

from __future__ import annotations

import inspect
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from alliance_features.cli.groups import Group, with_groups

Paths = Annotated[list[str], typer.Argument(metavar="PATH...")]
Low = Annotated[int, typer.Option("--low", help="The low end.")]
High = Annotated[int, typer.Option("--high", help="The high end.")]


def _spanned(paths: Paths, low: Low = 1, high: High = 5):
    return paths or [], low, high


Span = Annotated[tuple, Group(_spanned)]
Optional = Annotated[
    tuple,
    Group(
        _spanned,
        without=("high",),
        paths=Annotated[list[str] | None, typer.Argument(metavar="[PATH...]")],
    ),
]


def _run(command, *arguments):
    app = typer.Typer()
    app.command()(with_groups(command))
    done = CliRunner().invoke(app, arguments)
    return done.exit_code, done.output


def test_a_command_receives_the_value_of_its_group():
    def command(span: Span, name: Annotated[str, typer.Option("--name")] = "x") -> None:
        """Say it."""
        typer.echo(f"{span} {name}")

    assert _run(command, "a", "b", "--high", "7", "--name", "y") == (0, "(['a', 'b'], 1, 7) y\n")
    assert _run(command)[0] == 2  # a path is required
    shown = inspect.signature(with_groups(command)).parameters
    assert [*shown] == ["paths", "name", "low", "high"]
    assert with_groups(command).__doc__ == "Say it."


def test_options_left_out_and_described_otherwise():
    def command(span: Optional) -> None:
        typer.echo(str(span))

    assert _run(command, "--low", "3") == (0, "([], 3, 5)\n")
    assert _run(command, "--high", "3")[0] == 2


def test_two_groups_with_the_same_option_are_a_mistake():
    def command(span: Span, other: Span) -> None:
        pass

    with pytest.raises(ValueError, match="duplicate parameter name"):
        with_groups(command)
