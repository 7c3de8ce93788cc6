"""Small models and losses that are built as they should be: each gives (loss, model) and is to draw no finding."""

from collections.abc import Callable
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

import actscope.nn as our

Case = Callable[[], tuple[Tensor, nn.Module]]
HEALTHY: dict[str, Case] = {}


def case(build: Case) -> Case:
    HEALTHY[build.__name__] = build
    return build


def mlp(*widths: int, act: Callable[[], nn.Module] = nn.ReLU) -> nn.Sequential:
    layers: list[nn.Module] = []
    for a, b in pairwise(widths):
        layers += [nn.Linear(a, b), act()]
    return nn.Sequential(*layers[:-1])


class Of(nn.Module):
    """Parts, and a forward of its own."""

    def __init__(self, forward: Callable[["Of", Tensor], Tensor], **parts: nn.Module) -> None:
        super().__init__()
        for name, part in parts.items():
            self.add_module(name, part)
        self.way = forward

    def forward(self, x: Tensor) -> Tensor:
        return self.way(self, x)


X = torch.linspace(-2, 2, 48).reshape(8, 6)
CLASSES = torch.arange(8) % 3
IMAGES = torch.linspace(-1, 1, 4 * 3 * 8 * 8).sin().reshape(4, 3, 8, 8)
TOKENS = torch.arange(20).reshape(4, 5)


NEIGHBOURS = (torch.eye(8) + torch.eye(8).roll(1, 0) + torch.eye(8).roll(-1, 0)) / 3
"""A ring of eight, each with its two neighbours."""


def holding(fixed: Tensor, model: nn.Module) -> nn.Module:
    model.register_buffer("fixed", fixed)
    return model


def classified(model: nn.Module, x: Tensor = X, y: Tensor = CLASSES) -> tuple[Tensor, nn.Module]:
    return F.cross_entropy(model(x), y), model


def regressed(model: nn.Module, x: Tensor = X) -> tuple[Tensor, nn.Module]:
    out = model(x)
    return F.mse_loss(out, torch.linspace(-3, 3, out.numel()).reshape(out.shape)), model


@case
def classifier() -> tuple[Tensor, nn.Module]:
    return classified(mlp(6, 16, 16, 3))


@case
def our_activations() -> tuple[Tensor, nn.Module]:
    return classified(nn.Sequential(nn.Linear(6, 16), our.GELU(), nn.Linear(16, 16), our.ReLU(), nn.Linear(16, 3)))


@case
def logistic_regression() -> tuple[Tensor, nn.Module]:
    return classified(nn.Linear(6, 3))


@case
def binary_probability() -> tuple[Tensor, nn.Module]:
    model = nn.Sequential(mlp(6, 8, 1), nn.Sigmoid())
    return F.binary_cross_entropy(model(X).squeeze(1), (CLASSES > 0).float()), model


@case
def binary_logits() -> tuple[Tensor, nn.Module]:
    model = mlp(6, 8, 1)
    return F.binary_cross_entropy_with_logits(model(X).squeeze(1), (CLASSES > 0).float()), model


@case
def log_softmax_nll() -> tuple[Tensor, nn.Module]:
    model = nn.Sequential(mlp(6, 8, 3), nn.LogSoftmax(dim=1))
    return F.nll_loss(model(X), CLASSES), model


@case
def our_log_softmax() -> tuple[Tensor, nn.Module]:
    model = nn.Sequential(mlp(6, 8, 3), our.LogSoftmax())
    return F.nll_loss(model(X), CLASSES), model


@case
def label_smoothing() -> tuple[Tensor, nn.Module]:
    model = mlp(6, 8, 3)
    return F.cross_entropy(model(X), CLASSES, label_smoothing=0.1), model


@case
def soft_targets() -> tuple[Tensor, nn.Module]:
    model = mlp(6, 8, 3)
    return F.cross_entropy(model(X), torch.full((8, 3), 1 / 3)), model


@case
def regression() -> tuple[Tensor, nn.Module]:
    return regressed(mlp(6, 16, 1))


@case
def linear_regression() -> tuple[Tensor, nn.Module]:
    return regressed(nn.Linear(6, 1))


@case
def positive_regression() -> tuple[Tensor, nn.Module]:
    model = nn.Sequential(mlp(6, 16, 1), nn.Softplus())
    return F.mse_loss(model(X), torch.rand(8, 1) * 5), model


@case
def scaled_actions() -> tuple[Tensor, nn.Module]:
    model = nn.Sequential(mlp(6, 16, 2), nn.Tanh())
    return F.mse_loss(5 * model(X), torch.linspace(-4.9, 4.9, 16).reshape(8, 2)), model


@case
def autoencoder() -> tuple[Tensor, nn.Module]:
    model = nn.Sequential(mlp(6, 16, 2, 16, 6), nn.Sigmoid())
    pixels = X.sigmoid().round()
    return F.binary_cross_entropy(model(pixels), pixels), model


def between_zero_and_one(*end: nn.Module) -> tuple[Tensor, nn.Module]:
    model = nn.Sequential(mlp(6, 16, 6), *end)
    return F.binary_cross_entropy(model(X), X.sigmoid().round()), model


@case
def probabilities_cut_at_their_ends() -> tuple[Tensor, nn.Module]:
    return between_zero_and_one(nn.Sigmoid(), nn.Hardtanh(1e-6, 1 - 1e-6))


@case
def hard_sigmoid_for_devices() -> tuple[Tensor, nn.Module]:
    return between_zero_and_one(nn.Hardsigmoid())


@case
def pixels_cut_to_their_range() -> tuple[Tensor, nn.Module]:
    model = nn.Sequential(mlp(6, 16, 6), nn.Hardtanh(0.0, 1.0))
    return F.mse_loss(model(X), X.sigmoid()), model


