"""Numba kernels: arrays in, arrays out; no strings, no messages, no files."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, overload

from numba import njit

__all__ = ["kernel"]

Function = TypeVar("Function", bound=Callable[..., Any])


@overload
def kernel(function: Function, /) -> Function: ...
@overload
def kernel(*, parallel: bool = False, inline: bool = False) -> Callable[[Function], Function]: ...
def kernel(
    function: Function | None = None, /, *, parallel: bool = False, inline: bool = False
) -> Function | Callable[[Function], Function]:
    """Compile a function on its first call, and keep the machine code on disk where that works.

    No fast-math, the GIL released, numpy's rules for division by zero. Where neither the package,
    nor the user's cache folder, nor ``NUMBA_CACHE_DIR`` can be written, the function is compiled
    once per process. ``NUMBA_DISABLE_JIT=1`` leaves plain Python.

    Parameters
    ----------
    function : callable, optional
        Set by Python where the decorator is written without parentheses.
    parallel : bool, default=False
        Whether ``prange`` runs on several threads.
    inline : bool, default=False
        Whether the optimiser must paste the function into its callers, so that constants they
        pass are known to it.
    """

    def decorate(plain: Function) -> Function:
        options: dict[str, Any] = {"nogil": True, "error_model": "numpy"}
        if parallel:
            options["parallel"] = True
        if inline:
            options["forceinline"] = True
        try:
            compiled = njit(cache=True, **options)(plain)
        except RuntimeError:  # numba: "no locator available", that is nowhere to write
            compiled = njit(**options)(plain)
        return compiled  # type: ignore[no-any-return]

    return decorate if function is None else decorate(function)
