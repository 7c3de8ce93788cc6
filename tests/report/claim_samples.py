"""Findings written by hand, as the lab would return them: every kind of picture, every verdict, names that hurt."""

import math

from actscope.lab.claims import Finding, Findings, Number, Verdict
from actscope.lab.claims.pictures import (
    Bar,
    Bars,
    Chart,
    Cloud,
    Diagram,
    Edge,
    Field,
    Film,
    Image,
    Images,
    Node,
    Picture,
    Plane,
    Rule,
    line,
)

MINE = "<b>mine</b>"


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def span(low: float, high: float, count: int) -> list[float]:
    return [low + (high - low) * k / (count - 1) for k in range(count)]


X = span(-6.0, 6.0, 121)

SLOPES = Chart(
    "Sigmoid’s slope is at most a quarter, tanh’s is 1, and both die out on either side of 0",
    x="x",
    y="slope",
    lines=(
        line("sigmoid", X, [sigmoid(x) * (1 - sigmoid(x)) for x in X]),
        line("tanh", X, [1 - math.tanh(x) ** 2 for x in X]),
        line("relu", X, [float(x > 0) for x in X], style="steps"),
    ),
    rules=(Rule(0.25, "y", "1/4"), Rule(0.0, "x", "where it is largest")),
)
DEPTHS = list(range(1, 51))
GRADIENTS = Chart(
    "The gradient of a sigmoid network falls to a quarter at every layer",
    x="layer (1 is next to the input)",
    y="gradient (root mean square)",
    lines=(
        line(
            "sigmoid",
            DEPTHS,
            [0.25 ** (50 - k) for k in DEPTHS],
            low=[0.25 ** (50 - k) / 3 for k in DEPTHS],
            high=[0.25 ** (50 - k) * 3 for k in DEPTHS],
        ),
        line("tanh", DEPTHS, [0.93 ** (50 - k) for k in DEPTHS]),
        line("relu", DEPTHS, [1.0 + 0.05 * math.sin(k) for k in DEPTHS]),
        line("predicted", DEPTHS, [0.25 ** (50 - k) for k in DEPTHS], style="dashed"),
    ),
    log_y=True,
)
WIDTHS = [2, 4, 8, 16, 32, 64, 128, 256]
ERRORS = Chart(
    "The error falls with the width of the hidden layer",
    x="hidden units",
    y="largest error",
    lines=(
        line(
            "tanh",
            WIDTHS,
            [1 / w for w in WIDTHS],
            low=[0.6 / w for w in WIDTHS],
            high=[1.5 / w for w in WIDTHS],
        ),
        line(
            "each network",
            [w for w in WIDTHS for _ in "abc"],
            [k / w for w in WIDTHS for k in (0.7, 1, 1.4)],
            style="dots",
        ),
        line(MINE, WIDTHS, [math.nan if w == 8 else 0.5 for w in WIDTHS], style="dashed"),
    ),
    rules=(Rule(0.01, "y", "one percent"),),
    log_x=True,
    log_y=True,
)
TIMES = Bars(
    "Forward and backward: the exponential costs something only where memory does not cost more",
    "time for a million numbers (ms)",
    tuple(
        Bar(name, value * more, value * more * 0.93, value * more * 1.12, group)
        for name, value in (("relu", 0.31), ("sigmoid", 0.82), ("tanh", 0.9), ("copy", 0.29))
        for group, more in (("forward", 1.0), ("backward", 1.9))
    ),
)
CHANGES = Bars(
    "Mean output for normal input",
    "mean of the output",
    (
        Bar("sigmoid", 0.5, 0.49, 0.51),
        Bar("tanh", 0.0, -0.02, 0.02),
        Bar("leaky relu", 0.395, 0.37, 0.42),
        Bar("mirrored", -0.25, -0.3, -0.2),
    ),
)
SHARES = Bars(
    "Calibration error", "calibration error", (Bar("sigmoid", 1e-3), Bar("tanh", 2e-2), Bar(MINE, 4e-6)), log=True
)


