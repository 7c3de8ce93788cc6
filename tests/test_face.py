"""The public face: the same names for numbers, arrays and tensors; errors that help; nothing else loaded."""

import copy
import doctest
import inspect
import math
import os
import pickle
import pydoc
import subprocess
import sys

import jax.numpy as jnp
import mpmath as mp
import numpy as np
import pytest
import torch

import actscope as act
from actscope.catalogue import CATALOGUE
from actscope.errors import ArrayTypeError, ParameterError, UnknownActivationError
from actscope.face import Function, function
from actscope.formula import latex
from truth import TRUTH

EVERY = pytest.mark.parametrize("name", CATALOGUE.names)
POINTWISE = pytest.mark.parametrize("name", [a.name for a in CATALOGUE if a.pointwise])


@POINTWISE
@pytest.mark.parametrize("x", [-2.5, -1, 0, 0.75, 3])
def test_numbers_come_out_as_python_floats(name, x):
    f = getattr(act, name)
    with mp.workdps(40):
        value, slope = (float(g(mp.mpf(x))) for g in (TRUTH[name].value, TRUTH[name].slope))
    for got, true in ((f(x), value), (f.slope(x), slope)):
        assert type(got) is float
        assert got == pytest.approx(true, rel=1e-15, abs=1e-16)


def test_the_number_oracle_bites():
    assert act.gelu(0.75) != pytest.approx(act.gelu_tanh(0.75), rel=1e-15)


@POINTWISE
def test_every_kind_of_array_keeps_its_kind(name):
    f = getattr(act, name)
    values = [-2.5, -0.5, 0.5, 3.0]
    plain = np.array([f(v) for v in values])
    assert isinstance(f(np.float32(0.5)), np.float32)
    assert isinstance(f(np.float64(0.5)), np.float64)
    assert f(np.array(0.5)).shape == ()
    assert float(f(np.array(0.5))) == f(0.5)
    for given in (values, tuple(values), np.array(values), np.array([values]).T):
        got = f(given)
        assert isinstance(got, np.ndarray)
        assert got.shape == np.shape(given)
        np.testing.assert_array_equal(got.ravel(), plain)
    tensor = torch.tensor(values, dtype=torch.float64)
    assert isinstance(f(tensor), torch.Tensor)
    np.testing.assert_array_equal(f(tensor).numpy(), plain)
    np.testing.assert_array_equal(f.slope(tensor).numpy(), f.slope(np.array(values)))
    assert f(np.array(values, np.float32)).dtype == np.float32
    out = np.empty(4)
    assert f(np.array(values), out=out) is out
    np.testing.assert_array_equal(out, plain)
    assert isinstance(f(torch.nn.Parameter(tensor)), torch.Tensor)


def test_tensors_are_differentiable():
    x = torch.tensor([-1.0, 0.5], dtype=torch.float64, requires_grad=True)
    act.gelu(x).sum().backward()
    assert x.grad.tolist() == act.gelu.slope(x.detach()).tolist()


def test_rows_take_an_axis_everywhere():
    x = np.random.default_rng(0).normal(size=(3, 4, 5))
    for axis in (-1, 0, 1):
        expected = torch.softmax(torch.from_numpy(x) / 0.5, axis).numpy()
        np.testing.assert_allclose(act.softmax(x, axis=axis, temperature=0.5), expected, rtol=1e-13)
        np.testing.assert_allclose(act.softmax(torch.from_numpy(x), axis=axis, temperature=0.5), expected, rtol=1e-13)
    with pytest.raises(ArrayTypeError, match="softmax has no slope of one number"):
        act.softmax.slope(x)
    with pytest.raises(ArrayTypeError, match="softmax acts along an axis, but got a single number"):
        act.softmax(1.0)


