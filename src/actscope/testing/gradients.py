"""Laws of PyTorch: what comes back through autograd, once and twice, and modules that can be kept and copied."""

import copy
import io
import math
import pickle
from typing import Any

import numpy as np

from ..bench import measuring
from ..bench.formats import FLOAT32, FLOAT64, Array, Format
from ..bench.scoring import near_roots, ulps
from ..bench.subjects import Subject
from ..formula import substitute
from .candidates import Candidate, apart, by_formula, sizes
from .records import Finding, exactly, failed, inapplicable, number, passed

LIMITS = {"float32": 4.5, "float64": 8.5}
"""Units in the last place of the product: one of the slope may be two of it, and it is rounded itself."""
_SAMPLES = 4_000
_SECOND, _SECOND_REST = 1e-7, 1e-9
"""The share of a second derivative by which autograd may be off in float64, and that of the largest of them."""
_STEP, _OF_ROWS = 1e-6, 1e-6
_TRANSFORMED = 1e-10
_APART = 2.0
_PLACES = np.concatenate([-np.geomspace(0.02, 9.0, 12), np.geomspace(0.02, 9.0, 12)])


def is_gradient_times_slope(candidate: Candidate) -> Finding:
    """Send gradients back; what arrives must be the gradient times the slope, and on rows what quotients say."""
    activation = candidate.activation
    if activation.rowwise:
        return _of_rows(candidate)
    told = []
    worst, at = 0.0, tuple[float, ...]()
    for which, symbol in enumerate(activation.inputs):
        kind = "slope" if symbol == "x" else f"d/d{symbol}"
        on = measuring.setting(Subject(activation, kind), FLOAT32, _SAMPLES)
        for form in (FLOAT32, FLOAT64):
            found, place = _miss(candidate, on, which, form)
            if found > LIMITS[form.name]:
                named = ", ".join(map(exactly, place))
                return failed(f"g*{kind} in {form.name} is {number(found)} ulp off at {named}", place, found)
            worst, at = max((worst, at), (found, place))
            told.append(f"g*{kind} in {form.name} {number(found)}")
    return passed(f"largest error in ulp: {', '.join(told)}", at, worst)


def _miss(candidate: Candidate, on: measuring.Setting, which: int, form: Format) -> tuple[float, tuple[float, ...]]:
    """Return the largest error of what comes back for gradients of both signs, and where it is."""
    import torch

    from ..bench import by_pytorch

    wide = [FLOAT32.widened(each) for each in on.inputs]
    gradient = form.rounded(np.random.default_rng(0).normal(size=wide[0].shape))
    tensors = [by_pytorch.tensor(form.rounded(each), form) for each in wide]
    leaf = tensors[which] = tensors[which].requires_grad_()
    (found,) = torch.autograd.grad(candidate.value(*tensors), leaf, by_pytorch.tensor(gradient, form))
    size = np.abs(gradient.astype(np.float64))
    near = near_roots(wide, on.regions)
    true = gradient.astype(np.float64) * on.true
    with np.errstate(all="ignore"):
        # Below the smallest number there is nothing to divide by.
        near = None if near is None else near * size
        errors = ulps(form.widened(by_pytorch.array(found, form)), true, form, near_root=near)
    # A slope beyond the largest number may be infinite, also where the gradient would bring it back.
    errors[np.abs(on.true) >= form.largest] = 0.0
    if candidate.function is not None and candidate.activation.pointwise:
        errors[np.isin(wide[0], FLOAT32.rounded(candidate.activation.properties.kinks))] = 0.0
    k = int(np.argmax(errors))
    return float(errors[k]), tuple(float(each[k]) for each in wide)


def _of_rows(candidate: Candidate) -> Finding:
    """Hold the gradient of a random sum over rows to difference quotients of the formula."""
    import torch

    rng = np.random.default_rng(0)
    x = rng.normal(0, 2, (5, 8))
    weights = rng.normal(size=by_formula(candidate.activation, x).shape)
    leaf = torch.from_numpy(x.copy()).requires_grad_()
    (found,) = torch.autograd.grad(candidate.value(leaf), leaf, torch.from_numpy(weights))
    quotients = np.empty_like(x)
    for k in range(x.shape[1]):
        step = np.zeros(x.shape[1])
        step[k] = _STEP
        high, low = (by_formula(candidate.activation, x + side * step) for side in (1, -1))
        quotients[:, k] = ((high - low) * weights).sum(-1) / (2 * _STEP)
    judged = np.isfinite(quotients)
    if not judged.any():
        return inapplicable("the formula has no gradient on any row that was tried")
    off = np.where(judged, apart(found.numpy(), quotients), 0.0) / max(1.0, float(sizes(quotients).max()))
    k = int(np.argmax(off))
    miss, place = float(off.ravel()[k]), (float(x.ravel()[k]),)
    if miss > _OF_ROWS:
        got, wanted = found.numpy().ravel()[k], quotients.ravel()[k]
        return failed(f"the gradient is {got:g} where difference quotients say {wanted:g}", place, miss)
    return passed(f"as difference quotients say, to {number(miss)}", place, miss)


