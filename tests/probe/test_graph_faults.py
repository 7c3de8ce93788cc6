"""Each fault that the graph of a loss shows is found by its name, at its place, with advice that can be typed."""

import ast
import warnings
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

import actscope.nn as our
from actscope.probe.findings import DEFINITIONS
from actscope.probe.graph import examined
from actscope.probe.records import Finding
from probe.healthy_graphs import CLASSES, IMAGES, NEIGHBOURS, TOKENS, Of, X, conv, holding, mlp

Case = Callable[[], tuple[Tensor, nn.Module]]
LABELS = (CLASSES > 0).float()[:, None]
SIGNED = torch.linspace(-3, 3, 8)[:, None]


def then(*behind: nn.Module, out: int = 3) -> nn.Sequential:
    return nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, out), *behind)


def by(model: nn.Module, loss: Callable[[Tensor], Tensor], x: Tensor = X) -> Case:
    return lambda: (loss(model(x)), model)


def cross(out: Tensor) -> Tensor:
    return F.cross_entropy(out, CLASSES)


def squared(out: Tensor) -> Tensor:
    return F.mse_loss(out, SIGNED)


def in_forward(change: Callable[[Tensor], Tensor], out: int = 3) -> nn.Module:
    return Of(lambda s, x: change(s.head(torch.relu(s.body(x)))), body=nn.Linear(6, 16), head=nn.Linear(16, out))


def nll(out: Tensor) -> Tensor:
    return F.nll_loss(out, CLASSES)


def logits_bce(out: Tensor) -> Tensor:
    return F.binary_cross_entropy_with_logits(out, LABELS)


def one_hot(out: Tensor) -> Tensor:
    return F.cross_entropy(out, F.one_hot(CLASSES, 3).float())


def bce_within(out: Tensor) -> Tensor:
    """Return the loss of numbers that happen to lie from 0 to 1: others PyTorch refuses."""
    out.data.clamp_(0.1, 0.9)
    return F.binary_cross_entropy(out, LABELS)


def recurrent(out: nn.Module) -> nn.Module:
    return Of(
        lambda s, t: s.out(s.head(s.lstm(s.emb(t))[0][:, -1])),
        emb=nn.Embedding(20, 8),
        lstm=nn.LSTM(8, 16),
        head=nn.Linear(16, 3),
        out=out,
    )


def images(*middle: nn.Module, behind: tuple[nn.Module, ...] = ()) -> nn.Sequential:
    return nn.Sequential(
        conv(3, 8), nn.ReLU(), *middle, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 3), *behind
    )


def four(out: Tensor) -> Tensor:
    return F.cross_entropy(out, torch.tensor([0, 1, 2, 0]))


def steps(s: Of, x: Tensor) -> Tensor:
    return s.last((s.first(x) > 0).float())


def of_two_shapes(loss: Callable[[Tensor, Tensor], Tensor], x: Tensor = X) -> Case:
    """Outputs of shape (8, 1), targets of shape (8,)."""
    return quietly(by(then(out=1), lambda out: loss(out, SIGNED[:, 0]), x))


def quietly(case: Case) -> Case:
    """PyTorch warns of some of these losses."""

    def build() -> tuple[Tensor, nn.Module]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return case()

    return build


