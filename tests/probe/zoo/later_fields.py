"""Healthy networks of series, physics, recommendation, sound, graphs and games."""

from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.parametrizations import spectral_norm

from .later_parts import View, Wired, dense, slope


def basis_expansion() -> nn.Module:
    """Oreshkin et al. (2020): each block explains away a part of the past and adds to the future."""

    def how(m: Any, x: Tensor) -> Tensor:
        x, told = x.squeeze(-1), torch.zeros(len(x), 1)
        for block in m.blocks:
            past, future = block(x).split([24, 1], 1)
            x, told = x - past, told + future
        return told

    blocks = nn.ModuleList(dense(24, 32, 32, 25) for _ in range(3))
    blocks[-1][-1] = nn.Linear(32, 25)
    return Wired(how, blocks=blocks)


def reservoir() -> nn.Module:
    """Jaeger (2001): only the readout learns."""
    rnn = nn.RNN(1, 64, batch_first=True)
    rnn.weight_hh_l0.data *= 0.9 / torch.linalg.eigvals(rnn.weight_hh_l0.data).abs().max()
    rnn.requires_grad_(False)
    return Wired(lambda m, x: m.out(m.rnn(x)[0][:, -1]), rnn=rnn, out=nn.Linear(64, 1))


def dueling() -> nn.Module:
    """Wang et al. (2016)."""

    def how(m: Any, x: Tensor) -> Tensor:
        x = m.body(x)
        gain = m.gain(x)
        return m.value(x) + gain - gain.mean(1, keepdim=True)

    return Wired(how, body=dense(4, 32, 32, end=nn.ReLU()), value=nn.Linear(32, 1), gain=nn.Linear(32, 3))


def hamiltonian() -> nn.Module:
    """Greydanus et al. (2019): what changes is the slope of one learnt number."""

    def how(m: Any, x: Tensor) -> Tensor:
        x = x.clone().requires_grad_()
        q, p = slope(m.energy(x), x).chunk(2, 1)
        return torch.cat([p, -q], 1)

    return Wired(how, energy=dense(2, 32, 32, 1, act=nn.Tanh))


def operator_net() -> nn.Module:
    """Lu et al. (2021)."""
    how = lambda m, u, at: (m.branch(u) * m.trunk(at)).sum(1, keepdim=True)  # noqa: E731
    return Wired(how, branch=dense(16, 32, 16), trunk=dense(1, 32, 16, act=nn.Tanh, end=nn.Tanh()))


def spectral() -> nn.Module:
    """Li et al. (2021): convolutions in Fourier space beside pointwise ones."""

    def how(m: Any, x: Tensor) -> Tensor:
        low = torch.fft.rfft(x)[..., :8]
        back = torch.fft.irfft(torch.einsum("bik,iok->bok", low, torch.view_as_complex(m.weight)), x.shape[-1])
        return functional.gelu(back + m.beside(x))

    def layer() -> nn.Module:
        return Wired(how, weight=nn.Parameter(torch.randn(16, 16, 8, 2) / 16), beside=nn.Conv1d(16, 16, 1))

    return nn.Sequential(nn.Conv1d(1, 16, 1), layer(), layer(), nn.Conv1d(16, 1, 1))


def two_towers() -> nn.Module:
    users = nn.Sequential(nn.Embedding(40, 16), dense(16, 32, 16))
    return Wired(
        lambda m, x: m.users(x[:, 0]) @ m.items(m.all).T,
        users=users,
        items=film_tower(),
        all=nn.Buffer(torch.arange(30)),
    )


def film_tower() -> nn.Module:
    return nn.Sequential(nn.Embedding(30, 16), dense(16, 32, 16))


def collaborative() -> nn.Module:
    """He et al. (2017): products of embeddings beside a deep net on both."""

    def how(m: Any, x: Tensor) -> Tensor:
        u, i = m.users(x[:, 0]), m.items(x[:, 1])
        return m.out(torch.cat([u[:, :8] * i[:, :8], m.deep(torch.cat([u[:, 8:], i[:, 8:]], 1))], 1))

    users, items = nn.Embedding(40, 16), nn.Embedding(30, 16)
    for table in (users, items):
        nn.init.normal_(table.weight, std=0.3)
    return Wired(how, users=users, items=items, deep=dense(16, 16, 8, end=nn.ReLU()), out=nn.Linear(16, 1))


def factors() -> nn.Module:
    """Rendle (2010), with biases."""

    def how(m: Any, x: Tensor) -> Tensor:
        x = x + torch.tensor([0, 40])
        v = m.factors(x)
        pairs = (v.sum(1).square() - v.square().sum(1)).sum(1, keepdim=True) / 2
        return pairs + m.biases(x).sum(1) + m.mean

    table = nn.Embedding(70, 6)
    nn.init.normal_(table.weight, std=0.3)
    return Wired(
        how,
        factors=table,
        biases=nn.Embedding.from_pretrained(torch.zeros(70, 1), freeze=False),
        mean=nn.Parameter(torch.zeros(1)),
    )


def raw_sound() -> nn.Module:
    """Dai et al. (2017)."""
    layers: list[nn.Module] = [nn.Conv1d(1, 16, 32, 8), nn.BatchNorm1d(16), nn.ReLU(), nn.MaxPool1d(2)]
    layers += [nn.Conv1d(16, 24, 3), nn.BatchNorm1d(24), nn.ReLU(), nn.AdaptiveAvgPool1d(1)]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(24, 3))


