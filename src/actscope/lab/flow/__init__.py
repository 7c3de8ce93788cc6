"""Signal and gradient through the depth of a network: predicted from the formula, measured in random networks."""

from .looking import Progress, look
from .planning import Question, ask
from .records import Flow

__all__ = ["Flow", "Progress", "Question", "ask", "look"]
