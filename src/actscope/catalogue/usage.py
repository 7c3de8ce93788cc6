"""How an activation is called, and what help says of it: a signature and a text, made from the declaration."""

import textwrap
from functools import lru_cache
from inspect import Parameter as Argument
from inspect import Signature
from typing import Any

import numpy as np

from ..formula import evaluate
from .activation import Activation, Parameter, bounds_of
from .index import CATALOGUE

_WIDTH = 88
_POINTS = (-1.0, 0.5, 2.0, 3.0)


@lru_cache(maxsize=256)
def signature_of(activation: Activation) -> Signature:
    """Return what a call takes: the inputs by place, the parameters and all else by name.

    >>> print(signature_of(CATALOGUE["leaky_relu"]), signature_of(CATALOGUE["glu"]))
    (x, *, negative_slope=0.01, bias=None, out=None) (a, b=None, /, *, axis=-1, dim=None, bias=None, out=None)
    """
    if activation.gated:
        first, second = activation.inputs
        given = [Argument(first, Argument.POSITIONAL_ONLY), Argument(second, Argument.POSITIONAL_ONLY, default=None)]
    else:
        given = [Argument("x", Argument.POSITIONAL_OR_KEYWORD)]
    named: dict[str, object] = {p.name: int(p.default) if p.whole else p.default for p in activation.parameters}
    if not activation.pointwise:
        named |= {"axis": -1, "dim": None}
    if not activation.rowwise:
        named["bias"] = None
    if activation.drawn:
        named["training"] = False
    named["out"] = None
    return Signature([*given, *(Argument(name, Argument.KEYWORD_ONLY, default=value) for name, value in named.items())])


@lru_cache(maxsize=256)
def text_of(activation: Activation) -> str:
    """Return what `help` says: the call, the formula, the story, what each argument is, the paper, and an example."""
    what = str(activation.formula)
    if activation.written not in ("", what):
        what += f", written as {activation.written}"
    parts = [
        f"{activation.name}{signature_of(activation)}",
        _filled(f"{activation.title}: f = {what}."),
        _filled(activation.story),
        "\n".join(f"{name}\n{textwrap.indent(_filled(told), '    ')}" for name, told in _arguments(activation)),
    ]
    if activation.pointwise:
        kinks = f" At a kink: {activation.convention.rstrip('.')}." if activation.convention else ""
        parts.append(_filled(f"{activation.name}.slope(x) is the slope, {activation.slope_formula}.{kinks}"))
    if activation.aliases:
        parts.append(_filled(f"Also called {', '.join(activation.aliases)}."))
    return "\n\n".join([*parts, _filled(f"{activation.introduced}."), *_example(activation)]) + "\n"


def _arguments(activation: Activation) -> list[tuple[str, str]]:
    name, inputs = activation.name, ", ".join(activation.inputs)
    kinds = "a number, a NumPy array, a torch tensor or a JAX array; the result has its type, dtype and shape"
    if activation.rowwise:
        kinds = f"a NumPy array, a torch tensor or a JAX array; {_result_of_rows(activation)}"
    told = [(inputs, f"{kinds}; one of them alone is cut in halves along `axis`" if activation.gated else kinds)]
    told += [(p.name, _meaning(activation, p)) for p in activation.parameters]
    if not activation.pointwise:
        acts = "the axis that is cut" if activation.gated else "the axis of the rows"
        told.append(("axis, dim", f"{acts}, by NumPy's word or by PyTorch's"))
    if not activation.rowwise:
        told.append(("bias", f"is added to {activation.inputs[0]} first, in the same pass over memory"))
    if activation.drawn:
        told.append(("training", f"whether {name} draws its random numbers, which it does on torch tensors"))
    return [*told, ("out", "a NumPy array that receives the result")]


def _result_of_rows(activation: Activation) -> str:
    return "the result has one number for each group" if activation.pooled else "the result has its dtype and shape"


def _meaning(activation: Activation, parameter: Parameter) -> str:
    kind = bounds_of(parameter)
    if not activation.rowwise:
        kind += ", or an array that broadcasts"
    if parameter.learnable:
        kind += "; one of shape (channels,) goes along axis 1"
    return f"{parameter.meaning} ({kind})"


def _example(activation: Activation) -> list[str]:
    values: dict[str, Any] = dict(activation.defaults)
    size = int(values[activation.row_length]) if activation.row_length else len(_POINTS)
    if len(_POINTS) % size or (activation.pooled and not activation.row_length):
        return []
    first = np.array(_POINTS).reshape(-1, size)
    given = dict(zip(activation.inputs, (first, first[:, ::-1]), strict=False))
    values |= given
    found = np.broadcast_to(evaluate(activation.formula, **values), first.shape)
    result = np.round(found[:, 0] if activation.pooled else found.ravel(), 4)
    written = ", ".join(f"np.array({array.ravel().tolist()})" for array in given.values())
    known = activation.name in CATALOGUE and CATALOGUE[activation.name].formula == activation.formula
    return [f">>> {'act.' * known}{activation.name}({written}).round(4)\n{result!r}"]


def _filled(text: str) -> str:
    return textwrap.fill(text, _WIDTH, break_long_words=False, break_on_hyphens=False)
