"""Declarations are complete and consistent, or refused with what is missing; each name leads to one of them."""

import copy
import math
import os
import pickle
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from actscope.catalogue import CATALOGUE, Activation, Catalogue, Drawn, Paper, Parameter, get
from actscope.catalogue.activation import check_kinks, within_bounds
from actscope.errors import DeclarationError, ParameterError, UnknownActivationError
from actscope.formula import Symbol, parse

ALL = pytest.mark.parametrize("activation", CATALOGUE, ids=lambda a: a.name)
PAPER = Paper("Nobody", 2020, "A title", "A journal")
GOOD = {
    "name": "bent",
    "title": "Bent",
    "formula": parse("alpha*x"),
    "introduced": PAPER,
    "story": "It was made to be tested. It does nothing to a network.",
    "parameters": (Parameter("alpha", 1.0, "size"),),
}
KINKED = {**GOOD, "formula": parse("where(x > 1, alpha*x, 1)"), "convention": "left"}


def test_the_declaration_that_the_others_spoil_is_good():
    assert Activation(**GOOD).properties.largest_slope == 1.0
    assert Activation(**KINKED, slope_at={1.0: 0.5}).properties.kinks == (1.0,)


@pytest.mark.parametrize(
    ("spoiled", "problem"),
    [
        ({**GOOD, "name": "Bent"}, "`name` must be lower-case letters"),
        ({**GOOD, "name": "my bent"}, "`name` must be lower-case letters"),
        ({**GOOD, "name": ""}, "`name` must be lower-case letters"),
        ({**GOOD, "name": "3bent"}, "`name` must be lower-case letters"),
        ({**GOOD, "title": "3 Bent"}, "`title` must begin with a letter, but is '3 Bent'"),
        ({**GOOD, "title": ""}, "`title` must begin with a letter"),
        ({**GOOD, "story": ""}, "`story` must tell in two sentences"),
        ({**GOOD, "story": "One sentence of 0.5 only."}, "`story` must tell in two sentences"),
        ({**GOOD, "introduced": Paper("", 2020, "A", "B")}, "`introduced` must tell the paper's `authors`"),
        ({**GOOD, "introduced": Paper("A", 0, "A", "B")}, "`introduced` must tell the paper's `year`"),
        ({**GOOD, "introduced": Paper("A", 2020, "", "B")}, "`introduced` must tell the paper's `title`"),
        ({**GOOD, "introduced": Paper("A", 2020, "A", "")}, "`introduced` must tell the paper's `where`"),
        ({**GOOD, "parameters": ()}, "`formula` uses alpha, which `parameters` does not declare"),
        ({**GOOD, "formula": parse("x")}, "`formula` does not use alpha"),
        ({**GOOD, "formula": parse("2*alpha")}, "`formula` does not use x"),
        ({**GOOD, "parameters": (Parameter("alpha", 1.0, ""),)}, "must tell the `meaning` of alpha"),
        (
            {**GOOD, "parameters": (Parameter("alpha", 0.0, "size", above=0.0),)},
            "bounds: bent: `alpha` must be a number > 0",
        ),
        (
            {**GOOD, "parameters": (Parameter("alpha", math.nan, "size"),)},
            "`parameters`.*`alpha` must be a finite number",
        ),
        ({**GOOD, "parameters": (Parameter("alpha", True, "size"),)}, "`alpha` must be a number, but got True"),
        *(
            (
                {**GOOD, "formula": x * Symbol(taken), "parameters": (Parameter(taken, 1.0, "size"),)},
                f"call one '{taken}'",
            )
            for x in [Symbol("x")]
            for taken in ("x", "pi", "e", "lambda", "out", "axis", "dim", "g", "bias", "out0", "row12", "not a name")
        ),
        ({**GOOD, "ordered": ("alpha", "beta")}, "`ordered` names beta, which `parameters` does not declare"),
        (
            {**GOOD, "drawn": Drawn(parse("r*x"), symbol="r", low="alpha", high="beta")},
            "`drawn` names beta, which `parameters` does not declare",
        ),
        (
            {**GOOD, "drawn": Drawn(parse("s*x"), symbol="r", low="alpha", high="alpha")},
            "`drawn` must have a formula of r, x",
        ),
        ({**GOOD, "row_length": "alpha"}, "`row_length` is for an activation that gives one output per row"),
        (
            {**GOOD, "formula": parse("row_max(x)"), "row_length": "beta", "parameters": ()},
            "`row_length` names beta, which `parameters` does not declare",
        ),
        (
            {**GOOD, "formula": parse("row_max(x)"), "row_length": "alpha"},
            "`row_length` must be a whole number >= 1, but alpha may be a finite number",
        ),
        (
            {**GOOD, "formula": parse("alpha*a*a"), "inputs": ("a", "b")},
            "`formula` does not use b",
        ),
        ({**GOOD, "inputs": ("a", "a")}, r"`inputs` must be \('x',\), or two names"),
        ({**GOOD, "inputs": ("y",)}, r"`inputs` must be \('x',\), or two names"),
        ({**GOOD, "inputs": ("alpha", "x")}, "`parameters` cannot call one 'alpha'"),
        ({**GOOD, "formula": parse("alpha*row_max(a)*b"), "inputs": ("a", "b")}, "`inputs` must be"),
    ],
)
def test_an_incomplete_or_contradictory_declaration_is_refused(spoiled, problem):
    with pytest.raises(DeclarationError, match=problem) as caught:
        Activation(**spoiled)
    assert str(caught.value).startswith(f"activation {spoiled['name']!r}: ")


