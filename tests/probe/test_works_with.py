"""What people do with models and training loops: each is measured as it should be, or a note says why not."""

import dataclasses
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from actscope.errors import ProbeError
from actscope.probe.rows import statistics
from actscope.probe.watching import Probe, watch


def mlp(given: int = 6, classes: int = 3) -> nn.Sequential:
    return nn.Sequential(
        *(nn.Linear(given, 16), nn.ReLU(), nn.Linear(16, 16), nn.Tanh()),
        nn.Linear(16, classes),
    )


def train(
    model: nn.Module,
    batch: Callable[[], Tensor] = lambda: torch.randn(8, 6),
    steps: int = 4,
    optimizer: torch.optim.Optimizer | None = None,
) -> None:
    optimizer = optimizer or torch.optim.SGD(model.parameters(), lr=0.05)
    for _ in range(steps):
        optimizer.zero_grad()
        model(batch()).square().mean().backward()
        optimizer.step()


def watched(model: nn.Module, batch: Callable[[], Tensor] = lambda: torch.randn(8, 6), steps: int = 4) -> Probe:
    with watch(model, budget=None) as probe:
        train(model, batch, steps)
    return probe


def passes(probe: Probe) -> dict[str, int]:
    assert not [note for note in probe.recording().notes if "stopped" in note]
    return {history.place.name: int(history.pooled()["passes"]) for history in probe.recording().places}


BOTH = {"1": 4, "3": 4}


