"""The governor keeps the cost within the budget, by a clock that the test moves: what a step, a look, a wake take."""

from dataclasses import dataclass

import pytest

from actscope.probe import governor
from actscope.probe.governor import BURST, EAGER, INDIRECT, LATEST, SETTLED, Governor


@dataclass
class World:
    """Seconds that things take."""

    step: float
    look: float = 60e-6
    """To measure one step forward, inside; the caches make it INDIRECT times as long."""
    gradients: float = 20e-6
    parameters: float = 20e-6
    idle: float = 60e-6
    """What hooks and kernels cost in each step in which they are attached."""
    wake: float = 1e-3
    clock: float = governor._CLOCK
    """What the loss and the optimiser's step cost that are told in each step."""
    now: float = 100.0


def trained(world: World, steps: int, monkeypatch: pytest.MonkeyPatch, leaves: bool = True) -> tuple[Governor, float]:
    """Train in that world; return the governor and what watching cost, as a share, over the second half."""
    monkeypatch.setattr(governor, "perf_counter", lambda: world.now)
    keeper = Governor(0.02)
    keeper.attached(2, 4)
    keeper.leaves = leaves
    spent, asleep, away, extra = [0.0, 0.0, 0.0], 0, False, 0.0
    for step in range(1, steps + 1):
        began = world.now
        if not asleep:
            keeper.step(step, (spent[0], spent[1], spent[2]))
            inside = [world.look, world.gradients * 4 / keeper.gradients, world.parameters * 4 / keeper.parameters]
            spent = [before + now for before, now in zip(spent, inside, strict=True)]
            world.now += INDIRECT * sum(inside)
        world.now += world.step + world.clock + (0.0 if away else world.idle)
        if asleep:
            asleep -= 1
            if away and not asleep:
                away = False
                spent[0] += world.wake
                world.now += world.wake
                keeper.woke(world.wake)
        else:
            asleep = keeper.rest(step)
            away = bool(asleep and keeper.window)
        if step > steps // 2:
            extra += world.now - began - world.step
    return keeper, extra / (world.step * (steps - steps // 2))


@pytest.mark.parametrize("milliseconds", [0.5, 1.0, 2.0, 5.0, 20.0, 100.0])
def test_the_cost_stays_within_the_budget(milliseconds: float, monkeypatch: pytest.MonkeyPatch):
    world = World(milliseconds / 1e3)
    _, cost = trained(world, 20_000, monkeypatch)
    # Where the clock alone takes more, a quarter of the budget is spent on looking all the same.
    assert cost < max(0.022, world.clock / world.step + 0.0055)


@pytest.mark.parametrize("costly", ["gradients", "parameters"])
def test_what_is_measured_in_rotation_is_spaced_too(costly: str, monkeypatch: pytest.MonkeyPatch):
    keeper, cost = trained(World(10e-3, idle=0.0, **{costly: 400e-6}), 20_000, monkeypatch)
    assert cost < 0.022
    assert getattr(keeper.spacing, costly) > governor.ROTATING


def test_hooks_leave_where_they_cost_too_much_and_stay_where_they_do_not(monkeypatch: pytest.MonkeyPatch):
    short, _ = trained(World(0.5e-3), 5000, monkeypatch)
    assert short.window > 2 * BURST
    assert short.spacing.forward == short.window // BURST
    long, _ = trained(World(50e-3), 5000, monkeypatch)
    assert (long.window, long.spacing.forward) == (0, 1)


def test_hooks_that_may_not_leave_stay_and_cost_what_they_cost(monkeypatch: pytest.MonkeyPatch):
    world = World(0.5e-3)
    keeper, cost = trained(world, 20_000, monkeypatch, leaves=False)
    assert keeper.window == 0
    assert cost == pytest.approx((world.idle + world.clock) / world.step, rel=0.2)


def test_early_steps_are_all_measured_and_none_leave_before_it_is_settled(monkeypatch: pytest.MonkeyPatch):
    early, _ = trained(World(0.1e-3), EAGER - 1, monkeypatch)
    assert early.rest(EAGER - 1) == 0
    before, _ = trained(World(0.1e-3), SETTLED - 1, monkeypatch)
    assert before.window == 0
    assert 1 < before.spacing.forward <= LATEST


def test_short_runs_are_seen_to_their_end(monkeypatch: pytest.MonkeyPatch):
    early, _ = trained(World(0.1e-3), 100, monkeypatch)
    assert early.spacing.forward <= 5
    assert early.spacing.gradients == early.spacing.parameters == governor.ROTATING
    for steps in (500, 1000):
        short, _ = trained(World(0.1e-3), steps, monkeypatch)
        assert 2 * BURST < short.window <= steps / 2
    assert trained(World(0.1e-3), 10_000, monkeypatch)[0].window > 500


def test_a_pause_is_no_long_step(monkeypatch: pytest.MonkeyPatch):
    world = World(5e-3)
    keeper, _ = trained(world, 40, monkeypatch)
    before = keeper.cost()
    assert 0.001 < before < 0.02
    world.now += 1000.0
    assert keeper.cost() == before
    keeper.skip(1000.0)
    world.now += world.step
    keeper.step(41, keeper._spent)
    assert keeper.cost() == pytest.approx(before, rel=0.1)


def test_no_budget_measures_everything():
    keeper = Governor(None)
    for step in range(1, 100):
        keeper.step(step, (step * 1.0, 0.0, 0.0))
        assert keeper.rest(step) == 0
    assert keeper.spacing == governor.Spacing(1, 1, 1)
