"""`watch`: what goes on inside a model while its user trains it, unchanged; it leaves the model as it was."""

import math
import weakref
from collections.abc import Callable
from time import perf_counter
from types import TracebackType
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from ..errors import ProbeError
from .bound import EPS
from .findings import findings_of
from .governor import BUDGET
from .graph import examined
from .merging import in_common
from .ranks import SECONDS, merged_over_ranks
from .records import Diagnosis, Finding, Recording
from .rows.course import Course
from .seeing import losing, roles, tap
from .seeing.compiling import told, unwrapped
from .seeing.passing import Passes
from .seeing.updating import Held, Updating, leaves_out
from .session import Session

_EXAMINED = 2
"""Steps whose losses are looked at for what is wrong without training."""


class Probe:
    """What watches a model: made by `watch`, ended by `close`, by the end of a with-block, or when it is dropped."""

    def __init__(self, model: nn.Module, budget: float | None = BUDGET) -> None:
        _refuse(model, budget)
        self._given = model
        self.model = model.module if isinstance(model, nn.parallel.DistributedDataParallel) else model
        self._session = Session(budget)
        self._course = Course(_weakly(self._turn), _weakly(self._halve))
        self._stepped = False
        """Whether an optimiser made a step since a scaler was last told to have one made."""
        self._static: list[tuple[Finding, ...]] = []
        self._graph_notes: dict[str, None] = {}
        self._stops: list[Callable[[], None]] = []
        # What is attached to the model knows the probe weakly, so that one that is dropped goes with all it attached.
        weakref.finalize(self, _stop, self._stops, self._session).atexit = False
        try:
            self._attach()
        except BaseException:
            self.close()
            raise

    def _attach(self) -> None:
        mode = None
        for device in sorted({parameter.device.type for parameter in self.model.parameters()} or {"cpu"}):
            if tap.serves(device):
                self._stops.append(tap.listen_on(device))
            elif mode is None:
                mode = tap.Calls()
                self._session.note(
                    f"on {device} activations are seen where Python calls them: not inside recurrent layers that "
                    f"PyTorch computes in one piece, nor where compiled extensions call them"
                )
        self._stops.append(tap.listen_to_ours())
        self._passes = Passes(self.model, self._session, self._course, mode)
        self._stops.append(self._passes.close)
        self._updating = Updating(self.model, _weakly(self._before_step))
        self._stops.append(self._updating.close)
        self._stops.append(losing.listen(_weakly(self._before_backward), _weakly(self._after_scaler)))

    def __enter__(self) -> "Probe":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        state = "open" if self._stops else "closed"
        return f"<probe of {type(self.model).__name__}, {state}, {self._course.steps} steps seen>"

    def close(self) -> None:
        """Take everything away that was attached; what was seen stays. A second call does nothing."""
        _stop(self._stops, self._session)

    def recording(self) -> Recording:
        """Return all that was seen so far."""
        ends = self._course.ends()
        used = len(ends)
        ordered = sorted(self._passes.places.values(), key=lambda acting: acting.number)
        return Recording(
            model=type(unwrapped(self.model)).__name__,
            steps=self._course.steps,
            bins=ends,
            places=tuple(acting.history(order, used) for order, acting in enumerate(ordered, start=1)),
            parameters=self._updating.histories(used),
            course=self._course.rows(used),
            static=in_common(self._static),
            notes=(*self._session.notes, *self._graph_notes, *self._missing()),
            optimizer=self._updating.optimizer,
            spacing=self._session.governor.spacing,
            first_bad=self._session.first_bad,
            eps=EPS,
            broken=self._session.broken,
            cost=self._session.governor.cost(self._session.spent),
        )

    def _missing(self) -> list[str]:
        compiled = list(told(self._given, self._passes.ever_compiled, self._course.steps))
        if self._updating.optimizer is not None or not self._course.differentiated or self._course.steps < 2:
            return compiled
        return [
            *compiled,
            "no optimizer of torch.optim made a step with the weights of this model: their gradients and updates "
            "were not measured",
        ]

    def diagnosis(self) -> Diagnosis:
        """Return what is wrong as far as was seen; it may be asked at any time, and again later."""
        recording = self.recording()
        return Diagnosis(recording, findings_of(recording))

    def merged(self, *, seconds: float = SECONDS) -> Recording:
        """Return what the probes of all ranks have seen together; under torch.distributed every rank must call it.

        `diagnosis` and `recording` are about this rank alone; `findings.findings_of` judges what is merged. Raises
        ProbeError if a rank has not called it after so many seconds, or watches another model.
        """
        return merged_over_ranks(self.recording(), seconds)

    def _turn(self, bin: int) -> None:
        self._passes.turn(bin)
        self._updating.turn(bin)

    def _halve(self, used: int) -> None:
        self._passes.halve(used)
        self._updating.halve(used)

    def _before_backward(self, tensors: tuple[Tensor, ...], losses: tuple[Tensor, ...]) -> None:
        session = self._session
        if session.asleep:
            self._lose(losses)
            if not self._course.optimized:
                self._sleep()
            return
        self._passes.catch_up()
        if session.broken or session.step == 0:
            return
        self._lose(losses)
        if not self._course.optimized:
            session.asleep = session.governor.rest(session.step)
        if session.step <= _EXAMINED:
            for loss in tensors:
                if loss.numel() == 1:
                    self._look_at(loss)

    def _lose(self, losses: tuple[Tensor, ...]) -> None:
        """Take the losses that are differentiated: each of them, also where nothing else is looked at."""
        session = self._session
        try:
            if not all(map(math.isfinite, self._course.backward(losses, session.asleep > 0))):
                session.met("the loss", 1, self._course.steps + (session.asleep > 0))
                # Now, since after the step the weights hold what the loss has spoilt.
                session.explain(self.model)
        except Exception as problem:  # noqa: BLE001  (see Session.breaks)
            session.breaks(problem)

    def _look_at(self, loss: Tensor) -> None:
        try:
            self.examine(loss)
        except Exception as problem:  # noqa: BLE001  (the user's training goes on, and the diagnosis says what is missing)
            self._session.note(f"the graph of the loss could not be read: {type(problem).__name__}: {problem}")

    def examine(self, loss: Tensor, targets: object = None) -> None:
        """Look at the graph of a loss, which must not have been differentiated yet, for what is wrong without training.

        A probe does so by itself when the first losses are differentiated.
        """
        nodes, self._passes.nodes = self._passes.nodes, []
        found, notes = examined(loss, self.model, targets=targets)
        self._static.append(found)
        self._graph_notes.update(dict.fromkeys(notes))
        roles.assign(loss, nodes)

    def ended_badly(self, patience: int = 5) -> bool:
        """Return whether a number was not finite so many steps ago, so that going on shows nothing new."""
        bad = self._session.first_bad
        return bad is not None and self._session.step >= bad.step + patience

    def _after_scaler(self, optimizer: Optimizer) -> None:
        stepped, self._stepped = self._stepped, False
        session = self._session
        if stepped or session.asleep or session.broken or session.step == 0:
            return
        if self._updating.held_by(optimizer):
            self._course.skip()
            session.step = self._course.steps

    def _before_step(self, optimizer: Optimizer, held: Held) -> None:
        session, self._stepped = self._session, True
        if session.asleep:
            self._updating.look_back(held)
            self._sleep()
            return
        self._passes.catch_up()
        if session.broken or session.step == 0:
            return
        began = perf_counter()
        try:
            if leaves_out(optimizer):
                self._course.skip()
                return
            self._course.optimizer()
            session.step = self._course.steps
            self._updating.look(optimizer, held, session.governor.parameters, self._course.steps)
            session.asleep = session.governor.rest(session.step)
        except Exception as problem:  # noqa: BLE001  (see Session.breaks)
            session.breaks(problem)
        session.in_parameters += perf_counter() - began

    def _sleep(self) -> None:
        """Let a step pass that is not looked at."""
        self._session.asleep -= 1
        self._passes.compiled = False
        self._course.passed()


