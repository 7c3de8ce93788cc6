"""How fast many small networks train: one after the other, and as one program by PyTorch, JAX and actscope.

    python -m benchmarks.training [--networks 32] [--rounds 5]

All train MLPs 2-32-32-32-32-1 with tanh by Adam on the task xor, 800 samples in batches of 100, for 60 epochs. actscope
also records what a comparison records: loss and accuracy on both parts of the data after every epoch, the state of
every layer five times, the decision boundary, intervals and reasons. The loops record nothing unless it is said.
The ways take turns in one process; times are medians over the rounds. The plain loop trains two networks a round, on
one thread, on which it is fastest; its time is that of one of them times their number.
"""

import argparse
import statistics
import time
from collections.abc import Callable, Iterator
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import torch
from rich.console import Console
from rich.table import Table
from torch import nn

import actscope as act
from actscope.lab.models import mlp
from actscope.lab.planning import plan
from actscope.lab.tasks import data_of

DEPTH, WIDTH, EPOCHS, BATCH, SAMPLES, RATE = 4, 32, 60, 100, 1000, 0.003
OF_THE_LOOP = 2
SETTINGS = {"depth": DEPTH, "width": WIDTH, "epochs": EPOCHS, "batch_size": BATCH, "samples": SAMPLES, "lr": RATE}


def network(seed: int) -> nn.Sequential:
    """Return the network that all ways train, with PyTorch's own tanh."""
    model = mlp("tanh", inputs=2, outputs=1, depth=DEPTH, width=WIDTH, seed=seed)
    for place in range(1, len(model), 2):
        model[place] = nn.Tanh()
    return model


def data(networks: int) -> list[tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]]:
    """Return inputs and labels of each seed, to train and to test on."""
    found = [data_of(one) for one in plan("xor", ["tanh"], seeds=networks, **SETTINGS)]
    return [
        tuple(map(torch.from_numpy, (d.train_inputs, d.train_targets, d.test_inputs, d.test_targets))) for d in found
    ]


