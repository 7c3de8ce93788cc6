"""What the probe finds in networks that are sick in a known way, and what it says of healthy ones.

python -m benchmarks.detection [--group tuning fresh published held blind later] [--seeds 0 1 2]

The rules were set on the group "tuning". "fresh" and "published" were held out until the rules were mended for causes
that they had shown: figures on them are no longer held out. "held" was made after that and is only ever measured.
"blind" holds programs of other people, chosen and named by someone who had not read the rules, before any of them was
watched; it needs the package transformers. "later" is a second such group, of programs from other fields. The rules
were mended for causes that both had shown. Each network trains its hundred steps on one thread, with everything
measured at every step, as `diagnose` does.
"""

import argparse
import sys
import time
import warnings
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch
from tests.probe.sick_models import BLIND, CASES, Case, train

from actscope.probe.watching import watch

GROUPS = ("tuning", "fresh", "published", "held", "blind", "later")


@dataclass(frozen=True)
class Outcome:
    """What was found in one network; hints are left out."""

    case: Case
    seed: int
    found: tuple[str, ...]

    @property
    def right(self) -> bool:
        """Whether one of the names is a right one."""
        return bool(self.case.names & set(self.found))

    @property
    def wrong(self) -> int:
        """How many of the names are none of the right ones."""
        return sum(name not in self.case.names for name in self.found)


def outcome(case: Case, seed: int) -> Outcome:
    """Train one network under a probe and return what was found."""
    patient = case.build(seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with watch(patient.model, budget=None) as probe:
            train(patient)
    found = probe.diagnosis().findings
    return Outcome(case, seed, tuple(finding.name for finding in found if finding.weight == "finding"))


def outcomes(cases: Sequence[Case], seeds: Sequence[int]) -> list[Outcome]:
    """Return what was found in each, and show how far it is."""
    found = []
    total, began = len(cases) * len(seeds), time.perf_counter()
    for seed in seeds:
        for case in cases:
            found.append(outcome(case, seed))
            spent = time.perf_counter() - began
            print(f"\r{len(found)} of {total} networks, {spent:.0f} s  ", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return found


def told(group: str, found: Sequence[Outcome]) -> str:
    """Return the confusion table of a group and its shares, as text."""
    sick = [one for one in found if one.case.disease]
    healthy = [one for one in found if not one.case.disease]
    flagged = [one for one in healthy if one.found]
    named = sum(len(one.found) for one in sick)
    lines = [f"{group}: {len(sick)} sick, {len(healthy)} healthy", ""]
    lines += [f"{'disease':40s} {'sick':>4s} {'right':>5s}  found"]
    for disease in dict.fromkeys(one.case.disease for one in sick):
        rows = [one for one in sick if one.case.disease == disease]
        lines.append(f"{disease:40s} {len(rows):4d} {sum(row.right for row in rows):5d}  {_counts(rows)}")
    lines.append(f"{'(healthy)':40s} {len(healthy):4d} {'':5s}  {_counts(healthy)}")
    lines += ["", *(f"missed: {_named(one)}" for one in sick if not one.right)]
    lines += [f"flagged: {_named(one)}" for one in flagged]
    lines += [
        "",
        _share("sick detected", sum(bool(one.found) for one in sick), len(sick)),
        _share("sick with the right name", sum(one.right for one in sick), len(sick)),
        _share("healthy flagged", len(flagged), len(healthy)),
        _share("names given to the sick that are none of the right ones", sum(one.wrong for one in sick), named),
    ]
    return "\n".join(lines)


def _counts(rows: Iterable[Outcome]) -> str:
    counted = Counter(name for row in rows for name in row.found or ("nothing",))
    return ", ".join(f"{name} {count}" for name, count in counted.most_common())


def _named(one: Outcome) -> str:
    return f"{one.case.name}, seed {one.seed}: {', '.join(one.found) or 'nothing'}"


def _share(what: str, part: int, whole: int) -> str:
    return f"{what}: {part} of {whole}" + (f" ({100 * part / whole:.1f} %)" if whole else "")


def main() -> None:
    """Print what is found in each group."""
    asked = argparse.ArgumentParser(description="What the probe finds in sick and in healthy networks.")
    asked.add_argument("--group", nargs="+", choices=GROUPS, default=GROUPS)
    asked.add_argument("--seeds", nargs="+", type=int, default=[0])
    given = asked.parse_args()
    torch.set_num_threads(1)
    for group in given.group:
        cases = [case for case in (*CASES, *BLIND) if case.group == group]
        if cases:
            print(told(group, outcomes(cases, given.seeds)), end="\n\n", flush=True)


if __name__ == "__main__":
    main()
