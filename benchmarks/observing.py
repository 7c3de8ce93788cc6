"""What the probe's compiled code costs: nanoseconds an element, microseconds a call, and milliseconds to compile.

python -m benchmarks.observing
"""

import time
from collections.abc import Callable

import torch

from actscope.kernels.observing import observers
from actscope.probe.rows.sites import Site
from actscope.probe.rows.statistics import OCTAVES, PARAMETER, PLACE
from actscope.probe.rows.weights import Weights

ROUNDS = 60
LARGE, SMALL = (8, 64, 32, 32), (8, 1024)
RELU = ((5e-324, float("inf")),)


def best(call: Callable[[], object], cold: bool = False) -> float:
    """Return the least time of a call in microseconds; a cold one comes after 128 MB of other data."""
    other, times = torch.zeros(32_000_000 if cold else 1), []
    for _ in range(ROUNDS // 4 if cold else ROUNDS):
        other.sum()
        begin = time.perf_counter()
        call()
        times.append(time.perf_counter() - begin)
    return 1e6 * min(times)


def steps(site: Site, x: torch.Tensor) -> Callable[[], object]:
    """Return a call that passes x at the next tick."""
    ticks = iter(range(10**9))
    return lambda: site.arrived(x, next(ticks))


def report(name: str, microseconds: float, count: int) -> None:
    print(f"{name:58}{microseconds:9.2f} us{1e3 * microseconds / count:9.4f} ns/element")


def main() -> None:
    torch.set_num_threads(1)
    for dtype in ("float32", "float64", "float16", "bfloat16"):
        begin = time.process_time()
        observers(dtype, PLACE, PARAMETER, OCTAVES[0])  # type: ignore[arg-type]
        print(f"compile all code for {dtype:37}{1e3 * (time.process_time() - begin):9.1f} ms of the processor")
    for dtype in (torch.float32, torch.bfloat16, torch.float16, torch.float64):
        large, small = torch.randn(LARGE).to(dtype), torch.randn(SMALL).to(dtype)
        kind, count = str(dtype).removeprefix("torch."), large.numel()
        alone = Site(64, 1, RELU, sample=0)
        report(f"{kind}: {count} not finite?", best(steps(alone, large)), count)
        report(f"{kind}: {count} arrived", best(steps(Site(64, 1, RELU), large)), count)
        report(f"{kind}: {count} arrived, cold", best(steps(Site(64, 1, RELU), large), cold=True), count)
        dead = -large.abs()
        report(f"{kind}: {count} arrived, images, all dead", best(steps(Site(64, 1, RELU), dead)), count)
        columns = dead.reshape(-1, 512)
        report(f"{kind}: {count} arrived, columns, all dead", best(steps(Site(512, -1, RELU), columns)), count)
        one = large.reshape(-1, 512).clone()
        one[:, 7] = -1
        report(f"{kind}: {count} arrived, columns, one dead", best(steps(Site(512, -1, RELU), one)), count)
        report(f"{kind}: {small.numel()} arrived", best(steps(Site(1024, -1, RELU), small)), small.numel())
        site = Site(64, 1, RELU)
        report(f"{kind}: {count} left", best(lambda site=site, y=large: site.left(y, 1)), count)
        report(f"{kind}: {count} gradient", best(lambda site=site, g=large: site.arriving(g, 1)), count)
        weights, weight = Weights(), torch.randn(512, 512, 3, 3).to(dtype)
        report(f"{kind}: before a step", best(lambda w=weights, p=weight: w.before_step(p, p, 1)), 512)

        def both(w: Weights = weights, p: torch.Tensor = weight) -> None:
            w.before_step(p, p, 1)
            w.after_step(p)

        report(f"{kind}: before and after a step", best(both), 512)
    tiny, site = torch.randn(1, 4), Site(4, -1, RELU)
    report("float32: 4 arrived", best(steps(site, tiny)), 4)
    report("float32: 4 left", best(lambda: site.left(tiny, 1)), 4)


if __name__ == "__main__":
    main()
