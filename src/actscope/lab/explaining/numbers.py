"""The numbers that a cause is judged by."""

import math
from collections.abc import Mapping, Sequence

from ...formula import Const
from ..activations import activation_of
from ..records import SATURATION_SLOPE, Reached, Run, Standing, TaskCard
from ..statistics import counting_error
from ..statistics.standing import inside_of, mean_of

Numbers = Mapping[str, float]


def measured(
    standing: Standing, winner: Standing, runs: Sequence[Run], winner_runs: Sequence[Run], task: TaskCard
) -> dict[str, float]:
    """Return every number that a rule may ask for: means over the seeds, geometric ones of ratios; scores as scores.

    A quantity of the winner's has the same name behind "winner_".
    """
    behind, difference = standing.behind, standing.difference
    if behind is None or difference is None:
        raise ValueError(f"{standing.activation} is the best in its condition and needs no reason")
    slope = activation_of(runs[0].experiment).slope_formula
    recent = max(1, round(runs[0].experiment.epochs / 5))
    counted = len(runs) * task.test
    return {
        "seeds": float(len(runs)),
        "counted_samples": float(counted),
        "saturation_slope": SATURATION_SLOPE,
        "diverged_seeds": float(sum(not math.isfinite(run.final.train_loss) for run in runs)),
        "start_loss": mean_of([run.history[0].train_loss for run in runs]),
        "train_loss": mean_of([run.final.train_loss for run in runs]),
        "told_apart": float(difference.shown),
        "behind": behind.mean,
        "low": behind.low,
        "high": behind.high,
        "corrected_p": difference.corrected,
        "pairs": float(difference.pairs),
        "needed": float(difference.needed or 0),
        "counting_error": counting_error(winner.test_score.mean, standing.test_score.mean, counted)
        if task.kind == "classification"
        else math.nan,
        "constant_slope": slope.value if isinstance(slope, Const) else math.nan,
        "layers": float(len(runs[0].start.layers)),
        "largest_gradient": max((layer.gradient for run in runs for layer in run.start.layers), default=math.nan),
        "flat_at_start": mean_of([layer.saturated for run in runs for layer in run.start.layers]),
        "recent_epochs": float(recent),
        "recent_fall": mean_of([_fall(run, recent) for run in runs]),
        "threshold": winner.reached.threshold if winner.reached else math.nan,
        **_of(standing, runs),
        **{f"winner_{name}": number for name, number in _of(winner, winner_runs).items()},
    }


def _of(standing: Standing, runs: Sequence[Run]) -> dict[str, float]:
    """Return what is asked of the winner and of the others alike."""
    inside = standing.inside or inside_of(runs)
    silent, silent_layer = _worst(runs, "silent")
    saturated, saturated_layer = _worst(runs, "saturated")
    return {
        "gradient_ratio": inside.gradient_ratio,
        "silent": silent,
        "silent_layer": silent_layer,
        "saturated": saturated,
        "saturated_layer": saturated_layer,
        "off_centre": inside.off_centre,
        "update": mean_of(_updates(runs, last=True)),
        "moved": mean_of([_moved(run) for run in runs]),
        "epochs_to": _epochs_to(standing.reached),
        "train_score": standing.train_score.mean,
        "test_score": standing.test_score.mean,
    }


def _worst(runs: Sequence[Run], share: str) -> tuple[float, float]:
    """Return the largest share that a layer has at the end, as a mean over the runs, and the layer's number."""
    layers = zip(*(run.end.layers for run in runs), strict=True)
    found = ((mean_of([getattr(state, share) for state in states]), float(states[0].layer)) for states in layers)
    return max(found, default=(math.nan, math.nan))


def _updates(runs: Sequence[Run], last: bool = False) -> list[float]:
    snapshots = [snapshot for run in runs for snapshot in (run.snapshots[-1:] if last else run.snapshots)]
    return [layer.update for snapshot in snapshots for layer in snapshot.layers if not math.isnan(layer.update)]


def _moved(run: Run) -> float:
    """Return how far all steps together can have moved the weights, over their size; they may have turned round."""
    return mean_of(_updates([run])) * run.steps


def _epochs_to(reached: Reached | None) -> float:
    """Return the mean first epoch at the threshold; infinity unless every seed reached it."""
    if reached is None:
        return math.nan
    return reached.epochs.mean if reached.epochs and reached.epochs.seeds == reached.seeds else math.inf


def _fall(run: Run, recent: int) -> float:
    before, after = run.history[-1 - min(recent, len(run.history) - 1)].train_loss, run.final.train_loss
    return 1.0 - after / before if before > 0 else 0.0
