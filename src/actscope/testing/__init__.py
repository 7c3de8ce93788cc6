"""The project's own laws, for an activation of yours: `check_activation(mine)` in a test, or `actscope check` by hand.

A law is a row of `laws.LAWS`: its name, what it says, and the function that holds an activation to it. What is held is
a `Candidate`; what comes out is a `Finding` with its evidence, and all of them make a `Report`.
"""

from .checking import check_activation
from .laws import LAWS, Law
from .records import Finding, Report

__all__ = ["LAWS", "Finding", "Law", "Report", "check_activation"]
