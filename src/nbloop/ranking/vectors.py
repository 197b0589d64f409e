"""The innermost loops, in LLVM's vectors: rows times the weights of sixteen classes, which one register holds.

Numba's compiler does not find them by itself: it would add the parts of each product across a register, or keep the
sums in memory. Eight rows are taken at once, so that no sum waits for the one before. Imports numba.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from llvmlite import ir
from numba import extending, types
from numba.core import cgutils

from nbloop.ranking.weights import LANES

ROWS = 8
"""Rows multiplied at once."""

NUMBER, WHOLE = ir.FloatType(), ir.IntType(64)
VECTOR = ir.VectorType(NUMBER, LANES)

intrinsic: Any = extending.intrinsic  # what it makes is called without the first argument


def _pointer(builder: Any, address: Any, kind: Any) -> Any:
    return builder.inttoptr(address, kind.as_pointer())


@contextmanager
def _sums(builder: Any, outs: list[Any]) -> Iterator[list[Any]]:
    """Keep sums in registers: loaded from `outs` before, stored there after."""
    places = [builder.bitcast(out, VECTOR.as_pointer()) for out in outs]
    sums = [cgutils.alloca_once(builder, VECTOR) for _ in places]
    for total, place in zip(sums, places, strict=True):
        builder.store(builder.load(place, align=4), total)
    yield sums
    for total, place in zip(sums, places, strict=True):
        builder.store(builder.load(total), place, align=4)


def _add(builder: Any, total: Any, number: Any, vector: Any) -> None:
    """Add a number times a vector."""
    nothing, lane = ir.Constant(VECTOR, ir.Undefined), ir.IntType(32)
    everywhere = ir.Constant(ir.VectorType(lane, LANES), [0] * LANES)
    spread = builder.shuffle_vector(builder.insert_element(nothing, number, lane(0)), nothing, everywhere)
    fma = cgutils.get_or_insert_function(builder.module, ir.FunctionType(VECTOR, [VECTOR] * 3), f"llvm.fma.v{LANES}f32")
    builder.store(builder.call(fma, [spread, vector, builder.load(total)]), total)


@intrinsic
def multiply(typing: Any, rows: Any, d: Any, weights: Any, out: Any, step: Any) -> Any:  # noqa: ARG001
    """Add the products of ROWS rows (a table of addresses; d floats each) and LANES classes to `out`, `step` apart."""
    signature = types.void(types.uintp, types.intp, types.uintp, types.uintp, types.intp)

    def build(context: Any, builder: Any, _: Any, args: Any) -> Any:
        table, first_out, width = _pointer(builder, args[0], WHOLE), _pointer(builder, args[3], NUMBER), args[1]
        starts = [builder.load(builder.gep(table, [WHOLE(row)])) for row in range(ROWS)]
        rows = [_pointer(builder, start, NUMBER) for start in starts]
        outs = [builder.gep(first_out, [builder.mul(args[4], WHOLE(row))]) for row in range(ROWS)]
        weights = _pointer(builder, args[2], VECTOR)
        with _sums(builder, outs) as sums, cgutils.for_range(builder, width) as loop:
            some = builder.load(builder.gep(weights, [loop.index]), align=4)
            for row, total in zip(rows, sums, strict=True):
                _add(builder, total, builder.load(builder.gep(row, [loop.index])), some)
        return context.get_dummy_value()

    return signature, build


@intrinsic
def multiply_sparse(
    typing: Any, data: Any, indices: Any, count: Any, weights: Any, out: Any, index: Any  # noqa: ARG001
) -> Any:  # fmt: skip
    """Add the products of one sparse row and LANES classes to `out`; addresses, and an index for its type."""
    signature = types.void(types.uintp, types.uintp, types.intp, types.uintp, types.uintp, index)

    def build(context: Any, builder: Any, _: Any, args: Any) -> Any:
        data, weights = _pointer(builder, args[0], NUMBER), _pointer(builder, args[3], VECTOR)
        indices = _pointer(builder, args[1], args[5].type)
        with (
            _sums(builder, [_pointer(builder, args[4], NUMBER)]) as (total,),
            cgutils.for_range(builder, args[2]) as loop,
        ):
            column = builder.sext(builder.load(builder.gep(indices, [loop.index])), WHOLE)
            some = builder.load(builder.gep(weights, [column]), align=4)
            _add(builder, total, builder.load(builder.gep(data, [loop.index])), some)
        return context.get_dummy_value()

    return signature, build


@intrinsic
def fetch(typing: Any, address: Any) -> Any:  # noqa: ARG001
    """Ask for a line of memory that is soon wanted."""

    def build(context: Any, builder: Any, _: Any, args: Any) -> Any:
        byte, flag = ir.IntType(8).as_pointer(), ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [byte, flag, flag, flag])
        ask = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        builder.call(ask, [builder.inttoptr(args[0], byte), flag(0), flag(3), flag(1)])
        return context.get_dummy_value()

    return types.void(types.uintp), build


@intrinsic
def square(typing: Any, row: Any, d: Any) -> Any:  # noqa: ARG001
    """Return the squared length of d floats at an address."""

    def build(context: Any, builder: Any, _: Any, args: Any) -> Any:  # noqa: ARG001
        row, whole = _pointer(builder, args[0], NUMBER), builder.sdiv(args[1], WHOLE(LANES))
        none = ir.Constant(VECTOR, [0.0] * LANES)
        squares, rest = cgutils.alloca_once_value(builder, none), cgutils.alloca_once_value(builder, NUMBER(0.0))
        with cgutils.for_range(builder, whole) as loop:
            place = builder.gep(row, [builder.mul(loop.index, WHOLE(LANES))])
            some = builder.load(builder.bitcast(place, VECTOR.as_pointer()), align=4)
            builder.store(builder.fadd(builder.load(squares), builder.fmul(some, some)), squares)
        with cgutils.for_range(builder, builder.sub(args[1], builder.mul(whole, WHOLE(LANES)))) as loop:
            one = builder.load(builder.gep(row, [builder.add(loop.index, builder.mul(whole, WHOLE(LANES)))]))
            builder.store(builder.fadd(builder.load(rest), builder.fmul(one, one)), rest)
        kind = ir.FunctionType(NUMBER, [NUMBER, VECTOR])
        reduce = cgutils.get_or_insert_function(builder.module, kind, f"llvm.vector.reduce.fadd.v{LANES}f32")
        return builder.call(reduce, [builder.load(rest), builder.load(squares)], fastmath=["fast"])

    return types.float32(types.uintp, types.intp), build
