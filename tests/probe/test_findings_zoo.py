"""A few of the zoo from training to findings; `python -m benchmarks.detection` does it with all of them."""

import pytest
import torch

from actscope.probe.watching import watch
from probe.sick_models import case, train

SICK = [
    "dead by bias: mlp digits",
    "rate too high, sgd: mlp digits",
    "rate too high, adam: mlp friedman",
    "rate too low, sgd: gru waves",
    "inputs of 0 to 255: mlp friedman",
    "nan in the data: mlp digits",
    "root of 0: mlp friedman",
    "one-sided: mlp digits",
    "weights of 1, tanh: mlp digits tanh",
    "all weights alike: mlp digits",
    "recurrent weights too small: rnn recall",
    "softmax before cross-entropy: mlp digits",
    "targets of other samples: mlp digits",
    "targets of 1e6: mlp friedman",
    "targets of 1e-4: gru adding",
    "targets of 1e4, sgd: mlp friedman",
    "outputs without an axis: mlp friedman",
    "gradients kept, sgd: mlp digits",
]
HEALTHY = ["mlp digits", "mlp friedman tanh", "gru waves", "gan", "fine-tuning at 1e-5", "mlp digits rate 1e-4"]


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def found(name):
    """The names of what is found in a case."""
    patient = case(name).build(0)
    with watch(patient.model, budget=None) as probe:
        train(patient)
    return {finding.name for finding in probe.diagnosis().findings if finding.weight == "finding"}


@pytest.mark.parametrize("name", SICK)
def test_the_sick_are_found(name):
    assert found(name) & case(name).names


@pytest.mark.parametrize("name", HEALTHY)
def test_the_healthy_are_not_flagged(name):
    assert found(name) == set()
