"""A rater's scores as an array beside the ratings, on their scale and dimensions."""

from __future__ import annotations

import difflib

import numpy as np

from .._checks import FloatArray
from ..errors import ParameterError
from ..raters.matrix import RatingMatrix
from .rater_given import RaterScores


def as_array(
    one: RaterScores, criterion: RatingMatrix, *, rescale: bool, ignore_others: bool
) -> FloatArray:
    """Return a rater's scores, shape (n_repeats, n_sessions, n_dimensions)."""
    names = criterion.dimensions
    others = [name for name in one.dimensions if name not in names]
    if others and (not ignore_others or len(others) == len(one.dimensions)):
        near = difflib.get_close_matches(others[0], names, 1)
        raise ParameterError(
            f"{one.source}: {one.name} gives the dimension {others[0]!r}, and the ratings have "
            f"{', '.join(names)}{f'; is it {near[0]}?' if near else ''}. Correct it, or name the "
            "dimensions to compare with `dimensions`."
        )
    row_of = {name: place for place, name in enumerate(criterion.session_ids)}
    column_of = {name: place for place, name in enumerate(names)}
    n_repeats = len(next(iter(one.values.values()), [0.0]))
    out = np.full((n_repeats, len(row_of), len(names)), np.nan)
    for (session, dimension), values in one.values.items():
        if session in row_of and dimension in column_of:
            out[:, row_of[session], column_of[dimension]] = values
    for name, bounds in zip(names, criterion.bounds, strict=True):
        if bounds is not None and not one.fitted:
            column = out[:, :, column_of[name]]
            column[:] = _on_scale(one, name, column, bounds, rescale=rescale)
    return out


def _on_scale(
    one: RaterScores,
    dimension: str,
    column: FloatArray,
    bounds: tuple[float, float],
    *,
    rescale: bool,
) -> FloatArray:
    low, high = bounds
    scales = one.scales.get(dimension, set()) - {None}
    other = next((scale for scale in scales if scale != bounds), None)
    if len(scales) > 1:
        raise ParameterError(
            f"{one.source}: {one.name} gives {dimension} on {len(scales)} scales; keep one."
        )
    if other is not None and rescale:
        return np.asarray(low + (column - other[0]) * (high - low) / (other[1] - other[0]))
    outside = other is None and bool(((column < low) | (column > high)).any())
    if other is not None or outside:
        told = f"{other[0]:g} to {other[1]:g}" if other else "values outside, with no scale named"
        raise ParameterError(
            f"{one.source}: {one.name} gives {dimension} on another scale ({told}) than the "
            f"ratings ({low:g} to {high:g}). Name its scale (scale_min, scale_max) and say "
            "rescale=True (`--rescale`) to put it onto theirs."
        )
    return column
