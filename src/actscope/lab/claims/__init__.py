"""The 49 claims of the articles, each a small experiment: what is measured, the criterion, the verdict, a picture."""

from .claim import ARTICLES, GROUPS, Claim, Finding, Measured, Number, Verdict
from .collection import chosen, claims
from .findings import Findings
from .running import measured

__all__ = [
    "ARTICLES",
    "GROUPS",
    "Claim",
    "Finding",
    "Findings",
    "Measured",
    "Number",
    "Verdict",
    "chosen",
    "claims",
    "measured",
]