def test_dim_is_pytorchs_word_for_axis():
    x = np.random.default_rng(0).normal(size=(4, 6))
    tensor = torch.from_numpy(x)
    for one in (x, tensor, jnp.asarray(x)):
        for f in (act.softmax, act.log_softmax, act.maxout, act.swiglu):
            np.testing.assert_array_equal(f(one, dim=0), f(one, axis=0))
        np.testing.assert_array_equal(act.softmax(one, dim=0, temperature=2.0), act.softmax(one, axis=0, temperature=2))
        for f in (act.softmax, act.swiglu):
            with pytest.raises(ParameterError, match="give one of them, not dim=1 and axis=0"):
                f(one, dim=1, axis=0)
        for word in ("dim", "axis"):
            with pytest.raises(ParameterError, match=f"gelu takes each number by itself, so no `{word}`"):
                act.gelu(one, **{word: 0})
    np.testing.assert_allclose(act.softmax(tensor, dim=0), torch.softmax(tensor, dim=0), rtol=1e-13)
    compiled = torch.compile(lambda x: act.softmax(x, dim=0), fullgraph=True, backend="eager")
    torch.testing.assert_close(compiled(tensor), torch.softmax(tensor, dim=0))


def test_one_number_for_two_inputs_and_two_for_one():
    for one in (1.0, np.array(1.0), torch.tensor(1.0), jnp.asarray(1.0)):
        with pytest.raises(
            ArrayTypeError, match=r"swiglu takes two inputs, swiglu\(a, b\), or one (array|tensor) to cut"
        ):
            act.swiglu(one)
        with pytest.raises(ArrayTypeError, match="swiglu has no slope of one number: it has one for each"):
            act.swiglu.slope(one, one)
        with pytest.raises(ParameterError, match="leaky_relu takes one input, and parameters by name"):
            act.leaky_relu.slope(one, 0.2)


def test_parameters_by_name():
    assert act.leaky_relu(-2.0, negative_slope=0.25) == -0.5
    assert act.leaky_relu.slope(-2.0, negative_slope=0.25) == 0.25
    assert act.leaky_relu(torch.tensor([-2.0]), negative_slope=0.25).tolist() == [-0.5]
    for x in (1.0, np.ones(2), torch.ones(2)):
        with pytest.raises(ParameterError, match="leaky_relu has no parameter 'slope'"):
            act.leaky_relu(x, slope=0.1)
        with pytest.raises(ParameterError, match="elu: `alpha` must be a number > 0, but got 0"):
            act.elu(x, alpha=0)
    with pytest.raises(ParameterError, match=r"parameters by name, as in leaky_relu\(x, negative_slope=0.2\)"):
        act.leaky_relu(1.0, 0.2)
    with pytest.raises(ParameterError, match="gelu takes one input, and parameters of which it has none"):
        act.gelu(1.0, 0.2)


@EVERY
def test_help_tells_of_each(name):
    f = getattr(act, name)
    text, signature = f.__doc__, inspect.signature(f)
    assert text.startswith(f"{name}{signature}\n\n{f.title}: ")
    told = " ".join(text.split())
    for part in (f.story, str(f.introduced), *f.aliases, *(p.meaning for p in f.parameters)):
        assert " ".join(part.split()) in told
    for parameter in f.parameters:
        assert signature.parameters[parameter.name].default == parameter.default
    assert text in "\n".join(line.removeprefix("    ") for line in pydoc.plain(pydoc.render_doc(f)).splitlines()) + "\n"
    examples = doctest.DocTestParser().get_doctest(text, {"act": act, "np": np}, name, None, 0)
    assert doctest.DocTestRunner().run(examples) == (0, 1)
    # What the signature names is taken.
    x = np.array([[1.0, 2.0], [3.0, 4.0]])
    given = {
        n: a.default for n, a in signature.parameters.items() if a.kind is a.KEYWORD_ONLY and a.default is not None
    }
    np.testing.assert_array_equal(f(x, **given), f(x))
    assert ("axis" in given) == (not f.pointwise)


