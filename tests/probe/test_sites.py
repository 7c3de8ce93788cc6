"""What compiled code sums of tensors, against NumPy and torch in float64 on the very elements that are sampled."""

import math

import numpy as np
import pytest
import torch

from actscope.probe.rows import sites, statistics
from actscope.probe.rows.layouts import blocks, inner_of, runs
from actscope.probe.rows.on_devices import PlaceSums, WeightSums
from actscope.probe.rows.sites import Site
from actscope.probe.rows.statistics import ABOVE, BELOW, CELLS, FIRED, PARAMETER, PLACE
from actscope.probe.rows.weights import Weights

DTYPES = [torch.float32, torch.float64, torch.float16, torch.bfloat16]
RELU = ((5e-324, math.inf),)
TWO = ((-2.0, -1.0), (0.25, 3.0))
TAILS = [0.0, -0.0, math.inf, -math.inf, math.nan, 1.0, -1.0, 1e-42, -1e-42, 6e4, -6e4, 2.0**-16, -(2.0**-16), 5e-8]


def draw(shape, dtype=torch.float32, seed=0, scale=1.0):
    made = torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) * scale
    return made.to(dtype)


def with_tails(shape, dtype):
    x = draw(shape, dtype)
    flat = x.view(-1)
    places = torch.randperm(len(flat), generator=torch.Generator().manual_seed(1))[: 4 * len(TAILS)]
    flat[places] = torch.tensor(TAILS * 4, dtype=torch.float64).to(dtype)
    return x


def elements(x, sample, tick, block=256):
    """The sampled elements in float64, taken by NumPy from the order of memory."""
    flat = x.double().numpy().ravel()
    chosen = blocks(len(flat), sample, tick, block)
    if chosen is None:
        return flat
    first, distance, number = chosen
    return np.concatenate([flat[first + k * distance :][:block] for k in range(number)])


def expected(x, sample, tick, ranges):
    """What a row holds after one pass over x, by NumPy and torch."""
    seen = elements(x, sample, tick)
    finite = seen[np.isfinite(seen)]
    inside = np.zeros(len(finite), bool)
    for low, high in ranges:
        inside |= (finite >= low) & (finite <= high)
    return {
        "passes": 1,
        "elements": x.numel(),
        "nonfinite": int((~torch.isfinite(x)).sum()),
        "count": len(finite),
        "mean": finite.mean() if len(finite) else 0.0,
        "m2": ((finite - finite.mean()) ** 2).sum() if len(finite) else 0.0,
        "low": finite.min(initial=math.inf),
        "high": finite.max(initial=-math.inf),
        "flat": int((~inside).sum()),
        "histogram": histogram(finite),
    }


def histogram(finite):
    """By np.histogram, where a cell below 0 holds its upper edge: the counts of -x, read backwards."""
    edges = np.concatenate([statistics.cell_edges(), [math.inf]])
    middle = CELLS // 2
    above, _ = np.histogram(finite[finite > 0], np.concatenate([[0.0], edges[middle:-1], [np.finfo(float).max]]))
    below, _ = np.histogram(-finite[finite < 0], np.concatenate([[0.0], edges[middle:-1], [np.finfo(float).max]]))
    counts = np.zeros(CELLS, int)
    counts[middle:] += above
    counts[: middle + 1] += below[::-1]
    counts[middle] += (finite == 0).sum()
    return counts


def check(row, want):
    for name, value in want.items():
        rtol = 1e-9 if row[name].dtype.kind == "f" else 0
        np.testing.assert_allclose(row[name], value, rtol=rtol, atol=rtol * 1e-3, err_msg=name)


SHAPES = [(3, 5), (1, 7), (64, 300), (8, 16, 9, 9), (40, 37, 16), (1000, 33), (4097,), (2, 3, 1, 1), ()]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("ranges", [RELU, TWO, ()])
def test_what_arrives(dtype, shape, ranges):
    x = with_tails(shape, dtype) if math.prod(shape) > 4 * len(TAILS) else draw(shape, dtype)
    axis = 1 if len(shape) == 4 else -1
    site = Site(shape[axis] if shape else 1, axis, ranges, sample=2048)
    kept = x.clone()
    assert site.arrived(x, 5) == int((~torch.isfinite(x)).sum())
    rows, shown = site.taken(1)
    check(rows[0], expected(x, 2048, 5, ranges))
    assert (shown[0] == brute_force([x], axis, ranges)).all()
    assert torch.equal(kept.view(torch.uint8) if shape else kept, x.view(torch.uint8) if shape else x)


