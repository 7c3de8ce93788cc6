"""One forward pass in which the places of a model get their names; from then on they are known by their order.

Hooks on all modules tell where each activation is called, after which layer with weights, and along which axis its
units lie. They are gone when the pass ends. A module of a user's own that is one function of x, however many operators
it is made of, becomes one place: that is tried on a copy of it.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from ...catalogue import get
from ...nn.recognising import recognised
from . import tap
from .acting import Acting
from .compiling import plain, uncompiled
from .functions import Function, Wholes, known
from .fused import look_inside
from .operators import OPERATORS, Call
from .roles import is_a_parameter

Made = Callable[[str, Function, int, int, str], Acting]
"""Makes a place of a name, a function, the axis and number of its units, and the layer before it."""

_IMAGES = (
    nn.modules.conv._ConvNd,
    nn.modules.batchnorm._BatchNorm,
    nn.modules.instancenorm._InstanceNorm,
    nn.GroupNorm,
)
_RECURRENT = (nn.RNNBase, nn.RNNCellBase)


@dataclass(slots=True)
class _Frame:
    """A module that is being called."""

    path: str
    module: nn.Module
    x: Any
    inner: int
    """How many calls of activations there had been when it began."""
    version: int = -1
    """How often x had been overwritten."""
    children: int = 0


@dataclass(slots=True)
class _Called:
    """One call of an operator."""

    operator: str
    x: Tensor
    result: Any = None
    acting: Acting | None = None
    """None where the call is a part of a place, or no activation."""
    recurrent: bool = False
    """Whether it is one of many steps in time, whose number may differ from pass to pass."""


@dataclass
class Learned:
    """What a pass has taught: the places in the order of the operators' calls, and those that are modules."""

    calls: list[tuple[str, Acting | None]] = field(default_factory=list)
    modules: list[tuple[nn.Module, list[Acting]]] = field(default_factory=list)
    recurrent: list[tuple[nn.Module, dict[str, Acting]]] = field(default_factory=list)
    nodes: list[tuple[Any, Acting]] = field(default_factory=list)
    """The node of the graph behind each place, until the loss has been looked at."""
    told: list[str] = field(default_factory=list)
    """The operators of all calls, as the dispatcher has them."""
    fused: set[nn.Module] = field(default_factory=set)
    """Layers that run in one piece, and are looked into beside."""
    unseen: list[str] = field(default_factory=list)
    """Modules inside of which nothing can be seen."""


