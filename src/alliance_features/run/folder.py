"""An output folder that is written part by part: one run at a time, and what it may replace."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

from .._checks import counted
from ..errors import ParameterError, ResourceError
from .files import LOCK, prepare_folder, remove_partial, remove_results
from .outcome import Finished


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder; the system lets go of it when the process ends, however.

    Raises
    ------
    ParameterError
        If another run holds it.
    ResourceError
        If the lock file cannot be written.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(folder / LOCK)
    problem: ParameterError | ResourceError | None = None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a file system without locks: a marker file serves
            lock.acquire(timeout=0)
    except Timeout:
        problem = ParameterError(
            f"`output` is {folder}, in which another run is writing; wait until it ends, or name "
            "another folder."
        )
    except OSError as error:
        reason = error.strerror or type(error).__name__
        problem = ResourceError(f"{folder}: the folder cannot be locked ({reason}).")
    if problem is not None:
        raise problem
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            (folder / LOCK).unlink(missing_ok=True)
        lock.release()


@contextlib.contextmanager
def opened(output: Path, *, overwrite: bool, update: bool | None) -> Iterator[bool]:
    """Check and lock a folder; yield whether it holds results, or what a stopped run left.

    `update` is None where there is no such choice.
    """
    if overwrite and update:
        raise ParameterError("`overwrite` and `update` exclude each other.")
    replace = overwrite or bool(update)
    or_else = "" if update is None else " or --update"
    prepare_folder(output, overwrite=replace, or_else=or_else)
    with locked(output):
        older = prepare_folder(output, overwrite=replace, or_else=or_else)
        remove_partial(output)
        yield older


def beginning(output: Path, *, older: bool, anew: bool) -> Callable[[], None]:
    """Return what to do with older results before a part is written; done the first time."""
    begun = False

    def begin() -> None:
        nonlocal begun
        if begun:
            return
        begun = True
        if older and anew:
            remove_results(output)
        elif older:
            (output / "manifest.json").unlink(missing_ok=True)

    return begin


def check_any(output: Path, finished: Finished, *, older: bool) -> None:
    """Refuse to go on where nothing was read and older results would be lost."""
    if older and not finished.parts:
        errors = finished.all_errors()
        first = f" ({counted(len(errors), 'error')}, the first: {errors[0]})" if errors else ""
        raise ResourceError(
            f"No session could be read{first}; the older results in {output} are kept."
        )
