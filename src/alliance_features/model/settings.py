"""Checks of what a user asks of the model."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from .._checks import check_choice, check_count
from ..errors import ParameterError

INPUTS = ("signals", "words", "both")
_RANGES: dict[str, tuple[float, float, bool]] = {  # low, high, whether low itself is allowed
    "learning_rate": (0.0, 1.0, False),
    "min_child_weight": (0.0, math.inf, True),
    "subsample": (0.0, 1.0, False),
    "colsample_bytree": (0.0, 1.0, False),
    "reg_lambda": (0.0, math.inf, True),
    "linear_share": (0.0, 1.0, True),
    "linear_penalty": (0.0, math.inf, False),
    "alpha": (0.0, math.inf, False),
}


def check_settings(model: Any) -> None:
    """Check the parameters of an `AllianceRegressor`.

    Raises
    ------
    ParameterError
        Naming the one that is out of range.
    """
    check_choice("inputs", model.inputs, INPUTS)
    for name in ("n_estimators", "max_depth", "min_clients"):
        check_count(name, getattr(model, name))
    if model.n_jobs != -1:
        check_count("n_jobs", model.n_jobs)
    if not isinstance(model.monotone, (bool, np.bool_)):
        raise ParameterError(f"`monotone` is {model.monotone!r}; it must be True or False.")
    for name, (low, high, closed) in _RANGES.items():
        value = getattr(model, name)
        if name == "linear_penalty" and value is None:
            continue
        number = _is_number(value)
        if not number or not (low <= value <= high) or (value == low and not closed):
            shown = repr(value) if number else type(value).__name__
            above = f"{'>=' if closed else '>'} {low:g}"
            upper = "" if math.isinf(high) else f" and <= {high:g}"
            raise ParameterError(f"`{name}` is {shown}; it must be a number {above}{upper}.")


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        return False
    return bool(np.isfinite(value))


def check_bounds(bounds: Any, values: npt.NDArray[np.float64]) -> None:
    """Check that `bounds` is a scale and that the ratings lie within it."""
    if bounds is None:
        return
    if not (
        isinstance(bounds, (tuple, list))
        and len(bounds) == 2
        and all(_is_number(bound) for bound in bounds)
        and bounds[0] < bounds[1]
    ):
        raise ParameterError("`bounds` must be two finite numbers, the lowest rating first.")
    low, high = np.nanmin(values), np.nanmax(values)
    if low < bounds[0] or high > bounds[1]:
        raise ParameterError(
            f"`y` has ratings from {low:g} to {high:g}, outside `bounds` "
            f"{bounds[0]:g} to {bounds[1]:g}; give the range of the instrument."
        )