class Kept(nn.Module):
    """Layers in whatever holds them."""

    def __init__(self, layers: object) -> None:
        super().__init__()
        self.first, self.layers, self.last = nn.Linear(6, 16), layers, nn.Linear(16, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = self.first(x)
        for layer in self.layers.values() if isinstance(self.layers, dict) else self.layers:
            x = layer(torch.relu(x))
        return self.last(torch.relu(x))


def convolved(parts: list[nn.Module]) -> nn.Module:
    model = Of(lambda s, x: s.head(s.parts[1](s.parts[0](x).relu()).relu().mean((2, 3))), head=nn.Linear(8, 3))
    model.parts = parts
    return model


def neighbours(s: Of, x: Tensor) -> Tensor:
    return s.fixed @ s.two(s.fixed @ s.one(x))


def sums_of_neighbours(s: Of, x: Tensor) -> Tensor:
    h = torch.relu(torch.sparse.mm(s.fixed, s.one(x)))
    return s.head(torch.relu(torch.sparse.mm(s.fixed, s.three(torch.sparse.mm(s.fixed, s.two(h))))))


def joints(s: Of, x: Tensor) -> Tensor:
    h = torch.relu(torch.einsum("ij,bjf->bif", s.fixed, s.one(x)))
    return s.head(torch.relu(s.three(torch.einsum("ij,bjf->bif", s.fixed, s.two(h)))).mean(1))


def graph_layers() -> dict[str, nn.Module]:
    return {"one": nn.Linear(6, 16), "two": nn.Linear(16, 16), "three": nn.Linear(16, 16), "head": nn.Linear(16, 3)}


def two() -> list[nn.Module]:
    return [nn.Linear(16, 16), nn.Linear(16, 16)]


def by_hand(targets: Tensor) -> Callable[[Tensor], Tensor]:
    def loss(p: Tensor) -> Tensor:
        p = p.clamp(1e-7, 1 - 1e-7)
        return -(targets * p.log() + (1 - targets) * (1 - p).log()).mean()

    return loss


def log_of_right(p: Tensor) -> Tensor:
    return -(F.one_hot(CLASSES, 3) * (p + 1e-7).log()).sum(1).mean()


FAULTS: dict[str, tuple[str, str, Case]] = {
    "classes for two, by hand": ("unreachable-targets", "2", by(then(nn.Sigmoid(), out=1), by_hand(CLASSES[:, None]))),
    "signs for two, by hand": (
        "unreachable-targets",
        "head",
        by(recurrent(nn.Sigmoid()), by_hand(F.one_hot(CLASSES[:4], 3) * 2.0 - 1), TOKENS),
    ),
    "sigmoid and its log alone": ("wrong-output-activation", "2", by(then(nn.Sigmoid()), log_of_right)),
    "sigmoid and its log alone, one output": (
        "wrong-output-activation",
        "4",
        by(
            images(behind=(nn.Sigmoid(),)),
            lambda p: (-F.one_hot(CLASSES[:4], 3) * p.clamp_min(1e-7).log()).mean(),
            IMAGES,
        ),
    ),
    "a plain list": ("unreached-parameters", "layers", by(Kept(two()), cross)),
    "a plain tuple within": ("unreached-parameters", "0.layers", by(nn.Sequential(Kept(tuple(two()))), cross)),
    "a plain dict": ("unreached-parameters", "layers", by(Kept(dict(enumerate(two()))), cross)),
    "a plain list of convolutions": (
        "unreached-parameters",
        "parts",
        by(convolved([conv(3, 8), conv(8, 8)]), four, IMAGES),
    ),
    "broadcast, mse": ("broadcast-loss", "2", of_two_shapes(F.mse_loss)),
    "broadcast, the other way round": ("broadcast-loss", "2", of_two_shapes(lambda out, y: F.mse_loss(y, out))),
    "broadcast, sum": ("broadcast-loss", "2", of_two_shapes(lambda out, y: F.mse_loss(out, y, reduction="sum"))),
    "broadcast, root": ("broadcast-loss", "2", of_two_shapes(lambda out, y: F.mse_loss(out, y).sqrt())),
    "broadcast, each weighed": (
        "broadcast-loss",
        "2",
        of_two_shapes(lambda out, y: (y.abs() * F.mse_loss(out, y, reduction="none")).mean()),
    ),
    "broadcast, l1": ("broadcast-loss", "2", of_two_shapes(F.l1_loss)),
    "broadcast, smooth l1": ("broadcast-loss", "2", of_two_shapes(F.smooth_l1_loss)),
    "broadcast, huber": ("broadcast-loss", "2", of_two_shapes(F.huber_loss)),
    "broadcast, squares": ("broadcast-loss", "2", of_two_shapes(lambda out, y: ((out - y) ** 2).mean())),
    "broadcast, square": ("broadcast-loss", "2", of_two_shapes(lambda out, y: torch.square(y - out).sum())),
    "broadcast, product": ("broadcast-loss", "2", of_two_shapes(lambda out, y: ((out - y) * (out - y)).mean())),
    "broadcast, one product": ("broadcast-loss", "2", of_two_shapes(lambda out, y: (d := out - y).mul(d).mean())),
    "broadcast, sizes": ("broadcast-loss", "2", of_two_shapes(lambda out, y: (y - out).abs().mean())),
    "broadcast, norm": ("broadcast-loss", "2", of_two_shapes(lambda out, y: torch.linalg.norm(out - y))),
    "broadcast, logarithms": (
        "broadcast-loss",
        "2",
        of_two_shapes(lambda out, y: F.mse_loss(F.softplus(out).log1p(), y.abs().log1p())),
    ),
    "broadcast, with a penalty": (
        "broadcast-loss",
        "2",
        of_two_shapes(lambda out, y: F.mse_loss(out, y) + 0.1 * out.square().mean()),
    ),
    "broadcast, viewed": ("broadcast-loss", "2", of_two_shapes(lambda out, y: F.mse_loss(out.view(-1, 1), y))),
    "broadcast, a pixel": (
        "broadcast-loss",
        "2",
        of_two_shapes(lambda out, y: F.mse_loss(out.view(-1, 1, 1, 1), y)),
    ),
    "broadcast, squeezed": (
        "broadcast-loss",
        "2",
        quietly(by(then(out=1), lambda out: F.mse_loss(out.squeeze(1), SIGNED))),
    ),
    "broadcast, squeezed, own": (
        "broadcast-loss",
        "2",
        by(then(out=1), lambda out: (out.squeeze(1) - SIGNED).pow(2).mean()),
    ),
    "broadcast, half precision": (
        "broadcast-loss",
        "2",
        of_two_shapes(lambda out, y: ((out.bfloat16() - y.bfloat16()) ** 2).mean()),
    ),
    "softmax": ("softmax-twice", "2", by(then(nn.Softmax(dim=1)), cross)),
    "softmax ours": ("softmax-twice", "2", by(then(our.Softmax()), cross)),
    "softmax in forward": ("softmax-twice", "head", by(in_forward(lambda x: x.softmax(-1)), cross)),
    "softmax, view": ("softmax-twice", "head", by(in_forward(lambda x: x.softmax(-1).view(2, 4, 3).view(8, 3)), cross)),
    "softmax, slice": ("softmax-twice", "head", by(in_forward(lambda x: x.softmax(-1)[:, :3], 4), cross)),
    "softmax, scale": ("softmax-twice", "head", by(in_forward(lambda x: 5 * x.softmax(-1) / 2), cross)),
    "softmax, view, index, scale": (
        "softmax-twice",
        "head",
        by(in_forward(lambda x: (2 * x.softmax(-1).view(4, 2, 3)).view(8, 3)[torch.arange(8)]), cross),
    ),
    "softmax, dropout": ("softmax-twice", "2", by(then(nn.Softmax(dim=1), nn.Dropout(0.3)), cross)),
    "softmax, transposed": ("softmax-twice", "head", by(in_forward(lambda x: x.T.softmax(0).T), cross)),
    "softmax, soft targets": ("softmax-twice", "2", by(then(nn.Softmax(dim=1)), one_hot)),
    "softmax, smoothing": (
        "softmax-twice",
        "2",
        by(then(nn.Softmax(dim=1)), lambda out: F.cross_entropy(out, CLASSES, label_smoothing=0.1)),
    ),
    "softmax, images": ("softmax-twice", "4", by(images(behind=(nn.Softmax(dim=1),)), four, IMAGES)),
    "softmax, recurrent": ("softmax-twice", "head", by(recurrent(nn.Softmax(dim=-1)), four, TOKENS)),
    "softmax, segmentation": (
        "softmax-twice",
        "0",
        by(
            nn.Sequential(conv(3, 2), nn.Softmax(dim=1)),
            lambda out: F.cross_entropy(out, (IMAGES[:, 0] > 0).long()),
            IMAGES,
        ),
    ),
    "softmax, stacked steps": (
        "softmax-twice",
        "head",
        by(Of(lambda s, x: torch.stack([s.head(x[k]).softmax(-1) for k in range(8)]), head=nn.Linear(6, 3)), cross),
    ),
    "softmax, policy": (
        "softmax-twice",
        "2",
        by(then(nn.Softmax(dim=1)), lambda out: -torch.distributions.Categorical(logits=out).log_prob(CLASSES).mean()),
    ),
    "sigmoid": ("sigmoid-twice", "2", by(then(nn.Sigmoid(), out=1), logits_bce)),
    "sigmoid ours": ("sigmoid-twice", "2", by(then(our.Sigmoid(), out=1), logits_bce)),
    "sigmoid, squeeze": (
        "sigmoid-twice",
        "head",
        by(
            in_forward(lambda x: x.sigmoid().squeeze(1), 1),
            lambda out: F.binary_cross_entropy_with_logits(out, LABELS[:, 0]),
        ),
    ),
    "sigmoid, each": (
        "sigmoid-twice",
        "2",
        by(
            then(nn.Sigmoid(), out=1),
            lambda out: F.binary_cross_entropy_with_logits(out, LABELS, reduction="none").mean(),
        ),
    ),
    "nll of softmax": ("logits-as-probabilities", "2", by(then(nn.Softmax(dim=1)), nll)),
    "nll of logits": ("logits-as-probabilities", "2", by(then(), nll)),
    "nll of relu": ("logits-as-probabilities", "2", by(then(nn.ReLU()), nll)),
    "nll, images": (
        "logits-as-probabilities",
        "4",
        by(images(), lambda out: F.nll_loss(out, torch.tensor([0, 1, 2, 0])), IMAGES),
    ),
    "bce of relu": ("logits-as-probabilities", "2", by(then(nn.ReLU(), out=1), bce_within)),
    "bce of logits": ("logits-as-probabilities", "2", by(then(out=1), bce_within)),
    "kl of probabilities": (
        "logits-as-probabilities",
        "2",
        by(then(nn.Softmax(dim=1)), lambda out: F.kl_div(out, torch.full((8, 3), 1 / 3), reduction="batchmean")),
    ),
    "kl of logits": (
        "logits-as-probabilities",
        "2",
        by(then(), lambda out: F.kl_div(out, torch.full((8, 3), 1 / 3), reduction="sum")),
    ),
    "relu before signed": ("unreachable-targets", "2", by(then(nn.ReLU(), out=1), squared)),
    "relu and tanh before signed": (
        "unreachable-targets",
        "2",
        by(then(nn.ReLU(), nn.Tanh(), out=1), lambda out: F.mse_loss(out, SIGNED / 3)),
    ),
    "relu and tanh before signed, in forward": (
        "unreachable-targets",
        "head",
        by(in_forward(lambda x: 3 * x.abs().tanh(), 1), squared),
    ),
    "softplus before signed": ("unreachable-targets", "2", by(then(nn.Softplus(), out=1), squared)),
    "tanh before 50": (
        "unreachable-targets",
        "2",
        by(then(nn.Tanh(), out=1), lambda out: F.mse_loss(out, 50 + SIGNED)),
    ),
    "sigmoid before 50": (
        "unreachable-targets",
        "2",
        by(then(nn.Sigmoid(), out=1), lambda out: F.smooth_l1_loss(out, 50 + SIGNED)),
    ),
    "our tanh before 50": (
        "unreachable-targets",
        "2",
        by(then(our.Tanh(), out=1), lambda out: F.huber_loss(out, 50 + SIGNED)),
    ),
    "twice tanh": (
        "unreachable-targets",
        "head",
        by(in_forward(lambda x: 2 * x.tanh(), 1), lambda out: F.mse_loss(out, 5 * SIGNED)),
    ),
    "minus relu": ("unreachable-targets", "head", by(in_forward(lambda x: -x.relu(), 1), squared)),
    "swapped arguments": ("unreachable-targets", "2", by(then(nn.ReLU(), out=1), lambda out: F.mse_loss(SIGNED, out))),
    "sigmoid decoder of signed pixels": (
        "unreachable-targets",
        "0",
        by(nn.Sequential(conv(3, 3), nn.Sigmoid()), lambda out: F.mse_loss(out, IMAGES), IMAGES),
    ),
    "labels of -1": (
        "unreachable-targets",
        "2",
        by(then(out=1), lambda out: F.binary_cross_entropy_with_logits(out, 2 * LABELS - 1)),
    ),
    "relu on logits": ("wrong-output-activation", "2", by(then(nn.ReLU()), cross)),
    "sigmoid on classes": ("wrong-output-activation", "2", by(then(nn.Sigmoid()), cross)),
    "tanh on classes": ("wrong-output-activation", "2", by(then(nn.Tanh()), cross)),
    "gelu on logits": ("wrong-output-activation", "2", by(then(nn.GELU()), cross)),
    "our relu on logits": ("wrong-output-activation", "2", by(then(our.ReLU()), cross)),
    "relu on logits, images": ("wrong-output-activation", "4", by(images(behind=(nn.ReLU(),)), four, IMAGES)),
    "relu on a binary logit": ("wrong-output-activation", "2", by(then(nn.ReLU(), out=1), logits_bce)),
    "tanh on a binary logit": ("wrong-output-activation", "2", by(then(nn.Tanh(), out=1), logits_bce)),
    "relu before a sigmoid": (
        "wrong-output-activation",
        "2",
        by(then(nn.ReLU(), nn.Sigmoid(), out=1), lambda out: F.binary_cross_entropy(out, LABELS)),
    ),
    "our softplus before a sigmoid": (
        "wrong-output-activation",
        "2",
        by(then(our.Softplus(), our.Sigmoid(), out=1), lambda out: F.binary_cross_entropy(out, LABELS)),
    ),
    "size before a sigmoid, by hand": (
        "wrong-output-activation",
        "head",
        by(in_forward(lambda x: x.abs().sigmoid(), 1), by_hand(LABELS)),
    ),
    "relu before a sigmoid that is clamped": (
        "wrong-output-activation",
        "2",
        by(then(nn.ReLU(), nn.Sigmoid(), out=1), lambda p: F.binary_cross_entropy(p.clamp(1e-6, 1 - 1e-6), LABELS)),
    ),
    "relu6 before a sigmoid, images": (
        "wrong-output-activation",
        "4",
        by(
            images(behind=(nn.ReLU6(), nn.Dropout(), nn.Sigmoid())),
            lambda out: F.binary_cross_entropy(out, F.one_hot(CLASSES[:4], 3).float()),
            IMAGES,
        ),
    ),
    "softmax of one": (
        "wrong-output-activation",
        "2",
        by(then(nn.Softmax(dim=1), out=1), lambda out: F.binary_cross_entropy(out, LABELS)),
    ),
    "cross-entropy of one": (
        "wrong-output-activation",
        "2",
        by(then(out=1), lambda out: F.cross_entropy(out, torch.zeros(8).long())),
    ),
    "softmax over the batch": ("softmax-over-batch", "2", by(then(nn.LogSoftmax(dim=0)), nll)),
    "softmax over the batch, before cross-entropy": ("softmax-over-batch", "2", by(then(nn.Softmax(dim=0)), cross)),
    "log_softmax over the batch, before cross-entropy": (
        "softmax-over-batch",
        "4",
        by(images(behind=(nn.LogSoftmax(dim=0),)), four, IMAGES),
    ),
    "softmax over the batch, ours, before cross-entropy": (
        "softmax-over-batch",
        "head",
        by(in_forward(our.Softmax(dim=0)), cross),
    ),
    "softmax over the batch, clamped": (
        "softmax-over-batch",
        "2",
        by(then(nn.Softmax(dim=0)), lambda out: nll(out.clamp(1e-7, 1.0).log())),
    ),
    "softmax over the batch, picked and clamped": (
        "softmax-over-batch",
        "4",
        by(
            images(behind=(nn.Softmax(dim=0),)),
            lambda out: -out.gather(1, CLASSES[:4, None]).clamp_min(1e-9).log().mean(),
            IMAGES,
        ),
    ),
    "softmax over the batch, log": ("softmax-over-batch", "2", by(then(nn.Softmax(dim=0)), lambda out: nll(out.log()))),
    "softmax over the batch, mse": (
        "softmax-over-batch",
        "2",
        by(then(nn.Softmax(dim=0)), lambda out: F.mse_loss(out, F.one_hot(CLASSES, 3).float())),
    ),
    "no activation": (
        "missing-activation",
        "0",
        by(nn.Sequential(nn.Linear(6, 16), nn.Linear(16, 16), nn.Linear(16, 3)), cross),
    ),
    "no activation at one place": (
        "missing-activation",
        "2",
        by(nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 16), nn.Linear(16, 3)), cross),
    ),
    "no activation, dropout": (
        "missing-activation",
        "0",
        by(nn.Sequential(nn.Linear(6, 16), nn.Dropout(0.2), nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 3)), cross),
    ),
    "no activation, convolutions": (
        "missing-activation",
        "2",
        by(images(conv(8, 8), nn.BatchNorm2d(8), conv(8, 8), nn.ReLU()), four, IMAGES),
    ),
    "no activation, plain cnn": (
        "missing-activation",
        "0",
        by(nn.Sequential(conv(3, 8), conv(8, 8), nn.Flatten(), nn.Linear(512, 3)), four, IMAGES),
    ),
    "no activation, pooled but not the last": (
        "missing-activation",
        "point",
        by(
            Of(
                lambda s, x: s.head(torch.relu(s.pooled(s.point(torch.relu(s.emb(x))).mean(1)))),
                emb=nn.Linear(6, 16),
                point=nn.Linear(16, 16),
                pooled=nn.Linear(16, 16),
                head=nn.Linear(16, 3),
            ),
            lambda out: F.cross_entropy(out, torch.tensor([0, 1])),
            X.reshape(2, 4, 6),
        ),
    ),
    "no activation anywhere, pooled": (
        "missing-activation",
        "0",
        by(nn.Sequential(conv(3, 8), conv(8, 8), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 3)), four, IMAGES),
    ),
    "no activation, sequences": (
        "missing-activation",
        "up",
        by(
            Of(
                lambda s, x: s.head(s.norm(x + s.down(s.up(x))).mean(1)),
                up=nn.Linear(6, 24),
                down=nn.Linear(24, 6),
                norm=nn.LayerNorm(6),
                head=nn.Linear(6, 3),
            ),
            lambda out: F.cross_entropy(out, torch.tensor([0, 1])),
            X.reshape(2, 4, 6),
        ),
    ),
    "no activation, recurrent": (
        "missing-activation",
        "one",
        by(
            Of(
                lambda s, t: s.two(s.one(s.lstm(s.emb(t))[0][:, -1])),
                emb=nn.Embedding(20, 8),
                lstm=nn.LSTM(8, 16),
                one=nn.Linear(16, 16),
                two=nn.Linear(16, 3),
            ),
            four,
            TOKENS,
        ),
    ),
    "no activation, a graph": (
        "missing-activation",
        "one",
        by(holding(NEIGHBOURS, Of(neighbours, one=nn.Linear(6, 16), two=nn.Linear(16, 3))), cross),
    ),
    "no activation, a sparse graph": (
        "missing-activation",
        "two",
        by(holding(NEIGHBOURS.to_sparse(), Of(sums_of_neighbours, **graph_layers())), cross),
    ),
    "no activation, a compressed graph": (
        "missing-activation",
        "two",
        quietly(lambda: by(holding(NEIGHBOURS.to_sparse_csr(), Of(sums_of_neighbours, **graph_layers())), cross)()),
    ),
    "no activation, joints of a skeleton": (
        "missing-activation",
        "two",
        by(
            holding(NEIGHBOURS[:4, :4].clone(), Of(joints, **graph_layers())),
            lambda out: F.cross_entropy(out, CLASSES[:2]),
            X.reshape(2, 4, 6),
        ),
    ),
    "relu of relu": (
        "repeated-activation",
        "0",
        by(nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.ReLU(), nn.Linear(16, 3)), cross),
    ),
    "relu of dropped relu": (
        "repeated-activation",
        "0",
        by(nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Dropout(), nn.ReLU(), nn.Linear(16, 3)), cross),
    ),
    "sigmoid of sigmoid": (
        "repeated-activation",
        "2",
        by(then(nn.Sigmoid(), nn.Sigmoid(), out=1), lambda out: F.binary_cross_entropy(out, LABELS)),
    ),
    "softmax of softmax": (
        "repeated-activation",
        "2",
        by(then(nn.Softmax(dim=1), nn.Softmax(dim=1)), lambda out: nll(out.log())),
    ),
    "our gelu of gelu": (
        "repeated-activation",
        "0",
        by(nn.Sequential(nn.Linear(6, 16), our.GELU(), our.GELU(), nn.Linear(16, 3)), cross),
    ),
    "sign": (
        "no-slope",
        "first",
        by(Of(lambda s, x: s.last(torch.sign(s.first(x))), first=nn.Linear(6, 16), last=nn.Linear(16, 3)), cross),
    ),
    "round": (
        "no-slope",
        "first",
        by(Of(lambda s, x: s.last(torch.round(s.first(x))), first=nn.Linear(6, 16), last=nn.Linear(16, 3)), cross),
    ),
    "step": ("no-slope", "first", by(Of(steps, first=nn.Linear(6, 16), last=nn.Linear(16, 3)), cross)),
    "rounded output": ("no-slope", "head", by(in_forward(torch.round, 1), squared)),
    "detached body": (
        "unreached-parameters",
        "body",
        by(Of(lambda s, x: s.head(s.body(x).relu().detach()), body=nn.Linear(6, 16), head=nn.Linear(16, 3)), cross),
    ),
    "detached features": (
        "unreached-parameters",
        "body.0",
        by(
            Of(
                lambda s, x: s.head(s.body(x).detach().flatten(1)),
                body=nn.Sequential(conv(3, 8), nn.ReLU(), nn.MaxPool2d(2)),
                head=nn.Linear(128, 3),
            ),
            four,
            IMAGES,
        ),
    ),
    "step within an encoder layer": (
        "no-slope",
        "body.linear1",
        by(
            Of(
                lambda s, x: s.head(s.body(x.reshape(2, 4, 6)).mean(1)),
                body=nn.TransformerEncoderLayer(6, 2, 16, activation=lambda h: (h > 0).float(), batch_first=True),
                head=nn.Linear(6, 3),
            ),
            lambda out: F.cross_entropy(out, torch.tensor([0, 1])),
        ),
    ),
    "detached recurrence": (
        "unreached-parameters",
        "gru",
        by(
            Of(lambda s, x: s.head(s.gru(x[None])[0][0].detach()), gru=nn.GRU(6, 16), head=nn.Linear(16, 3)),
            cross,
        ),
    ),
    "clamped logits for bce": (
        "logits-as-probabilities",
        "head",
        by(in_forward(lambda x: x.clamp(0, 1), 1), lambda out: F.binary_cross_entropy(out, LABELS)),
    ),
    "logits cut to probabilities": (
        "wrong-output-activation",
        "2",
        by(then(nn.Hardtanh(0.0, 1.0), out=1), lambda out: F.binary_cross_entropy(out, LABELS)),
    ),
    "softmax for several labels": (
        "unreachable-targets",
        "2",
        by(then(nn.Softmax(dim=1)), lambda out: F.binary_cross_entropy(out, torch.ones(8, 3))),
    ),
    "detached loss": ("unreached-parameters", "", by(then(), lambda out: cross(out).detach())),
    "accuracy as loss": ("unreached-parameters", "", by(then(), lambda out: (out.argmax(1) == CLASSES).float().mean())),
    "loss of another model": ("unreached-parameters", "", lambda: (cross(then()(X)), mlp(6, 8, 3))),
}


