"""The league table: ours within the contract, the known faults of others found, planted faults of ours too."""

from dataclasses import asdict

import numpy as np
import pytest

from actscope import kernels
from actscope.bench import accuracy, libraries, measuring
from actscope.bench.formats import BFLOAT16, FLOAT16, FLOAT32, FLOAT64, Format
from actscope.bench.records import Accuracy, Score, errors_of
from actscope.bench.subjects import Subject, subjects
from actscope.catalogue import CATALOGUE
from actscope.errors import SettingError

FEW = 20_000


@pytest.fixture(autouse=True)
def fewer_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    measuring.places.cache_clear()
    monkeypatch.setattr(measuring, "TRUTH_POINTS", 100)


def measured(names: str, against: list[str], form: Format = FLOAT32, samples: int | None = FEW, **options) -> Accuracy:
    chosen = [CATALOGUE[name] for name in names.split()]
    return accuracy.measure(chosen, libraries.chosen(against), form=form, samples=samples, **options)


def one(found: Accuracy, activation: str, kind: str, library: str = "actscope") -> Score:
    (score,) = [s for s in found.scores if (s.activation, s.kind, s.library) == (activation, kind, library)]
    return score


def test_ours_keep_the_contract_and_pytorch_errs_where_it_is_known_to():
    found = measured("gelu sigmoid relu", ["pytorch"])
    assert all(score.errors.kept for score in found.scores if score.library == "actscope")
    tail = one(found, "gelu", "value", "PyTorch")
    assert tail.errors.worst.ulp > 1e7
    assert -14.0 < tail.errors.worst.at[0] < -5.0
    assert tail.errors.broken_worst.got == np.inf
    assert {missed.at for missed in tail.limits_missed} >= {(-np.inf,)}
    saturated = one(found, "sigmoid", "slope", "PyTorch").errors
    assert saturated.worst_normal.ulp > 1e7
    assert one(found, "relu", "value", "PyTorch").errors.misrounded == 0
    # At a kink others may choose another slope.
    assert one(found, "relu", "slope", "PyTorch").errors.misrounded == 0
    for score in found.scores:
        worst = score.errors.worst
        if score.library == "PyTorch" and score.kind == "value" and worst.ulp > 0.5:
            import torch

            theirs = {"gelu": torch.nn.functional.gelu, "sigmoid": torch.sigmoid}[score.activation]
            assert float(theirs(torch.tensor(worst.at[0]))) == worst.got


def test_a_planted_fault_is_found(monkeypatch):
    true = kernels.value

    def bent(activation, x, **_):
        y = true(activation, x)
        return (
            np.where(np.abs(x - np.float32(1.5)) < 1e-6, y * np.float32(1 + 2.0**-20), y)
            if x.dtype == np.float32
            else y
        )

    monkeypatch.setattr(kernels, "value", bent)
    # The sample need not meet it unless it is told of the place.
    monkeypatch.setattr(measuring, "places", lambda _: ((1.5,), ()))
    errors = one(measured("tanh", []), "tanh", "value").errors
    assert not errors.kept
    assert errors.worst.at[0] == pytest.approx(1.5, abs=1e-5)


def test_a_fault_of_the_truth_is_found(monkeypatch):
    subject = Subject(CATALOGUE["tanh"], "value")
    assert measuring.truth_check(subject, FLOAT32).worst.ulp < 1e-7
    true = kernels.value
    monkeypatch.setattr(
        kernels, "value", lambda a, x: true(a, x) * (1 + 2.0**-30) if x.dtype == np.float64 else true(a, x)
    )
    assert measuring.truth_check(subject, FLOAT32).worst.ulp > 1e-3


@pytest.mark.parametrize("form", [FLOAT16, BFLOAT16], ids=lambda form: form.name)
def test_of_16_bits_every_number_is_tried(form):
    found = measured("silu relu", ["pytorch"], form)
    score = one(found, "silu", "value")
    assert score.exhaustive
    assert score.errors.inputs == (1 << 16) - 2 * (1 << form.digits)
    assert score.errors.worst.ulp < 0.51


def test_float64_is_held_to_mpmath():
    found = measured("elu tanh", ["pytorch"], FLOAT64, samples=500)
    assert found.truths == ()
    assert all(score.errors.kept or score.errors.worst.ulp < 4 for score in found.scores if score.library == "actscope")
    # PyTorch's slope of tanh is 1 - tanh**2.
    assert one(found, "tanh", "slope", "PyTorch").errors.worst.ulp > 1e10


def test_gates_and_learnable_parameters_have_partial_derivatives():
    found = measured("swiglu prelu", [], kinds=["partials"], samples=5_000)
    assert [score.kind for score in found.scores] == ["d/da", "d/db", "d/dweight"]
    assert all(score.errors.kept for score in found.scores)
    assert len(found.scores[0].errors.worst.at) == 2


def test_every_activation_of_one_number_or_two_is_measured():
    wanted = [subject.activation.name for subject in subjects(CATALOGUE, ["value"])]
    assert wanted == [activation.name for activation in CATALOGUE if not activation.rowwise]


def test_other_libraries_compute_the_same_functions():
    # A slip in a table of theirs would be a large error everywhere; where there are faults, they are in the tails.
    middle = np.linspace(-2.9, 2.9, 101).astype(np.float32)
    for subject in subjects(CATALOGUE, ["value"]):
        if subject.activation.gated:
            continue
        ours = kernels.value(subject.activation, middle)
        for library in ("PyTorch", "JAX", "SciPy"):
            if compute := libraries.implementation(library, subject, FLOAT32):
                np.testing.assert_allclose(
                    compute(middle), ours, rtol=1e-3, atol=1e-4, err_msg=f"{library} {subject.name}"
                )


def test_errors_survive_a_dictionary():
    for score in measured("gelu", ["pytorch"]).scores:
        assert errors_of(asdict(score.errors)) == score.errors


def test_without_mpmath_the_truth_goes_unchecked(monkeypatch):
    monkeypatch.setattr(accuracy, "_has_mpmath", lambda: False)
    assert measured("relu", []).truths == ()


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        (lambda: accuracy.form_called("float23"), "no dtype is called 'float23', did you mean 'float32'?"),
        (lambda: libraries.chosen(["pytroch"]), "no library is called 'pytroch', did you mean 'pytorch'?"),
        (lambda: subjects([], ["valve"]), "no kind is called 'valve', did you mean 'value'?"),
    ],
)
def test_mistakes_name_what_was_meant(wrong, text):
    with pytest.raises(SettingError) as caught:
        wrong()
    assert text in str(caught.value)
