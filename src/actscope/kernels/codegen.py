"""Formula -> LLVM IR: one loop that reads each element once and writes every result.

Two shapes of loop: elements.py maps each element by itself; reductions.py walks over a row several times, once for each
sum or largest value that the formula takes over the row, then once to write. LLVM vectorises both.

The arithmetic inside is float64, rounded once when a result is stored, except for formulas that need no rounding at all
(ReLU) or for which float32 was measured to be accurate enough; these stay in the type of the data.
"""

from .elements import elements
from .memory import Source, signature
from .reductions import rows


def llvm_ir(source: Source) -> str:
    """Return the LLVM module of a kernel: `loop(arrays..., i64 count, i64 columns, double parameters...)`.

    It goes over `count` elements, or rows of `columns`. The ways to call it are in entries.py.
    """
    tables: dict[str, str] = {}
    lines = rows(source, tables) if source.rowwise else elements(source, tables)
    loop = [
        f"define void @loop({signature(source)}) {_PLAIN} {{",
        "start:",
        *lines,
        "done:",
        "  ret void",
        "}",
    ]
    return "\n".join([_HEADER, *tables.values(), *loop, _hints(source)])


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


def _hints(source: Source) -> str:
    """Return what LLVM should know of loops over a row.

    Several vectors at a time would leave rows of 16 to the loop over single numbers that follows. A sum in float64
    would have floats computed in vectors of half the size.
    """
    hints = ['!1 = !{!"llvm.loop.interleave.count", i32 1}']
    if source.narrow:
        hints.append('!2 = !{!"llvm.loop.vectorize.width", i32 16}')
    names = ", ".join(f"!{k}" for k in range(len(hints) + 1))
    return "\n".join([f"!0 = distinct !{{{names}}}", *hints])
