"""The prediction: against closed forms, against another quadrature, against published critical points."""

import math

import mpmath as mp
import numpy as np
import pytest

from actscope.catalogue import get
from actscope.lab.flow.mean_field import Scales, deviation_growth, end_of_float32, predicted, second_moments
from actscope.lab.flow.records import SMALLEST
from truth import TRUTH

VARIANCES = (1e-6, 0.3, 1.0, 4.0, 100.0)
# E[f(x)^2] and E[f'(x)^2] for x ~ N(0, q), by hand.
CLOSED = {
    "identity": lambda q: (q, 1.0),
    "relu": lambda q: (q / 2, 0.5),
    "leaky_relu": lambda q: (q * (1 + 1e-4) / 2, (1 + 1e-4) / 2),
    "absolute": lambda q: (q, 1.0),
    "sine": lambda q: ((1 - math.exp(-2 * q)) / 2, (1 + math.exp(-2 * q)) / 2),
    "step": lambda q: (0.5 + 0 * q, 0.0),
}


@pytest.mark.parametrize("name", CLOSED)
@pytest.mark.parametrize("variance", VARIANCES)
def test_moments_have_their_closed_forms(name, variance):
    assert second_moments(get(name), variance) == pytest.approx(CLOSED[name](variance), rel=1e-11)


def test_the_closed_forms_bite():
    assert second_moments(get("leaky_relu"), 1.0)[0] != pytest.approx(CLOSED["relu"](1.0)[0], rel=1e-5)


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "gelu", "mish", "elu"])
@pytest.mark.parametrize("variance", [0.3, 4.0])
def test_moments_agree_with_another_quadrature_of_another_formula(name, variance):
    spread = mp.sqrt(variance)

    def mean(f):
        return mp.quad(lambda z: f(spread * z) ** 2 * mp.npdf(z), [-9, -3, 0, 3, 9], method="gauss-legendre")

    with mp.workdps(17):
        expected = [float(mean(f)) for f in (TRUTH[name].value, TRUTH[name].slope)]
    assert second_moments(get(name), variance) == pytest.approx(expected, rel=1e-9)


def test_tanh_is_critical_where_it_was_published():
    # Schoenholz et al. (2017): with biases of variance 0.05 the edge of chaos is at weights of variance 1.76.
    *_, before, last = predicted(get("tanh"), Scales(math.sqrt(1.7603), math.sqrt(1.7603), math.sqrt(0.05)), depth=400)
    passed = 1.7603 * second_moments(get("tanh"), last.signal**2)[1]
    assert passed == pytest.approx(1.0, abs=2e-3)
    assert before.gradient / last.gradient == pytest.approx(math.sqrt(passed), rel=1e-9)


@pytest.mark.parametrize("name", ["relu", "identity"])
def test_the_gain_keeps_homogeneous_activations_level(name):
    activation = get(name)
    layers = predicted(activation, Scales(1.0, activation.properties.gain, 0.0), depth=50)
    assert [layer.signal for layer in layers] == pytest.approx([1.0] * 50)
    assert layers[0].gradient == pytest.approx(layers[-1].gradient)
    assert end_of_float32(activation, Scales(1.0, activation.properties.gain, 0.0)) is None


@pytest.mark.parametrize("scale", [0.5, 2.0])
def test_identity_ends_where_powers_of_its_scale_do(scale):
    end = end_of_float32(get("identity"), Scales(1.0, scale, 0.0))
    assert end.cause == ("signal underflows" if scale < 1 else "signal overflows")
    # With weights of 1 in the first layer, scale**(depth - 1) is the size of the signal: below 2^-149, beyond 2^128.
    assert end.depth == pytest.approx(151 if scale < 1 else 129, abs=1)


def test_the_far_end_is_found_without_walking_there():
    sigmoid = get("sigmoid")
    scales = Scales(1.0, 1.0, 0.0)
    end = end_of_float32(sigmoid, scales)
    walked = predicted(sigmoid, scales, end.depth)
    assert walked[0].gradient < SMALLEST <= predicted(sigmoid, scales, end.depth - 1)[0].gradient
    assert end_of_float32(sigmoid, scales, deepest=end.depth - 1) is None


def test_what_never_has_a_gradient_does_not_end_by_precision():
    assert end_of_float32(get("step"), Scales(1.0, 1.0, 0.0)) is None
    assert predicted(get("step"), Scales(1.0, 1.0, 0.0), 3)[0].gradient == 0.0


def test_growth_of_deviations_has_its_closed_form():
    assert deviation_growth(get("relu"), Scales(1.0, 1.3, 0.0), 5) == pytest.approx(1.0, rel=1e-6)
    assert deviation_growth(get("squared_relu"), Scales(1.0, 1.0, 0.0), 2) == pytest.approx(2.0, rel=1e-5)
    # q -> s^2 (1 - exp(-2q))/2 for sine.
    (_, last) = predicted(get("sine"), Scales(1.0, 1.5, 0.0), 2)
    q = last.signal**2
    assert deviation_growth(get("sine"), Scales(1.0, 1.5, 0.0), 2) == pytest.approx(
        2 * q * math.exp(-2 * q) / (1 - math.exp(-2 * q)), rel=1e-5
    )


def test_a_signal_that_overflows_is_told_quietly():
    with np.errstate(all="raise"):
        layers = predicted(get("squared_relu"), Scales(1.0, 3.0, 0.0), depth=30)
        end = end_of_float32(get("squared_relu"), Scales(1.0, 3.0, 0.0))
    assert not layers[-1].signal < math.inf
    assert end.cause in ("signal overflows", "gradient overflows")
    assert end.depth < 12
