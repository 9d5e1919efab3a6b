"""Warnings about renamed names, for one release before the old name goes (CONTRIBUTING.md)."""

from __future__ import annotations

import warnings


def warn_renamed(old: str, new: str, *, gone_in: str, stacklevel: int = 3) -> None:
    """Warn that a public name, argument or option has another name now.

    Parameters
    ----------
    old, new : str
        As a user writes them, e.g. ``af.old_name`` or ``--old-option``.
    gone_in : str
        The release in which the old name is no longer known.
    stacklevel : int, default=3
        Whose line the warning points at: 3 is the caller of the function that calls this one.
    """
    warnings.warn(
        f"`{old}` is now called `{new}`; the old name is removed in release {gone_in}.",
        FutureWarning,
        stacklevel=stacklevel,
    )