def brute_force(tensors, axis, ranges):
    """What each unit has shown, element by element."""
    found = 0
    for x in tensors:
        z = np.moveaxis(np.atleast_1d(x.double().numpy()), axis, 0)
        z = z.reshape(len(z), -1)
        fired = np.zeros(z.shape, bool)
        for low, high in ranges:
            fired |= (z >= low) & (z <= high)
        bits = ((FIRED, fired), (ABOVE, z > 0), (BELOW, z < 0))
        found = found | sum(bit * met.any(1).astype(np.uint8) for bit, met in bits)
    return found


@pytest.mark.parametrize("dtype", DTYPES)
def test_what_leaves_and_the_gradients(dtype):
    site = Site(300, -1, RELU, sample=1024)
    y, g = with_tails((64, 300), dtype).relu(), with_tails((64, 300), dtype) * 1e-3
    site.left(y, 2)
    site.arriving(g, 3)
    site.leaving(g, 4)
    row = site.taken(1)[0][0]
    out = elements(y, 1024, 2)
    kept = out[np.isfinite(out)]
    want = {
        "out_count": len(kept),
        "out_mean": kept.mean(),
        "out_m2": kept.var() * len(kept),
        "zeros": (out == 0).sum(),
    }
    bad = 0
    for name, tick in (("arriving", 3), ("leaving", 4)):
        seen = elements(g, 1024, tick, 16)
        finite = seen[np.isfinite(seen)]
        want |= {f"{name}_count": len(finite), f"{name}_squares": (finite**2).sum()}
        bad += len(seen) - len(finite)
    check(row, want | {"gradient_nonfinite": bad, "count": 0, "passes": 0})


