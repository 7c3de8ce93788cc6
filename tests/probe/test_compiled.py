"""torch.compile beside a probe: the same bits, nothing compiled anew, and what is not seen is told."""

import subprocess
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
import torch
from torch import Tensor, nn
from torch._dynamo.testing import CompileCounterWithBackend

from actscope.probe.diagnosing import diagnose
from actscope.probe.records import Recording
from actscope.probe.seeing.compiling import plain, told, uncompiled, unwrapped
from actscope.probe.watching import watch

STEPS = 8
Step = Callable[[Tensor, Tensor], Tensor]


class Middle(nn.Sequential):
    """A part of a user's own, since PyTorch does not compile a Sequential in place."""

    def forward(self, x: Tensor) -> Tensor:
        """Return features."""
        return self[2](self[1](self[0](x)))


class Net(nn.Module):
    """A network of three parts, one of which draws random numbers."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.body = nn.Sequential(nn.Linear(8, 32), nn.ReLU())
        self.mid = Middle(nn.Linear(32, 32), nn.GELU(), nn.Dropout(0.1))
        self.head = nn.Linear(32, 3)

    def forward(self, x: Tensor) -> Tensor:
        """Return scores."""
        return self.head(self.mid(torch.tanh(self.body(x))))


@dataclass
class Built:
    """What is watched and how it is trained."""

    model: nn.Module
    step: Step


def plainly(model: Callable[[Tensor], Tensor], trained: nn.Module) -> Step:
    optimizer = torch.optim.SGD(trained.parameters(), lr=0.1, momentum=0.9)

    def step(x: Tensor, y: Tensor) -> Tensor:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        return loss.detach()

    return step


def wrapper(model: nn.Module, **options: object) -> Built:
    made = torch.compile(model, **options)
    return Built(made, plainly(made, model))


def full_graph(model: nn.Module, **options: object) -> Built:
    return wrapper(model, fullgraph=True, **options)


def the_original(model: nn.Module, **options: object) -> Built:
    return Built(model, plainly(torch.compile(model, fullgraph=True, **options), model))


def in_place(model: nn.Module, **options: object) -> Built:
    model.compile(fullgraph=True, **options)
    return Built(model, plainly(model, model))


def a_part(model: nn.Module, **options: object) -> Built:
    model.mid = torch.compile(model.mid, **options)
    return Built(model, plainly(model, model))


def a_part_in_place(model: nn.Module, **options: object) -> Built:
    model.mid.compile(**options)
    return Built(model, plainly(model, model))


def model_and_loss(model: nn.Module, **options: object) -> Built:
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

    @torch.compile(fullgraph=True, **options)
    def loss_of(x: Tensor, y: Tensor) -> Tensor:
        return nn.functional.cross_entropy(model(x), y)

    def step(x: Tensor, y: Tensor) -> Tensor:
        optimizer.zero_grad()
        loss = loss_of(x, y)
        loss.backward()
        optimizer.step()
        return loss.detach()

    return Built(model, step)


def the_loss(model: nn.Module, **options: object) -> Built:
    optimizer, loss_of = (
        torch.optim.SGD(model.parameters(), lr=0.1),
        torch.compile(nn.functional.cross_entropy, **options),
    )

    def step(x: Tensor, y: Tensor) -> Tensor:
        optimizer.zero_grad()
        loss = loss_of(model(x), y)
        loss.backward()
        optimizer.step()
        return loss.detach()

    return Built(model, step)


def whole_step(model: nn.Module, **options: object) -> Built:
    return Built(model, torch.compile(plainly(model, model), **options))


ALL = {"inputs", "losses", "weights"}
SEEN = {
    wrapper: ALL,
    full_graph: ALL,
    the_original: {"losses", "weights"},
    in_place: {"losses", "weights"},
    a_part: ALL,
    a_part_in_place: ALL,
    model_and_loss: {"losses", "weights"},
    the_loss: ALL,
    whole_step: set(),
}
SAID = {
    wrapper: "the model is compiled",
    full_graph: "the model is compiled",
    the_original: "compiled code called the model",
    in_place: "the model is compiled",
    a_part: "mid is compiled",
    a_part_in_place: "mid is compiled",
    model_and_loss: "compiled code called the model",
    the_loss: "",
    whole_step: "the whole training step is compiled",
}


@pytest.fixture(autouse=True)
def nothing_compiled() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    torch._dynamo.reset()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
    torch._dynamo.reset()
    torch.set_num_threads(threads)


@dataclass
class Trained:
    """What a training left behind."""

    losses: list[Tensor]
    weights: list[Tensor]
    random: Tensor
    compiled: int
    compiled_after_two: int
    recording: Recording | None


def trained(build: Callable[..., Built], backend: str, watched: str) -> Trained:
    torch._dynamo.reset()
    counter = CompileCounterWithBackend(backend)
    model = Net()
    probe = watch(model, budget=None) if watched == "before" else None
    built = build(model, backend=counter)
    if watched == "after":
        probe = watch(built.model, budget=None)
    torch.manual_seed(1)
    losses, early = [], 0
    for step in range(STEPS):
        generator = torch.Generator().manual_seed(step)
        x, y = torch.randn(16, 8, generator=generator), torch.randint(0, 3, (16,), generator=generator)
        losses.append(built.step(x, y).clone())
        early = counter.frame_count if step == 3 else early
    recording = None
    if probe is not None:
        recording = probe.recording()
        probe.close()
    weights = [parameter.detach().clone() for parameter in model.parameters()]
    return Trained(losses, weights, torch.get_rng_state(), counter.frame_count, early, recording)


@pytest.mark.parametrize(
    ("build", "backend"),
    [
        *(pytest.param(way, "aot_eager", id=f"{way.__name__}-aot_eager") for way in SEEN),
        # Without a graph of its own for the way back: one of each kind of who is compiled.
        *(
            pytest.param(way, "eager", id=f"{way.__name__}-eager")
            for way in (wrapper, the_original, a_part, whole_step)
        ),
    ],
)
def test_a_probe_leaves_compiled_training_as_it_was(build: Callable[..., Built], backend: str) -> None:
    alone = trained(build, backend, watched="")
    for when in ("after", "before"):
        seen = trained(build, backend, watched=when)
        assert all(map(torch.equal, seen.losses, alone.losses)), when
        assert all(map(torch.equal, seen.weights, alone.weights)), when
        assert torch.equal(seen.random, alone.random), when
        assert seen.compiled == seen.compiled_after_two, "compiled anew while it trained"
        # A module that was watched before it was wrapped is compiled with the hooks, and once more without them.
        assert seen.compiled <= alone.compiled + (when == "before" and build is a_part), when
        assert seen.recording is not None
        told_of(build, seen.recording, when)


def told_of(build: Callable[..., Built], recording: Recording, when: str) -> None:
    weights = sum(int(one.pooled()["update_count"]) for one in recording.parameters)
    course = recording.course
    counted = {
        "inputs": int(course["input_count"].sum()),
        "losses": int(course["loss_count"].sum()),
        "weights": weights,
    }
    wanted = SEEN[build] - ({"inputs"} if when == "before" and build in (wrapper, full_graph) else set())
    assert {name for name, count in counted.items() if count} == wanted
    said = "compiled code called the model" if when == "before" and build in (wrapper, full_graph) else SAID[build]
    assert any(said in note for note in recording.notes) or not said
    if wanted:
        assert recording.steps == STEPS
        assert counted["losses"] == STEPS
    names = [one.place.name for one in recording.places]
    if build in (a_part, a_part_in_place):
        assert names[:2] == ["body.1", "tanh"]
    assert recording.model == "Net"
    assert [one.name for one in recording.parameters] == ["body.0.weight", "mid.0.weight", "head.weight"]


def test_the_oracle_of_compilations_bites() -> None:
    """A hook that is not made for it breaks the model into pieces."""

    def build(model: nn.Module, **options: object) -> Built:
        model.mid.register_forward_pre_hook(lambda *_: None if threading.get_ident() else print())
        return wrapper(model, **options)

    assert trained(build, "eager", "").compiled > trained(wrapper, "eager", "").compiled


def test_evaluation_of_a_compiled_model_is_no_step() -> None:
    model = Net()
    compiled = torch.compile(model, backend="eager", fullgraph=True)
    step, x, y = plainly(compiled, model), torch.randn(16, 8), torch.randint(0, 3, (16,))
    with watch(model, budget=None) as probe:
        for _ in range(3):
            step(x, y)
            model.eval()
            with torch.no_grad():
                compiled(x)
            model.train()
    assert probe.recording().steps == 3


def test_a_model_that_is_compiled_on_the_way_is_told_of() -> None:
    model = Net()
    step, x, y = plainly(model, model), torch.randn(16, 8), torch.randint(0, 3, (16,))
    with watch(model, budget=None) as probe:
        for _ in range(4):
            step(x, y)
        before = sum(int(one.pooled()["passes"]) for one in probe.recording().places)
        assert not probe.recording().notes
        model.compile(backend="aot_eager")
        for _ in range(4):
            step(x, y)
    recording = probe.recording()
    assert recording.steps == 8
    assert sum(int(one.pooled()["passes"]) for one in recording.places) == before == 12
    assert any("the model is compiled" in note for note in recording.notes)


def test_names_are_those_of_the_users_own_modules() -> None:
    model = nn.Sequential(nn.Sequential(nn.Linear(2, 2), nn.ReLU()), nn.Linear(2, 2))
    wrapped = torch.compile(nn.Sequential(torch.compile(model), nn.ReLU()))
    assert unwrapped(torch.compile(model)) is model
    assert next(plain(name) for name, _ in wrapped.named_parameters()) == "0.0.0.weight"
    assert [path for path, _ in uncompiled(wrapped)] == []
    assert [path for path, _ in uncompiled(nn.Sequential(torch.compile(model), nn.ReLU()))] == ["0", "1"]
    assert told(nn.Sequential(*(torch.compile(nn.ReLU()) for _ in range(5))), False, 1)[0].startswith(
        "0, 1, 2 and 2 more are compiled: "
    )


def test_a_diagnosis_of_a_compiled_model_sees_inside_of_it() -> None:
    model = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 2), nn.Softmax(1))
    batch = torch.randn(16, 4), torch.randint(0, 2, (16,))
    part = nn.Sequential(torch.compile(model[:2], backend="eager"), model[2], model[3])
    for compiled, name in ((torch.compile(model, backend="eager"), "1"), (part, "0.1")):
        optimizer = torch.optim.SGD(compiled.parameters(), lr=0.1)
        diagnosis = diagnose(compiled, nn.CrossEntropyLoss(), [batch], optimizer, steps=3)
        assert [finding.name for finding in diagnosis.findings] == ["softmax-twice"]
        assert [one.place.name for one in diagnosis.recording.places] == [name]
        assert not diagnosis.recording.notes
        assert diagnosis.recording.optimizer is not None
        assert sum(int(one.pooled()["update_count"]) for one in diagnosis.recording.parameters)


_FIRST_COMPILED_BESIDE_A_PROBE = """
import torch
from actscope.probe.seeing import tap

stop = tap.listen_on("cpu")
torch.compile(lambda x: torch.relu(x), backend="eager")(torch.ones(3))
stop()
x = torch.linspace(-1, 1, 5, requires_grad=True)
torch.compile(lambda x: torch.relu(x) * 2.0, backend="aot_eager")(x).sum().backward()
print(x.grad.tolist())
"""


def test_what_is_compiled_after_a_probe_has_its_gradients() -> None:
    told = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _FIRST_COMPILED_BESIDE_A_PROBE],
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.strip() == "[0.0, 0.0, 0.0, 2.0, 2.0]"
