"""Formula -> LLVM IR: one loop that reads each element once and writes every result.

Two shapes of loop. `elements` maps each element by itself. `rows` walks over a row several times: once for each sum or
largest value that the formula takes over the row, then once to write. LLVM vectorises both.

The arithmetic inside is float64, rounded once when a result is stored, except for formulas that need no rounding at all
(ReLU) or for which float32 was measured to be accurate enough; these stay in the type of the data.
"""

import math
import struct
from dataclasses import dataclass
from typing import Literal

from ..formula import Apply, Expr, Symbol, fold
from ..formula.ops import ROW_OPS, is_rowwise
from .block import Block, Register, Type, constant
from .expressions import is_exact_in_float32, written
from .trigonometry import NEAR

Dtype = Literal["float32", "float64"]
_LLVM_TYPE: dict[Dtype, Type] = {"float32": "float", "float64": "double"}
# Elements that are looked through at a time: 16 KiB of float32, which stay in the first cache.
PIECE = 4096


@dataclass(frozen=True, slots=True)
class Source:
    """What a kernel computes: `outputs` from the arrays `inputs` and the numbers `parameters`."""

    inputs: tuple[str, ...]
    outputs: tuple[Expr, ...]
    parameters: tuple[str, ...]
    dtype: Dtype
    narrow: bool = False
    """Whether float32 arithmetic is known to be accurate enough for float32 data."""

    @property
    def interior(self) -> Type:
        """The type to compute in: float64, unless float32 is accurate enough or no step rounds at all."""
        if self.dtype == "float64":
            return "double"
        exact = not self.parameters and all(map(is_exact_in_float32, self.outputs))
        return "float" if self.narrow or exact else "double"

    @property
    def rowwise(self) -> bool:
        """Whether the loop goes over rows."""
        return any(map(is_rowwise, self.outputs))


def llvm_ir(source: Source) -> str:
    """Return the LLVM module of a kernel, with two functions.

    `loop(arrays..., i64 count, i64 columns, double parameters...)` goes over `count` elements, or rows of `columns`.
    `share(ptr job)` takes pieces of a job until none is left; any number of threads may run it on the same job. A job
    is an array of 8-byte numbers: next piece, number of elements or rows, size of a piece, columns, pointers,
    parameters.
    """
    tables: dict[str, str] = {}
    loop = _rows(source, tables) if source.rowwise else _elements(source, tables)
    return "\n".join([_HEADER, *tables.values(), loop, _share(source)])


# Without it LLVM would turn the loop of identity into a call of memcpy.
_PLAIN = '"no-builtins"'
_HEADER = """\
declare float @llvm.fma.f32(float, float, float)
declare double @llvm.fma.f64(double, double, double)
declare float @llvm.fabs.f32(float)
declare double @llvm.fabs.f64(double)
declare float @llvm.sqrt.f32(float)
declare double @llvm.sqrt.f64(double)
declare float @llvm.rint.f32(float)
declare double @llvm.rint.f64(double)
declare float @llvm.copysign.f32(float, float)
declare double @llvm.copysign.f64(double, double)
declare i32 @llvm.smin.i32(i32, i32)
declare i32 @llvm.smax.i32(i32, i32)
declare i64 @llvm.smin.i64(i64, i64)
declare i64 @llvm.smax.i64(i64, i64)
"""


def _signature(source: Source) -> str:
    arrays = [f"ptr noalias %p_{name}" for name in (*source.inputs, *(f"out{k}" for k in range(len(source.outputs))))]
    return ", ".join([*arrays, "i64 %count", "i64 %columns", *(f"double %{name}" for name in source.parameters)])


def _loads(source: Source, interior: Type, prefix: str) -> tuple[list[str], dict[str, Register]]:
    """Return the instructions that read element %i of each input, and the registers that hold them."""
    stored = _LLVM_TYPE[source.dtype]
    lines, registers = [], {name: f"%{name}" for name in source.parameters}
    for name in source.inputs:
        lines.append(f"  %{prefix}at_{name} = getelementptr {stored}, ptr %p_{name}, i64 %{prefix}i")
        lines.append(f"  %{prefix}{name} = load {stored}, ptr %{prefix}at_{name}")
        registers[name] = f"%{prefix}{name}"
        if stored != interior:
            lines.append(f"  %{prefix}wide_{name} = fpext {stored} %{prefix}{name} to {interior}")
            registers[name] = f"%{prefix}wide_{name}"
    return lines, registers