def clouds() -> tuple[Cloud, ...]:
    places = [(math.sin(12.9 * k) * 1.7, math.cos(78.2 * k * k) * 1.7) for k in range(90)]
    inside = [(x, y) for x, y in places if x * x + y * y < 1.0]
    outside = [(x, y) for x, y in places if x * x + y * y > 1.3]
    return tuple(
        Cloud(label, tuple(x for x, _ in some), tuple(y for _, y in some))
        for label, some in enumerate((outside, inside))
    )


def field(value, reach: float = 2.0, size: int = 45) -> Field:
    grid = span(-reach, reach, size)
    return Field((-reach, reach), (-reach, reach), tuple(tuple(value(x, y) for x in grid) for y in grid))


def boundary(sharp: float) -> Plane:
    return Plane(
        "What the network says over the plane",
        "first input",
        "second input",
        field(lambda x, y: sigmoid(sharp * (1.1 - x * x - y * y))),
        clouds=clouds(),
    )


def three_lines(x: float, y: float) -> float:
    return float(y > -1) * float(y < 1.4 + 1.8 * x) * float(y < 1.4 - 1.8 * x)


REGION = Plane(
    "Three lines cut out a triangle, and everything inside it is one class",
    "first input",
    "second input",
    field(three_lines, size=60),
    kind="region",
    clouds=clouds(),
    lines=(
        line("unit 1", [-3, 3], [-1, -1]),
        line("unit 2", [-3, 3], [-4.0, 6.8]),
        line("unit 3", [-3, 3], [6.8, -4.0]),
    ),
)
COUNTS = Plane(
    "How many of the three units are on",
    "first input",
    "second input",
    field(lambda x, y: float(y > -1) + float(y < 1.4 + 1.8 * x) + float(y < 1.4 - 1.8 * x), size=60),
    kind="region",
)
STEPS = [0.86**k for k in range(30)]
LOSS = Plane(
    "With positive inputs the path zigzags; with centred ones it does not",
    "first weight",
    "second weight",
    field(lambda x, y: (x + y) ** 2 * 4 + (x - y) ** 2 * 0.2, size=50),
    kind="height",
    lines=(
        line("positive inputs", [1.8 * s for s in STEPS], [(-1.2 + 0.9 * (-1) ** k) * s for k, s in enumerate(STEPS)]),
        line("centred inputs", [1.8 * s for s in STEPS], [-0.3 * s for s in STEPS], style="dashed"),
        line("best", [0.0], [0.0], style="dots"),
    ),
)
XOR = Diagram(
    "A network of two ReLU units computes XOR with these weights",
    nodes=(
        Node(0, 0, "x₁"),
        Node(0, 1, "x₂"),
        Node(0, 2, "1"),
        Node(1, 0, "h₁"),
        Node(1, 1, "h₂ = max(0, x₁ + x₂ − 1)"),
        Node(2, 0, "y"),
    ),
    edges=(
        Edge(0, 3, 1.0),
        Edge(0, 4, 1.0),
        Edge(1, 3, 1.0),
        Edge(1, 4, 1.0),
        Edge(2, 4, -1.0),
        Edge(3, 5, 1.0),
        Edge(4, 5, -2.0),
    ),
)


def disc(size: int, red: int) -> tuple[tuple[tuple[int, int, int], ...], ...]:
    middle = (size - 1) / 2
    return tuple(
        tuple(
            (red, 120, 200) if math.hypot(r - middle, c - middle) < size / 3 else (235, 235, 225) for c in range(size)
        )
        for r in range(size)
    )


PHOTOS = Images(
    "Images that the network told apart",
    tuple(
        Image(f"{name}, {p} %", disc(size, red))
        for name, p, size, red in (("disc", 99, 100, 20), ("digit", 71, 8, 220), (MINE, 52, 40, 120))
    ),
)
TRAINING = Film(
    "The boundary bends around the circles as training goes on",
    "epoch",
    tuple((str(10 * k), boundary(0.2 + 0.6 * k)) for k in range(8)),
    start=7,
)


