"""What the probe says of healthy networks of other people's packages, none of which it knows.

python -m benchmarks.architectures [--families timm transformers ...] [--only PART] [--steps 100] [--unwatched]

Each is the package's own, small, with random weights, and learns an easy task for some steps as people train it.
Whatever is found in one whose loss falls is a false alarm, or a weakness of the network as it was trained.
`--unwatched` trains without a probe, to see that losses fall. Packages that are not installed are named and left out.

Networks and settings were chosen before any was watched. The first run flagged 14 of 153, and in one measuring stopped.
Six were false alarms: a clamped mask, sigmoid of a parameter, a tanh that scores nodes, and three times gradients that
batch norm makes grow. They and what stopped are mended, by rules that know no package. Two did not learn as they were
trained. Six were right: two rates at which the loss leapt to many times its start, units that a high rate killed, a
pooler whose inputs had grown to a spread of 110 for want of a normalisation, ReLU behind the last layer of monai's
HighResNet, and the rounding by which no gradient reaches the encoder of diffusers' AutoencoderTiny. The settings of the
first five of these eight were changed afterwards; five of 153 are flagged now.
"""

import argparse
import sys
import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec

import torch

from actscope.probe.watching import watch

from .third_party import fields, images, masks, texts
from .third_party.network import Network, trained

NETWORKS: tuple[Network, ...] = (*images.NETWORKS, *texts.NETWORKS, *masks.NETWORKS, *fields.NETWORKS)
FAMILIES = tuple(dict.fromkeys(one.package for one in NETWORKS))
_IMPORTED = {"segmentation-models-pytorch": "segmentation_models_pytorch", "neuraloperator": "neuralop"}


@dataclass(frozen=True)
class Outcome:
    """How a network trained and what was told of it; `failed` is the error of one that did not run."""

    network: Network
    first: float = 0.0
    last: float = 0.0
    """Mean loss of the first and of the last five steps."""
    findings: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    seconds: float = 0.0
    failed: str = ""


def outcome(network: Network, steps: int, watched: bool) -> Outcome:
    """Build and train a network from the same numbers each time, and return what was told of it."""
    began = time.perf_counter()
    torch.manual_seed(0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model, batches = network.build(), network.data(steps)
            probe = watch(model, budget=None) if watched else None
            losses = trained(network, model, batches)
    except Exception as error:  # noqa: BLE001 - whatever one package does, the others are tried
        return Outcome(network, failed=f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}")
    ends = sum(losses[:5]) / 5, sum(losses[-5:]) / 5
    if probe is None:
        return Outcome(network, *ends, seconds=time.perf_counter() - began)
    probe.close()
    found = probe.diagnosis()
    told = {
        weight: tuple(f"{one.name} at {one.where or 'the model'}" for one in found.findings if one.weight == weight)
        for weight in ("finding", "hint")
    }
    spent = time.perf_counter() - began
    return Outcome(network, *ends, told["finding"], told["hint"], found.recording.notes, spent)


def row(one: Outcome) -> str:
    """Return the line of a network, and a line for each thing that was told of it."""
    head = f"{one.network.package:16.16s} {one.network.name:38.38s}"
    if one.failed:
        return f"{head} did not run: {one.failed}"
    lines = [f"{head} {one.first:8.3f} {one.last:8.3f} {one.seconds:5.0f} s"]
    for title, told in (("finding", one.findings), ("hint", one.hints), ("note", one.notes)):
        lines += [f"    {title}: {line}" for line in told]
    return "\n".join(lines)


def told(outcomes: Sequence[Outcome]) -> str:
    """Return how many were flagged, of each package and of all."""
    lines = []
    for family in (*dict.fromkeys(one.network.package for one in outcomes), ""):
        ran = [one for one in outcomes if not one.failed and family in ("", one.network.package)]
        flagged = sum(bool(one.findings) for one in ran)
        share = f" ({100 * flagged / len(ran):.1f} %)" if ran else ""
        lines.append(f"{family or 'all':28s} flagged: {flagged} of {len(ran)}{share}")
    return "\n".join(lines)


def main() -> None:
    """Print what is told of each network, and the share that is flagged."""
    asked = argparse.ArgumentParser(description="What the probe says of healthy networks of other packages.")
    asked.add_argument("--families", nargs="+", choices=FAMILIES, default=FAMILIES)
    asked.add_argument("--only", default="", help="networks whose name holds this")
    asked.add_argument("--steps", type=int, default=100)
    asked.add_argument("--unwatched", action="store_true")
    given = asked.parse_args()
    torch.set_num_threads(1)
    missing = [
        family for family in given.families if find_spec(_IMPORTED.get(family, family.replace("-", "_"))) is None
    ]
    if missing:
        print(f"left out, as they are not installed: pip install {' '.join(missing)}", file=sys.stderr)
    chosen = [one for one in NETWORKS if one.package in given.families and one.package not in missing]
    found = []
    print(f"{'package':16s} {'network':38s}    first     last")
    for network in chosen:
        if given.only in network.name:
            found.append(outcome(network, given.steps, not given.unwatched))
            print(row(found[-1]), flush=True)
    if not given.unwatched:
        print("", told(found), sep="\n")


if __name__ == "__main__":
    main()
