"""`diagnose` trains a copy of a model for a while and says what is wrong; `check` looks without training."""

import copy
import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from ..errors import ActscopeError, ProbeError
from .records import Diagnosis
from .watching import watch

LR = 1e-3
"""Of Adam, which trains where no optimiser is given."""

LossOf = Callable[[Any, Any], Tensor]
Progress = Callable[[int, int], None]


def diagnose(
    model: nn.Module,
    loss_fn: LossOf | None,
    batches: Iterable[Any],
    optimizer: torch.optim.Optimizer | Callable[[Iterable[nn.Parameter]], torch.optim.Optimizer] | None = None,
    steps: int = 100,
    *,
    progress: Progress | None = None,
) -> Diagnosis:
    """Return what is wrong with a model, after training a copy of it for `steps` steps; the model stays as it was.

    `batches` is anything that can be iterated over, and is begun again when it ends; a batch is `(inputs, targets)`,
    where inputs are a tensor, a tuple of positional or a dict of keyword arguments of the model, or a dict alone, as
    Hugging Face's models take it. `loss_fn(outputs, targets)` gives a scalar; None takes `outputs.loss`. The optimiser
    is rebuilt for the copy with its class, options and state; a function from parameters to one will do; without either
    Adam trains with a learning rate of 0.001. The random state of PyTorch is put back. `progress(step, steps)` is
    called after each step. Raises ProbeError, with the place and the remedy, if the model, the loss or the batches do
    not work.

    >>> model = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 2), nn.Softmax(dim=1))
    >>> batch = torch.randn(64, 4), torch.tensor([0, 1] * 32)
    >>> diagnosis = diagnose(model, nn.CrossEntropyLoss(), [batch], steps=5)
    >>> [finding.name for finding in diagnosis.findings], diagnosis.healthy
    (['softmax-twice'], False)
    """
    if isinstance(steps, bool) or not isinstance(steps, int) or steps < 1:
        raise ProbeError(f"`steps` is how many steps the copy trains, a whole number >= 1, but got {steps!r}")
    _check_model(model)
    with _same_random_state():
        twin = _copy_of(model)
        stepping = _optimizer_of(optimizer, model, twin)
        drawn = _batches(batches, steps)
        with watch(twin, budget=None) as probe:
            for step, batch in enumerate(drawn, start=1):
                loss = _loss(twin, loss_fn, batch, step)
                stepping.zero_grad()
                _backward(loss, step)
                stepping.step()
                if progress is not None:
                    progress(step, steps)
                if probe.ended_badly():
                    break
            return probe.diagnosis()


def check(model: nn.Module, loss_fn: LossOf | None, example_batch: Any) -> Diagnosis:
    """Return what is wrong by the loss's graph alone, after one forward pass of a copy, without training.

    Seen are a softmax or sigmoid that the loss applies again, missing or repeated activations, outputs that cannot
    reach the targets, and parameters that no gradient reaches. The arguments and errors are those of `diagnose`.

    >>> model = nn.Sequential(nn.Linear(4, 64), nn.Linear(64, 1))
    >>> print(check(model, nn.MSELoss(), (torch.randn(8, 4), torch.randn(8, 1))).findings[0].name)
    missing-activation
    """
    _check_model(model)
    with _same_random_state():
        twin = _copy_of(model)
        with watch(twin, budget=None) as probe:
            loss = _loss(twin, loss_fn, example_batch, 1)
            probe.examine(loss, _targets(example_batch))
        return probe.diagnosis()


def _check_model(model: object) -> None:
    if not isinstance(model, nn.Module):
        hint = "; give an instance, model()" if isinstance(model, type) and issubclass(model, nn.Module) else ""
        raise ProbeError(f"`model` must be a torch.nn.Module, but got {_kind(model)}{hint}")


def _copy_of(model: nn.Module) -> nn.Module:
    try:
        return copy.deepcopy(model)
    except Exception as problem:
        raise ProbeError(
            f"the model cannot be copied ({_said(problem)}), and `diagnose` does not train the original; "
            "train it yourself inside `with act.watch(model) as probe:`"
        ) from problem


def _optimizer_of(given: Any, model: nn.Module, twin: nn.Module) -> torch.optim.Optimizer:
    if given is None:
        trained = [parameter for parameter in twin.parameters() if parameter.requires_grad]
        if not trained:
            raise ProbeError(
                "no parameter of the model requires a gradient, so there is nothing to train or to diagnose"
            )
        return torch.optim.Adam(trained, lr=LR)
    if isinstance(given, torch.optim.Optimizer):
        return _moved(given, model, twin)
    if callable(given):
        made = given(twin.parameters())
        if isinstance(made, torch.optim.Optimizer):
            return made
        raise ProbeError(f"`optimizer` must return a torch.optim.Optimizer, but returned {_kind(made)}")
    raise ProbeError(
        f"`optimizer` must be a torch.optim.Optimizer of the model's parameters, or a function that makes one of "
        f"parameters, but got {_kind(given)}"
    )


