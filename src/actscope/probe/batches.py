"""What a user's batches are: drawn one after another, and taken apart into what the model and the loss are given."""

import itertools
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from ..errors import ActscopeError, ProbeError
from .raised import remedy, told
from .twins import kind


def drawn(batches: Iterable[Any], steps: int) -> Iterator[Any]:
    """Yield so many batches, from the beginning again where they end."""
    if isinstance(batches, Tensor | nn.Module | Mapping | str) or not isinstance(batches, Iterable):
        change = (
            "give DataLoader(dataset, batch_size=64)" if isinstance(batches, Dataset) else "one batch alone is [batch]"
        )
        raise ProbeError(
            f"`batches` must yield (inputs, targets), as a DataLoader or a list of such pairs does, "
            f"but got {kind(batches)}; {change}"
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
        except Exception as problem:
            raise ProbeError(
                f"the batches failed at batch {count + 1}: {told(problem)}{remedy(problem)}; mend what yields them, "
                "`for batch in batches: pass` runs it alone"
            ) from problem
        if count == 0:
            raise ProbeError(
                "`batches` is empty: it yielded no batch at all; is the data set empty, or a generator used up?"
            )
        # A generator cannot begin again: what it had must do.
        if count >= steps or count == before:
            return


def parts(batch: Any, step: int | None) -> tuple[tuple[Any, ...], dict[str, Any], Any]:
    """Return the positional and keyword arguments of the model, and the targets; `step` is None for an example."""
    if isinstance(batch, Mapping):
        return (), dict(batch), batch
    if isinstance(batch, tuple | list) and len(batch) == 2:
        inputs, targets = batch
        if isinstance(inputs, Mapping):
            return (), dict(inputs), targets
        return (tuple(inputs) if isinstance(inputs, tuple | list) else (inputs,)), {}, targets
    if isinstance(batch, tuple | list) and len(batch) == 1:
        return (batch[0],), {}, batch[0]
    if isinstance(batch, Tensor):
        one = "" if step is None else "; one batch alone is [(inputs, targets)]"
        change = f"give (inputs, targets), without targets (inputs, inputs){one}"
    else:
        change = "wrap it: ((x1, x2), targets) for several inputs"
    met = "the example batch is" if step is None else "the loader yielded"
    if step is None and isinstance(batch, DataLoader | Iterator):
        change = "it yields batches: give one of them, next(iter(loader))"
    elif step is None and isinstance(batch, list) and batch and isinstance(batch[0], tuple | list | Mapping):
        change = "if it holds batches, give one of them, batches[0]"
    raise ProbeError(
        f"a batch must be (inputs, targets) or a dict of the model's arguments, but {met} {kind(batch)}; {change}"
    )
