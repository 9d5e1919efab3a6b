"""The inner loops of the simplex: LLVM vectors if compiled, numpy if not.

The compiler does not vectorise a search for the smallest of 13 numbers, and unrolls it for
lengths that never occur; hence the loops in `searches` and `sweeps`.
"""

from __future__ import annotations

from numba import config

from . import plain, searches, sweeps
from .plain import CLOSED, FAR

__all__ = [
    "CLOSED",
    "FAR",
    "add_squares",
    "block_minimum",
    "column_minima",
    "copy_row",
    "count_greater",
    "fill_panel",
    "locate",
    "open_minimum",
    "quantise",
    "row_minimum",
    "shift",
    "two_minima",
]

_PLAIN = bool(config.DISABLE_JIT)

row_minimum = plain.row_minimum if _PLAIN else searches.row_minimum
locate = plain.locate if _PLAIN else searches.locate
open_minimum = plain.open_minimum if _PLAIN else searches.open_minimum
two_minima = plain.two_minima if _PLAIN else searches.two_minima
block_minimum = plain.block_minimum if _PLAIN else searches.block_minimum
count_greater = plain.count_greater if _PLAIN else searches.count_greater
column_minima = plain.column_minima if _PLAIN else sweeps.column_minima
copy_row = plain.copy_row if _PLAIN else sweeps.copy_row
shift = plain.shift if _PLAIN else sweeps.shift
quantise = plain.quantise if _PLAIN else sweeps.quantise
fill_panel = plain.fill_panel if _PLAIN else sweeps.fill_panel
add_squares = plain.add_squares if _PLAIN else sweeps.add_squares
