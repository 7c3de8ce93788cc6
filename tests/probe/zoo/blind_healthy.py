"""The table of the healthy: what is written from papers, and how it is trained."""

from functools import partial
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from . import blind_kinds as kinds
from . import blind_learners as learners
from . import blind_papers as papers
from . import blind_ways as ways
from .blind_models import Attending, Safe, bce, contrasted, twins
from .blind_networks import Recurrent, cnn, mlp, mse
from .blind_program import Written, adam, curve, first_of, itself, loop, pixels, real, sgd, stripes, table, texts, tones

IMAGES = partial(stripes, 16)
CLIPPED = loop(after=lambda patient, _: nn.utils.clip_grad_norm_(patient.model.parameters(), 1.0))


def _one(name: str, source: str, data: Any, model: Any, loss: Any = functional.cross_entropy, **more: Any) -> Written:
    return Written(name, source, data, model, loss, **more)


def programs() -> list[Written]:
    return [*_vision(), *_sequences(), *_learners(), *_plain()]


def _vision() -> list[Written]:
    return [
        _one("densenet", "arXiv:1608.06993", IMAGES, papers.densenet, optimizer=sgd(0.05, momentum=0.9)),
        _one("squeezenet", "arXiv:1602.07360", IMAGES, papers.squeezenet, optimizer=adam(3e-3)),
        _one("mobilenet-v2", "arXiv:1801.04381", IMAGES, papers.mobilenet, optimizer=sgd(0.05, momentum=0.9)),
        _one("shufflenet", "arXiv:1707.01083", IMAGES, papers.shufflenet, optimizer=adam(3e-3)),
        _one("inception", "arXiv:1409.4842", IMAGES, papers.inception, optimizer=adam(3e-3)),
        _one("senet", "arXiv:1709.01507", IMAGES, papers.senet, optimizer=adam(3e-3)),
        _one("u-net", "arXiv:1505.04597", ways.masks, papers.UNet, bce, optimizer=adam(3e-3), batch=16),
        _one("mlp-mixer", "arXiv:2105.01601", table("digits", shape=(8, 8)), papers.mixer, optimizer=adam(3e-3)),
        _one("gmlp", "arXiv:2105.08050", table("digits", shape=(8, 8)), papers.gmlp, optimizer=adam(3e-3)),
        _one("nerf", "arXiv:2003.08934", ways.rays, papers.nerf, mse, optimizer=adam(2e-3), batch=128),
        _one("siren", "arXiv:2006.09661", ways.surface, papers.siren, mse, optimizer=adam(1e-3), batch=256),
        _one("pointnet", "arXiv:1612.00593", ways.clouds, papers.pointnet, optimizer=adam(3e-3)),
        _one("deep-sets", "arXiv:1703.06114", partial(ways.clouds, False), papers.deep_sets, optimizer=adam(0.01)),
        _one("gcn", "arXiv:1609.02907", ways.graphs, papers.Graph, optimizer=adam(0.01, weight_decay=5e-4)),
        _one("gat", "arXiv:1710.10903", ways.graphs, papers.GraphAttention, optimizer=adam(5e-3)),
        _one(
            "denoiser",
            "arXiv:2006.11239",
            learners.noised,
            mlp(65, 128, 128, 64, act=nn.SiLU),
            mse,
            optimizer=adam(2e-3),
        ),
    ]


