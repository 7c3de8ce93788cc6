"""What the claims about functions find, against closed forms, mpmath, SciPy and PyTorch; each oracle sees a fault."""

import json
import math
from dataclasses import asdict, replace
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import scipy.integrate
import scipy.optimize
import scipy.special
import scipy.stats
import torch

from actscope import kernels
from actscope.catalogue import CATALOGUE
from actscope.lab.claims import chosen, measured
from actscope.lab.claims.function import c07_passes as passes
from actscope.lab.claims.function import c08_leak, c34_threshold, c35_never_one, c47_expected_gate, centre, curves
from actscope.lab.claims.function import c21_blocks as blocks
from actscope.lab.claims.pictures import Film

CLAIMS = {claim.id: claim for claim in chosen(["function"])}
POINTWISE = [activation for activation in CATALOGUE if activation.pointwise]
NORMAL = scipy.stats.norm


@pytest.fixture(scope="module")
def findings():
    return {finding.id: finding for finding in measured(CLAIMS.values())}


def sigmoid(x):
    return 1 / (1 + mpmath.exp(-mpmath.mpf(x)))


def mean_of(f, density=NORMAL.pdf, low=-np.inf, high=np.inf):
    return scipy.integrate.quad(lambda x: f(x) * density(x), low, high, epsabs=1e-13)[0]


def leaky(a, m=0.0):
    """Mean and standard deviation of leaky ReLU for a normal input with mean m, in closed form."""
    above, below, edge = NORMAL.cdf(m), NORMAL.cdf(-m), NORMAL.pdf(m)
    mean = edge + m * above + a * (m * below - edge)
    square = (m * m + 1) * above + m * edge + a * a * ((m * m + 1) * below - m * edge)
    return mean, math.sqrt(square - mean * mean)


def ratio(a, m=0.0):
    mean, spread = leaky(a, m)
    return mean / spread


def tanh_ratio(m):
    mean = mean_of(lambda z: np.tanh(z + m))
    return mean / math.sqrt(mean_of(lambda z: np.tanh(z + m) ** 2) - mean**2)


SIGMOID_TINY = math.log((1 + math.sqrt(0.96)) / (1 - math.sqrt(0.96)))
TANH_TINY = math.atanh(math.sqrt(0.99))
ROWS = -np.sort(-np.random.default_rng(0).standard_normal((20, 5)), axis=1)
HALF = 0.5 ** (1 / 30)