def _moved(optimizer: torch.optim.Optimizer, model: nn.Module, twin: nn.Module) -> torch.optim.Optimizer:
    """Return the same optimiser for the copy's parameters, with a copy of its state."""
    partner = {id(old): new for old, new in zip(model.parameters(), twin.parameters(), strict=True)}
    held = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    if not any(id(parameter) in partner for parameter in held):
        raise ProbeError(
            "the optimizer holds none of the model's parameters; make it of model.parameters() after the model is built"
        )
    groups = [
        {**group, "params": [partner[id(p)] for p in group["params"] if id(p) in partner]}
        for group in optimizer.param_groups
    ]
    made = copy.copy(optimizer)
    made.__dict__ = dict(optimizer.__dict__)
    made.param_groups = groups
    made.state = defaultdict(dict)
    for old, state in optimizer.state.items():
        if id(old) in partner:
            made.state[partner[id(old)]] = copy.deepcopy(state)
    return made


def _batches(batches: Iterable[Any], steps: int) -> Iterator[Any]:
    """Yield so many batches, from the beginning again where they end."""
    if isinstance(batches, Tensor | nn.Module) or not isinstance(batches, Iterable):
        raise ProbeError(
            f"`batches` must yield (inputs, targets), as a DataLoader or a list of such pairs does, "
            f"but got {_kind(batches)}"
        )
    count = 0
    while True:
        before = count
        try:
            for batch in itertools.islice(batches, steps - count):
                count += 1
                yield batch
        except ActscopeError:
            raise
        except (RuntimeError, TypeError, ValueError, OSError, LookupError) as problem:
            raise ProbeError(f"the batches failed at batch {count + 1}: {_said(problem)}") from problem
        if count == 0:
            raise ProbeError(
                "`batches` is empty: it yielded no batch at all; is the data set empty, or a generator used up?"
            )
        # A generator cannot begin again: what it had must do.
        if count >= steps or count == before:
            return


def _parts(batch: Any) -> tuple[tuple[Any, ...], dict[str, Any], Any]:
    """Return the positional and keyword arguments of the model, and the targets."""
    if isinstance(batch, Mapping):
        return (), dict(batch), batch
    if isinstance(batch, tuple | list) and len(batch) == 2:
        inputs, targets = batch
        if isinstance(inputs, Mapping):
            return (), dict(inputs), targets
        return (tuple(inputs) if isinstance(inputs, tuple | list) else (inputs,)), {}, targets
    if isinstance(batch, tuple | list) and len(batch) == 1:
        return (batch[0],), {}, batch[0]
    raise ProbeError(
        f"a batch must be (inputs, targets) or a dict of the model's arguments, but the loader yielded {_kind(batch)}; "
        "wrap it: ((x1, x2), targets) for several inputs"
    )


def _targets(batch: Any) -> Any:
    return _parts(batch)[2]


def _loss(model: nn.Module, loss_fn: LossOf | None, batch: Any, step: int) -> Tensor:
    args, kwargs, targets = _parts(batch)
    _check_devices(model, (*args, *kwargs.values(), targets))
    try:
        outputs = model(*args, **kwargs)
    except Exception as problem:
        raise ProbeError(
            f"the model does not run on batch {step}, whose inputs are {_shapes(args, kwargs)}: {_said(problem)}"
        ) from problem
    try:
        loss = outputs.loss if loss_fn is None else loss_fn(outputs, targets)
    except Exception as problem:
        wanted = "outputs.loss (no loss_fn is given)" if loss_fn is None else "loss_fn(outputs, targets)"
        raise ProbeError(
            f"{wanted} failed on batch {step}, outputs {_shape(outputs)}, targets {_shape(targets)}: {_said(problem)}"
        ) from problem
    if not isinstance(loss, Tensor):
        raise ProbeError(f"the loss must be a tensor of one number, but loss_fn returned {_kind(loss)}")
    if loss.numel() != 1:
        raise ProbeError(
            f"the loss must be one number, but has shape {tuple(loss.shape)}; return loss.mean(), or drop "
            "reduction='none'"
        )
    return loss


def _backward(loss: Tensor, step: int) -> None:
    if loss.grad_fn is None:
        raise ProbeError(
            "no gradient leads from the loss to any parameter: it was computed under torch.no_grad(), or from "
            ".detach(), .item(), .data or NumPy, or all parameters are frozen; compute it from the model's outputs by "
            "tensors alone"
        )
    try:
        torch.autograd.backward(loss)
    except RuntimeError as problem:
        raise ProbeError(f"the backward pass failed at step {step}: {_said(problem)}") from problem


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


class _same_random_state:  # noqa: N801  (used as a statement)
    """The random state of PyTorch after the block is that before it."""

    def __enter__(self) -> None:
        self._cpu = torch.get_rng_state()
        self._cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []

    def __exit__(self, *_: object) -> None:
        torch.set_rng_state(self._cpu)
        if self._cuda:
            torch.cuda.set_rng_state_all(self._cuda)


def _said(problem: BaseException) -> str:
    first = next(iter(str(problem).strip().splitlines()), "")
    return f"{type(problem).__name__}: {first}" if first else type(problem).__name__


def _kind(value: object) -> str:
    if isinstance(value, tuple | list):
        return f"a {type(value).__name__} of {len(value)}"
    return "None" if value is None else f"{type(value).__name__}"


def _shape(value: Any) -> str:
    return f"of shape {tuple(value.shape)} ({value.dtype})" if isinstance(value, Tensor) else _kind(value)


def _shapes(args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
    return ", ".join([_shape(value) for value in args] + [f"{name} {_shape(value)}" for name, value in kwargs.items()])