def test_order_of_calls_that_changes_from_pass_to_pass() -> None:
    class Changing(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a, self.head, self.k, self.called = nn.Linear(6, 6), nn.Linear(6, 3), 0, dict.fromkeys("rts", 0)

        def forward(self, x: Tensor) -> Tensor:
            self.k += 1
            order = ["rt", "tr", "s", "rrs"][self.k % 4]
            for name in order:
                self.called[name] += 1
                x = self.a({"r": torch.relu, "t": torch.tanh, "s": torch.sigmoid}[name](x))
            return self.head(x)

    model = Changing()
    probe = watched(model, steps=60)
    found = passes(probe)
    # What a pass holds after the first call that was not expected is lost, until every pass is one to learn from.
    assert set(found) == {"relu", "relu#2", "tanh", "sigmoid"}
    assert 0.6 * model.called["t"] <= found["tanh"] <= model.called["t"]


def test_sequences_of_any_length_and_whole_numbers() -> None:
    class Reads(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embed, self.inside, self.head = nn.Embedding(10, 8), nn.GRU(8, 8, batch_first=True), nn.Linear(8, 3)

        def forward(self, x: Tensor) -> Tensor:
            return self.head(torch.relu(self.inside(self.embed(x))[0][:, -1]))

    lengths = iter([5, 3, 9, 4])
    probe = watched(Reads(), lambda: torch.randint(10, (4, next(lengths))))
    assert passes(probe) == {"inside/sigmoid": 42, "inside/tanh": 21, "relu": 4}
    roles = {history.place.name: history.place.role for history in probe.recording().places}
    assert roles["inside/sigmoid"] == "gate"


@pytest.mark.parametrize(
    ("kind", "sees"),
    [(nn.LSTMCell, {"cell/sigmoid": 60, "cell/tanh": 40}), (nn.LSTM, {"cell/sigmoid": 15, "cell/tanh": 10})],
)
def test_lstm(kind: type[nn.Module], sees: dict[str, int]) -> None:
    class Recurrent(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.cell, self.head = kind(6, 8), nn.Linear(8, 3)

        def forward(self, x: Tensor) -> Tensor:
            if kind is nn.LSTM:
                return self.head(self.cell(x)[0][-1])
            state = None
            for step in x:
                state = self.cell(step, state)
            return self.head(state[0])

    probe = watched(Recurrent(), lambda: torch.randn(5, 4, 6))
    assert passes(probe) == sees
    assert probe.recording().notes == ()


@pytest.mark.parametrize("way", [{}, {"num_layers": 2, "batch_first": True}, {"bidirectional": True}])
def test_an_lstm_in_one_piece_is_looked_into_beside(way: dict[str, Any]) -> None:
    torch.manual_seed(0)
    lstm, x = nn.LSTM(6, 8, **way), torch.randn(5, 5, 6)
    with watch(lstm, budget=None) as probe:
        for _ in range(16):
            lstm(x)[0].sum().backward()
    gate = next(history for history in probe.recording().places if history.place.role == "gate").pooled()
    assert torch.backends.mkldnn.enabled
    # By hand, of the first time step of two sequences: the gates' inputs are part of what was seen.
    few = x[:2, 0] if way.get("batch_first") else x[0, :2]
    with torch.no_grad():
        first = few @ lstm.weight_ih_l0.T + lstm.bias_ih_l0 + lstm.bias_hh_l0
    gates = torch.cat([first[:, :16], first[:, 24:]], dim=1)
    assert gate["low"] <= gates.min() + 1e-6
    assert gate["high"] >= gates.max() - 1e-6
    assert gate["nonfinite"] == 0


def test_packed_sequences_are_seen_in_an_lstm() -> None:
    class Packed(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.cell, self.head = nn.LSTM(6, 8), nn.Linear(8, 3)

        def forward(self, x: Tensor) -> Tensor:
            packed = nn.utils.rnn.pack_padded_sequence(x, torch.tensor([5, 4, 3, 2]))
            return self.head(self.cell(packed)[1][0][-1])

    probe = watched(Packed(), lambda: torch.randn(5, 4, 6))
    assert passes(probe)["cell/sigmoid"] == 60
    assert probe.recording().notes == ()


def test_parts_that_are_called_directly() -> None:
    class Coder(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.encoder, self.decoder = mlp(6, 4), mlp(4, 6)

    model = Coder()
    optimizer = torch.optim.Adam(model.parameters())
    with watch(model, budget=None) as probe:
        for _ in range(4):
            optimizer.zero_grad()
            x = torch.randn(8, 6)
            (model.decoder(torch.sigmoid(model.encoder(x))) - x).square().mean().backward()
            optimizer.step()
    assert passes(probe) == {"encoder.1": 4, "encoder.3": 4, "decoder.1": 4, "decoder.3": 4}
    assert probe.recording().steps == 4


def test_a_model_that_calls_itself() -> None:
    class Tree(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a, self.b = nn.Linear(6, 6), nn.Linear(6, 6)

        def forward(self, x: Tensor, depth: int = 2) -> Tensor:
            h = torch.tanh(self.a(x))
            return self.b(h) + self(h, depth - 1) if depth else self.b(h)

    assert passes(watched(Tree())) == {"tanh": 4, "tanh#2": 4, "tanh#3": 4}


def test_phases_without_training_do_not_count() -> None:
    model = mlp()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    with watch(model, budget=None) as probe:
        for _ in range(4):
            train(model.train(), steps=1, optimizer=optimizer)
            model.eval()
            model(torch.full((8, 6), 1e6))
            for nothing in (torch.no_grad(), torch.inference_mode()):
                with nothing:
                    model.train()(torch.full((8, 6), 1e6))
    assert passes(probe) == BOTH
    assert float(probe.recording().course["input_high"].max()) < 1e3


def test_fine_tuning_in_eval_mode_counts() -> None:
    assert passes(watched(mlp().eval())) == BOTH


def test_frozen_layers() -> None:
    model = mlp()
    model[0].requires_grad_(False)
    probe = watched(model)
    assert passes(probe) == BOTH
    first, second = probe.recording().places
    assert (int(first.pooled()["arriving_count"]), int(second.pooled()["arriving_count"])) == (0, 4 * 8 * 16)
    assert [one.trained for one in probe.recording().parameters] == [False, True, True]


def test_the_steps_are_the_optimizers() -> None:
    model = mlp()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    with watch(model, budget=None) as probe:
        for k in range(1, 31):
            (model(torch.randn(8, 6)).square().mean() / 3).backward()
            if k % 3 == 0:
                optimizer.step()
                optimizer.zero_grad()
    recording = probe.recording()
    assert recording.steps == 10
    assert recording.bins.tolist() == list(range(1, 11))
    assert [int(row["passes"]) for row in recording.places[0].bins] == [3] * 10
    assert recording.course["loss_count"].tolist() == [3] * 10


@pytest.mark.parametrize("calls", [1, 30])
def test_a_step_has_as_many_passes_as_the_loop_makes(calls: int) -> None:
    model = mlp()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    with watch(model) as probe:
        for _ in range(40):
            optimizer.zero_grad()
            torch.stack([model(torch.randn(6)).square().mean() for _ in range(calls)]).mean().backward()
            optimizer.step()
    assert probe.recording().steps == 40
    assert probe.recording().course["loss_count"].sum() == 40


@pytest.mark.parametrize("budget", [0.02, None])
def test_lbfgs(budget: float | None) -> None:
    model, x = mlp(), torch.randn(8, 6)
    optimizer = torch.optim.LBFGS(model.parameters(), max_iter=4)

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = model(x).square().mean()
        loss.backward()
        return loss

    with watch(model, budget=budget) as probe:
        for _ in range(40):
            optimizer.step(closure)
    # One that nobody looks at is counted when the next one begins.
    assert probe.recording().steps == (40 if budget is None else pytest.approx(40, abs=1))
    assert probe.recording().optimizer.name == "LBFGS"
    assert not probe.recording().notes


def test_updates_by_hand_have_a_note() -> None:
    model = mlp()
    with watch(model, budget=None) as probe:
        for _ in range(4):
            model(torch.randn(8, 6)).square().mean().backward()
            with torch.no_grad():
                for parameter in model.parameters():
                    parameter -= 0.1 * parameter.grad
                    parameter.grad = None
    assert passes(probe) == BOTH
    assert probe.recording().steps == 4
    assert ["no optimizer of torch.optim" in note for note in probe.recording().notes] == [True]


def test_two_players() -> None:
    generator, critic = mlp(4, 6), mlp(6, 1)
    first, second = torch.optim.Adam(generator.parameters()), torch.optim.Adam(critic.parameters())
    judged = functional.binary_cross_entropy_with_logits
    with watch(generator, budget=None) as of_generator, watch(critic, budget=None) as of_critic:
        for _ in range(5):
            second.zero_grad()
            real, fake = critic(torch.randn(8, 6)), critic(generator(torch.randn(8, 4)).detach())
            (judged(real, torch.ones(8, 1)) + judged(fake, torch.zeros(8, 1))).backward()
            second.step()
            first.zero_grad()
            judged(critic(generator(torch.randn(8, 4))), torch.ones(8, 1)).backward()
            first.step()
    assert passes(of_generator) == {"1": 10, "3": 10}
    assert passes(of_critic) == {"1": 15, "3": 15}
    assert of_generator.recording().steps == 5
    assert of_critic.recording().steps in (5, 6)


@pytest.mark.parametrize("scale", [1024.0, 2.0**126])
def test_what_a_scaler_does_is_not_the_models(scale: float) -> None:
    torch.manual_seed(0)
    model, twin = mlp(), mlp()
    twin.load_state_dict(model.state_dict())
    batches, probes = torch.randn(6, 8, 6), []
    for one, scaler in ((model, torch.amp.GradScaler("cpu", init_scale=scale)), (twin, None)):
        optimizer = torch.optim.SGD(one.parameters(), lr=0.01)
        with watch(one, budget=None) as probe:
            for x in batches:
                optimizer.zero_grad()
                loss = one(x).square().mean() * 1e3
                if scaler is None:
                    loss.backward()
                    optimizer.step()
                    continue
                scaler.scale(loss).backward()
                scaler.step(optimizer)
                scaler.update()
        probes.append(probe.recording())
    scaled, plain = probes
    assert scaled.first_bad is None
    first = float(plain.course["loss_mean"][0])
    assert float(scaled.course["loss_mean"][0]) == pytest.approx(first, rel=1e-6)
    if scale == 1024.0:
        np.testing.assert_allclose(scaled.course["loss_mean"], plain.course["loss_mean"], rtol=1e-3)
        for one, other in zip(scaled.parameters, plain.parameters, strict=True):
            size = [float(statistics.root_mean_square(history.pooled(), "gradient_")) for history in (one, other)]
            assert size[0] == pytest.approx(size[1], rel=1e-3)


def test_torch_func() -> None:
    model = mlp()
    values = dict(model.named_parameters())
    with watch(model, budget=None) as probe:
        for _ in range(4):
            torch.func.functional_call(model, values, (torch.randn(8, 6),)).square().mean().backward()
    assert passes(probe) == BOTH

    def loss(values: dict[str, Tensor], x: Tensor) -> Tensor:
        return torch.func.functional_call(model, values, (x,)).square().mean()

    with watch(model, budget=None) as probe:
        torch.func.grad(loss)(values, torch.randn(8, 6))
        torch.func.vmap(torch.func.grad(loss), in_dims=(None, 0))(values, torch.randn(5, 8, 6))
        torch.func.vmap(model)(torch.randn(5, 8, 6))
    assert passes(probe) == {}
    assert ["torch.func" in note for note in probe.recording().notes] == [True]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_scripted_models() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        whole, part = torch.jit.script(mlp()), torch.jit.script(mlp(16, 16))
    with pytest.raises(ProbeError, match="watch the model that it was made from"):
        watch(whole)
    model = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), part, nn.Linear(16, 3))
    found = passes(watched(model))
    assert found["1"] == 4


def test_data_parallel_is_refused() -> None:
    with pytest.raises(ProbeError, match=r"watch model\.module"):
        watch(nn.DataParallel(mlp()))


@pytest.mark.parametrize("given", [mlp, "model", None, 3])
def test_what_is_no_module_is_refused(given: object) -> None:
    with pytest.raises(ProbeError, match=r"torch\.nn\.Module"):
        watch(given)


@pytest.mark.parametrize("budget", [0, -1, 2, float("nan"), "much"])
def test_a_budget_that_is_no_share_is_refused(budget: object) -> None:
    with pytest.raises(ProbeError, match="share of a step"):
        watch(mlp(), budget=budget)


def test_inputs_of_a_class_of_their_own() -> None:
    class Own(torch.Tensor):
        pass

    assert passes(watched(mlp(), lambda: torch.randn(8, 6).as_subclass(Own))) == BOTH


def test_models_without_parameters() -> None:
    for model, sees in ((nn.Sequential(nn.ReLU(), nn.Tanh()), {"0": 3, "1": 3}), (nn.ReLU(), {"": 3})):
        with watch(model, budget=None) as probe:
            for _ in range(3):
                model(torch.randn(8, 6, requires_grad=True)).sum().backward()
        assert passes(probe) == sees


@pytest.mark.parametrize("sizes", [(8, 0, 8, 0), (0, 0, 8, 8)])
def test_empty_batches(sizes: tuple[int, ...]) -> None:
    left = iter(sizes)
    model = mlp()
    with watch(model, budget=None) as probe:
        for size in left:
            model(torch.randn(size, 6)).sum().backward()
    assert passes(probe) == BOTH
    assert [int(history.pooled()["elements"]) for history in probe.recording().places] == [256, 256]


def test_a_single_number() -> None:
    class Single(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.w = nn.Parameter(torch.tensor(0.5))

        def forward(self, x: Tensor) -> Tensor:
            return torch.tanh(self.w * x)

    probe = watched(Single(), lambda: torch.tensor(2.0))
    assert passes(probe) == {"tanh": 4}
    assert probe.recording().places[0].place.units == 1


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16, torch.float16])
def test_types_of_numbers(dtype: torch.dtype) -> None:
    probe = watched(mlp().to(dtype), lambda: torch.randn(8, 6, dtype=dtype))
    assert passes(probe) == BOTH
    assert [int(history.pooled()["leaving_count"]) for history in probe.recording().places] == [512, 512]


def test_nothing_to_measure() -> None:
    with watch(mlp(), budget=None) as probe:
        pass
    assert (probe.recording().steps, probe.recording().places) == (0, ())
    model = mlp().to("meta")
    with watch(model, budget=None) as probe:
        model(torch.randn(8, 6, device="meta")).sum().backward()
    assert probe.recording().steps == 1


def test_arguments_by_name_and_outputs_of_any_kind() -> None:
    @dataclasses.dataclass
    class Output:
        logits: Tensor

    class Named(nn.Module):
        def __init__(self, packed: Callable[[Tensor], object]) -> None:
            super().__init__()
            self.inside, self.packed = mlp(), packed

        def forward(self, *, x: Tensor, mask: Tensor | None) -> object:
            assert mask is None
            return self.packed(self.inside(x))

    for pack, logits in ((lambda y: {"logits": y}, lambda out: out["logits"]), (Output, lambda out: out.logits)):
        model = Named(pack)
        with watch(model, budget=None) as probe:
            for _ in range(4):
                logits(model(x=torch.randn(8, 6), mask=None)).square().mean().backward()
        assert passes(probe) == {"inside.1": 4, "inside.3": 4}
        assert int(probe.recording().course["input_count"].sum()) == 4 * 48


def test_hooks_of_the_users_own() -> None:
    model = mlp()
    model[1].register_forward_hook(lambda *given: 2 * given[-1])
    model[3].register_forward_pre_hook(lambda *given: (given[1][0].sigmoid(),))
    assert passes(watched(model)) == {"1": 4, "sigmoid": 4, "3": 4}


def test_a_module_that_is_replaced_on_the_way() -> None:
    model = mlp()
    with watch(model, budget=None) as probe:
        train(model)
        model[1] = nn.GELU()
        train(model)
    functions = {(history.place.name, history.place.function) for history in probe.recording().places}
    assert ("1", "gelu") in functions


def test_checkpointing_around_a_module_of_several_operators() -> None:
    class Gate(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return x * torch.sigmoid(1.7 * x)

    class Checkpointed(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner, self.head = nn.Sequential(nn.Linear(6, 8), Gate(), nn.Linear(8, 8)), nn.Linear(8, 3)

        def forward(self, x: Tensor) -> Tensor:
            return self.head(torch.utils.checkpoint.checkpoint(self.inner, x, use_reentrant=False))

    probe = watched(Checkpointed(), lambda: torch.randn(5, 6))
    assert passes(probe) == {"inner.1": 4}


def test_every_loss_is_seen_also_where_the_probe_sleeps() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 3))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    losses = []
    with watch(model, budget=1e-6) as probe:
        for step in range(1, 151):
            loss = model(torch.randn(4, 6)).square().mean() * (float("nan") if step == 141 else 1.0)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    recording = probe.recording()
    finite = np.array([loss for loss in losses if np.isfinite(loss)])
    course = statistics.pooled(recording.course)
    assert recording.steps == 150
    assert recording.spacing.forward > 1
    assert (int(course["loss_count"]), int(course["loss_nonfinite"])) == (len(finite), 150 - len(finite))
    np.testing.assert_allclose(course["loss_mean"], finite.mean(), rtol=1e-12)
    np.testing.assert_allclose(statistics.spread(course, "loss_"), finite.std(), rtol=1e-9)
    assert (course["loss_low"], course["loss_high"]) == (finite.min(), finite.max())
    assert recording.first_bad is not None
    assert (recording.first_bad.place, recording.first_bad.step) == ("the loss", 141)


def test_a_probe_that_broke_judges_nothing() -> None:
    class Odd(nn.ReLU):
        def forward(self, x: Tensor) -> Tensor:
            return super().forward(x)

    model = nn.Sequential(nn.Linear(6, 8), Odd(), nn.Linear(8, 3))
    with watch(model) as probe:
        model(torch.randn(4, 6)).sum().backward()
        probe._training.session.breaks(RuntimeError("planted"))
    assert not probe.diagnosis().judged
    assert not probe.diagnosis().healthy
    assert not watch(model).diagnosis().healthy
