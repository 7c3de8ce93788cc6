"""From what was seen to what is wrong: each finding is a definition and a rule."""

from .definition import Definition
from .definitions import DEFINITIONS

__all__ = ["DEFINITIONS", "Definition"]
