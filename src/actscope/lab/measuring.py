"""What goes on inside networks, measured on fixed samples without leaving a mark on them.

This is the one place that looks into networks: from a stack to the LayerState of each activation of each network.
"""

from collections.abc import Sequence

from ..errors import missing_extra
from .models import losses
from .records import SATURATION_SLOPE, Boundary, Curve, Kind, LayerState

try:
    import torch
    from torch import Tensor
except ImportError as error:
    raise missing_extra("lab", "measuring a network") from error

from .models.alone import Alone
from .models.together import Place, Stack

Networks = Stack | Alone

MOST_SAMPLES = 512
# Large inputs, such as images, are measured on fewer samples: each layer of each network is in memory at once.
MOST_NUMBERS = 1 << 22
FEWEST_SAMPLES = 16
GRID = 48
POINTS = 201
MARGIN = 0.1


def samples_for(inputs: int) -> int:
    """Return on how many samples of so many numbers networks are measured.

    >>> samples_for(64), samples_for(30_000)
    (512, 139)
    """
    return max(FEWEST_SAMPLES, min(MOST_SAMPLES, MOST_NUMBERS // inputs))


def layer_states(
    networks: Networks,
    inputs: Tensor,
    targets: Tensor,
    kind: Kind = "classification",
    before: Tensor | None = None,
) -> list[tuple[LayerState, ...]]:
    """Return the state of each activation of each network; weights, `.grad` and modes stay as they are.

    Inputs are (networks, samples, ...). `before` holds the weights before the last step, which tells its size.
    """
    places: list[Place] = []
    with torch.enable_grad():
        loss = losses(networks(inputs, places), targets, kind).sum()
        weights = [place.weight for place in places if place.weight is not None]
        found = dict(zip(map(id, weights), _gradients(loss, weights), strict=True))
        slopes = [_slope(place) for place in places]
    updates = None if before is None else _updates(networks, before)
    layers = [
        _states(number, len(inputs), place, slope, found, updates)
        for number, (place, slope) in enumerate(zip(places, slopes, strict=True), start=1)
    ]
    return list(zip(*layers, strict=True)) if layers else [() for _ in range(len(inputs))]


def boundaries(networks: Networks, planes: Sequence[tuple[tuple[float, float], tuple[float, float]]]) -> list[Boundary]:
    """Return each network's probability of class 1 on a grid over its plane, to 4 digits: a picture shows no more."""
    points = []
    for x, y in planes:
        across, up = (torch.linspace(*side, GRID, dtype=torch.float32, device="cpu") for side in (x, y))
        points.append(torch.cartesian_prod(up, across).flip(1))
    with torch.no_grad():
        outputs = networks(torch.stack(points))
        # A user's own network may give two classes an output each.
        logit = outputs[..., 0] if outputs.shape[-1] == 1 else outputs[..., 1] - outputs[..., 0]
        found = torch.sigmoid(logit).double().view(-1, GRID, GRID)
    rounded = (found * 10_000).round() / 10_000
    return [Boundary(x, y, tuple(map(tuple, rows))) for (x, y), rows in zip(planes, rounded.tolist(), strict=True)]


def fits(networks: Networks, inputs: Sequence[Tensor]) -> list[Curve]:
    """Return what each network says between the smallest and the largest of its inputs, (samples,)."""
    ends = [(float(x.min()), float(x.max())) for x in inputs]
    x = torch.stack([torch.linspace(*both, POINTS, dtype=torch.float32, device="cpu") for both in ends])
    with torch.no_grad():
        y = networks(x.unsqueeze(-1))[..., 0]
    return [Curve(tuple(across), tuple(up)) for across, up in zip(x.tolist(), y.tolist(), strict=True)]


def plane(inputs: Tensor) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return the ranges of x and y that hold all points, with a margin of a tenth on each side."""
    low, high = inputs.amin(dim=0).double(), inputs.amax(dim=0).double()
    margin = MARGIN * (high - low)
    (x_low, y_low), (x_high, y_high) = (low - margin).tolist(), (high + margin).tolist()
    return (x_low, x_high), (y_low, y_high)


def _states(
    number: int,
    networks: int,
    place: Place,
    slope: Tensor,
    gradients: dict[int, Tensor],
    updates: dict[int, Tensor] | None,
) -> list[LayerState]:
    """Return one layer's state in each network."""
    # Counted in float32, which is exact to 16 million samples and much faster than counting booleans.
    active = (slope.abs() >= SATURATION_SLOPE).float().movedim(place.channels, -1)
    on = active.reshape(networks, -1, active.shape[-1]).sum(dim=1)
    samples = active.numel() // on.numel()
    # In float64: a gradient of 1e-30 has a square that float32 does not hold.
    output = place.after.detach().reshape(networks, -1).double()
    mean = output.mean(dim=1, keepdim=True)
    spread = output.sub_(mean).square_().mean(dim=1).sqrt()
    weight = id(place.weight)
    columns = (
        gradients[weight].reshape(networks, -1).double().square().mean(dim=1).sqrt()
        if weight in gradients
        else _none(networks),
        mean[:, 0],
        spread,
        1.0 - on.double().mean(dim=1) / samples,
        (on == 0).double().mean(dim=1),
        updates[weight] if updates and weight in updates else _none(networks),
    )
    return [
        LayerState(number, gradient, mean, spread, saturated, silent, update)
        for gradient, mean, spread, saturated, silent, update in zip(*(c.tolist() for c in columns), strict=True)
    ]


def _none(networks: int) -> Tensor:
    return torch.full((networks,), float("nan"), dtype=torch.float64)


def _updates(networks: Networks, before: Tensor) -> dict[int, Tensor]:
    """Return, by weight, the last step's root mean square over that of the weights before it."""
    found, start = {}, 0
    for weight in networks.parameters:
        size = weight.numel() // len(before)
        here = slice(start, start := start + size)
        old, new = before[:, here].double(), networks.weights[:, here].double()
        found[id(weight)] = (new - old).square().mean(dim=1).sqrt() / old.square().mean(dim=1).sqrt()
    return found


def _slope(place: Place) -> Tensor:
    # The sum of an elementwise function has the slopes as its gradient.
    return _gradients(place.after.sum(), [place.before])[0]


def _gradients(value: Tensor, of: Sequence[Tensor]) -> list[Tensor]:
    """Return the gradients, 0 where no path leads back."""
    if not value.requires_grad or not of:
        return [torch.zeros_like(tensor) for tensor in of]
    found = torch.autograd.grad(value, list(of), retain_graph=True, allow_unused=True)
    return [
        torch.zeros_like(tensor) if gradient is None else gradient for tensor, gradient in zip(of, found, strict=True)
    ]
