"""Prediction and measurement put side by side."""

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ...catalogue import Activation
from ...errors import missing_extra
from ..activations import own_definition
from ..records import Estimate
from ..statistics import estimate
from . import mean_field
from .answering import answer
from .planning import Question
from .records import LEVEL, End, Flow, Line, Measured, OverSeeds, Verdict

if TYPE_CHECKING:
    from .measuring import Sample

Progress = Callable[[str, int], None]
"""Told the activation and the seed of each network that has been measured."""


def look(question: Question, progress: Progress | None = None) -> Flow:
    """Return the size of signal and gradient at every layer, predicted from the formulas and measured.

    Equal questions give equal numbers on one machine with one version of PyTorch; its random state and thread count
    are left as they were found.

    >>> from .planning import ask
    >>> line, = look(ask(["sigmoid"], depth=8, width=64, seeds=2)).lines
    >>> line.verdict, round(line.predicted_rate, 2), round(line.measured_rate.mean, 1)
    ('vanishing', 0.39, 0.4)
    """
    lines = tuple(_line(activation, question, progress) for activation in question.activations)
    return Flow(
        depth=question.depth,
        width=question.width,
        init=question.init,
        seeds=question.seeds,
        samples=question.samples,
        deepest=mean_field.DEEPEST,
        lines=lines,
        answer=answer(lines, question.depth),
    )


def _line(activation: Activation, question: Question, progress: Progress | None) -> Line:
    try:
        import torch
    except ImportError as error:
        raise missing_extra("lab", "measuring a network") from error

    from ..models import scales_of
    from ..training import quiet_torch
    from .measuring import sampled

    double: list[Sample] = []
    single: list[Sample] = []
    with quiet_torch():
        for seed in range(question.seeds):
            for dtype, found in ((torch.float64, double), (torch.float32, single)):
                found.append(
                    sampled(
                        activation,
                        depth=question.depth,
                        width=question.width,
                        init=question.init,
                        seed=seed,
                        samples=question.samples,
                        dtype=dtype,
                    )
                )
            if progress:
                progress(activation.name, seed)
    first, weight, bias = scales_of(activation, question.init, question.width)
    scales = mean_field.Scales(first, weight, bias)
    predicted = mean_field.predicted(activation, scales, question.depth)
    measured = _over_seeds([(sample.signal, sample.gradient) for sample in double])
    ends = [_end(sample, truth) for sample, truth in zip(single, double, strict=True)]
    return Line(
        activation=activation.name,
        weight_scale=weight,
        first_scale=first,
        bias_scale=bias,
        predicted=predicted,
        measured=measured,
        single=_over_seeds([(sample.signal, sample.gradient) for sample in single]),
        predicted_rate=_rate([sizes.gradient for sizes in predicted]),
        measured_rate=_rates([sample.gradient for sample in double]),
        deviation_growth=mean_field.deviation_growth(activation, scales, question.depth),
        verdict=_verdict([layer.gradient.mean for layer in measured]),
        predicted_end=mean_field.end_of_float32(activation, scales),
        measured_ends=tuple(end for end in ends if end is not None),
        defined=own_definition(activation),
    )


def _over_seeds(samples: Sequence[tuple[Sequence[float], Sequence[float]]]) -> tuple[Measured, ...]:
    signals = zip(*(signal for signal, _ in samples), strict=True)
    gradients = zip(*(gradient for _, gradient in samples), strict=True)
    return tuple(
        Measured(layer, _spread(signal), _spread(gradient))
        for layer, (signal, gradient) in enumerate(zip(signals, gradients, strict=True), start=1)
    )


def _spread(sizes: Sequence[float]) -> OverSeeds:
    return OverSeeds(_exp(np.mean(_logs(sizes))), min(sizes), max(sizes))


def _rate(gradients: Sequence[float]) -> float:
    """Return the factor from a layer to the one before it, over the layers from the last on that float64 can hold.

    It is 0 where the second layer from the top receives nothing, and nan where it is not finite.
    """
    held = next((k for k, size in enumerate(reversed(gradients)) if not 0.0 < size < math.inf), len(gradients))
    if held < 2:
        return 0.0 if gradients[-2] == 0.0 else math.nan
    return float(math.exp((math.log(gradients[-held]) - math.log(gradients[-1])) / (held - 1)))


def _rates(networks: Sequence[Sequence[float]]) -> Estimate:
    # Factors multiply, so their mean and interval are those of their logarithms.
    logs = estimate(list(_logs([_rate(gradients) for gradients in networks])))
    return Estimate(_exp(logs.mean), _exp(logs.low), _exp(logs.high), logs.seeds)


def _verdict(gradients: Sequence[float]) -> Verdict:
    first, last = gradients[0], gradients[-1]
    if last == 0.0:
        return "none"
    if not first <= LEVEL * last:
        return "exploding"
    return "vanishing" if first < last / LEVEL else "level"


def _end(sample: "Sample", truth: "Sample") -> End | None:
    """Return how many layers a float32 network's signal, or else its gradient on the way back, has come through."""
    for layer, (size, true) in enumerate(zip(sample.signal, truth.signal, strict=True), start=1):
        if _lost(size, true):
            return End(layer, "signal overflows" if size else "signal underflows")
    for crossed, (size, true) in enumerate(zip(sample.gradient[::-1], truth.gradient[::-1], strict=True), start=1):
        if _lost(size, true):
            return End(crossed, "gradient overflows" if size else "gradient underflows")
    return None


def _lost(size: float, true: float) -> bool:
    # A size of exactly 0 is the function's doing, as the slope of a step, and not the precision's.
    return not size < math.inf or (size == 0.0 and true != 0.0)


def _logs(sizes: Sequence[float]) -> "np.ndarray":
    with np.errstate(divide="ignore"):
        return np.log(np.asarray(sizes, dtype=np.float64))


def _exp(value: float) -> float:
    with np.errstate(over="ignore"):
        return float(np.exp(value))
