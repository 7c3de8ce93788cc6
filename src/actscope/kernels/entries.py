"""The ways into a compiled loop: a Python function without the cost of ctypes, and pieces of work for many threads.

`call` is what Python calls: the addresses of the arrays, then count, columns, the size of a piece, how many threads,
the address of OpenMP's GOMP_parallel, and the parameters. It computes in the calling thread, or lets the team of OpenMP
take pieces. `share(ptr job)` takes pieces of a job until none is left; any number of threads may run it on the same
job. A job is an array of 8-byte numbers: next piece, address of the loop, count, columns, piece, addresses, parameters.

Both serve every loop that takes the same arguments: `call` finds the address of its loop in the Python integer that
stands for `self`. So they are compiled once, which takes as long as compiling the loop of ReLU.

Each computes with the processor's default floating-point mode and leaves the mode as it found it: a program that has
subnormals flushed to 0 still gets the numbers that are documented.
"""

from dataclasses import dataclass
from typing import Literal

import llvmlite.binding as llvm

Step = Literal["element", "row", "column"]


@dataclass(frozen=True, slots=True)
class Arguments:
    """What a loop takes: arrays, of which each has a number for every element, row or column, and single numbers."""

    arrays: tuple[Step, ...]
    size: int
    """Bytes of a number of the arrays."""
    parameters: int

    @property
    def names(self) -> tuple[str, ...]:
        """The arrays by number, as the instructions call them."""
        return tuple(f"p{k}" for k in range(len(self.arrays)))

    @property
    def numbers(self) -> tuple[str, ...]:
        """The parameters by number."""
        return tuple(f"n{k}" for k in range(self.parameters))

    def passed(self, arrays: str, count: str) -> str:
        """Return the arguments of the call of the loop, with the prefix of its arrays and the number of rows."""
        given = [f"ptr %{arrays}{name}" for name in self.names] + [f"i64 {count}", "i64 %columns"]
        return ", ".join([*given, *(f"double %{name}" for name in self.numbers)])


# Python lets other threads run only where the work is long enough to be worth it.
GIL_FREE_FROM = 16_384

_PYTHON = """\
declare i64 @PyLong_AsLongLong(ptr)
declare double @PyFloat_AsDouble(ptr)
declare i64 @llvm.smin.i64(i64, i64)
declare ptr @PyEval_SaveThread()
declare void @PyEval_RestoreThread(ptr)
declare void @Py_IncRef(ptr)
declare ptr @PyLong_FromLongLong(i64)
@_Py_NoneStruct = external global i8
"""
PYTHON_SYMBOLS = (
    *("PyLong_AsLongLong", "PyFloat_AsDouble", "PyEval_SaveThread", "PyEval_RestoreThread", "Py_IncRef"),
    *("PyLong_FromLongLong", "_Py_NoneStruct"),
)

# x86 keeps its mode in 32 bits, of which 0x1F80 is the default: round to nearest, no flushing, no traps.
_X86_MODE = """\
declare void @llvm.x86.sse.stmxcsr(ptr)
declare void @llvm.x86.sse.ldmxcsr(ptr)
define void @usual_mode(ptr %kept) {
  call void @llvm.x86.sse.stmxcsr(ptr %kept)
  %usual = alloca i32
  store i32 8064, ptr %usual
  call void @llvm.x86.sse.ldmxcsr(ptr %usual)
  ret void
}
define void @kept_mode(ptr %kept) {
  call void @llvm.x86.sse.ldmxcsr(ptr %kept)
  ret void
}
"""
_ARM_MODE = """\
declare i64 @llvm.aarch64.get.fpcr()
declare void @llvm.aarch64.set.fpcr(i64)
define void @usual_mode(ptr %kept) {
  %mode = call i64 @llvm.aarch64.get.fpcr()
  store i64 %mode, ptr %kept
  call void @llvm.aarch64.set.fpcr(i64 0)
  ret void
}
define void @kept_mode(ptr %kept) {
  %mode = load i64, ptr %kept
  call void @llvm.aarch64.set.fpcr(i64 %mode)
  ret void
}
"""
_NO_MODE = """\
define void @usual_mode(ptr %kept) {
  ret void
}
define void @kept_mode(ptr %kept) {
  ret void
}
"""
_MODES = {"x86_64": _X86_MODE, "amd64": _X86_MODE, "aarch64": _ARM_MODE, "arm64": _ARM_MODE}


def llvm_entries(arguments: Arguments) -> str:
    """Return the LLVM module of `share` and `call` for loops that take these arguments."""
    processor = llvm.get_default_triple().partition("-")[0]
    mode = _MODES.get(processor, _NO_MODE)
    return "\n".join([_PYTHON, mode, _share(arguments), _call(arguments)])


MOST_NUMBERS = 16


def llvm_whole_numbers() -> str:
    """Return the LLVM module of a `call` that gives at most MOST_NUMBERS whole numbers to `i64 loop(ptr numbers)`."""
    processor = llvm.get_default_triple().partition("-")[0]
    return "\n".join([_PYTHON, _MODES.get(processor, _NO_MODE), _WHOLE_NUMBERS])


