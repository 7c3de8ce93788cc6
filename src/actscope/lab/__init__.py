"""Experiments: networks of several activations trained on small tasks, compared over seeds, and explained.

The names below load what they need when they are first used, so that reading the records needs no torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .comparison import compare, runs, summarise
    from .planning import plan
    from .tasks import TASKS, load
    from .training import train

__all__ = ["TASKS", "compare", "load", "plan", "runs", "summarise", "train"]

_HOMES = {
    "TASKS": "tasks",
    "compare": "comparison",
    "load": "tasks",
    "plan": "planning",
    "runs": "comparison",
    "summarise": "comparison",
    "train": "training",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
