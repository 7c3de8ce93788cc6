"""The declarations of activations, and what follows from them. Formulas only: no torch, no compiled code."""

from .activation import Activation, Paper, Parameter
from .index import CATALOGUE, Catalogue, get
from .properties import Properties

__all__ = ["CATALOGUE", "Activation", "Catalogue", "Paper", "Parameter", "Properties", "get"]
