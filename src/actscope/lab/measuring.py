"""What goes on inside networks, measured on fixed samples without leaving a mark on them.

This is the one place that looks into networks: from a stack to the LayerState of each activation of each network. The
numbers are those of the probe, from its own memory of a place; here it takes in every element.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..errors import missing_extra
from ..probe.rows.statistics import ABOVE, Rows, ratio, root_mean_square, silent, spread
from ..probe.slopes import Ranges, fires
from .models import losses
from .records import Boundary, Curve, Kind, LayerState

try:
    import torch
    from torch import Tensor
except ImportError as error:
    raise missing_extra("lab", "measuring a network") from error

from ..nn.recognising import recognised
from ..probe.rows.sites import Site
from .models.alone import Alone
from .models.together import Place, Stack

Networks = Stack | Alone
Numbers = NDArray[np.float64]

MOST_SAMPLES = 512
# Large inputs, such as images, are measured on fewer samples: each layer of each network is in memory at once.
MOST_NUMBERS = 1 << 22
FEWEST_SAMPLES = 16
ALL = 1 << 62
"""Elements that are looked at, where the probe looks at a sample."""
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
        gradients = dict(zip(map(id, weights), _gradients(loss, weights), strict=True))
    updates = {} if before is None else _updates(networks, before)
    layers = [
        _states(number, place, gradients.get(id(place.weight)), updates.get(id(place.weight)))
        for number, place in enumerate(places, start=1)
    ]
    return list(zip(*layers, strict=True)) if layers else [() for _ in range(len(inputs))]


def root_mean_squares(numbers: Tensor) -> Numbers:
    """Return the root mean square of each network's numbers, (networks,) from (networks, ...); nan if not all finite.

    >>> root_mean_squares(torch.tensor([[3.0, 4.0], [0.0, float("inf")]])).round(4).tolist()
    [3.5355, nan]
    """
    site = Site(1, -1, None, sample=ALL, bins=len(numbers))
    for network, own in enumerate(numbers):
        site.turn(network)
        site.arriving(own, tick=0)
    rows, _ = site.taken(len(numbers))
    return np.where(rows["gradient_nonfinite"] > 0, np.nan, root_mean_square(rows, "arriving_"))


def ever_on(inputs: Tensor) -> NDArray[np.bool_]:
    """Return which units' inputs were above 0 on some sample, (networks, units) from (networks, samples, units).

    >>> ever_on(torch.tensor([[[1.0, -2.0], [-1.0, 0.0]]])).tolist()
    [[True, False]]
    """
    site = Site(inputs.shape[-1], -1, None, bins=len(inputs))
    for network, own in enumerate(inputs):
        site.turn(network)
        site.arrived(own, tick=0)
    _, shown = site.taken(len(inputs))
    found: NDArray[np.bool_] = (shown & ABOVE) > 0
    return found


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


def _states(number: int, place: Place, gradient: Tensor | None, update: Numbers | None) -> list[LayerState]:
    """Return one layer's state in each network; what its numbers cannot tell, because some are not finite, is nan."""
    unknown = np.full(len(place.before), np.nan)
    rows, shown = _seen(place)
    whole = rows["out_count"] == rows["elements"]
    columns = (
        unknown if gradient is None else root_mean_squares(gradient.reshape(len(unknown), -1)),
        np.where(whole, rows["out_mean"], np.nan),
        np.where(whole, spread(rows, "out_"), np.nan),
        # What is not finite passes no gradient on either.
        ratio(rows["flat"] + rows["nonfinite"], rows["elements"]),
        silent(shown[None]).mean(axis=1),
        unknown if update is None else update,
    )
    return [LayerState(number, *values) for values in zip(*(column.tolist() for column in columns), strict=True)]


def _seen(place: Place) -> tuple[Rows, NDArray[np.uint8]]:
    """Return what the probe keeps of a place, and what its units have shown, a row for each network."""
    found = []
    for part, layer in place.parts:
        x, y = place.before[part].detach(), place.after[part].detach()
        site = Site(x.shape[1:][place.channels], place.channels, _fires(layer), sample=ALL, bins=len(x))
        for network, (arrived, left) in enumerate(zip(x, y, strict=True)):
            site.turn(network)
            site.arrived(arrived, tick=0)
            site.left(left, tick=0)
        found.append(site.taken(len(x)))
    rows, shown = zip(*found, strict=True)
    return np.concatenate(rows), np.concatenate(shown)


def _fires(layer: torch.nn.Module) -> Ranges | None:
    """Return where the slope of a module is not small; None for what is no function of one number."""
    known = recognised(layer)
    if known is None or not known[0].pointwise:
        return None
    activation, values = known
    return fires(activation, tuple((name, value) for name, value in values.items() if isinstance(value, float)))


def _updates(networks: Networks, before: Tensor) -> dict[int, Numbers]:
    """Return, by weight, the last step's root mean square over that of the weights before it."""
    found, start = {}, 0
    for weight in networks.parameters:
        size = weight.numel() // len(before)
        here = slice(start, start := start + size)
        old, new = before[:, here].double(), networks.weights[:, here].double()
        found[id(weight)] = ratio(root_mean_squares(new - old), root_mean_squares(old))
    return found


def _gradients(value: Tensor, of: Sequence[Tensor]) -> list[Tensor]:
    """Return the gradients, 0 where no path leads back."""
    if not value.requires_grad or not of:
        return [torch.zeros_like(tensor) for tensor in of]
    found = torch.autograd.grad(value, list(of), retain_graph=True, allow_unused=True)
    return [
        torch.zeros_like(tensor) if gradient is None else gradient for tensor, gradient in zip(of, found, strict=True)
    ]
