"""Timing: turns, medians, refusal on a busy machine, and what is timed. No test looks at how fast anything is."""

import time

import pytest
import torch

from actscope.bench import libraries, machine, speed, starting, timing, workloads
from actscope.bench.machine import Others
from actscope.bench.workloads import Workload
from actscope.catalogue import CATALOGUE
from actscope.errors import BusyMachineError, SettingError


@pytest.fixture
def alone(monkeypatch):
    """A machine on which nobody else works, and no time passes while waiting."""
    monkeypatch.setattr(machine, "busy_seconds", lambda: None)
    monkeypatch.setattr(speed.time, "sleep", lambda _: None)
    monkeypatch.setattr(starting, "first_calls", lambda: {"first": 0.05})


def test_calls_take_turns_and_ratios_are_medians_of_rounds():
    order: list[str] = []

    def call(name: str, seconds: float):
        def run() -> None:
            order.append(name)
            time.sleep(seconds)

        return run

    found = timing.rounds({"ours": call("ours", 0.002), "theirs": call("theirs", 0.006)}, 0.05)
    assert len(found["ours"]) == len(found["theirs"]) >= timing.LEAST_ROUNDS
    assert 1.5 < timing.median_ratio(found["theirs"], found["ours"]) < 6
    timed = order[-2 * len(found["ours"]) :]
    assert timed.count("ours") == timed.count("theirs")
    assert {tuple(timed[k : k + 2]) for k in range(0, len(timed), 2)} == {("ours", "theirs"), ("theirs", "ours")}


def test_short_calls_are_repeated_until_the_clock_sees_them():
    count = [0]

    def short() -> None:
        count[0] += 1

    found = timing.rounds({"short": short}, 0.0)
    assert count[0] > 100 * len(found["short"])


def attempts(*taken: float):
    left = list(taken)
    return lambda: ("found", Others(1.0, left.pop(0)))


def test_what_others_disturbed_is_measured_again(monkeypatch):
    waits: list[float] = []
    monkeypatch.setattr(speed.time, "sleep", waits.append)
    quiet = speed.Quiet(forced=False)
    assert quiet.undisturbed(attempts(1.0, 0.9, 0.01)) == "found"
    assert quiet.load.repeated == 2
    assert quiet.load.disturbed == 0
    assert quiet.load.others == pytest.approx(0.01)
    assert waits == [0.5, 1.0]


def test_a_busy_machine_is_refused(monkeypatch):
    monkeypatch.setattr(speed.time, "sleep", lambda _: None)
    with pytest.raises(BusyMachineError, match=r"other processes take 1\.4 of the \d+ processors.*add --force"):
        speed.Quiet(forced=False).undisturbed(attempts(*[1.4] * 5))


def test_if_forced_it_goes_on_and_says_so():
    quiet = speed.Quiet(forced=True)
    assert quiet.undisturbed(attempts(1.4)) == "found"
    assert (quiet.load.disturbed, quiet.load.measurements) == (1, 1)


def test_where_nobody_tells_the_load_is_unknown():
    quiet = speed.Quiet(forced=False)
    quiet.undisturbed(lambda: ("found", Others(1.0, None)))
    assert quiet.load.others is None


@pytest.mark.usefixtures("alone")
def test_a_run_times_each_function_on_each_amount():
    chosen = [CATALOGUE[name] for name in ("relu", "step", "swiglu", "softmax")]
    before = torch.get_num_threads()
    what = speed.plan(chosen, sizes=[300], threads=[1], rivals=["pytorch", "scipy"])
    found = speed.measure(speed.Plan(**{**_fields(what), "seconds": 0.0}))
    assert torch.get_num_threads() == before
    assert {cell.table for cell in found.cells} == {"functions", "gated", "bias", "rows"}
    assert {cell.shape for cell in found.cells if cell.table == "functions"} == {(16,), (300,)}
    for cell in found.cells:
        ours = cell.of("actscope")
        assert ours is not None
        assert ours.ratio == 1.0
        assert all(timing.seconds > 0 and timing.ratio > 0 for timing in cell.timings)
        # PyTorch's step has no backward.
        assert (cell.of("PyTorch") is None) == (cell.function == "step" and cell.work != "forward")
    assert {one.function: one.theirs for one in found.saved} == {"relu": 4, "swiglu": 12, "softmax": 4}
    assert found.starts == {"first": 0.05}