def loss(outputs: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    return nn.functional.binary_cross_entropy_with_logits(outputs[..., 0], labels.float())


def plain(networks: int, *, fused: bool = False, recorded: bool = False) -> float:
    """Train a few networks one after the other; return the seconds that all would take."""
    sets = data(OF_THE_LOOP)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    started = time.perf_counter()
    for seed, (inputs, labels, test_inputs, test_labels) in enumerate(sets):
        model = network(seed)
        steps = torch.optim.Adam(model.parameters(), lr=RATE, fused=fused)
        for _ in range(EPOCHS):
            for some in torch.split(torch.randperm(len(labels)), BATCH):
                steps.zero_grad()
                loss(model(inputs[some]), labels[some]).backward()
                steps.step()
            if recorded:
                with torch.no_grad():
                    for x, t in ((inputs, labels), (test_inputs, test_labels)):
                        outputs = model(x)
                        float(loss(outputs, t)), float(((outputs[:, 0] > 0) == t).double().mean())
    seconds = (time.perf_counter() - started) / len(sets)
    torch.set_num_threads(threads)
    return seconds * networks


def by_vmap(networks: int) -> float:
    """Train all networks as one program of torch.func."""
    sets = data(networks)
    inputs, labels = torch.stack([d[0] for d in sets]), torch.stack([d[1] for d in sets])
    models = [network(seed) for seed in range(networks)]
    weights, _ = torch.func.stack_module_state(models)
    weights = {name: weight.detach() for name, weight in weights.items()}
    first = {name: torch.zeros_like(weight) for name, weight in weights.items()}
    second = {name: torch.zeros_like(weight) for name, weight in weights.items()}
    step = torch.func.vmap(torch.func.grad(lambda w, x, t: loss(torch.func.functional_call(models[0], w, (x,)), t)))
    started, taken = time.perf_counter(), 0
    for _ in range(EPOCHS):
        order = torch.stack([torch.randperm(inputs.shape[1]) for _ in range(networks)])
        for some in torch.split(order, BATCH, dim=1):
            x = torch.take_along_dim(inputs, some.unsqueeze(-1), dim=1)
            gradients = step(weights, x, torch.take_along_dim(labels, some, dim=1))
            taken += 1
            for name, gradient in gradients.items():
                first[name].lerp_(gradient, 0.1)
                second[name].mul_(0.999).addcmul_(gradient, gradient, value=0.001)
                size = (second[name] / (1 - 0.999**taken)).sqrt_().add_(1e-8)
                weights[name].addcdiv_(first[name], size, value=-RATE / (1 - 0.9**taken))
    return time.perf_counter() - started


def by_jax(networks: int) -> Callable[[], float]:
    """Return what trains all networks as one compiled program of JAX; compiling is done before."""
    sets = data(networks)
    inputs, labels = (jnp.asarray(np.stack([d[k].numpy() for d in sets])) for k in (0, 1))
    models = [[p.detach().numpy() for p in network(seed).parameters()] for seed in range(networks)]
    weights = [jnp.asarray(np.stack(same)) for same in zip(*models, strict=True)]

    def cost(weights, x, t):
        for weight, bias in zip(weights[:-2:2], weights[1:-2:2], strict=True):
            x = jnp.tanh(x @ weight.T + bias)
        z = (x @ weights[-2].T + weights[-1])[:, 0]
        return jnp.mean(jnp.logaddexp(z, 0) - z * t)

    def step(state, some):
        weights, first, second, taken, x, t = state
        gradients = jax.grad(cost)(weights, x[some], t[some])
        taken += 1
        first = [0.9 * m + 0.1 * g for m, g in zip(first, gradients, strict=True)]
        second = [0.999 * v + 0.001 * g * g for v, g in zip(second, gradients, strict=True)]
        weights = [
            w - RATE / (1 - 0.9**taken) * m / (jnp.sqrt(v / (1 - 0.999**taken)) + 1e-8)
            for w, m, v in zip(weights, first, second, strict=True)
        ]
        return (weights, first, second, taken, x, t), None

    def trained(weights, x, t, key):
        order = jax.vmap(lambda k: jax.random.permutation(k, len(t)))(jax.random.split(key, EPOCHS)).reshape(-1, BATCH)
        zeros = [jnp.zeros_like(w) for w in weights]
        return jax.lax.scan(step, (weights, zeros, zeros, 0, x, t), order)[0][0]

    all_of_them = jax.jit(jax.vmap(trained))
    keys = jax.random.split(jax.random.key(0), networks)
    started = time.perf_counter()
    jax.block_until_ready(all_of_them(weights, inputs, labels, keys))
    print(f"JAX compiled its program in {time.perf_counter() - started:.1f} s, the first run included; not counted")

    def timed() -> float:
        started = time.perf_counter()
        jax.block_until_ready(all_of_them(weights, inputs, labels, keys))
        return time.perf_counter() - started

    return timed


def ours(networks: int) -> float:
    """Compare with all that a comparison records."""
    started = time.perf_counter()
    act.compare("xor", ["tanh"], seeds=networks, store=None, progress=lambda *_: None, **SETTINGS)
    return time.perf_counter() - started


def rounds(ways: dict[str, Callable[[], float]], number: int) -> Iterator[tuple[str, float]]:
    for _ in range(number):
        for name, way in ways.items():
            yield name, way()


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--networks", type=int, default=32)
    asked.add_argument("--rounds", type=int, default=5)
    given = asked.parse_args()
    many = given.networks
    ours(2)
    ways: dict[str, Callable[[], float]] = {
        "plain loop": partial(plain, many),
        "plain loop, fused Adam": partial(plain, many, fused=True),
        "plain loop, losses and accuracies recorded": partial(plain, many, recorded=True),
        "torch.func.vmap": partial(by_vmap, many),
        "JAX vmap and scan": by_jax(many),
        "actscope, everything recorded": partial(ours, many),
    }
    times: dict[str, list[float]] = {name: [] for name in ways}
    for name, seconds in rounds(ways, given.rounds):
        times[name].append(seconds)
    table = Table(title=f"{many} networks, {given.rounds} rounds, {torch.get_num_threads()} threads")
    for heading in ("way", "seconds", "of all rounds", "times faster than the plain loop"):
        table.add_column(heading, justify="left" if heading == "way" else "right")
    loop = times["plain loop"]
    for name, found in times.items():
        faster = statistics.median(a / b for a, b in zip(loop, found, strict=True))
        table.add_row(name, f"{statistics.median(found):.2f}", f"{min(found):.2f} to {max(found):.2f}", f"{faster:.1f}")
    console = Console(width=110)
    console.print(table)
    growing = Table(title="actscope, by the number of networks")
    for heading in ("networks", "seconds", "seconds a network"):
        growing.add_column(heading, justify="right")
    for number in (8, 16, 32, 64, 128):
        seconds = statistics.median(ours(number) for _ in range(3))
        growing.add_row(str(number), f"{seconds:.2f}", f"{seconds / number:.3f}")
    console.print(growing)


if __name__ == "__main__":
    main()
