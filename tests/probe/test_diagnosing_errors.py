"""What goes wrong around a model is said with its place and its remedy, and the user's own things stay as they were."""

import copy
import random
import re
import threading
import traceback
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset, TensorDataset

from actscope.errors import ProbeError
from actscope.probe.diagnosing import check, diagnose

SGD = torch.optim.SGD
CE = nn.CrossEntropyLoss()


def mlp() -> nn.Sequential:
    return nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Dropout(), nn.BatchNorm1d(16), nn.Linear(16, 3))


X, Y = torch.randn(8, 6), torch.arange(8) % 3
NAN = torch.full((8, 6), float("nan"))


class Third(nn.Module):
    """Fails in its third pass."""

    def __init__(self) -> None:
        super().__init__()
        self.inside, self.passes = mlp(), 0

    def forward(self, x: Tensor) -> Tensor:
        self.passes += 1
        if self.passes == 3:
            raise KeyError("boom")
        return self.inside(x)


class Locked(nn.Module):
    """Cannot be copied."""

    def __init__(self) -> None:
        super().__init__()
        self.inside, self.lock = mlp(), threading.Lock()

    def forward(self, x: Tensor) -> Tensor:
        return self.inside(x)


class Corrupt(Dataset):
    def __init__(self, problem: Exception | None = None) -> None:
        self.problem = problem or ValueError("cannot read 6.png")

    def __len__(self) -> int:
        return 10

    def __getitem__(self, k: int) -> tuple[Tensor, int]:
        if k > 5:
            raise self.problem
        return torch.randn(6), 1


class Ragged(Dataset):
    def __len__(self) -> int:
        return 8

    def __getitem__(self, k: int) -> tuple[Tensor, int]:
        return torch.randn(6 + k % 2), 1


def used_up() -> Any:
    batches = ((X, Y) for _ in range(2))
    list(batches)
    return batches


def fails(*_: object) -> Any:
    raise ZeroDivisionError("by zero")


OVERWRITTEN = nn.Sequential(nn.Linear(6, 16), nn.Sigmoid(), nn.ReLU(inplace=True), nn.Linear(16, 3))

WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "a name for a model": ({"model": "mlp"}, "`model` must be a torch.nn.Module, but got str"),
    "a class for a model": ({"model": nn.ReLU}, "give an instance, model()"),
    "no model": ({"model": None}, "but got None"),
    "a traced model": ({"model": "traced"}, "diagnose the model it was made from"),
    "data parallel": ({"model": nn.DataParallel(mlp())}, "watch model.module"),
    "a model with a lock": ({"model": Locked()}, "cannot be copied (TypeError: cannot pickle"),
    "a model that fails later": ({"model": Third()}, "does not run on batch 3, whose inputs are of shape (8, 6)"),
    "a frozen model": ({"model": mlp().requires_grad_(False)}, "no parameter of the model requires a gradient"),
    "a model without parameters": ({"model": nn.ReLU()}, "nothing to train"),
    "an overwritten value": (
        {"model": OVERWRITTEN},
        "backward pass failed at step 1: RuntimeError: one of the variables",
    ),
    "a model elsewhere": ({"model": mlp().to("meta")}, "the model is on meta, but the batch on cpu; move one of them"),
    "data elsewhere": ({"batches": [(X.to("meta"), Y)]}, "model.to('meta'), or x.to('cpu') for each batch"),
    "targets elsewhere": ({"batches": [(X, Y.to("meta"))]}, "the model is on cpu, but the batch on meta"),
    "steps of 0": ({"steps": 0}, "`steps` is how many steps the copy trains, a whole number >= 1, but got 0"),
    "half a step": ({"steps": 0.5}, "but got 0.5"),
    "True steps": ({"steps": True}, "but got True"),
    "the name of a loss": ({"loss_fn": "mse"}, "such as torch.nn.CrossEntropyLoss(), but got str"),
    "the class of a loss": ({"loss_fn": nn.MSELoss}, "give an instance, MSELoss()"),
    "a loss for a model": (
        {"model": CE, "loss_fn": mlp()},
        "the first argument is a CrossEntropyLoss; the order is model, loss, batches",
    ),
    "a loss's class for a model": ({"model": nn.MSELoss}, "the first argument is a MSELoss; the order is"),
    "a loss's function for a model": (
        {"model": nn.functional.mse_loss, "loss_fn": mlp()},
        "the first argument is a function; the order is model, loss, batches",
    ),
    "batches for a loss": ({"loss_fn": [(X, Y)], "batches": CE}, "but got a list of 1; the order is model, loss"),
    "no loss": ({"loss_fn": None}, "no loss_fn is given, and the model's outputs (of shape (8, 3)"),
    "a loss that fails": ({"loss_fn": fails}, "outputs of shape (8, 3) (torch.float32), targets of shape (8,)"),
    "a loss of each sample": ({"loss_fn": nn.CrossEntropyLoss(reduction="none")}, "return loss.mean()"),
    "a loss as a number": ({"loss_fn": lambda o, t: CE(o, t).item()}, "returned float; return the tensor itself"),
    "two losses": ({"loss_fn": lambda o, t: (CE(o, t), 0)}, "returned a tuple of 2"),
    "a detached loss": ({"loss_fn": lambda o, t: CE(o, t).detach()}, "no gradient leads from the loss"),
    "an argmax": ({"loss_fn": lambda o, t: (o.argmax(1) != t).float().mean()}, "no gradient leads from the loss"),
    "a complex loss": ({"loss_fn": lambda o, t: CE(o, t) * 1j}, "real scalar outputs"),
    "no batch": ({"batches": []}, "`batches` is empty"),
    "a used-up generator": ({"batches": used_up()}, "or a generator used up?"),
    "a tensor of batches": ({"batches": X}, "but got Tensor; one batch alone is [batch]"),
    "None for batches": ({"batches": None}, "but got None"),
    "one batch": ({"batches": (X, Y)}, "one batch alone is [(inputs, targets)]"),
    "a dict of batches": ({"batches": {"x": X}}, "but got dict; one batch alone is [batch]"),
    "three in a batch": ({"batches": [(X, X, Y)]}, "a tuple of 3; wrap it: ((x1, x2), targets)"),
    "words": ({"batches": ["a", "b"]}, "the loader yielded str"),
    "an unknown argument": ({"batches": [{"image": X}]}, "whose inputs are image of shape (8, 6)"),
    "another width": ({"batches": [(X[:, :5], Y)]}, "mat1 and mat2 shapes cannot be multiplied (8x5 and 6x16)"),
    "another type": ({"batches": [(X.double(), Y)]}, "whose inputs are of shape (8, 6) (torch.float64)"),
    "arrays": ({"batches": [(X.numpy(), Y)]}, "whose inputs are ndarray"),
    "a class too many": ({"batches": [(X, Y + 5)]}, "IndexError: Target"),
    "a loader that fails": ({"batches": DataLoader(Corrupt(), 2)}, "failed at batch 4: ValueError: cannot read 6.png"),
    "a data set": ({"batches": Corrupt()}, "but got Corrupt; give DataLoader(dataset, batch_size=64)"),
    "samples of two sizes": ({"batches": DataLoader(Ragged(), 4)}, "; cut or pad samples to one size"),
    "targets of another type": ({"batches": [(X, Y.float())]}, "classes are whole numbers: targets.long()"),
    "a column of classes": ({"batches": [(X, Y[:, None])]}, "one number a sample: targets.squeeze(1)"),
    "a loss by NumPy": ({"loss_fn": lambda o, _: o.numpy().mean()}, "no gradient passes NumPy"),
    "another model's optimizer": ({"optimizer": SGD(mlp().parameters())}, "holds none of the model's parameters"),
    "the name of an optimizer": ({"optimizer": "adam"}, "but got str"),
    "a function to nothing": ({"optimizer": lambda _: None}, "but returned None"),
    "a function that fails": ({"optimizer": fails}, "the optimizer failed for the model's parameters: ZeroDivision"),
    "a wrong learning rate": ({"optimizer": lambda p: SGD(p, -1)}, "ValueError: Invalid learning rate: -1"),
    "closures": ({"optimizer": torch.optim.LBFGS}, "asks for the loss several times a step"),
}


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("name", WRONG)
def test_a_mistake_is_told_and_nothing_changes(name: str) -> None:
    changed, message = WRONG[name]
    given = {"model": mlp(), "loss_fn": CE, "batches": [(X, Y)], "steps": 6} | changed
    if given["model"] == "traced":
        given["model"] = torch.jit.trace(nn.Linear(6, 3), X)
    before = state()
    with pytest.raises(ProbeError, match=re.escape(message)):
        diagnose(**given)
    assert same(state(), before)


