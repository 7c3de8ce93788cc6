"""What a check finds: one finding for each law, put together in a report."""

import textwrap
from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any, Literal

Verdict = Literal["passed", "failed", "not applicable"]
WIDTH = 110
_SHOWN: dict[Verdict, str] = {"passed": "passed", "failed": "FAILED", "not applicable": "-"}


@dataclass(frozen=True, slots=True)
class Finding:
    """What a law has to say of an activation."""

    verdict: Verdict
    told: str
    """The evidence: the largest miss and where it is, or why the law does not apply."""
    at: tuple[float, ...] = ()
    """The worst input, or the two of a gated activation; empty where a law is not about single inputs."""
    miss: float = 0.0
    """The size of the miss there, in the unit that `told` names; infinite where a number should not be what it is."""


def passed(told: str, at: tuple[float, ...] = (), miss: float = 0.0) -> Finding:
    """Return that a law is kept, with the worst that was met."""
    return Finding("passed", told, at, miss)


def failed(told: str, at: tuple[float, ...] = (), miss: float = 0.0) -> Finding:
    """Return that a law is broken, with the worst that was met."""
    return Finding("failed", told, at, miss)


def inapplicable(reason: str) -> Finding:
    """Return that a law has nothing to say here, and why."""
    return Finding("not applicable", reason)


def number(value: float) -> str:
    """Return a size with the digits that matter.

    >>> number(0.54945), number(17_000_000.0)
    ('0.549', '1.7e+07')
    """
    return f"{value:.3g}"


def exactly(value: float) -> str:
    """Return a number with all of its digits, so that it can be tried again.

    >>> import numpy as np
    >>> exactly(np.float32(0.1))
    '0.10000000149011612'
    """
    return repr(float(value))


@dataclass(frozen=True, slots=True)
class Report:
    """What every law says of one activation; `print` shows it as a table."""

    activation: str
    findings: dict[str, Finding]
    """By the name of the law."""
    seconds: float

    @property
    def passed(self) -> bool:
        """Whether no law is broken."""
        return not self.failed

    @property
    def failed(self) -> tuple[str, ...]:
        """The names of the laws that are broken."""
        return tuple(law for law, finding in self.findings.items() if finding.verdict == "failed")

    def __str__(self) -> str:
        return self.text()

    def text(self, width: int = WIDTH) -> str:
        """Return a line for each law with its evidence, folded at `width` columns."""
        return "\n".join([self.headline, "", *(self._line(law, width) for law in self.findings)])

    @property
    def headline(self) -> str:
        """The outcome in one line."""
        counts = Counter(finding.verdict for finding in self.findings.values())
        whole = f"{self.activation}: {counts['passed']} laws passed, {counts['failed']} failed"
        return f"{whole}, {counts['not applicable']} not applicable ({self.seconds:.1f} s)"

    @property
    def complaint(self) -> str:
        """The laws that are broken, each with its evidence; "" if there are none."""
        return "\n".join([self.headline, "", *(self._line(law, WIDTH) for law in self.failed)]) if self.failed else ""

    def _line(self, law: str, width: int) -> str:
        finding = self.findings[law]
        head = f"  {_SHOWN[finding.verdict]:<8}{law:<{max(map(len, self.findings))}}  "
        room = max(width, len(head) + 20)
        return textwrap.fill(finding.told, room, initial_indent=head, subsequent_indent=" " * len(head))

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as plain dictionaries and lists."""
        return asdict(self)
