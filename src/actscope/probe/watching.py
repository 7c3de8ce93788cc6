"""`watch`: what goes on inside a model while its user trains it, unchanged; it leaves the model as it was."""

import math
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from types import TracebackType

import torch
from torch import Tensor, nn

from ..errors import ProbeError
from .bound import EPS
from .findings import findings_of
from .governor import BUDGET
from .merging import in_common
from .ranks import SECONDS, merged_over_ranks
from .records import Diagnosis, Recording
from .seeing.compiling import told, unwrapped, without_ddp
from .training import Training


class Probe:
    """What watches a model: made by `watch`, ended by `close`, by the end of a with-block, or when it is dropped."""

    def __init__(self, model: nn.Module, budget: float | None = BUDGET) -> None:
        _refuse(model, budget)
        self._given = model
        self._training = Training(without_ddp(model), budget)
        # What is attached to the model does not know the probe, so that one that is dropped takes it all away.
        weakref.finalize(self, self._training.detach).atexit = False
        self._training.attach()

    @property
    def model(self) -> nn.Module:
        """The model that is watched, without what distributes it."""
        return self._training.model

    def __enter__(self) -> "Probe":
        if not self._training.is_attached:
            raise ProbeError("this probe is closed, and would see nothing; make another with act.watch(model)")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        state = "open" if self._training.is_attached else "closed"
        return f"<probe of {type(self.model).__name__}, {state}, {self._training.course.steps} steps seen>"

    def close(self) -> None:
        """Take everything away that was attached; what was seen stays. A second call does nothing."""
        self._training.detach()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """See nothing, and cost nothing, for the length of a with-block: steps in it are not counted.

        >>> model = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 2))
        >>> with watch(model) as probe, probe.paused():
        ...     model(torch.randn(8, 4)).sum().backward()
        >>> probe.recording().steps
        0
        """
        training, began = self._training, perf_counter()
        was_attached = training.is_attached
        training.detach()
        try:
            yield
        finally:
            training.session.governor.skip(perf_counter() - began)
            if was_attached:
                training.attach()

    def recording(self) -> Recording:
        """Return all that was seen so far."""
        training = self._training
        session, ends = training.session, training.course.ends()
        used = len(ends)
        course = training.course.rows(used)
        aimed = training.aiming.findings(
            differentiated=training.course.differentiated, highest=course["loss_high"].max(initial=-math.inf)
        )
        ordered = sorted(training.passes.places.values(), key=lambda acting: acting.number)
        return Recording(
            model=type(unwrapped(self.model)).__name__,
            steps=training.course.steps,
            bins=ends,
            places=tuple(acting.history(order, used) for order, acting in enumerate(ordered, start=1)),
            parameters=training.updating.histories(used),
            course=course,
            static=(*in_common(training.static), *training.clearing.findings, *aimed),
            notes=(*session.notes, *training.graph_notes, *self._missing()),
            optimizer=training.updating.optimizer,
            spacing=session.governor.spacing,
            first_bad=session.first_bad,
            eps=EPS,
            broken=session.broken,
            moved=training.updating.has_moved(),
            cost=session.governor.cost(),
            unseen=training.course.unseen,
            differentiated=training.course.differentiated,
            graph=training.graph,
            by_turns=training.turns.are_taken,
        )

    def _missing(self) -> list[str]:
        training, course = self._training, self._training.course
        compiled = list(told(self._given, training.passes.ever_compiled, course.steps))
        if course.steps == 0 and training.passes.without_gradients:
            compiled.append("the model ran under torch.no_grad only: passes without gradients are not measured")
        if training.updating.optimizer is not None or not course.differentiated or course.steps < 2:
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

        `diagnosis` and `recording` are about this rank alone; `findings.findings_of` judges what is merged. Where no
        process group is there, it is `recording()`: a script may call it however it is started. Raises ProbeError if
        a rank has not called it after so many seconds, or watches another model.

        >>> model = nn.Sequential(nn.Linear(4, 16), nn.ReLU())
        >>> with watch(model) as probe:
        ...     model(torch.randn(8, 4)).sum().backward()
        >>> probe.merged().places[0].place.name, probe.merged().steps
        ('1', 1)
        """
        return merged_over_ranks(self.recording(), seconds)

    def examine(self, loss: Tensor, targets: object = None) -> None:
        """Look at the graph of a loss, which must not have been differentiated yet, for what is wrong without training.

        A probe does so by itself when the first losses are differentiated.
        """
        self._training.examine(loss, targets)

    def ended_badly(self, patience: int = 5) -> bool:
        """Return whether a number was not finite so many steps ago, so that going on shows nothing new."""
        bad = self._training.session.first_bad
        return bad is not None and self._training.session.step >= bad.step + patience


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
    if budget is not None and not (
        isinstance(budget, float | int) and not isinstance(budget, bool) and 0 < budget <= 1
    ):
        raise ProbeError(
            f"`budget` is a share of a step's time, such as 0.02, or None for no limit, but got {budget!r}"
        )