@pytest.mark.parametrize(
    "problem",
    [
        AttributeError("'NoneType' object has no attribute 'convert'"),
        AssertionError("labels are 0 or 1"),
        KeyError("image"),
        UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"),
        NotImplementedError(),
        MemoryError(),
        RecursionError("too deep"),
    ],
    ids=lambda problem: type(problem).__name__,
)
@pytest.mark.parametrize("workers", [0, 1])
@pytest.mark.filterwarnings("ignore:This process.*is multi-threaded:DeprecationWarning")
def test_whatever_a_data_set_raises_is_told_with_its_line_and_can_be_reached(problem: Exception, workers: int) -> None:
    with pytest.raises(ProbeError) as met:
        diagnose(mlp(), CE, DataLoader(Corrupt(problem), 2, num_workers=workers), steps=6)
    said = f"{type(problem).__name__}: {problem}".removesuffix(": ")
    assert f"the batches failed at batch 4: {said}, in line " in str(met.value)
    assert "test_diagnosing_errors.py; mend what yields them" in str(met.value)
    # A worker's exception is made again in this process, of its type where its constructor takes a text.
    assert workers or met.value.__cause__ is problem
    assert isinstance(met.value.__cause__, (type(problem), RuntimeError))


@pytest.mark.parametrize(
    ("given", "remedy"),
    [
        (DataLoader([(X[0], Y[0])] * 4, 2), "got DataLoader; it yields batches: give one of them, next(iter(loader))"),
        (iter([(X, Y)]), "it yields batches: give one of them, next(iter(loader))"),
        (((X, Y) for _ in range(2)), "it yields batches: give one of them, next(iter(loader))"),
        ([(X, Y)] * 3, "a list of 3; if it holds batches, give one of them, batches[0]"),
        ((X, X, Y), "a tuple of 3; wrap it: ((x1, x2), targets)"),
    ],
    ids=["loader", "iterator", "generator", "list", "three"],
)
def test_a_check_of_many_batches_asks_for_one(given: Any, remedy: str) -> None:
    with pytest.raises(ProbeError, match=re.escape(remedy.removeprefix("got "))):
        check(mlp(), CE, given)


def test_a_generator_that_runs_dry_is_told() -> None:
    short = diagnose(mlp(), CE, ((X, Y) for _ in range(4)), steps=9)
    assert short.recording.steps == 4
    assert "the batches ended after 4 of 9 steps" in short.recording.notes[-1]
    for enough in ([(X, Y)], ((X, Y) for _ in range(9))):
        assert not any("batches ended" in note for note in diagnose(mlp(), CE, enough, steps=9).recording.notes)


def test_a_generator_that_asks_for_too_much_is_told_with_its_line() -> None:
    def drawn() -> Any:
        yield X, Y
        yield next(iter([]))

    with pytest.raises(ProbeError, match=r"batch 2: RuntimeError: generator raised StopIteration, in line \d+ of "):
        diagnose(mlp(), CE, drawn(), steps=3)


def test_the_line_is_that_of_the_exception_and_not_of_its_cause() -> None:
    def drawn() -> Any:
        try:
            fails()
        except ZeroDivisionError as problem:
            raise ValueError("a bad sample") from problem
        yield X, Y

    with pytest.raises(ProbeError, match="ValueError: a bad sample") as met:
        diagnose(mlp(), CE, drawn(), steps=3)
    cause = met.value.__cause__
    assert cause is not None
    assert cause.__traceback__ is not None
    assert f"in line {traceback.extract_tb(cause.__traceback__)[-1].lineno} of " in str(met.value)
    assert f"in line {fails.__code__.co_firstlineno + 1} of " not in str(met.value)


