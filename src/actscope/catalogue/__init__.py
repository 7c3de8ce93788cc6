"""The declarations of activations, and what follows from them. Formulas only: no torch, no compiled code."""

from .activation import Activation, Paper, Parameter
from .index import CATALOGUE, get
from .properties import Properties

__all__ = ["CATALOGUE", "Activation", "Paper", "Parameter", "Properties", "get"]
