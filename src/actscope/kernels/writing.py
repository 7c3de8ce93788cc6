"""LLVM IR written as Python: values with operators, variables, loops and conditions, for code that is no formula.

A variable is a place on the stack, of which LLVM makes a register; a Python function that writes is a macro. A value
may be a vector of LANES numbers: what is written in vectors is compiled in half the time that LLVM takes to find them.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from .block import constant
from .values import FLOATING, LANES, Kind, Operand, Value, Variable, element_of


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
        element = element_of(kind)
        text = constant(float(value)) if element in FLOATING else str(int(value))
        if kind.startswith("<"):
            text = f"<{', '.join([f'{element} {text}'] * int(kind[1:].partition(' ')[0]))}>"
        return Value(self, kind, text)

    def call(self, kind: Kind, name: str, *args: Value) -> Value:
        """Append the call of an intrinsic, such as `llvm.floor.f64`, or of an inner function."""
        given = ", ".join(f"{a.kind} {a.name}" for a in args)
        if name.startswith("llvm."):
            self.declare(kind, name, *(a.kind for a in args))
        return self.emit(kind, f"call {kind} @{name}({given})")

    def call_at(self, address: Value, result: Kind, *args: Value | str) -> Value | None:
        """Append the call of a function of which the address is known; arguments may be text, such as "ptr @name"."""
        given = ", ".join(a if isinstance(a, str) else f"{a.kind} {a.name}" for a in args)
        if result == "void":
            self._body.append(f"  call void {address.name}({given})")
            return None
        return self.emit(result, f"call {result} {address.name}({given})")

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
