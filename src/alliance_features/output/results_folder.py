"""An output folder that is checked before the computation and made when something is written."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .._checks import counted
from ..errors import AllianceError, ParameterError, ResourceError, TranscriptError
from ..transcript import Session
from ..transcript.readers import Place
from .files import begin_results, check_folder, finish_results, prepare_folder, remove_results
from .manifest import build_run
from .problems import internal_error


class Results:
    """A folder for results, and a clock that runs from its check on.

    Parameters
    ----------
    folder : Path
        New or empty, or with older results if `overwrite`.
    overwrite : bool
    apart_from : iterable of (str or Path), optional
        Paths that are read: the folder may not be one of them.

    Raises
    ------
    ParameterError, ResourceError
        If the folder holds something else, or cannot be written to. It is left as it was.

    Attributes
    ----------
    older : bool
        Whether it holds older results; they stay until `begin`.
    """

    def __init__(
        self, folder: Path, *, overwrite: bool, apart_from: Iterable[str | Path] = ()
    ) -> None:
        if any(Path(path).resolve() == folder.resolve() for path in apart_from):
            raise ParameterError(
                f"`output` is {folder}, which holds the sessions; name another folder."
            )
        self._started, self._clock = datetime.now(UTC), time.perf_counter()
        self._folder, self._overwrite = folder, overwrite
        self.older = check_folder(folder, overwrite=overwrite)

    def check_read(self, n_sessions: int, errors: Sequence[TranscriptError]) -> None:
        """Raise an error rather than replace older results by none.

        Raises
        ------
        ResourceError
            If there are older results and no session was read.
        """
        if self.older and not n_sessions:
            raise ResourceError(
                f"No session could be read ({counted(len(errors), 'error')}, the first: "
                f"{errors[0]}); the older results in {self._folder} are kept."
            )

    def begin(self) -> Path:
        """Make the folder, remove older results from it, and return it.

        Results that another run has written since the check are refused as at the check.
        """
        older = prepare_folder(self._folder, overwrite=self._overwrite)
        begin_results(self._folder)
        if older:
            remove_results(self._folder)
        return self._folder

    def finish(self, inputs: Iterable[Place], manifest: dict[str, Any], **more: Any) -> float:
        """Write run.json (times, host, names of the inputs, `more`), then manifest.json.

        Both list the files written, with SHA-256.

        Returns
        -------
        float
            Seconds since the check.
        """
        seconds = time.perf_counter() - self._clock
        finished = datetime.now(UTC).isoformat()
        run = build_run(inputs, self._started.isoformat(), finished, seconds)
        finish_results(self._folder, {**run, **more}, manifest)
        return seconds


def add_each(
    sessions: Iterable[Session],
    add: Callable[[Session], None],
    errors: list[TranscriptError],
    tell: Callable[[], None],
) -> None:
    """Add sessions one by one; a defect of the program becomes an error of its session.

    Parameters
    ----------
    sessions : iterable of Session
    add : callable
        Adds a session, or leaves everything as it was.
    errors : list of TranscriptError
        Defects are appended, by their place alone: their own message may quote the transcript.
    tell : callable
        Called after each session.

    Raises
    ------
    AllianceError
        Errors of this package that `add` raises.
    """
    for session in sessions:
        try:
            add(session)
        except AllianceError:
            raise
        except Exception as error:
            errors.append(internal_error(error, session))
        tell()
