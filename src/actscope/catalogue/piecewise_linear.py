"""Activations made of straight lines: cheap, exact, with kinks. Between two kinks the slope is a number."""

from ..formula import Symbol
from ..formula.ops import where
from .activation import Activation, Drawn, Paper, Parameter

x = Symbol("x")
negative_slope = Parameter("negative_slope", default=0.01, meaning="slope for x < 0")
weight = Parameter("weight", default=0.25, meaning="slope for x < 0", learnable=True)
lower = Parameter("lower", default=1 / 8, meaning="smallest slope for x < 0 in training")
upper = Parameter("upper", default=1 / 3, meaning="largest slope for x < 0 in training")
shift = Parameter("shift", default=1.0, at_least=0.0, meaning="how far the kink lies to the left of 0 and below it")
threshold = Parameter("threshold", default=1.0, meaning="input from which on it passes unchanged")
value = Parameter("value", default=0.0, meaning="output up to the threshold")
min_val = Parameter("min_val", default=-1.0, meaning="smallest output")
max_val = Parameter("max_val", default=1.0, meaning="largest output")

RECTIFIERS = Paper(
    "Xu, Wang, Chen, Li", 2015, "Empirical evaluation of rectified activations in convolutional network",
    "arXiv:1505.00853",
)  # fmt: skip
MOBILENET = Paper("Howard, Sandler, Chu and others", 2019, "Searching for MobileNetV3", "arXiv:1905.02244")

IDENTITY = Activation(
    name="identity",
    title="Identity",
    formula=x,
    introduced=Paper("Widrow, Hoff", 1960, "Adaptive switching circuits", "IRE WESCON Convention Record 4"),
    story="The linear unit of ADALINE, and the activation of an output that may take any value. Between hidden layers "
    "it makes depth worthless: any stack of affine layers is one affine layer.",
    aliases=("linear",),
)

ABSOLUTE = Activation(
    name="absolute",
    title="Absolute",
    formula=abs(x),
    introduced=Paper(
        "Jarrett, Kavukcuoglu, Ranzato, LeCun",
        2009,
        "What is the best multi-stage architecture for object recognition?",
        "IEEE International Conference on Computer Vision, 2146-2153",
    ),
    slope_at={0.0: 0.0},
    convention="0, the middle of -1 and 1, as in PyTorch and JAX",
    story="It keeps how strong a feature is and forgets its sign, which made features of early convolutional networks "
    "robust against reversed contrast. No unit can die, but every output is positive and so the next layer is fed a "
    "large mean.",
    aliases=("modulus",),
)

RELU = Activation(
    name="relu",
    title="ReLU",
    formula=where(x > 0, x, 0),
    introduced=Paper(
        "Fukushima",
        1969,
        "Visual feature extraction by a multilayered network of analog threshold elements",
        "IEEE Transactions on Systems Science and Cybernetics 5(4)",
    ),
    convention="0, the slope from the left, as in PyTorch, TensorFlow and JAX",
    story="It passes what is positive unchanged, so a gradient crosses any number of active units without shrinking. "
    "Negative input gets slope 0: a unit that is negative on every sample is never updated again and is called dead.",
    aliases=("rectifier",),
)

LEAKY_RELU = Activation(
    name="leaky_relu",
    title="Leaky ReLU",
    formula=where(x > 0, x, negative_slope.symbol * x),
    parameters=(negative_slope,),
    introduced=Paper(
        "Maas, Hannun, Ng",
        2013,
        "Rectifier nonlinearities improve neural network acoustic models",
        "ICML Workshop on Deep Learning for Audio, Speech and Language Processing",
    ),
    convention="negative_slope, the slope from the left, as in PyTorch",
    story="A ReLU that leaks: negative input keeps a small slope, so that no unit can die. It is max(a*x, x) for "
    "0 <= a <= 1, and its mean output is close to ReLU's, not 0.",
)

PRELU = Activation(
    name="prelu",
    title="PReLU",
    formula=where(x > 0, x, weight.symbol * x),
    parameters=(weight,),
    introduced=Paper(
        "He, Zhang, Ren, Sun",
        2015,
        "Delving deep into rectifiers: surpassing human-level performance on ImageNet classification",
        "arXiv:1502.01852",
    ),
    convention="weight, the slope from the left, as in PyTorch",
    story="A leaky ReLU whose slope on the negative side is learned with the weights, one number or one per channel. "
    "Its paper found that first layers learn slopes near 0.6 and deep ones near 0, and brought the initialisation that "
    "is named after He.",
)

