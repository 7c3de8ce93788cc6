"""Healthy programs of many fields."""

from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from . import later_data as world
from . import later_fields as field
from . import later_nets as net
from . import later_ways as ways
from .blind_program import Written, adam, itself, loop, pixels, sgd
from .later_parts import (
    Last,
    Skip,
    Whole,
    Wired,
    adversaries,
    bce,
    dense,
    left_over,
    logistic,
    masker,
    mse,
    pictures,
    poisson_equation,
    tokens,
    with_logits,
    written,
)

ARXIV = "https://arxiv.org/abs/"
error = functional.cross_entropy


CLIPPED = loop(after=ways.clipped)
LEAST = adversaries(lambda y: (y - 1).square().mean(), lambda y: y.square().mean(), lambda y: (y - 1).square().mean())
HINGE = adversaries(lambda y: torch.relu(1 - y).mean(), lambda y: torch.relu(1 + y).mean(), lambda y: -y.mean())
PLAIN = adversaries(logistic(1), logistic(-1), logistic(1))

_smoothed = partial(functional.cross_entropy, label_smoothing=0.1)
_poisson = functional.poisson_nll_loss


def _rnn(kind: type[nn.Module], width: int, out: int) -> nn.Module:
    return nn.Sequential(Last(kind(1, width, batch_first=True)), nn.Linear(width, out))


def _fast_text() -> nn.Module:
    return nn.Sequential(nn.EmbeddingBag(30, 16), nn.Linear(16, 3))


def _translated(m: Any, x: Tensor) -> Tensor:
    mask = nn.Transformer.generate_square_subsequent_mask(x.shape[1])
    shown = functional.pad(x[:, :-1], (1, 0))
    return m.out(m.body(m.embedding(x) + m.at, m.embedding(shown) + m.at, tgt_mask=mask))


def _translator() -> nn.Module:
    body = nn.Transformer(32, 4, 1, 1, 64, 0.0, batch_first=True)
    at = nn.Parameter(torch.randn(10, 32))
    return Wired(_translated, body=body, embedding=nn.Embedding(20, 32), at=at, out=nn.Linear(32, 20))


def _tagger() -> nn.Module:
    gru = Whole(nn.GRU(16, 16, batch_first=True, bidirectional=True))
    return nn.Sequential(nn.Embedding(24, 16), gru, nn.Linear(32, 3))


def _tabular() -> nn.Module:
    block = (nn.BatchNorm1d(32), nn.Linear(32, 64), nn.ReLU(), nn.Dropout(0.1), nn.Linear(64, 32))
    return nn.Sequential(nn.Linear(6, 32), Skip(*block), nn.BatchNorm1d(32), nn.ReLU(), nn.Linear(32, 1))


def _gated() -> nn.Module:
    return nn.Sequential(nn.Linear(6, 64), nn.GLU(), nn.LayerNorm(32), nn.Linear(32, 64), nn.GLU(), nn.Linear(32, 1))


def _equation() -> nn.Module:
    return Wired(poisson_equation, net=dense(1, 32, 32, 1, act=nn.Tanh))


def _sparse() -> nn.Module:
    def how(m: Any, x: Tensor) -> tuple[Tensor, Tensor]:
        code = torch.relu(m.into(x))
        return m.out(code), code

    return Wired(how, into=nn.Linear(64, 96), out=nn.Linear(96, 64))


def _denoised() -> nn.Module:
    net = dense(64, 64, 24, 64, 64, end=nn.Sigmoid())
    return Wired(lambda m, x: m.net(x + 0.3 * torch.randn_like(x)), net=net)


def _two(m: Any, x: Tensor) -> tuple[Tensor, Tensor]:
    return m.net(x + 0.2 * torch.randn_like(x)), m.net(x + 0.2 * torch.randn_like(x))


def _sphere() -> nn.Module:
    def how(m: Any, x: Tensor) -> Tensor:
        return functional.normalize(m.net(x), dim=1) @ functional.normalize(m.centres, dim=1).T

    return Wired(how, net=dense(10, 32, 8), centres=nn.Parameter(torch.randn(3, 8)))


def _flow() -> nn.Module:
    """Lipman et al. (2023): the straight way from noise to a point."""

    def how(m: Any, x: Tensor) -> tuple[Tensor, Tensor]:
        noise, t = torch.randn_like(x), torch.rand(len(x), 1)
        return m.net(torch.cat([t * x + (1 - t) * noise, t], 1)), x - noise

    return Wired(how, net=dense(3, 64, 64, 2, act=nn.SiLU))


def _way(y: tuple[Tensor, Tensor], _: Tensor) -> Tensor:
    return mse(*y)