def test_help_of_the_class_is_its_own():
    assert Function.__doc__.startswith("An activation that can be called")
    assert "name" in inspect.signature(Function).parameters
    assert "Return f(x)" in pydoc.plain(pydoc.render_doc(Function))
    mine = act.define("mine", "where(x > 0, a*x, 0)", a=2.0)
    assert str(inspect.signature(mine)) == "(x, *, a=2.0, bias=None, out=None)"
    assert mine.__doc__.startswith("mine(x, *, a=2.0, bias=None, out=None)\n\nMine: f = where(x > 0, a*x, 0).")
    assert ">>> mine(np.array([-1.0, 0.5, 2.0, 3.0])).round(4)\narray([0., 1., 4., 6.])" in mine.__doc__
    assert act.define("top", "row_max(x)").__doc__


def test_get_and_catalogue():
    assert [f.name for f in act.catalogue] == CATALOGUE.names
    assert len(act.catalogue) == len(CATALOGUE)
    for f in act.catalogue:
        assert isinstance(f, Function)
        assert getattr(act, f.name) is f is act.get(f.name) is act.get(f) is act.catalogue[f.name]
        assert f.name in dir(act)
        for alias in f.aliases:
            assert act.get(alias) is f
            assert getattr(act, alias) is f
        assert function(CATALOGUE[f.name]) is f
        assert act.get(CATALOGUE[f.name]) is f
    smooth = [f.name for f in act.catalogue if f.pointwise and not f.properties.kinks]
    assert "gelu" in smooth
    assert "relu" not in smooth


@EVERY
def test_a_function_is_the_record_too(name):
    f, record = getattr(act, name), CATALOGUE[name]
    for field in ("formula", "introduced", "story", "parameters", "aliases", "title", "class_name", "convention"):
        assert getattr(f, field) == getattr(record, field)
    assert hash(f) == hash(record)
    assert repr(f) == f"<actscope.{name}: {record.formula}>"
    assert f._repr_latex_() == f"${latex(record.formula)}$"
    assert pickle.loads(pickle.dumps(f)) == f
    assert copy.deepcopy(f) is f


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        ("gleu", "module 'actscope' has no attribute 'gleu', did you mean 'gelu'"),
        ("ReLU", "did you mean 'relu'"),
        ("catalog", "did you mean 'catalogue'"),
        ("zzzz", "module 'actscope' has no attribute 'zzzz'$"),
        ("_private", "module 'actscope' has no attribute '_private'$"),
    ],
)
def test_a_wrong_name_is_met_with_the_nearest(wrong, hint):
    with pytest.raises(AttributeError, match=hint):
        getattr(act, wrong)
    assert not hasattr(act, wrong)


def test_an_unknown_activation():
    with pytest.raises(UnknownActivationError, match="no activation is called 'gleu', did you mean 'gelu'"):
        act.get("gleu")
    with pytest.raises(act.ActscopeError):
        act.get("gleu")


@pytest.mark.parametrize("thing", ["text", None, object(), [1, "a"], 1j, np.array([1j]), {"a": 1}])
def test_what_is_no_number_is_refused(thing):
    with pytest.raises(ArrayTypeError, match="gelu is defined on real numbers"):
        act.gelu(thing)


def test_torch_has_no_out():
    with pytest.raises(ArrayTypeError, match="relu: `out` is for NumPy arrays; a torch or JAX result is a new array"):
        act.relu(torch.ones(2), out=torch.ones(2))


@POINTWISE
def test_infinities_and_nan_of_numbers(name):
    f = getattr(act, name)
    for x, limit in ((-math.inf, f.properties.limit_left), (math.inf, f.properties.limit_right)):
        assert f(x) == limit or (math.isnan(limit) and math.isnan(f(x)))
    assert math.isnan(f(math.nan))
    assert math.isnan(f.slope(math.nan))


def test_the_names_in_the_table_of_contents_exist():
    for name in act.__all__:
        assert getattr(act, name) is not None
        assert name in dir(act)


def test_numbers_and_arrays_need_no_torch():
    script = (
        "import actscope as act, sys; act.gelu(1.0), act.gelu.properties, list(act.catalogue)\n"
        "print('torch' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        text=True,
        capture_output=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.stdout.strip() == "False"