# Each number that something else can tell: what it must be, and how closely (relative).
ORACLES = {
    "C03": {
        "functions": (len(POINTWISE), 0),
        "bounded": (sum(activation.properties.bounded for activation in POINTWISE), 0),
        "relu": (1000, 1e-12),
        "tanh": (1, 1e-9),
    },
    "C04": {
        "largest": (0.25, 1e-15),
        "far": (float(sigmoid(5) * sigmoid(-5)), 1e-12),
        "tiny_from": (SIGMOID_TINY, 1e-12),
        "at_ten": (float(sigmoid(10) * sigmoid(-10)), 1e-12),
    },
    "C07": {"tanh_left": (math.cosh(1) ** -100, 1e-11)},
    "C18": {
        "linear_to": (float(mpmath.findroot(lambda x: mpmath.tanh(x) - 0.99 * x, 0.17)), 1e-10),
        "shift": (scipy.optimize.brentq(lambda m: tanh_ratio(m) - 0.01, 0.001, 0.1), 1e-8),
    },
    "C19": {
        "left": (TANH_TINY, 1e-12),
        "right": (TANH_TINY, 1e-12),
        "sigmoid": (SIGMOID_TINY, 1e-12),
        "at_ten": (math.cosh(10) ** -2, 1e-12),
        "share_1": (200 * NORMAL.sf(TANH_TINY), 1e-10),
        "share_4": (200 * NORMAL.sf(TANH_TINY / 4), 1e-10),
    },
    "C21": {"elu": (math.exp(-1), 1e-14)},
    "C28": {
        "mean": (1 / math.sqrt(2 * math.pi), 1e-13),
        "spread": (math.sqrt(0.5 - 0.5 / math.pi), 1e-13),
        "least": (ratio(0, -2), 1e-10),
        "fades_at": (scipy.optimize.brentq(lambda m: ratio(0, m) - 0.01, -5, 0), 1e-8),
    },
    "C31": {
        "mean": (0.99 / math.sqrt(2 * math.pi), 1e-13),
        "spread": (leaky(0.01)[1], 1e-12),
        **{f"off_{a:g}": (ratio(a), 1e-12) for a in (0.01, 0.1, 0.2, 0.25, 0.5)},
        "centred_from": (scipy.optimize.brentq(lambda a: ratio(a) - 0.01, 0.5, 1), 1e-9),
    },
    "C35": {
        "at_3": (float(sigmoid(3)), 1e-15),
        "at_10": (float(sigmoid(10)), 1e-15),
        "distance": (float(sigmoid(-700)), 1e-12),
    },
    "C36": {"tail": (float(sigmoid(-40)), 1e-12), "biased": (float(2 * sigmoid(1) - 1), 1e-12)},
    "C38": {
        **{f"one_{b}": (float(sigmoid(b)), 1e-14) for b in (-2, 0, 1, 3, 5)},
        **{f"all_{b}": (float(sigmoid(b) ** 30), 1e-12) for b in (-2, 0, 1, 3, 5)},
        "for_half": (math.log(HALF / (1 - HALF)), 1e-9),
    },
    "C41": {
        f"flat_{sides}": (
            sum(a.properties.saturates_left + a.properties.saturates_right == sides for a in POINTWISE),
            0,
        )
        for sides in (0, 1, 2)
    },
    "C47": {
        "gelu_1": (NORMAL.cdf(1), 1e-14),
        "dropout": (4 * NORMAL.cdf(4) - 2, 1e-12),
        "density": (4 * NORMAL.cdf(4) - 4 * NORMAL.pdf(4), 1e-12),
    },
    "C48": {
        # Halfway between 1 and the number before it, and half of the smallest number.
        "one_float32": (25 * math.log(2), 1e-7),
        "zero_float32": (150 * math.log(2), 1e-6),
        "zero_float64": (1075 * math.log(2), 1e-9),
        "overflow": (math.log(float(np.finfo(np.float32).max)), 1e-7),
    },
    "C49": {
        "hot": (np.ptp(scipy.special.softmax(ROWS / 1000, axis=1), axis=1).max(), 1e-10),
        "tied": (0.5, 1e-12),
        "needed": (
            min(
                scipy.optimize.brentq(
                    lambda part, row=row: scipy.special.softmax(row / (part * (row[0] - row[1])))[0] - 0.99, 0.05, 0.5
                )
                for row in ROWS
            ),
            1e-9,
        ),
    },
}
# The true means of what was drawn.
TRUTHS = {
    ("C18", "normal"): 0.0,
    ("C18", "uniform"): 0.0,
    ("C18", "shifted"): mean_of(lambda z: np.tanh(z + 1)),
    ("C18", "skewed"): mean_of(lambda x: np.tanh(x - 1), scipy.stats.expon.pdf, low=0.0),
    ("C28", "normal"): 1 / math.sqrt(2 * math.pi),
    ("C28", "uniform"): 0.25,
    ("C31", "drawn"): 0.99 / math.sqrt(2 * math.pi),
    ("C47", "mean_1"): NORMAL.cdf(1),
}
EXACT = {
    "C04": {"at": 0.0},
    "C07": {"changed_actscope": 0, "changed_pytorch": 0, "slopes": 0},
    "C08": {"relu": 1},
    "C21": {"passed_actscope": 0, "passed_pytorch": 0, "leaky": 0.01},
    "C34": {"wrong": 0, "off": 0},
    "C36": {"middle": 0.5, "tail_by_difference": 0.0},
    "C49": {"alone": 1.0},
}
VERDICTS = {
    "holds": {"C04", "C07", "C19", "C21", "C26", "C28", "C34", "C36", "C38", "C47"},
    "holds when": {"C03", "C08", "C18", "C35", "C41", "C48", "C49"},
    "does not hold": {"C25", "C31"},
}


