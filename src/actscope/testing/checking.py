"""Holding an activation to all laws."""

import time
import warnings
from collections.abc import Callable, Collection
from typing import Any

from ..catalogue import Activation, get
from ..errors import SettingError, did_you_mean
from .candidates import Candidate
from .laws import LAWS, NEEDS, Law
from .records import Finding, Report, failed, inapplicable


def check_activation(
    mine: str | Activation | Callable[..., Any],
    *,
    like: str | Activation | None = None,
    skip: Collection[str] = (),
    raise_exception: bool = True,
) -> Report:
    """Return what each of the project's laws says of an activation at its default parameters, with the evidence.

    `mine` is one that was made with `actscope.define`, one of the catalogue, or its name. A function or module of your
    own on torch tensors is held to the formula of another activation, named by `like`. `skip` names laws to leave out;
    `LAWS` has them all. Laws that need what is not installed, or that have no meaning for an activation, say so.

    Raises AssertionError with every broken law and its worst input, so that a call is a test; with
    `raise_exception=False` the report is returned in any case, as by `torch.autograd.gradcheck`. Raises SettingError
    for an unknown law, or for a function without `like`. It takes a few seconds.

    >>> report = check_activation("relu", skip=["JAX"])
    >>> report.passed, report.findings["slope at kinks"].told
    (True, 'the slope is 0 at 0: between those on both sides of each kink')
    >>> print(report.findings["JAX"].verdict)
    not applicable
    """
    start = time.perf_counter()
    candidate = _candidate(mine, like)
    names = [law.name for law in LAWS]
    for name in skip:
        if name not in names:
            raise SettingError(f"no law is called {name!r}{did_you_mean(name, names)}; there are {', '.join(names)}")
    left_out = inapplicable("it was left out")
    findings = {law.name: left_out if law.name in skip else finding(law, candidate) for law in LAWS}
    report = Report(candidate.name, findings, time.perf_counter() - start)
    if raise_exception and report.failed:
        raise AssertionError(report.complaint)
    return report


def _candidate(mine: Any, like: str | Activation | None) -> Candidate:
    if like is not None:
        if isinstance(mine, str) or not callable(mine):
            raise SettingError(f"with `like` a function or module on torch tensors is checked, but got {mine!r}")
        return Candidate(get(like), mine)
    if callable(mine) and not isinstance(mine, Activation):
        raise SettingError(
            "a function is held to the formula of an activation; name it, as in "
            "check_activation(torch.nn.functional.silu, like='silu')"
        )
    return Candidate(get(mine))


def finding(law: Law, candidate: Candidate) -> Finding:
    """Return what a law says of a candidate; an error on the way breaks it. Warnings are the business of one law."""
    for need in law.needs:
        met, reason = NEEDS[need]
        if not met(candidate):
            return inapplicable(reason)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return law.hold(candidate)
    except Exception as problem:  # noqa: BLE001  (whatever the activation's code raises is what is found)
        return failed(f"{type(problem).__name__}: {' '.join(str(problem).split())}")
