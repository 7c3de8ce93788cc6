"""What the units of a place have shown: only those are looked at that have not shown everything yet."""

from .memory import Dtype
from .sampling import STORED, number
from .values import LANES, Value
from .writing import Code

UNITS = 64
"""The bytes of the units end at a multiple of it; those that are no units have shown everything."""
_DENSE = 16  # A row of the units at once is read about as fast as a sixteenth of it unit by unit.
_HEADER = 7


def test_at(code: Code, header: Value, test: Value) -> tuple[Value, Value, Value]:
    """Return the bit of a test and the range of x that shows it."""
    at = code.at(header, "i64", test * 3 + _HEADER)
    bit, low, high = (code.load(kind, code.at(at, "i64", k)) for k, kind in enumerate(("i64", "double", "double")))
    return bit.to("i8", "trunc"), low, high


def lacking() -> Code:
    """Return `lacking(shown, units, bit)`: how many units have not shown this bit; what stands behind them has."""
    code = Code("lacking", "ptr", "i64", "i8")
    shown, units, bit = code.arguments
    lacking, bits = code.variable("i64", 0), bit.spread(UNITS)
    with code.loop(units, step=UNITS) as u:
        lacking.add((code.load(bits.kind, code.at(shown, "i8", u)) & bits).equals(0).population())
    return code.done(lacking.now)


def shows(dtype: Dtype) -> Code:
    """Return `shows(data, size, low, high)`: 1 if one of the elements lies in the range."""
    code = Code("shows", "ptr", "i64", "double", "double")
    data, size, low, high = code.arguments
    found, whole, lows, highs = code.variable("i64", 0), size & -LANES, low.spread(), high.spread()
    with code.loop(whole, step=LANES) as k:
        x = number(code, dtype, data, k, lanes=True)
        found.set(((x >= lows) & (x <= highs)).population())
        code.stop(found.now > 0)
    with code.when(found.now.equals(0)), code.loop(size, begin=whole) as k:
        x = number(code, dtype, data, k)
        found.set(((x >= low) & (x <= high)).to("i64", "zext"))
        code.stop(found.now > 0)
    return code.done(found.now)


def look_at_units(
    code: Code, dtype: Dtype, header: Value, shown: Value, data: Value, count: Value, inner: Value
) -> None:
    """Look at units that lack a bit until it is met: rows of all units while many lack it, then unit by unit."""
    units = code.load("i64", code.at(header, "i64", 1))
    with code.loop(code.load("i64", code.at(header, "i64", 3))) as test:
        bit, low, high = test_at(code, header, test)
        lacking = code.variable("i64", code.call("i64", "lacking", shown, units, bit))
        with code.when(lacking.now > 0):
            rows, begin = count / (units * inner), code.variable("i64", 0)
            with code.when(inner.equals(1)), code.loop(rows) as r:
                code.stop(lacking.now * _DENSE <= units)
                _look_at_row(code, dtype, shown, code.at(data, STORED[dtype], r * units), units, (bit, low, high))
                begin.set(r + 1)
                lacking.set(code.call("i64", "lacking", shown, units, bit))
            with code.when(lacking.now > 0), code.loop(units) as u:
                byte = code.at(shown, "i8", u)
                with code.when((code.load("i8", byte) & bit).equals(0)):
                    found = code.variable("i64", 0)
                    with code.loop(rows, begin=begin.now) as r:
                        first = code.at(data, STORED[dtype], (r * units + u) * inner)
                        found.set(code.call("i64", "shows", first, inner, low, high))
                        code.stop(found.now > 0)
                    code.store(code.load("i8", byte) | (found.now > 0).chosen(bit, 0), byte)


def _look_at_row(
    code: Code, dtype: Dtype, shown: Value, row: Value, units: Value, test: tuple[Value, Value, Value]
) -> None:
    """Look at one element of every unit."""
    whole = units & -LANES
    for lanes, begin, end, step in ((True, 0, whole, LANES), (False, whole, units, 1)):
        bit, low, high = (value.spread() for value in test) if lanes else test
        with code.loop(end, step=step, begin=begin) as u:
            x, at = number(code, dtype, row, u, lanes), code.at(shown, "i8", u)
            met = ((x >= low) & (x <= high)).chosen(bit, 0)
            code.store(code.load(bit.kind, at) | met, at)
