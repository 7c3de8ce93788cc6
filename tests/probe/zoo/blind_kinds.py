"""Healthy sequence models, densities, nets within nets, and ways to train: from papers and manuals."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from .blind_posts import mlp
from .blind_program import Data, table, texts
from .case import Patient, called


class Translator(nn.Module):
    """Bahdanau et al. (2015): a GRU that looks back at another, fed the right words."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(12, 24)
        self.encoder, self.decoder = nn.GRU(24, 32, batch_first=True), nn.GRU(24, 32, batch_first=True)
        self.score, self.out = nn.Linear(64, 32), nn.Linear(64, 12)
        self.vector = nn.Linear(32, 1, bias=False)

    def forward(self, x: Tensor, shown: Tensor) -> Tensor:
        keys, state = self.encoder(self.embedding(x))
        asks, _ = self.decoder(self.embedding(shown), state)
        both = torch.cat([asks.unsqueeze(2).expand(-1, -1, 6, -1), keys.unsqueeze(1).expand(-1, 6, -1, -1)], -1)
        weights = self.vector(torch.tanh(self.score(both)))[..., 0].softmax(-1)
        return self.out(torch.cat([asks, weights @ keys], -1))


class Words(nn.Module):
    """An LSTM language model with tied weights and dropout."""

    def __init__(self, kind: type[nn.Module] = nn.LSTM) -> None:
        super().__init__()
        self.embedding = nn.Embedding(40, 32)
        self.rnn = kind(32, 32, 2, batch_first=True, dropout=0.1)
        self.out = nn.Linear(32, 40)
        self.out.weight = self.embedding.weight
        nn.init.uniform_(self.embedding.weight, -0.1, 0.1)

    def forward(self, x: Tensor) -> Tensor:
        return self.out(self.rnn(self.embedding(x))[0])


