"""The public face: what joins the layers. Functions that take any kind of array, comparisons that show themselves."""

import sys
from collections.abc import Sequence
from dataclasses import fields
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from .catalogue import CATALOGUE, Activation, Catalogue
from .catalogue import get as declared
from .errors import ArrayTypeError, ParameterError
from .lab.flow.records import Flow
from .lab.records import Comparison, Init, Optimizer, Progress


class Function(Activation):
    """An activation that can be called: on Python numbers, NumPy arrays and torch tensors alike.

    >>> import actscope as act
    >>> act.gelu(0.0), act.gelu.slope(0.0)
    (0.0, 0.5)
    >>> act.leaky_relu
    <actscope.leaky_relu: where(x > 0, x, negative_slope*x)>
    """

    __slots__ = ()

    def __call__(self, x: Any, *unnamed: Any, axis: int = -1, out: Any = None, **parameters: float) -> Any:
        """Return f(x), with the type, dtype and shape of `x`; a torch tensor's result is differentiable.

        `axis` is the one along which a row-wise activation such as softmax acts; `out` is an array for the result.
        Parameters are given by name, as in `leaky_relu(x, negative_slope=0.2)`.
        """
        if unnamed:
            own = [parameter.name for parameter in self.parameters]
            told = f"by name, as in {self.name}(x, {own[0]}={unnamed[0]!r})" if own else "of which it has none"
            raise ParameterError(f"{self.name} takes one input, and parameters {told}")
        if _is_torch(x):
            if out is not None:
                raise ArrayTypeError(f"{self.name}: `out` is for NumPy arrays; a torch result is a new tensor")
            from .nn import functional

            return functional.apply(self, x, dim=axis, **parameters)
        from . import kernels

        return kernels.value(self, _for_numpy(self.name, x), axis=axis, out=out, **parameters)

    def slope(self, x: Any, *, out: Any = None, **parameters: float) -> Any:
        """Return f'(x) by the exact formula, with the type, dtype and shape of `x`."""
        if _is_torch(x):
            from .nn import functional

            return functional.slope(self, x, **parameters)
        from . import kernels

        return kernels.slope(self, _for_numpy(self.name, x), out=out, **parameters)

    def __repr__(self) -> str:
        return f"<actscope.{self.name}: {self.formula}>"

    def _repr_latex_(self) -> str:
        return f"${self.latex()}$"


def _is_torch(x: Any) -> bool:
    # Who holds a tensor has loaded torch; who has not must not pay for it.
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(x, torch.Tensor)


def _for_numpy(name: str, x: Any) -> Any:
    if type(x).__module__.partition(".")[0] in ("jax", "jaxlib"):
        raise ArrayTypeError(f"{name} does not take JAX arrays yet; pass numpy.asarray(x)")
    return x


@lru_cache(maxsize=256)
def function(activation: Activation) -> Function:
    """Return the callable for an activation."""
    return Function(**{field.name: getattr(activation, field.name) for field in fields(Activation) if field.init})


catalogue: Catalogue[Function] = Catalogue(map(function, CATALOGUE))
"""Every activation, callable: iterate, filter by property, or look one up."""


def get(name: str | Activation) -> Function:
    """Return the activation called `name` (or one of its aliases) as a callable.

    Raises UnknownActivationError, which suggests the nearest name.

    >>> get("swish")
    <actscope.silu: x*sigmoid(x)>
    """
    return name if isinstance(name, Function) else function(declared(name))


class ShownComparison(Comparison):
    """A Comparison that shows itself: `print` gives the table, a notebook the figures, `save` the report."""

    __slots__ = ()

    def __repr__(self) -> str:
        names = ", ".join(self.activations)
        return f"<comparison of {names} on {self.task.name}: {len(self.runs)} of {self.planned} networks trained>"

    def __str__(self) -> str:
        from . import report

        return report.text(self)

    def _repr_html_(self) -> str:
        from . import report

        return report.notebook_html(self)

    def save(self, folder: str | Path, *, overwrite: bool = False) -> Path:
        """Write report.html, comparison.json and the figures into `folder`; return the path of report.html.

        Raises ReportError if the folder cannot be written, or holds a report and `overwrite` is false.
        """
        from . import report

        return report.save(self, folder, overwrite=overwrite)


