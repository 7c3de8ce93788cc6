"""Claims measured one after the other."""

import time
from collections.abc import Iterable, Iterator

from .claim import FAILS, NOT_MEASURED, Claim, Finding, Measured


def measured(claims: Iterable[Claim]) -> Iterator[Finding]:
    """Yield what each claim's experiment finds, as it is finished; one that breaks down says so and stops no other."""
    for claim in claims:
        started = time.perf_counter()
        try:
            found, problem = claim.measure(), ""
        except Exception as error:  # noqa: BLE001 - whatever it is, the other claims are measured
            found, problem = Measured({}, ()), f"{type(error).__name__}: {error}"
        yield _finding(claim, found, problem, time.perf_counter() - started)


def _finding(claim: Claim, found: Measured, problem: str, seconds: float) -> Finding:
    values = {name: number.value for name, number in found.numbers.items()}
    verdict = NOT_MEASURED if problem else claim.judge(values)
    told = claim.instead if verdict == FAILS else ""
    return Finding(
        id=claim.id,
        group=claim.group,
        articles=claim.articles,
        title=claim.title,
        statement=claim.statement,
        how=claim.how,
        criterion=claim.criterion,
        verdict=verdict,
        numbers=found.numbers,
        pictures=found.pictures,
        why=claim.why,
        instead=told if isinstance(told, str) else told(values),
        seconds=seconds,
        problem=problem,
    )