def watch(model: nn.Module, *, budget: float | None = BUDGET) -> Probe:
    """Return a probe that sees what happens inside `model` while it trains; `act.watch` says more.

    >>> model = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 2))
    >>> with watch(model) as probe:
    ...     model(torch.randn(8, 4)).sum().backward()
    >>> [history.place.name for history in probe.recording().places]
    ['1']
    """
    return Probe(model, budget)


def _refuse(model: object, budget: object) -> None:
    """Raise ProbeError for what cannot be watched."""
    if not isinstance(model, nn.Module):
        raise ProbeError(f"a probe watches a torch.nn.Module, but got {type(model).__name__}; give it the model itself")
    if isinstance(model, torch.jit.ScriptModule):
        raise ProbeError(
            "a model made by torch.jit.script or torch.jit.trace takes no hooks; watch the model that it was made from"
        )
    if isinstance(model, nn.DataParallel):
        raise ProbeError(
            "nn.DataParallel runs copies of the model in threads, which a probe cannot tell apart; watch model.module "
            "on one device, or train with DistributedDataParallel"
        )
    if budget is not None and not (isinstance(budget, float | int) and 0 < budget <= 1):
        raise ProbeError(
            f"`budget` is a share of a step's time, such as 0.02, or None for no limit, but got {budget!r}"
        )


def _stop(stops: list[Callable[[], None]], session: Session) -> None:
    while stops:
        stops.pop()()
    session.release()


def _weakly(method: Callable[..., None]) -> Callable[..., None]:
    """Return a function that calls the method for as long as its object is there."""
    found = weakref.WeakMethod(method)

    def call(*args: Any) -> None:
        alive = found()
        if alive is not None:
            alive(*args)

    return call