@ALL
def test_each_kink_is_explained(activation):
    check_kinks(activation)


@pytest.mark.parametrize(
    ("spoiled", "problem"),
    [
        ({**KINKED, "convention": ""}, "`convention` must say why the slope at its kink 1 is what it is"),
        ({**KINKED, "slope_at": {0.5: 0.0}}, "`slope_at` names 0.5, where the formula has no kink"),
        ({**GOOD, "slope_at": {0.0: 0.0}}, "`slope_at` names 0, where the formula has no kink"),
    ],
)
def test_a_kink_without_a_word_or_a_slope_without_a_kink_is_refused(spoiled, problem):
    with pytest.raises(DeclarationError, match=f"activation 'bent': {problem}"):
        check_kinks(Activation(**spoiled))


@pytest.mark.parametrize("field", [field for field in GOOD if field != "parameters"])
def test_a_field_that_is_left_out_is_asked_for(field):
    with pytest.raises(TypeError, match=f"'{field}'"):
        Activation(**{key: value for key, value in GOOD.items() if key != field})


@ALL
def test_every_declaration_is_checked_again(activation):
    assert replace(activation) == activation
    with pytest.raises(DeclarationError, match=f"activation '{activation.name}': `story`"):
        replace(activation, story="")


@ALL
def test_what_the_declaration_chooses_is_sensible(activation):
    assert 1940 <= activation.introduced.year <= 2026
    assert str(activation.introduced.year) in str(activation.introduced)
    assert all(alias == alias.lower() for alias in activation.aliases)
    assert activation.class_name.isidentifier()
    for parameter in activation.parameters:
        assert within_bounds(parameter, parameter.default)
        assert parameter.symbol == Symbol(parameter.name)


def test_slope_at_a_kink_is_the_declared_one():
    declared = Activation(**KINKED, slope_at={1.0: 0.25})
    from actscope.formula import evaluate

    slopes = [
        float(evaluate(declared.slope_formula, x=x, alpha=1.0)) for x in (np.nextafter(1, 0), 1.0, np.nextafter(1, 2))
    ]
    assert slopes == [0.0, 0.25, 1.0]


def test_names_and_aliases_are_unique_and_lead_to_one():
    names = [name for activation in CATALOGUE for name in (activation.name, *activation.aliases)]
    assert len(names) == len(set(names))
    assert len({activation.class_name for activation in CATALOGUE}) == len(CATALOGUE) == len(CATALOGUE.names)
    for activation in CATALOGUE:
        for name in (activation.name, *activation.aliases):
            assert CATALOGUE[name] is activation is get(name)
            assert name in CATALOGUE
        assert get(activation) is activation
        assert activation in CATALOGUE
    assert "nothing" not in CATALOGUE
    assert repr(CATALOGUE).startswith(f"<catalogue of {len(CATALOGUE)} activations: ")


@pytest.mark.parametrize("twice", [{"name": "relu"}, {"name": "bent", "aliases": ("relu",)}])
def test_a_catalogue_refuses_two_of_one_name(twice):
    with pytest.raises(DeclarationError, match="two activations are called 'relu'"):
        Catalogue([get("relu"), Activation(**{**GOOD, **twice})])


@ALL
def test_capitals_and_underscores_do_not_matter(activation):
    for name in (activation.name, *activation.aliases):
        for written in (name.upper(), name.title(), name.replace("_", ""), name.title().replace("_", "")):
            assert get(written) is activation
    assert get(activation.class_name) is activation


def test_a_spelling_that_may_mean_two_is_refused():
    both = Catalogue([get("relu"), Activation(**{**GOOD, "name": "re_lu"})])
    assert both.spelled("ReLU") is None
    assert both.spelled("BENT") == "re_lu"


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("gleu", "no activation is called 'gleu', did you mean 'gelu'\\? `actscope list` shows"),
        ("ReLUU", "no activation is called 'ReLUU', did you mean 'relu'\\?"),
        ("swich", "did you mean 'swish'"),
        ("hard_swich", "did you mean 'hard_swish'"),
        ("zebra_q", "no activation is called 'zebra_q'; `actscope list`"),
        ("", "no activation is called ''; `actscope list`"),
    ],
)
def test_an_unknown_name_is_met_with_the_nearest(name, hint):
    with pytest.raises(UnknownActivationError, match=hint):
        get(name)
    with pytest.raises(KeyError):
        get(name)


