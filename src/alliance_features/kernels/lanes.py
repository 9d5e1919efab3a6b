"""Eight lanes in LLVM's vector types: loads, comparisons and short loops for the intrinsics.

LLVM splits the vectors where the registers of a processor are narrower.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from llvmlite import ir
from numba.core import cgutils

LANES = 8
WORD = ir.IntType(64)
BYTE = ir.IntType(8)
INTS = ir.VectorType(WORD, LANES)
REALS = ir.VectorType(ir.DoubleType(), LANES)


def data(context: Any, builder: Any, array_type: Any, array: Any) -> Any:
    """Return the pointer to the entries of an array."""
    return context.make_array(array_type)(context, builder, array).data


def load(builder: Any, data: Any, index: Any, kind: Any = INTS) -> Any:
    """Load eight entries."""
    pointer = builder.bitcast(builder.gep(data, [index]), kind.as_pointer())
    value = builder.load(pointer)
    value.align = 8
    return value


def store(builder: Any, value: Any, data: Any, index: Any) -> None:
    """Store eight entries."""
    pointer = builder.bitcast(builder.gep(data, [index]), value.type.as_pointer())
    builder.store(value, pointer).align = 8


def splat(builder: Any, value: Any) -> Any:
    """Return eight copies of a value."""
    lane = ir.Constant(ir.IntType(32), 0)
    kind = ir.VectorType(value.type, LANES)
    single = builder.insert_element(ir.Constant(kind, ir.Undefined), value, lane)
    mask = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
    return builder.shuffle_vector(single, ir.Constant(kind, ir.Undefined), mask)


def constant(*values: int) -> Any:
    """Return a vector of constants."""
    return ir.Constant(INTS, list(values) * (LANES // len(values)))


def smaller(builder: Any, a: Any, b: Any) -> Any:
    """Return the smaller of two, lane by lane."""
    return builder.select(builder.icmp_signed("<", a, b), a, b)


def larger(builder: Any, a: Any, b: Any) -> Any:
    """Return the larger of two, lane by lane."""
    return builder.select(builder.icmp_signed("<", a, b), b, a)


def smallest_lane(builder: Any, vector: Any) -> Any:
    """Return the smallest of eight lanes."""
    function = cgutils.get_or_insert_function(
        builder.module, ir.FunctionType(WORD, [INTS]), "llvm.vector.reduce.smin.v8i64"
    )
    return builder.call(function, [vector])


class _Itself:
    """The reference of a metadata node to itself, which marks the identity of a loop."""

    type = ir.MetaDataType()

    def __init__(self, name: str) -> None:
        self._name = name

    def get_reference(self) -> str:
        return f"!{self._name}"


@contextmanager
def loop_over(builder: Any, count: Any) -> Iterator[Any]:
    """Count from 0 to `count` in a loop that LLVM may not unroll: most are one to four rounds."""
    head = builder.append_basic_block("head")
    body = builder.append_basic_block("body")
    end = builder.append_basic_block("end")
    before = builder.basic_block
    builder.branch(head)
    builder.position_at_end(head)
    index = builder.phi(WORD)
    index.add_incoming(ir.Constant(WORD, 0), before)
    builder.cbranch(builder.icmp_signed("<", index, count), body, end)
    builder.position_at_end(body)
    yield index
    index.add_incoming(builder.add(index, ir.Constant(WORD, 1)), builder.basic_block)
    module = builder.module
    rolled = module.add_metadata(["llvm.loop.unroll.disable"])
    name = str(len(module.metadata))
    identity = ir.MDValue(module, [_Itself(name), rolled], name)
    builder.branch(head).set_metadata("llvm.loop", identity)
    builder.position_at_end(end)


def blocks(builder: Any, width: Any) -> Any:
    """Loop over blocks of eight."""
    return loop_over(builder, builder.lshr(width, ir.Constant(WORD, 3)))


def chosen_lanes(builder: Any, mask: Any, at: Any) -> Any:
    """Return the eight bits of a mask that begin at `at`."""
    bits = builder.trunc(builder.lshr(mask, at), BYTE)
    return builder.bitcast(bits, ir.VectorType(ir.IntType(1), LANES))


def times8(builder: Any, value: Any) -> Any:
    """Return a value times eight."""
    return builder.shl(value, ir.Constant(WORD, 3))


def transposed(builder: Any, rows: list[Any]) -> list[Any]:
    """Transpose eight vectors of eight."""
    for span in (1, 2, 4):
        low = [k if k & span == 0 else k - span + LANES for k in range(LANES)]
        high = [k + span if k & span == 0 else k + LANES for k in range(LANES)]
        mask = ir.VectorType(ir.IntType(32), LANES)
        mixed = list(rows)
        for r in range(LANES):
            if r & span == 0:
                a, b = rows[r], rows[r + span]
                mixed[r] = builder.shuffle_vector(a, b, ir.Constant(mask, low))
                mixed[r + span] = builder.shuffle_vector(a, b, ir.Constant(mask, high))
        rows = mixed
    return rows