class Tagger(nn.Module):
    """BiLSTM and a conditional random field: gives the loss of a batch of tags."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(40, 16)
        self.lstm = nn.LSTM(16, 16, batch_first=True, bidirectional=True)
        self.emit, self.step = nn.Linear(32, 4), nn.Parameter(0.1 * torch.randn(4, 4))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return self.emit(self.lstm(self.embedding(x))[0]), self.step


def crf(told: tuple[Tensor, Tensor], tags: Tensor) -> Tensor:
    emitted, step = told
    way = emitted.gather(2, tags.unsqueeze(2)).sum((1, 2)) + step[tags[:, :-1], tags[:, 1:]].sum(1)
    total = emitted[:, 0]
    for at in emitted[:, 1:].unbind(1):
        total = (total.unsqueeze(2) + step).logsumexp(1) + at
    return (total.logsumexp(1) - way).mean()


def tagged() -> Data:
    x = torch.randint(40, (512, 10))
    return x, (x // 10 + x.roll(1, 1) // 20) % 4


class Letters(nn.Module):
    """Kim (2014): convolutions of several widths over embeddings, the largest of each."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(40, 16)
        self.convs = nn.ModuleList(nn.Conv1d(16, 16, k) for k in (2, 3, 4))
        self.out = nn.Linear(48, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = self.embedding(x).transpose(1, 2)
        return self.out(functional.dropout(torch.cat([functional.relu(c(x)).amax(2) for c in self.convs], 1), 0.3))


class Coupling(nn.Module):
    """Dinh et al. (2017): affine couplings; gives what has become of x and the volume's logarithm."""

    def __init__(self) -> None:
        super().__init__()
        self.nets = nn.ModuleList(mlp(1, 32, 2)() for _ in range(4))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        volume = torch.zeros(len(x))
        for net in self.nets:
            a, b = x.chunk(2, 1)
            scale, shift = net(a).chunk(2, 1)
            x = torch.cat([b * torch.tanh(scale).exp() + shift, a], 1)
            volume = volume + torch.tanh(scale)[:, 0]
        return x, volume


def likely(y: tuple[Tensor, Tensor], _: Tensor) -> Tensor:
    return (y[0].square().sum(1) / 2 + math.log(2 * math.pi) - y[1]).mean()


def bent() -> Data:
    x = torch.randn(1024, 1)
    return torch.cat([x, 0.5 * x.square() - 0.5 + 0.3 * torch.randn(1024, 1)], 1), x


def mixed(y: Tensor, wanted: Tensor) -> Tensor:
    """Bishop (1994): three Gaussians a sample."""
    chance, mean, log_scale = y.chunk(3, 1)
    each = -((wanted - mean) / log_scale.exp()).square() / 2 - log_scale
    return -(each + chance.log_softmax(1)).logsumexp(1).mean()


def forked() -> Data:
    x = 2 * torch.rand(1024, 1) - 1
    return x, x * (2 * torch.randint(2, (1024, 1)) - 1) + 0.1 * torch.randn(1024, 1)


def quantile(y: Tensor, wanted: Tensor) -> Tensor:
    apart, q = wanted - y, torch.tensor([0.1, 0.5, 0.9])
    return torch.maximum(q * apart, (q - 1) * apart).mean()


class Edges(nn.Module):
    """Liu et al. (2024): a learnt function on each edge, here SiLU and Gaussian bumps."""

    def __init__(self, a: int, b: int) -> None:
        super().__init__()
        self.base, self.bumps = nn.Linear(a, b, bias=False), nn.Linear(6 * a, b)
        self.at = nn.Buffer(torch.linspace(-2, 2, 6))

    def forward(self, x: Tensor) -> Tensor:
        return self.base(functional.silu(x)) + self.bumps((-((x.unsqueeze(-1) - self.at) ** 2)).exp().flatten(1))


class Flowing(nn.Module):
    """Chen et al. (2018), by Euler's steps."""

    def __init__(self) -> None:
        super().__init__()
        self.into, self.slope, self.out = nn.Linear(2, 16), mlp(16, 32, 16, act=nn.Tanh)(), nn.Linear(16, 2)

    def forward(self, x: Tensor) -> Tensor:
        x = self.into(x)
        for _ in range(8):
            x = x + self.slope(x) / 8
        return self.out(x)


class Hyper(nn.Module):
    """Ha et al. (2017): a net gives another's weights, from what it is to do."""

    def __init__(self) -> None:
        super().__init__()
        self.net = mlp(2, 32, 33)()

    def forward(self, x: Tensor) -> Tensor:
        a, b, c = self.net(x[:, :2]).split([16, 16, 1], 1)
        return (torch.relu(a * x[:, 2:3] + 0.5) * b).sum(1, keepdim=True) / 4 + c


def tasks() -> Data:
    x = torch.cat([torch.randn(1024, 2), 2 * torch.rand(1024, 1) - 1], 1)
    return x, x[:, :1] * x[:, 2:] + x[:, 1:2]


def inner_steps(patient: Patient) -> None:
    """Finn et al. (2017): one step of the inner loop, and the gradient through it."""
    for _ in range(100):
        patient.optimizer.zero_grad()
        for _ in range(4):
            height, x = 0.5 + torch.rand(1), 4 * torch.rand(20, 1) - 2
            weights = dict(patient.model.named_parameters())
            loss = functional.mse_loss(patient.model(x[:10]), height * x[:10].sin())
            slopes = torch.autograd.grad(loss, list(weights.values()), create_graph=True)
            weights = {name: w - 0.05 * slope for (name, w), slope in zip(weights.items(), slopes, strict=True)}
            again = torch.func.functional_call(patient.model, weights, (x[10:],))
            (functional.mse_loss(again, height * x[10:].sin()) / 4).backward()
        patient.optimizer.step()


def distilling(patient: Patient) -> None:
    """Hinton et al. (2015): a larger net that was trained before tells its softened classes."""
    teacher = mlp(64, 128, 10)()
    rate = torch.optim.Adam(teacher.parameters(), lr=3e-3)
    for x, y in patient.batches:
        rate.zero_grad()
        functional.cross_entropy(teacher(x), y).backward()
        rate.step()
    for x, y in patient.batches:
        with torch.no_grad():
            soft = (teacher(x) / 3).softmax(1)
        told = patient.model(x)
        patient.optimizer.zero_grad()
        apart = functional.kl_div((told / 3).log_softmax(1), soft, reduction="batchmean")
        (0.7 * 9 * apart + 0.3 * functional.cross_entropy(told, y)).backward()
        patient.optimizer.step()


class LowRank(nn.Module):
    """Hu et al. (2022): a frozen layer and a product of two small matrices, of which one begins as 0."""

    def __init__(self, base: nn.Linear) -> None:
        super().__init__()
        self.base = base.requires_grad_(False)
        self.a = nn.Parameter(torch.randn(8, base.in_features) / math.sqrt(base.in_features))
        self.b = nn.Parameter(torch.zeros(base.out_features, 8))

    def forward(self, x: Tensor) -> Tensor:
        return self.base(x) + 2 * functional.linear(functional.linear(x, self.a), self.b)


def adapted() -> nn.Module:
    """A net that knows the digits 0 to 4, to be taught the rest."""
    model = mlp(64, 64, 64, 10)()
    x, y = table("digits")()
    rate = torch.optim.Adam(model.parameters(), lr=3e-3)
    for _ in range(60):
        rate.zero_grad()
        functional.cross_entropy(model(x[y < 5]), y[y < 5]).backward()
        rate.step()
    return nn.Sequential(*(LowRank(layer) if isinstance(layer, nn.Linear) else layer for layer in model))


def halved(patient: Patient) -> None:
    for x, y in patient.batches:
        patient.optimizer.zero_grad()
        with torch.autocast("cpu", torch.bfloat16):
            loss = patient.loss_fn(called(patient.model, x), y)
        loss.backward()
        patient.optimizer.step()


def by_closure(patient: Patient) -> None:
    """LBFGS asks for the loss several times a step."""
    x, y = (torch.cat(parts) for parts in zip(*patient.batches[:20], strict=True))

    def loss() -> Tensor:
        patient.optimizer.zero_grad()
        value = patient.loss_fn(patient.model(x), y)
        value.backward()
        return value

    for _ in range(100):
        patient.optimizer.step(loss)


def gathered(patient: Patient) -> None:
    """Gradients of four small batches make a step."""
    for step, (x, y) in enumerate(patient.batches * 2):
        (patient.loss_fn(called(patient.model, x), y) / 4).backward()
        if step % 4 == 3:
            patient.optimizer.step()
            patient.optimizer.zero_grad()


def scheduled(patient: Patient) -> None:
    """A linear warm-up, then half a cosine."""
    rate = torch.optim.lr_scheduler.LambdaLR(
        patient.optimizer, lambda s: (s + 1) / 10 if s < 10 else 0.5 * (1 + math.cos(math.pi * (s - 10) / 90))
    )
    for x, y in patient.batches:
        patient.optimizer.zero_grad()
        patient.loss_fn(called(patient.model, x), y).backward()
        patient.optimizer.step()
        rate.step()


def sequence(y: Tensor, wanted: Tensor) -> Tensor:
    return functional.cross_entropy(y.flatten(0, 1), wanted.flatten())


def margins(y: Tensor, wanted: Tensor) -> Tensor:
    return functional.relu(1 - y * (2 * wanted - 1)).mean()


def graphs() -> Data:
    """Rings and stars of eight nodes, with the normalised adjacency; nodes know their degree and noise."""
    kind = torch.randint(2, (512,))
    ring = torch.eye(8).roll(1, 1) + torch.eye(8).roll(-1, 1)
    star = torch.zeros(8, 8)
    star[0, 1:] = star[1:, 0] = 1
    near = torch.stack([ring, star])[kind] + torch.eye(8)
    scale = near.sum(2, keepdim=True).rsqrt()
    nodes = torch.cat([near.sum(2, keepdim=True) / 4 - 0.5, torch.randn(512, 8, 3)], 2)
    return (nodes, near * scale * scale.transpose(1, 2)), kind


def clouds(last: bool = True) -> Data:
    """Points of a ball, a shell or a disc."""
    kind = torch.randint(3, (512,))
    x = functional.normalize(torch.randn(512, 24, 3), dim=2)
    x = torch.where((kind == 0)[:, None, None], x * torch.rand(512, 24, 1), x)
    x[kind == 2, :, 2] *= 0.05
    return (x.transpose(1, 2) if last else x), kind


def spirals() -> Data:
    kind, t = torch.randint(2, (512,)), 3 * torch.rand(512, 1).sqrt()
    angle = 1.5 * t + math.pi * kind.unsqueeze(1)
    return torch.cat([t * angle.cos(), t * angle.sin()], 1) / 1.5, kind


def masks() -> Data:
    """Noisy squares, and where they are."""
    mask = torch.zeros(256, 1, 16, 16)
    for one, (i, j) in zip(mask, torch.randint(1, 9, (256, 2)).tolist(), strict=True):
        one[0, i : i + 6, j : j + 6] = 1
    return (mask - 0.14) * 2 + 0.5 * torch.randn_like(mask), mask


def rays() -> Data:
    x = 2 * torch.rand(1024, 2) - 1
    return x, torch.stack([(3 * x[:, 0]).sin(), (4 * x[:, 1]).cos(), (3 * x.sum(1)).sin()], 1) / 2 + 0.5


def surface() -> Data:
    x = 2 * torch.rand(1024, 2) - 1
    return x, (6 * x[:, :1]).sin() * (5 * x[:, 1:]).cos()


def sounds() -> Data:
    """A wave, and its next value."""
    pitch = 0.2 + 0.4 * torch.rand(256, 1, 1)
    x = torch.sin(pitch * torch.arange(49) + 6.3 * torch.rand(256, 1, 1))
    return x[..., :-1], x[..., 1:]


def next_letters() -> Data:
    x, _ = texts(40, 13)
    return x[:, :-1], x[:, 1:]
