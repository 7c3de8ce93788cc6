"""The table of laws: what an activation promises, whoever wrote its formula."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from . import accuracy, behaviour, formulas, gradients, properties
from .candidates import Candidate, installed
from .records import Finding

Need = Literal["one number", "elements", "rows", "own formula", "rewritten", "PyTorch", "JAX", "mpmath"]
NEEDS: dict[Need, tuple[Callable[[Candidate], bool], str]] = {
    "one number": (lambda c: c.activation.pointwise, "it is not a function of one number"),
    "elements": (lambda c: not c.activation.rowwise, "it acts on rows"),
    "rows": (lambda c: c.activation.rowwise, "it does not act on rows"),
    "own formula": (lambda c: c.function is None, "it is a function of tensors, held to a formula that is not its own"),
    "rewritten": (lambda c: bool(c.activation.written), "the formulas of the catalogue stand as they are declared"),
    "PyTorch": (lambda _: installed("torch"), "PyTorch is not installed: pip install 'actscope[torch]'"),
    "JAX": (lambda _: installed("jax"), "JAX is not installed: pip install jax"),
    "mpmath": (lambda _: installed("mpmath"), "mpmath is not installed; PyTorch brings it, or pip install mpmath"),
}
"""What a law takes, and why it has nothing to say without."""


@dataclass(frozen=True, slots=True)
class Law:
    """One promise, and the function that holds a candidate to it."""

    name: str
    says: str
    hold: Callable[[Candidate], Finding]
    needs: tuple[Need, ...] = ()


LAWS: tuple[Law, ...] = (
    Law(
        "text",
        "formula and slopes read back from their text, and print as LaTeX",
        formulas.reads_back,
        ("own formula",),
    ),
    Law(
        "as written",
        "the formula is the one that was written, whatever was rewritten to keep its digits",
        formulas.is_what_was_written,
        ("own formula", "rewritten", "one number", "mpmath"),
    ),
    Law(
        "slope",
        "every derivative is what difference quotients tend to",
        formulas.is_the_slope,
        ("own formula", "elements", "mpmath"),
    ),
    Law("slope at kinks", "it lies between the slopes on both sides", formulas.lies_between, ("one number",)),
    Law("float32", "values and slopes are within 2 ulp, 4 on rows", accuracy.in_float32),
    Law("float64", "values and slopes are within 4 ulp", accuracy.in_float64, ("elements", "mpmath")),
    Law("float16", "values and slopes are rounded once", accuracy.in_float16),
    Law("bfloat16", "values and slopes are rounded once", accuracy.in_bfloat16, ("PyTorch",)),
    Law("ends", "infinite input gives the limits, and nan stays nan", accuracy.at_the_ends),
    Law("quiet", "nothing warns, raises or changes its input, whatever the numbers", behaviour.is_quiet),
    Law("layouts", "arrays of every layout give the same", behaviour.layouts_make_no_difference, ("own formula",)),
    Law("axis", "rows lie along the axis that is asked for", behaviour.rows_follow_the_axis, ("rows", "own formula")),
    Law("tensors", "tensors give the numbers of arrays", behaviour.tensors_are_arrays, ("own formula", "PyTorch")),
    Law("JAX", "JAX gives the same, under jit and grad", behaviour.jax_agrees, ("own formula", "JAX")),
    Law("gradient", "what comes back is the gradient times the slope", gradients.is_gradient_times_slope, ("PyTorch",)),
    Law("second derivative", "gradients have gradients", gradients.is_differentiable_twice, ("PyTorch", "mpmath")),
    Law("transforms", "torch.func gives the same", gradients.transforms_agree, ("PyTorch",)),
    Law("module", "its module can be copied, pickled, saved and loaded", gradients.module_can_be_kept, ("PyTorch",)),
    Law("range", "no value lies outside", properties.range_holds, ("one number",)),
    Law("kinks", "value and slope jump there and nowhere else", properties.kinks_are_all, ("one number",)),
    Law("direction", "what nowhere turns back does not", properties.direction_holds, ("one number",)),
    Law("symmetry", "f(-x) is as it is said to be", properties.symmetry_holds, ("one number",)),
    Law("steepest slope", "no slope is larger", properties.steepest_is_steepest, ("one number",)),
    Law("saturation", "slopes are small just where they are said to be", properties.saturation_holds, ("one number",)),
    Law("moments", "means over a normal input are as summed up", properties.moments_hold, ("one number",)),
    Law("fixed points", "f(x) = x there and nowhere else", properties.fixed_points_are_all, ("one number",)),
)
"""Every law, in the order of the report."""
