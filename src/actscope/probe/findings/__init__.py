"""From what was seen to what is wrong: each finding is a definition and a rule."""

from .definition import Definition
from .definitions import DEFINITIONS
from .evidence import judged, rates_judged
from .judging import findings_of

__all__ = ["DEFINITIONS", "Definition", "findings_of", "judged", "rates_judged"]
