"""What actscope raises. Each message says what was met, what was expected and what to type next."""

import difflib
from collections.abc import Iterable


class ActscopeError(Exception):
    """Any error that actscope raises on purpose; the command line prints it without a traceback."""


class ActscopeWarning(UserWarning):
    """What a user should know although nothing is wrong with the call, such as where a formula loses digits."""


class UnknownActivationError(ActscopeError, KeyError):
    """A name that no activation of the catalogue has."""

    __str__ = Exception.__str__  # KeyError would print the message in quotes


class UnknownTaskError(ActscopeError, KeyError):
    """A name that no task of the lab has."""

    __str__ = Exception.__str__


class UnknownClaimError(ActscopeError, KeyError):
    """A name that no claim of the lab has."""

    __str__ = Exception.__str__


class DeclarationError(ActscopeError, ValueError):
    """An activation that is declared incompletely or inconsistently."""


class FormulaError(ActscopeError, ValueError):
    """A text that is no formula; the message marks the place."""


class ParameterError(ActscopeError, ValueError):
    """A parameter that does not exist or lies outside its bounds."""


class ArrayTypeError(ActscopeError, TypeError):
    """Data of a kind that activations are not defined on."""


class SettingError(ActscopeError, ValueError):
    """A setting of an experiment that makes no experiment, such as depth 0."""


class RecordError(ActscopeError, ValueError):
    """A text that holds no record of the lab."""


class DataError(ActscopeError, ValueError):
    """Data of a user's own that cannot be read or learned from."""


class ReportError(ActscopeError, OSError):
    """A report that cannot be written where it should be."""

    __str__ = Exception.__str__


class StoreError(ActscopeError, OSError):
    """A store of results that cannot be read or written as it is."""

    __str__ = Exception.__str__


class SweepBusyError(ActscopeError, OSError):
    """A sweep that another process is at work on."""

    __str__ = Exception.__str__


class EngineError(ActscopeError, OSError):
    """Workers or a scheduler that do not do their work."""

    __str__ = Exception.__str__


class ProbeError(ActscopeError, ValueError):
    """A model, a loss or a loader that cannot be diagnosed as it is given."""


class BusyMachineError(ActscopeError, OSError):
    """A machine so busy with other work that timings would mean nothing."""

    __str__ = Exception.__str__


class MissingExtraError(ActscopeError, ImportError):
    """An optional library that the call needs; the message has the pip line that brings it."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return ", did you mean 'gelu'?" for the known name closest to `name`, or "" if none is close.

    >>> did_you_mean("gleu", ["relu", "gelu"])
    ", did you mean 'gelu'?"
    >>> did_you_mean("zebra", ["relu", "gelu"])
    ''
    """
    spelled = {one.lower(): one for one in known}
    close = difflib.get_close_matches(name.lower(), spelled, n=3, cutoff=0.6)
    # Letters in the wrong order are a likelier slip than one too many: gleu is gelu rather than glu.
    close.sort(key=lambda one: sorted(one) != sorted(name.lower()))
    return f", did you mean {spelled[close[0]]!r}?" if close else ""


def missing_extra(extra: str, need: str) -> MissingExtraError:
    """Return the error for `need`, which the optional dependency group `extra` brings.

    >>> str(missing_extra("plot", "drawing figures"))
    "drawing figures needs the extra 'plot': pip install 'actscope[plot]', or '.[plot]' in a checkout"
    """
    pip = f"pip install 'actscope[{extra}]', or '.[{extra}]' in a checkout"
    return MissingExtraError(f"{need} needs the extra {extra!r}: {pip}")
