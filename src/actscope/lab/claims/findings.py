"""Several claims that were measured, as a record that becomes JSON."""

from dataclasses import asdict, dataclass
from typing import Any

from .claim import Finding
from .pictures import Film, Picture


@dataclass(frozen=True, slots=True)
class Findings:
    """The claims that were measured, in the order of their ids."""

    findings: tuple[Finding, ...]
    planned: int
    """How many were asked for; more than there are after an interruption."""

    @property
    def interrupted(self) -> bool:
        """Whether some claims that were asked for have not been measured."""
        return len(self.findings) < self.planned

    def as_dict(self) -> dict[str, Any]:
        """Return everything as dicts, lists, texts and numbers."""
        return {"planned": self.planned, "claims": [_claim(finding) for finding in self.findings]}


def as_dict(picture: Picture) -> dict[str, Any]:
    """Return a picture as a dict that says of which type it is.

    >>> as_dict(Film("moving", "epoch", ()))
    {'type': 'film', 'title': 'moving', 'slider': 'epoch', 'frames': [], 'start': 0}
    """
    found = {"type": type(picture).__name__.lower(), **asdict(picture)}
    if isinstance(picture, Film):
        found["frames"] = [{"at": at, "picture": as_dict(frame)} for at, frame in picture.frames]
    return found


def _claim(finding: Finding) -> dict[str, Any]:
    return {
        "id": finding.id,
        "group": finding.group,
        "title": finding.title,
        "article": ", ".join(finding.articles),
        "articles": list(finding.articles),
        "statement": finding.statement,
        "how": finding.how,
        "criterion": finding.criterion,
        "verdict": str(finding.verdict),
        "word": finding.verdict.word,
        "condition": finding.verdict.condition,
        "measured": {name: asdict(number) for name, number in finding.numbers.items()},
        "pictures": [as_dict(picture) for picture in finding.pictures],
        "why": finding.why,
        "instead": finding.instead,
        "seconds": finding.seconds,
        "problem": finding.problem,
    }
