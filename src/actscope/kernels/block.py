"""A straight run of LLVM instructions on one element. An instruction written twice yields the first one's result."""

import struct
from typing import Literal

Type = Literal["float", "double"]
Register = str
"""The name of a value, `%v3`, or a constant as LLVM writes it."""


def constant(value: float) -> Register:
    """Return `value` as LLVM writes an exact floating-point constant.

    >>> constant(1.0)
    '0x3FF0000000000000'
    """
    return f"0x{struct.unpack('<Q', struct.pack('<d', value))[0]:016X}"


class Block:
    """The body of a loop under construction.

    `tables` receives the constant arrays that the instructions read, by name. `wide` asks for primitives that are
    accurate to float64; otherwise to float32, with an ample margin. `near` promises that the arguments of sin and cos,
    which are left in `angles`, are small enough for the short reduction.
    """

    def __init__(self, type: Type, tables: dict[str, str], wide: bool, prefix: str = "v", near: bool = False) -> None:
        self.type: Type = type
        self.wide = wide
        self.prefix = prefix
        self.near = near
        self.angles: dict[Register, None] = {}
        self.lines: list[str] = []
        self.tables = tables
        self._known: dict[str, Register] = {}
        self._negated: dict[Register, Register] = {}

    def emit(self, instruction: str) -> Register:
        """Append `instruction` and return the register that holds its result."""
        if instruction not in self._known:
            self._known[instruction] = register = f"%{self.prefix}{len(self._known)}"
            self.lines.append(f"  {register} = {instruction}")
            if instruction.startswith("fneg"):
                self._negated[register] = instruction.rpartition(" ")[2]
        return self._known[instruction]

    def note(self, text: str) -> None:
        """Append a comment, for the reader of `actscope show --source`."""
        self.lines.append(f"  ; {text}")

    def number(self, value: float | Register) -> Register:
        """Return a register as it is, a Python number as a constant."""
        return value if isinstance(value, str) else constant(value)

    def _binary(self, name: str, a: float | Register, b: float | Register) -> Register:
        return self.emit(f"{name} {self.type} {self.number(a)}, {self.number(b)}")

    def add(self, a: float | Register, b: float | Register) -> Register:
        """Return a + b."""
        return self._binary("fadd", a, b)

    def sub(self, a: float | Register, b: float | Register) -> Register:
        """Return a - b."""
        return self._binary("fsub", a, b)

    def mul(self, a: float | Register, b: float | Register) -> Register:
        """Return a * b."""
        return self._binary("fmul", a, b)

    def div(self, a: float | Register, b: float | Register) -> Register:
        """Return a / b."""
        return self._binary("fdiv", a, b)

    def neg(self, a: Register) -> Register:
        """Return -a."""
        return self.emit(f"fneg {self.type} {a}")

    def _intrinsic(self, name: str, *args: float | Register) -> Register:
        suffix = "f64" if self.type == "double" else "f32"
        return self.emit(
            f"call {self.type} @llvm.{name}.{suffix}({', '.join(f'{self.type} {self.number(a)}' for a in args)})"
        )

    def fma(self, a: float | Register, b: float | Register, c: float | Register) -> Register:
        """Return a * b + c, rounded once."""
        return self._intrinsic("fma", a, b, c)

    def abs(self, a: Register) -> Register:
        """Return |a|; that of -a is the same, so that sigmoid(u) and sigmoid(-u) share their exponential."""
        return self._intrinsic("fabs", self._negated.get(a, a))

    def round(self, a: Register) -> Register:
        """Return the whole number nearest to a."""
        return self._intrinsic("rint", a)

    def copysign(self, a: Register, sign: Register) -> Register:
        """Return |a| with the sign of the other."""
        return self._intrinsic("copysign", a, sign)

    def greater(self, a: float | Register, b: float | Register) -> Register:
        """Return whether a > b; false for nan."""
        return self._binary("fcmp ogt", a, b)

    def select(self, condition: Register, a: float | Register, b: float | Register) -> Register:
        """Return a where the condition holds, b elsewhere."""
        return self.emit(f"select i1 {condition}, {self.type} {self.number(a)}, {self.type} {self.number(b)}")

    def clamp(self, a: Register, low: float, high: float) -> Register:
        """Return a within [low, high]; nan stays nan."""
        raised = self.select(self.greater(low, a), low, a)
        return self.select(self.greater(raised, high), high, raised)

    def polynomial(self, coefficients: tuple[float, ...], r: Register) -> Register:
        """Return the polynomial at r, by Horner's rule; constant term first."""
        *lower, top = coefficients
        value = self.number(top)
        for c in reversed(lower):
            value = self.fma(value, r, c)
        return value

    def bits(self, a: Register) -> Register:
        """Return the 64 bits of a double as an integer."""
        return self.emit(f"bitcast double {a} to i64")

    def from_bits(self, i: Register) -> Register:
        """Return the double with the given 64 bits."""
        return self.emit(f"bitcast i64 {i} to double")

    def integer(self, operation: str, i: Register, j: int | Register) -> Register:
        """Return an operation on 64-bit integers, such as `add` or `shl`."""
        return self.emit(f"{operation} i64 {i}, {j}")
