"""Searches for the smallest cost in the transport solver, eight entries at a time."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from .lanes import (
    INTS,
    LANES,
    WORD,
    blocks,
    chosen_lanes,
    constant,
    data,
    larger,
    load,
    loop_over,
    smaller,
    smallest_lane,
    splat,
    times8,
)
from .plain import FAR


@intrinsic
def row_minimum(typing: Any, cost: Any, start: Any, width: Any, prices: Any, offset: Any) -> Any:
    """Compile `plain.row_minimum`."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        c = data(context, builder, signature.args[0], args[0])
        p = data(context, builder, signature.args[3], args[3])
        best = cgutils.alloca_once_value(builder, constant(FAR))
        with blocks(builder, args[2]) as loop:
            at = times8(builder, loop)
            block = load(builder, c, builder.add(args[1], at))
            price = load(builder, p, builder.add(args[4], at))
            reduced = builder.sub(block, price)
            builder.store(smaller(builder, builder.load(best), reduced), best)
        return smallest_lane(builder, builder.load(best))

    return types.int64(cost, types.int64, types.int64, prices, types.int64), codegen


@intrinsic
def locate(
    typing: Any, cost: Any, start: Any, width: Any, prices: Any, offset: Any, reduced: Any
) -> Any:
    """Compile `plain.locate`."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        c = data(context, builder, signature.args[0], args[0])
        p = data(context, builder, signature.args[3], args[3])
        wanted = splat(builder, args[5])
        place = cgutils.alloca_once_value(builder, constant(FAR))
        with blocks(builder, args[2]) as loop:
            at = times8(builder, loop)
            block = load(builder, c, builder.add(args[1], at))
            price = load(builder, p, builder.add(args[4], at))
            equal = builder.icmp_signed("==", builder.sub(block, price), wanted)
            lanes = builder.add(splat(builder, at), constant(*range(LANES)))
            matches = builder.select(equal, lanes, constant(FAR))
            builder.store(smaller(builder, builder.load(place), matches), place)
        return smallest_lane(builder, builder.load(place))

    return (
        types.int64(cost, types.int64, types.int64, prices, types.int64, types.int64),
        codegen,
    )


@intrinsic
def open_minimum(
    typing: Any,
    cost: Any,
    start: Any,
    width: Any,
    prices: Any,
    offset: Any,
    is_open: Any,
) -> Any:
    """Compile `plain.open_minimum`."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        c = data(context, builder, signature.args[0], args[0])
        p = data(context, builder, signature.args[3], args[3])
        best = cgutils.alloca_once_value(builder, constant(FAR))
        with blocks(builder, args[2]) as loop:
            at = times8(builder, loop)
            block = load(builder, c, builder.add(args[1], at))
            price = load(builder, p, builder.add(args[4], at))
            chosen = chosen_lanes(builder, args[5], at)
            reduced = builder.select(chosen, builder.sub(block, price), constant(FAR))
            builder.store(smaller(builder, builder.load(best), reduced), best)
        return smallest_lane(builder, builder.load(best))

    return (
        types.int64(cost, types.int64, types.int64, prices, types.int64, types.int64),
        codegen,
    )


@intrinsic
def two_minima(
    typing: Any,
    cost: Any,
    start: Any,
    width: Any,
    prices: Any,
    offset: Any,
    out: Any,
    place: Any,
) -> Any:
    """Compile `plain.two_minima`."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        c = data(context, builder, signature.args[0], args[0])
        p = data(context, builder, signature.args[3], args[3])
        o = data(context, builder, signature.args[5], args[5])
        first = cgutils.alloca_once_value(builder, constant(FAR))
        second = cgutils.alloca_once_value(builder, constant(FAR))
        with blocks(builder, args[2]) as loop:
            at = times8(builder, loop)
            block = load(builder, c, builder.add(args[1], at))
            price = load(builder, p, builder.add(args[4], at))
            reduced = builder.sub(block, price)
            known = builder.load(first)
            loser = larger(builder, known, reduced)
            builder.store(smaller(builder, builder.load(second), loser), second)
            builder.store(smaller(builder, known, reduced), first)
        lanes = builder.load(first)
        smallest = smallest_lane(builder, lanes)
        winner = builder.icmp_signed("==", lanes, splat(builder, smallest))
        rest = builder.select(winner, builder.load(second), lanes)
        builder.store(smallest_lane(builder, rest), builder.gep(o, [args[6]]))
        return smallest

    return (
        types.int64(cost, types.int64, types.int64, prices, types.int64, out, types.int64),
        codegen,
    )


@intrinsic
def block_minimum(
    typing: Any, cost: Any, first: Any, last: Any, width: Any, prices: Any, offset: Any
) -> Any:
    """Compile `plain.block_minimum`."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        c = data(context, builder, signature.args[0], args[0])
        p = data(context, builder, signature.args[4], args[4])
        best = cgutils.alloca_once_value(builder, constant(FAR))
        column = cgutils.alloca_once(builder, INTS)
        rows = builder.sub(args[2], args[1])
        with blocks(builder, args[3]) as block_number:
            at = times8(builder, block_number)
            builder.store(constant(FAR), column)
            with loop_over(builder, builder.lshr(rows, ir.Constant(WORD, 2))) as quads:
                row = builder.add(args[1], builder.shl(quads, ir.Constant(WORD, 2)))
                where = builder.add(builder.mul(row, args[3]), at)
                four = []
                for _ in range(4):
                    block = load(builder, c, where)
                    price = splat(builder, builder.load(builder.gep(p, [row])))
                    four.append(builder.sub(block, price))
                    row = builder.add(row, ir.Constant(WORD, 1))
                    where = builder.add(where, args[3])
                two = [smaller(builder, four[k], four[k + 2]) for k in range(2)]
                least = smaller(builder, *two)
                builder.store(smaller(builder, builder.load(column), least), column)
            price = load(builder, p, builder.add(args[5], at))
            reduced = builder.sub(builder.load(column), price)
            builder.store(smaller(builder, builder.load(best), reduced), best)
        return smallest_lane(builder, builder.load(best))

    return (
        types.int64(cost, types.int64, types.int64, types.int64, prices, types.int64),
        codegen,
    )


@intrinsic
def count_greater(typing: Any, keys: Any, start: Any, width: Any, key: Any) -> Any:
    """Compile `plain.count_greater`."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        k = data(context, builder, signature.args[0], args[0])
        key = splat(builder, args[3])
        count = cgutils.alloca_once_value(builder, constant(0))
        with blocks(builder, args[2]) as loop:
            block = load(builder, k, builder.add(args[1], times8(builder, loop)))
            more = builder.select(builder.icmp_signed(">", block, key), constant(1), constant(0))
            builder.store(builder.add(builder.load(count), more), count)
        function = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(WORD, [INTS]), "llvm.vector.reduce.add.v8i64"
        )
        return builder.call(function, [builder.load(count)])

    return types.int64(keys, types.int64, types.int64, types.int64), codegen
