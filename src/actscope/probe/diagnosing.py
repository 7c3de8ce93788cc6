"""`diagnose` trains a copy of a model for a while and says what is wrong; `check` looks without training."""

import inspect
import traceback
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.loss import _Loss

from ..errors import ProbeError
from .batches import drawn, parts
from .raised import remedy, told
from .records import Diagnosis
from .twins import Optimizing, copy_of, kind, optimizer_of, same_gradients, same_random_state
from .watching import watch

LossOf = Callable[[Any, Any], Tensor]
Progress = Callable[[int, int], None]
_RAN_DRY = (
    "the batches ended after {} of {} steps, since a generator or an iterator cannot begin again; give the DataLoader "
    "itself, or a list"
)


def diagnose(
    model: nn.Module,
    loss_fn: LossOf | None,
    batches: Iterable[Any],
    optimizer: Optimizing | None = None,
    steps: int = 100,
    *,
    progress: Progress | None = None,
) -> Diagnosis:
    """Return what is wrong with a model, after training a copy of it for a while; `act.diagnose` says more.

    >>> model = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 2), nn.Softmax(dim=1))
    >>> batch = torch.randn(64, 4), torch.tensor([0, 1] * 32)
    >>> diagnosis = diagnose(model, nn.CrossEntropyLoss(), [batch], steps=5)
    >>> [finding.name for finding in diagnosis.findings], diagnosis.healthy
    (['softmax-twice'], False)
    """
    if isinstance(steps, bool) or not isinstance(steps, int) or steps < 1:
        raise ProbeError(f"`steps` is how many steps the copy trains, a whole number >= 1, but got {steps!r}")
    _check_asked(model, loss_fn, "batches")
    with same_random_state(), same_gradients(model, loss_fn):
        twin = copy_of(model)
        stepping = optimizer_of(optimizer, model, twin)
        wanted, made = drawn(batches, steps), 0
        with watch(twin, budget=None) as probe:
            for step, batch in enumerate(wanted, start=1):
                made, loss = step, _loss(twin, loss_fn, batch, step)
                stepping.zero_grad()
                _backward(loss, step)
                _step(stepping, step)
                if progress is not None:
                    progress(step, steps)
                if probe.ended_badly():
                    return probe.diagnosis()
            found = probe.diagnosis()
            return found if made == steps else _with_note(found, _RAN_DRY.format(made, steps))


def _with_note(found: Diagnosis, note: str) -> Diagnosis:
    return replace(found, recording=replace(found.recording, notes=(*found.recording.notes, note)))


def check(model: nn.Module, loss_fn: LossOf | None, example_batch: Any) -> Diagnosis:
    """Return what is wrong by the loss's graph alone, after one forward pass of a copy; `act.check` says more.

    >>> model = nn.Sequential(nn.Linear(4, 64), nn.Linear(64, 1))
    >>> print(check(model, nn.MSELoss(), (torch.randn(8, 4), torch.randn(8, 1))).findings[0].name)
    missing-activation
    """
    _check_asked(model, loss_fn, "example batch")
    with same_random_state(), same_gradients(model, loss_fn):
        twin = copy_of(model)
        with watch(twin, budget=None) as probe:
            loss = _loss(twin, loss_fn, example_batch, None)
            probe.examine(loss, parts(example_batch, None)[2])
        return probe.diagnosis()


def _check_asked(model: object, loss_fn: object, last: str) -> None:
    order = f"the order is model, loss, {last}"
    if _is_loss(model) or (callable(model) and _is_trained(loss_fn) and not _is_trained(model)):
        raise ProbeError(f"the first argument is a {_called(model)}; {order}")
    if not isinstance(model, nn.Module):
        hint = "; give an instance, model()" if isinstance(model, type) and issubclass(model, nn.Module) else ""
        if inspect.isfunction(model):
            hint = "; give what it returns"
        raise ProbeError(f"`model` must be a torch.nn.Module, but got {kind(model)}{hint}")
    if isinstance(model, torch.jit.ScriptModule):
        raise ProbeError(
            "a model made by torch.jit.script or torch.jit.trace takes no hooks; diagnose the model it was made from"
        )
    if isinstance(loss_fn, type):
        raise ProbeError(f"`loss_fn` is the class {loss_fn.__name__}; give an instance, {loss_fn.__name__}()")
    if loss_fn is not None and not callable(loss_fn):
        raise ProbeError(
            f"`loss_fn` must be a function of (outputs, targets), such as torch.nn.CrossEntropyLoss(), "
            f"but got {kind(loss_fn)}; {order}"
        )


