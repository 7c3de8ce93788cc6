"""The figures of a diagnosis: maps of places by steps, the loss, and what arrives at each activation's own curve."""

from ....probe.records import Diagnosis, Finding
from ..drawn import courses, curves, maps
from ..rows import told as in_order
from .lines import loss, profile
from .mapping import heat
from .panels import distributions
from .parts import Figure

ALONG: dict[str, courses.Profile] = {
    "vanishing-gradient": "gradient",
    "exploding-gradient": "gradient",
    "unsuited-initialisation": "spread",
    "unscaled-inputs": "spread",
    "learning-rate-too-high": "largest",
    "learning-rate-too-low": "update",
}
"""Findings that show from layer to layer, by the quantity they show in."""
BY_LOSS = frozenset({"plateau", "non-finite"})


def all_of(diagnosis: Diagnosis) -> dict[str, Figure]:
    """Return every figure of which there is something to show, by its file name without ending."""
    found: dict[str, Figure] = {}
    if len(courses.losses(diagnosis.recording)) > 1:
        found["loss"] = loss(diagnosis)
    found |= {f"map-{one.quantity}": heat(one) for one in maps.maps(diagnosis)}
    every = curves.distributions(diagnosis)
    first, rest = every[: curves.MOST_CURVES], every[curves.MOST_CURVES :][: curves.MOST_HIDDEN]
    for name, some in (("distributions", first), ("distributions-more", rest)):
        if some:
            found[name] = distributions(some)
    for number, finding in enumerate(in_order(diagnosis), 1):
        if (figure := evidence(diagnosis, finding)) is not None:
            found[f"finding-{number}"] = figure
    return found


def evidence(diagnosis: Diagnosis, finding: Finding) -> Figure | None:
    """Return the figure that stands beside a finding, or None if there is nothing to show.

    It is a profile through depth for what happens from layer to layer, the loss for what it tells alone, and the curve
    for what happens at a place. A profile of one place is none: of what arrives there the curve tells more.
    """
    if finding.name in ALONG:
        quantity = ALONG[finding.name]
        along = courses.profile(diagnosis, quantity)
        if len(along) > 1:
            return profile(along, quantity, courses.bound(finding))
        if quantity != "spread":
            return None
    if finding.name in BY_LOSS:
        return loss(diagnosis) if len(courses.losses(diagnosis.recording)) > 1 else None
    here = [one for one in curves.distributions(diagnosis) if finding.where and one.place == finding.where]
    return distributions(here) if here else None