_drawn = Symbol("drawn")
RRELU = Activation(
    name="rrelu",
    title="RReLU",
    formula=where(x > 0, x, (lower.symbol + upper.symbol) / 2 * x),
    parameters=(lower, upper),
    ordered=("lower", "upper"),
    drawn=Drawn(where(x > 0, x, _drawn * x), symbol="drawn", low="lower", high="upper"),
    introduced=RECTIFIERS,
    convention="(lower + upper)/2, the slope from the left; in training the slope that was drawn, as in PyTorch",
    story="A leaky ReLU whose slope on the negative side is drawn anew for each element in training, as dropout draws, "
    "against overfitting on small data. In evaluation it is the middle of the two bounds.",
)

RELU6 = Activation(
    name="relu6",
    title="ReLU6",
    formula=where(x > 0, where(x < 6, x, 6), 0),
    introduced=Paper(
        "Krizhevsky",
        2010,
        "Convolutional deep belief networks on CIFAR-10",
        "unpublished manuscript, University of Toronto",
    ),
    convention="0 at both ends, the slope of what is flat, as in PyTorch",
    story="A ReLU that stops at 6, so that features are learned earlier to be sparse, and few bits hold them: networks "
    "for phones use it in fixed-point arithmetic. A unit beyond 6 gets no gradient, as one below 0.",
)

SHIFTED_RELU = Activation(
    name="shifted_relu",
    title="Shifted ReLU",
    formula=where(x > -shift.symbol, x, -shift.symbol),
    parameters=(shift,),
    introduced=Paper(
        "Clevert, Unterthiner, Hochreiter",
        2015,
        "Fast and accurate deep network learning by exponential linear units (ELUs)",
        "arXiv:1511.07289",
    ),
    convention="0, the slope from the left",
    story="A ReLU moved down and to the left along the diagonal, max(x, -1), which the authors of ELU compared with "
    "theirs. Its mean output comes closer to 0, and input between -1 and 0 keeps the slope 1.",
)

THRESHOLD = Activation(
    name="threshold",
    title="Threshold",
    formula=where(x > threshold.symbol, x, value.symbol),
    parameters=(threshold, value),
    introduced=Paper(
        "Konda, Memisevic, Krueger",
        2014,
        "Zero-bias autoencoders and the benefits of co-adapting features",
        "arXiv:1402.3337",
    ),
    convention="0, the slope from the left, as in PyTorch",
    story="It passes what exceeds a threshold and replaces the rest by a constant, made for autoencoders without "
    "biases: with threshold 1 a unit is off until it is clearly on. Where value differs from threshold the output "
    "jumps, and no gradient tells of the jump.",
    aliases=("thresholded_relu",),
)

HARDTANH = Activation(
    name="hardtanh",
    title="Hardtanh",
    formula=where(x > min_val.symbol, where(max_val.symbol > x, x, max_val.symbol), min_val.symbol),
    parameters=(min_val, max_val),
    ordered=("min_val", "max_val"),
    introduced=Paper("Collobert", 2004, "Large scale machine learning", "PhD thesis, Université Paris VI"),
    convention="0 at both ends, the slope of what is flat, as in PyTorch",
    story="tanh drawn with three straight lines: as good in the language models that it was made for, and cheaper. "
    "Beyond its ends the slope is exactly 0, where that of tanh is only small.",
    aliases=("hard_tanh",),
)

HARDSIGMOID = Activation(
    name="hardsigmoid",
    title="Hardsigmoid",
    formula=where(x > -3, where(x < 3, (x + 3) / 6, 1), 0),
    introduced=MOBILENET,
    convention="0 at both ends, the slope of what is flat, as in PyTorch",
    story="The sigmoid drawn with three straight lines, which makes it cheap and exact in the few bits of phones. "
    "Beyond -3 and 3 its slope is exactly 0, so a unit that gets there stays.",
    aliases=("hard_sigmoid",),
)
