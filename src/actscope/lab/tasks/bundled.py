"""The data sets that scikit-learn brings along, by name; those that it would download are refused."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from ...errors import UnknownTaskError, did_you_mean, missing_extra
from .task import Array, Raw

PREFIX = "sklearn:"
NAMES = ("iris", "wine", "breast_cancer", "diabetes", "digits", "linnerud")


@lru_cache(maxsize=len(NAMES))
def of_sklearn(name: str) -> Raw:
    """Return one of scikit-learn's own data sets.

    >>> of_sklearn("iris").labels
    ('setosa', 'versicolor', 'virginica')
    """
    sets = _sets(f"the data set {name!r}")
    if name not in NAMES:
        raise UnknownTaskError(_refusal(name, [other[6:] for other in dir(sets) if other.startswith("fetch_")]))
    found: Any = getattr(sets, f"load_{name}")()
    inputs = _fixed(np.asarray(found.data, dtype=np.float64))
    if name in ("diabetes", "linnerud"):
        numbers = _fixed(np.asarray(found.target, dtype=np.float64).reshape(len(inputs), -1))
        return Raw(inputs, numbers, (), f"scikit-learn's {name}, a regression")
    if name == "digits":
        inputs = inputs.reshape(-1, 1, 8, 8)
    labels = tuple(str(label) for label in found.target_names)
    classes = _fixed(np.asarray(found.target, dtype=np.int64))
    return Raw(inputs, classes, labels, f"scikit-learn's {name.replace('_', ' ')}")


def digits(samples: int, noise: float, random: np.random.Generator) -> tuple[Array, Array]:
    """Return all handwritten digits, 8 x 8 pixels in a row."""
    del samples, noise, random  # a part is chosen, and pixels are disturbed, where the task says how
    images = of_sklearn("digits")
    return images.inputs.reshape(len(images.inputs), -1), images.targets


def _refusal(name: str, downloads: Sequence[str]) -> str:
    bare = name.removeprefix("fetch_").removeprefix("load_")
    if bare in NAMES:
        return f"scikit-learn's {bare} is called {PREFIX}{bare} here"
    if bare in downloads or re.match("openml|fetch_", name):
        return (
            f"{PREFIX}{name} would be downloaded by scikit-learn, and actscope uses no network; fetch it yourself, for "
            "instance sklearn.datasets.fetch_california_housing(as_frame=True).frame.to_csv('housing.csv'), and "
            "give the file"
        )
    near = did_you_mean(name, NAMES) or ";"
    return f"scikit-learn brings no data set {name!r}{near} there are {', '.join(NAMES)}"


def _sets(need: str) -> Any:
    try:
        from sklearn import datasets
    except ImportError as error:
        raise missing_extra("lab", need) from error
    return datasets


def _fixed(values: Array) -> Array:
    values.flags.writeable = False
    return values