def test_moments_far_from_zero_do_not_cancel():
    site, seen = Site(50, -1, None, sample=10**6), []
    for tick in range(200):
        x = 1e4 + 0.01 * draw((20, 50), torch.float64, seed=tick)
        site.arrived(x, tick)
        seen.append(x.numpy().ravel())
        site.turn(tick // 50)
    site.halve(4)
    rows, _ = site.taken(2)
    pooled, truth = statistics.pooled(rows), np.concatenate(seen)
    assert pooled["count"] == len(truth)
    assert pooled["mean"] == pytest.approx(truth.mean(), rel=1e-14)
    assert pooled["m2"] == pytest.approx(((truth - truth.mean()) ** 2).sum(), rel=1e-8)
    naive = (truth**2).sum() - truth.sum() ** 2 / len(truth)
    assert naive != pytest.approx(((truth - truth.mean()) ** 2).sum(), rel=1e-8), "squares that cancel would pass"


LAYOUTS = {
    "NCHW": ((4, 24, 6, 6), 1, lambda x: x),
    "NHWC": ((4, 24, 6, 6), 1, lambda x: x.to(memory_format=torch.channels_last)),
    "BTC": ((4, 9, 24), -1, lambda x: x),
    "TBC transposed": ((9, 4, 24), -1, lambda x: x.transpose(0, 1)),
    "BC": ((64, 24), -1, lambda x: x),
    "a chunk": ((16, 72), -1, lambda x: x.chunk(3, dim=-1)[1]),
    "every second": ((4, 24, 6, 6), 1, lambda x: x[:, :, ::2]),
    "expanded": ((1, 24), -1, lambda x: x.expand(5, 24)),
    "columns first": ((24, 40), -1, lambda x: x.t()),
    "volumes": ((2, 24, 3, 4, 5), 1, lambda x: x.to(memory_format=torch.channels_last_3d)),
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_which_units_ever_fired_is_exact(layout, dtype):
    shape, axis, view = LAYOUTS[layout]
    for bias in (0.0, -2.5, -30.0, 30.0):
        passed, site = [], None
        for tick in range(12):
            x = draw(shape, dtype, seed=tick) + bias * torch.linspace(0, 1, shape[-1]).to(dtype)
            x = view(x)
            site = site or Site(x.shape[axis], axis, TWO)
            site.arrived(x, tick)
            passed.append(x)
            assert (site.shown[0] == brute_force(passed, axis, TWO)).all()


@pytest.mark.parametrize("units", [1, 3, 16, 17, 33, 200])
def test_one_element_is_enough_and_needed(units):
    for inner, axis in ((1, -1), (5, 1)):
        for unit in {0, units // 2, units - 1}:
            x = torch.zeros(50, units, inner) if inner > 1 else torch.zeros(50, units)
            site = Site(units, axis, RELU)
            site.arrived(x, 0)
            assert not site.shown[0].any()
            x[49, unit] = 1e-42
            site.arrived(x, 1)
            assert site.shown[0, unit] == FIRED | ABOVE
            assert np.count_nonzero(site.shown[0]) == 1


def test_nan_shows_nothing_and_infinity_does():
    site = Site(2, -1, None)
    site.arrived(torch.tensor([[math.nan, math.inf]]), 0)
    assert site.shown[0].tolist() == [0, ABOVE]
    assert site.rows["flat"][0] == 0


def test_the_oracles_bite():
    x = with_tails((64, 300), torch.float32)
    want = expected(x, 2048, 5, TWO)
    site = Site(300, -1, TWO, sample=2048)
    site.arrived(x, 5)
    check(site.rows[0], want)
    for name in PLACE.names[:9]:
        wrong = site.rows[0].copy()
        wrong[name] = wrong[name] * 1.0001 + 1
        with pytest.raises(AssertionError, match=name):
            check(wrong, want)
    site.rows["histogram"][0, 100] += 1
    with pytest.raises(AssertionError, match="histogram"):
        check(site.rows[0], want)
    with pytest.raises(AssertionError):
        check(site.rows[0], expected(x, 2048, 6, TWO))


def test_histogram_is_where_cell_of_says():
    edges = statistics.cell_edges()
    near = np.concatenate([edges, np.nextafter(edges, 0), np.nextafter(edges, 2 * edges), [0.0, 1e300, -1e300, 5e-324]])
    site = Site(1, -1, None, sample=10**6)
    site.arrived(torch.from_numpy(near)[:, None], 0)
    want = np.bincount([statistics.cell_of(x) for x in near], minlength=CELLS)
    assert (site.rows["histogram"][0] == want).all()


def test_one_bad_number_anywhere_is_counted():
    for dtype in DTYPES:
        for size in (1, 15, 4096, 4097, 100_003):
            for at in {0, size // 2, size - 1}:
                x = torch.ones(size, dtype=dtype)
                x[at] = math.nan
                assert Site(size, -1, None).arrived(x, 3) == 1
    everything = torch.full((70_000,), -math.inf, dtype=torch.float16)
    assert Site(1, -1, None).arrived(everything[:, None], 0) == 70_000


def test_what_is_passed_over():
    site = Site(4, -1, RELU)
    sparse = torch.eye(4).to_sparse()
    for x in (torch.ones(3, 4, dtype=torch.int64), torch.ones(3, 4, dtype=torch.complex64), sparse):
        assert site.arrived(x, 0) == 0
        site.left(x, 0)
        site.arriving(x, 0)
    site.arrived(torch.ones(3, 4, device="meta"), 0)
    assert site.taken(1)[0]["passes"][0] == 0
    site.arrived(torch.ones(0, 4), 0)
    site.left(torch.ones(0, 4), 0)
    site.arrived(torch.ones(3, 5), 0)
    rows, shown = site.taken(1)
    assert (rows["passes"][0], rows["elements"][0], rows["count"][0], shown.any()) == (2, 15, 15, False)


def test_no_trace_is_left():
    x = (torch.randn(8, 6, requires_grad=True) * 2).t()
    before, version = torch.get_rng_state(), x._version
    site = Site(8, -1, RELU)
    site.arrived(x, 0)
    site.left(x, 0)
    assert torch.equal(before, torch.get_rng_state())
    assert x._version == version
    x.sum().backward()


def test_flushing_of_subnormals_does_not_matter():
    x = torch.full((4, 2), 1e-42)
    torch.set_flush_denormal(True)
    try:
        site = Site(2, -1, RELU)
        site.arrived(x, 0)
    finally:
        torch.set_flush_denormal(False)
    assert site.shown[0].tolist() == [FIRED | ABOVE] * 2


def test_rows_are_merged_in_pairs():
    site, together = Site(5, -1, RELU, bins=8), Site(5, -1, RELU)
    for bin in range(3):
        site.turn(bin)
        x = draw((2, 5), seed=bin) - 1
        site.arrived(x, bin)
        site.left(x.relu(), bin)
        together.arrived(x, bin)
        together.left(x.relu(), bin)
    shown = site.shown.copy()
    site.halve(3)
    assert site.rows["passes"].tolist() == [2, 1, 0, 0, 0, 0, 0, 0]
    assert (site.shown[0] == shown[0] | shown[1]).all()
    assert (site.shown[1] == shown[2]).all()
    assert not site.shown[2:].any()
    assert math.isinf(site.rows["low"][2])
    pooled, whole = statistics.pooled(site.taken(2)[0]), together.rows[0]
    for name in PLACE.names:
        np.testing.assert_allclose(pooled[name], whole[name], rtol=1e-12, err_msg=name)


def test_what_is_taken_is_a_copy():
    site = Site(5, -1, RELU)
    rows, shown = site.taken(2)
    site.arrived(torch.ones(2, 5), 0)
    assert (rows["passes"].tolist(), shown.any(), len(rows)) == ([0, 0], False, 2)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("ranges", [RELU, TWO])
def test_other_devices_get_the_same_sums(dtype, ranges):
    site, sums = Site(24, 1, ranges, sample=1024), PlaceSums(torch.device("cpu"), 24, ranges, 1024)
    for tick in range(5):
        x = with_tails((8, 24, 9, 9), dtype)
        x = x.to(memory_format=torch.channels_last) if tick % 2 else x
        flat, inner = sites.in_memory(x, 1, 24)
        site.arrived(x, tick)
        site.left(x, tick)
        site.arriving(x, tick)
        site.leaving(x[:1], tick)
        sums.arrived(flat, inner, tick)
        sums.left(flat, tick)
        sums.gradient(0, flat, tick)
        sums.gradient(1, sites.in_memory(x[:1], 1, 24)[0], tick)
    row, shown = sums.collected()
    for name in PLACE.names:
        np.testing.assert_allclose(row[name], site.rows[0][name], rtol=1e-9, atol=1e-12, err_msg=name)
    assert (shown == site.shown[0]).all()


def test_a_site_takes_back_what_a_device_has_summed(monkeypatch):
    here, there, x = Site(24, 1, TWO), Site(24, 1, TWO), with_tails((8, 24, 9, 9), torch.float32)

    def fill(site):
        for bin in range(3):
            site.turn(bin)
            site.arrived(x[bin:, :, ::2], bin)
            site.left(x, bin)
            site.arriving(x, bin)
            site.leaving(x, bin)
        site.halve(3)
        return site.taken(2)

    rows, shown = fill(here)
    monkeypatch.setattr(Site, "_seen", lambda *_: None)
    monkeypatch.setattr(sites, "_NOT_ELSEWHERE", ("meta",))
    with torch.inference_mode():
        there.arrived(x[:0], 0)
    got, showed = fill(there)
    rows["passes"][0] += 1
    for name in PLACE.names:
        np.testing.assert_allclose(got[name], rows[name], rtol=1e-9, atol=1e-12, err_msg=name)
    assert (shown == showed).all()


WEIGHTS = [(40, 7), (3, 1000), (16, 8, 3, 3), (300,), (5,), (1000, 1), (1, 1), (600, 27)]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", WEIGHTS)
def test_a_parameter_before_and_after_steps(dtype, shape):
    seen, sums, want = Weights(), WeightSums(torch.device("cpu")), dict.fromkeys(PARAMETER.names, 0.0)
    columns = math.prod(shape[1:]) if len(shape) > 1 else shape[0]
    for tick in range(7):
        weight, moved = draw(shape, dtype, seed=tick), draw(shape, dtype, seed=tick + 50)
        gradient = draw(shape, dtype, seed=tick + 100) + 1
        gradient.view(-1)[tick % gradient.numel() :: 3] = 0
        gradient.view(-1)[:: 9 + tick] = math.nan
        first, distance, number, size = runs(weight.numel(), columns, tick)
        at = [slice(first + k * distance, first + k * distance + size) for k in range(number)]
        w, g, now = (np.array([z.double().numpy().ravel()[part] for part in at]) for z in (weight, gradient, moved))
        finite = g[np.isfinite(g)]
        signed = ((g > 0).sum(1), (g < 0).sum(1))
        enough = signed[0] + signed[1] >= 4
        shares = np.maximum(*signed)[enough] / (signed[0] + signed[1])[enough]
        for name, value in (
            *(("visits", 1), ("gradient_count", len(finite)), ("gradient_squares", (finite**2).sum())),
            *(("gradient_nonfinite", g.size - len(finite)), ("weight_count", w.size), ("update_count", w.size)),
            *(("weight_squares", (w**2).sum()), ("update_squares", ((now - w) ** 2).sum())),
            *(("rows", enough.sum()), ("one_signed", shares.sum())),
        ):
            want[name] += value
        seen.before_step(weight, gradient, tick)
        seen.after_step(moved)
        sums.before_step(weight, gradient, columns, tick)
        sums.after_step(moved)
    check(seen.taken(1)[0], want)
    check(sums.collected(), want)
    with pytest.raises(AssertionError, match="update_squares"):
        check(seen.taken(1)[0], want | {"update_squares": want["update_squares"] * 1.001 + 1e-9})


def test_every_weight_has_its_turn():
    for shape in ((64, 1000), (600, 27), (2000,)):
        count = math.prod(shape)
        met = np.zeros(count, int)
        for tick in range(1500):
            first, distance, number, size = runs(count, shape[-1], tick)
            assert number * size <= 512
            for k in range(number):
                assert first + k * distance + size <= count
                met[first + k * distance :][:size] += 1
        assert (met > 0).mean() > 0.98


def test_every_element_has_its_turn():
    for count in (4097, 5000, 524_288):
        met = np.zeros(count, int)
        for tick in range(1500):
            first, distance, number = blocks(count, 4096, tick)
            assert first + (number - 1) * distance + 256 <= count
            for k in range(number):
                met[first + k * distance :][:256] += 1
        assert met[256:-256].min() > 0


def test_parameters_of_other_kinds():
    weight, seen = draw((6, 8)), Weights()
    seen.before_step(weight, None, 0)
    seen.after_step(weight * 2)
    seen.after_step(weight * 4)
    row = seen.taken(1)[0]
    assert (row["gradient_count"], row["weight_count"], row["update_count"]) == (0, 48, 48)
    assert row["update_squares"] == pytest.approx(float((weight.double() ** 2).sum()))
    seen.before_step(weight.t(), weight.t().clone(), 1)
    seen.after_step(weight.t())
    seen.before_step(weight, weight.to_sparse(), 2)
    seen.after_step(weight.double())
    row = seen.taken(1)[0]
    assert (row["visits"], row["gradient_count"], row["update_count"]) == (3, 48, 96)
    seen.before_step(torch.zeros(0, 4), torch.zeros(0, 4), 3)
    seen.before_step(torch.ones(3, dtype=torch.int8), None, 3)
    assert seen.taken(1)[0]["visits"] == 3
    image = draw((8, 4, 3, 3)).to(memory_format=torch.channels_last)
    other = Weights()
    other.before_step(image, image.contiguous(), 0)
    assert other.taken(1)["gradient_squares"][0] == pytest.approx(float(other.rows["weight_squares"][0]))


def test_layouts_in_memory():
    assert inner_of((), (), -1, 1) == 1
    assert inner_of((4, 1, 3), (3, 3, 1), 1, 1) == 1
    assert inner_of((2, 3, 4), (12, 1, 3), 1, 3) == 1
    assert inner_of((3, 4), (0, 1), -1, 4) is None
    assert inner_of((5,), (1,), 1, 5) == 1


def test_the_gradient_of_one_token_of_a_sequence_is_met():
    """A loss that looks at the first token alone leaves a gradient of 0 at all others."""
    gradient = torch.zeros(32, 128, 256)
    gradient[:, 0] = torch.randn(32, 256, generator=torch.Generator().manual_seed(0))
    site = Site(256, -1, None)
    for tick in range(24):
        site.arriving(gradient, tick)
    found = float(statistics.root_mean_square(statistics.pooled(site.taken(1)[0]), "arriving_"))
    assert found == pytest.approx(float(gradient.double().square().mean().sqrt()), rel=0.3)
