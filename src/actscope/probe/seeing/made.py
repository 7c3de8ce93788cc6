"""Whether a weight still is as PyTorch makes it, so that nothing was learned, or loaded, in it."""

import math

import torch
from torch import Tensor, nn

_NORMAL = ("Embedding", "EmbeddingBag")
_GATES = {"RNN": 1, "GRU": 3, "LSTM": 4}
_MOST = 65_536
"""Numbers of a weight that are looked at."""
_FEWEST = 64
_ROUNDING = 0.01
"""By which a bound in half precision may be missed."""


def as_made(layer: str, weight: Tensor) -> bool:
    """Return whether a weight of a layer of this type looks uniform between -b and b, as PyTorch draws it.

    Those of an embedding are normal, with a mean of 0 and a standard deviation of 1; of others b is 1/sqrt(fan-in), and
    of a recurrent layer 1/sqrt(units). The largest of n such numbers is b*n/(n + 1) on the mean, and the mean of their
    squares b**2/3, with a standard error of 0.9/sqrt(n) of it.

    >>> torch.manual_seed(0)  # doctest: +ELLIPSIS
    <torch...>
    >>> made = nn.Linear(32, 32).weight
    >>> as_made("Linear", made), as_made("Linear", 1.1 * made), as_made("Linear", made / made.std())
    (True, False, False)
    >>> words = nn.Embedding(50, 16, padding_idx=0).weight
    >>> as_made("Embedding", words), as_made("Embedding", 1.2 * words)
    (True, False)
    """
    if not weight.is_floating_point() or weight.is_meta or weight.layout is not torch.strided or weight.dim() < 2:
        return False
    fan_in = weight.shape[0] // _GATES[layer] if layer in _GATES else math.prod(weight.shape[1:])
    numbers = weight.detach().flatten()[:_MOST].float()
    count = numbers.numel()
    if count < _FEWEST or fan_in < 1:
        return False
    if layer in _NORMAL:
        # Standard errors of the mean and of the mean square; a padding row is 0.
        numbers = numbers[numbers != 0]
        mean, squares = float(numbers.mean()), float(numbers.square().mean())
        return abs(mean) <= 4 / math.sqrt(count) and abs(squares - 1) <= 4 * math.sqrt(2 / count)
    bound = 1 / math.sqrt(fan_in)
    largest, squares = float(numbers.abs().max()), float(numbers.square().mean())
    fits = bound * (1 - _ROUNDING - 8 / count) <= largest <= bound * (1 + _ROUNDING)
    return fits and abs(3 * squares / bound**2 - 1) <= 4 * 0.9 / math.sqrt(count) + _ROUNDING


def still_as_made(layer: str, parameter: nn.Parameter, *, has_gradient: bool) -> bool:
    """Return whether a weight still is as PyTorch makes it, and, if asked for, has a gradient: it was meant to learn.

    The type of both is plain, so that their numbers can be read by this process alone.
    """
    if type(parameter) is not nn.Parameter or (has_gradient and not _flows(parameter.grad)):
        return False
    return as_made(layer, parameter)


def _flows(gradient: Tensor | None) -> bool:
    if type(gradient) is not Tensor or gradient.layout is not torch.strided:
        return False
    return not gradient.is_meta and bool(gradient.any())