def is_differentiable_twice(candidate: Candidate) -> Finding:
    """Differentiate the gradient once more, and hold it to quotients of the slope."""
    if not candidate.activation.pointwise:
        return _by_torch(candidate)
    from ..bench.by_mpmath import quotient

    activation = candidate.activation
    slope = substitute(activation.slope_formula, dict(activation.defaults))
    x = np.array([x for x in _PLACES if all(abs(x - kink) > 1e-3 for kink in activation.properties.kinks)])
    true = np.array([float(quotient(slope, x=each)) for each in x.tolist()])
    got = _second(candidate, x)
    judged = np.isfinite(true)
    if not judged.any():
        return inapplicable("the formula has no second derivative at any input that was tried")
    off = np.abs(got - true) / (np.abs(true) + _SECOND_REST / _SECOND * np.abs(true[judged]).max() + 1e-300)
    off = np.where(judged, np.where(np.isnan(off), math.inf, off), 0.0)
    k = int(np.argmax(off))
    miss, place = float(off[k]), (float(x[k]),)
    if miss > _SECOND:
        return failed(
            f"the second derivative at {exactly(x[k])} is {got[k]:g}; quotients of the slope say {true[k]:g}",
            place,
            miss,
        )
    return passed(f"as quotients of the slope, to a share of {number(miss)}, at {len(x)} inputs", place, miss)


def _second(candidate: Candidate, x: Array) -> Array:
    import torch

    leaf = torch.from_numpy(x).requires_grad_()
    (first,) = torch.autograd.grad(candidate.value(leaf).sum(), leaf, create_graph=True)
    if not first.requires_grad:
        return np.zeros_like(x)
    (second,) = torch.autograd.grad(first.sum(), leaf, allow_unused=True)
    found: Array = np.zeros_like(x) if second is None else second.detach().numpy()
    return found


def _by_torch(candidate: Candidate) -> Finding:
    """Let PyTorch's own gradgradcheck look, as its users do."""
    import torch
    from torch.autograd.gradcheck import GradcheckError

    generator = torch.Generator().manual_seed(0)
    inputs = [
        torch.randn(2, 4, dtype=torch.float64, generator=generator).requires_grad_()
        for _ in candidate.activation.inputs
    ]
    try:
        torch.autograd.gradgradcheck(candidate.value, inputs)
    except GradcheckError as problem:
        return failed(" ".join(str(problem).split()), miss=math.inf)
    return passed("torch.autograd.gradgradcheck agrees")


def transforms_agree(candidate: Candidate) -> Finding:
    """Map over rows by torch.func, value and gradient: computed by other operations, they must be the same numbers."""
    import torch

    activation = candidate.activation
    generator = torch.Generator().manual_seed(1)
    inputs = [3 * torch.randn(6, 8, dtype=torch.float64, generator=generator) for _ in activation.inputs]

    def total(*rows: Any) -> Any:
        return (candidate.value(*rows) ** 2).sum()

    leaves = [each.clone().requires_grad_() for each in inputs]
    pairs = {
        "vmap": (torch.func.vmap(candidate.value)(*inputs), candidate.value(*inputs)),
        "vmap of grad": (
            torch.func.vmap(torch.func.grad(total))(*inputs),
            torch.autograd.grad(total(*leaves), leaves[0])[0],
        ),
    }
    worst = 0.0
    for way, (got, wanted) in pairs.items():
        numbers = wanted.detach().numpy()
        off = apart(got.detach().numpy(), numbers).max() / (sizes(numbers).max() or 1.0)
        worst = max(worst, float(off))
        if worst > _TRANSFORMED:
            return failed(f"by {way} it is off by {number(worst)} of the largest result", miss=worst)
    return passed(f"{', '.join(pairs)} give the same, to {number(worst)} of the largest result", miss=worst)


def module_can_be_kept(candidate: Candidate) -> Finding:
    """Make a module, and copy, pickle and save it: all must compute the same, with the same learned numbers."""
    import torch

    if candidate.function is not None and not isinstance(candidate.function, torch.nn.Module):
        return inapplicable("it is a function, not a module")
    made: Any = candidate.function if candidate.function is not None else _module(candidate)
    x = torch.randn(4, 4, generator=torch.Generator().manual_seed(0))
    inputs = (x, x.flip(0)) if candidate.activation.gated else (x,)
    with torch.no_grad():
        wanted = made(*inputs)
        # Learned numbers are tensors, which other code serves than constants.
        apart = ulps(wanted.double().numpy().ravel(), candidate.value(*inputs).double().numpy().ravel(), FLOAT32).max()
        if apart > _APART:
            return failed(f"the module's numbers are {number(float(apart))} ulp from the function's", miss=float(apart))
        twins = {"copy.deepcopy": copy.deepcopy(made), "pickle": pickle.loads(pickle.dumps(made))}
        saved = io.BytesIO()
        torch.save(made.state_dict(), saved)
        saved.seek(0)
        twins["state_dict"] = copy.deepcopy(made)
        for parameter in twins["state_dict"].parameters():
            parameter.fill_(0.125)
        twins["state_dict"].load_state_dict(torch.load(saved))
        for way, twin in twins.items():
            if not np.array_equal(twin(*inputs).numpy(), wanted.numpy(), equal_nan=True):
                return failed(f"after {way} the module computes other numbers")
    learned = ", ".join(made.state_dict()) or "nothing"
    return passed(f"{', '.join(twins)} keep {made!r}; its state_dict holds {learned}")


def _module(candidate: Candidate) -> Any:
    from .. import nn

    made = nn.module(candidate.activation).eval()
    declared = [parameter.name for parameter in candidate.activation.parameters if parameter.learnable]
    if [*made.state_dict()] != declared:
        raise AssertionError(f"state_dict holds {[*made.state_dict()]}, and {declared} are learnable")
    return made