def _separated() -> tuple[Any, Tensor]:
    clean, _ = world.sounds()
    return clean + 0.3 * torch.randn_like(clean), clean


def _coarse() -> tuple[Any, Tensor]:
    image, _ = world.shapes()
    return functional.avg_pool2d(image, 2), image


def _repeated() -> tuple[Any, Tensor]:
    text, _ = world.sentences()
    return text, text


def _best() -> tuple[Any, Tensor]:
    state, _ = world.states()
    return state, torch.stack([state[:, 0], 2 * state[:, 1], -state[:, 0]], 1).argmax(1)


def _marked() -> tuple[Any, Tensor]:
    (marks, edge), kind = world.molecules()
    return (torch.cat([marks, edge.sum(2, keepdim=True) / 4], 2), edge), kind


def _curve() -> tuple[Any, Tensor]:
    x = 4 * torch.rand(512, 1) - 2
    return x, torch.sin(3 * x) + x / 2


def programs() -> list[Written]:
    images, table, text, bent = world.shapes, world.groups(), world.words, world.bent
    own, digits = itself(pixels()), pixels(-1, 1)
    films = world.changed(world.ratings, y=lambda y: (y - 3) / 1.2)
    seen = world.changed(world.ratings, y=lambda y: (y > 3).float())
    code = nn.Sequential
    rmsprop, adagrad = partial(torch.optim.RMSprop, lr=1e-3), partial(torch.optim.Adadelta, lr=1.0)
    rows: tuple[tuple[Any, ...], ...] = (
        ("vgg", "1409.1556", images, net.vgg),
        ("preactivated", "1603.05027", images, net.preactivated, error, sgd(0.02, momentum=0.9)),
        ("conv-mixer", "2201.09792", images, net.conv_mixer, error, adam(5e-3)),
        ("efficientnet", "1905.11946", images, net.efficient, error, adam(5e-3)),
        ("mobilenet-v3", "1905.02244", images, net.mobile, error, adam(5e-3)),
        ("super-resolution", "1609.05158", _coarse, net.sharper, mse, adam(3e-3)),
        ("detector-focal", "1708.02002", world.disks, net.detector, ways.focal, adam(5e-3)),
        ("spatial-transformer", "1506.02025", images, net.turned, error, adam(3e-3)),
        ("vit-silu", "2010.11929", images, partial(net.patches, nn.SiLU), error, adam(3e-3)),
        ("vit-squared-relu", "2109.08668", images, partial(net.patches, net.Squared), error, adam(3e-3)),
        ("mask-dice", "1606.04797", world.disks, masker, ways.both, adam(5e-3)),
        ("cnn-elu-mixup", "1710.09412", images, partial(pictures, nn.ELU), error, adam(3e-3), ways.mixed),
        ("cnn-mish-smoothed", "1908.08681", images, partial(pictures, nn.Mish), _smoothed, adam(3e-3)),
        (
            "cnn-prelu-nadam",
            "1502.01852",
            images,
            partial(pictures, nn.PReLU),
            error,
            partial(torch.optim.NAdam, lr=3e-3),
        ),
        ("fast-text", "1607.01759", text, _fast_text, error, adam(0.02)),
        ("gpt-from-scratch", "2005.14165", world.sentences, net.speaker, tokens, adam(), loop(before=ways.cosine)),
        ("translator", "1706.03762", _repeated, _translator, tokens, adam(2e-3)),
        ("tagger-gru", "1508.01991", world.tagged, _tagger, tokens, adam(0.01)),
        ("attention-gru", "1512.08756", text, net.read_by_attention, error, adam(0.01)),
        ("highway", "1505.00387", table, net.highway, error, adam(3e-3)),
        ("wide-and-deep", "1606.07792", bent, net.wide_and_deep, mse, adam(0.01)),
        ("cross-network", "1708.05123", bent, net.crossed, mse, adam(0.01)),
        ("columns-as-tokens", "2106.11959", bent, net.columns, mse, adam(3e-3)),
        ("table-residual", "2106.11959", bent, _tabular, mse, partial(torch.optim.AdamW, lr=3e-3)),
        ("table-gated", "1908.07442", bent, _gated, mse, adam(5e-3)),
        ("experts", "1701.06538", bent, field.experts, mse, adam(0.01)),
        ("ordinal", "2008.03889", table, lambda: dense(10, 32, 2), ways.ordinal, adam(5e-3)),
        ("survival", "1606.00931", world.lifetimes, lambda: dense(6, 32, 1, act=nn.SELU), ways.cox, adam(5e-3)),
        (
            "counts-log-link",
            "Nelder and Wedderburn (1972)",
            world.counts,
            lambda: dense(6, 32, 1),
            _poisson,
            adam(5e-3),
        ),
        ("mean-and-spread", "1612.01474", bent, lambda: dense(6, 64, 2), ways.gaussian, adam(5e-3)),
        ("basis-expansion", "1905.10437", world.waves, field.basis_expansion, mse, adam(3e-3)),
        ("forecast-lstm", "Hochreiter (1997)", world.waves, lambda: _rnn(nn.LSTM, 24, 1), mse, adam(0.01)),
        ("forecast-spread-gru", "1704.04110", world.waves, lambda: _rnn(nn.GRU, 24, 2), ways.gaussian, adam(5e-3)),
        ("forecast-elman-clipped", "Elman (1990)", world.waves, lambda: _rnn(nn.RNN, 24, 1), mse, adam(5e-3), CLIPPED),
        ("forecast-linear", "2205.13504", world.waves, lambda: code(nn.Flatten(), nn.Linear(24, 1)), mse, adam(0.01)),
        ("reservoir", "Jaeger (2001)", world.waves, field.reservoir, mse, adam(0.02)),
        ("dueling", "1511.06581", world.states, field.dueling, mse, adam(3e-3), ways.own_target),
        ("policy-gradient", "Williams (1992)", _best, lambda: dense(4, 32, 3, act=nn.Tanh), ways.paid, adam(0.02)),
        ("cloned-gaussian", "1801.01290", bent, lambda: dense(6, 64, 64, 2), ways.squashed, adam(3e-3)),
        ("values-rmsprop", "1312.5602", world.states, lambda: dense(4, 64, 3), ways.huber_of_taken, rmsprop),
        ("least-squares-game", "1611.04076", world.ring, field.players, mse, adam(), LEAST),
        ("hinge-game-spectral", "1802.05957", world.ring, field.critic_and_maker, mse, adam(), HINGE),
        ("plain-game", "1406.2661", world.ring, field.players, mse, adam(), PLAIN),
        ("equation-tanh", "1711.10561", world.points, _equation, left_over, adam(5e-3)),
        ("hamiltonian", "1906.01563", world.oscillator, field.hamiltonian, mse, adam(0.01)),
        ("operator-net", "1910.03193", world.operators, field.operator_net, mse, adam(5e-3)),
        ("fourier-operator", "2010.08895", world.heat, field.spectral, mse, adam(5e-3)),
        ("two-towers", "Covington et al. (2016)", world.liked, field.two_towers, error, adam(0.01)),
        ("neural-collaborative", "1708.05031", seen, field.collaborative, with_logits, adam(0.01)),
        ("factorisation-machine", "Rendle (2010)", films, field.factors, mse, adam(0.02)),
        ("pairwise-ranking", "1205.2618", seen, field.collaborative, ways.pairwise, adam(0.01)),
        ("raw-sound", "1610.00087", world.sounds, field.raw_sound, error, adam(5e-3)),
        ("spectrogram-crnn", "1609.04243", world.sounds, field.spectrogram, error, adam(5e-3)),
        ("sound-separator", "1809.07454", _separated, field.separator, mse, adam(5e-3)),
        ("neighbours-mean", "1706.02216", world.graphs, field.neighbours, tokens, adam(0.01)),
        ("isomorphism", "1810.00826", _marked, field.isomorphism, error, adam(0.01)),
        ("quantised", "1711.00937", own, field.quantised, ways.committed, adam(3e-3)),
        ("sparse-code", "Ng (2011)", own, _sparse, ways.sparse, adam(3e-3)),
        ("denoised", "Vincent et al. (2008)", own, _denoised, bce, adam(3e-3)),
        ("flow-matching", "2210.02747", world.ring, _flow, _way, adam(5e-3)),
        ("redundancy", "2103.03230", table, lambda: Wired(_two, net=dense(10, 32, 8)), ways.twins, adam(3e-3)),
        ("stopped-views", "2011.10566", table, field.views, lambda y, _: y.mean(), adam(3e-3)),
        ("prototypes", "1703.05175", table, lambda: dense(10, 32, 8), ways.prototypes, adam(3e-3)),
        ("margin-of-angles", "1801.07698", table, _sphere, ways.angles, adam(5e-3)),
        ("sharpness-aware", "2010.01412", digits, lambda: dense(64, 64, 10), error, sgd(0.1), ways.sharpness_aware),
        ("wave-snake", "2006.08195", _curve, field.snake, mse, adam(5e-3)),
        ("softplus-adadelta", "1212.5701", digits, lambda: dense(64, 64, 10, act=nn.Softplus), error, adagrad),
    )
    told = [(name, ARXIV + at if at[0].isdigit() else at, "", "") for name, at, *_ in rows]
    return written(told, {name: tuple(recipe) for name, _, *recipe in rows})
