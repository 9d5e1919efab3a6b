"""The words behind a lexical model, for those who ask for them by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._checks import check_choice, check_count
from ..errors import ParameterError
from ..text.vectors import load_vectors
from .words import heaviest_terms

if TYPE_CHECKING:
    import pyarrow as pa


def lexical_table(model: Any, dimension: str | None, top: int) -> pa.Table:
    """Return the heaviest words of a fitted estimator; see `AllianceRegressor.lexical_weights`."""
    import pyarrow as pa

    if model.words_ is None:
        raise ParameterError('The model knows no words; fit inputs="words" or "both".')
    check_count("top", top)
    name = model.dimensions_[0] if dimension is None else dimension
    check_choice("dimension", name, model.dimensions_)
    place = model.dimensions_.index(name)
    rows = heaviest_terms(model.words_, load_vectors(model.vectors), place, top)
    kinds = (("role", pa.string()), ("words", pa.string()), ("weight", pa.float64()))
    return pa.table(
        {
            column: pa.array([row[at] for row in rows], type=kind)
            for at, (column, kind) in enumerate(kinds)
        }
    )