@case
def hard_activations_inside() -> tuple[Tensor, nn.Module]:
    model = nn.Sequential(mlp(6, 16, 6, act=lambda: nn.Hardtanh(0.0, 1.0)), nn.Sigmoid())
    return F.binary_cross_entropy(model(X), X.sigmoid().round()), model


@case
def linear_bottleneck() -> tuple[Tensor, nn.Module]:
    return regressed(nn.Sequential(nn.Linear(6, 2), nn.Linear(2, 6)))


@case
def tanh_images() -> tuple[Tensor, nn.Module]:
    model = nn.Sequential(mlp(6, 16, 6), nn.Tanh())
    return F.mse_loss(model(X), (X / 2).clamp(-1, 1)), model


@case
def lstm() -> tuple[Tensor, nn.Module]:
    model = Of(
        lambda s, t: s.head(s.lstm(s.emb(t))[0][:, -1]),
        emb=nn.Embedding(20, 8),
        lstm=nn.LSTM(8, 16),
        head=nn.Linear(16, 3),
    )
    return classified(model, TOKENS, torch.tensor([0, 1, 2, 0]))


@case
def gru_per_step() -> tuple[Tensor, nn.Module]:
    model = Of(
        lambda s, x: s.head(s.gru(s.first(x))[0]), first=nn.Linear(6, 8), gru=nn.GRU(8, 16), head=nn.Linear(16, 3)
    )
    return F.cross_entropy(model(X.reshape(2, 4, 6)).flatten(0, 1), CLASSES), model


@case
def lstm_cell() -> tuple[Tensor, nn.Module]:
    def forward(s: Of, x: Tensor) -> Tensor:
        h = c = torch.zeros(8, 16)
        for _ in range(3):
            h, c = s.cell(s.first(x), (h, c))
        return s.head(h)

    return classified(Of(forward, first=nn.Linear(6, 8), cell=nn.LSTMCell(8, 16), head=nn.Linear(16, 3)))


@case
def hand_written_rnn() -> tuple[Tensor, nn.Module]:
    def forward(s: Of, x: Tensor) -> Tensor:
        h = torch.zeros(8, 16)
        for _ in range(3):
            h = torch.tanh(s.into(x) + s.again(h))
        return s.head(h)

    return classified(Of(forward, into=nn.Linear(6, 16), again=nn.Linear(16, 16), head=nn.Linear(16, 3)))


@case
def encoder_layers() -> tuple[Tensor, nn.Module]:
    layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
    model = Of(
        lambda s, x: s.head(s.body(s.first(x)).mean(1)),
        first=nn.Linear(6, 8),
        body=nn.TransformerEncoder(layer, 2, enable_nested_tensor=False),
        head=nn.Linear(8, 3),
    )
    return classified(model, X.reshape(2, 4, 6), torch.tensor([0, 1]))


@case
def attention_then_head() -> tuple[Tensor, nn.Module]:
    model = Of(
        lambda s, x: s.head(s.attention(s.first(x), s.first(x), s.first(x))[0].mean(1)),
        first=nn.Linear(6, 8),
        attention=nn.MultiheadAttention(8, 2, batch_first=True),
        head=nn.Linear(8, 3),
    )
    return classified(model, X.reshape(2, 4, 6), torch.tensor([0, 1]))


@case
def hand_written_attention() -> tuple[Tensor, nn.Module]:
    def forward(s: Of, x: Tensor) -> Tensor:
        q, k, v = s.qkv(s.norm(x)).chunk(3, -1)
        x = x + s.out(torch.softmax(q @ k.transpose(-2, -1) / 3, -1) @ v)
        return s.head(x.mean(1))

    model = Of(forward, norm=nn.LayerNorm(6), qkv=nn.Linear(6, 18), out=nn.Linear(6, 6), head=nn.Linear(6, 3))
    return classified(model, X.reshape(2, 4, 6), torch.tensor([0, 1]))


@case
def vision_transformer() -> tuple[Tensor, nn.Module]:
    def forward(s: Of, x: Tensor) -> Tensor:
        x = s.patch(x).flatten(2).transpose(1, 2)
        return s.head(s.norm(s.block(x + torch.ones(1, 4, 8))).mean(1))

    block = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, norm_first=True)
    model = Of(forward, patch=nn.Conv2d(3, 8, 4, 4), block=block, norm=nn.LayerNorm(8), head=nn.Linear(8, 3))
    return classified(model, IMAGES, torch.tensor([0, 1, 2, 0]))


@case
def mlp_mixer() -> tuple[Tensor, nn.Module]:
    def forward(s: Of, x: Tensor) -> Tensor:
        x = s.patch(x).flatten(2).transpose(1, 2)
        x = x + s.tokens(s.norm(x).transpose(1, 2)).transpose(1, 2)
        x = x + s.channels(s.norm2(x))
        return s.head(x.mean(1))

    model = Of(
        forward,
        patch=nn.Conv2d(3, 8, 4, 4),
        norm=nn.LayerNorm(8),
        tokens=mlp(4, 16, 4, act=nn.GELU),
        norm2=nn.LayerNorm(8),
        channels=mlp(8, 16, 8, act=nn.GELU),
        head=nn.Linear(8, 3),
    )
    return classified(model, IMAGES, torch.tensor([0, 1, 2, 0]))


