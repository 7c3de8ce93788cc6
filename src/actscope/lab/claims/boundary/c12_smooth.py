"""C12: the smooth boundary of sigmoid units, and how often training finds one that separates."""

import numpy as np
import torch
from torch import Tensor

from ...tasks import shapes
from ...training import quiet_torch
from ...wording import written
from ..claim import FAILS, HOLDS, Claim, Measured, Number, Values, Verdict
from ..pictures import Cloud, Field, Film, Plane
from ..training.averages import averaged_share
from ..training.stacks import Stack, accuracies, forward, stack, take_steps
from .lines import Floats, clouds

SEEDS = 16
POINTS = 200
UNITS = (2, 3, 4)
EPOCHS = (0, 10, 20, 40, 70, 100, 150, 200, 300, 500, 700)
MOST = 0.9
RAYS = 1440
SMOOTH = 1.5
BOX = (-1.7, 1.7)
GRID, FINE = 32, 60


def measure() -> Measured:
    """Train sigmoid networks on the triangles and circles, and follow the boundary of one with three units."""
    with quiet_torch():
        points, labels = _sets(POINTS, first=0)
        fresh, their_labels = _sets(1000, first=SEEDS)
        numbers, networks, frames = {}, {}, {}
        for units in UNITS:
            networks[units] = stack("sigmoid", (2, units, 1), range(SEEDS))
            frames[units] = _train(networks[units], points, labels)
            parted = np.equal(accuracies(forward(networks[units], points)[0], labels), 1)
            held = accuracies(forward(networks[units], fresh)[0], their_labels)
            numbers[f"separated_{units}"] = Number(parted.mean(), f"share of seeds that {units} units separate")
            numbers[f"fresh_{units}"] = averaged_share(held, f"accuracy of {units} units on fresh points")
        shown = int(np.equal(accuracies(forward(networks[3], points)[0], labels), 1).argmax())
        wide, narrow = (largest_turn(networks[3], shown, rays) for rays in (RAYS, 2 * RAYS))
    numbers["turn"] = Number(narrow, f"largest turn of the boundary between {2 * RAYS} rays", "degrees")
    numbers["turn_ratio"] = Number(wide / narrow, "the same between half as many rays, over it")
    drawn = clouds(points[shown].double().numpy(), labels[shown].numpy())
    last = _plane(
        "Three sigmoid units after training: one smooth boundary around the circles",
        _said(networks[3], FINE)[shown],
        drawn,
    )
    film = tuple(
        (str(epoch), _plane(f"Three sigmoid units after {epoch} epochs", frame, drawn))
        for epoch, frame in zip(EPOCHS, frames[3][:, shown], strict=True)
    )
    bending = Film("The boundary bends around the circles as training goes on", "epoch", film, start=len(film) - 1)
    return Measured(numbers, pictures=(last, bending))


def largest_turn(networks: Stack, which: int, rays: int) -> float:
    """Return by how many degrees the boundary's normal turns at most from one ray to the next, seen from the origin.

    Where more rays make it smaller in proportion the boundary is smooth; at a corner it would stay as it is.
    """
    angle = torch.arange(rays) * (2 * torch.pi / rays)
    direction = torch.stack([angle.cos(), angle.sin()], dim=-1)
    low, high = torch.zeros(rays, 1), torch.full((rays, 1), 2.0)
    for _ in range(40):
        middle = (low + high) / 2
        inside = forward(networks, middle * direction)[0][which] > 0
        low, high = torch.where(inside, middle, low), torch.where(inside, high, middle)
    boundary = (low * direction).requires_grad_()
    (normal,) = torch.autograd.grad(forward(networks, boundary)[0][which].sum(), boundary)
    heading = torch.atan2(normal[:, 1], normal[:, 0])
    turn = torch.remainder(heading - heading.roll(1) + torch.pi, 2 * torch.pi) - torch.pi
    return float(turn.abs().max().rad2deg())


def _sets(size: int, first: int) -> tuple[Tensor, Tensor]:
    every = [shapes(size, 0.0, np.random.default_rng(first + seed)) for seed in range(SEEDS)]
    points, labels = (np.stack(part) for part in zip(*every, strict=True))
    return torch.from_numpy(points).float(), torch.from_numpy(labels)


def _train(networks: Stack, points: Tensor, labels: Tensor) -> Floats:
    """Train, and return what each network says over the plane at the epochs, (epochs, networks, grid, grid)."""
    optimizer = torch.optim.Adam(networks.parameters, lr=0.1, fused=True)
    frames = []
    for before, epoch in zip((0, *EPOCHS), EPOCHS, strict=False):
        take_steps(networks, optimizer, points, labels, epoch - before)
        frames.append(_said(networks, GRID))
    return np.stack(frames)


def _said(networks: Stack, grid: int) -> Floats:
    axis = torch.linspace(*BOX, grid)
    plane = torch.stack(torch.meshgrid(axis, axis, indexing="xy"), dim=-1).reshape(-1, 2)
    with torch.no_grad():
        said: Floats = forward(networks, plane)[0].sigmoid().double().reshape(-1, grid, grid).numpy()
    return said


def _plane(title: str, said: Floats, points: tuple[Cloud, ...]) -> Plane:
    return Plane(title, x="x1", y="x2", field=Field(BOX, BOX, tuple(map(tuple, said.round(3).tolist()))), clouds=points)


def judge(n: Values) -> Verdict:
    """Decide by the criterion."""
    enough = [units for units in UNITS if all(n[f"separated_{more}"] >= MOST for more in UNITS if more >= units)]
    if not enough or n["turn_ratio"] < SMOOTH:
        return FAILS
    if enough[0] == UNITS[0]:
        return HOLDS
    fewer = UNITS[UNITS.index(enough[0]) - 1]
    condition = written(
        "there are at least {least} hidden units (separated in {enough:.0%} of the seeds; with {fewer} units in "
        "{some:.0%})",
        least=enough[0],
        enough=n[f"separated_{enough[0]}"],
        fewer=fewer,
        some=n[f"separated_{fewer}"],
    )
    return Verdict("holds when", condition)


CLAIM = Claim(
    id="C12",
    group="boundary",
    articles=("A1",),
    title="Sigmoid units give a smooth boundary, and training finds one that separates",
    statement="With sigmoid in place of the step the region has a smooth boundary, and minimising the loss moves it "
    "until triangles and circles are on different sides.",
    how=f"Networks of 2, 3 or 4 sigmoid units and a sigmoid output, {SEEDS} seeds each with its own {POINTS} points "
    f"without noise, Adam at 0.1 for {EPOCHS[-1]} epochs. A seed is separated if all its points are classified; "
    "smoothness is how far the boundary turns from one ray to the next, with rays twice as close.",
    criterion="It holds if at every number of units at least 90 % of the seeds are separated, and holds when there "
    "are enough units if that is so from some number on. The boundary must be smooth: rays twice as close must lower "
    "the largest turn by a factor of at least 1.5, where at a corner it would not change.",
    measure=measure,
    judge=judge,
    why="A sum of sigmoids is smooth and has a slope everywhere, so the gradient tells each line where to move and "
    "how steep to be. With fewer than three units no closed region is to be had, and there is nothing that training "
    "could find.",
    refuting={"separated_2": 0.0, "separated_3": 0.0, "separated_4": 0.0},
)
