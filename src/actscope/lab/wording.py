"""Numbers in sentences: scores are percents and points where they are accuracies, plain numbers where they are R²."""

import math
import re
import string
from collections.abc import Sequence
from typing import Any

from .records import Condition, Kind

# Options whose values say by themselves what they are of.
SPEAKING = ("model", "optimizer", "init")
NAMES = {"lr": "lr", "batch_size": "batch size"}


class Writer(string.Formatter):
    """Fills in numbers; beside Python's formats it knows `score`, `gap` with its unit, `end` without, and `epochs`."""

    def __init__(self, kind: Kind) -> None:
        super().__init__()
        self.kind = kind

    def format_field(self, value: Any, format_spec: str) -> Any:
        """Return a number as its format asks, a score as its kind asks."""
        if format_spec == "score":
            return score(value, self.kind)
        if format_spec == "gap":
            return gap(value, self.kind)
        if format_spec == "end":
            return end(value, self.kind)
        if format_spec == "epochs":
            return f"{value:.1f} epochs" if math.isfinite(value) else "more epochs than there were"
        return super().format_field(value, format_spec)


def written(sentence: str, kind: Kind = "classification", /, **values: Any) -> str:
    """Return the sentence with its values filled in, with "97 %" for "97%" and "2e-7" for "2e-07".

    >>> written("{share:.1%} and {small:.1g}", share=0.971, small=2.1e-7)
    '97.1 % and 2e-7'
    >>> written("{found:score}, {behind:gap} behind", found=0.971, behind=0.012)
    '97.1 %, 1.2 points behind'
    >>> written("{found:score}, {behind:gap} behind", "regression", found=0.971, behind=0.012)
    '0.971, 0.012 behind'
    """
    text = re.sub(r"(\d)%", r"\1 %", Writer(kind).format(sentence, **values))
    return re.sub(r"(\de)\+?(-?)0*(\d)", r"\1\2\3", text)


def score(value: float, kind: Kind) -> str:
    """Return a score: an accuracy in percent, R² as the number that it is."""
    return f"{value:z.3f}" if kind == "regression" else f"{100 * value:.1f} %"


def gap(value: float, kind: Kind) -> str:
    """Return a difference of scores with its unit: points of accuracy, or none for R²."""
    return end(value, kind) if kind == "regression" else f"{end(value, kind)} points"


def end(value: float, kind: Kind) -> str:
    """Return a difference of scores without its unit."""
    return f"{value:z.3f}" if kind == "regression" else f"{100 * value:z.1f}"


def condition(at: Condition) -> str:
    """Return the point of a grid as readers meet it.

    >>> condition(Condition(8)), condition(Condition(8, (("lr", 0.01), ("init", "he"), ("patience", None))))
    ('depth 8', 'depth 8, lr 0.01, he, no patience')
    """
    return ", ".join([f"depth {at.depth}", *(_option(name, value) for name, value in at.varied)])


def listed(names: Sequence[str], word: str = "and") -> str:
    """Return the names as a list in prose, with `word` before the last.

    >>> listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"], "or")
    ('a', 'a and b', 'a, b or c')
    """
    return f" {word} ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _option(name: str, value: Any) -> str:
    if name in SPEAKING:
        return str(value)
    named = NAMES.get(name, name)
    if value is None:
        return f"no {named}"
    return f"{named} {value:g}" if isinstance(value, float) else f"{named} {value}"