def _sequences() -> list[Written]:
    return [
        _one("wavenet", "arXiv:1609.03499", ways.sounds, papers.Waves, mse, optimizer=adam(2e-3)),
        _one("tcn", "arXiv:1803.01271", partial(tones, 60, 1), papers.tcn, optimizer=adam(3e-3)),
        _one(
            "seq2seq-attention",
            "arXiv:1409.0473",
            learners.reversed_texts,
            kinds.Translator,
            ways.sequence,
            optimizer=adam(5e-3),
            loop=CLIPPED,
        ),
        _one(
            "lstm-language",
            "arXiv:1409.2329",
            ways.next_letters,
            kinds.Words,
            ways.sequence,
            optimizer=adam(0.01),
            loop=CLIPPED,
        ),
        _one(
            "gru-language",
            "arXiv:1412.3555",
            ways.next_letters,
            partial(kinds.Words, nn.GRU),
            ways.sequence,
            optimizer=adam(0.01),
        ),
        _one("bilstm-crf", "arXiv:1508.01991", kinds.tagged, kinds.Tagger, kinds.crf, optimizer=adam(0.01)),
        _one("char-cnn", "arXiv:1408.5882", texts, kinds.Letters, optimizer=adam(5e-3)),
        _one("torch-transformer", "arXiv:1706.03762", texts, Attending, optimizer=adam(1e-3), loop=ways.scheduled),
        _one(
            "lstm-first-of-five",
            "Neural Computation 9(8)",
            first_of(5),
            partial(Recurrent, nn.LSTM, 1, 2),
            optimizer=adam(0.01),
        ),
        _one("word2vec", "arXiv:1310.4546", learners.pairs, learners.Skip, bce, optimizer=adam(0.02), batch=128),
        _one(
            "factorisation",
            "Koren et al. (2009)",
            learners.ratings,
            learners.Factors,
            mse,
            optimizer=adam(0.02),
            batch=128,
        ),
    ]


def _learners() -> list[Written]:
    digits = pixels(-1, 1, (1, 8, 8))
    product = curve(-1.7, 1.7, lambda x: x[:, :1] * x[:, 1:], 2)
    actor = {"data": table("iris"), "model": learners.ActorCritic, "optimizer": adam(3e-3)}
    return [
        _one(
            "autoencoder",
            "Hinton and Salakhutdinov (2006)",
            itself(pixels()),
            mlp(64, 32, 8, 32, 64, end=nn.Sigmoid()),
            mse,
            optimizer=adam(3e-3),
        ),
        _one("vae", "arXiv:1312.6114", itself(pixels()), learners.Variational, learners.elbo, optimizer=adam(2e-3)),
        _one("dcgan", "arXiv:1511.06434", digits, partial(learners.gan, False), loop=learners.adversarial),
        _one("wgan", "arXiv:1701.07875", digits, partial(learners.gan, True), loop=learners.wasserstein),
        _one("dqn", "Nature 518", table("iris"), mlp(1, 32, 32, 2), optimizer=adam(3e-3), loop=learners.q_learning),
        _one("a2c", "arXiv:1602.01783", **actor, loop=learners.actor_critic),
        _one("ppo", "arXiv:1707.06347", **actor, loop=learners.proximal),
        _one(
            "simclr",
            "arXiv:2002.05709",
            learners.views,
            mlp(64, 64, 16),
            learners.alike,
            optimizer=adam(2e-3),
            batch=64,
        ),
        _one("triplets", "arXiv:1503.03832", learners.triples, mlp(64, 64, 16), learners.nearer, optimizer=adam(1e-3)),
        _one("siamese", "Hadsell et al. (2006)", twins, Safe, contrasted, optimizer=adam(2e-3)),
        _one("flow", "arXiv:1605.08803", kinds.bent, kinds.Coupling, kinds.likely, optimizer=adam(5e-3), batch=128),
        _one(
            "mixture-density",
            "Bishop (1994)",
            kinds.forked,
            mlp(1, 32, 9, act=nn.Tanh),
            kinds.mixed,
            optimizer=adam(0.01),
            batch=128,
        ),
        _one(
            "quantiles", "Koenker and Bassett (1978)", kinds.forked, mlp(1, 32, 3), kinds.quantile, optimizer=adam(5e-3)
        ),
        _one(
            "kan",
            "arXiv:2404.19756",
            product,
            lambda: nn.Sequential(kinds.Edges(2, 8), kinds.Edges(8, 1)),
            mse,
            optimizer=adam(0.02),
        ),
        _one("neural-ode", "arXiv:1806.07366", ways.spirals, kinds.Flowing, optimizer=adam(0.01)),
        _one("hypernetwork", "arXiv:1609.09106", kinds.tasks, kinds.Hyper, mse, optimizer=adam(5e-3)),
        _one("maml", "arXiv:1703.03400", table("iris"), mlp(1, 32, 32, 1), optimizer=adam(3e-3), loop=ways.inner_steps),
        _one(
            "distillation",
            "arXiv:1503.02531",
            table("digits"),
            mlp(64, 24, 10),
            optimizer=adam(3e-3),
            loop=ways.distilling,
        ),
        _one("lora", "arXiv:2106.09685", table("digits"), ways.adapted, optimizer=adam(5e-3)),
    ]


