"""What a kernel reads and writes, and how numbers come from memory and go back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ..formula import Expr
from ..formula.ops import is_rowwise
from .block import Block, Register, Type
from .entries import Arguments, Step
from .expressions import rounds_once_in_float32

Dtype = Literal["float16", "bfloat16", "float32", "float64"]
# bfloat16 is a float32 without its lower half; as an integer no instruction flushes its subnormals.
_LLVM_TYPE: dict[Dtype, str] = {"float16": "half", "bfloat16": "i16", "float32": "float", "float64": "double"}
_BYTES: dict[Dtype, int] = {"float16": 2, "bfloat16": 2, "float32": 4, "float64": 8}


@dataclass(frozen=True, slots=True)
class Source:
    """What a kernel computes: `outputs` from arrays and the numbers `parameters`.

    The data are rows of columns. `inputs` have a number for each element, `across` one for each row, `along` one for
    each column.
    """

    inputs: tuple[str, ...]
    outputs: tuple[Expr, ...]
    parameters: tuple[str, ...]
    dtype: Dtype
    narrow: bool = False
    """Whether float32 arithmetic is known to be accurate enough for float32 data."""
    across: tuple[str, ...] = ()
    along: tuple[str, ...] = ()
    pooled: bool = False
    """Whether a row gives a single result."""

    @property
    def interior(self) -> Type:
        """The type to compute in: float64, unless float32 is accurate enough or no result is rounded twice."""
        if self.dtype == "float64":
            return "double"
        exact = not self.parameters and all(map(rounds_once_in_float32, self.outputs))
        return "float" if self.narrow or exact else "double"

    @property
    def rowwise(self) -> bool:
        """Whether the loop goes over rows several times."""
        return any(map(is_rowwise, self.outputs))

    @property
    def results(self) -> tuple[str, ...]:
        """The arrays that are written."""
        return tuple(f"out{k}" for k in range(len(self.outputs)))

    @property
    def arrays(self) -> tuple[str, ...]:
        """All arrays in the order of the arguments."""
        return (*self.inputs, *self.across, *self.along, *self.results)

    @property
    def arguments(self) -> Arguments:
        """What the loop takes, as its callers need to know it."""
        by_row = {*self.across, *(self.results if self.pooled else ())}
        by_column = set(self.along)
        steps: tuple[Step, ...] = tuple(
            "row" if name in by_row else "column" if name in by_column else "element" for name in self.arrays
        )
        return Arguments(steps, _BYTES[self.dtype], len(self.parameters))


def signature(source: Source) -> str:
    """Return the arguments of a loop as LLVM declares them."""
    arrays = [f"ptr noalias %p_{name}" for name in source.arrays]
    return ", ".join([*arrays, "i64 %count", "i64 %columns", *(f"double %number_{name}" for name in source.parameters)])


def loads(source: Source, block: Block, index: Mapping[str, str]) -> dict[str, Register]:
    """Append the instructions that read one number of each array; return the registers that hold them."""
    registers = {name: f"%number_{name}" for name in source.parameters}
    if block.type == "float":
        registers = {name: block.emit(f"fptrunc double {register} to float") for name, register in registers.items()}
    for name in (*source.inputs, *source.across, *source.along):
        registers[name] = load(source, block, name, index[name])
    return registers


def load(source: Source, block: Block, array: str, index: str) -> Register:
    """Append the instructions that read a number of an array; return the register that holds it."""
    place = block.emit(f"getelementptr {_LLVM_TYPE[source.dtype]}, ptr %p_{array}, i64 {index}")
    return _widened(source, block, block.emit(f"load {_LLVM_TYPE[source.dtype]}, ptr {place}"))


def _widened(source: Source, block: Block, stored: Register) -> Register:
    if source.dtype == "bfloat16":
        whole = block.emit(f"zext i16 {stored} to i32")
        single = block.emit(f"bitcast i32 {block.emit(f'shl i32 {whole}, 16')} to float")
        return single if block.type == "float" else block.emit(f"fpext float {single} to double")
    kind = _LLVM_TYPE[source.dtype]
    return stored if kind == block.type else block.emit(f"fpext {kind} {stored} to {block.type}")


def stores(source: Source, block: Block, results: list[Register], index: str) -> None:
    """Append the instructions that round the results and write them."""
    stored = _LLVM_TYPE[source.dtype]
    for name, result in zip(source.results, results, strict=True):
        place = block.emit(f"getelementptr {stored}, ptr %p_{name}, i64 {index}")
        block.lines.append(f"  store {stored} {_narrowed(source, block, result)}, ptr {place}")


def _narrowed(source: Source, block: Block, result: Register) -> Register:
    if source.dtype == "float64" or (source.dtype == "float32" and block.type == "float"):
        return result
    # Half precision is float32 rounded once more: no processor rounds doubles to it directly.
    single = result if block.type == "float" else block.emit(f"fptrunc double {result} to float")
    if source.dtype == "float32":
        return single
    if source.dtype == "float16":
        # Frozen, so that LLVM does not make one step of the two roundings, for which there is no instruction.
        return block.emit(f"fptrunc float {block.emit(f'freeze float {single}')} to half")
    bits = block.emit(f"bitcast float {single} to i32")
    odd = block.emit(f"and i32 {block.emit(f'lshr i32 {bits}, 16')}, 1")
    rounded = block.emit(f"add i32 {block.emit(f'add i32 {bits}, 32767')}, {odd}")
    # Rounding could carry a nan over into infinity.
    quiet = block.emit(f"or i32 {bits}, 4194304")
    isnan = block.emit(f"fcmp uno float {single}, 0.0")
    chosen = block.emit(f"select i1 {isnan}, i32 {quiet}, i32 {rounded}")
    return block.emit(f"trunc i32 {block.emit(f'lshr i32 {chosen}, 16')} to i16")
