"""What claims about separating and approximating compute, held to geometry, SciPy, scikit-learn and closed forms."""

import itertools

import numpy as np
import pytest
import torch
from scipy.spatial import Delaunay
from sklearn.metrics import log_loss
from sklearn.svm import LinearSVC

from actscope.lab.claims import claims
from actscope.lab.claims.boundary import (
    approximating,
    c11_three_lines,
    c12_smooth,
    c15_polynomial,
    c33_xor,
    calibrating,
)
from actscope.lab.claims.boundary.lines import around, best_line, dichotomies, drawn, programme, separating_line
from actscope.lab.claims.boundary.pixels import SIDE, images
from actscope.lab.claims.training.stacks import Stack
from actscope.lab.tasks import shapes
from actscope.nn import module

CORNERS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])


def check_ways(points, ways):
    """Cover (1965): so many ways, all different, each of them drawn by some line."""
    assert len(ways) == len(points) * (len(points) - 1) // 2 + 1
    sides = {min(tuple(way), tuple(~way)) for way in ways}
    assert len(sides) == len(ways)
    assert all(separating_line(points, way.astype(np.int64)) is not None for way in ways)


@pytest.mark.parametrize("count", [2, 3, 7, 12])
def test_lines_part_points_in_as_many_ways_as_cover_counted(count):
    points = np.random.default_rng(count).standard_normal((count, 2))
    check_ways(points, dichotomies(points))


def test_the_count_of_ways_bites():
    ways = dichotomies(CORNERS)
    with pytest.raises(AssertionError):
        check_ways(CORNERS, ways[1:])
    exclusive_or = np.array([[False, True, True, False]])
    with pytest.raises(AssertionError):
        check_ways(CORNERS, np.concatenate([ways[1:], exclusive_or]))


@pytest.mark.parametrize("seed", range(4))
def test_no_line_separates_what_a_hull_and_a_support_vector_machine_cannot(seed):
    points, labels = shapes(120, 0.03, np.random.default_rng(seed))
    circles, triangles = points[labels == 1], points[labels == 0]
    assert separating_line(points, labels) is None
    assert Delaunay(triangles).find_simplex(circles.mean(axis=0)) >= 0
    three, miss = around(circles.mean(axis=0), triangles)
    assert miss < 1e-12
    assert Delaunay(three).find_simplex(circles.mean(axis=0)) >= 0
    below = (labels == 1) | (points[:, 1] < -0.5)
    found = separating_line(points[below], labels[below])
    machine = LinearSVC(C=1e6, max_iter=100_000).fit(points[below], labels[below])
    assert machine.score(points[below], labels[below]) == 1
    assert ((points[below] @ found[:2] + found[2] > 0) == (labels[below] == 1)).all()


def test_a_point_outside_is_between_no_three():
    assert around(np.array([9.0, 9.0]), CORNERS) is None


@pytest.mark.parametrize("seed", range(4))
def test_no_line_of_many_is_better_than_the_best(seed):
    random = np.random.default_rng(seed)
    points, labels = random.standard_normal((10, 2)), random.integers(0, 2, 10)
    weights, share = best_line(points, labels)
    assert ((points @ weights[:2] + weights[2] > 0) == (labels == 1)).mean() == share
    angles, offsets = random.uniform(0, 2 * np.pi, 200_000), random.uniform(-3, 3, 200_000)
    said = np.stack([np.cos(angles), np.sin(angles)], axis=1) @ points.T > offsets[:, None]
    assert (said == (labels == 1)).mean(axis=1).max() == share


@pytest.mark.parametrize("seed", range(3))
def test_no_two_lines_of_many_are_better_than_the_best_two(seed):
    random = np.random.default_rng(seed)
    points, labels = random.standard_normal((9, 2)), random.integers(0, 2, 9)
    share = c11_three_lines.two_lines(points, labels)
    ways = dichotomies(points)
    best = max(
        sum(max((labels[field] == 1).sum(), (labels[field] == 0).sum()) for field in _fields(first, second)) / 9
        for first, second in itertools.combinations_with_replacement(ways, 2)
    )
    assert share == pytest.approx(best, abs=1e-6)


def _fields(first, second):
    return [one & other for one in (first, ~first) for other in (second, ~second)]


