"""All findings, in the order in which they are told: a cause before what follows from it."""

from . import thresholds as t
from .definition import Definition

_ROWS = (
    Definition(
        "non-finite",
        "a number that is not finite",
        "A nan or an infinity appeared: from then on every number that depends on it is lost.",
        "any, counted over all elements of all steps",
        "IEEE 754; Keras's TerminateOnNaN, Hugging Face's DebugUnderflowOverflow",
    ),
    Definition(
        "unscaled-inputs",
        "inputs that are not scaled",
        "Inputs so large, so small or so far off centre that the first layer saturates or learns nothing else.",
        f"root mean square above {t.LARGE_INPUTS:g}, nothing larger than {t.TINY_INPUTS:g}, or a mean beyond "
        f"{t.OFF_CENTRE:g} standard deviations; a hint where what arrives at the first place is normalised, unless "
        "the loss stays as in a plateau",
        "LeCun, Bottou, Orr, Müller: Efficient BackProp (1998), section 4.3",
        ("C19",),
    ),
    Definition(
        "unscaled-targets",
        "targets that are not scaled",
        "Targets of a regression far larger or smaller than what the network gives: steps are spent on their scale.",
        f"a root mean square of targets above {t.LARGE_TARGETS:g} times that of the outputs at the start, or below "
        f"{t.TINY_TARGETS:g} of it (counted as at least, or at most, 1), where the loss in the last quarter of "
        f"{t.PLATEAU_STEPS} steps or more is above {t.LEARNT:g} of what the mean of the targets would have, or a "
        "number was not finite",
        "van Hasselt, Guez, Hessel, Mnih, Silver: Learning values across many orders of magnitude (2016)",
    ),
    Definition(
        "kept-gradients",
        "gradients that are never cleared",
        "No zero_grad between the steps: each step follows the sum of all gradients since the first.",
        f"over {t.KEPT_STEPS + 1} of an optimiser's first 20 steps, in a row, each backward pass since the step before "
        "met the gradient of its first matrix, and added to it",
        "PyTorch's documentation of Optimizer.zero_grad",
    ),
    Definition(
        "wrong-sign",
        "a loss of the wrong sign",
        "An error that cannot be below 0 is made larger: by a minus before the loss, or by maximize=True.",
        "each loss of the first steps is the negative of one error, and none was above 0, or is one error and the "
        "optimiser maximises; an error is a cross-entropy, a binary cross-entropy, or a square or size of a difference "
        "from targets, and the logarithm of a probability the negative of one",
        "follows from the range of the losses",
    ),
    Definition(
        "learning-rate-too-high",
        "updates that are too large",
        "A step changes the weights by a large part of themselves: training jumps about, and units die.",
        f"a step above {t.LARGE_STEP:g} of all weights, or weights that grow {t.GROWTH:g} times in the first "
        f"{t.FIRST_STEPS} steps, or a step above {t.LARGE_LAYER_STEP:g} with weights {t.SWOLLEN:g} times as large as "
        f"PyTorch makes them, or a step above {t.LARGE_LAYER_STEP:g} of a layer's weights while {t.DYING:g} of its "
        f"units die and the loss does not halve, or the loss rises to {t.LOSS_JUMP:g} times its start "
        f"and does not end below {t.RECOVERED:g} of it; with no activation before the output only the last two, "
        f"if the loss falls by {t.FALLS:.0%}",
        "Cheng et al.: AutoTrainer (2021); Karpathy's rule of thumb of 1e-3",
        ("C29",),
    ),
    Definition(
        "unsuited-initialisation",
        "an initialisation that does not fit the activation",
        "Before anything is learned the signal grows or shrinks from layer to layer, or all units are alike.",
        f"at the first step, a spread that changes by a factor above {t.SPREAD_CHANGE:g} over {t.CHAIN} places or "
        f"more, a spread above {t.WIDE:g} before a function that saturates, or the same number for every unit; "
        f"a hint where the loss falls by {t.FALLS:.0%} and the spread in the end changes by less",
        "Glorot and Bengio (2010); He et al. (2015)",
        ("C13", "C43"),
    ),
    Definition(
        "dead-units",
        "dead units",
        "Units whose slope is small on every sample of a window: no gradient reaches their weights.",
        f"at least {t.SILENT:g} of the units of a layer of {t.FEWEST_UNITS} or more (in small layers more, as half "
        f"of them may be so by chance), over the last {1 - t.LATE:.0%} of the run, after {t.FEWEST_SAMPLES} samples a "
        "unit; or all units of any layer, where the gradient of every weight is exactly 0",
        "Lu et al.: Dying ReLU and initialization (2019); SageMaker Debugger's DeadRelu",
        ("C29", "C30", "C46"),
    ),
    Definition(
        "one-sided-units",
        "units that never change sign",
        "Units whose input has one sign on every sample: the activation is a straight line for them.",
        f"at least {t.ONE_SIDED:g} of the units of a layer of {t.FEWEST_UNITS} or more work and never change sign, on "
        f"a side where the slope changes by at most {t.STRAIGHT:.0%} over nine tenths of what arrives, "
        f"over the last {1 - t.LATE:.0%} of the run, after {t.FEWEST_SAMPLES} samples a unit",
        "Montavon, Orr, Müller: Neural Networks, Tricks of the Trade (2012)",
        ("C10", "C21"),
    ),
    Definition(
        "saturation",
        "a saturated layer",
        "Most inputs of a layer lie where the activation is flat: it passes little of the gradient.",
        f"share of elements with a slope below 0.01 above {t.FLAT:g}, over the last {1 - t.LATE:.0%} of the run, "
        "for functions that saturate on both sides; not for gates and outputs",
        "Glorot and Bengio (2010); SageMaker Debugger's SaturatedActivation",
        ("C04", "C19", "C41"),
    ),
    Definition(
        "vanishing-gradient",
        "a vanishing gradient",
        "The gradient shrinks from layer to layer on its way to the input: the first layers do not learn.",
        f"length of the gradient at the first place over that at the last below {t.VANISHING:g}, at the start and at "
        "the end, falling through the layers by a straight line through the logarithms too; or weights of a plain "
        f"recurrent layer that shrink what they carry by {t.RECURRENT:g} per step of time",
        "Hochreiter (1991); Cheng et al.: AutoTrainer (2021), beta_1 = 1e-3",
        ("C05", "C42", "C43", "C44"),
    ),
    Definition(
        "exploding-gradient",
        "an exploding gradient",
        "The gradient grows from layer to layer on its way to the input.",
        f"length of the gradient at the first place over that at the last above {t.EXPLODING:g}, growing "
        f"through the layers; a hint where it grows by less than {t.SLOW_GROWTH:g} per layer, as batch norm makes it, "
        f"and the loss falls by {t.HALVES:.0%}",
        "Pascanu, Mikolov, Bengio (2013); Cheng et al.: AutoTrainer (2021), beta_3 = 70; Yang et al.: A mean field "
        "theory of batch normalization (2019)",
        ("C43",),
    ),
    Definition(
        "learning-rate-too-low",
        "updates that are too small",
        "Gradients flow, but a step moves the weights by next to nothing.",
        f"the largest step of any layer below {t.SMALL_STEP:g} of its weights, though gradients flow, or, over "
        f"{t.PLATEAU_STEPS} steps or more, below {t.SMALL_STEP_AS_MADE:g} where {t.AS_MADE:.0%} of the weights still "
        f"are as PyTorch makes them and the loss does not fall by {t.FALLS:.0%}; not if they grow as in a warm-up, or "
        f"the loss halves all the same; or steps that are exactly 0; or that shrink below {t.SMALL_STEP:g} within "
        f"{t.SHRUNK_BY:.0%} of the run, though gradients keep {t.GRADIENT_KEPT:g} of their size and the loss does not "
        f"fall by {t.FALLS:.0%} (a hint where it does)",
        "Cheng et al.: AutoTrainer (2021); Karpathy's rule of thumb of 1e-3",
    ),
    Definition(
        "zigzag",
        "weights that move all the same way",
        "A layer's inputs have one sign, so that the gradients of a unit's weights have one sign too: it zigzags.",
        f"share of a unit's gradients with one sign above {t.ONE_SIGNED:g}, with inputs whose mean is beyond "
        f"{t.ZIGZAG_CENTRE:g} standard deviations",
        "LeCun, Bottou, Orr, Müller: Efficient BackProp (1998), section 4.3",
        ("C16", "C23", "C24"),
    ),
    Definition(
        "plateau",
        "a loss that does not move",
        "The loss has not moved since the start, and nothing else explains it.",
        f"over {t.PLATEAU_STEPS} steps or more, a straight line through the loss that rises, or falls by less than "
        f"{t.PLATEAU_CHANGE:.0%} and {t.PLATEAU_SCATTER:g} standard errors, or one standard error, or "
        f"{t.CONSTANT:.1%}, though steps are above {t.MOVING:g} of all weights; with a scatter below "
        f"{t.UNEVEN:g} of its size",
        "Saad and Solla (1995) on plateaus",
    ),
    Definition(
        "missing-activation",
        "layers in a row with no activation between",
        "Affine layers without an activation between them are one affine layer: depth is paid for and not used.",
        "a layer with weights that feeds another with nothing but affine operations between, and no bottleneck",
        "Minsky and Papert (1969)",
        ("C10", "C14", "C32"),
    ),
    Definition(
        "repeated-activation",
        "an activation applied twice",
        "The same activation acts again on its own result; if it is idempotent, as ReLU, the second does nothing.",
        "the same function twice in a row",
        "follows from f(f(x)) = f(x)",
    ),
    Definition(
        "softmax-twice",
        "softmax before a loss that applies it again",
        "The loss takes logits and applies softmax itself: on probabilities the gradient is small and never 0.",
        "a softmax between the last layer and cross-entropy, seen in the loss's graph through views and scalings",
        "PyTorch's documentation of CrossEntropyLoss; pytorch#55902",
        ("C48", "C49"),
    ),
    Definition(
        "sigmoid-twice",
        "sigmoid before a loss that applies it again",
        "The loss takes logits and applies sigmoid itself: on probabilities it can reach neither 0 nor 1.",
        "a sigmoid between the last layer and binary cross-entropy with logits",
        "PyTorch's documentation of BCEWithLogitsLoss",
        ("C17", "C35"),
    ),
    Definition(
        "logits-as-probabilities",
        "logits given where probabilities are expected",
        "The loss takes probabilities, or their logarithms, and gets numbers of any size.",
        "nll_loss without a log, or binary cross-entropy without a sigmoid, in the loss's graph",
        "PyTorch's documentation of NLLLoss and BCELoss",
        ("C37",),
    ),
    Definition(
        "softmax-over-batch",
        "softmax over the wrong axis",
        "Softmax over the batch makes the samples of a batch compete; each sample's outputs do not sum to 1.",
        "a softmax whose axis is the batch's, in a model whose outputs are rows of samples, or whose numbers weigh a "
        "sum within each sample; or one that nll_loss takes, whose axis is not that of the classes",
        "PyTorch's warning on the implicit dimension of softmax",
        ("C48",),
    ),
    Definition(
        "wrong-output-activation",
        "an output activation that does not fit the loss",
        "What stands behind the last layer takes away what the loss needs: signs, sizes, or one class among several.",
        "ReLU and its kin on logits; sigmoid or tanh before cross-entropy of several classes; a sigmoid of "
        "which the loss is the log times targets of 0 and 1, without log(1 - p); a cut to 0 and 1 before binary "
        "cross-entropy; an output of which no unit has a "
        "slope on any sample, where the gradient of every weight is exactly 0",
        "Cheng et al.: AutoTrainer (2021), improper activation; Lightning#4489",
        ("C17", "C48"),
    ),
    Definition(
        "unreachable-targets",
        "targets that the output cannot reach",
        "The last activation's range does not hold the targets.",
        "targets outside the range that follows from the formula",
        "follows from the range of the function",
        ("C03",),
    ),
    Definition(
        "broadcast-loss",
        "a loss of every output with every target",
        "Outputs of shape (N, 1) and targets of shape (N,) are stretched to (N, N): what is learned is their mean.",
        "in the loss's graph, N outputs of one number against N targets, with N*N differences that are one number of "
        "each, and targets that differ",
        "PyTorch's warning on a target size that differs from the input size in mse_loss",
    ),
    Definition(
        "no-slope",
        "a function that passes no gradient",
        "A step-like function, or a break in the graph, stands before parameters: their gradient is 0 or missing.",
        "a function whose slope is 0 wherever it exists, between the loss and parameters; or a recurrent cell that "
        "gets its own state back without its graph at every step, and learns from the last; or gradients of all "
        f"weights that are exactly 0 over {t.FEWEST_STEPS} steps or more, though the loss is not, no layer is dead, "
        "and none flow in the backward passes",
        "Minsky and Papert (1969); Bengio, Léonard, Courville (2013)",
        ("C22",),
    ),
    Definition(
        "unreached-parameters",
        "parameters that are left out",
        "Parameters that ask for a gradient get none, or no optimiser moves them: they stay as they are.",
        "a parameter that requires a gradient and is not in the loss's graph, or that is in it and not among "
        "model.parameters(), as layers in a plain list are not; or gradients that flow in the backward passes, and "
        f"that are 0 or gone at each of {t.FEWEST_STEPS} steps or more, while the loss does not fall by {t.FALLS:.0%}; "
        f"a hint, over {t.FEWEST_STEPS} steps or more, weights that require a gradient and that no optimiser was seen "
        "to step, and a finding if all that it leaves out get gradients and still are as PyTorch makes them, or if no "
        "weight has changed and the loss does not fall",
        "PyTorch's find_unused_parameters",
    ),
)

DEFINITIONS = {row.name: row for row in _ROWS}
"""All definitions by their names."""