def test_a_backward_pass_and_a_step_of_a_user_s_own_fail_with_their_line() -> None:
    class Lost(torch.autograd.Function):
        @staticmethod
        def forward(_: Any, x: Tensor) -> Tensor:
            return x.clone()

        @staticmethod
        def backward(*_: Any) -> Tensor:
            raise KeyError("saved")

    class Stuck(SGD):
        def step(self, *_: Any) -> None:
            raise AssertionError("no state")

    here = r", in line \d+ of .*test_diagnosing_errors\.py$"
    with pytest.raises(ProbeError, match="the backward pass failed at step 1: KeyError: 'saved'" + here):
        diagnose(mlp(), lambda o, t: CE(Lost.apply(o), t), [(X, Y)], steps=2)
    with pytest.raises(ProbeError, match="the optimizer Stuck failed at step 1: AssertionError: no state" + here):
        diagnose(mlp(), CE, [(X, Y)], lambda parameters: Stuck(parameters, 0.1), steps=2)


def test_the_layer_in_which_a_pass_failed_is_named() -> None:
    with pytest.raises(ProbeError, match=r"in layer `inside\.0` \(Linear\); the layer takes 6 features, and 5 arrive$"):
        diagnose(Third(), CE, [(X[:, :5], Y)], steps=2)


def state() -> list[Any]:
    return [torch.get_rng_state(), torch.autograd.backward, torch.is_grad_enabled()]


def same(one: list[Any], other: list[Any]) -> bool:
    return bool(torch.equal(one[0], other[0])) and one[1:] == other[1:]


def test_without_gradients() -> None:
    for nothing in (torch.no_grad(), torch.inference_mode()):
        with nothing, pytest.raises(ProbeError, match=r"under torch\.no_grad"):
            diagnose(mlp(), CE, [(X, Y)], steps=2)


@pytest.mark.parametrize(
    ("model", "batches", "where", "step"),
    [
        (mlp, [(NAN, Y)], "the input", 1),
        (mlp, [(X, Y), (X, Y), (X / 0, Y)], "the input", 3),
        (lambda: nn.Linear(6, 3), [(X, torch.full((8, 3), float("nan")))], "the loss", 1),
    ],
)
def test_numbers_that_are_not_finite_are_a_diagnosis(
    model: Callable[[], nn.Module], batches: list[Any], where: str, step: int
) -> None:
    diagnosis = diagnose(model(), nn.MSELoss() if where == "the loss" else CE, batches, steps=30)
    assert next((finding.name, finding.where) for finding in diagnosis.findings) == ("non-finite", where)
    assert (diagnosis.recording.first_bad.place, diagnosis.recording.first_bad.step) == (where, step)
    assert diagnosis.recording.steps == step + 5


def test_weights_that_are_not_finite_are_named() -> None:
    model = mlp()
    nn.init.constant_(model[0].weight, float("nan"))
    diagnosis = diagnose(model, CE, [(X, Y)], steps=20)
    assert (diagnosis.recording.first_bad.place, diagnosis.recording.first_bad.cause) == ("1", "0.weight")