def test_the_three_units_are_on_inside_the_triangle_alone():
    points = np.random.default_rng(0).uniform(-2, 2, (2000, 2))
    angles = np.pi / 2 + 2 * np.pi / 3 * np.arange(3)
    inside = Delaunay(np.column_stack([np.cos(angles), np.sin(angles)])).find_simplex(points) >= 0
    assert ((c11_three_lines.units(points).sum(axis=1) == 3) == inside).all()


def test_a_programme_that_cannot_be_decided_says_so():
    with pytest.raises(ArithmeticError, match="not decided"):
        programme([-1.0])


@pytest.mark.parametrize("weights", [(1.0, 0.0, -0.5), (0.0, 2.0, 1.0), (1.0, -3.0, 0.2)])
def test_a_drawn_line_lies_where_its_equation_says_and_in_the_box(weights):
    found = drawn("line", np.array(weights), (-1.0, 1.0))
    x, y = np.array(found.x), np.array(found.y)
    assert len(x) > 5
    assert np.abs(weights[0] * x + weights[1] * y + weights[2]).max() < 1e-12
    assert max(np.abs(x).max(), np.abs(y).max()) <= 1


def three_sigmoids(steepness):
    """The triangle of C11 by sigmoid units: the steeper, the nearer to its corners."""
    hidden = torch.tensor(c11_three_lines.HIDDEN, dtype=torch.float32).T[None] * steepness
    output = torch.full((1, 3, 1), 40.0), torch.full((1, 1, 1), -40.0 * c11_three_lines.ENOUGH)
    return Stack(module("sigmoid"), (hidden[:, :2], output[0]), (hidden[:, 2:], output[1]))


def test_a_smooth_boundary_turns_half_as_far_between_rays_twice_as_close_and_a_corner_does_not():
    smooth, corner = (
        c12_smooth.largest_turn(three_sigmoids(steepness), 0, 1441)
        / c12_smooth.largest_turn(three_sigmoids(steepness), 0, 2881)
        for steepness in (10.0, 10_000.0)
    )
    assert smooth == pytest.approx(2, abs=0.1)
    assert corner == pytest.approx(1, abs=0.1)
    assert c12_smooth.largest_turn(three_sigmoids(10_000.0), 0, 1441) == pytest.approx(120, abs=5)


@pytest.mark.parametrize("degree", [1, 2, 3, 9])
def test_features_and_fit_are_those_of_numpys_polynomials(degree):
    random = np.random.default_rng(degree)
    x, y = random.uniform(-1, 1, 60), random.standard_normal(60)
    weights = c15_polynomial.fitted(x, y, degree)
    assert weights == pytest.approx(np.polynomial.polynomial.polyfit(x, y, degree), abs=1e-8)
    assert c15_polynomial.features(x, degree) @ weights == pytest.approx(
        np.polynomial.polynomial.polyval(x, weights), abs=1e-12
    )
    other = random.standard_normal(60)
    together = c15_polynomial.fitted(x, y + 2 * other, degree)
    assert together == pytest.approx(weights + 2 * c15_polynomial.fitted(x, other, degree), abs=1e-8)


def test_the_network_for_xor_is_exact_and_no_affine_map_comes_closer_than_a_half():
    assert c33_xor.network(CORNERS).tolist() == [0, 1, 1, 0]
    assert c33_xor.least_largest_error() == pytest.approx(0.5, abs=1e-12)
    linear = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.ReLU(), torch.nn.Linear(2, 1)).double()
    with torch.no_grad():
        linear[0].weight[:] = torch.tensor(c33_xor.HIDDEN.T)
        linear[0].bias[:] = torch.tensor(c33_xor.BIAS)
        linear[2].weight[:] = torch.tensor(c33_xor.OUT)
        linear[2].bias[:] = 0
        points = np.random.default_rng(0).standard_normal((50, 2))
        assert linear(torch.tensor(points))[:, 0].numpy() == pytest.approx(c33_xor.network(points), abs=1e-12)


def test_the_programme_for_the_least_error_sees_that_and_is_easier(monkeypatch):
    monkeypatch.setattr(c33_xor, "XOR", np.array([0, 0, 0, 1]))
    assert c33_xor.least_largest_error() == pytest.approx(0.25, abs=1e-12)


def test_outputs_that_are_probabilities_are_calibrated_and_those_that_are_overconfident_are_not():
    random = np.random.default_rng(0)
    logit = 2 * random.standard_normal(200_000)
    true = 1 / (1 + np.exp(-logit))
    happened = (random.random(len(true)) < true).astype(np.int64)
    assert calibrating.calibration_error(true, happened) < 0.005
    bold = 1 / (1 + np.exp(-5 * logit))
    assert calibrating.calibration_error(bold, happened) > 0.1
    assert log_loss(happened, true) < log_loss(happened, bold)


