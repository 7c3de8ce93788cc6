"""What goes on inside a network, measured on fixed samples without leaving a mark on it."""

import itertools

from ..errors import missing_extra
from .models import hidden_layers, loss
from .records import SATURATION_SLOPE, Boundary, LayerState

try:
    import torch
    from torch import Tensor, nn
except ImportError as error:
    raise missing_extra("lab", "measuring a network") from error

MOST_SAMPLES = 512
GRID = 48
MARGIN = 0.1


def layer_states(model: nn.Sequential, inputs: Tensor, labels: Tensor) -> tuple[LayerState, ...]:
    """Return the state of each hidden layer on these samples; `.grad` and the modes stay as they are."""
    with torch.enable_grad():
        layers = hidden_layers(model)
        before: list[Tensor] = []
        after: list[Tensor] = []
        flow = inputs
        for linear, activation in layers:
            before.append(linear(flow))
            flow = activation(before[-1])
            after.append(flow)
        weights = [linear.weight for linear, _ in layers]
        gradients = _gradients(loss(model[-1](flow), labels), weights)
        slopes = [_slope(y, z) for y, z in zip(after, before, strict=True)]
    measured = zip(itertools.count(1), gradients, after, slopes, strict=False)
    return tuple(_state(number, gradient, output.detach(), slope) for number, gradient, output, slope in measured)


def boundary(model: nn.Sequential, x: tuple[float, float], y: tuple[float, float]) -> Boundary:
    """Return the probability of class 1 on a grid over x and y, to 4 digits, which a picture cannot show more of."""
    across, up = (torch.linspace(*side, GRID, dtype=torch.float32, device="cpu") for side in (x, y))
    points = torch.cartesian_prod(up, across).flip(1)
    with torch.no_grad():
        probability = torch.sigmoid(model(points)[:, 0]).double().reshape(GRID, GRID)
    rows = tuple(tuple(round(value, 4) for value in row) for row in probability.tolist())
    return Boundary(x, y, rows)


def plane(inputs: Tensor) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return the ranges of x and y that hold all points, with a margin of a tenth on each side."""
    low, high = inputs.amin(dim=0).double(), inputs.amax(dim=0).double()
    margin = MARGIN * (high - low)
    (x_low, y_low), (x_high, y_high) = (low - margin).tolist(), (high + margin).tolist()
    return (x_low, x_high), (y_low, y_high)


def _state(number: int, gradient: Tensor, output: Tensor, slope: Tensor) -> LayerState:
    # In float64: a gradient of 1e-30 has a square that float32 does not hold.
    flat = ~(slope.abs() >= SATURATION_SLOPE)
    wide = output.double()
    return LayerState(
        layer=number,
        gradient=float(gradient.double().square().mean().sqrt()),
        mean=float(wide.mean()),
        spread=float(wide.std(correction=0)),
        saturated=float(flat.double().mean()),
        silent=float(flat.all(dim=0).double().mean()),
    )


def _slope(output: Tensor, inputs: Tensor) -> Tensor:
    # The sum of an elementwise function has the slopes as its gradient.
    return _gradients(output.sum(), [inputs])[0]


def _gradients(value: Tensor, of: list[Tensor]) -> list[Tensor]:
    """Return the gradients, 0 where no path leads back."""
    if not value.requires_grad:
        return [torch.zeros_like(tensor) for tensor in of]
    found = torch.autograd.grad(value, of, retain_graph=True, allow_unused=True)
    return [
        torch.zeros_like(tensor) if gradient is None else gradient for tensor, gradient in zip(of, found, strict=True)
    ]