def compare(
    task: str,
    activations: Sequence[str | Activation] = ("sigmoid", "tanh", "relu", "gelu"),
    *,
    depth: int | Sequence[int] = 12,
    width: int = 64,
    seeds: int = 3,
    epochs: int = 30,
    optimizer: Optimizer = "adam",
    lr: float | None = None,
    init: Init = "auto",
    batch_size: int = 64,
    samples: int | None = None,
    noise: float | None = None,
    progress: Progress | None = None,
) -> ShownComparison:
    """Return how the activations compare on a task: trained on the same seeds, data and batches, measured, explained.

    The options are those of `actscope compare`; `activations` are names or callables such as `act.gelu`, `lr`,
    `samples` and `noise` have defaults of the optimizer and the task. Raises SettingError, UnknownTaskError or
    UnknownActivationError before any training. `progress(experiment, epoch)` is called after each epoch;
    without it a terminal shows a bar.

    >>> comparison = compare("xor", ["identity", "relu"], depth=2, seeds=2, epochs=5)
    >>> [standing.activation for standing in comparison.standings]
    ['relu', 'identity']
    """
    from .lab import comparison, planning

    experiments = planning.plan(
        task,
        activations,
        depth=depth,
        width=width,
        seeds=seeds,
        epochs=epochs,
        optimizer=optimizer,
        lr=lr,
        init=init,
        batch_size=batch_size,
        samples=samples,
        noise=noise,
    )
    if progress is None and sys.stderr.isatty():
        from rich.console import Console

        from . import report

        with report.watched(experiments, Console(stderr=True)) as heard:
            finished = list(comparison.runs(experiments, heard.epoch))
    else:
        finished = list(comparison.runs(experiments, progress))
    found = comparison.summarise(experiments, finished)
    return ShownComparison(**{field.name: getattr(found, field.name) for field in fields(Comparison)})


class ShownFlow(Flow):
    """A Flow that shows itself: `print` gives the table, a notebook the figure, `save` a picture, page or numbers."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<flow of {', '.join(self.activations)} through {self.depth} layers>"

    def __str__(self) -> str:
        from .report.flow.text import text

        return text(self)

    def _repr_html_(self) -> str:
        from .report.flow.page import notebook

        return notebook(self)

    def save(self, path: str | Path, *, theme: Literal["light", "dark"] = "light") -> Path:
        """Write .html, .png, .svg or .json, as `path` ends, and return the path; raises ReportError if it cannot."""
        from .report.flow.page import save

        return save(self, path, theme)


def flow(
    activations: Sequence[str | Activation] = ("sigmoid", "tanh", "relu"),
    *,
    depth: int = 50,
    width: int = 256,
    init: Init = "auto",
    seeds: int = 3,
    samples: int = 64,
) -> ShownFlow:
    """Return how large signal and gradient are at every layer: predicted from the formulas, measured in real networks.

    The networks are random, `seeds` of them for each activation; `activations` are names or callables of one number.
    Raises SettingError or UnknownActivationError before anything is computed.

    >>> found = flow(["sigmoid", "relu"], depth=20, width=64, seeds=2)
    >>> [(line.activation, line.verdict) for line in found.lines]
    [('sigmoid', 'vanishing'), ('relu', 'level')]
    """
    from .lab.flow import ask, look

    found = look(ask(activations, depth=depth, width=width, init=init, seeds=seeds, samples=samples))
    return ShownFlow(**{field.name: getattr(found, field.name) for field in fields(Flow)})
