"""Numbers in sentences: scores are percents and points where they are accuracies, plain numbers where they are R²."""

import math
import re
import string
from collections.abc import Sequence
from typing import Any

from .records import MODELS, Condition, Kind

# Options whose values say by themselves what they are of.
SPEAKING = ("model", "optimizer", "init")
NAMES = {"lr": "lr", "batch_size": "batch size"}
ENOUGH_SEEDS = 3
"""Of fewer the intervals say next to nothing: with 2, Student's t is 12.7."""


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

    A user's own model has a depth that nobody else knows, and stands in its place.

    >>> condition(Condition(8, (("model", "nets.py:takes"), ("lr", 0.01))))
    'the model nets.py:takes, lr 0.01'
    """
    own = own_model(at)
    first = f"the model {own}" if own else f"depth {at.depth}"
    varied = (_option(name, value) for name, value in at.varied if not (own and name == "model"))
    return ", ".join([first, *varied])


def where(at: Condition) -> str:
    """Return a condition as the place where something is so.

    >>> where(Condition(8)), where(Condition(8, (("model", "nets.py:takes"),)))
    ('at depth 8', 'with the model nets.py:takes')
    """
    return f"{'with' if own_model(at) else 'at'} {condition(at)}"


def own_model(at: Condition) -> str:
    """Return the name of a user's own model; "" where the model is one of the lab's.

    >>> own_model(Condition(8, (("model", "nets.py:takes"),))), own_model(Condition(8, (("model", "conv"),)))
    ('nets.py:takes', '')
    """
    return next((str(value) for name, value in at.varied if name == "model" and value not in MODELS), "")


def too_few(seeds: int) -> str:
    """Return that so few seeds tell nothing, and what to do.

    >>> too_few(1), too_few(2)
    ('one seed is too few to say: try --seeds 5', '2 seeds are too few to say: try --seeds 5')
    """
    return f"{'one seed is' if seeds == 1 else f'{seeds} seeds are'} too few to say: try --seeds 5"


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