def findings(case: Case) -> list[Finding]:
    torch.manual_seed(0)
    loss, model = case()
    return [one for one in examined(loss, model)[0] if one.weight == "finding"]


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_found_at_its_place(fault: str) -> None:
    name, where, case = FAULTS[fault]
    met = findings(case)
    assert name in DEFINITIONS
    assert (name, where) in [(one.name, one.where) for one in met]
    assert len({one.name for one in met}) <= 2


@pytest.mark.parametrize(
    ("way", "second"),
    [
        pytest.param(lambda s, x: s.two(torch.full((2, 8), 0.125) @ s.one(x)), [], id="made at once, and may be data"),
        pytest.param(lambda s, x: s.two(s.fixed[:2] @ s.one(torch.relu(s.zero(x)))), ["one"], id="fewer rows"),
        pytest.param(lambda s, x: (a := s.fixed.clone()) @ s.two(a @ s.one(s.zero(x).relu())), ["one"], id="not held"),
    ],
)
def test_a_matrix_that_may_be_meant_or_a_result_is_at_most_a_hint(
    way: Callable[[Of, Tensor], Tensor], second: list[str]
) -> None:
    torch.manual_seed(0)
    layers = {"zero": nn.Linear(6, 6), "one": nn.Linear(6, 16), "two": nn.Linear(16, 3)}
    model = holding(NEIGHBOURS.clone(), Of(way, **layers))
    out = model(X)
    met = [
        one for one in examined(F.cross_entropy(out, CLASSES[: len(out)]), model)[0] if one.name == "missing-activation"
    ]
    assert [(one.where, one.weight) for one in met] == [(where, "hint") for where in second]


