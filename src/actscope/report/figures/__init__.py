"""Records to figures: a figure takes a comparison and is an Altair chart without a theme; curves are in `curves/`."""

import re

from ...lab.records import Comparison
from .. import rows
from ..curves.figure import curve
from .answers import boundary, data_url, fit
from .inside import associations, centre, gradient, output, units, updates, zero_gradients
from .outcome import differences, intervals, overview, ranks
from .parts import SOLID, Figure, log_ticks
from .training import learning, tuning

__all__ = [
    "SOLID",
    "Figure",
    "all_of",
    "associations",
    "boundary",
    "centre",
    "curve",
    "data_url",
    "differences",
    "file_name",
    "fit",
    "gradient",
    "intervals",
    "learning",
    "log_ticks",
    "output",
    "overview",
    "ranks",
    "tuning",
    "units",
    "updates",
    "with_curve",
    "zero_gradients",
]


def all_of(comparison: Comparison) -> dict[str, Figure]:
    """Return every figure of a report by its file name without ending, in the order of the report."""
    figures: dict[str, Figure] = {}
    if len(rows.conditions(comparison)) > rows.MOST_SHOWN:
        figures["overview"] = overview(comparison)
    figures["accuracy" if comparison.task.kind == "classification" else "r2"] = intervals(comparison)
    if rows.differences(comparison):
        figures["differences"] = differences(comparison)
    if rows.ranks(comparison):
        figures["ranks"] = ranks(comparison)
    if comparison.tuned:
        figures["tuning"] = tuning(comparison)
    figures["learning"] = learning(comparison)
    figures |= {"gradient": gradient(comparison), "units": units(comparison), "output": output(comparison)}
    figures["centre"] = centre(comparison)
    if any(row["mean"] is not None for row in rows.layers(comparison, "update", ("early", "end"))):
        figures["updates"] = updates(comparison)
    if rows.associations(comparison):
        figures["associations"] = associations(comparison)
    if rows.mapped(comparison):
        figures["boundary"] = boundary(comparison)
    if rows.fits(comparison):
        figures["fit"] = fit(comparison)
    return figures | {
        f"curve-{name}": curve(rows.known(comparison, name) or name, saturation_slope=comparison.saturation_slope)
        for name in with_curve(comparison)
    }


def with_curve(comparison: Comparison) -> list[str]:
    """Return the activations of a comparison that are known and that are functions of one number."""
    return [name for name in comparison.activations if (found := rows.known(comparison, name)) and found.pointwise]


def file_name(text: str) -> str:
    """Return `text` as part of a file name on any system.

    >>> file_name("curve-<b>x</b>")
    'curve-_b_x__b_'
    """
    return re.sub(r"[^A-Za-z0-9_.-]", "_", text)