def _stores(source: Source, interior: Type, prefix: str, results: list[Register]) -> list[str]:
    stored = _LLVM_TYPE[source.dtype]
    lines = []
    for k, result in enumerate(results):
        if stored != interior:
            lines.append(f"  %{prefix}narrow{k} = fptrunc {interior} {result} to {stored}")
            result = f"%{prefix}narrow{k}"
        lines.append(f"  %{prefix}at_out{k} = getelementptr {stored}, ptr %p_out{k}, i64 %{prefix}i")
        lines.append(f"  store {stored} {result}, ptr %{prefix}at_out{k}")
    return lines


def _elements(source: Source, tables: dict[str, str]) -> str:
    interior = source.interior

    def body(prefix: str, near: bool = False) -> tuple[list[str], list[str], Block]:
        """Return the instructions that compute element %<prefix>i, those that store the results, and the block."""
        block = Block(interior, tables, source.dtype == "float64", prefix, near)
        loads, registers = _loads(source, interior, prefix)
        results = [written(block, output, registers) for output in source.outputs]
        return [*loads, *block.lines], _stores(source, interior, prefix, results), block

    lines, stores, block = body("v")
    if block.angles:
        first, loop = "piece", _in_pieces(body("s", near=True), body("n", near=True), (lines, stores, block))
    else:
        first, loop = "v_each", _each("v", "0", "%count", "start", [*lines, *stores], "done")
    return "\n".join(
        [
            f"define void @loop({_signature(source)}) noinline {_PLAIN} {{",
            "start:",
            "  %some = icmp sgt i64 %count, 0",
            f"  br i1 %some, label %{first}, label %done",
            *loop,
            "done:",
            "  ret void",
            "}",
        ]
    )


Body = tuple[list[str], list[str], Block]


def _each(prefix: str, begin: str, end: str, before: str, lines: list[str], after: str) -> list[str]:
    """Return a loop over the elements from `begin` to `end`, entered from the label `before`."""
    return [
        f"{prefix}_each:",
        f"  %{prefix}i = phi i64 [{begin}, %{before}], [%{prefix}next, %{prefix}_each]",
        *lines,
        f"  %{prefix}next = add nuw nsw i64 %{prefix}i, 1",
        f"  %{prefix}more = icmp slt i64 %{prefix}next, {end}",
        f"  br i1 %{prefix}more, label %{prefix}_each, label %{after}",
    ]


def _in_pieces(look: Body, near: Body, far: Body) -> list[str]:
    """Return a loop over pieces of data: each is looked through for its largest angle, then computed near or far.

    As whole numbers the bits of positive doubles are ordered as the doubles are, with nan above all.
    """
    looking, _, block = look
    largest = []
    for k, angle in enumerate(block.angles):
        largest.append(f"  %a{k} = bitcast double {angle} to i64")
        largest.append(f"  %l{k + 1} = call i64 @llvm.smax.i64(i64 %l{k}, i64 %a{k})")
    last = f"%l{len(block.angles)}"
    limit = struct.unpack("<q", struct.pack("<d", NEAR))[0]
    return [
        "piece:",
        "  %begin = phi i64 [0, %start], [%end, %next_piece]",
        "  %room = sub i64 %count, %begin",
        f"  %size = call i64 @llvm.smin.i64(i64 %room, i64 {PIECE})",
        "  %end = add nuw nsw i64 %begin, %size",
        "  br label %s_each",
        *_each(
            "s",
            "%begin",
            "%end",
            "piece",
            [f"  %l0 = phi i64 [0, %piece], [{last}, %s_each]", *looking, *largest],
            "decide",
        ),
        "decide:",
        f"  %near = icmp slt i64 {last}, {limit}",
        "  br i1 %near, label %n_each, label %v_each",
        *_each("n", "%begin", "%end", "decide", [*near[0], *near[1]], "next_piece"),
        *_each("v", "%begin", "%end", "decide", [*far[0], *far[1]], "next_piece"),
        "next_piece:",
        "  %more_pieces = icmp slt i64 %end, %count",
        "  br i1 %more_pieces, label %piece, label %done",
    ]


