"""The command line: one file per command, no computation."""

from __future__ import annotations

import atexit
import gc
import sys
from typing import Annotated

import typer

from .. import __version__
from ..errors import AllianceError, ParameterError
from . import (
    bench,
    compare,
    courses,
    describe,
    evaluate,
    extract,
    merge,
    predict,
    pseudo,
    rate,
    rated,
    score,
    simulate,
    stopping,
    train,
    validate,
    vectors,
    words,
)
from .groups import with_groups

app = typer.Typer(
    name="alliance-features",
    help="Interpretable linguistic signals of the working alliance, from session transcripts.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"alliance-features {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    pass


app.command("extract")(with_groups(extract.command))
app.command("merge")(with_groups(merge.command))
app.command("validate")(with_groups(validate.command))
app.command("describe")(with_groups(describe.command))
app.command("pseudo")(with_groups(pseudo.command))
app.command("rate")(with_groups(rate.command))
app.command("rated")(with_groups(rated.command))
app.command("courses")(with_groups(courses.command))
app.command("score")(with_groups(score.command))
app.command("simulate")(with_groups(simulate.command))
app.command("evaluate")(with_groups(evaluate.command))
app.command("compare")(with_groups(compare.command))
app.command("words")(with_groups(words.command))
app.command("bench")(with_groups(bench.command))
app.command("train")(with_groups(train.command))
app.command("predict")(with_groups(predict.command))
app.add_typer(vectors.app, name="vectors")


def main() -> None:
    """Run the command line. Exit codes: docs/usage.md, section "Exit codes"."""
    before = gc.get_threshold()
    gc.set_threshold(50_000)  # libraries are imported a fifth faster, and nothing here is cyclic
    atexit.register(gc.freeze)  # searching all libraries for garbage at the end takes a second
    stopping.install()
    code = 0
    try:
        code = int(app(standalone_mode=False) or 0)
    except ParameterError as error:
        code = _say(error, 2)
    except AllianceError as error:
        code = _say(error, 1)
    except stopping.Stopped as stop:
        typer.echo("stopped; nothing half-written is left", err=True)
        code = 128 + int(stop.args[0])
    except Exception as error:
        code = _usage(error)
    gc.set_threshold(*before)  # for a process that does not end here
    sys.exit(code)


def _say(error: Exception, code: int) -> int:
    typer.echo(f"error: {error}", err=True)
    return code


def _usage(error: Exception) -> int:
    """Show a usage error as click does; anything else is a defect and keeps its traceback."""
    show = getattr(error, "show", None)
    if show is None:
        raise error
    show()
    return int(getattr(error, "exit_code", 2))