def tangent(at: float) -> Chart:
    slope = sigmoid(at) * (1 - sigmoid(at))
    ends = [at - 2, at + 2]
    return Chart(
        "The tangent",
        "x",
        "value",
        (
            line("sigmoid", X, [sigmoid(x) for x in X]),
            line("tangent", ends, [sigmoid(at) + slope * (x - at) for x in ends], style="dashed"),
            line("where it touches", [at], [sigmoid(at)], style="dots"),
        ),
        rules=(Rule(at, "x", f"slope {slope:.3f}"),),
    )


TANGENT = Film(
    "Far from 0 the tangent lies flat", "x", tuple((f"{x:g}", tangent(x)) for x in span(-5, 5, 21)), start=10
)
TEMPERATURE = Film(
    "A large temperature makes all alike, a small one leaves one",
    "temperature",
    tuple(
        (
            f"{t:g}",
            Bars(
                "Softmax",
                "probability",
                tuple(
                    Bar(f"class {k}", math.exp(z / t) / sum(math.exp(o / t) for o in (2.0, 1.0, 0.2, -1.0)))
                    for k, z in enumerate((2.0, 1.0, 0.2, -1.0))
                ),
            ),
        )
        for t in (0.1, 0.3, 1.0, 3.0, 10.0, 100.0)
    ),
    start=2,
)

EVERY_KIND: dict[str, Picture] = {
    "slopes": SLOPES,
    "gradients": GRADIENTS,
    "errors": ERRORS,
    "times": TIMES,
    "changes": CHANGES,
    "shares": SHARES,
    "boundary": boundary(4.0),
    "region": REGION,
    "counts": COUNTS,
    "loss": LOSS,
    "xor": XOR,
    "photos": PHOTOS,
    "training": TRAINING,
    "tangent": TANGENT,
    "temperature": TEMPERATURE,
}


def finding(id: str, group: str, verdict: Verdict, *pictures: Picture, **other) -> Finding:
    return Finding(
        id=id,
        group=group,
        articles=other.pop("articles", ("A0", "A4")),
        title=other.pop("title", f"What claim {id} says in a few words"),
        statement="Gradients shrink layer by layer on their way back, until the first layers learn nothing at all.",
        how="The gradient at each of 50 layers, in 8 random networks of 256 units, for normal inputs.",
        criterion="It holds if the gradient at layer 1 is less than a thousandth of that at the last layer.",
        verdict=verdict,
        numbers=other.pop(
            "numbers",
            {
                "ratio": Number(
                    3.2e-30, "gradient, first layer over last", "", 1.1e-30, 9.4e-30, "95 % interval of 8 seeds"
                ),
                "slope": Number(0.25, "largest slope of sigmoid"),
            },
        ),
        pictures=pictures,
        why="The chain rule multiplies one slope per layer. A product of numbers below 1 goes to 0 exponentially.",
        instead="It is the other way round." if verdict.word == "does not hold" else "",
        seconds=1.25,
        problem=other.pop("problem", ""),
    )


def sample() -> Findings:
    """Return findings of every group and verdict, with every kind of picture, one of them interrupted."""
    holds, fails = Verdict("holds"), Verdict("does not hold")
    when = Verdict("holds when", "the network has 8 layers or more and its weights are drawn by Xavier’s rule")
    return Findings(
        (
            finding("C04", "function", holds, SLOPES, TANGENT, articles=("A0", "A1")),
            finding(
                "C05", "depth", when, GRADIENTS, title="In a deep sigmoid network gradients shrink until learning stops"
            ),
            finding("C11", "boundary", holds, REGION, COUNTS),
            finding("C12", "boundary", holds, TRAINING, articles=("A1",)),
            finding("C20", "cost", when, TIMES, CHANGES),
            finding("C24", "neuron", holds, LOSS),
            finding(
                "C25",
                "function",
                fails,
                ERRORS,
                SHARES,
                title=f"The slope is s(1 - s), says {MINE}",
                numbers={
                    "error": Number(0.25, "largest error of s(1 - s), at -2"),
                    "points": Number(131072, "points"),
                    "lost": Number(math.nan, "what is not a number"),
                },
            ),
            finding("C33", "boundary", holds, XOR),
            finding("C39", "training", Verdict("not measured"), PHOTOS, numbers={}, problem=f"ValueError: {MINE}"),
            finding("C49", "function", holds, TEMPERATURE),
        ),
        planned=11,
    )
