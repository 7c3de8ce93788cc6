"""Weights that nobody moves, by mistake or by intent, and a head that grows behind layers that are frozen."""

from collections.abc import Callable

import pytest
import torch
from sklearn.datasets import load_digits
from torch import Tensor, nn

import actscope as act
from actscope.errors import ProbeError
from actscope.probe.records import Diagnosis


def digits() -> tuple[Tensor, Tensor]:
    images, labels = load_digits(return_X_y=True)
    x = torch.tensor(images[:512], dtype=torch.float32)
    return (x - x.mean(0)) / (x.std(0) + 1e-3), torch.tensor(labels[:512])


def network() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 10))


def trained(model: nn.Module, step: Callable[[], object], steps: int = 40) -> Diagnosis:
    x, y = digits()
    with act.watch(model, budget=None) as probe:
        for k in range(steps):
            some = torch.arange(64 * k, 64 * (k + 1)) % len(x)
            model.zero_grad()
            nn.functional.cross_entropy(model(x[some]), y[some]).backward()
            step()
    return probe.diagnosis()


def weights_of(found: Diagnosis) -> list[tuple[str, str]]:
    return [(one.name, one.weight) for one in found.findings]


def test_weights_that_stay_are_a_finding_and_those_moved_by_hand_a_hint():
    model, other = network(), network()
    elsewhere = torch.optim.Adam(other.parameters())
    assert weights_of(trained(model, elsewhere.step)) == [("unreached-parameters", "finding")]
    assert weights_of(trained(model, lambda: None)) == [("unreached-parameters", "finding")]

    def by_hand() -> None:
        for weight in model.parameters():
            weight.data -= 0.1 * weight.grad

    found = trained(model, by_hand)
    assert weights_of(found) == [("unreached-parameters", "hint")]
    assert found.recording.moved


def test_weights_that_stay_while_an_image_is_trained_are_no_finding():
    model = network().requires_grad_(True)
    image = torch.zeros(1, 64, requires_grad=True)
    optimizer = torch.optim.Adam([image], lr=0.1)
    with act.watch(model) as probe:
        for _ in range(60):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(image), torch.tensor([3])).backward()
            optimizer.step()
    found = probe.diagnosis()
    assert not found.recording.moved
    assert found.healthy


def test_a_small_new_head_behind_frozen_layers_may_grow():
    model = network()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    trained(model, optimizer.step, 100)
    model[4] = nn.Linear(32, 10)
    model[:4].requires_grad_(False)
    with torch.no_grad():
        model[4].weight.mul_(0.2)
    head = torch.optim.SGD(model[4].parameters(), lr=0.1, momentum=0.9)
    found = trained(model, head.step, 100)
    assert found.healthy, found.findings
    whole = network()
    large = torch.optim.SGD(whole.parameters(), lr=3.0, momentum=0.9)
    assert ("learning-rate-too-high", "finding") in weights_of(trained(whole, large.step, 60))


def test_a_model_that_runs_without_gradients_only_is_told():
    model = network()
    with act.watch(model) as probe, torch.no_grad():
        model(torch.randn(4, 64))
    assert any("torch.no_grad only" in note for note in probe.recording().notes)
    assert not any("torch.no_grad only" in note for note in trained(model, lambda: None, 2).recording.notes)


def test_a_probe_that_is_closed_cannot_be_entered():
    probe = act.watch(network())
    probe.close()
    with pytest.raises(ProbeError, match="is closed"), probe:
        pass


def test_a_budget_is_no_flag():
    with pytest.raises(ProbeError, match="`budget` is a share"):
        act.watch(network(), budget=True)


@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize("drawn", [1.0, 0.02], ids=["as made", "as loaded"])
def test_an_embedding_that_the_optimiser_does_not_hold_is_told(drawn: float, sparse: bool):
    def reader(held: bool) -> list[tuple[str, str]]:
        torch.manual_seed(0)
        words = nn.Embedding(50, 16, sparse=sparse)
        model = nn.Sequential(words, nn.Flatten(), nn.Linear(16 * 6, 32), nn.ReLU(), nn.Linear(32, 2))
        with torch.no_grad():
            words.weight.mul_(drawn)
        parameters = list(model.parameters())[0 if held else 1 :]
        optimizer = torch.optim.SGD(parameters, lr=0.3)
        with act.watch(model, budget=None) as probe:
            for _ in range(60):
                x = torch.randint(0, 50, (64, 6))
                model.zero_grad()
                nn.functional.cross_entropy(model(x), (x[:, 0] < 25).long()).backward()
                optimizer.step()
        return weights_of(probe.diagnosis())

    # A gradient that is sparse is not read, so that it cannot be told whether it is one.
    weight = "finding" if drawn == 1.0 and not sparse else "hint"
    assert ("unreached-parameters", weight) in reader(held=False)
    assert "unreached-parameters" not in dict(reader(held=True))


class _Cut(nn.Module):
    """A body whose result is cut off from the graph before the head."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU())
        self.head = nn.Linear(32, 10)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.body(x).detach())


def test_layers_that_are_cut_off_are_told_once_and_together():
    torch.manual_seed(0)
    model = _Cut()
    (found,) = trained(model, torch.optim.Adam(model.parameters()).step).findings
    assert (found.name, found.where, found.also) == ("unreached-parameters", "body.0", ("body.2",))
    assert "does not hold them" not in found.evidence


def test_layers_in_a_row_of_a_model_that_is_called_twice_are_told_once():
    torch.manual_seed(0)
    body, head = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 16)), nn.Sequential(nn.Linear(16, 16))
    model = nn.Sequential(body, head)
    x = torch.randn(8, 64)
    for calls in (1, 2):
        with act.watch(model, budget=None) as probe:
            sum((model(x + k).square().mean() for k in range(calls)), torch.zeros(())).backward()
        (found,) = (one for one in probe.diagnosis().findings if one.name == "missing-activation")
        assert (found.where, found.also, found.measured) == ("0.2", (), 1.0)
        assert "places" not in found.evidence