def _plain() -> list[Written]:
    wine, wide = table("wine"), mlp(64, 64, 64, 10)
    line = curve(-1.7, 1.7, lambda x: 3 * x[:, :1] - x[:, 1:], 2)
    return [
        _one(
            "logistic", "Hastie et al., ch. 4", real("breast_cancer"), lambda: nn.Linear(30, 1), bce, optimizer=sgd(0.1)
        ),
        _one("softmax-regression", "Hastie et al., ch. 4", wine, lambda: nn.Linear(13, 3), optimizer=sgd(0.1)),
        _one("linear", "Hastie et al., ch. 3", line, lambda: nn.Linear(2, 1), mse, optimizer=sgd(0.05)),
        _one(
            "hinge",
            "Cortes and Vapnik (1995)",
            real("breast_cancer"),
            lambda: nn.Linear(30, 1),
            ways.margins,
            optimizer=sgd(0.05, weight_decay=1e-3),
        ),
        _one(
            "lenet-tanh",
            "LeCun et al. (1998)",
            pixels(-1, 1, (1, 8, 8)),
            cnn(10, between=nn.Tanh),
            optimizer=sgd(0.05, momentum=0.9),
        ),
        _one(
            "log-softmax-nll",
            "PyTorch's MNIST example",
            table("digits"),
            mlp(64, 64, 10, end=nn.LogSoftmax(1)),
            functional.nll_loss,
            optimizer=partial(torch.optim.Adadelta, lr=1.0),
        ),
        _one(
            "sigmoid-bce",
            "Keras' guide",
            real("breast_cancer"),
            mlp(30, 16, 1, end=nn.Sigmoid()),
            functional.binary_cross_entropy,
            optimizer=adam(3e-3),
        ),
        _one("selu", "arXiv:1706.02515", table("digits"), mlp(64, *[48] * 5, 10, act=nn.SELU), optimizer=sgd(0.05)),
        _one("bfloat16", "PyTorch's manual", table("digits"), wide, optimizer=adam(2e-3), loop=ways.halved),
        _one("accumulated", "PyTorch's manual", table("digits"), wide, optimizer=adam(5e-3), loop=ways.gathered),
        _one(
            "lbfgs",
            "PyTorch's manual",
            wine,
            mlp(13, 16, 3, act=nn.Tanh),
            optimizer=partial(torch.optim.LBFGS, lr=0.1, max_iter=4),
            loop=ways.by_closure,
        ),
        _one("adagrad", "Duchi et al. (2011)", table("digits"), wide, optimizer=partial(torch.optim.Adagrad, lr=0.02)),
        _one("rmsprop", "Hinton's lecture 6", table("digits"), wide, optimizer=partial(torch.optim.RMSprop, lr=1e-3)),
        _one(
            "adamw-decayed",
            "arXiv:1711.05101",
            table("digits"),
            wide,
            optimizer=partial(torch.optim.AdamW, lr=2e-3, weight_decay=0.1),
        ),
        _one(
            "nesterov-small",
            "Sutskever et al. (2013)",
            table("digits"),
            wide,
            optimizer=sgd(0.02, momentum=0.9, nesterov=True),
        ),
        _one("diabetes", "Efron et al. (2004)", real("diabetes"), mlp(10, 32, 1), mse, optimizer=adam(1e-3)),
        _one("slow-but-fine", "arXiv:1206.5533", table("digits"), wide, optimizer=adam(2e-4)),
    ]