def check(numbers, oracles):
    for name, (true, close) in oracles.items():
        got = numbers[name].value
        assert got == pytest.approx(true, rel=close, abs=0), f"{name} differs: {got!r}, not {true!r}"


@pytest.mark.parametrize("claim", ORACLES)
def test_numbers_are_those_of_closed_forms_and_other_libraries(claim, findings):
    check(findings[claim].numbers, ORACLES[claim])


@pytest.mark.parametrize(("claim", "name"), [(claim, name) for claim in ORACLES for name in ORACLES[claim]])
def test_each_oracle_sees_a_small_fault(claim, name, findings):
    numbers = findings[claim].numbers
    wrong = replace(numbers[name], value=numbers[name].value * (1 + 1e-5))
    with pytest.raises(AssertionError, match=f"{name} differs"):
        check({**numbers, name: wrong}, ORACLES[claim])


@pytest.mark.parametrize(("claim", "name"), TRUTHS)
def test_what_was_drawn_has_the_truth_in_its_interval(claim, name, findings):
    number = findings[claim].numbers[name]
    assert number.low < TRUTHS[claim, name] < number.high
    assert number.high - number.low < 0.02
    assert "draws" in number.uncertainty


def test_an_interval_of_a_wrong_function_misses_the_truth():
    found = centre.drawn_mean("leaky_relu", centre.inputs()["normal"], "mean", negative_slope=0.05)
    assert not found.low < TRUTHS["C31", "drawn"] < found.high


@pytest.mark.parametrize("claim", EXACT)
def test_what_is_exact(claim, findings):
    assert {name: findings[claim].numbers[name].value for name in EXACT[claim]} == EXACT[claim]


@pytest.mark.parametrize("word", VERDICTS)
def test_verdicts(word, findings):
    assert {claim for claim, found in findings.items() if found.verdict.word == word} == VERDICTS[word]


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "relu", "leaky_relu", "elu", "gelu", "cosine", "identity"])
def test_values_and_slopes_are_pytorchs(name):
    functions = {"cosine": torch.cos, "identity": lambda x: 1 * x}
    f = functions.get(name) or getattr(torch.nn.functional, name, None) or getattr(torch, name)
    x = torch.linspace(-5, 5, 201, dtype=torch.float64, requires_grad=True)
    y = f(x)
    (true,) = torch.autograd.grad(y.sum(), x)
    points = x.detach().numpy()
    np.testing.assert_allclose(curves.value(name, points), y.detach().numpy(), rtol=1e-13, atol=1e-15)
    np.testing.assert_allclose(curves.slope(name, points), true.numpy(), rtol=1e-12, atol=1e-15)
    assert curves.slope(name, 1.0) == pytest.approx(float(true[120]), rel=1e-12)


def test_where_something_begins():
    assert curves.beginning(lambda x: x >= 0.3, 0.0, 1.0) == 0.3
    assert curves.beginning(lambda _: False, 0.0, 1.0) == math.inf


def test_a_relu_that_is_off_by_one_bit_is_seen(monkeypatch):
    off = {library: lambda x: torch.relu(x) * (1 + 2**-7) for library in passes.LIBRARIES}
    monkeypatch.setattr(passes, "LIBRARIES", off)
    assert passes.judge({name: n.value for name, n in passes.measure().numbers.items()}).word == "does not hold"


def test_a_relu_that_leaks_is_seen(monkeypatch):
    leaking = {library: lambda x: torch.nn.functional.leaky_relu(x, 1e-3) for library in blocks.LIBRARIES}
    monkeypatch.setattr(blocks, "LIBRARIES", leaking)
    assert blocks.judge({name: n.value for name, n in blocks.measure().numbers.items()}).word == "does not hold"