def test_the_calibration_error_is_the_sum_over_bins_that_its_paper_defines():
    random = np.random.default_rng(1)
    said, happened = random.random(500), random.integers(0, 2, 500)
    bins = [(said >= low / 10) & (said < (low + 1) / 10) for low in range(10)]
    wanted = sum(some.sum() / 500 * abs(said[some].mean() - happened[some].mean()) for some in bins)
    assert calibrating.calibration_error(said, happened) == pytest.approx(wanted, rel=1e-12)
    assert calibrating.calibration_error(np.ones(4), np.zeros(4, dtype=np.int64)) == 1


def test_triangles_and_circles_have_one_area_and_stay_where_they_should():
    pixels, labels = images(200, 20, np.random.default_rng(0))
    shape = pixels.max(axis=-1) >= 100
    areas = shape.sum(axis=(1, 2))
    assert areas[labels == 0].mean() == pytest.approx(areas[labels == 1].mean(), rel=0.06)
    assert areas[labels == 1].mean() == pytest.approx(np.pi * (15**2 + 6**2 / 12), rel=0.06)
    rows = np.arange(SIDE)
    middle = (shape * rows[None, None, :]).sum(axis=(1, 2)) / areas
    assert np.abs(middle - SIDE / 2).max() < 22
    assert np.abs(middle - SIDE / 2).max() > 15


@pytest.mark.parametrize(("name", "exact"), [("sine", lambda x: np.sin(2 * np.pi * x)), ("|x|", np.abs)])
def test_a_layer_of_parabolas_is_the_best_parabola_whatever_its_width(name, exact):
    x = approximating.FITTED
    best = np.polyval(np.polyfit(x, exact(x), 2), approximating.JUDGED)
    wanted = np.abs(best - exact(approximating.JUDGED)).max()
    for width in (4, 64, 256):
        assert approximating.largest_error("x^2", name, width) == pytest.approx(wanted, rel=1e-6)


def test_at_a_jump_no_network_is_closer_than_a_half_on_both_sides():
    for activation, width in itertools.product(("sigmoid", "tanh", "relu"), (4, 64)):
        assert approximating.largest_error(activation, "jump", width) >= 0.5 - 1e-6


def test_relu_units_fit_a_sine_within_the_bound_of_its_curvature():
    # Between knots h apart a line misses by at most h^2/8 times the largest second derivative; at the ends, where the
    # sine is straight but no knot is, a little more.
    for width in (32, 64, 128):
        bound = (2 / width) ** 2 / 8 * (2 * np.pi) ** 2
        assert approximating.largest_error("relu", "sine", width) < 4 * bound


VERDICTS = [
    ("C09", {"separated": 0, "miss": 1e-17, "best": 0.8, "one_side": 1}, "holds"),
    ("C09", {"separated": 0, "miss": float("inf"), "best": 0.8, "one_side": 1}, "does not hold"),
    ("C11", {"three": 0.99, "two": 0.9}, "does not hold"),
    ("C12", {"separated_2": 0.95, "separated_3": 1, "separated_4": 1, "turn_ratio": 2}, "holds"),
    ("C12", {"separated_2": 0, "separated_3": 0.5, "separated_4": 1, "turn_ratio": 2}, "at least 4 hidden units"),
    ("C12", {"separated_2": 0, "separated_3": 1, "separated_4": 1, "turn_ratio": 1}, "does not hold"),
    ("C37", {f"{m}_{n}": 0.02 for m in ("unit", "network") for n in (125, 500, 2000, 4000)}, "holds"),
    ("C39", {"shift_0": 1, "shift_10": 1, "shift_20": 0.95}, "holds"),
    ("C39", {"shift_0": 0.8, "shift_10": 1, "shift_20": 0.95}, "does not hold"),
    ("C40", {"sigmoid": 0, "tanh": 0, "relu": 0.02, "square": 1, "jump": 0.5}, "does not hold"),
    ("C40", {"sigmoid": 0, "tanh": 0, "relu": 0, "square": 0, "jump": 0.5}, "has no jump"),
]


@pytest.mark.parametrize(("claim", "numbers", "verdict"), VERDICTS)
def test_judges_say_what_their_criteria_say(claim, numbers, verdict):
    assert verdict in str(claims()[claim].judge(numbers))
