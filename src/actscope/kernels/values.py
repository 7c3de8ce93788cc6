"""Numbers and vectors of code that is being written (writing.py), with Python's operators."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Union

if TYPE_CHECKING:
    from .writing import Code

Kind = str
"""LLVM's name of a type, such as `double` or `<8 x double>`."""
LANES = 8
Operand = Union["Value", int, float]
FLOATING = ("half", "float", "double")
_SHORT = {"double": "f64", "float": "f32"}


def vector(kind: Kind, lanes: int = LANES) -> Kind:
    """Return the type of a vector."""
    return f"<{lanes} x {kind}>"


def element_of(kind: Kind) -> Kind:
    """Return the type of the numbers of a vector; any other type is its own."""
    return kind.rpartition(" ")[2].rstrip(">")


def _like(kind: Kind, element: Kind) -> Kind:
    """Return a vector of `element` where `kind` is a vector, else `element`."""
    return kind.replace(f" {element_of(kind)}>", f" {element}>") if kind.startswith("<") else element


@dataclass(frozen=True, eq=False, slots=True)
class Value:
    """A number in a register, or a constant."""

    code: "Code"
    kind: Kind
    name: str

    def _with(self, other: Operand, whole: str, floating: str, result: Kind | None = None) -> "Value":
        operation = floating if element_of(self.kind) in FLOATING else whole
        text = f"{operation} {self.kind} {self.name}, {self.code.number(self.kind, other).name}"
        return self.code.emit(_like(self.kind, result or element_of(self.kind)), text)

    def __add__(self, other: Operand) -> "Value":
        return self._with(other, "add", "fadd")

    def __sub__(self, other: Operand) -> "Value":
        return self._with(other, "sub", "fsub")

    def __mul__(self, other: Operand) -> "Value":
        return self._with(other, "mul", "fmul")

    def __truediv__(self, other: Operand) -> "Value":
        return self._with(other, "sdiv", "fdiv")

    def __and__(self, other: Operand) -> "Value":
        return self._with(other, "and", "")

    def __or__(self, other: Operand) -> "Value":
        return self._with(other, "or", "")

    def __lshift__(self, other: Operand) -> "Value":
        return self._with(other, "shl", "")

    def __rshift__(self, other: Operand) -> "Value":
        return self._with(other, "lshr", "")

    def __lt__(self, other: Operand) -> "Value":
        return self._with(other, "icmp slt", "fcmp olt", "i1")

    def __le__(self, other: Operand) -> "Value":
        return self._with(other, "icmp sle", "fcmp ole", "i1")

    def __gt__(self, other: Operand) -> "Value":
        return self._with(other, "icmp sgt", "fcmp ogt", "i1")

    def __ge__(self, other: Operand) -> "Value":
        return self._with(other, "icmp sge", "fcmp oge", "i1")

    def equals(self, other: Operand) -> "Value":
        """Return whether the two are the same number."""
        return self._with(other, "icmp eq", "fcmp oeq", "i1")

    def to(self, kind: Kind, how: str) -> "Value":
        """Return the number in another type: `how` is LLVM's name of the conversion."""
        whole = _like(self.kind, kind)
        return self.code.emit(whole, f"{how} {self.kind} {self.name} to {whole}")

    def chosen(self, yes: "Value", no: Operand) -> "Value":
        """Return `yes` where this condition holds, `no` elsewhere."""
        other = self.code.number(yes.kind, no)
        text = f"select {self.kind} {self.name}, {yes.kind} {yes.name}, {yes.kind} {other.name}"
        return self.code.emit(yes.kind, text)

    def spread(self, lanes: int = LANES) -> "Value":
        """Return a vector that holds this number in every lane."""
        kind, code = vector(self.kind, lanes), self.code
        first = code.emit(kind, f"insertelement {kind} poison, {self.kind} {self.name}, i64 0")
        return code.emit(
            kind, f"shufflevector {kind} {first.name}, {kind} poison, {vector('i32', lanes)} zeroinitializer"
        )

    def pooled(self, how: str) -> "Value":
        """Return the sum (`fadd`), the smallest (`fmin`) or the largest (`fmax`) of the lanes, none of them nan."""
        kind, start = element_of(self.kind), "double -0.0, " if how == "fadd" else ""
        flags = "reassoc" if how == "fadd" else "nnan"
        name = f"llvm.vector.reduce.{how}.v{LANES}{_SHORT[kind]}"
        self.code.declare(kind, name, *(["double"] if start else []), self.kind)
        return self.code.emit(kind, f"call {flags} {kind} @{name}({start}{self.kind} {self.name})")

    def population(self) -> "Value":
        """Return in how many lanes of a vector of conditions they hold."""
        lanes = int(self.kind[1:].partition(" ")[0])
        bits = self.code.emit(f"i{lanes}", f"bitcast {self.kind} {self.name} to i{lanes}")
        held = self.code.call(bits.kind, f"llvm.ctpop.{bits.kind}", bits)
        return held if lanes == 64 else held.to("i64", "zext")


@dataclass(frozen=True, slots=True)
class Variable:
    """A number that changes."""

    code: "Code"
    kind: Kind
    at: Value

    @property
    def now(self) -> Value:
        """What it holds."""
        return self.code.load(self.kind, self.at)

    def set(self, value: Operand) -> None:
        """Give it a number."""
        self.code.store(self.code.number(self.kind, value), self.at)

    def add(self, value: Value) -> None:
        """Add a number."""
        self.set(self.now + value)

    def extend(self, value: Value, towards: Literal["olt", "ogt"]) -> None:
        """Keep the smaller or the larger of this and a number that is no nan."""
        now, kind = self.now, self.kind
        better = self.code.emit(_like(kind, "i1"), f"fcmp nnan nsz {towards} {kind} {value.name}, {now.name}")
        text = f"select nnan nsz {better.kind} {better.name}, {kind} {value.name}, {kind} {now.name}"
        self.set(self.code.emit(kind, text))