def test_inputs_and_gradients_of_relu_go_to_the_ends_of_each_format():
    for of in passes.FORMATS:
        z, info = passes.sizes(of), torch.finfo(of.dtype)
        assert (float(z[0]), float(z[-1])) == (info.smallest_normal * info.eps, info.max)
        assert (z.double().diff() > 0).all()
        sent = passes.gradients(z)
        assert sent.isfinite().all()
        assert (sent > 0).any()
        assert (sent < 0).any()


def test_negatives_are_lost_where_outputs_are_subnormal(findings):
    """A subnormal output has lost a bit or more: the three roundings may hide two of them, not more."""
    for name in ("float16", "float32"):
        end = float(np.finfo(name).smallest_normal) / 0.01
        assert end / 4 < findings["C08"].numbers[f"kept_{name}"].value <= end


def test_what_comes_back_is_seen_to_be_wrong(monkeypatch):
    true = kernels.value
    monkeypatch.setattr(c08_leak.kernels, "value", lambda a, x: true(a, x) * x.dtype.type(1.01))
    assert c08_leak.kept_from("float32", c08_leak.errors("float32")) == math.inf


def test_tanh_is_the_sigmoid_moved_and_stretched_in_60_digits(findings):
    with mpmath.workdps(60):
        for x in np.linspace(-30, 30, 61):
            assert abs(2 * sigmoid(2 * x) - 1 - mpmath.tanh(x)) < mpmath.mpf(10) ** -58
    assert findings["C26"].numbers["difference"].value <= 2**-51
    assert findings["C26"].numbers["relative"].value > 1e-9


@pytest.mark.parametrize("name", c34_threshold.FORMATS)
def test_what_exceeds_a_threshold_is_told_by_fractions(name):
    b = np.array(0.1, dtype=name)
    x = c34_threshold.around(b)[::50]
    out = kernels.value(CATALOGUE["relu"], x, bias=-b)
    assert [Fraction(float(y)) > 0 for y in out] == [Fraction(float(one)) > Fraction(float(b)) for one in x]


def test_a_threshold_that_is_off_is_seen(monkeypatch):
    true = kernels.value
    off = lambda activation, x, bias: true(activation, x, bias=bias + np.spacing(bias))  # noqa: E731
    monkeypatch.setattr(c34_threshold.kernels, "value", off)
    found = {name: number.value for name, number in c34_threshold.measure().numbers.items()}
    assert found["wrong"] > 0
    assert c34_threshold.judge(found).word == "does not hold"


@pytest.mark.parametrize("library", c35_never_one.LIBRARIES)
@pytest.mark.parametrize("name", c35_never_one.FORMATS)
def test_sigmoid_is_stored_as_1_from_there_and_nowhere_before(library, name, findings):
    found = findings["C35"].numbers[f"one_{name}_{library}"].value
    f, dtype = c35_never_one.LIBRARIES[library], c35_never_one.FORMATS[name]
    x = torch.linspace(0, 2 * found, 20_001, dtype=torch.float64)
    stored, rounded = f(x.to(dtype)), x.to(dtype).double()
    beyond = rounded > found * (1 + torch.finfo(dtype).eps)
    assert (stored[beyond] == 1).all()
    assert (stored[rounded < found * (1 - torch.finfo(dtype).eps)] < 1).all()
    # Rounded to nearest it would be there; a library may be a unit of the last place early.
    half = torch.finfo(dtype).eps / 4
    assert -math.log(6 * half) < found <= -math.log(half) * (1 + torch.finfo(dtype).eps)


