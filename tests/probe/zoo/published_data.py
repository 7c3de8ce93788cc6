"""Data of the kind that the published programs learn from, drawn with PyTorch's generator; nothing is downloaded."""

from collections.abc import Callable
from functools import cache
from typing import Any

import torch
from sklearn import datasets

Table = tuple[torch.Tensor, torch.Tensor]


def _of(x: object, y: object) -> Table:
    return torch.as_tensor(x).float(), torch.as_tensor(y)


def standardised(data: Callable[[], Table]) -> Callable[[], Table]:
    def scaled() -> Table:
        x, y = data()
        return (x - x.mean(0)) / x.std(0), y

    scaled.__name__ = f"{data.__name__} standardised"
    return scaled


def line(columns: int, size: float, answer: bool = False) -> Callable[[], Table]:
    """Inputs of 0 to `size` and a linear function of them, signed where they are of size 1; or whether it is large."""

    def straight() -> Table:
        x = torch.rand(1000, columns) * size
        y = x @ torch.tensor([[2.0], [1.0], [0.5]])[:columns] - (1.2 if size == 1 else 0)
        return x, (y > y.median()).float() if answer else y + 0.1 * torch.randn_like(y)

    return straight


def passengers() -> Table:
    """Class, number of the name, sex, age, siblings, parents, numbers of ticket, fare, cabin and port."""
    n = 800
    columns = [torch.randint(1, 4, (n,)), torch.randint(0, 1307, (n,)), torch.randint(0, 2, (n,))]
    columns += [
        30 + 14 * torch.randn(n),
        torch.randint(0, 3, (n,)),
        torch.randint(0, 3, (n,)),
        torch.randint(0, 929, (n,)),
    ]
    columns += [torch.randn(n).exp() * 15, torch.randint(0, 187, (n,)), torch.randint(0, 3, (n,))]
    x = torch.stack([column.float() for column in columns], 1)
    return x, (1.5 * x[:, 2] - x[:, 0] + 1.5 + torch.randn(n) > 0).long()


def constants() -> Table:
    """Ones are true, zeros are false."""
    y = torch.arange(400) % 2
    return y[:, None].float().repeat(1, 128), y[:, None].float()


def xor() -> Table:
    x = torch.tensor([[1.0, 1], [0, 0], [1, 0], [0, 1], [1, 1], [0, 0]])
    return x, (x.sum(1, keepdim=True) == 1).float()


def counts() -> Table:
    """Counts of words, and which of three labels hold."""
    seed = int(torch.randint(2**31, ()))
    x, y = _of(*datasets.make_multilabel_classification(2000, 20, n_classes=3, random_state=seed))
    return x, y.float()


def bits() -> Table:
    x = (torch.arange(256)[:, None] >> torch.arange(8) & 1).float()
    return x, x[torch.randperm(256)]


def three_columns() -> Table:
    x = torch.rand(600, 3) * torch.tensor([5000.0, 300.0, 40.0])
    return x, (x[:, :1] > 10 * x[:, 1:2]).float()


def roots() -> Table:
    x = torch.rand(600, 5)
    return x, (x[:, :1] > x[:, 1:2]).float()


@cache
def _digits() -> tuple[Any, Any]:
    return datasets.load_digits(return_X_y=True)


def images() -> Table:
    x, y = _digits()
    return _of(x.reshape(-1, 1, 8, 8) / 16, y)


def digits(scale: float) -> Callable[[], Table]:
    def scaled() -> Table:
        x, y = _digits()
        return _of(x * scale, y)

    scaled.__name__ = "digits"
    return scaled


def objects() -> Table:
    """Three kinds of picture, numbered 0, 1 and 2, as the answers of one unit."""
    x, y = images()
    few = y < 3
    return x[few], y[few].float()[:, None]


def iris() -> Table:
    return _of(*datasets.load_iris(return_X_y=True))


def houses() -> Table:
    """Twelve columns: qualities, areas and years; prices in thousands."""
    sizes = torch.tensor([8.0, 8, 3, 4, 1500, 900, 9000, 400, 100, 60, 1, 1])
    x = torch.rand(500, 12) * sizes
    x[:, 10:] = 1900 + 110 * torch.rand(500, 2)
    return x, (0.08 * x[:, 4] + 0.04 * x[:, 5] + 10 * x[:, 0] + 3 * torch.randn(500))[:, None]


def three_blobs() -> Table:
    return _of(*datasets.make_blobs(1000, 2, centers=3, cluster_std=2, random_state=2))


def ring() -> Table:
    x, y = datasets.make_circles(1000, noise=0.1, random_state=1)
    return _of(x, y)[0], torch.as_tensor(y).float()[:, None]


def volumes() -> Table:
    """Three kinds of tissue by brightness, with noise."""
    kind = torch.randint(0, 3, (64, 2, 2, 2)).repeat_interleave(4, 1).repeat_interleave(4, 2).repeat_interleave(4, 3)
    return (kind - 1.0 + 0.5 * torch.randn(kind.shape))[:, None], kind


def words() -> Table:
    """Words in which each letter follows from the one before, each letter one of 26 columns."""
    first, step = torch.randint(0, 26, (800, 1)), torch.randint(1, 3, (800, 1))
    letters = (first + step * torch.arange(9)) % 26
    return torch.nn.functional.one_hot(letters[:, :-1], 26).float(), letters[:, 1:]


def labelled_words() -> Table:
    x = torch.randint(0, 20, (800, 8))
    return x, (x + x.roll(1, 1)) % 4
