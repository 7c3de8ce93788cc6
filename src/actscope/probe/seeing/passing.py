"""The forward passes of a watched model: one in which its places are learned, and those in which they are measured."""

import sys
import weakref
from collections.abc import Callable, Iterator
from threading import get_ident
from typing import Any

import torch
from torch import Tensor, nn

from ..rows.course import Course
from ..rows.sites import BINS, Site
from ..session import Session, counted
from . import tap
from .acting import Acting
from .calls import Calls
from .cells import Cells
from .compiling import is_compiled, takes_hooks
from .following import Following
from .functions import Function, Wholes
from .hooks import around
from .lesson import Learned, Lesson

_in_backward = torch._C._current_graph_task_id
_transforms_are_active = torch._C._are_functorch_transforms_active
_CALL = nn.Module._call_impl.__code__
_RELEARNED = 8
"""After so many passes that went another way than the one before, every measured pass is one to learn from."""


class Passes:
    """The places of a model, and the hooks by which its forward passes are followed."""

    def __init__(self, model: nn.Module, session: Session, course: Course, mode: Calls | None) -> None:
        self.model, self.session, self._course, self._mode = model, session, course, mode
        self.places: dict[str, Acting] = {}
        self.nodes: list[tuple[Any, Acting]] = []
        """The nodes of the graph behind the places, from a pass that taught them until its loss was looked at."""
        self.given: tuple[weakref.ref[Tensor], ...] = ()
        """The tables of numbers that the model was called with in a pass that teaches."""
        self._learned: dict[nn.Module, Learned] = {}
        self._wholes = Wholes()
        self._relearned = 0
        self._entries = dict(entries(model))
        self._children: list[Callable[[], None]] = []
        self._stops: list[Callable[[], None]] = []
        self._depth = self._bin = self._thread = 0
        self._trained = self._as_a_whole = False
        self.without_gradients = False
        """Whether the model ran where no gradient is recorded."""
        self.compiled = self.ever_compiled = False
        """Whether compiled code has called a module since the last eager pass, and whether it ever has."""
        self._lesson: Lesson | None = None
        self._cells: Cells | None = None
        self.cut: dict[str, int] = {}
        """Recurrent cells that got their state without its graph at each step of a pass that teaches, and how often."""
        self._following = Following(session)

    def attach(self) -> None:
        """Put hooks on the model, and on its children for as long as it may be that they are called without it."""
        for module in [self.model] if self._as_a_whole else self._entries:
            stops = self._stops if module is self.model else self._children
            stops += around(module, self._enter, self._leave, with_kwargs=True)
        self._following.attach()

    def detach(self) -> None:
        """Take all hooks away."""
        self._abandon()
        self._following.detach()
        for stops in (self._stops, self._children):
            while stops:
                stops.pop()()

    def turn(self, bin: int) -> None:
        """Write into this bin from now on."""
        self._bin = bin
        for acting in self.places.values():
            acting.site.turn(bin)

    def halve(self, used: int) -> None:
        """Merge the bins in pairs."""
        for acting in self.places.values():
            acting.site.halve(used)

    @property
    def hooked(self) -> int:
        """How many modules have hooks of ours."""
        return (1 if self._as_a_whole else len(self._entries)) + self._following.hooked

    @property
    def told(self) -> list[str]:
        """The operators of all activations that the passes tell of."""
        return [name for learned in self._learned.values() for name in learned.told]

    # The hooks on the model.

    def _enter(self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        if torch.compiler.is_compiling():
            # Dynamo writes this into the code that it makes, so that each pass of that code tells.
            self.compiled = self.ever_compiled = True
            return
        if self.session.asleep:
            return
        here = get_ident()
        if self._depth:
            if here != self._thread:
                return
            if not self._is_running():
                self._abandon()
        self._thread = here
        self._depth += 1
        if not torch.is_grad_enabled():
            self.without_gradients = True
            return
        if self._depth > 1 or self.session.broken or _in_backward() != -1:
            return
        if not (self.model.training or not self._trained):
            return
        if _transforms_are_active():
            self.session.note("passes under the transforms of torch.func are not measured: a tensor there is many")
            return
        self._begin(module, args, kwargs)

    @counted("in_forward")
    def _begin(self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        session = self.session
        self._trained |= self.model.training
        if self._steps() and session.step == 3 and module is self.model:
            self._only_the_model()
        learned = self._learned.get(module)
        session.tick += 1
        x = next((value for value in (*args, *kwargs.values()) if _is_data(value)), None)
        if x is not None:
            bad = self._course.input(x, session.tick)
            if bad:
                session.met("the input", bad)
        if learned is None or self._relearned > _RELEARNED:
            self.given = tuple(map(weakref.ref, filter(_is_table, (*args, *kwargs.values()))))
            self._lesson = Lesson(module, self._entries[module], self._make, self._wholes, session.breaks)
            self._cells = Cells(module, self._entries[module])
            tap.begin(self._lesson)
        else:
            self._following.begin(learned)
        if self._mode is not None:
            self._mode.enter()

    def _steps(self) -> bool:
        """Take note of a forward pass; return whether a step began with it."""
        session = self.session
        before, session.step = session.step, self._course.forward()
        if session.step == before:
            return False
        session.governor.step(session.step, session.spent)
        session.forget()
        return True

    def catch_up(self) -> None:
        """Take note of a forward pass that compiled code has made, which calls none of our hooks."""
        if self.compiled:
            self.compiled = False
            self._trained = True
            self._steps()

    def _only_the_model(self) -> None:
        """Let the children of the model go: it is called as a whole."""
        # To take a hook away from what is compiled would have it compiled anew.
        if set(self._learned) <= {self.model} and not self.ever_compiled:
            self._as_a_whole = True
            while self._children:
                self._children.pop()()
            self.session.governor.attached(self.hooked, len(self.told))

    def _leave(self, module: nn.Module, args: tuple[Any, ...], result: Any) -> None:
        if torch.compiler.is_compiling():
            return
        if module is self.model:
            self.compiled = False
        if not self._depth or self._thread != get_ident():
            return
        self._depth = max(self._depth - 1, 0)
        if self._depth or not self._listens():
            return
        self._finish(module, args, result)

    @counted("in_forward")
    def _finish(self, module: nn.Module, args: tuple[Any, ...], result: Any) -> None:
        self._end()
        if self._lesson is not None:
            self._learn(module, args, result)
        elif not self._following.kept_to_the_plan:
            self._learned.pop(module, None)
            self._relearned += 1
        self.session.explain(self.model)

    def _listens(self) -> bool:
        return tap.hears(self._lesson or self._following)

    def _end(self) -> None:
        if self._listens():
            tap.end(self._lesson or self._following)
            if self._mode is not None:
                self._mode.leave()

    def _is_running(self) -> bool:
        """Return whether a pass is under way besides the one that begins, as where a model calls itself.

        Where not, one before was left in the middle: of an interrupt PyTorch tells no hook.
        """
        frame, calls = sys._getframe(), 0
        while frame.f_back is not None:
            calls += frame.f_code is _CALL and frame.f_locals["self"] in self._entries
            frame = frame.f_back
        return calls > 1

    def _abandon(self) -> None:
        """Give up a pass that was left in the middle."""
        self._end()
        if self._lesson is not None:
            self._lesson.close()
            self._lesson = None
            self._seen_cells()
        self._depth = 0

    # What a pass teaches.

    def _seen_cells(self) -> dict[str, int]:
        cells, self._cells = self._cells, None
        if cells is None:
            return {}
        cells.close()
        return cells.cut()

    def _make(self, name: str, function: Function, axis: int, units: int, layer: str) -> Acting:
        there = self.places.get(name)
        if there is not None and there.function.name == function.name:
            return there
        site = Site(units, axis, function.fires, bins=BINS)
        site.turn(self._bin)
        acting = self.places[name] = Acting(self.session, len(self.places), name, function, site, layer)
        return acting

    def _learn(self, module: nn.Module, args: tuple[Any, ...], result: Any) -> None:
        lesson, self._lesson = self._lesson, None
        assert lesson is not None
        self.cut |= self._seen_cells()
        learned = self._learned[module] = lesson.close(args, result)
        for dropped in lesson.dropped:
            self.places.pop(dropped, None)
        self.nodes += learned.nodes
        for path in learned.unseen:
            self.session.note(
                f"{path}: PyTorch computes this recurrent layer in one piece, so its gates cannot be seen; "
                f"its weights and gradients are"
            )
        self._following.take(learned)
        self.session.governor.attached(self.hooked, len(self.told))


def entries(model: nn.Module) -> Iterator[tuple[nn.Module, str]]:
    """Yield the modules at which a forward pass may begin, with their paths: the model, and what it is made of."""
    yield model, ""
    if not is_compiled(model):
        yield from _called_parts(model, "")


def _called_parts(module: nn.Module, path: str) -> Iterator[tuple[nn.Module, str]]:
    for name, child in module.named_children():
        here = f"{path}.{name}" if path else name
        if isinstance(child, nn.ModuleList | nn.ModuleDict):
            yield from _called_parts(child, here)
        elif not isinstance(child, torch.jit.ScriptModule) and takes_hooks(child):
            yield child, here


def _is_table(value: object) -> bool:
    return type(value) is Tensor and value.dim() > 1 and not value.is_meta and not value.requires_grad


def _is_data(value: object) -> bool:
    return isinstance(value, Tensor) and value.is_floating_point() and value.numel() > 0
