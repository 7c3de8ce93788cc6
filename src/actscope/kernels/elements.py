"""The loop over elements, each by itself. Where arrays have one number for a row or a column, it goes row by row."""

import struct

from .block import Block
from .expressions import written
from .memory import Source, loads, stores
from .trigonometry import NEAR

# Elements that are looked through at a time: 16 KiB of float32, which stay in the first cache.
PIECE = 4096


def elements(source: Source, tables: dict[str, str]) -> list[str]:
    """Return the instructions of the loop, from the label `start` to a jump to `done`."""
    by_row = bool(source.across or source.along)
    far = _body(source, tables, "v")
    after = "next_row" if by_row else "done"
    if far.angles:
        near, look = _body(source, tables, "n", near=True), _body(source, tables, "s", near=True, looking=True)
        loop = _in_pieces(look, near, far, after)
    else:
        loop = _each(far, "%first", "%last", "enter", after)
    if not by_row:
        return [
            "  %first = add i64 0, 0",
            "  %last = add i64 %count, 0",
            "  br label %enter",
            *_entered(loop, "done"),
        ]
    return [
        "  %some_rows = icmp sgt i64 %count, 0",
        "  br i1 %some_rows, label %row, label %done",
        "row:",
        "  %r = phi i64 [0, %start], [%following, %next_row]",
        "  %first = mul i64 %r, %columns",
        "  %last = add i64 %first, %columns",
        "  br label %enter",
        *_entered(loop, "next_row"),
        "next_row:",
        "  %following = add nuw nsw i64 %r, 1",
        "  %more_rows = icmp slt i64 %following, %count",
        "  br i1 %more_rows, label %row, label %done",
    ]


def _entered(loop: list[str], otherwise: str) -> list[str]:
    """Return the loop behind a test that there is something to do."""
    label = loop[0].rstrip(":")
    return [
        "enter:",
        "  %some = icmp slt i64 %first, %last",
        f"  br i1 %some, label %{label}, label %{otherwise}",
        *loop,
    ]


def _body(source: Source, tables: dict[str, str], prefix: str, near: bool = False, looking: bool = False) -> Block:
    """Return the instructions on element %<prefix>i; a body that is only looking stores nothing."""
    block = Block(source.interior, tables, source.dtype == "float64", prefix, near)
    here = f"%{prefix}i"
    index = dict.fromkeys(source.inputs, here) | dict.fromkeys(source.across, "%r")
    if source.along:
        index |= dict.fromkeys(source.along, block.emit(f"sub i64 {here}, %first"))
    registers = loads(source, block, index)
    results = [written(block, output, registers) for output in source.outputs]
    if not looking:
        stores(source, block, results, here)
    return block


def _each(body: Block, begin: str, end: str, before: str, after: str, carried: tuple[str, ...] = ()) -> list[str]:
    """Return a loop over the elements from `begin` to `end`, entered from the label `before`."""
    prefix = body.prefix
    return [
        f"{prefix}_each:",
        f"  %{prefix}i = phi i64 [{begin}, %{before}], [%{prefix}next, %{prefix}_each]",
        *carried,
        *body.lines,
        f"  %{prefix}next = add nuw nsw i64 %{prefix}i, 1",
        f"  %{prefix}more = icmp slt i64 %{prefix}next, {end}",
        f"  br i1 %{prefix}more, label %{prefix}_each, label %{after}",
    ]


def _in_pieces(look: Block, near: Block, far: Block, after: str) -> list[str]:
    """Return a loop over pieces of data: each is looked through for its largest angle, then computed near or far.

    As whole numbers the bits of positive numbers are ordered as the numbers are, with nan above all.
    """
    kind = look.layout.integer
    for k, angle in enumerate(look.angles):
        bits = look.bits(angle)
        look.lines.append(f"  %l{k + 1} = call {kind} @llvm.smax.{kind}({kind} %l{k}, {kind} {bits})")
    last = f"%l{len(look.angles)}"
    limit = struct.unpack("<q", struct.pack("<d", NEAR))[0]
    return [
        "piece:",
        "  %begin = phi i64 [%first, %enter], [%end, %next_piece]",
        "  %room = sub i64 %last, %begin",
        f"  %size = call i64 @llvm.smin.i64(i64 %room, i64 {PIECE})",
        "  %end = add nuw nsw i64 %begin, %size",
        "  br label %s_each",
        *_each(look, "%begin", "%end", "piece", "decide", (f"  %l0 = phi {kind} [0, %piece], [{last}, %s_each]",)),
        "decide:",
        f"  %near = icmp slt {kind} {last}, {limit}",
        "  br i1 %near, label %n_each, label %v_each",
        *_each(near, "%begin", "%end", "decide", "next_piece"),
        *_each(far, "%begin", "%end", "decide", "next_piece"),
        "next_piece:",
        "  %more_pieces = icmp slt i64 %end, %last",
        f"  br i1 %more_pieces, label %piece, label %{after}",
    ]
