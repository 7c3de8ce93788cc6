"""Losses and loops of the healthy later programs."""

from copy import deepcopy

import torch
from torch import Tensor, nn
from torch.nn import functional

from .case import Patient
from .later_parts import dice, mse, with_logits

error = functional.cross_entropy


def focal(y: Tensor, mask: Tensor) -> Tensor:
    """Lin et al. (2017), and the way to the middle of the disk from where it is."""
    seen = functional.max_pool2d(mask, 4)
    p = torch.sigmoid(y[:, :1])
    right = p * seen + (1 - p) * (1 - seen)
    at = torch.linspace(-1, 1, 4)
    centre = torch.stack([(mask * a).sum((1, 2, 3)) / mask.sum((1, 2, 3)) for a in _places()], 1).view(-1, 2, 1, 1)
    way = centre - torch.stack(torch.meshgrid(at, at, indexing="ij"))
    return ((1 - right) ** 2 * -(right + 1e-6).log()).mean() + (seen * functional.smooth_l1_loss(y[:, 1:], way)).mean()


def _places() -> tuple[Tensor, Tensor]:
    at = torch.linspace(-1, 1, 16)
    return at.view(16, 1), at.view(1, 16)


def both(y: Tensor, mask: Tensor) -> Tensor:
    return dice(y, mask) + with_logits(y, mask)


def gaussian(y: Tensor, wanted: Tensor) -> Tensor:
    mean, log_scale = y.chunk(2, 1)
    return (log_scale + ((wanted - mean) / log_scale.exp()) ** 2 / 2).mean()


def cox(y: Tensor, told: Tensor) -> Tensor:
    """Cox (1972): the risk of who has ended among those who have not."""
    order = told[:, 0].argsort(descending=True)
    risk, ended = y[order, 0], told[order, 1]
    return -((risk - risk.logcumsumexp(0)) * ended).sum() / ended.sum()


def ordinal(y: Tensor, kind: Tensor) -> Tensor:
    return with_logits(y, (kind.unsqueeze(1) > torch.arange(y.shape[1])).float())


def paid(y: Tensor, told: Tensor) -> Tensor:
    """Williams (1992): the logarithm of the chance of what is chosen, by what it pays."""
    chance = torch.distributions.Categorical(logits=y)
    chosen = chance.sample()
    pays = (chosen == told).float()
    return -(chance.log_prob(chosen) * (pays - pays.mean())).mean()


def huber_of_taken(y: Tensor, told: Tensor) -> Tensor:
    return functional.smooth_l1_loss(y.gather(1, told[:, :1].long()), told[:, 1:2])


def squashed(y: Tensor, wanted: Tensor) -> Tensor:
    """A Gaussian behind tanh, as in SAC (2018), made to do what an expert does."""
    mean, log_scale = y.chunk(2, 1)
    raw = torch.atanh(torch.tanh(wanted).clamp(-0.99, 0.99))
    return (log_scale + ((raw - mean) / log_scale.exp()) ** 2 / 2).mean()


def pairwise(y: Tensor, told: Tensor) -> Tensor:
    """Rendle et al. (2009): what was seen before what was not."""
    return functional.softplus(-(y[told[:, 0] > 0] - y[told[:, 0] < 1].T)).mean()


def prototypes(y: Tensor, kind: Tensor) -> Tensor:
    """Snell et al. (2017): the first half of a batch makes the centres, the second is told apart by them."""
    half = len(y) // 2
    mark = functional.one_hot(kind[:half], 3).float()
    centres = mark.T @ y[:half] / mark.sum(0).clamp(min=1).unsqueeze(1)
    return error(-torch.cdist(y[half:], centres).square(), kind[half:])


def twins(y: tuple[Tensor, Tensor], _: Tensor) -> Tensor:
    """Zbontar et al. (2021)."""
    a, b = ((z - z.mean(0)) / (z.std(0) + 1e-5) for z in y)
    c = a.T @ b / len(a)
    return (c.diagonal() - 1).square().sum() + 0.02 * (c - torch.diag(c.diagonal())).square().sum()


def angles(y: Tensor, kind: Tensor) -> Tensor:
    """Deng et al. (2019): a margin on the angle to the right class."""
    right = functional.one_hot(kind, 3).bool()
    return error(8 * torch.where(right, torch.cos(torch.acos(y.clamp(-0.99, 0.99)) + 0.2), y), kind)


def committed(y: tuple[Tensor, Tensor, Tensor], x: Tensor) -> Tensor:
    rebuilt, z, code = y
    return mse(rebuilt, x) + mse(code, z.detach()) + 0.25 * mse(z, code.detach())


def sparse(y: tuple[Tensor, Tensor], x: Tensor) -> Tensor:
    return mse(y[0], x) + 1e-3 * y[1].abs().mean()


def cosine(patient: Patient, step: int) -> None:
    """Ten steps of warm-up, then half a cosine."""
    scale = min(1.0, (step + 1) / 10) * (1 + torch.pi * torch.tensor(step / 100).cos()) / 4
    for group in patient.optimizer.param_groups:
        group["lr"] = 3e-3 * float(scale)


def clipped(patient: Patient, _: Tensor) -> None:
    nn.utils.clip_grad_norm_(patient.model.parameters(), 1.0)


def mixed(patient: Patient) -> None:
    """Zhang et al. (2018): inputs and targets are mixed in pairs."""
    patient.model.train()
    for x, y in patient.batches:
        share, other = float(torch.distributions.Beta(0.4, 0.4).sample()), torch.randperm(len(x))
        told = patient.model(share * x + (1 - share) * x[other])
        patient.optimizer.zero_grad()
        (share * error(told, y) + (1 - share) * error(told, y[other])).backward()
        patient.optimizer.step()


def sharpness_aware(patient: Patient) -> None:
    """Foret et al. (2021): the gradient is taken a little uphill."""
    model = patient.model.train()
    for x, y in patient.batches:
        patient.optimizer.zero_grad()
        error(model(x), y).backward()
        ways = [p.grad.clone() for p in model.parameters() if p.grad is not None]
        size = torch.sqrt(sum((way.square().sum() for way in ways), torch.tensor(0.0))) + 1e-12
        with torch.no_grad():
            for p, way in zip(model.parameters(), ways, strict=True):
                p += 0.05 * way / size
        patient.optimizer.zero_grad()
        error(model(x), y).backward()
        with torch.no_grad():
            for p, way in zip(model.parameters(), ways, strict=True):
                p -= 0.05 * way / size
        patient.optimizer.step()


def own_target(patient: Patient) -> None:
    """Mnih et al. (2015): a copy that follows slowly says what comes after is worth."""
    model = patient.model.train()
    target = deepcopy(model)
    for x, told in patient.batches:
        with torch.no_grad():
            wanted = told[:, 1:2] + 0.9 * target(told[:, 2:]).amax(1, keepdim=True)
        patient.optimizer.zero_grad()
        functional.smooth_l1_loss(model(x).gather(1, told[:, :1].long()), wanted).backward()
        patient.optimizer.step()
        for slow, fast in zip(target.parameters(), model.parameters(), strict=True):
            slow.data.lerp_(fast.data, 0.05)