def _rows(source: Source, tables: dict[str, str]) -> str:
    """Return the loop over rows; each reduction is a loop of its own inside, in the order of their need."""
    reductions: list[Apply] = []

    def join(op: str, args: list[Expr]) -> Expr:
        node = Apply(op, tuple(args))
        if op not in ROW_OPS:
            return node
        if node not in reductions:
            reductions.append(node)
        return Symbol(f"row{reductions.index(node)}")

    outputs = [fold(output, lambda node: node, join) for output in source.outputs]
    lines = [
        f"define void @loop({_signature(source)}) noinline {_PLAIN} {{",
        "start:",
        "  %total = mul i64 %count, %columns",
        "  %some = icmp sgt i64 %total, 0",
        "  br i1 %some, label %row, label %done",
        "row:",
        "  %r = phi i64 [0, %start], [%next_row, %end_row]",
        "  %first = mul i64 %r, %columns",
        "  br label %s0_start",
    ]
    registers: dict[str, Register] = {}
    stages: list[tuple[str, list[Expr]]] = [(node.op, [node.args[0]]) for node in reductions] + [
        ("store", list(outputs))
    ]
    for k, (kind, exprs) in enumerate(stages):
        after = f"s{k + 1}_start" if k + 1 < len(stages) else "end_row"
        lines += _stage(source, tables, f"s{k}_", kind, exprs, registers, after)
        registers[f"row{k}"] = f"%s{k}_result"
    lines += [
        "end_row:",
        "  %next_row = add nuw nsw i64 %r, 1",
        "  %more_rows = icmp slt i64 %next_row, %count",
        "  br i1 %more_rows, label %row, label %done",
        "done:",
        "  ret void",
        "}",
    ]
    return "\n".join(lines)


def _stage(
    source: Source,
    tables: dict[str, str],
    prefix: str,
    kind: str,
    exprs: list[Expr],
    rows: dict[str, Register],
    after: str,
) -> list[str]:
    """Return one walk over a row: it stores results, or leaves a sum or the largest value in `%<prefix>result`."""
    block = Block("double", tables, wide=source.dtype == "float64", prefix=prefix)
    loads, registers = _loads(source, "double", prefix)
    results = [written(block, expr, registers | rows) for expr in exprs]
    carried, fold_in = [], []
    if kind == "row_sum":
        # Free order of summation lets the sum run in lanes; in float64 the order does not show in float32.
        carried = [f"  %{prefix}so_far = phi double [0.0, %{prefix}start], [%{prefix}result, %{prefix}each]"]
        fold_in = [f"  %{prefix}result = fadd reassoc double %{prefix}so_far, {results[0]}"]
    elif kind == "row_max":
        # A nan in the row reaches the result through the formula itself, so the comparison need not look for one.
        lowest = constant(-math.inf)
        carried = [f"  %{prefix}so_far = phi double [{lowest}, %{prefix}start], [%{prefix}result, %{prefix}each]"]
        fold_in = [
            f"  %{prefix}larger = fcmp nnan nsz ogt double {results[0]}, %{prefix}so_far",
            f"  %{prefix}result = select nnan nsz i1 %{prefix}larger, double {results[0]}, double %{prefix}so_far",
        ]
    else:
        fold_in = _stores(source, "double", prefix, results)
    return [
        f"{prefix}start:",
        f"  br label %{prefix}each",
        f"{prefix}each:",
        f"  %{prefix}k = phi i64 [0, %{prefix}start], [%{prefix}next, %{prefix}each]",
        *carried,
        f"  %{prefix}i = add nuw nsw i64 %first, %{prefix}k",
        *loads,
        *block.lines,
        *fold_in,
        f"  %{prefix}next = add nuw nsw i64 %{prefix}k, 1",
        f"  %{prefix}more = icmp slt i64 %{prefix}next, %columns",
        f"  br i1 %{prefix}more, label %{prefix}each, label %{after}",
    ]


def _share(source: Source) -> str:
    stored = _LLVM_TYPE[source.dtype]
    pointers = [*source.inputs, *(f"out{k}" for k in range(len(source.outputs)))]
    slots = ["count", "piece", "columns", *(f"p_{name}" for name in pointers), *source.parameters]
    lines = ["define void @share(ptr %job) {", "start:"]
    for k, slot in enumerate(slots, start=1):
        kind = "ptr" if slot.startswith("p_") else "double" if slot in source.parameters else "i64"
        lines += [f"  %at_{slot} = getelementptr i64, ptr %job, i64 {k}", f"  %{slot} = load {kind}, ptr %at_{slot}"]
    lines += [
        "  br label %take",
        "take:",
        "  %index = atomicrmw add ptr %job, i64 1 monotonic",
        "  %begin = mul i64 %index, %piece",
        "  %left = sub i64 %count, %begin",
        "  %work = icmp sgt i64 %left, 0",
        "  br i1 %work, label %run, label %done",
        "run:",
        "  %size = call i64 @llvm.smin.i64(i64 %left, i64 %piece)",
        "  %offset = mul i64 %begin, %columns",
    ]
    lines += [f"  %from_{name} = getelementptr {stored}, ptr %p_{name}, i64 %offset" for name in pointers]
    arguments = [f"ptr %from_{name}" for name in pointers] + ["i64 %size", "i64 %columns"]
    arguments += [f"double %{name}" for name in source.parameters]
    lines += [f"  call void @loop({', '.join(arguments)})", "  br label %take", "done:", "  ret void", "}"]
    return "\n".join(lines)
