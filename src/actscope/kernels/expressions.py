"""A formula as instructions on one element."""

import math
import operator
from collections.abc import Callable, Mapping
from decimal import Context, Decimal, localcontext

from ..formula import Apply, Const, Expr, Symbol, fold, text
from ..formula.ops import OPS
from .block import Block, Quotient, Register, Value, rounded_to
from .primitives import COMPENSATED, FUSED, PRIMITIVES, PROPORTIONAL

# What carries along the rounding of an argument, so that exp does not multiply it by the argument's size.
_ARITHMETIC = frozenset({"add", "sub", "mul", "neg", "pow"})
# By the processor, to the nearest number of its type.
_ROUNDED_ONCE = frozenset({"add", "sub", "mul", "div", "sqrt"})
# A change of sign keeps what was rounded; a comparison or a largest value may come out otherwise for it.
_LEAVES_ROUNDING = frozenset({"neg", "abs"})
# Beyond this size exp is 0 or infinite, whatever the last digits of its argument.
_FAR = 2.0**20
_WIDEST_NOTE = 90


def rounds_once_in_float32(expr: Expr) -> bool:
    """Return whether no result of `expr` is rounded more than once in float32, when its inputs are float32.

    Then float32 arithmetic gives the float32 nearest to the truth.

    >>> from actscope.formula import parse
    >>> rounds_once_in_float32(parse("where(x > 0.5, x - 0.5, 0)")), rounds_once_in_float32(parse("0.1*x"))
    (True, False)
    """

    def leaf(node: Const | Symbol) -> float:
        return 0 if isinstance(node, Symbol) or rounded_to("float", node.value) == node.value else math.inf

    def join(op: str, roundings: list[float]) -> float:
        most = max(roundings)
        if op == "where":
            return math.inf if roundings[0] else most
        if op in _LEAVES_ROUNDING:
            return most
        if OPS[op].exact:
            return math.inf if most else 0
        return 1 if op in _ROUNDED_ONCE and not most else math.inf

    return fold(expr, leaf, join) <= 1


def exact_constant(expr: Expr) -> Decimal | None:
    """Return the number that a formula of numbers stands for, to 50 digits; None if it is no such formula.

    The shortest decimal that reads back as a float is what was meant: 0.044715, not its double; and pi is pi.

    >>> from actscope.formula import parse
    >>> str(exact_constant(parse("2*sqrt(2/pi)")))[:20]
    '1.595769121605730711'
    """
    if isinstance(expr, Const):
        if not math.isfinite(expr.value):
            return None
        return PI.copy_sign(Decimal(expr.value)) if abs(expr.value) == math.pi else Decimal(repr(expr.value))
    if not isinstance(expr, Apply) or expr.op not in _EXACTLY:
        return None
    args = [exact_constant(arg) for arg in expr.args]
    with localcontext(Context(prec=50, traps=[])):
        found = None if None in args else _EXACTLY[expr.op](*args)
    return found if found is not None and found.is_finite() else None


PI = Decimal("3.14159265358979323846264338327950288419716939937510")
_EXACTLY: dict[str, Callable[..., Decimal]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.truediv,
    "neg": operator.neg,
    "sqrt": Decimal.sqrt,
}


def written(block: Block, expr: Expr, registers: Mapping[str, Register]) -> Register:
    """Append the instructions that compute `expr` and return the register of its value."""
    return block.settled(_Writer(block, registers).value(expr))


