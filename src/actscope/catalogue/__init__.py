"""The declarations of activations, and what follows from them. Formulas only: no torch, no compiled code."""

from .activation import Activation, Drawn, Paper, Parameter
from .index import CATALOGUE, Catalogue, get
from .properties import Properties

__all__ = ["CATALOGUE", "Activation", "Catalogue", "Drawn", "Paper", "Parameter", "Properties", "get"]
