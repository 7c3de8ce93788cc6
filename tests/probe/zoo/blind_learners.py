"""Healthy models of other kinds of learning, written from their papers, and the loops that they are trained with."""

import copy

import torch
from torch import Tensor, nn
from torch.nn import functional

from .blind_networks import mlp
from .blind_program import Data, pixels, table, texts
from .case import Patient


class Variational(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.encode, self.decode = mlp(64, 48, 12)(), mlp(6, 48, 64)()

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mean, log_variance = self.encode(x).chunk(2, 1)
        return self.decode(mean + (log_variance / 2).exp() * torch.randn_like(mean)), mean, log_variance


def elbo(y: tuple[Tensor, Tensor, Tensor], x: Tensor) -> Tensor:
    rebuilt, mean, log_variance = y
    apart = -0.5 * (1 + log_variance - mean.square() - log_variance.exp()).sum(1).mean()
    return functional.binary_cross_entropy_with_logits(rebuilt, x, reduction="sum") / len(x) + apart


def gan(wasserstein: bool) -> nn.Module:
    """Radford et al. (2016) on small images, or with a critic of Arjovsky et al. (2017)."""
    up = [nn.ConvTranspose2d(8, 16, 2), nn.BatchNorm2d(16), nn.ReLU(), nn.ConvTranspose2d(16, 8, 4, 2, 1)]
    make = nn.Sequential(*up, nn.BatchNorm2d(8), nn.ReLU(), nn.ConvTranspose2d(8, 1, 4, 2, 1), nn.Tanh())
    down = [nn.Conv2d(1, 12, 4, 2, 1), nn.LeakyReLU(0.2), nn.Conv2d(12, 16, 4, 2, 1), nn.LeakyReLU(0.2)]
    judge = nn.Sequential(*down, nn.Flatten(), nn.Linear(64, 1))
    model = nn.ModuleDict({"generator": make, "critic" if wasserstein else "discriminator": judge})
    for parameter in model.parameters():
        if parameter.dim() == 4:
            nn.init.normal_(parameter, 0, 0.05)
    return model


def adversarial(patient: Patient) -> None:
    make, judge = patient.model.values()
    first, second = (torch.optim.Adam(part.parameters(), lr=1e-3, betas=(0.5, 0.999)) for part in (make, judge))
    loss = functional.binary_cross_entropy_with_logits
    for real, _ in patient.batches:
        fake = make(torch.randn(len(real), 8, 1, 1))
        told, made = judge(real), judge(fake.detach())
        second.zero_grad()
        (loss(told, torch.ones_like(told)) + loss(made, torch.zeros_like(made))).backward()
        second.step()
        first.zero_grad()
        told = judge(fake)
        loss(told, torch.ones_like(told)).backward()
        first.step()


def wasserstein(patient: Patient) -> None:
    make, judge = patient.model.values()
    first, second = (torch.optim.RMSprop(part.parameters(), lr=5e-4) for part in (make, judge))
    for step, (real, _) in enumerate(patient.batches):
        second.zero_grad()
        (judge(make(torch.randn(len(real), 8, 1, 1)).detach()).mean() - judge(real).mean()).backward()
        second.step()
        for parameter in judge.parameters():
            parameter.data.clamp_(-0.05, 0.05)
        if step % 5 == 4:
            first.zero_grad()
            (-judge(make(torch.randn(len(real), 8, 1, 1))).mean()).backward()
            first.step()


def corridor(count: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Places on a line, a step left or right, where it leads and its reward: 1 near the middle."""
    place = 2 * torch.rand(count, 1) - 1
    action = torch.randint(2, (count, 1))
    after = (place + 0.2 * (2 * action - 1)).clamp(-1, 1)
    return place, action, after, (after.abs() < 0.2).float()


def q_learning(patient: Patient) -> None:
    """Mnih et al. (2015): a target network, the Huber loss."""
    target = copy.deepcopy(patient.model)
    for step in range(100):
        place, action, after, reward = corridor(64)
        with torch.no_grad():
            wanted = reward + 0.9 * target(after).amax(1, keepdim=True)
        patient.optimizer.zero_grad()
        functional.smooth_l1_loss(patient.model(place).gather(1, action), wanted).backward()
        nn.utils.clip_grad_value_(patient.model.parameters(), 1.0)
        patient.optimizer.step()
        if step % 10 == 9:
            target.load_state_dict(patient.model.state_dict())


class ActorCritic(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.body, self.actor, self.critic = (
            mlp(1, 32, 32, act=nn.Tanh, end=nn.Tanh())(),
            nn.Linear(32, 2),
            nn.Linear(32, 1),
        )

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        z = self.body(x)
        return self.actor(z), self.critic(z)


def actor_critic(patient: Patient) -> None:
    """Mnih et al. (2016), of single steps."""
    for _ in range(100):
        place = 2 * torch.rand(64, 1) - 1
        logits, value = patient.model(place)
        chances = torch.distributions.Categorical(logits=logits)
        action = chances.sample()
        reward = 1 - (place[:, 0] + 0.2 * (2 * action - 1)).abs()
        better = reward - value[:, 0]
        loss = -(chances.log_prob(action) * better.detach()).mean() + 0.5 * better.square().mean()
        patient.optimizer.zero_grad()
        (loss - 0.01 * chances.entropy().mean()).backward()
        nn.utils.clip_grad_norm_(patient.model.parameters(), 0.5)
        patient.optimizer.step()


def proximal(patient: Patient) -> None:
    """Schulman et al. (2017): four passes over each set of steps, ratios clipped at 0.2."""
    for _ in range(25):
        place = 2 * torch.rand(128, 1) - 1
        with torch.no_grad():
            logits, value = patient.model(place)
            chances = torch.distributions.Categorical(logits=logits)
            action = chances.sample()
            before = chances.log_prob(action)
            reward = 1 - (place[:, 0] + 0.2 * (2 * action - 1)).abs()
            better = reward - value[:, 0]
            better = (better - better.mean()) / (better.std() + 1e-8)
        for _ in range(4):
            logits, value = patient.model(place)
            ratio = (torch.distributions.Categorical(logits=logits).log_prob(action) - before).exp()
            gained = torch.minimum(ratio * better, ratio.clamp(0.8, 1.2) * better).mean()
            patient.optimizer.zero_grad()
            (functional.mse_loss(value[:, 0], reward) - gained).backward()
            nn.utils.clip_grad_norm_(patient.model.parameters(), 0.5)
            patient.optimizer.step()


def views() -> Data:
    x, y = table("digits")()
    return torch.stack([x + 0.3 * torch.randn_like(x), x + 0.3 * torch.randn_like(x)], 1), y


def alike(z: Tensor, _: Tensor) -> Tensor:
    """Chen et al. (2020): each view finds its other one in the batch; the temperature is 0.5."""
    z = functional.normalize(z.transpose(0, 1).flatten(0, 1), dim=1)
    close = (z @ z.T / 0.5).fill_diagonal_(float("-inf"))
    half = len(z) // 2
    return functional.cross_entropy(close, torch.arange(2 * half).roll(half))


def triples() -> Data:
    x, y = table("digits")()
    same = torch.stack([torch.where(y == k)[0][torch.randint(int((y == k).sum()), (1,))][0] for k in y.tolist()])
    return torch.stack([x, x[same], x[torch.randperm(len(x))]], 1), y


def nearer(z: Tensor, _: Tensor) -> Tensor:
    return functional.triplet_margin_loss(z[:, 0], z[:, 1], z[:, 2])


class Skip(nn.Module):
    """word2vec with negative samples: the score of a word and those around."""

    def __init__(self) -> None:
        super().__init__()
        self.words, self.around = nn.Embedding(40, 16), nn.Embedding(40, 16)

    def forward(self, pair: Tensor) -> Tensor:
        return (self.words(pair[:, 0]) * self.around(pair[:, 1])).sum(1)


def pairs() -> Data:
    word, near = torch.randint(40, (1024,)), torch.rand(1024) < 0.5
    other = torch.where(near, (word + torch.randint(1, 3, (1024,))) % 40, torch.randint(40, (1024,)))
    return torch.stack([word, other], 1), near.float()


class Factors(Skip):
    """Matrix factorisation with biases, as of ratings."""

    def __init__(self) -> None:
        super().__init__()
        self.more = nn.ModuleList(nn.Embedding(40, 1) for _ in range(2))
        for parameter in self.parameters():
            nn.init.normal_(parameter, 0, 0.1)

    def forward(self, pair: Tensor) -> Tensor:
        return super().forward(pair) + self.more[0](pair[:, 0])[:, 0] + self.more[1](pair[:, 1])[:, 0]


def ratings() -> Data:
    pair, a, b = torch.randint(40, (2048, 2)), torch.randn(40, 3), torch.randn(40, 3)
    return pair, (a[pair[:, 0]] * b[pair[:, 1]]).sum(1) / 1.7 + a[pair[:, 0], 0]


def noised() -> Data:
    """Ho et al. (2020): a digit at some time of its way to noise, the time beside it, and the noise."""
    x = pixels(-1, 1)()[0]
    t, noise = torch.rand(len(x), 1), torch.randn_like(x)
    kept = torch.cos(t * 1.5)
    return torch.cat([kept * x + (1 - kept.square()).sqrt() * noise, t], 1), noise


def reversed_texts() -> Data:
    x = texts(12, 6)[0]
    return (x, x.flip(1).roll(1, 1)), x.flip(1)
