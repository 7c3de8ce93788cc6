"""The loop over rows: walks that take sums and largest values of a row, then one that writes.

Sums and maxima that need nothing of each other are taken in the same walk. What depends on the row alone, such as the
logarithm of a sum, is computed once for it, in float64. An exponential that both a sum and the result need is kept in
the result's place between the walks, so that it is computed once.
"""

import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field

from ..formula import Apply, Const, Expr, Symbol, nodes
from ..formula.ops import OPS, ROW_OPS
from .block import Block, Register, Type
from .expressions import written
from .memory import Source, load, loads, stores


@dataclass(slots=True)
class _Plan:
    """The formulas of a row with its sums and maxima named, in the order of their need."""

    names: dict[Apply, Symbol] = field(default_factory=dict)
    levels: list[list[tuple[str, str, Expr]]] = field(default_factory=list)
    """In each walk: the name of what is taken, `row_sum` or `row_max`, and of what."""

    def named(self, expr: Expr) -> tuple[Expr, int]:
        """Return `expr` with its reductions replaced by their names, and how many walks come before it."""
        if not isinstance(expr, Apply):
            return expr, 0
        parts = [self.named(arg) for arg in expr.args]
        after = max((level for _, level in parts), default=0)
        node = Apply(expr.op, tuple(part for part, _ in parts))
        if expr.op not in ROW_OPS:
            return node, after
        if node not in self.names:
            symbol = self.names[node] = Symbol(f"row{len(self.names)}")
            self.levels += [[] for _ in range(after + 1 - len(self.levels))]
            self.levels[after].append((symbol.name, expr.op, node.args[0]))
        level = next(k for k, taken in enumerate(self.levels) if any(n == self.names[node].name for n, *_ in taken))
        return self.names[node], level + 1


def rows(source: Source, tables: dict[str, str]) -> list[str]:
    """Return the instructions of the loop, from the label `start` to a jump to `done`."""
    plan = _Plan()
    outputs = [plan.named(output)[0] for output in source.outputs]
    kept = _kept(source, plan, outputs)
    lines = [
        "  %total = mul i64 %count, %columns",
        "  %some = icmp sgt i64 %total, 0",
        "  br i1 %some, label %row, label %done",
        "row:",
        "  %r = phi i64 [0, %start], [%next_row, %end_row]",
        "  %first = mul i64 %r, %columns",
        "  br label %s0_start",
    ]
    known: dict[str, Register] = {}
    for k, taken in enumerate(plan.levels):
        lines += _taking(source, tables, f"s{k}_", taken, known, kept, f"s{k + 1}_start")
    lines += _writing(source, tables, f"s{len(plan.levels)}_", outputs, known, kept)
    return [
        *lines,
        "end_row:",
        "  %next_row = add nuw nsw i64 %r, 1",
        "  %more_rows = icmp slt i64 %next_row, %count",
        "  br i1 %more_rows, label %row, label %done",
    ]


def _kept(source: Source, plan: _Plan, outputs: list[Expr]) -> Expr | None:
    """Return the costly formula that is summed and that the result is made of, if there is one."""
    if source.pooled or source.dtype in ("float16", "bfloat16") or len(outputs) != 1:
        return None
    needed = nodes(outputs[0])
    summed = (expr for taken in plan.levels for _, op, expr in taken if op == "row_sum")
    return next((expr for expr in summed if expr in needed and _is_costly(expr)), None)


def _is_costly(expr: Expr) -> bool:
    return any(isinstance(node, Apply) and OPS[node.op].llvm is None for node in nodes(expr))


def _taking(
    source: Source,
    tables: dict[str, str],
    prefix: str,
    taken: list[tuple[str, str, Expr]],
    known: dict[str, Register],
    kept: Expr | None,
    after: str,
) -> list[str]:
    """Return one walk that takes sums and maxima of the row; their registers are added to `known`."""
    walk = _Walk(source, tables, prefix, [expr for *_, expr in taken], known)
    block, carried = walk.block, []
    for k, ((name, op, expr), result) in enumerate(zip(taken, walk.results, strict=True)):
        so_far, total = f"%{prefix}so_far{k}", f"%{prefix}total{k}"
        known[name] = total
        if op == "row_sum":
            # Free order of summation lets the sum run in lanes; in float64 the order does not show in float32.
            wide = result if block.type == "double" else block.emit(f"fpext float {result} to double")
            carried.append(f"  {so_far} = phi double [0.0, %{prefix}start], [{total}, %{prefix}each]")
            block.lines.append(f"  {total} = fadd reassoc double {so_far}, {wide}")
        else:
            kind = block.layout.integer
            lowest = _ordered_bits(block.type, -math.inf)
            carried.append(f"  {so_far} = phi {kind} [{lowest}, %{prefix}start], [{total}, %{prefix}each]")
            key = _ordered(block, result)
            block.lines.append(f"  {total} = call {kind} @llvm.smax.{kind}({kind} {so_far}, {kind} {key})")
            known[name] = _restored(walk.end, total)
        if expr == kept:
            stores(source, block, [result], walk.here)
    return walk.lines(carried, "%columns", after)


def _ordered(block: Block, a: Register) -> Register:
    """Return an integer that is larger the larger the number is, and largest for nan.

    The largest of whole numbers takes a single step for many at a time, where that of floats would wait for itself.
    """
    bits = block.bits(a)
    largest = (1 << LAYOUT_BITS[block.type] - 1) - 1
    sign = block.integer("ashr", bits, LAYOUT_BITS[block.type] - 1)
    key = block.integer("xor", bits, block.integer("and", sign, largest))
    isnan = block.emit(f"fcmp uno {block.type} {a}, 0.0")
    return block.emit(f"select i1 {isnan}, {block.layout.integer} {largest}, {block.layout.integer} {key}")


