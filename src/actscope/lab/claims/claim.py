"""What a claim is, and what measuring it gives: frozen, JSON-ready records, free of torch and of drawing."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, get_args

from .pictures import Picture

Group = Literal["function", "neuron", "depth", "boundary", "training", "cost"]
GROUPS: tuple[str, ...] = get_args(Group)
Word = Literal["holds", "holds when", "does not hold", "not measured"]
Values = Mapping[str, float]
"""The measured numbers by name: all that a judge may look at."""

ARTICLES: Mapping[str, str] = MappingProxyType(
    {
        "A0": "數說神經網絡：激活函數 (neural networks in mathematics: activation functions)",
        "A1": "深度学习中激活函数的作用 (what activation functions do in deep learning)",
        "A2": "Activation Function: forms, gradients, properties",
        "A3": "为什么神经网络需要激活函数？ (why do neural networks need an activation function?)",
        "A4": "什么是激活函数？ (what is an activation function? notes for interviews)",
    }
)


@dataclass(frozen=True, slots=True)
class Number:
    """One measured number with its uncertainty."""

    value: float
    meaning: str
    """What it is, as a noun: "largest slope of sigmoid"."""
    unit: str = ""
    """Such as "ms", "%", "ulp"; "" for a pure number."""
    low: float = math.nan
    high: float = math.nan
    uncertainty: str = ""
    """What `low` and `high` are: "95 % interval of 8 seeds", "quartiles of 15 rounds"; "" where the number is exact."""
    shown: bool = True
    """Whether tables tell of it: what a judge needs and another's interval tells already is in the JSON alone."""

    def __post_init__(self) -> None:
        # Numbers of NumPy and torch come in as well, and JSON knows Python's alone.
        for name in ("value", "low", "high"):
            object.__setattr__(self, name, float(getattr(self, name)))


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the measurement says of a claim."""

    word: Word
    condition: str = ""
    """With "holds when": the condition that was measured, which reads on from "holds when"."""

    def __post_init__(self) -> None:
        if (self.word == "holds when") != bool(self.condition):
            raise ValueError(f"a condition belongs to 'holds when' and to nothing else, but got {self!r}")

    def __str__(self) -> str:
        return f"{self.word} {self.condition}" if self.condition else self.word


HOLDS = Verdict("holds")
FAILS = Verdict("does not hold")
NOT_MEASURED = Verdict("not measured")
"""Of an experiment that broke down; no judge says it."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What one experiment found: its numbers by name, and its pictures, the most telling first."""

    numbers: Mapping[str, Number]
    pictures: tuple[Picture, ...]


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence of the articles as an experiment: what is measured, what would make it true, and why it comes out so.

    The verdict follows from the numbers by `judge` alone, which was written with the criterion and before the numbers.
    """

    id: str
    group: Group
    articles: tuple[str, ...]
    title: str
    """The claim in a few words, without a full stop."""
    statement: str
    """The claim in our own words, as the articles mean it."""
    how: str
    """What is measured, and how: data, networks, seeds, method."""
    criterion: str
    """When the claim holds, with the thresholds that `judge` applies."""
    measure: Callable[[], Measured]
    judge: Callable[[Values], Verdict]
    why: str
    """Two sentences on why it comes out so."""
    refuting: Values
    """Numbers that would have turned the verdict, in place of those measured: the judge must hear them."""
    instead: str | Callable[[Values], str] = ""
    """The corrected statement, told if the claim does not hold; a function where it depends on the numbers."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A claim that was measured."""

    id: str
    group: Group
    articles: tuple[str, ...]
    title: str
    statement: str
    how: str
    criterion: str
    verdict: Verdict
    numbers: Mapping[str, Number]
    pictures: tuple[Picture, ...]
    why: str
    instead: str
    """The corrected statement where the claim does not hold, else ""."""
    seconds: float
    problem: str = field(default="")
    """What went wrong, if the verdict is "not measured"."""
