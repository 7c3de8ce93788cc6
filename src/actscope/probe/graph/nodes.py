"""The names of autograd's nodes, as data. PyTorch does not document them: a test builds each of them once.

A name is what `grad_fn.name()` gives, without its ending `Backward0`.
"""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


ACTIVATIONS: dict[str, tuple[str, dict[str, str]]] = {
    "Relu": ("relu", {}),
    "Sigmoid": ("sigmoid", {}),
    "Tanh": ("tanh", {}),
    "LeakyRelu": ("leaky_relu", {"negative_slope": "negative_slope"}),
    "RreluWithNoise": ("leaky_relu", {}),
    "PreluKernel": ("prelu", {}),
    "Elu": ("elu", {"alpha": "alpha"}),
    "Celu": ("celu", {"alpha": "alpha"}),
    "Gelu": ("gelu", {}),
    "Silu": ("silu", {}),
    "Mish": ("mish", {}),
    "Softplus": ("softplus", {"beta": "beta"}),
    "LogSigmoid": ("log_sigmoid", {}),
    "Hardtanh": ("hardtanh", {"min_val": "min_val", "max_val": "max_val"}),
    "Hardswish": ("hardswish", {}),
    "Hardsigmoid": ("hardsigmoid", {}),
    "Softshrink": ("softshrink", {}),
    "Hardshrink": ("hardshrink", {}),
    "Softmax": ("softmax", {}),
    "LogSoftmax": ("log_softmax", {}),
}
"""The catalogue's name of the activation that leaves a node, and which saved number is which of its parameters."""

RANGES: dict[str, tuple[float, float]] = {
    "softmax": (0.0, 1.0),
    "log_softmax": (float("-inf"), 0.0),
    "exp": (0.0, float("inf")),
}
"""The ranges of functions that the catalogue has not as functions of one number."""

LAYOUT = _words(
    "View UnsafeView ReshapeAlias T Transpose Permute Unsqueeze Squeeze Expand Clone Alias ToCopy AsStrided _DDPSink"
)
"""What moves numbers and changes none."""

VIEWS = _words("View UnsafeView ReshapeAlias Unsqueeze Squeeze")
"""What keeps numbers in their order, and cuts it into other axes."""

PICKING = _words("Select Slice Index IndexSelect Gather Split SplitWithSizes UnsafeSplit Unbind")
"""What keeps some of the numbers."""

JOINING = _words("Cat Stack")
SCALING = _words("Mul Div Neg NativeDropout")
SHIFTING = _words("Add Sub Rsub MaskedFill")

AVERAGING = _words("Mean Sum AvgPool2D AvgPool3D AdaptiveAvgPool2D AdaptiveAvgPool3D MkldnnAdaptiveAvgPool2D")
NORMALISING = _words("NativeBatchNorm CudnnBatchNorm MiopenBatchNorm")
"""Batch normalisation, which is affine for each unit."""

AFFINE: dict[str, tuple[int, int]] = {
    "Addmm": (1, 2),
    "Mm": (0, 1),
    "Linear": (0, 1),
    "MkldnnLinear": (0, 1),
    "Convolution": (0, 1),
    "MkldnnConvolution": (0, 1),
    "Addmv": (2, 1),
    "Mv": (1, 0),
}
"""Layers with weights: the slot of the data and that of the weights."""

TAKING: dict[str, tuple[int, int]] = AFFINE | {
    "NativeLayerNorm": (0, 1),
    "NativeBatchNorm": (0, 1),
    "NativeGroupNorm": (0, 1),
    "MkldnnRnnLayer": (0, 1),
}
"""What takes numbers of a known width, which is the last of its weights' sizes: the same two slots."""

PRODUCTS = _words("Bmm Baddbmm")
"""Products of two tensors that both depend on data, as attention makes; fused attention begins with ATTENTION."""
ATTENTION = "ScaledDotProduct"

DATA_SLOTS: dict[str, int] = {name: slots[0] for name, slots in AFFINE.items()} | dict.fromkeys(NORMALISING, 0)

WEIGHT_THROUGH = LAYOUT | _words("Mul Div Neg Exp Softplus WeightNormInterface")
"""What a weight may pass on its way to its layer."""

FLAT = _words("Sign Sgn Round Floor Ceil Trunc Bernoulli")
"""What has slope 0 wherever it has one."""

LOSSES: dict[str, str] = {
    "NllLoss": "nll",
    "NllLoss2D": "nll",
    "BinaryCrossEntropy": "bce",
    "BinaryCrossEntropyWithLogits": "bce with logits",
    "MseLoss": "regression",
    "SmoothL1Loss": "regression",
    "HuberLoss": "regression",
}
"""Losses that are one node; their target is saved with them."""

REDUCING = _words("Mean Sum Sqrt Add Mul Div Neg Sub Rsub Stack Cat") | LAYOUT | PICKING
"""What stands between a loss of each sample and the loss."""

OURS = _words("_Direct _Transformable _Rows")
"""Our functions; each knows the activation that it is."""

OPAQUE: dict[str, str] = {
    "CompiledFunction": "the model is compiled, and its graph cannot be looked into: "
    "for the static checks pass the model as it was before torch.compile (model._orig_mod)",
    "CheckpointFunction": "activation checkpointing with use_reentrant=True hides the graph inside it; "
    "torch.utils.checkpoint.checkpoint(..., use_reentrant=False) shows it",
}
"""Nodes that hide a graph, and what to tell of them."""
