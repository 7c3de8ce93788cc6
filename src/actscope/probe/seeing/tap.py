"""Where PyTorch's dispatcher runs an activation, a listener is told: before, with x as it arrives, and after.

For as long as somebody listens, the autograd kernels of the operators in `operators.py` are wrapped, so that modules,
functions, methods, in-place calls and the insides of other people's blocks are all seen, and nothing else costs
anything. The result and its `grad_fn` are those of the kernel that was wrapped. Where PyTorch has no `get_kernel`, or
a device no kernels of its own, `calls.py` does the same for what Python calls.
"""

import threading
import warnings
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from typing import Any, Protocol

import torch
from torch import Tensor

from ...catalogue import Activation
from ...kernels.sources import Bound
from ...nn import functional
from .compiling import passed_over
from .operators import ATEN, OURS


class Visit(Protocol):
    """One call of an activation that is looked at."""

    def after(self, result: Tensor) -> None:
        """Take the result."""


class Listener(Protocol):
    """Who wants to know of activations while a model of theirs runs."""

    def before(self, operator: str, x: Tensor, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Visit | None:
        """Take the input, which an in-place operator is about to overwrite; None if the result is of no interest."""


class _Here(threading.local):
    listener: Listener | None = None
    known = False
    """Whether somebody has listened in this thread."""
    inside = False
    """Whether a function that was told of is running, and so what it calls is a part of it."""


HERE = _Here()
"""Who listens in this thread; None outside of watched models."""


class _Visits:
    """Of two listeners."""

    def __init__(self, *visits: Visit | None) -> None:
        self._visits = [visit for visit in visits if visit is not None]

    def after(self, result: Tensor) -> None:
        """Let both take the result."""
        for visit in self._visits:
            visit.after(result)


class _Both:
    """A listener, and one that began while it listened: two probes of one model, or of a model and a part of it."""

    def __init__(self, first: Listener, second: Listener) -> None:
        self.first, self.second = first, second

    def before(self, operator: str, x: Tensor, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Visit | None:
        """Tell both."""
        return _Visits(self.first.before(operator, x, args, kwargs), self.second.before(operator, x, args, kwargs))


def begin(listener: Listener) -> None:
    """Have a listener told of what runs in this thread, beside those that are told already."""
    HERE.listener = listener if HERE.listener is None else _Both(HERE.listener, listener)
    HERE.known = True


def end(listener: Listener) -> None:
    """Tell a listener no more."""
    HERE.listener = _without(HERE.listener, listener)


def hears(listener: Listener) -> bool:
    """Return whether a listener is told of what runs in this thread."""
    now = HERE.listener
    return now is listener or (now.__class__ is _Both and _without(now, listener) is not now)


def _without(all_of_them: Listener | None, listener: Listener) -> Listener | None:
    if all_of_them is listener or all_of_them is None:
        return None
    if not isinstance(all_of_them, _Both):
        return all_of_them
    first, second = _without(all_of_them.first, listener), _without(all_of_them.second, listener)
    if first is None or second is None:
        return first or second
    same = first is all_of_them.first and second is all_of_them.second
    return all_of_them if same else _Both(first, second)


PLAIN = (Tensor, torch.nn.Parameter)
"""Classes of tensors that are looked at: a subclass of a user's own may not be what it seems."""
_KEYS = {"cpu": "AutogradCPU", "cuda": "AutogradCUDA", "mps": "AutogradMPS", "xpu": "AutogradXPU"}
_lock = threading.Lock()


class _Taps:
    """The wrapped kernels, by the kind of device and the operator, and how many probes need each."""

    def __init__(self) -> None:
        self.open: Counter[tuple[str, str]] = Counter()
        self.libraries: dict[tuple[str, str], Any] = {}
        self.strangers = False
        """Whether threads in which nobody listened have called a wrapped kernel."""
        self.threads = 0
        self.warned = False


_taps = _Taps()


def undisturbed() -> bool:
    """Return whether kernels may be exchanged: no other thread was seen to call one, and none began since last asked.

    PyTorch does not keep another thread from calling a kernel at the very moment that it is exchanged.
    """
    before, _taps.threads = _taps.threads, threading.active_count()
    return not _taps.strangers and _taps.threads == before


def available() -> bool:
    """Return whether this PyTorch lets kernels be wrapped."""
    return hasattr(torch.library, "get_kernel") and hasattr(torch.library.Library, "_destroy")


def listen_on(device: str, operators: Collection[str] = ATEN) -> Callable[[], None]:
    """Wrap operators of a kind of device, such as "cpu"; return what undoes it."""
    HERE.known = True
    wanted = [(device, name) for name in operators]
    with _lock:
        _taps.strangers &= bool(_taps.open)
        _wrap([one for one in wanted if not _taps.open[one]])
        _taps.open.update(wanted)

    def stop() -> None:
        with _lock:
            _taps.open.subtract(wanted)
            for one in wanted:
                if not _taps.open[one]:
                    del _taps.open[one]
                    _taps.libraries.pop(one)._destroy()
                    # What compiles in Python remembers the key that it found a kernel under: that of ours, if it asked
                    # while we listened.
                    getattr(getattr(torch.ops.aten, one[1]).default, "_dispatch_cache", {}).clear()

    return stop


def listen_to_ours() -> Callable[[], None]:
    """See the functions of actscope itself, which are no operators of PyTorch's; return what undoes it."""

    def seen(activation: Activation, parameters: Bound, x: Tensor) -> Visit | None:
        listener = HERE.listener
        if listener is None or x.__class__ not in PLAIN:
            return None
        return listener.before(OURS, x, (activation, parameters), {})

    functional.WATCHERS.append(seen)

    def stop() -> None:
        functional.WATCHERS.remove(seen)

    return stop


def serves(device: str) -> bool:
    """Return whether operators of this kind of device can be wrapped."""
    return available() and device in _KEYS


def _wrap(missing: Iterable[tuple[str, str]]) -> None:
    if _taps.warned:
        _taps.libraries.update((one, _library(*one)) for one in missing)
        return
    # That kernels are overridden is what is meant; PyTorch warns of it once. Not each time: whoever leaves
    # `catch_warnings` has Python show again what it was to show once.
    _taps.warned = True
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _wrap(missing)


def _library(device: str, name: str) -> Any:
    library: Any = torch.library.Library("aten", "IMPL")  # type: ignore[no-untyped-call]
    key = _KEYS[device]
    kernel = torch.library.get_kernel(getattr(torch.ops.aten, name).default, key)
    library.impl(name, _around(name, kernel.call_boxed), key, with_keyset=True, allow_override=True)
    return library


def _around(name: str, run: Callable[..., Any]) -> Callable[..., Any]:
    @passed_over
    def wrapped(keys: Any, x: Tensor, *args: Any, **kwargs: Any) -> Any:
        listener = HERE.listener
        if listener is None or x.__class__ not in PLAIN:
            _taps.strangers |= not HERE.known
            return run(keys, x, *args, **kwargs)
        visit = listener.before(name, x, args, kwargs)
        result = run(keys, x, *args, **kwargs)
        if visit is not None:
            visit.after(result if result.__class__ is Tensor else result[0])
        return result

    return wrapped