@pytest.mark.parametrize("name", c35_never_one.FORMATS)
def test_correct_rounding_gives_1_where_exact_numbers_say(name, findings):
    found = findings["C35"].numbers[f"rounded_{name}"].value
    gap = torch.finfo(c35_never_one.FORMATS[name]).eps / 2
    with mpmath.workdps(50):
        away = lambda x: mpmath.mpf(1) - 1 / (1 + mpmath.exp(-mpmath.mpf(x)))  # noqa: E731
        assert away(found * (1 - 1e-9)) > mpmath.mpf(gap) / 2 > away(found * (1 + 1e-9))
    reached = [findings["C35"].numbers[f"one_{name}_{library}"].value for library in c35_never_one.LIBRARIES]
    assert max(reached) <= found * (1 + 2 * gap)


def test_the_kernels_are_as_near_to_1_as_is_told(findings):
    assert 0.5 < findings["C35"].numbers["off"].value < c35_never_one.UNITS


def test_an_input_kept_too_often_is_seen(monkeypatch):
    noise = np.random.default_rng(0).standard_normal((10_000, 41))
    monkeypatch.setattr(c47_expected_gate, "draws", lambda: noise <= 1.1 * c47_expected_gate.X)
    found = {name: number.value for name, number in c47_expected_gate.measure().numbers.items()}
    assert found["farthest"] > 4
    assert c47_expected_gate.judge(found).word == "does not hold"


def test_shares_are_scipys_and_lower_ones_part_first(findings):
    temperatures = np.geomspace(0.01, 100, 121)
    shares = np.stack([scipy.special.softmax(ROWS / temperature, axis=1) for temperature in temperatures])
    lower = shares[..., 1:2] - shares[..., 2:]
    first = shares[..., :1] - shares[..., 1:]
    rise = (lower - np.minimum.accumulate(lower, axis=0)).max()
    assert findings["C49"].numbers["lower_rises"].value == pytest.approx(rise, rel=0.2)
    assert findings["C49"].numbers["lower_rises"].value >= rise - 1e-12
    assert (np.diff(first, axis=0) < 1e-14).all()


def test_sums_of_shares_are_within_rounding_in_pytorch_too(findings):
    scores = torch.tensor(np.random.default_rng(1).standard_normal((50, 1000)) * 10, dtype=torch.float64)
    theirs = float((torch.softmax(scores, dim=1).sum(dim=1) - 1).abs().max())
    assert theirs < 1008 * 2**-53
    assert findings["C48"].numbers["sum_float64"].value < 1008 * 2**-53
    assert findings["C48"].numbers["sum_float32"].value < 1008 * 2**-24


@pytest.mark.parametrize("claim", CLAIMS.values(), ids=CLAIMS)
def test_a_second_run_finds_the_same(claim, findings):
    again = claim.measure()
    assert repr(again.numbers) == repr(findings[claim.id].numbers)
    assert repr(again.pictures) == repr(findings[claim.id].pictures)


@pytest.mark.parametrize("claim", CLAIMS.values(), ids=CLAIMS)
def test_pictures_are_small_and_frames_of_a_film_are_alike(claim, findings):
    pictures = findings[claim.id].pictures
    assert len(json.dumps([asdict(picture) for picture in pictures])) < 80_000
    for film in (picture for picture in pictures if isinstance(picture, Film)):
        assert len(film.frames) <= 40
        assert 0 <= film.start < len(film.frames)
        shapes = {shape(picture) for _, picture in film.frames}
        assert len(shapes) == 1


def shape(picture):
    parts = picture.lines if hasattr(picture, "lines") else picture.bars
    return type(picture), tuple((part.name, len(getattr(part, "x", ""))) for part in parts)


def test_torch_is_left_as_it_was():
    state, threads = torch.random.get_rng_state(), torch.get_num_threads()
    with torch.no_grad():
        found = list(measured(CLAIMS.values()))
        assert not torch.is_grad_enabled()
    assert not any(finding.problem for finding in found)
    assert torch.equal(torch.random.get_rng_state(), state)
    assert torch.get_num_threads() == threads
    with torch.inference_mode():
        assert not any(finding.problem for finding in measured(CLAIMS.values()))
