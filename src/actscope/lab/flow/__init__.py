"""Signal and gradient through the depth of a network: predicted from the formula, measured in random networks.

The names below load what they need when they are first used, so that reading the records needs no torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .looking import Progress, look
    from .planning import Question, ask
    from .records import Flow

__all__ = ["Flow", "Progress", "Question", "ask", "look"]

_HOMES = {"Flow": "records", "Progress": "looking", "Question": "planning", "ask": "planning", "look": "looking"}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
