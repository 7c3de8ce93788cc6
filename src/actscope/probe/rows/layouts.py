"""How the numbers of a place lie in memory, and which of them are looked at."""

import math
from collections.abc import Iterable, Sequence

from ...kernels.sampling import BLOCK, GOLDEN
from ...kernels.visiting import PLASTIC, RUN, VISITED

Shape = Sequence[int]


def inner_of(shape: Shape, stride: Shape, axis: int, units: int) -> int | None:
    """Return how many elements of a unit lie side by side in memory; 0 if its units are not those of the place.

    Element i in the order of memory then belongs to the unit (i // inner) % units. None says that there are gaps
    between the elements, or that some share their memory.

    >>> inner_of((8, 3, 4, 4), (48, 16, 4, 1), 1, 3), inner_of((8, 3, 4, 4), (48, 1, 12, 3), 1, 3)
    (16, 1)
    >>> inner_of((8, 3), (6, 1), -1, 3) is None
    True
    """
    if 0 in shape:
        return 0
    dense = 1
    for step, size in sorted((step, size) for size, step in zip(shape, stride, strict=True) if size > 1):
        if step != dense:
            return None
        dense *= size
    if not shape:
        return int(units == 1)
    along = axis if axis < len(shape) else -1
    if shape[along] != units:
        return 0
    return stride[along] if units > 1 else 1


def apart(ranges: Iterable[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    """Return ranges that hold the same numbers and do not touch.

    >>> apart([(1.0, 2.0), (-3.0, 0.0), (2.0, 5.0)])
    ((-3.0, 0.0), (1.0, 5.0))
    """
    found: list[tuple[float, float]] = []
    for low, high in sorted(ranges):
        if found and low <= found[-1][1]:
            found[-1] = (found[-1][0], max(high, found[-1][1]))
        else:
            found.append((low, high))
    return tuple(found)


def blocks(count: int, sample: int, tick: int, block: int = BLOCK) -> tuple[int, int, int] | None:
    """Return the first element, the distance and the number of the blocks that are sampled; None for all elements.

    The distance is odd, so that the blocks do not meet the same units again and again, and the first one moves by the
    golden ratio of `tick`, so that over many steps every part has its turn.

    >>> blocks(100_000, 1024, 3)
    (21297, 24935, 4)
    """
    most = max(1, sample // block)
    if count <= most * block:
        return None
    distance = ((count - block + 1) // most - 1) | 1
    return _turned(tick, GOLDEN, distance), distance, most


def runs(count: int, columns: int, tick: int) -> tuple[int, int, int, int]:
    """Return the first element, the distance, the number and the size of the runs of a weight that are looked at.

    >>> runs(64 * 1000, 1000, 3)
    (27197, 32000, 2, 256)
    """
    size, rows = min(columns, RUN), count // columns
    number = min(rows, VISITED // size)
    first = _turned(tick, GOLDEN, rows // number) * columns + _turned(tick, PLASTIC, columns - size + 1)
    return first, rows // number * columns, number, size


def _turned(tick: int, by: float, count: int) -> int:
    turn = tick * by
    return int((turn - math.floor(turn)) * count)