def _ordered_bits(type: Type, value: float) -> int:
    """Return that integer for a negative number."""
    form, whole = ("<f", "<i") if type == "float" else ("<d", "<q")
    bits: int = struct.unpack(whole, struct.pack(form, value))[0]
    return bits ^ ((1 << LAYOUT_BITS[type] - 1) - 1)


def _restored(block: Block, key: Register) -> Register:
    """Return the number of an ordered integer, as a double."""
    largest = (1 << LAYOUT_BITS[block.type] - 1) - 1
    sign = block.integer("ashr", key, LAYOUT_BITS[block.type] - 1)
    number = block.from_bits(block.integer("xor", key, block.integer("and", sign, largest)))
    return number if block.type == "double" else block.emit(f"fpext float {number} to double")


LAYOUT_BITS: dict[Type, int] = {"float": 32, "double": 64}


def _writing(
    source: Source,
    tables: dict[str, str],
    prefix: str,
    outputs: list[Expr],
    known: dict[str, Register],
    kept: Expr | None,
) -> list[str]:
    """Return the walk that writes the results."""
    walk = _Walk(source, tables, prefix, outputs, known, kept)
    stores(source, walk.block, walk.results, "%r" if source.pooled else walk.here)
    return walk.lines([], "1" if source.pooled else "%columns", "end_row")


class _Walk:
    """One loop over the columns of a row, and before it what depends on the row alone."""

    def __init__(
        self,
        source: Source,
        tables: dict[str, str],
        prefix: str,
        exprs: list[Expr],
        known: Mapping[str, Register],
        kept: Expr | None = None,
    ) -> None:
        self.prefix, self.here = prefix, f"%{prefix}i"
        wide = source.dtype == "float64"
        self.row = Block("double", tables, wide, f"{prefix}row")
        self.block = Block(source.interior, tables, wide, prefix)
        self.end = Block(source.interior, tables, wide, f"{prefix}end")
        index = dict.fromkeys(source.inputs, self.here) | dict.fromkeys(source.across, "%r")
        registers = loads(source, self.block, index)
        if kept is not None and any(kept in nodes(expr) for expr in exprs):
            exprs = [_replaced(expr, kept, Symbol("kept")) for expr in exprs]
            registers["kept"] = load(source, self.block, "out0", self.here)
        given = {name: f"%number_{name}" for name in source.parameters} | dict(known)
        self._alone: dict[str, Register] = {}
        exprs = [self._hoisted(expr, given, source.interior, divides=not wide) for expr in exprs]
        self.results = [written(self.block, expr, registers | self._alone) for expr in exprs]

    def _hoisted(self, expr: Expr, given: Mapping[str, Register], kind: Type, divides: bool) -> Expr:
        """Return `expr` with every part that depends on the row alone replaced by a name for its value."""
        if isinstance(expr, Const) or (isinstance(expr, Symbol) and expr.name not in given):
            return expr
        if all(not isinstance(node, Symbol) or node.name in given for node in nodes(expr)):
            return self._named(expr, given, kind)
        assert isinstance(expr, Apply)
        if expr.op == "div" and divides and _is_of_row(expr.args[1], given):
            share, total = expr.args
            part = self._hoisted(share, given, kind, divides)
            return Apply("mul", (part, self._named(Apply("div", (Const(1.0), total)), given, kind)))
        return Apply(expr.op, tuple(self._hoisted(arg, given, kind, divides) for arg in expr.args))

    def _named(self, expr: Expr, given: Mapping[str, Register], kind: Type) -> Expr:
        register = written(self.row, expr, given)
        if kind == "float" and register.startswith("%"):
            register = self.row.emit(f"fptrunc double {register} to float")
        name = f"row_part_{register.strip('%')}"
        self._alone[name] = register
        return Symbol(name)

    def lines(self, carried: list[str], columns: str, after: str) -> list[str]:
        """Return the loop, with the label `start` before and a jump to `after` behind it."""
        prefix = self.prefix
        return [
            f"{prefix}start:",
            *self.row.lines,
            f"  br label %{prefix}each",
            f"{prefix}each:",
            f"  %{prefix}k = phi i64 [0, %{prefix}start], [%{prefix}next, %{prefix}each]",
            *carried,
            f"  {self.here} = add nuw nsw i64 %first, %{prefix}k",
            *self.block.lines,
            f"  %{prefix}next = add nuw nsw i64 %{prefix}k, 1",
            f"  %{prefix}more = icmp slt i64 %{prefix}next, {columns}",
            f"  br i1 %{prefix}more, label %{prefix}each, label %{prefix}end, !llvm.loop !0",
            f"{prefix}end:",
            *self.end.lines,
            f"  br label %{after}",
        ]


def _is_of_row(expr: Expr, given: Mapping[str, Register]) -> bool:
    return all(node.name in given for node in nodes(expr) if isinstance(node, Symbol))


def _replaced(expr: Expr, old: Expr, new: Expr) -> Expr:
    if expr == old:
        return new
    if not isinstance(expr, Apply):
        return expr
    return Apply(expr.op, tuple(_replaced(arg, old, new) for arg in expr.args))