@pytest.mark.parametrize("fault", FAULTS)
def test_advice_is_code_that_can_be_typed(fault: str) -> None:
    for one in findings(FAULTS[fault][2]):
        assert one.evidence.endswith(".")
        code = [line for line in one.advice if line.startswith("    ")]
        assert code
        for line in code:
            ast.parse(line.strip())


def test_a_generator_whose_samples_are_detached_is_told_of_detach() -> None:
    generator, judge = mlp(6, 8, 6), then(nn.Sigmoid(), out=1)
    loss = F.binary_cross_entropy(judge(generator(X).detach()), torch.ones(8, 1))
    (one,) = examined(loss, generator)[0]
    assert one.name == "unreached-parameters"
    assert ".detach()" in one.advice[0]


def test_what_stands_behind_layers_in_a_row_is_not_denied() -> None:
    model = nn.Sequential(nn.Linear(6, 16), nn.Linear(16, 1), nn.ReLU(), nn.Sigmoid())
    evidence = {one.name: one.evidence for one in findings(by(model, lambda out: F.binary_cross_entropy(out, LABELS)))}
    assert "relu, then sigmoid behind `1` give numbers from 0.5 to 1" in evidence["wrong-output-activation"]
    assert "one affine map, whatever stands behind them" in evidence["missing-activation"]


def test_there_are_many() -> None:
    assert len(FAULTS) >= 60