class Lesson:
    """The hooks of one forward pass."""

    def __init__(
        self,
        entry: nn.Module,
        path: str,
        make: Made,
        wholes: Wholes,
        breaks: Callable[[Exception], None],
    ) -> None:
        self._make, self._wholes, self._breaks = make, wholes, breaks
        self._called: list[_Called] = []
        self._frames: list[_Frame] = []
        self.dropped: list[str] = []
        """Places that turned out to be parts of others."""
        self._names: Counter[str] = Counter()
        self._layer, self._images, self._layers = "", False, 0
        self.learned = Learned()
        self._made: list[tuple[int, Acting]] = []
        self._handles: list[Any] = []
        for name, module in uncompiled(entry, path):
            if not isinstance(module, torch.jit.ScriptModule):
                self._listen(module, plain(name))
        self._frames.append(_Frame(path, entry, None, 0))
        self._root = entry

    def _listen(self, module: nn.Module, path: str) -> None:
        def before(module: nn.Module, args: tuple[Any, ...]) -> None:
            if torch.compiler.is_compiling() or not tap.hears(self):  # another thread's
                return
            self._frames[-1].children += 1
            x = args[0] if args else None
            version = x._version if isinstance(x, Tensor) and not x.is_inference() else -1
            self._frames.append(_Frame(path, module, x, len(self._called), version))

        def after(module: nn.Module, args: tuple[Any, ...], result: Any) -> None:
            if not torch.compiler.is_compiling() and tap.hears(self) and self._frames[-1].module is module:
                try:
                    self._look_inside(module, args)
                    self._leave(self._frames.pop(), result)
                except Exception as problem:  # noqa: BLE001  (see Session.breaks)
                    self._breaks(problem)

        self._handles += [module.register_forward_pre_hook(before), module.register_forward_hook(after)]

    def _look_inside(self, module: nn.Module, args: tuple[Any, ...]) -> None:
        """Have an LSTM that ran in one piece seen step by step."""
        if isinstance(module, nn.LSTM) and not any(called.acting for called in self._called[self._frames[-1].inner :]):
            heard = tap.hears(self)
            if not heard:
                tap.begin(self)
            look_inside(module, args)
            if not heard:
                tap.end(self)
            if any(called.acting for called in self._called[self._frames[-1].inner :]):
                self.learned.fused.add(module)

    def close(self, args: tuple[Any, ...] = (), result: Any = None) -> Learned:
        """Take the hooks away and return what was learned; a model that is one layer has these inputs and result."""
        for handle in self._handles:
            handle.remove()
        self._handles.clear()
        frame = self._frames[0]
        if recognised(self._root) or isinstance(self._root, _RECURRENT):
            self._look_inside(self._root, args)
            self._leave(_Frame(frame.path, self._root, None, 0), result)
        self.learned.told = [called.operator for called in self._called]
        self.learned.calls = [(called.operator, called.acting) for called in self._called if not called.recurrent]
        for layers, acting in self._made:
            if layers == self._layers and layers and acting.role == "activation":
                acting.role = "output"
        return self.learned

    def before(self, operator: str, x: Tensor, args: tuple[Any, ...], kwargs: dict[str, Any]) -> "Lesson":
        """Take a call of an operator, which is about to run."""
        called = _Called(operator, x)
        self._called.append(called)
        try:
            self._arrives(called, args, kwargs)
        except Exception as problem:  # noqa: BLE001  (see Session.breaks)
            self._breaks(problem)
        return self

    def _arrives(self, called: _Called, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        frame, operator, x = self._frames[-1], called.operator, called.x
        read = OPERATORS[operator](*args, **kwargs)
        if read is None or not x.is_floating_point():
            return
        # Positions and masks are computed by these, which are then nothing that learns.
        of_no_gradient = not x.requires_grad and (read[0] in ("sine", "cosine") or operator.startswith("clamp"))
        if of_no_gradient or is_a_parameter(x):
            return
        recurrent = next((f for f in reversed(self._frames) if isinstance(f.module, _RECURRENT)), None)
        if recurrent is not None:
            called.recurrent = True
            called.acting = self._of_recurrent(recurrent, operator.rstrip("_"), read, x)
        else:
            activation = get(read[0])
            module = recognised(frame.module)
            whole = module is not None and module[0] is activation
            name = frame.path if whole else f"{frame.path}/{activation.name}".removeprefix("/")
            called.acting = self._place(name, known(activation, read[1]), x)
        called.acting.begin(x)

    def after(self, y: Tensor) -> None:
        """Take the result of the call that was last begun."""
        called = self._called[-1]
        called.result = y
        if called.acting is not None:
            called.acting.after(y)
            if y.grad_fn is not None:
                self.learned.nodes.append((y.grad_fn, called.acting))

    def _place(self, name: str, function: Function, x: Tensor) -> Acting:
        self._names[name] += 1
        again = self._names[name]
        axis = 1 if x.dim() > 2 and self._images else -1
        units = x.shape[axis] if x.dim() else 1
        acting = self._make(f"{name}#{again}" if again > 1 else name, function, axis, units, self._layer)
        self._made.append((self._layers, acting))
        return acting

    def _of_recurrent(self, frame: _Frame, operator: str, read: Call, x: Tensor) -> Acting:
        found = next((places for module, places in self.learned.recurrent if module is frame.module), None)
        if found is None:
            found = {}
            self.learned.recurrent.append((frame.module, found))
        if operator not in found:
            self._layer = frame.path
            found[operator] = acting = self._place(f"{frame.path}/{read[0]}", known(get(read[0]), read[1]), x)
            if read[0] == "sigmoid":
                acting.role = "gate"
        return found[operator]

    def _leave(self, frame: _Frame, result: Any) -> None:
        module, x = frame.module, frame.x
        inside = self._called[frame.inner :]
        if isinstance(module, nn.RNNBase) and not any(called.acting for called in inside):
            self.learned.unseen.append(frame.path)
        if any(parameter.dim() > 1 for parameter in module.parameters(recurse=False)):
            self._layer, self._layers = frame.path, self._layers + 1
        if isinstance(module, _IMAGES):
            self._images = True
        elif isinstance(module, nn.Linear | nn.LayerNorm):
            self._images = False
        if frame.children or not (isinstance(x, Tensor) and isinstance(result, Tensor)):
            return
        if x.shape != result.shape or x.dtype != result.dtype or not x.is_floating_point():
            return
        alone = inside[0] if len(inside) == 1 else None
        function = self._wholes.whole(
            module,
            x,
            inside=[called.acting.function.name for called in inside if called.acting is not None],
            is_its_operator=alone is not None and alone.result is result and alone.x is x,
        )
        if function is None:
            return
        for called in inside:
            if called.acting is not None:
                self.dropped.append(called.acting.name)
                self._made = [pair for pair in self._made if pair[1] is not called.acting]
                self.learned.nodes = [pair for pair in self.learned.nodes if pair[1] is not called.acting]
                called.acting = None
        acting = self._place(frame.path, function, x)
        places = next((places for one, places in self.learned.modules if one is module), None)
        if places is None:
            places = []
            self.learned.modules.append((module, places))
        places.append(acting)
        if result.grad_fn is not None:
            acting.whole = [node for node, _ in result.grad_fn.next_functions if node is not None] != [x.grad_fn]
            self.learned.nodes.append((result.grad_fn, acting))
        if x._version == frame.version:
            acting.begin(x)
            acting.after(result)
