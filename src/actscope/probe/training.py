"""A user's training as a probe sees it: forward passes, losses, the optimiser's steps, and the sleep between."""

from collections.abc import Callable, Collection
from time import perf_counter

from torch import Tensor, nn
from torch.optim import Optimizer

from .aiming import Aiming
from .clearing import Clearing
from .graph import compared, direction, examined, nodes, place
from .records import Finding, Graph
from .rows.course import Course
from .seeing import losing, roles, tap
from .seeing.calls import Calls
from .seeing.compiling import is_compiled
from .seeing.operators import ATEN
from .seeing.passing import Passes
from .seeing.updating import Held, Updating, leaves_out
from .session import Session, counted
from .turns import Turns

_EXAMINED = 2
"""Steps whose losses are looked at for what is wrong without training."""

_ALL = 8
"""Every so often all kernels are put back, not only those of the activations that were met: a model may change."""


class Training:
    """What is attached to a model and to PyTorch.

    In short steps the hooks and kernels alone would cost too much: then they are gone between measured steps, and only
    losses and the optimiser's steps are told.
    """

    def __init__(self, model: nn.Module, budget: float | None) -> None:
        self.model = model
        self.session = Session(budget)
        self.course = Course(self._turn, self._halve)
        self.clearing = Clearing()
        self.turns = Turns()
        self.aiming = Aiming()
        self.static: list[tuple[Finding, ...]] = []
        self.graph_notes: dict[str, None] = {}
        self.graph: Graph = "unseen"
        self._stepped = False
        """Whether an optimiser made a step since a scaler was last told to have one made."""
        self._looking: list[Callable[[], None]] = []
        self._clock: list[Callable[[], None]] = []
        self._is_away = False
        """Whether hooks and kernels are gone until the next measured step."""
        self._wakings = 0
        self._parting = 0.0
        """Seconds that it took to take them away."""
        devices = sorted({parameter.device.type for parameter in model.parameters()} or {"cpu"})
        self._devices = [device for device in devices if tap.serves(device)]
        others = [device for device in devices if device not in self._devices]
        for device in others[:1]:
            self.session.note(
                f"on {device} activations are seen where Python calls them: not inside recurrent layers that "
                f"PyTorch computes in one piece, nor where compiled extensions call them"
            )
        self.passes = Passes(model, self.session, self.course, Calls() if others else None)
        self.updating = Updating(model, self._before_step)

    @property
    def is_attached(self) -> bool:
        """Whether anything is attached."""
        return bool(self._clock)

    def attach(self) -> None:
        """Attach all that is to be attached now."""
        try:
            if not self._is_away:
                self._look()
            self._clock.append(self.updating.listen())
            self._clock.append(losing.listen(self._before_backward, self._after_scaler))
        except BaseException:
            self.detach()
            raise

    def detach(self) -> None:
        """Take everything away; it can be attached again."""
        _undo(self._clock)
        _undo(self._looking)
        self.session.release()

    def _look(self, operators: Collection[str] = ATEN) -> None:
        """Attach what sees forward passes."""
        for device in self._devices:
            self._looking.append(tap.listen_on(device, operators))
        self._looking.append(tap.listen_to_ours())
        self._looking.append(self.passes.detach)
        self.passes.attach()

    def examine(self, loss: Tensor, targets: object = None) -> None:
        """Look at the graph of a loss, which must not have been differentiated yet, for what is wrong in it."""
        here, self.passes.nodes = self.passes.nodes, []
        moved = self.updating.moved
        given = {place(table) for ref in self.passes.given if (table := ref()) is not None}
        found, notes = examined(loss, self.model, targets=targets, moved=moved, given=given, cut=self.passes.cut)
        self.static.append(found)
        self.graph_notes.update(dict.fromkeys(notes))
        is_whole = self.graph != "hidden" and set(notes).isdisjoint(nodes.OPAQUE.values())
        self.graph = "read" if is_whole else "hidden"
        roles.assign(loss, here)
        self.aiming.take(direction(loss, self.model))
        if self.course.steps <= 1:
            for outputs, aims, squared in compared(loss, self.model):
                self.course.compare(outputs, aims, squared)

    def _turn(self, bin: int) -> None:
        self.passes.turn(bin)
        self.updating.turn(bin)

    def _halve(self, used: int) -> None:
        self.passes.halve(used)
        self.updating.halve(used)

    # What a loss tells.

    def _before_backward(self, tensors: tuple[Tensor, ...], losses: tuple[Tensor, ...]) -> None:
        session = self.session
        if session.asleep:
            self._lose(losses)
            if not self.course.optimized:
                self._sleep()
            return
        self.passes.catch_up()
        if session.broken or session.step == 0:
            return
        self._look_at_gradients()
        self._lose(losses)
        if not self.course.optimized:
            self._rest()
        if session.step <= _EXAMINED:
            for loss in tensors:
                if loss.numel() == 1:
                    self._look_at(loss)

    @counted("in_parameters")
    def _look_at_gradients(self) -> None:
        self.updating.mark()
        self.clearing.before_backward()
        self.turns.before_backward()

    def _lose(self, losses: tuple[Tensor, ...]) -> None:
        """Take the losses that are differentiated: each of them, also where nothing else is looked at."""
        session = self.session
        try:
            if not self.course.backward(losses, session.asleep > 0):
                session.met("the loss", 1, self.course.steps + (session.asleep > 0))
                # Now, since after the step the weights hold what the loss has spoilt.
                session.explain(self.model)
        except Exception as problem:  # noqa: BLE001  (see Session.breaks)
            session.breaks(problem)
        if session.asleep and self.course.leapt:
            session.asleep = 1

    def _look_at(self, loss: Tensor) -> None:
        try:
            self.examine(loss)
        except Exception as problem:  # noqa: BLE001  (the user's training goes on, and the diagnosis says what is missing)
            self.graph = "hidden"
            self.session.note(f"the graph of the loss could not be read: {type(problem).__name__}: {problem}")

    # What an optimiser tells.

    def _after_scaler(self, optimizer: Optimizer) -> None:
        stepped, self._stepped = self._stepped, False
        session = self.session
        if stepped or session.asleep or session.broken or session.step == 0:
            return
        if self.updating.held_by(optimizer):
            self.course.skip()
            session.step = self.course.steps

    def _before_step(self, optimizer: Optimizer, held: Held) -> None:
        session, self._stepped = self.session, True
        if not self.course.optimized:
            # All passes before were those of the first step, also where none was yet, as where it makes them itself.
            session.asleep = 0
            if self._is_away:
                self._wake()
            if session.step == 0:
                self.course.optimizer()
        if session.asleep:
            self.updating.look_back(held)
            self._sleep()
            return
        self.passes.catch_up()
        if session.broken or session.step == 0:
            return
        self._look_at_step(optimizer, held)
        self._rest()

    @counted("in_parameters")
    def _look_at_step(self, optimizer: Optimizer, held: Held) -> None:
        self.clearing.before_step(optimizer, held)
        self.turns.before_step(optimizer, held)
        if self.aiming.maximizes is None:
            self.aiming.maximizes = any(group.get("maximize") for group in optimizer.param_groups)
        if leaves_out(optimizer):
            self.course.skip()
            return
        self.course.optimizer()
        self.session.step = self.course.steps
        self.updating.look(optimizer, held, self.session.governor.parameters, self.course.steps)

    # Sleep.

    @counted("in_forward")
    def _rest(self) -> None:
        """Let steps pass that are not looked at, as the governor has it."""
        session = self.session
        governor = session.governor
        governor.leaves = not self.passes.ever_compiled and tap.undisturbed()
        session.asleep = governor.rest(session.step)
        # To take a hook away from what is compiled would have it compiled anew.
        if session.asleep and governor.window and not any(map(is_compiled, self.model.modules())):
            self._part()

    def _sleep(self) -> None:
        """Let a step pass that is not looked at."""
        self.session.asleep -= 1
        self.passes.compiled = False
        self.course.passed()
        if self._is_away and not self.session.asleep:
            self._wake()

    def _part(self) -> None:
        """Take hooks and kernels away until the next measured step."""
        began = perf_counter()
        self._is_away = True
        _undo(self._looking)
        self._parting = perf_counter() - began

    @counted("in_forward")
    def _wake(self) -> None:
        """Put hooks and kernels back."""
        began = perf_counter()
        self._is_away = False
        self._wakings += 1
        self._look(ATEN if self._wakings % _ALL == 0 else set(ATEN).intersection(self.passes.told))
        self.session.governor.woke(self._parting + perf_counter() - began)


def _undo(stops: list[Callable[[], None]]) -> None:
    while stops:
        stops.pop()()