class _Writer:
    """Writes formulas into a block; what was written once is not written again."""

    def __init__(self, block: Block, registers: Mapping[str, Register]) -> None:
        self.block = block
        self.registers = registers
        self._values: dict[Expr, Value] = {}
        self._pairs: dict[Expr, tuple[Register, Register | None]] = {}

    def value(self, expr: Expr) -> Value:
        if expr not in self._values:
            match expr:
                case Apply():
                    self._values[expr] = self._applied(expr)
                case Const(value):
                    self._values[expr] = self.block.number(value)
                case Symbol(name):
                    self._values[expr] = self.registers[name]
        return self._values[expr]

    def register(self, expr: Expr) -> Register:
        return self.block.settled(self.value(expr))

    def _applied(self, node: Apply) -> Value:
        block, op = self.block, node.op
        if op == "mul" and not block.wide:
            for argument, product in (node.args, node.args[::-1]):
                if isinstance(product, Apply) and product.op in FUSED and product.args == (argument,):
                    return FUSED[product.op](block, self.register(argument))
        if op == "add" and not block.wide and (factors := self._product_in(node)):
            return block.fma(*(self.register(part) for part in factors))
        args = [self.value(arg) for arg in node.args]
        shown = text(node)
        block.note(shown if len(shown) <= _WIDEST_NOTE else shown[: _WIDEST_NOTE - 3] + "...")
        if op == "mul":
            return block.times(*args)
        settled = [block.settled(arg) for arg in args]
        if op == "div" and isinstance(args[0], Quotient):
            return block.over(args[0], settled[1])
        if instruction := OPS[op].llvm:
            return block.emit(instruction.format(*settled, type=block.type, suffix=block.layout.suffix))
        if op == "pow":
            exponent = node.args[1]
            assert isinstance(exponent, Const)
            return self._power(settled[0], int(exponent.value))
        if op in COMPENSATED and (block.wide or block.type == "float"):
            high, low = self._pair(node.args[0])
            # Where the argument overflows, what its rounding lost is no number.
            inside = block.greater(_FAR, block.abs(high)) if low else ""
            return PRIMITIVES[op](block, high, block.select(inside, low, 0.0) if low else None)
        value = PRIMITIVES[op](block, *settled)
        if op in PROPORTIONAL and isinstance(args[0], Quotient):
            return block.beside(args[0], block.settled(value), PROPORTIONAL[op])
        return value

    def _product_in(self, node: Apply) -> tuple[Expr, Expr, Expr] | None:
        """Return (a, b, c) if `node` is a*b + c and nothing needs a*b by itself yet."""
        for term, rest in (node.args, node.args[::-1]):
            if isinstance(term, Apply) and term.op == "mul" and term not in self._values:
                return (*term.args, rest)  # type: ignore[return-value]
        return None

    def _power(self, base: Register, n: int) -> Register:
        if n < 0:
            return self.block.div(1.0, self._power(base, -n))
        if n < 2:
            return base if n else self.block.number(1.0)
        half = self._power(self.block.mul(base, base), n // 2)
        return self.block.mul(half, base) if n % 2 else half

    def _pair(self, expr: Expr) -> tuple[Register, Register | None]:
        """Return the value of an argument and what its rounding lost, or None where it lost nothing."""
        if expr not in self._pairs:
            self._pairs[expr] = self._carried(expr)
        return self._pairs[expr]

    def _carried(self, expr: Expr) -> tuple[Register, Register | None]:
        block = self.block
        if (exact := exact_constant(expr)) is not None:
            nearest = rounded_to(block.type, float(exact))
            rest = float(exact - Decimal(nearest))
            return block.number(nearest), block.number(rest) if rest else None
        if not isinstance(expr, Apply) or expr.op not in _ARITHMETIC:
            return self.register(expr), None
        if expr.op == "pow":
            return self._power_pair(expr)
        pairs = [self._pair(arg) for arg in expr.args]
        if expr.op == "neg":
            ((high, low),) = pairs
            return block.neg(high), block.neg(low) if low else None
        (a, a_low), (b, b_low) = pairs
        if expr.op == "mul":
            return self._product(a, a_low, b, b_low)
        if expr.op == "sub":
            b, b_low = block.neg(b), block.neg(b_low) if b_low else None
        high, lost = block.two_sum(a, b)
        for low in (a_low, b_low):
            lost = block.add(lost, low) if low else lost
        return high, lost

    def _product(
        self, a: Register, a_low: Register | None, b: Register, b_low: Register | None
    ) -> tuple[Register, Register | None]:
        block = self.block
        if block.number(1.0) in (a, b):
            return (b, b_low) if a == block.number(1.0) else (a, a_low)
        high, lost = block.product(a, b)
        if a_low:
            lost = block.fma(a_low, b, lost)
        return high, block.fma(a, b_low, lost) if b_low else lost

    def _power_pair(self, expr: Apply) -> tuple[Register, Register | None]:
        exponent = expr.args[1]
        assert isinstance(exponent, Const)
        if not 1 < exponent.value <= 4:
            return self.register(expr), None
        base = self._pair(expr.args[0])
        power = base
        for _ in range(int(exponent.value) - 1):
            power = self._product(*power, *base)
        return power
