"""Passes that write arrays, eight entries at a time; `plain` defines what each does."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from .lanes import (
    INTS,
    LANES,
    REALS,
    WORD,
    blocks,
    chosen_lanes,
    constant,
    data,
    load,
    loop_over,
    smaller,
    splat,
    store,
    times8,
    transposed,
)
from .plain import CLOSED, FAR, MAGIC, MAGIC_BITS


@intrinsic
def column_minima(
    typing: Any, cost: Any, n: Any, width: Any, node: Any, columns: Any, left: Any, keep: Any
) -> Any:
    """Compile `plain.column_minima`."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        c = data(context, builder, signature.args[0], args[0])
        p = data(context, builder, signature.args[3], args[3])
        column = cgutils.alloca_once(builder, INTS)
        with blocks(builder, args[2]) as block_number:
            at = times8(builder, block_number)
            builder.store(constant(FAR), column)
            with loop_over(builder, args[1]) as loop:
                start = builder.add(builder.mul(loop, args[2]), at)
                block = load(builder, c, start)
                builder.store(smaller(builder, builder.load(column), block), column)
            kept = builder.and_(builder.load(column), splat(builder, args[6]))
            mass = load(builder, p, builder.add(args[5], at))
            dead = builder.icmp_signed("==", mass, constant(0))
            kept = builder.select(dead, constant(-CLOSED), kept)
            store(builder, kept, p, builder.add(args[4], at))
        return context.get_dummy_value()

    return (
        types.void(cost, types.int64, types.int64, node, types.int64, types.int64, types.int64),
        codegen,
    )


@intrinsic
def copy_row(
    typing: Any, panel: Any, source: Any, cost: Any, target: Any, width: Any, tag: Any
) -> Any:
    """Compile `plain.copy_row`."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        f = data(context, builder, signature.args[0], args[0])
        c = data(context, builder, signature.args[2], args[2])
        tag = splat(builder, args[5])
        with blocks(builder, args[4]) as loop:
            at = times8(builder, loop)
            block = load(builder, f, builder.add(args[1], at))
            store(builder, builder.or_(block, tag), c, builder.add(args[3], at))
        return context.get_dummy_value()

    return (
        types.void(panel, types.int64, cost, types.int64, types.int64, types.int64),
        codegen,
    )


@intrinsic
def shift(typing: Any, prices: Any, start: Any, width: Any, mask: Any, step: Any) -> Any:
    """Compile `plain.shift`."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        p = data(context, builder, signature.args[0], args[0])
        step = splat(builder, args[4])
        with blocks(builder, args[2]) as loop:
            at = times8(builder, loop)
            chosen = chosen_lanes(builder, args[3], at)
            where = builder.add(args[1], at)
            added = builder.select(chosen, step, constant(0))
            store(builder, builder.add(load(builder, p, where), added), p, where)
        return context.get_dummy_value()

    return types.void(prices, types.int64, types.int64, types.int64, types.int64), codegen


@intrinsic
def quantise(typing: Any, raw: Any, cost: Any, first: Any, n: Any, width: Any, unit: Any) -> Any:
    """Compile `plain.quantise`."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        r = data(context, builder, signature.args[0], args[0])
        c = data(context, builder, signature.args[1], args[1])
        unit = splat(builder, args[5])
        magic = ir.Constant(REALS, [MAGIC] * LANES)
        with loop_over(builder, args[3]) as rows:
            start = builder.mul(rows, args[4])
            with blocks(builder, args[4]) as loop:
                at = times8(builder, loop)
                where = builder.add(start, at)
                scaled = builder.fmul(load(builder, r, where, REALS), unit)
                bits = builder.bitcast(builder.fadd(scaled, magic), INTS)
                whole = builder.shl(builder.sub(bits, constant(MAGIC_BITS)), constant(12))
                tag = builder.add(splat(builder, at), constant(*range(8)))
                store(builder, builder.or_(whole, tag), c, builder.add(args[2], where))
        return context.get_dummy_value()

    return types.void(raw, cost, types.int64, types.int64, types.int64, types.float64), codegen


@intrinsic
def fill_panel(
    typing: Any, ground: Any, ids: Any, begin: Any, length: Any, unit: Any, panel: Any
) -> Any:
    """Compile `plain.fill_panel`."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, args[0])
        g = array.data
        n_words = builder.extract_value(array.shape, 0)
        i = data(context, builder, signature.args[1], args[1])
        t = data(context, builder, signature.args[5], args[5])
        unit = splat(builder, args[4])
        magic = ir.Constant(REALS, [MAGIC] * LANES)
        one, seven, eight = (ir.Constant(WORD, k) for k in (1, 7, 8))
        last = builder.sub(builder.add(args[2], args[3]), one)
        width = builder.and_(builder.add(args[3], seven), ir.Constant(WORD, -8))
        final = builder.sub(n_words, eight)
        with blocks(builder, width) as block_number:
            at = times8(builder, block_number)
            rows = []
            for k in range(LANES):
                place = builder.add(builder.add(args[2], at), ir.Constant(WORD, k))
                place = smaller(builder, place, last)
                rows.append(builder.mul(builder.load(builder.gep(i, [place])), n_words))
            with blocks(builder, builder.add(n_words, seven)) as loop:
                first = smaller(builder, times8(builder, loop), final)
                costs = []
                for k in range(LANES):
                    real = load(builder, g, builder.add(rows[k], first), REALS)
                    bits = builder.bitcast(builder.fadd(builder.fmul(real, unit), magic), INTS)
                    whole = builder.sub(bits, constant(MAGIC_BITS))
                    costs.append(builder.shl(whole, constant(12)))
                tag = builder.add(splat(builder, at), constant(*range(8)))
                for k, cost in enumerate(transposed(builder, costs)):
                    word = builder.add(first, ir.Constant(WORD, k))
                    where = builder.add(builder.mul(word, width), at)
                    store(builder, builder.or_(cost, tag), t, where)
        return context.get_dummy_value()

    return types.void(ground, ids, types.int64, types.int64, types.float64, panel), codegen


@intrinsic
def add_squares(typing: Any, panels: Any, rows: Any, columns: Any, count: Any, tile: Any) -> Any:
    """Compile `plain.add_squares`."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        p = data(context, builder, signature.args[0], args[0])
        t = data(context, builder, signature.args[4], args[4])
        zero = ir.Constant(REALS, [0.0] * LANES)
        sums = [[cgutils.alloca_once_value(builder, zero) for _ in range(2)] for _ in range(4)]
        with loop_over(builder, args[3]) as loop:
            step = builder.shl(loop, ir.Constant(WORD, 4))
            there = builder.add(args[2], step)
            halves = [
                load(builder, p, builder.add(there, ir.Constant(WORD, LANES * h)), REALS)
                for h in range(2)
            ]
            here = builder.add(args[1], step)
            for r in range(4):
                place = builder.gep(p, [builder.add(here, ir.Constant(WORD, r))])
                point = splat(builder, builder.load(place))
                for h in range(2):
                    gap = builder.fsub(point, halves[h])
                    total = builder.fadd(builder.fmul(gap, gap), builder.load(sums[r][h]))
                    builder.store(total, sums[r][h])
        for r in range(4):
            for h in range(2):
                where = ir.Constant(WORD, 16 * r + LANES * h)
                total = builder.fadd(load(builder, t, where, REALS), builder.load(sums[r][h]))
                store(builder, total, t, where)
        return context.get_dummy_value()

    return types.void(panels, types.int64, types.int64, types.int64, tile), codegen