class Two(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = nn.Linear(6, 3), nn.Linear(6, 3)

    def forward(self, x: Tensor, other: Tensor) -> Tensor:
        return self.a(x).relu() + self.b(other)


@pytest.mark.parametrize(
    ("model", "loss_fn", "batches", "steps"),
    [
        (mlp(), CE, DataLoader(TensorDataset(X, Y), 4, shuffle=True), 7),
        (mlp(), CE, ((X, Y) for _ in range(3)), 3),
        (mlp(), CE, [[X, Y]], 7),
        (mlp(), CE, [((X,), Y)], 7),
        (Two(), CE, [((X, X), Y)], 7),
        (Two(), CE, [({"x": X, "other": X}, Y)], 7),
        (Two(), lambda out, batch: CE(out, batch["other"].argmax(1) % 3), [{"x": X, "other": X}], 7),
        (nn.Linear(6, 6), nn.MSELoss(), [(X,)], 7),
        (mlp(), lambda out, y: CE(out, y).reshape(1), [(X, Y)], 7),
        (nn.Sequential(nn.LazyLinear(8), nn.ReLU(), nn.Linear(8, 3)), CE, [(X, Y)], 7),
    ],
)
def test_batches_of_any_kind(model: nn.Module, loss_fn: Any, batches: Any, steps: int) -> None:
    assert diagnose(model, loss_fn, batches, steps=7).recording.steps == steps


def test_everything_stays_as_it_was() -> None:
    torch.manual_seed(0)
    model = mlp()
    model[2].eval()
    model[0].bias.requires_grad_(False)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 1)
    calls: list[object] = []
    optimizer.register_step_post_hook(lambda *given: calls.append(given[0]))
    for _ in range(2):
        optimizer.zero_grad()
        CE(model(X), Y).backward()
        optimizer.step()
        scheduler.step()
    before = copy.deepcopy([model.state_dict(), optimizer.state_dict(), [p.grad for p in model.parameters()]])
    modes = [module.training for module in model.modules()]
    gradients = [parameter.grad for parameter in model.parameters()]
    states = torch.get_rng_state(), random.getstate(), np.random.get_state()[1].tolist()

    def loss_fn(outputs: Tensor, targets: Tensor) -> Tensor:
        random.random(), np.random.random()
        return CE(outputs, targets) + 1e-3 * sum(parameter.square().sum() for parameter in model.parameters())

    seen = diagnose(model, loss_fn, [(X, Y)], optimizer, steps=5).recording
    check(model, loss_fn, (X, Y))
    assert (seen.steps, seen.optimizer.name, seen.optimizer.lr) == (5, "AdamW", pytest.approx(1e-4))
    after = [model.state_dict(), optimizer.state_dict(), [p.grad for p in model.parameters()]]
    torch.testing.assert_close(after, before, rtol=0, atol=0)
    assert all(p.grad is gradient for p, gradient in zip(model.parameters(), gradients, strict=True))
    assert modes == [module.training for module in model.modules()]
    assert torch.equal(torch.get_rng_state(), states[0])
    assert (random.getstate(), np.random.get_state()[1].tolist()) == states[1:]
    assert len(calls) == 2


def test_the_class_of_an_optimizer_trains_with_pytorchs_rate() -> None:
    seen = diagnose(mlp(), CE, [(X, Y)], torch.optim.Adam, steps=2).recording.optimizer
    assert (seen.name, seen.lr) == ("Adam", torch.optim.Adam([torch.zeros(1)]).defaults["lr"])


def test_the_copys_optimizer_goes_on_as_the_users_would() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 3))
    optimizer = SGD(
        [{"params": model[0].parameters(), "lr": 0.5}, {"params": model[2].parameters()}], 0.1, momentum=0.9
    )
    CE(model(X), Y).backward()
    optimizer.step()
    seen = diagnose(model, CE, [(X, Y)], optimizer, steps=4).recording
    losses = []
    for _ in range(4):
        optimizer.zero_grad()
        loss = CE(model(X), Y)
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert seen.course["loss_mean"].tolist() == losses


def test_whoever_interrupts_is_heard() -> None:
    def stop(*_: int) -> None:
        raise KeyboardInterrupt

    model = mlp()
    before = state()
    with pytest.raises(KeyboardInterrupt):
        diagnose(model, CE, [(X, Y)], steps=3, progress=stop)
    assert same(state(), before)
    assert all(parameter.grad is None for parameter in model.parameters())


def test_check_tells_the_same_mistakes() -> None:
    for batch, loss_fn, message in [
        (None, CE, "but the example batch is None"),
        (X, CE, r"the example batch is Tensor; give \(inputs, targets\), without targets \(inputs, inputs\)$"),
        ((X[:, :5], Y), CE, "cannot be multiplied"),
        ((X[:, :5], Y), CE, "does not run on the example batch"),
        ((X, Y), fails, r"loss_fn\(outputs, targets\) failed on the example batch"),
        ((X, Y), "mse", "but got str; the order is model, loss, example batch"),
        ((X, Y), nn.CrossEntropyLoss(reduction="none"), "must be one number"),
    ]:
        with pytest.raises(ProbeError, match=message):
            check(mlp(), loss_fn, batch)
