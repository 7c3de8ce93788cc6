"""The league table of errors, for the terminal, for a document and as JSON."""

import math
import re
import textwrap
from collections.abc import Iterable, Iterator

import numpy as np
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from ..bench.records import Accuracy, Score, Worst
from . import numerals
from .text import Fitting

FLUSHED = "†"
WIDTH = 118


def summary(found: Accuracy) -> RenderableType:
    """Return the table of the largest errors, what is not finite or not the limit, and how good the truth is."""
    lines = [Text(), *(Text(textwrap.fill(line, WIDTH, subsequent_indent="    ")) for line in _notes(found))]
    return Group(Fitting((_table(found, places=True), _table(found, places=False))), *lines)


def _table(found: Accuracy, places: bool) -> Table:
    shown = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    libraries = list(dict.fromkeys(score.library for score in found.scores))
    shown.add_column("", no_wrap=True)
    shown.add_column("", no_wrap=True)
    for library in libraries:
        shown.add_column(library, no_wrap=True)
    scores = {(score.activation, score.kind, score.library): score for score in found.scores}
    before = ""
    for activation, kind in dict.fromkeys((score.activation, score.kind) for score in found.scores):
        own = [scores.get((activation, kind, library)) for library in libraries]
        cells = [cell(score, found.limit, places) if score else numerals.MISSING for score in own]
        shown.add_row(activation if activation != before else "", kind, *cells)
        before = activation
    return shown


def cell(score: Score, limit: float = 2.0, place: bool = True) -> str:
    """Return the largest error in ulp, where it is, and the share of inputs that are further off than `limit`.

    >>> from actscope.bench.records import Errors
    >>> worst = Worst(1.7e7, (-6.78,))
    >>> cell(Score("gelu", "value", "PyTorch", Errors(100, 60, 4, worst, worst)))
    '1.7e7 at -6.78, 4 %'
    >>> cell(Score("relu", "value", "actscope", Errors(100)))
    '0.5'
    """
    errors = score.errors
    worst = errors.worst_normal
    if worst.ulp <= 0.5:
        told = "0.5"
    else:
        told = numerals.number(worst.ulp, 3 if worst.ulp < 10 else 2)
        told += f" at {', '.join(map(_input, worst.at))}" if place else ""
    if errors.beyond:
        told += f", {_share(errors.beyond / errors.inputs)}"
    return told + (f" {FLUSHED}" if errors.worst.ulp > max(limit, worst.ulp) else "")


def _share(share: float) -> str:
    return "< 0.1 %" if share < 1e-3 else f"{100 * share:.2g} %"


def _notes(found: Accuracy) -> Iterator[str]:
    inputs = max((score.errors.inputs for score in found.scores), default=0)
    every = all(score.exhaustive for score in found.scores) and found.scores
    tried = f"all {inputs:,} finite numbers" if every else f"up to {inputs:,} inputs a function"
    yield (
        f"{found.dtype}: largest error in units in the last place, where it is, and the share of inputs that are more "
        f"than {found.limit:g} off, on {tried}. 0.5: every result is the nearest number to the true one."
    )
    if any(FLUSHED in cell(score, found.limit) for score in found.scores):
        yield f"{FLUSHED} on numbers that are not subnormal; those come out as 0, or lose more digits than shown."
    yield ""
    for library in dict.fromkeys(score.library for score in found.scores):
        own = [score for score in found.scores if score.library == library]
        kept = sum(score.errors.kept for score in own)
        normal = sum(not score.errors.broken and score.errors.worst_normal.ulp <= found.limit for score in own)
        but = f", {normal} but for subnormal numbers" if normal > kept else ""
        yield f"{library}: {kept} of {len(own)} functions and slopes within {found.limit:g} ulp everywhere{but}."
        yield from (f"  {line}" for line in _broken(own))
    yield ""
    yield _truth(found)


def _broken(scores: Iterable[Score]) -> Iterator[str]:
    """Yield a line for each way in which results are no numbers, or not the limit, with the functions that do it."""
    ways: dict[str, list[str]] = {}
    for score in scores:
        name = f"{score.activation} {score.kind}"
        if found := score.errors.broken_worst:
            ways.setdefault("not finite, or finite where the true result is not", []).append(f"{name} {_met(found)}")
        for missed in score.limits_missed:
            at = missed.at[0]
            way = "a number for nan" if math.isnan(at) else f"not the limit at {_sign(at)}"
            ways.setdefault(way, []).append(name if math.isnan(at) else f"{name} ({_number(missed.got)})")
        if score.errors.nan_lost and not any(math.isnan(missed.at[0]) for missed in score.limits_missed):
            ways.setdefault("a number for some bit patterns of nan", []).append(name)
    for way, names in ways.items():
        yield f"{way}: {', '.join(names)}"


def _met(found: Worst) -> str:
    at = ", ".join(map(_input, found.at))
    return f"({_number(found.got)} at {at}, where it is {_number(found.true)})"


def _input(value: float) -> str:
    """Return the shortest decimal that is this float32 number, so that anyone can try it; nine digits of others."""
    short = str(np.float32(value)) if float(np.float32(value)) == value else f"{value:.9g}"
    return re.sub(r"e\+?(-?)0*", r"e\1", short.removesuffix(".0"))


def _number(value: float) -> str:
    if math.isnan(value):
        return "nan"
    return _sign(value) if math.isinf(value) else numerals.number(value, 4)


def _sign(value: float) -> str:
    return "∞" if value > 0 else f"{numerals.MINUS}∞"


def _truth(found: Accuracy) -> str:
    if found.dtype == "float64":
        return "The truth is computed by mpmath, to 60 digits and more."
    if not found.truths:
        return "The truth is computed in float64. It was not checked: mpmath is not installed."
    worst = max(found.truths, key=lambda check: check.worst.ulp)
    points = sum(check.points for check in found.truths)
    return (
        f"The truth is computed in float64. Held to mpmath's 60 digits on {points:,} inputs, it is off by at most "
        f"{numerals.number(worst.worst.ulp, 2)} ulp of {found.dtype} ({worst.activation} {worst.kind})."
    )
