"""How properties print: by their names, in a few lines."""

from ...formula import Interval

_LINES = (
    ("range", "limit_left", "limit_right"),
    ("kinks", "jumps", "smoothness", "symmetry"),
    ("increasing", "decreasing", "largest_slope", "steepest_at"),
    ("saturates_left", "saturates_right"),
    ("mean", "gain", "mean_square_slope", "chi"),
    ("fixed_points", "fixed_stretches", "fixed_square"),
)
_MOST = 4


def printed(properties: object) -> str:
    """Return a record of properties as text: numbers with six digits, of many inputs the first four."""
    lines = [", ".join(f"{name}={_told(getattr(properties, name))}" for name in line) for line in _LINES]
    return "Properties(\n    " + ",\n    ".join(lines) + "\n)"


def _told(value: object) -> str:
    match value:
        case bool() | str():
            return repr(value)
        case int() | float():
            return f"{value:.6g}"
        case Interval():
            return f"[{value.low:.6g}, {value.high:.6g}]"
        case tuple():
            told = ", ".join(map(_told, value[:_MOST]))
            return f"({told}, ... {len(value)} in all)" if len(value) > _MOST else f"({told})"
    return repr(value)