def _is_loss(value: object) -> bool:
    return isinstance(value, _Loss) or (isinstance(value, type) and issubclass(value, _Loss))


def _is_trained(value: object) -> bool:
    return isinstance(value, nn.Module) and next(value.parameters(), None) is not None


def _called(value: object) -> str:
    return value.__name__ if isinstance(value, type) else type(value).__name__


def _loss(model: nn.Module, loss_fn: LossOf | None, batch: Any, step: int | None) -> Tensor:
    args, kwargs, targets = parts(batch, step)
    here = "the example batch" if step is None else f"batch {step}"
    _check_devices(model, (*args, *kwargs.values(), targets))
    try:
        outputs = model(*args, **kwargs)
    except Exception as problem:
        raise ProbeError(
            f"the model does not run on {here}, whose inputs are {_shapes(args, kwargs)}: {told(problem)}"
            f"{_layer_of(problem, model)}{remedy(problem)}"
        ) from problem
    if loss_fn is None and getattr(outputs, "loss", None) is None:
        raise ProbeError(
            f"no loss_fn is given, and the model's outputs ({_shape(outputs)}) have no loss of their own; give a "
            "loss_fn(outputs, targets), such as torch.nn.CrossEntropyLoss(), or labels in the batch"
        )
    try:
        loss = outputs.loss if loss_fn is None else loss_fn(outputs, targets)
    except Exception as problem:
        raise ProbeError(
            f"loss_fn(outputs, targets) failed on {here}, outputs {_shape(outputs)}, "
            f"targets {_shape(targets)}: {told(problem)}{remedy(problem)}"
        ) from problem
    if not isinstance(loss, Tensor):
        raise ProbeError(
            f"the loss must be a tensor of one number, but loss_fn returned {kind(loss)}; return the tensor itself, "
            "without .item(), float() or anything beside it"
        )
    if loss.numel() != 1:
        raise ProbeError(
            f"the loss must be one number, but has shape {tuple(loss.shape)}; return loss.mean(), or drop "
            "reduction='none'"
        )
    return loss


def _layer_of(problem: BaseException, model: nn.Module) -> str:
    """Return the innermost layer that was at work when a pass failed; "" if that was the model as a whole."""
    names = {id(module): name for name, module in model.named_modules() if name}
    frames = [frame.f_locals.get("self") for frame, _ in traceback.walk_tb(problem.__traceback__)]
    inside = [value for value in frames if id(value) in names]
    return f", in layer `{names[id(inside[-1])]}` ({_called(inside[-1])})" if inside else ""


def _backward(loss: Tensor, step: int) -> None:
    if loss.grad_fn is None:
        raise ProbeError(
            "no gradient leads from the loss to any parameter: it was computed under torch.no_grad(), or from "
            ".detach(), .item(), .data or NumPy, or all parameters are frozen; compute it from the model's outputs by "
            "tensors alone"
        )
    try:
        torch.autograd.backward(loss)
    except Exception as problem:
        raise ProbeError(f"the backward pass failed at step {step}: {told(problem)}{remedy(problem)}") from problem


def _step(optimizer: torch.optim.Optimizer, step: int) -> None:
    try:
        optimizer.step()
    except Exception as problem:
        raise ProbeError(f"the optimizer {_called(optimizer)} failed at step {step}: {told(problem)}") from problem


def _check_devices(model: nn.Module, given: Iterable[Any]) -> None:
    homes = {str(parameter.device) for parameter in model.parameters()}
    if len(homes) != 1:
        return
    (home,) = homes
    for value in given:
        if isinstance(value, Tensor) and str(value.device) != home:
            raise ProbeError(
                f"the model is on {home}, but the batch on {value.device}; move one of them: "
                f"model.to({str(value.device)!r}), or x.to({home!r}) for each batch"
            )


def _shape(value: Any) -> str:
    return f"of shape {tuple(value.shape)} ({value.dtype})" if isinstance(value, Tensor) else kind(value)


def _shapes(args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
    return ", ".join([_shape(value) for value in args] + [f"{name} {_shape(value)}" for name, value in kwargs.items()])