_WHOLE_NUMBERS = f"""\
define ptr @call(ptr %self, ptr %args, i64 %given) {{
start:
  %mode = alloca i64
  %numbers = alloca [{MOST_NUMBERS} x i64]
  %address = call i64 @PyLong_AsLongLong(ptr %self)
  %loop = inttoptr i64 %address to ptr
  br label %each
each:
  %k = phi i64 [0, %start], [%next, %each]
  %slot = getelementptr ptr, ptr %args, i64 %k
  %object = load ptr, ptr %slot
  %number = call i64 @PyLong_AsLongLong(ptr %object)
  %into = getelementptr i64, ptr %numbers, i64 %k
  store i64 %number, ptr %into
  %next = add i64 %k, 1
  %more = icmp slt i64 %next, %given
  br i1 %more, label %each, label %run
run:
  call void @usual_mode(ptr %mode)
  %result = call i64 %loop(ptr %numbers)
  call void @kept_mode(ptr %mode)
  %python = call ptr @PyLong_FromLongLong(i64 %result)
  ret ptr %python
}}
"""


_NUMBERS = ("count", "columns", "piece")


def _slots(arguments: Arguments) -> list[tuple[str, str]]:
    """Return the type and name of each slot of a job after the first, which counts the pieces taken."""
    return [
        ("ptr", "loop"),
        *(("i64", name) for name in _NUMBERS),
        *(("ptr", name) for name in arguments.names),
        *(("double", name) for name in arguments.numbers),
    ]


def _share(arguments: Arguments) -> str:
    lines = ["define void @share(ptr %job) {", "start:", "  %mode = alloca i64", "  call void @usual_mode(ptr %mode)"]
    for k, (kind, slot) in enumerate(_slots(arguments), start=1):
        lines += [f"  %at_{slot} = getelementptr i64, ptr %job, i64 {k}", f"  %{slot} = load {kind}, ptr %at_{slot}"]
    moved = {"element": "%elements", "row": "%rows", "column": "0"}
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
        f"  %rows = mul i64 %begin, {arguments.size}",
        "  %elements = mul i64 %rows, %columns",
        *(
            f"  %from_{name} = getelementptr i8, ptr %{name}, i64 {moved[step]}"
            for name, step in zip(arguments.names, arguments.arrays, strict=True)
        ),
        f"  call void %loop({arguments.passed('from_', '%size')})",
        "  br label %take",
        "done:",
        "  call void @kept_mode(ptr %mode)",
        "  ret void",
        "}",
    ]
    return "\n".join(lines)


def _call(arguments: Arguments) -> str:
    lines = [
        "define ptr @call(ptr %self, ptr %args, i64 %given) {",
        "start:",
        "  %mode = alloca i64",
        "  %address = call i64 @PyLong_AsLongLong(ptr %self)",
        "  %loop = inttoptr i64 %address to ptr",
    ]
    for k, name in enumerate([*arguments.names, *_NUMBERS, "threads", "team", *arguments.numbers]):
        lines += [f"  %slot{k} = getelementptr ptr, ptr %args, i64 {k}", f"  %object{k} = load ptr, ptr %slot{k}"]
        if name in arguments.numbers:
            lines.append(f"  %{name} = call double @PyFloat_AsDouble(ptr %object{k})")
        elif name in arguments.names or name == "team":
            lines.append(f"  %whole{k} = call i64 @PyLong_AsLongLong(ptr %object{k})")
            lines.append(f"  %{name} = inttoptr i64 %whole{k} to ptr")
        else:
            lines.append(f"  %{name} = call i64 @PyLong_AsLongLong(ptr %object{k})")
    slots = _slots(arguments)
    job = [f"  %job = alloca [{len(slots) + 1} x i64]", "  store i64 0, ptr %job"]
    for k, (kind, slot) in enumerate(slots, start=1):
        job += [f"  %at_{slot} = getelementptr i64, ptr %job, i64 {k}", f"  store {kind} %{slot}, ptr %at_{slot}"]
    loop = f"  call void %loop({arguments.passed('', '%count')})"
    lines += [
        *job,
        "  %many = icmp sgt i64 %threads, 1",
        "  br i1 %many, label %together, label %alone",
        "together:",
        "  %workers = trunc i64 %threads to i32",
        "  %state = call ptr @PyEval_SaveThread()",
        "  call void %team(ptr @share, ptr %job, i32 %workers, i32 0)",
        "  call void @PyEval_RestoreThread(ptr %state)",
        "  br label %done",
        "alone:",
        "  call void @usual_mode(ptr %mode)",
        "  %size = mul i64 %count, %columns",
        f"  %long = icmp sge i64 %size, {GIL_FREE_FROM}",
        "  br i1 %long, label %free, label %held",
        "free:",
        "  %freed = call ptr @PyEval_SaveThread()",
        loop,
        "  call void @PyEval_RestoreThread(ptr %freed)",
        "  br label %back",
        "held:",
        loop,
        "  br label %back",
        "back:",
        "  call void @kept_mode(ptr %mode)",
        "  br label %done",
        "done:",
        "  call void @Py_IncRef(ptr @_Py_NoneStruct)",
        "  ret ptr @_Py_NoneStruct",
        "}",
    ]
    return "\n".join(lines)
