"""LLVM IR written as Python: values with operators, variables, loops and conditions, for code that is no formula.

A variable is a place on the stack, of which LLVM makes a register; a Python function that writes is a macro.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import ClassVar, Literal, Union

from .block import constant

Kind = Literal["i1", "i8", "i16", "i32", "i64", "half", "float", "double", "ptr"]
Operand = Union["Value", int, float]
_FLOATING = ("half", "float", "double")


@dataclass(frozen=True, eq=False, slots=True)
class Value:
    """A number in a register, or a constant."""

    code: "Code"
    kind: Kind
    name: str

    _NAMES: ClassVar = {"div": ("sdiv", "fdiv"), "lt": ("slt", "olt"), "le": ("sle", "ole"), "gt": ("sgt", "ogt")}

    def _with(self, other: Operand, whole: str, floating: str, result: Kind | None = None) -> "Value":
        operation = floating if self.kind in _FLOATING else whole
        text = f"{operation} {self.kind} {self.name}, {self.code.number(self.kind, other).name}"
        return self.code.emit(result or self.kind, text)

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
        return self.code.emit(kind, f"{how} {self.kind} {self.name} to {kind}")

    def chosen(self, yes: "Value", no: Operand) -> "Value":
        """Return `yes` where this condition holds, `no` elsewhere."""
        other = self.code.number(yes.kind, no)
        return self.code.emit(yes.kind, f"select i1 {self.name}, {yes.kind} {yes.name}, {yes.kind} {other.name}")


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
        """Add a number; the order of a sum of floating-point numbers is left to LLVM, so that it runs in lanes."""
        if self.kind in _FLOATING:
            self.set(self.code.emit(self.kind, f"fadd reassoc nsz {self.kind} {self.now.name}, {value.name}"))
        else:
            self.set(self.now + value)

    def extend(self, value: Value, towards: Literal["olt", "ogt"]) -> None:
        """Keep the smaller or the larger of this and a number that is no nan."""
        now, kind = self.now, self.kind
        better = self.code.emit("i1", f"fcmp nnan nsz {towards} {kind} {value.name}, {now.name}")
        text = f"select nnan nsz i1 {better.name}, {kind} {value.name}, {kind} {now.name}"
        self.set(self.code.emit(kind, text))


class Code:
    """A function of whole numbers that returns one, under construction: `i64 name(ptr numbers)`."""

    def __init__(self, name: str) -> None:
        self._head = [f'define i64 @{name}(ptr %given) "no-builtins" {{', "start:"]
        self._body: list[str] = []
        self._count = 0
        self._after: list[str] = []

    def given(self, *kinds: Kind) -> list[Value]:
        """Return the arguments, addresses or whole numbers."""
        given = Value(self, "ptr", "%given")
        return [self.load(kind, self.at(given, "i64", k)) for k, kind in enumerate(kinds)]

    def text(self, result: Operand) -> str:
        """Return the function, which returns `result`."""
        end = f"  ret i64 {self.number('i64', result).name}"
        return "\n".join([*self._head, "  br label %body", "body:", *self._body, end, "}"])

    def _fresh(self, prefix: str) -> str:
        self._count += 1
        return f"{prefix}{self._count}"

    def emit(self, kind: Kind, instruction: str) -> Value:
        """Append an instruction and return its result."""
        name = self._fresh("%v")
        self._body.append(f"  {name} = {instruction}")
        return Value(self, kind, name)

    def number(self, kind: Kind, value: Operand) -> Value:
        """Return a value as it is, a Python number as a constant of this type."""
        if isinstance(value, Value):
            return value
        return Value(self, kind, constant(float(value)) if kind in _FLOATING else str(int(value)))

    def call(self, kind: Kind, name: str, *args: Value) -> Value:
        """Append the call of an intrinsic that takes and gives one type."""
        given = ", ".join(f"{a.kind} {a.name}" for a in args)
        return self.emit(kind, f"call {kind} @llvm.{name}({given})")

    def smaller(self, a: Value, b: Operand) -> Value:
        """Return the smaller of two i64."""
        return self.call("i64", "smin.i64", a, self.number("i64", b))

    def larger(self, a: Value, b: Operand) -> Value:
        """Return the larger of two i64."""
        return self.call("i64", "smax.i64", a, self.number("i64", b))

    def at(self, pointer: Value, kind: Kind, index: Operand) -> Value:
        """Return the address of an element."""
        return self.emit("ptr", f"getelementptr {kind}, ptr {pointer.name}, i64 {self.number('i64', index).name}")

    def load(self, kind: Kind, at: Value) -> Value:
        """Return the number at an address."""
        return self.emit(kind, f"load {kind}, ptr {at.name}")

    def store(self, value: Value, at: Value) -> None:
        """Write a number at an address."""
        self._body.append(f"  store {value.kind} {value.name}, ptr {at.name}")

    def room(self, kind: Kind, size: int = 1) -> Value:
        """Return the address of room on the stack."""
        name = self._fresh("%room")
        self._head.append(f"  {name} = alloca [{size} x {kind}], align 64")
        return Value(self, "ptr", name)

    def variable(self, kind: Kind, value: Operand) -> Variable:
        """Return a new variable."""
        made = Variable(self, kind, self.room(kind))
        made.set(value)
        return made

    def _labels(self, *names: str) -> list[str]:
        self._count += 1
        return [f"{name}{self._count}" for name in names]

    @contextmanager
    def loop(self, count: Operand, step: int = 1, begin: Operand = 0) -> Iterator[Value]:
        """Repeat what is written inside for 0, step, ... below `count`."""
        at, end = self.variable("i64", begin), self.number("i64", count)
        head, body, after = self._labels("head", "each", "after")
        self._after.append(after)
        self._body += [f"  br label %{head}", f"{head}:"]
        k = at.now
        self._body += [f"  br i1 {(k < end).name}, label %{body}, label %{after}", f"{body}:"]
        yield k
        at.set(self.emit("i64", f"add nuw nsw i64 {k.name}, {step}"))
        self._body += [f"  br label %{head}", f"{after}:"]
        self._after.pop()

    def stop(self, condition: Value) -> None:
        """Leave the innermost loop if the condition holds."""
        (on,) = self._labels("on")
        self._body += [f"  br i1 {condition.name}, label %{self._after[-1]}, label %{on}", f"{on}:"]

    @contextmanager
    def when(self, condition: Value) -> Iterator[None]:
        """Do what is written inside only if the condition holds."""
        yes, after = self._labels("yes", "then")
        self._body += [f"  br i1 {condition.name}, label %{yes}, label %{after}", f"{yes}:"]
        yield
        self._body += [f"  br label %{after}", f"{after}:"]


def module(functions: Sequence[str]) -> str:
    """Return the LLVM module of these functions."""
    return "\n".join([_HEADER, *functions])


_HEADER = """\
declare double @llvm.fabs.f64(double)
declare double @llvm.floor.f64(double)
declare i64 @llvm.smin.i64(i64, i64)
declare i64 @llvm.smax.i64(i64, i64)
"""
