"""The loop over rows: one walk for each sum or largest value that a formula takes over its row, one to write."""

import math

from ..formula import Apply, Expr, Symbol, fold
from ..formula.ops import ROW_OPS
from .block import Block, Register, constant
from .expressions import written
from .memory import Source, loads, stores


def rows(source: Source, tables: dict[str, str]) -> list[str]:
    """Return the instructions of the loop, from the label `start` to a jump to `done`."""
    reductions: list[Apply] = []

    def join(op: str, args: list[Expr]) -> Expr:
        node = Apply(op, tuple(args))
        if op not in ROW_OPS:
            return node
        if node not in reductions:
            reductions.append(node)
        return Symbol(f"row{reductions.index(node)}")

    outputs = [fold(output, lambda node: node, join) for output in source.outputs]
    stages: list[tuple[str, list[Expr]]] = [(node.op, [node.args[0]]) for node in reductions] + [("store", outputs)]
    registers: dict[str, Register] = {}
    lines = [
        "  %total = mul i64 %count, %columns",
        "  %some = icmp sgt i64 %total, 0",
        "  br i1 %some, label %row, label %done",
        "row:",
        "  %r = phi i64 [0, %start], [%next_row, %end_row]",
        "  %first = mul i64 %r, %columns",
        "  br label %s0_start",
    ]
    for k, (kind, exprs) in enumerate(stages):
        after = f"s{k + 1}_start" if k + 1 < len(stages) else "end_row"
        block, carried = _stage(source, tables, f"s{k}_", kind, exprs, registers)
        registers[f"row{k}"] = f"%s{k}_result"
        once = kind == "store" and source.pooled
        lines += _walk(block, carried, after, once)
    return [
        *lines,
        "end_row:",
        "  %next_row = add nuw nsw i64 %r, 1",
        "  %more_rows = icmp slt i64 %next_row, %count",
        "  br i1 %more_rows, label %row, label %done",
    ]


def _stage(
    source: Source, tables: dict[str, str], prefix: str, kind: str, exprs: list[Expr], rows: dict[str, Register]
) -> tuple[Block, list[str]]:
    """Return the instructions of one walk: it stores results, or leaves a sum or largest value in `%<prefix>result`."""
    block = Block("double", tables, wide=source.dtype == "float64", prefix=prefix)
    index = dict.fromkeys(source.inputs, f"%{prefix}i") | dict.fromkeys(source.across, "%r")
    results = [written(block, expr, loads(source, block, index) | rows) for expr in exprs]
    if kind == "store":
        stores(source, block, results, "%r" if source.pooled else f"%{prefix}i")
        return block, []
    start = constant(-math.inf) if kind == "row_max" else "0.0"
    if kind == "row_sum":
        # Free order of summation lets the sum run in lanes; in float64 the order does not show in float32.
        block.lines.append(f"  %{prefix}result = fadd reassoc double %{prefix}so_far, {results[0]}")
    else:
        largest = f"double %{prefix}so_far, double {results[0]}"
        block.lines.append(f"  %{prefix}result = call nsz double @llvm.maximum.f64({largest})")
    return block, [f"  %{prefix}so_far = phi double [{start}, %{prefix}start], [%{prefix}result, %{prefix}each]"]


def _walk(block: Block, carried: list[str], after: str, once: bool) -> list[str]:
    prefix = block.prefix
    columns = "1" if once else "%columns"
    return [
        f"{prefix}start:",
        f"  br label %{prefix}each",
        f"{prefix}each:",
        f"  %{prefix}k = phi i64 [0, %{prefix}start], [%{prefix}next, %{prefix}each]",
        *carried,
        f"  %{prefix}i = add nuw nsw i64 %first, %{prefix}k",
        *block.lines,
        f"  %{prefix}next = add nuw nsw i64 %{prefix}k, 1",
        f"  %{prefix}more = icmp slt i64 %{prefix}next, {columns}",
        f"  br i1 %{prefix}more, label %{prefix}each, label %{after}",
    ]
