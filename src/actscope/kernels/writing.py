"""LLVM IR written as Python: values with operators, variables, loops and conditions, for code that is no formula.

A variable is a place on the stack, of which LLVM makes a register; a Python function that writes is a macro. A value
may be a vector of LANES numbers: what is written in vectors is compiled in half the time that LLVM takes to find them.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal, Union

from .block import constant

Kind = str
"""LLVM's name of a type, such as `double` or `<16 x double>`."""
LANES = 16
Operand = Union["Value", int, float]
_FLOATING = ("half", "float", "double")
_SHORT = {"double": "f64", "float": "f32"}


def vector(kind: Kind, lanes: int = LANES) -> Kind:
    """Return the type of a vector."""
    return f"<{lanes} x {kind}>"


def _element(kind: Kind) -> Kind:
    return kind.rpartition(" ")[2].rstrip(">")


def _like(kind: Kind, element: Kind) -> Kind:
    """Return a vector of `element` where `kind` is a vector, else `element`."""
    return kind.replace(f" {_element(kind)}>", f" {element}>") if kind.startswith("<") else element


@dataclass(frozen=True, eq=False, slots=True)
class Value:
    """A number in a register, or a constant."""

    code: "Code"
    kind: Kind
    name: str

    def _with(self, other: Operand, whole: str, floating: str, result: Kind | None = None) -> "Value":
        operation = floating if _element(self.kind) in _FLOATING else whole
        text = f"{operation} {self.kind} {self.name}, {self.code.number(self.kind, other).name}"
        return self.code.emit(_like(self.kind, result or _element(self.kind)), text)

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
        kind, start = _element(self.kind), "double -0.0, " if how == "fadd" else ""
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


class Code:
    """A function under construction: `i64 name(ptr numbers)`, or an inner one of arguments of these kinds."""

    def __init__(self, name: str, *inner: Kind) -> None:
        self.arguments = [Value(self, kind, f"%argument{k}") for k, kind in enumerate(inner)]
        listed = ", ".join(f"{value.kind} {value.name}" for value in self.arguments)
        kind, attribute = ("internal i64", "noinline") if inner else ("i64", "")
        self.declared: dict[str, None] = {}
        self._head = [f'define {kind} @{name}({listed or "ptr %given"}) {attribute} "no-builtins" {{', "start:"]
        self._body: list[str] = []
        self._count = 0
        self._after: list[str] = []

    def given(self, *kinds: Kind) -> list[Value]:
        """Return the arguments, addresses or whole numbers."""
        given = Value(self, "ptr", "%given")
        return [self.load(kind, self.at(given, "i64", k)) for k, kind in enumerate(kinds)]

    def done(self, result: Operand) -> "Code":
        """Return the function, which returns `result`."""
        self._body.append(f"  ret i64 {self.number('i64', result).name}")
        return self

    @property
    def text(self) -> str:
        """The function in LLVM's language."""
        return "\n".join([*self._head, "  br label %body", "body:", *self._body, "}"])

    def declare(self, kind: Kind, name: str, *arguments: Kind) -> None:
        """Make an intrinsic known to the module."""
        self.declared[f"declare {kind} @{name}({', '.join(arguments)})"] = None

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
        element = _element(kind)
        text = constant(float(value)) if element in _FLOATING else str(int(value))
        if kind.startswith("<"):
            text = f"<{', '.join([f'{element} {text}'] * int(kind[1:].partition(' ')[0]))}>"
        return Value(self, kind, text)

    def call(self, kind: Kind, name: str, *args: Value) -> Value:
        """Append the call of an intrinsic, such as `llvm.floor.f64`, or of an inner function."""
        given = ", ".join(f"{a.kind} {a.name}" for a in args)
        if name.startswith("llvm."):
            self.declare(kind, name, *(a.kind for a in args))
        return self.emit(kind, f"call {kind} @{name}({given})")

    def smaller(self, a: Value, b: Operand) -> Value:
        """Return the smaller of two i64."""
        return self._of_two("smin", a, b)

    def larger(self, a: Value, b: Operand) -> Value:
        """Return the larger of two i64."""
        return self._of_two("smax", a, b)

    def _of_two(self, name: str, a: Value, b: Operand) -> Value:
        suffix = "i64" if a.kind == "i64" else f"v{LANES}i64"
        return self.call(a.kind, f"llvm.{name}.{suffix}", a, self.number(a.kind, b))

    def at(self, pointer: Value, kind: Kind, index: Operand) -> Value:
        """Return the address of an element."""
        return self.emit("ptr", f"getelementptr {kind}, ptr {pointer.name}, i64 {self.number('i64', index).name}")

    def load(self, kind: Kind, at: Value) -> Value:
        """Return the number at an address."""
        return self.emit(kind, f"load {kind}, ptr {at.name}{_alignment(kind)}")

    def store(self, value: Value, at: Value) -> None:
        """Write a number at an address."""
        self._body.append(f"  store {value.kind} {value.name}, ptr {at.name}{_alignment(value.kind)}")

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
        """Repeat what is written inside for `begin`, `begin` + step, ... below `count`."""
        at, end = self.variable("i64", begin), self.number("i64", count)
        head, body, after = self._labels("head", "each", "after")
        self._after.append(after)
        self._body += [f"  br label %{head}", f"{head}:"]
        k = at.now
        self._body += [f"  br i1 {(k < end).name}, label %{body}, label %{after}", f"{body}:"]
        yield k
        at.set(self.emit("i64", f"add nuw nsw i64 {k.name}, {step}"))
        self._body += [f"  br label %{head}, !llvm.loop !0", f"{after}:"]
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


def _alignment(kind: Kind) -> str:
    """Return what tells LLVM that a vector may begin at any address."""
    return ", align 1" if kind.startswith("<") else ""


def module(functions: Sequence[Code]) -> str:
    """Return the LLVM module of these functions."""
    declared = {line: None for code in functions for line in code.declared}
    return "\n".join([*declared, *(code.text for code in functions), _PLAIN])


# Loops are left as they are written.
_PLAIN = """\
!0 = distinct !{!0, !1, !2}
!1 = !{!"llvm.loop.vectorize.enable", i1 false}
!2 = !{!"llvm.loop.unroll.disable"}
"""
