"""What a verdict needs: a loss that was differentiated, or whose graph was read."""

import pytest
import torch
from torch import nn
from torch.utils.checkpoint import checkpoint

from actscope import check, watch
from actscope.probe.merging import merge
from actscope.probe.records import Recording


@pytest.fixture
def model() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 2))


def test_forward_passes_alone_are_not_healthy(model):
    with watch(model) as probe:
        for _ in range(3):
            model(torch.randn(8, 4))
    found = probe.diagnosis()
    assert (found.recording.steps, found.recording.differentiated, found.recording.graph) == (3, False, "unseen")
    assert not found.healthy
    assert "no backward pass was seen" in str(found)
    assert "call loss.backward()" in " ".join(str(found).split())


def test_a_backward_pass_from_many_numbers_is_one(model):
    with watch(model) as probe:
        for _ in range(3):
            model(torch.randn(8, 4)).backward(torch.ones(8, 2))
    found = probe.diagnosis()
    assert found.recording.course["loss_count"].sum() == 0
    assert (found.recording.differentiated, found.recording.graph) == (True, "unseen")
    assert found.judged
    assert "no backward pass" not in str(found)


def test_a_graph_that_was_read_is_enough(model):
    found = check(model, nn.CrossEntropyLoss(), (torch.randn(8, 4), torch.arange(8) % 2))
    assert (found.recording.differentiated, found.recording.graph) == (False, "read")
    assert found.healthy


class Hiding(nn.Module):
    """A model whose first part is computed again on the way back."""

    def __init__(self, reentrant: bool) -> None:
        super().__init__()
        self.reentrant = reentrant
        self.body, self.head = nn.Sequential(nn.Linear(4, 16), nn.ReLU()), nn.Linear(16, 2)

    def forward(self, x):
        return self.head(checkpoint(self.body, x, use_reentrant=self.reentrant))


def test_what_hides_a_graph_is_told_and_merged():
    def seen(reentrant: bool) -> Recording:
        one = Hiding(reentrant)
        with watch(one) as probe:
            one(torch.randn(8, 4, requires_grad=True)).sum().backward()
        return probe.recording()

    whole, hidden = seen(False), seen(True)
    assert (whole.graph, hidden.graph) == ("read", "hidden")
    assert any("hides the graph" in note for note in hidden.notes)
    assert merge([whole, hidden]).graph == "hidden"


def test_a_graph_that_cannot_be_read_is_hidden(model, monkeypatch):
    def gone(*_: object, **__: object) -> None:
        raise RuntimeError("it is gone")

    monkeypatch.setattr("actscope.probe.training.examined", gone)
    with watch(model) as probe:
        model(torch.randn(8, 4)).sum().backward()
    recording = probe.recording()
    assert recording.graph == "hidden"
    assert "the graph of the loss could not be read: RuntimeError: it is gone" in recording.notes
    assert probe.diagnosis().judged


def test_without_a_process_group_what_is_merged_is_what_was_seen(model):
    with watch(model) as probe:
        model(torch.randn(8, 4)).sum().backward()
    mine, merged = probe.recording(), probe.merged()
    assert merged.places[0].bins.tobytes() == mine.places[0].bins.tobytes()
    assert (merged.steps, merged.notes, merged.differentiated) == (mine.steps, mine.notes, True)
