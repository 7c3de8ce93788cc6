"""What the held-out networks learn; all is drawn by PyTorch's generator, which the builder has seeded."""

import math
from functools import cache

import torch
from sklearn import datasets
from torch import Tensor
from torch.nn import functional

Drawn = tuple[Tensor | tuple[Tensor, ...], Tensor]


def chance() -> int:
    return int(torch.randint(2**31, ()))


def scaled(x: Tensor) -> Tensor:
    """Return columns of mean 0 and spread 1."""
    return (x - x.mean(0)) / x.std(0).clamp_min(1e-12)


def _floats(found: tuple[object, object]) -> tuple[Tensor, Tensor]:
    x, y = (torch.as_tensor(part, dtype=torch.float32) for part in found)
    return x, y


@cache
def _digits() -> tuple[object, object]:
    return datasets.load_digits(return_X_y=True)


def diabetes() -> Drawn:
    x, y = _floats(datasets.load_diabetes(return_X_y=True))
    return scaled(x), scaled(y[:, None])


def houses_raw() -> Drawn:
    """Incomes, rooms, people and places as a census tells them; wanted is the logarithm of a price."""
    z = torch.randn(1500, 6)
    x = torch.stack([z[:, 0].exp() * 3.5, 28 + 12 * z[:, 1], (z[:, 2] / 4).exp() * 5, (7 + z[:, 3]).exp()], 1)
    x = torch.cat([x, 35.6 + 2 * z[:, 4:5], -119.5 + 2 * z[:, 5:]], 1)
    return x, scaled((z[:, 0] + 0.5 * z[:, 4] * z[:, 5] - 0.3 * z[:, 3] + 0.2 * torch.randn(1500))[:, None])


def houses() -> Drawn:
    x, y = houses_raw()
    assert isinstance(x, Tensor)
    return scaled(x), y


def groups() -> Drawn:
    found = datasets.make_classification(1500, 20, n_informative=10, n_classes=4, class_sep=1.6, random_state=chance())
    x, y = _floats(found)
    return scaled(x), y.long()


def rare() -> Drawn:
    x, y = _floats(datasets.make_classification(2000, 12, n_informative=6, weights=[0.93], random_state=chance()))
    return scaled(x), y[:, None]


def impedance_raw() -> Drawn:
    """Friedman's second function, of columns as different as 0 to 1 and 126 to 1759."""
    x, y = _floats(datasets.make_friedman2(1500, noise=1.0, random_state=chance()))
    return x, scaled(y[:, None])


def impedance() -> Drawn:
    x, y = impedance_raw()
    assert isinstance(x, Tensor)
    return scaled(x), y


def roll() -> Drawn:
    x, y = _floats(datasets.make_swiss_roll(1500, noise=0.2, random_state=chance()))
    return scaled(x), scaled(y[:, None])


def labels() -> Drawn:
    found = datasets.make_multilabel_classification(1200, 24, n_classes=6, n_labels=3, random_state=chance())
    x, y = _floats(found)
    return scaled(x), y


def grades() -> Drawn:
    """Four ordered grades, told as three answers to "better than?"."""
    x = torch.randn(1500, 8)
    worth = x[:, 0] + x[:, 1] * x[:, 2] + 0.3 * torch.randn(1500)
    return x, (worth[:, None] > torch.tensor([-1.0, 0.0, 1.0])).float()


def counts() -> Drawn:
    x = torch.randn(1500, 5)
    return x, torch.poisson((0.6 * x[:, :1] - 0.5 * x[:, 1:2].abs() + 1).exp())


def lifetimes() -> Drawn:
    """(time, whether the end was seen)."""
    x = torch.randn(1500, 6)
    time = torch.empty(1500, 1).exponential_() / (0.8 * x[:, :1] - 0.6 * x[:, 1:2]).exp()
    end = 2 * torch.rand(1500, 1)
    return x, torch.cat([torch.minimum(time, end), (time < end).float()], 1)


def digits(side: int = 8) -> Drawn:
    x, y = _floats(_digits())
    x = functional.interpolate((x.reshape(-1, 1, 8, 8) - 4.9) / 6, side, mode="bilinear")
    return x + 0.05 * torch.randn_like(x), y.long()


def digit_rows() -> Drawn:
    """A digit read row by row."""
    x, y = digits()
    assert isinstance(x, Tensor)
    return x[:, 0], y