def spectrogram() -> nn.Module:
    """Convolutions over a spectrogram, then a GRU over its frames."""

    def how(m: Any, x: Tensor) -> Tensor:
        window = torch.hann_window(64)
        power = torch.stft(x.squeeze(1), 64, 32, window=window, return_complex=True).abs()
        x = m.convs(torch.log1p(power).unsqueeze(1) - 0.5)
        return m.out(m.gru(x.mean(2).transpose(1, 2))[0].mean(1))

    convs = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ELU(), nn.MaxPool2d((4, 1)))
    return Wired(how, convs=convs, gru=nn.GRU(8, 16, batch_first=True), out=nn.Linear(16, 3))


def separator() -> nn.Module:
    """Luo and Mesgarani (2019): a mask between 0 and 1 over a learnt transform."""

    def how(m: Any, x: Tensor) -> Tensor:
        seen = torch.relu(m.into(x))
        return m.back(seen * torch.sigmoid(m.mask(seen)))

    mask = nn.Sequential(
        nn.GroupNorm(1, 24), nn.Conv1d(24, 24, 1), nn.PReLU(), nn.Conv1d(24, 24, 3, padding=1), nn.PReLU()
    )
    return Wired(
        how, into=nn.Conv1d(1, 24, 16, 8), mask=mask.append(nn.Conv1d(24, 24, 1)), back=nn.ConvTranspose1d(24, 1, 16, 8)
    )


def neighbours() -> nn.Module:
    """Hamilton et al. (2017): a node beside the mean of its neighbours."""

    def how(m: Any, x: Tensor, edge: Tensor) -> Tensor:
        for layer in m.layers:
            x = functional.normalize(torch.relu(layer(torch.cat([x, edge @ x / edge.sum(2, keepdim=True)], 2))), dim=2)
        return m.out(x)

    return Wired(how, layers=nn.ModuleList([nn.Linear(16, 16), nn.Linear(32, 16)]), out=nn.Linear(16, 2))


def isomorphism() -> nn.Module:
    """Xu et al. (2019): sums over neighbours, normalised by batch, read out as a mean."""

    def how(m: Any, x: Tensor, edge: Tensor) -> Tensor:
        for layer in m.layers:
            x = layer((x + edge @ x).flatten(0, 1)).view(len(x), 10, -1)
        return m.out(x.mean(1))

    def layer(a: int) -> nn.Module:
        return nn.Sequential(nn.Linear(a, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 16), nn.ReLU())

    return Wired(how, layers=nn.ModuleList([layer(5), layer(16)]), out=nn.Linear(16, 2))


def quantised() -> nn.Module:
    """Van den Oord et al. (2017): the nearest code stands for the encoder's, and hands its gradient on."""

    def how(m: Any, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        z = m.encoder(x)
        code = m.codes(torch.cdist(z, m.codes.weight).argmin(1))
        return m.decoder(z + (code - z).detach()), z, code

    return Wired(how, encoder=dense(64, 32, 8), codes=nn.Embedding(16, 8), decoder=dense(8, 32, 64))


def experts() -> nn.Module:
    """Jacobs et al. (1991)."""

    def how(m: Any, x: Tensor) -> Tensor:
        return (torch.stack([e(x) for e in m.experts], 1) * m.gate(x).softmax(1).unsqueeze(2)).sum(1)

    return Wired(how, experts=nn.ModuleList(dense(6, 24, 1) for _ in range(3)), gate=nn.Linear(6, 3))


def critic_and_maker() -> nn.Module:
    """Miyato et al. (2018): the critic's layers have spectral norm 1."""
    sizes = ((2, 32), (32, 32), (32, 1))
    layers = [spectral_norm(nn.Linear(*size)) for size in sizes]
    d = nn.Sequential(layers[0], nn.LeakyReLU(0.1), layers[1], nn.LeakyReLU(0.1), layers[2])
    return Wired(lambda m, z: m.d(m.g(z)), g=dense(4, 32, 32, 2), d=d)


def players() -> nn.Module:
    return Wired(lambda m, z: m.d(m.g(z)), g=dense(4, 32, 32, 2), d=dense(2, 32, 32, 1, act=partial(nn.LeakyReLU, 0.2)))


def views() -> nn.Module:
    """Chen and He (2021): two noisy views, one predicts the other, whose gradient is stopped."""

    def how(m: Any, x: Tensor) -> Tensor:
        a, b = (m.body(x + 0.3 * torch.randn_like(x)) for _ in range(2))
        one = functional.cosine_similarity(m.guess(a), b.detach()) + functional.cosine_similarity(
            m.guess(b), a.detach()
        )
        return -one / 2

    body = nn.Sequential(nn.Linear(10, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Linear(32, 16), nn.BatchNorm1d(16))
    return Wired(how, body=body, guess=nn.Sequential(nn.Linear(16, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 16)))


def snake() -> nn.Module:
    """Ziyin et al. (2020): x + sin(x)^2."""
    return dense(1, 32, 32, 1, act=lambda: View(lambda x: x + torch.sin(x) ** 2))
