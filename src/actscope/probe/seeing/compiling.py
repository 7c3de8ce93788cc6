"""torch.compile: which modules run as compiled code, inside of which nothing of ours runs, and what to tell of it."""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import torch
from torch import nn
from torch.nn.parallel import DistributedDataParallel

Ours = TypeVar("Ours", bound=Callable[..., Any])

_UNSEEN = (
    "what happens inside compiled code cannot be seen; weights, gradients, updates and the loss can. "
    "To see inside, watch the model and train it uncompiled for 100 steps"
)


def passed_over(function: Ours) -> Ours:
    """Have torch.compile not look into a function of ours, nor into what it calls, where it meets one as Python."""
    # torch.compiler.disable would load all of torch._dynamo, and wrap the function in another.
    dynamo: Any = getattr(torch._C._dynamo, "eval_frame", None)
    if hasattr(dynamo, "set_code_exec_strategy"):
        skip = dynamo._FrameAction.SKIP
        code = function.__code__
        dynamo.set_code_exec_strategy(code, dynamo._FrameExecStrategy(skip, skip))
    return function


def is_compiled(module: nn.Module) -> bool:
    """Return whether a module is what torch.compile returned, or `module.compile()` was called."""
    return _wraps(module) or getattr(module, "_compiled_call_impl", None) is not None


def _wraps(module: nn.Module) -> bool:
    # By its name: to import the class is to load all of torch._dynamo.
    return type(module).__name__ == "OptimizedModule"


def takes_hooks(module: nn.Module) -> bool:
    """Return whether PyTorch calls the hooks of a module as Python: a wrapper's are outside of the compiled code."""
    return _wraps(module) or not is_compiled(module)


def uncompiled(root: nn.Module, path: str = "") -> Iterator[tuple[str, nn.Module]]:
    """Yield the modules below `root` whose hooks PyTorch calls as Python, with their paths.

    >>> model = nn.Sequential(nn.ReLU(), nn.Sequential(nn.Tanh()))
    >>> [path for path, _ in uncompiled(model)]
    ['0', '1', '1.0']
    >>> model[1].compile(backend="eager")
    >>> [path for path, _ in uncompiled(model)]
    ['0']
    """
    if is_compiled(root):
        return
    for name, child in root.named_children():
        here = f"{path}.{name}" if path else name
        if takes_hooks(child):
            yield here, child
            yield from uncompiled(child, here)


def plain(name: str) -> str:
    """Return the name that a module or parameter had before torch.compile and DDP wrapped what it belongs to.

    >>> plain("_orig_mod.module.0.weight"), plain("block._orig_mod.0.weight")
    ('0.weight', 'block.0.weight')
    """
    return name.replace("_orig_mod.", "").removesuffix("_orig_mod").removeprefix("module.")


def unwrapped(model: nn.Module) -> nn.Module:
    """Return the user's own module that torch.compile and DDP wrap."""
    while (inside := _original(without_ddp(model))) is not model:
        model = inside
    return model


def without_ddp(model: nn.Module) -> nn.Module:
    """Return the module that DistributedDataParallel wraps; any other is returned as it is."""
    inside = model.module if isinstance(model, DistributedDataParallel) else model
    assert isinstance(inside, nn.Module)
    return inside


def _original(model: nn.Module) -> nn.Module:
    inside = model._orig_mod if _wraps(model) else model
    assert isinstance(inside, nn.Module)
    return inside


def without_wrappers(model: nn.Module) -> nn.Module:
    """Return the model itself of what torch.compile returned, and put such parts of it in their wrappers' places.

    >>> import torch
    >>> part = nn.Linear(2, 2)
    >>> type(without_wrappers(nn.Sequential(torch.compile(part, backend="eager")))[0]).__name__
    'Linear'
    """
    while _wraps(model):
        model = _original(model)
    for module in model.modules():
        for name, child in module.named_children():
            if _wraps(child):
                setattr(module, name, without_wrappers(child))
    return model


def told(model: nn.Module, passes: bool, steps: int) -> tuple[str, ...]:
    """Return what to tell of compiled parts; `passes` is whether compiled code called a watched module."""
    named = list(dict.fromkeys(plain(name) or "the model" for name, one in model.named_modules() if is_compiled(one)))
    if passes and steps == 0:
        return (
            "the whole training step is compiled, so that nothing of it could be seen; compile the model alone, "
            "and the loss, the weights, gradients and updates are seen",
        )
    if named:
        return (f"{_listed(named)} compiled: {_UNSEEN}",)
    return (f"compiled code called the model or a part of it: {_UNSEEN}",) if passes else ()


def _listed(names: list[str]) -> str:
    shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    return f"{shown} {'is' if len(names) == 1 else 'are'}"