def conv(a: int, b: int, k: int = 3, **given: int) -> nn.Conv2d:
    return nn.Conv2d(a, b, k, padding=k // 2, **given)


@case
def convolutional() -> tuple[Tensor, nn.Module]:
    model = nn.Sequential(
        conv(3, 8),
        nn.BatchNorm2d(8),
        nn.ReLU(True),
        nn.MaxPool2d(2),
        conv(8, 8),
        nn.ReLU(True),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(8, 3),
    )
    return classified(model, IMAGES, torch.tensor([0, 1, 2, 0]))


@case
def squeeze_net() -> tuple[Tensor, nn.Module]:
    model = nn.Sequential(conv(3, 8), nn.ReLU(), conv(8, 3, 1), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    return classified(model, IMAGES, torch.tensor([0, 1, 2, 0]))


@case
def residual_without_last_activation() -> tuple[Tensor, nn.Module]:
    def forward(s: Of, x: Tensor) -> Tensor:
        x = s.stem(x)
        x = x + s.two(torch.relu(s.one(x)))
        return s.head((x + s.four(torch.relu(s.three(x)))).mean((2, 3)))

    model = Of(
        forward,
        stem=conv(3, 8),
        one=conv(8, 8),
        two=conv(8, 8),
        three=conv(8, 8),
        four=conv(8, 8),
        head=nn.Linear(8, 3),
    )
    return classified(model, IMAGES, torch.tensor([0, 1, 2, 0]))


@case
def projected_shortcut() -> tuple[Tensor, nn.Module]:
    def forward(s: Of, x: Tensor) -> Tensor:
        x = s.stem(x)
        return s.head(torch.relu(s.short(x) + s.two(torch.relu(s.one(x)))).mean((2, 3)))

    model = Of(forward, stem=conv(3, 8), short=conv(8, 16, 1), one=conv(8, 16), two=conv(16, 16), head=nn.Linear(16, 3))
    return classified(model, IMAGES, torch.tensor([0, 1, 2, 0]))


@case
def depthwise_separable() -> tuple[Tensor, nn.Module]:
    model = nn.Sequential(
        conv(3, 8),
        nn.ReLU(),
        conv(8, 8, groups=8),
        conv(8, 16, 1),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(16, 3),
    )
    return classified(model, IMAGES, torch.tensor([0, 1, 2, 0]))


@case
def inverted_residuals() -> tuple[Tensor, nn.Module]:
    def block(a: int, b: int) -> nn.Sequential:
        return nn.Sequential(
            conv(a, 4 * a, 1),
            nn.BatchNorm2d(4 * a),
            nn.ReLU6(),
            conv(4 * a, 4 * a, groups=4 * a),
            nn.BatchNorm2d(4 * a),
            nn.ReLU6(),
            conv(4 * a, b, 1),
            nn.BatchNorm2d(b),
        )

    model = nn.Sequential(conv(3, 8), nn.ReLU(), block(8, 8), block(8, 12), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    model.append(nn.Linear(12, 3))
    return classified(model, IMAGES, torch.tensor([0, 1, 2, 0]))


@case
def squeeze_excite() -> tuple[Tensor, nn.Module]:
    def forward(s: Of, x: Tensor) -> Tensor:
        x = torch.relu(s.stem(x))
        gate = torch.sigmoid(s.up(torch.relu(s.down(x.mean((2, 3))))))
        return s.head(torch.relu(s.last(x * gate[:, :, None, None])).mean((2, 3)))

    model = Of(
        forward, stem=conv(3, 8), down=nn.Linear(8, 2), up=nn.Linear(2, 8), last=conv(8, 8), head=nn.Linear(8, 3)
    )
    return classified(model, IMAGES, torch.tensor([0, 1, 2, 0]))


@case
def u_net() -> tuple[Tensor, nn.Module]:
    def forward(s: Of, x: Tensor) -> Tensor:
        a = torch.relu(s.one(x))
        b = torch.relu(s.two(F.max_pool2d(a, 2)))
        return s.last(torch.relu(s.three(torch.cat((s.up(b), a), 1))))

    model = Of(
        forward,
        one=conv(3, 8),
        two=conv(8, 16),
        up=nn.ConvTranspose2d(16, 8, 2, 2),
        three=conv(16, 8),
        last=conv(8, 2, 1),
    )
    return F.cross_entropy(model(IMAGES), (IMAGES[:, 0] > 0).long()), model


@case
def super_resolution() -> tuple[Tensor, nn.Module]:
    model = nn.Sequential(conv(3, 8), nn.ReLU(), conv(8, 32), nn.PixelShuffle(2), conv(8, 3))
    return regressed(model, IMAGES)


@case
def discriminator() -> tuple[Tensor, nn.Module]:
    g, d = nn.Sequential(mlp(4, 16, 6), nn.Tanh()), mlp(6, 16, 1, act=nn.LeakyReLU)
    real, fake = d(X), d(g(torch.ones(8, 4)).detach())
    loss = F.binary_cross_entropy_with_logits(real, torch.ones(8, 1)) + F.binary_cross_entropy_with_logits(
        fake, torch.zeros(8, 1)
    )
    return loss, d


@case
def generator() -> tuple[Tensor, nn.Module]:
    g, d = nn.Sequential(mlp(4, 16, 6), nn.Tanh()), nn.Sequential(mlp(6, 16, 1, act=nn.LeakyReLU), nn.Sigmoid())
    return F.binary_cross_entropy(d(g(torch.ones(8, 4))), torch.ones(8, 1)), g


@case
def game_in_one_module() -> tuple[Tensor, nn.Module]:
    both = nn.ModuleDict({"g": nn.Sequential(mlp(4, 16, 6), nn.Tanh()), "d": mlp(6, 16, 1)})
    fake = both["g"](torch.ones(8, 4)).detach()
    return F.softplus(-both["d"](X)).mean() + F.softplus(both["d"](fake)).mean(), both


@case
def critic() -> tuple[Tensor, nn.Module]:
    d = mlp(6, 16, 1)
    return d(X).mean() - d(X + 1).mean(), d


@case
def contrastive() -> tuple[Tensor, nn.Module]:
    model = mlp(6, 16, 8)
    z = F.normalize(model(X), dim=1)
    return F.cross_entropy(z @ F.normalize(model(X + 0.1), dim=1).T / 0.07, torch.arange(8)), model


@case
def two_way_contrastive() -> tuple[Tensor, nn.Module]:
    model = Of(lambda s, x: s.a(x) @ s.b(x).T, a=mlp(6, 16, 8), b=mlp(6, 16, 8))
    logits = model(X)
    return -(logits.log_softmax(0).diagonal() + logits.log_softmax(1).diagonal()).mean(), model


@case
def learned_temperature() -> tuple[Tensor, nn.Module]:
    model = Of(lambda s, x: F.normalize(s.a(x), dim=1), a=mlp(6, 16, 8))
    model.scale = nn.Parameter(torch.zeros(()))
    z = model(X)
    return F.cross_entropy(z @ z.detach().T * model.scale.exp(), torch.arange(8)), model


@case
def prototypes() -> tuple[Tensor, nn.Module]:
    model = mlp(6, 16, 8)
    return F.cross_entropy(-torch.cdist(model(X), torch.randn(3, 8)), CLASSES), model


@case
def clipped_logits() -> tuple[Tensor, nn.Module]:
    model = mlp(6, 16, 3)
    return F.cross_entropy(10 * torch.tanh(model(X) / 10), CLASSES), model


@case
def heads_with_weights() -> tuple[Tensor, nn.Module]:
    model = Of(lambda s, x: s.body(x).relu(), body=nn.Linear(6, 16), a=nn.Linear(16, 3), b=nn.Linear(16, 1))
    h = model(X)
    return F.cross_entropy(model.a(h), CLASSES) + 0.1 * F.mse_loss(model.b(h), X[:, :1]), model


@case
def distillation() -> tuple[Tensor, nn.Module]:
    model, teacher = mlp(6, 16, 3), mlp(6, 16, 3)
    return F.kl_div(F.log_softmax(model(X) / 2, 1), F.softmax(teacher(X).detach() / 2, 1), reduction="batchmean"), model


@case
def teacher_in_the_graph() -> tuple[Tensor, nn.Module]:
    model, teacher = mlp(6, 16, 3), mlp(6, 16, 3)
    return F.kl_div(F.log_softmax(model(X), 1), F.softmax(teacher(X), 1), reduction="batchmean"), model


@case
def focal() -> tuple[Tensor, nn.Module]:
    model = mlp(6, 16, 3)
    each = F.cross_entropy(model(X), CLASSES, reduction="none")
    return ((1 - torch.exp(-each)) ** 2 * each).mean(), model


@case
def binary_focal() -> tuple[Tensor, nn.Module]:
    model, y = mlp(6, 16, 1), (CLASSES > 0).float()[:, None]
    logits = model(X)
    p = torch.sigmoid(logits)
    return (F.binary_cross_entropy_with_logits(logits, y, reduction="none") * (p - y).abs() ** 2).mean(), model


@case
def dice_and_entropy() -> tuple[Tensor, nn.Module]:
    model = mlp(6, 16, 3)
    logits = model(X)
    share = torch.softmax(logits, 1)
    return F.cross_entropy(logits, CLASSES) + 1 - (share * F.one_hot(CLASSES, 3)).sum() / share.sum(), model


@case
def temporal_classification() -> tuple[Tensor, nn.Module]:
    model = Of(lambda s, x: s.head(s.lstm(x)[0]).log_softmax(2), lstm=nn.LSTM(6, 16), head=nn.Linear(16, 5))
    lengths = torch.full((2,), 6), torch.full((2,), 3)
    return F.ctc_loss(model(torch.randn(6, 2, 6)), torch.randint(1, 5, (2, 3)), *lengths), model


@case
def policy_gradient() -> tuple[Tensor, nn.Module]:
    model = mlp(6, 16, 3, act=nn.Tanh)
    chosen = F.log_softmax(model(X), 1).gather(1, CLASSES[:, None]).squeeze(1)
    return -(chosen * torch.randn(8)).mean(), model


@case
def categorical_policy() -> tuple[Tensor, nn.Module]:
    model = mlp(6, 16, 3, act=nn.Tanh)
    policy = torch.distributions.Categorical(logits=model(X))
    return -(policy.log_prob(CLASSES) * torch.randn(8)).mean() - 0.01 * policy.entropy().mean(), model


@case
def categorical_of_probabilities() -> tuple[Tensor, nn.Module]:
    model = nn.Sequential(mlp(6, 16, 3), nn.Softmax(-1))
    return -torch.distributions.Categorical(probs=model(X)).log_prob(CLASSES).mean(), model


@case
def gaussian_policy() -> tuple[Tensor, nn.Module]:
    model = Of(lambda s, x: s.mean(torch.tanh(s.body(x))), body=nn.Linear(6, 16), mean=nn.Linear(16, 2))
    model.spread = nn.Parameter(torch.zeros(2))
    policy = torch.distributions.Normal(model(X), model.spread.exp())
    return -policy.log_prob(torch.zeros(8, 2)).mean(), model


@case
def q_learning() -> tuple[Tensor, nn.Module]:
    model = nn.ModuleDict({"target": mlp(6, 16, 3), "online": mlp(6, 16, 3)})
    with torch.no_grad():
        wanted = model["target"](X).max(1).values
    return F.smooth_l1_loss(model["online"](X).gather(1, CLASSES[:, None]).squeeze(1), wanted), model


@case
def triplet() -> tuple[Tensor, nn.Module]:
    model = mlp(6, 16, 8)
    return F.triplet_margin_loss(model(X), model(X + 0.1), model(-X)), model


@case
def cosine() -> tuple[Tensor, nn.Module]:
    model = mlp(6, 16, 8)
    return F.cosine_embedding_loss(model(X), model(X + 1), torch.ones(8)), model


@case
def hinge() -> tuple[Tensor, nn.Module]:
    model = mlp(6, 16, 3)
    return F.multi_margin_loss(model(X), CLASSES), model


@case
def poisson() -> tuple[Tensor, nn.Module]:
    model = mlp(6, 16, 1)
    return F.poisson_nll_loss(model(X), torch.ones(8, 1)), model


@case
def gaussian_likelihood() -> tuple[Tensor, nn.Module]:
    model = mlp(6, 16, 2)
    mean, spread = model(X).chunk(2, 1)
    return F.gaussian_nll_loss(mean, X[:, :1], F.softplus(spread)), model


@case
def low_rank_adapter() -> tuple[Tensor, nn.Module]:
    def forward(s: Of, x: Tensor) -> Tensor:
        return s.head(torch.relu(s.base(x) + 0.5 * s.b(s.a(x))))

    model = Of(
        forward,
        base=nn.Linear(6, 16).requires_grad_(False),
        a=nn.Linear(6, 2),
        b=nn.Linear(2, 16),
        head=nn.Linear(16, 3),
    )
    return classified(model)


@case
def tied_weights() -> tuple[Tensor, nn.Module]:
    model = Of(
        lambda s, t: F.linear(torch.tanh(s.body(s.emb(t))), s.emb.weight), emb=nn.Embedding(20, 8), body=nn.Linear(8, 8)
    )
    return F.cross_entropy(model(TOKENS).flatten(0, 1), TOKENS.flatten()), model


@case
def embedding_then_linear() -> tuple[Tensor, nn.Module]:
    model = Of(lambda s, t: s.head(s.emb(t).mean(1)), emb=nn.Embedding(20, 8), head=nn.Linear(8, 3))
    return classified(model, TOKENS, torch.tensor([0, 1, 2, 0]))


@case
def skip_gram() -> tuple[Tensor, nn.Module]:
    model = Of(lambda s, t: (s.a(t) * s.b(t.flip(1))).sum(-1), a=nn.Embedding(20, 8), b=nn.Embedding(20, 8))
    return -F.logsigmoid(model(TOKENS)).mean(), model


@case
def variational() -> tuple[Tensor, nn.Module]:
    def forward(s: Of, x: Tensor) -> Tensor:
        h = torch.relu(s.body(x))
        mean, spread = s.mean(h), s.spread(h)
        z = mean + torch.randn_like(mean) * torch.exp(spread / 2)
        s.told = -0.5 * (1 + spread - mean**2 - spread.exp()).mean()
        return s.out(torch.relu(s.up(z)))

    model = Of(
        forward,
        body=nn.Linear(6, 16),
        mean=nn.Linear(16, 16),
        spread=nn.Linear(16, 16),
        up=nn.Linear(16, 16),
        out=nn.Linear(16, 6),
    )
    loss, _ = regressed(model)
    return loss + model.told, model


@case
def gated() -> tuple[Tensor, nn.Module]:
    model = nn.Sequential(nn.Linear(6, 32), nn.GLU(), nn.Linear(16, 3))
    return classified(model)


@case
def swiglu() -> tuple[Tensor, nn.Module]:
    model = Of(
        lambda s, x: s.head(s.down(F.silu(s.gate(x)) * s.up(x)) + x),
        gate=nn.Linear(6, 16),
        up=nn.Linear(6, 16),
        down=nn.Linear(16, 6),
        head=nn.Linear(6, 3),
    )
    return classified(model)


@case
def mixture_of_experts() -> tuple[Tensor, nn.Module]:
    def forward(s: Of, x: Tensor) -> Tensor:
        gate = torch.softmax(s.gate(x), -1)
        values, chosen = gate.topk(2, -1)
        out = torch.stack([s.one(x), s.two(x), s.three(x)], 1)
        picked = out.gather(1, chosen[:, :, None].expand(-1, -1, 16))
        return s.head((picked * (values / values.sum(-1, keepdim=True))[:, :, None]).sum(1))

    experts = {name: mlp(6, 16, 16) for name in ("one", "two", "three")}
    return classified(Of(forward, gate=nn.Linear(6, 3), head=nn.Linear(16, 3), **experts))


@case
def expert_not_chosen() -> tuple[Tensor, nn.Module]:
    return classified(
        Of(lambda s, x: s.head(s.b(x).relu()), a=nn.Linear(6, 16), b=nn.Linear(6, 16), head=nn.Linear(16, 3))
    )


@case
def straight_through() -> tuple[Tensor, nn.Module]:
    def forward(s: Of, x: Tensor) -> Tensor:
        h = s.first(x)
        return s.last(h + (torch.sign(h) - h).detach())

    return classified(Of(forward, first=nn.Linear(6, 16), last=nn.Linear(16, 3)))


@case
def relu_by_a_mask() -> tuple[Tensor, nn.Module]:
    def forward(s: Of, x: Tensor) -> Tensor:
        h = s.first(x)
        return s.last(h * (h > 0))

    return classified(Of(forward, first=nn.Linear(6, 16), last=nn.Linear(16, 3)))


@case
def relu_by_where() -> tuple[Tensor, nn.Module]:
    def forward(s: Of, x: Tensor) -> Tensor:
        h = s.first(x)
        return s.last(torch.where(h > 0, h, 0.1 * h))

    return classified(Of(forward, first=nn.Linear(6, 16), last=nn.Linear(16, 3)))


@case
def frozen_backbone() -> tuple[Tensor, nn.Module]:
    model = nn.Sequential(mlp(6, 16, 16).requires_grad_(False), nn.ReLU(), nn.Linear(16, 3))
    return classified(model)


@case
def maxout() -> tuple[Tensor, nn.Module]:
    model = Of(
        lambda s, x: s.last(s.first(x).reshape(8, 16, 2).max(-1).values), first=nn.Linear(6, 32), last=nn.Linear(16, 3)
    )
    return classified(model)


@case
def polynomial() -> tuple[Tensor, nn.Module]:
    return classified(Of(lambda s, x: s.last(s.first(x) ** 2), first=nn.Linear(6, 16), last=nn.Linear(16, 3)))


@case
def spectral_and_weight_norm() -> tuple[Tensor, nn.Module]:
    from torch.nn.utils.parametrizations import spectral_norm, weight_norm

    model = nn.Sequential(
        spectral_norm(nn.Linear(6, 16)), nn.ReLU(), weight_norm(nn.Linear(16, 16)), nn.ReLU(), nn.Linear(16, 3)
    )
    return classified(model)


@case
def one_by_one_pair() -> tuple[Tensor, nn.Module]:
    model = nn.Sequential(
        conv(3, 8),
        nn.ReLU(),
        nn.Conv2d(8, 8, (1, 3)),
        nn.Conv2d(8, 8, (3, 1)),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(288, 3),
    )
    return classified(model, IMAGES, torch.tensor([0, 1, 2, 0]))


@case
def pointer() -> tuple[Tensor, nn.Module]:
    def forward(s: Of, x: Tensor) -> Tensor:
        return s.v(torch.tanh(s.a(x)[:, None] + s.b(x)[None])).squeeze(-1)

    return F.cross_entropy(
        (model := Of(forward, a=nn.Linear(6, 8), b=nn.Linear(6, 8), v=nn.Linear(8, 1, bias=False)))(X), torch.arange(8)
    ), model


@case
def expected_reward() -> tuple[Tensor, nn.Module]:
    model = mlp(6, 16, 3)
    return -(torch.softmax(model(X), 1) * torch.randn(8, 3)).sum(1).mean(), model


@case
def likelihood_by_hand() -> tuple[Tensor, nn.Module]:
    model = mlp(6, 16, 3)
    return -(model(X) - model(X).logsumexp(1, keepdim=True)).gather(1, CLASSES[:, None]).mean(), model


@case
def attention_pooling() -> tuple[Tensor, nn.Module]:
    model = Of(
        lambda s, x: s.head((torch.softmax(s.score(x), 0) * x).sum(0)), score=nn.Linear(6, 1), head=nn.Linear(6, 3)
    )
    return F.cross_entropy(model(X)[None], torch.tensor([1])), model


def one_number() -> nn.Sequential:
    return mlp(6, 16, 1)


AIMS = torch.linspace(-3, 3, 8)


@case
def squares_by_hand() -> tuple[Tensor, nn.Module]:
    model = one_number()
    return ((model(X) - AIMS[:, None]) ** 2).mean() + (model(X).squeeze(1) - AIMS).abs().mean(), model


@case
def several_numbers_each() -> tuple[Tensor, nn.Module]:
    model = mlp(6, 16, 8)
    return ((model(X) - AIMS[:, None]) ** 2).mean() + ((model(X) - AIMS) ** 2).mean(), model


@case
def labels_all_alike() -> tuple[Tensor, nn.Module]:
    """As a least-squares GAN's: stretched or not, the loss is the same."""
    model = one_number()
    return ((model(X) - torch.ones(8)) ** 2).mean(), model


@case
def similarities() -> tuple[Tensor, nn.Module]:
    model = mlp(6, 16, 4)
    z = F.normalize(model(X), dim=1)
    return F.mse_loss(z @ z.T, torch.eye(8)) + F.mse_loss(z @ z.detach().T, torch.eye(8)), model


@case
def distances_kept() -> tuple[Tensor, nn.Module]:
    """Multidimensional scaling: distances of outputs are to be those of inputs."""
    model = mlp(6, 16, 2)
    return F.mse_loss(torch.cdist(model(X), model(X)), torch.cdist(X, X)), model


@case
def differences_kept() -> tuple[Tensor, nn.Module]:
    """Ranks of pairs: the difference of two outputs is to be that of their targets."""
    model = one_number()
    out = model(X)
    return F.mse_loss(out - out.T, AIMS[:, None] - AIMS), model


@case
def energy_distance() -> tuple[Tensor, nn.Module]:
    """Samples of one number against real ones, all with all, and among themselves."""
    model = one_number()
    out = model(X)
    return (out - AIMS).abs().mean() - 0.5 * (out - out.T).abs().mean(), model


@case
def kernel_means() -> tuple[Tensor, nn.Module]:
    """Maximum mean discrepancy of one number."""
    model = one_number()
    return -(-((model(X) - AIMS) ** 2)).exp().mean(), model


@case
def nearest_of_all() -> tuple[Tensor, nn.Module]:
    """Chamfer distance to a set."""
    model = one_number()
    return (model(X) - AIMS).abs().min(1).values.mean(), model


@case
def soft_bins() -> tuple[Tensor, nn.Module]:
    model = one_number()
    return F.cross_entropy(-((model(X) - AIMS) ** 2), torch.arange(8)), model


@case
def quantiles_with_quantiles() -> tuple[Tensor, nn.Module]:
    """Dabney et al. (2018): each quantile of the answer with each of the target's, for a batch and for one sample."""
    model = mlp(6, 16, 8)
    total = torch.zeros(())
    for x in (X, X[:1]):
        wanted = AIMS.expand(len(x), 8)
        pairs = wanted[:, None, :] - model(x)[:, :, None]
        total = total + F.smooth_l1_loss(*torch.broadcast_tensors(model(x)[:, :, None], wanted[:, None, :]))
        total = total + (pairs.abs() * 0.5).mean()
    return total, model


@case
def a_table_that_is_meant() -> tuple[Tensor, nn.Module]:
    """An axis is put in on purpose: distances of outputs to fixed anchors."""
    model = one_number()
    return ((model(X).squeeze(1)[:, None] - AIMS[None, :]) ** 2).mean(), model


@case
def a_batch_of_one() -> tuple[Tensor, nn.Module]:
    model = one_number()
    return ((model(X[:1]) - AIMS[:1]) ** 2).mean(), model


@case
def targets_of_pairs() -> tuple[Tensor, nn.Module]:
    """An output for each row, against a full table."""
    model = one_number()
    return ((model(X) - X @ X.T) ** 2).mean(), model


@case
def sequences_of_one_number() -> tuple[Tensor, nn.Module]:
    model = Of(lambda s, x: s.head(s.gru(x)[0]), gru=nn.GRU(6, 8, batch_first=True), head=nn.Linear(8, 1))
    return F.mse_loss(model(X.reshape(2, 4, 6)).squeeze(-1), AIMS.reshape(2, 4)), model


@case
def one_image_with_classes_first() -> tuple[Tensor, nn.Module]:
    """No batch: the first axis is that of the classes, and the loss takes it for that."""
    model = Of(lambda s, x: s.conv(x).log_softmax(0), conv=conv(3, 5))
    return F.nll_loss(model(IMAGES[0]).unsqueeze(0), torch.arange(64).reshape(1, 8, 8) % 5), model


@case
def classes_first_for_each_sample() -> tuple[Tensor, nn.Module]:
    model = mlp(6, 16, 3)
    return F.nll_loss(model(X).T.softmax(0).clamp_min(1e-7).log().T, CLASSES), model


@case
def projected_pooled_and_classified() -> tuple[Tensor, nn.Module]:
    """Yang et al. (2021), SUPERB: a head of its own, of a projection at each time, a mean, and a layer."""
    model = Of(
        lambda s, x: s.classifier(s.projector(torch.relu(s.encoder(x))).mean(1)),
        encoder=nn.Linear(6, 16),
        projector=nn.Linear(16, 8),
        classifier=nn.Linear(8, 3),
    )
    return F.cross_entropy(model(X.reshape(2, 4, 6)), CLASSES[:2]), model


@case
def words_projected_and_pooled() -> tuple[Tensor, nn.Module]:
    model = Of(
        lambda s, t: s.head(s.point(torch.relu(s.emb(t))).mean(1)),
        emb=nn.Embedding(20, 16),
        point=nn.Linear(16, 16),
        head=nn.Linear(16, 3),
    )
    return classified(model, TOKENS, CLASSES[:4])


@case
def points_of_an_image_projected_and_pooled() -> tuple[Tensor, nn.Module]:
    points = nn.Sequential(conv(3, 8), nn.ReLU(), conv(8, 8), nn.AdaptiveAvgPool2d(1))
    return classified(nn.Sequential(*points, nn.Flatten(), nn.Linear(8, 3)), IMAGES, CLASSES[:4])


@case
def a_list_of_layers_that_are_registered_too() -> tuple[Tensor, nn.Module]:
    model = Of(lambda s, x: s.b(torch.relu(s.a(x))), a=nn.Linear(6, 16), b=nn.Linear(16, 3))
    model.order = [model.a, model.b]
    return classified(model)


@case
def a_frozen_teacher_in_a_list() -> tuple[Tensor, nn.Module]:
    teacher, model = mlp(6, 8, 3).requires_grad_(False), mlp(6, 16, 3)
    model.teachers = [teacher, mlp(6, 8, 3).requires_grad_(False)]
    return F.mse_loss(model(X), sum(one(X) for one in model.teachers)), model


@case
def a_critic_that_is_hidden_alone() -> tuple[Tensor, nn.Module]:
    """A gradient flows through it to the actor; another optimiser than the actor's has its parameters."""
    model = mlp(6, 16, 3)
    model.critic = [mlp(3, 16, 1)]
    return -model.critic[0](model(X)).mean(), model


@case
def binary_by_hand() -> tuple[Tensor, nn.Module]:
    model, y = nn.Sequential(mlp(6, 16, 1), nn.Sigmoid()), (CLASSES > 0).float()[:, None]
    p = model(X).clamp(1e-7, 1 - 1e-7)
    return -(y * p.log() + (1 - y) * (1 - p).log()).mean(), model


@case
def binary_by_hand_with_labels_that_are_truths() -> tuple[Tensor, nn.Module]:
    model, y = nn.Sequential(mlp(6, 16, 1), nn.Sigmoid()), torch.zeros(8, 1, dtype=torch.bool)
    p = model(X)
    return -(y * p.log() + ~y * (1 - p).log()).mean(), model


@case
def focal_by_hand() -> tuple[Tensor, nn.Module]:
    """Lin et al. (2017)."""
    model, y = nn.Sequential(mlp(6, 16, 1), nn.Sigmoid()), (CLASSES > 0).float()[:, None]
    p = model(X)
    return -(y * (1 - p) ** 2 * p.log() + (1 - y) * p**2 * (1 - p).log()).mean(), model


@case
def classes_by_hand() -> tuple[Tensor, nn.Module]:
    model = nn.Sequential(mlp(6, 16, 3), nn.Softmax(1))
    return -(F.one_hot(CLASSES, 3) * model(X).log()).sum(1).mean(), model


@case
def pairs_of_which_one_is_better_with_padding() -> tuple[Tensor, nn.Module]:
    """Rendle et al. (2009): only differences count, and a mask leaves out what is padding."""
    model, mask = mlp(6, 16, 1), (CLASSES > 0).float()[:, None]
    return -(mask * torch.sigmoid(model(X) - model(-X)).log()).sum() / mask.sum(), model


@case
def real_and_made_up_with_a_mask() -> tuple[Tensor, nn.Module]:
    """A discriminator of steps in time, of which some are padding."""
    model, mask = nn.Sequential(mlp(6, 16, 1), nn.Sigmoid()), (CLASSES > 0).float()[:, None]
    return -(mask * model(X).log()).mean() - (mask * (1 - model(-X)).log()).mean(), model


def mixed(fixed: Tensor, forward: Callable[[Of, Tensor], Tensor]) -> tuple[Tensor, nn.Module]:
    model = holding(fixed, Of(forward, one=nn.Linear(6, 16), two=nn.Linear(16, 16), head=nn.Linear(16, 3)))
    return classified(model, y=CLASSES[: len(model(X))])


@case
def graph_network() -> tuple[Tensor, nn.Module]:
    """Kipf and Welling (2017)."""
    return mixed(NEIGHBOURS, lambda s, x: s.fixed @ s.head(torch.relu(s.fixed @ s.two(torch.relu(s.fixed @ s.one(x))))))


@case
def pooled_by_a_matrix() -> tuple[Tensor, nn.Module]:
    return mixed(torch.full((2, 8), 0.125), lambda s, x: s.head(s.fixed @ s.two(torch.relu(s.one(x)))))


@case
def cosines_over_time() -> tuple[Tensor, nn.Module]:
    waves = torch.cos(torch.pi / 8 * (torch.arange(8) + 0.5) * torch.arange(8)[:, None])
    return mixed(waves, lambda s, x: s.head(torch.relu(s.two(s.fixed @ s.one(x)))))


@case
def whitened_features() -> tuple[Tensor, nn.Module]:
    return mixed(torch.ones(16, 16) + torch.eye(16), lambda s, x: s.head(torch.relu(s.two(s.one(x) @ s.fixed))))


@case
def decay_over_time() -> tuple[Tensor, nn.Module]:
    """A state space that is linear and fixed: a kernel over the steps that were."""
    steps = torch.arange(8.0)
    decay = (0.9 ** (steps[:, None] - steps)).tril()
    return mixed(decay, lambda s, x: s.head(torch.relu(s.two(s.fixed @ s.one(x)))))


@case
def attention_without_gradient() -> tuple[Tensor, nn.Module]:
    """What is mixed by is itself a function of what is mixed."""

    def forward(s: Of, x: Tensor) -> Tensor:
        h = s.one(x)
        return s.head(torch.relu(s.two((h @ h.T).softmax(-1).detach() @ h)))

    return mixed(NEIGHBOURS, forward)


@case
def attention_without_gradient_that_is_used_again() -> tuple[Tensor, nn.Module]:
    def forward(s: Of, x: Tensor) -> Tensor:
        h = s.one(x)
        weights = (h @ h.T).softmax(-1).detach()
        return s.head(torch.relu(weights @ s.two(weights @ h)))

    return mixed(NEIGHBOURS, forward)


@case
def attention_on_a_graph() -> tuple[Tensor, nn.Module]:
    """Velickovic et al. (2018): who is a neighbour is fixed, how much each counts is not."""

    def forward(s: Of, x: Tensor) -> Tensor:
        h = s.one(x)
        return s.head(torch.relu(s.two((s.fixed * (h @ h.T).exp()) @ h)))

    return mixed(NEIGHBOURS, forward)


def ended(*behind: nn.Module) -> nn.Module:
    return nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 1), *behind)


@case
def relu_and_tanh_with_targets_from_0_to_1() -> tuple[Tensor, nn.Module]:
    model = ended(nn.ReLU(), nn.Tanh())
    return F.mse_loss(model(X), torch.linspace(0, 0.9, 8)[:, None]), model


@case
def probabilities_that_are_clipped() -> tuple[Tensor, nn.Module]:
    model = ended(nn.Sigmoid(), nn.Hardtanh())
    return F.binary_cross_entropy(model(X), (CLASSES > 0).float()[:, None]), model


@case
def relu_and_sigmoid_with_a_layer_between() -> tuple[Tensor, nn.Module]:
    model = ended(nn.ReLU(), nn.Linear(1, 1), nn.Sigmoid())
    return F.binary_cross_entropy(model(X), (CLASSES > 0).float()[:, None]), model


@case
def relu_and_sigmoid_with_probabilities_from_a_half_on() -> tuple[Tensor, nn.Module]:
    model = ended(nn.ReLU(), nn.Sigmoid())
    return F.binary_cross_entropy(model(X), torch.linspace(0.5, 1, 8)[:, None]), model


@case
def leaky_relu_before_a_sigmoid() -> tuple[Tensor, nn.Module]:
    model = ended(nn.LeakyReLU(), nn.Sigmoid())
    return F.binary_cross_entropy(model(X), (CLASSES > 0).float()[:, None]), model


@case
def clipped_logits_before_a_sigmoid() -> tuple[Tensor, nn.Module]:
    model = Of(lambda s, x: torch.sigmoid(10 * s.head(x).tanh()), head=nn.Linear(6, 1))
    return F.binary_cross_entropy(model(X), (CLASSES > 0).float()[:, None]), model


@case
def chance_that_falls_with_a_size() -> tuple[Tensor, nn.Module]:
    model = Of(lambda s, x: torch.sigmoid(2 - s.head(x).relu()), head=nn.Linear(6, 1))
    return F.binary_cross_entropy(model(X), (CLASSES > 0).float()[:, None]), model