@pytest.mark.usefixtures("alone")
def test_what_pytorch_does_not_have_is_said(monkeypatch):
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    chosen = [CATALOGUE[name] for name in ("phish", "relu", "serf")]

    def notes(*rivals: str) -> tuple[str, ...]:
        what = speed.plan(chosen, sizes=[16], threads=[1], rivals=rivals)
        return speed.measure(speed.Plan(**{**_fields(what), "seconds": 0.0})).notes

    assert notes("pytorch") == ("PyTorch has no phish, serf: ours is timed beside a plain copy.",)
    assert notes() == ()
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    assert [note.split(":")[0] for note in notes()] == ["PYTHONDONTWRITEBYTECODE is set"]


@pytest.mark.usefixtures("alone")
def test_jax_is_timed_in_a_process_of_its_own():
    # Its own watch sees the real machine, which may be busy with other tests.
    what = speed.plan([CATALOGUE["relu"]], sizes=[16], threads=[1], rivals=["jax"], forced=True)
    (cell, *_) = speed.measure(speed.Plan(**{**_fields(what), "seconds": 0.0})).cells
    assert cell.of("JAX").seconds > 0


def _fields(what: speed.Plan) -> dict[str, object]:
    return {name: getattr(what, name) for name in what.__slots__}


@pytest.mark.parametrize("name", [a.name for a in CATALOGUE if workloads.has_rival(a)])
def test_both_sides_compute_the_same(name):
    # A slip in the table would make a ratio of two different things.
    activation = CATALOGUE[name]
    inputs = [x.double() for x in workloads.data((8, 16), len(activation.inputs))]
    theirs = workloads._rival(activation)(*inputs)
    ours = workloads.functional.apply(activation, *inputs)
    torch.testing.assert_close(theirs, ours, rtol=1e-6, atol=1e-6)


def test_bytes_kept_for_backward_are_counted_once_for_each_piece_of_memory():
    x = torch.ones(1000, requires_grad=True)
    assert starting.bytes_saved(lambda: x * x) == 4000
    assert starting.bytes_saved(lambda: torch.sigmoid(x) * x) == 8000


def test_unless_told_otherwise_all_that_pytorch_has_is_timed():
    names = [activation.name for activation in speed.plan().activations]
    assert {"relu", "gelu", "mish", "swiglu", "softmax"} <= set(names)
    assert "squared_relu" not in names
    assert len(names) == len(set(names)) > 30


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        (lambda: speed.plan(threads=[0]), "threads must be from 1 to"),
        (lambda: speed.plan(threads=[10_000]), "threads must be from 1 to"),
        (lambda: speed.plan(sizes=[]), "sizes must be numbers of elements from 1 on"),
        (lambda: libraries.timed(["pytroch"]), "nothing to time is called 'pytroch', did you mean 'pytorch'?"),
    ],
)
def test_what_cannot_be_timed_is_refused(wrong, text):
    with pytest.raises(SettingError, match=text.replace("?", r"\?")):
        wrong()


def test_without_a_compiler_torch_compile_is_refused(monkeypatch):
    monkeypatch.setattr(libraries.shutil, "which", lambda _: None)
    with pytest.raises(SettingError, match="needs a C\\+\\+ compiler"):
        libraries.timed(["compile"])


def test_torch_compile_is_timed_like_the_others(monkeypatch):
    monkeypatch.setattr(workloads.torch, "compile", lambda function, **_: function)
    assert workloads.compiled(Workload(CATALOGUE["relu"], (16,), "forward"))().shape == (16,)
    assert workloads.compiled(Workload(CATALOGUE["squared_relu"], (16,), "forward")) is None
    workloads._inductor.cache_clear()


def test_what_jax_has_not_leaves_the_load_known():
    pytest.importorskip("jax")
    from actscope.bench import jax_times

    nothing, others = jax_times.seconds(CATALOGUE["prelu"], (8,), False, 0.01)
    assert nothing is None
    assert others.taken == 0.0