@pytest.mark.parametrize(
    ("name", "given", "problem"),
    [
        (
            "leaky_relu",
            {"negativ_slope": 0.1},
            "leaky_relu has no parameter 'negativ_slope', did you mean 'negative_slope'",
        ),
        ("relu", {"alpha": 1.0}, "relu has no parameter 'alpha'; it has none"),
        ("elu", {"qqq": 1.0}, "elu has no parameter 'qqq'; its parameters are alpha"),
        ("elu", {"alpha": 0.0}, "elu: `alpha` must be a number > 0, but got 0.0"),
        ("elu", {"alpha": -1}, "elu: `alpha` must be a number > 0, but got -1"),
        ("elu", {"alpha": True}, "elu: `alpha` must be a number, but got True"),
        ("elu", {"alpha": math.nan}, "elu: `alpha` must be a number > 0, but got nan"),
        (
            "leaky_relu",
            {"negative_slope": math.nan},
            "leaky_relu: `negative_slope` must be a finite number, but got nan",
        ),
        ("elu", {"alpha": "1"}, "elu: `alpha` must be a number, but got '1'"),
        ("elu", {"alpha": None}, "elu: `alpha` must be a number, but got None"),
        ("elu", {"alpha": 1j}, "elu: `alpha` must be a number"),
        ("elu", {"alpha": np.ones(3)}, "elu: `alpha` must be a number"),
        ("elu", {"alpha": [1.0]}, "elu: `alpha` must be a number"),
        ("elu", {"alpha": math.inf}, "elu: `alpha` must be a number > 0, but got inf"),
        ("leaky_relu", {"negative_slope": -math.inf}, "must be a finite number, but got -inf"),
        ("softmax", {"temperature": -1.0}, "softmax: `temperature` must be a number >= 0, but got -1.0"),
        ("softmax", {"temperature": math.nan}, "softmax: `temperature` must be a number >= 0, but got nan"),
        ("softshrink", {"lambd": -0.1}, "softshrink: `lambd` must be a number >= 0, but got -0.1"),
        ("maxout", {"pieces": 2.5}, "maxout: `pieces` must be a whole number >= 1, but got 2.5"),
        ("maxout", {"pieces": 0}, "maxout: `pieces` must be a whole number >= 1, but got 0"),
        ("maxout", {"pieces": math.inf}, "maxout: `pieces` must be a whole number >= 1, but got inf"),
        ("hardtanh", {"min_val": 2}, "hardtanh: `min_val` must not exceed `max_val`, but got min_val=2, max_val=1"),
        ("rrelu", {"lower": 0.5}, "rrelu: `lower` must not exceed `upper`, but got lower=0.5, upper=0.333333"),
    ],
)
def test_a_parameter_that_is_none_is_refused(name, given, problem):
    with pytest.raises(ParameterError, match=problem):
        get(name).bind(**given)


def test_parameters_are_bound_as_floats():
    for given in (2, 2.0, np.float32(2), np.int64(2), np.array(2.0)):
        bound = get("elu").bind(alpha=given)
        assert bound == {"alpha": 2.0}
        assert type(bound["alpha"]) is float
    assert get("leaky_relu").bind() == {"negative_slope": 0.01}


@ALL
def test_records_travel(activation):
    for twin in (pickle.loads(pickle.dumps(activation)), copy.deepcopy(activation), copy.copy(activation)):
        assert twin == activation
        assert hash(twin) == hash(activation)
    assert copy.deepcopy(activation) is activation
    with pytest.raises((AttributeError, TypeError)):
        activation.name = "other"


def test_pickles_are_equal_in_another_process_with_other_string_hashes():
    told = pickle.dumps(list(CATALOGUE)).hex()
    script = (
        "import pickle, sys; from actscope.catalogue import CATALOGUE; from actscope.formula import nodes\n"
        "came = pickle.loads(bytes.fromhex(sys.stdin.read()))\n"
        "assert came == list(CATALOGUE)\n"
        "assert [hash(a) for a in came] == [hash(a) for a in CATALOGUE]\n"
        "assert all(set(nodes(a.formula)) == set(nodes(b.formula)) for a, b in zip(came, CATALOGUE))\n"
        "sys.stdout.write(str(hash('x')))"
    )
    seen = set()
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)}
        done = subprocess.run(
            [sys.executable, "-c", script], input=told, text=True, capture_output=True, env=environment, check=False
        )
        assert done.returncode == 0, done.stderr
        seen.add(done.stdout)
    assert len(seen) == 2  # the string hashes did differ