def denoised() -> Drawn:
    x, _ = digits()
    assert isinstance(x, Tensor)
    return x + 0.6 * torch.randn_like(x), x


def shapes() -> Drawn:
    """Discs and squares in noise; wanted is the kind of each pixel."""
    at = torch.rand(800, 2, 2, 1, 1) * 10 + 3
    row, column = torch.meshgrid(torch.arange(16.0), torch.arange(16.0), indexing="ij")
    away = torch.stack([row - at[:, :, 0], column - at[:, :, 1]], 2)
    disc, square = away[:, 0].norm(dim=1) < 3, away[:, 1].abs().amax(1) < 2.5
    kind = torch.where(square, 2, disc.long())
    image = (kind > 0).float() * 2 + (kind == 2) * torch.randn(800, 16, 16)
    return (image + 0.3 * torch.randn_like(image))[:, None], kind


def sounds() -> Drawn:
    """A tone, a chirp, a pulse train or noise, 128 samples."""
    kind, time = torch.randint(4, (900,)), torch.arange(128) / 128
    pitch = 8 + 8 * torch.rand(900, 1)
    tone = torch.sin(2 * math.pi * (pitch * time + torch.rand(900, 1)))
    chirp = torch.sin(2 * math.pi * pitch * (1 + time) * time)
    pulse = torch.where(torch.sin(2 * math.pi * pitch * time) > 0.8, 2.0, -0.3)
    all_four = torch.stack([tone * 1.4, chirp * 1.4, pulse, torch.randn(900, 128)], 1)
    return (all_four[torch.arange(900), kind] + 0.2 * torch.randn(900, 128))[:, None], kind


def spectrograms() -> Drawn:
    """The logarithm of the power in 17 bands and 17 frames."""
    x, kind = sounds()
    assert isinstance(x, Tensor)
    power = torch.stft(x[:, 0], 32, 8, window=torch.hann_window(32), return_complex=True).abs().square()
    return ((power + 1e-3).log() / 3)[:, None], kind


def series() -> Drawn:
    """An autoregressive series with a season; wanted is each next value."""
    shocks, found = 0.3 * torch.randn(800, 26), [torch.randn(800), torch.randn(800)]
    for step in range(26):
        found.append(1.5 * found[-1] - 0.8 * found[-2] + shocks[:, step])
    whole = torch.stack(found[2:], 1)
    whole = whole / whole.std()
    return whole[:, :-1, None], whole[:, 1:, None]


def formulas() -> Drawn:
    """Operands and operators in turn, "a+b*c", sometimes squared; wanted is each next sign."""
    text = torch.empty(1000, 17, dtype=torch.long)
    text[:, 0::2], text[:, 1::2] = torch.randint(4, (1000, 9)), torch.randint(4, 7, (1000, 8))
    text[:, 2::4] = torch.where(text[:, 1::4] == 6, text[:, 0:-1:4], text[:, 2::4])
    return text[:, :-1], text[:, 1:]


def brackets() -> Drawn:
    """Whether 12 brackets are closed in order; half of them are made by walking above 0."""
    opened = torch.zeros(1400, 12, dtype=torch.long)
    level = torch.zeros(1400)
    for step in range(12):
        up = (torch.rand(1400) < 0.5) | (level == 0)
        up &= level < 12 - step
        opened[:, step] = up.long()
        level += torch.where(up, 1, -1)
    spoilt = torch.rand(1400) < 0.5
    opened[spoilt] = torch.randint(2, (int(spoilt.sum()), 12))
    height = (2 * opened - 1).cumsum(1)
    return opened, ((height.amin(1) >= 0) & (height[:, -1] == 0)).float()[:, None]


def sorting() -> Drawn:
    """((six digits, what was answered so far), the digits in order)."""
    x = torch.randint(8, (1500, 6))
    y = x.sort(1).values
    return (x, torch.cat([torch.full((1500, 1), 8), y[:, :-1]], 1)), y


def tags() -> Drawn:
    """Each word's tag hangs on the words before and behind it."""
    x = torch.randint(10, (1200, 12))
    before, behind = x.roll(1, 1) > 4, x.roll(-1, 1) > 4
    return x, (x % 2 + before.long() + behind.long()) % 4
