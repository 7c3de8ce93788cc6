"""Every sentence that a reader of the claims meets; what pictures show in words is in `alt.py`."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from ...lab.claims import GROUPS, Finding, Number
from ...lab.claims.pictures import Film, Picture
from .. import numerals
from ..words import counted, fine

MARKS: Mapping[str, str] = MappingProxyType(
    {"holds": "✓", "holds when": "◐", "does not hold": "✗", "not measured": "?"}
)
"""A sign for each word of a verdict, so that it need not be told by its colour."""
GROUP_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "function": "The function alone",
        "neuron": "One neuron",
        "depth": "Many layers",
        "boundary": "Decision boundaries",
        "training": "Training",
        "cost": "What it costs",
    }
)
GROUP_TEXTS: Mapping[str, str] = MappingProxyType(
    {
        "function": "Values, slopes and ranges: what can be said of an activation function before it meets a network.",
        "neuron": "What a single unit does with its inputs, and what its slope does with the gradient that comes back.",
        "depth": "What happens to signal and gradient on their way through layer after layer.",
        "boundary": "Which regions of a plane a network can tell apart, with an activation function and without.",
        "training": "What becomes of all this when networks learn: how fast, how well, and which units die.",
        "cost": "Times on this machine, measured in turns so that other work disturbs all alike.",
    }
)

COUNTED: Mapping[str, str] = MappingProxyType(
    {
        "holds": "hold",
        "holds when": "hold under a condition",
        "does not hold": "do not hold",
        "not measured": "could not be measured",
    }
)
"""What is said of several claims with a verdict."""

# The page
CONTENTS = "Contents"
COUNTS = "Verdicts"
ARTICLES = "The five articles"
INTRODUCTION = (
    "Five articles explain to students what an activation function is, why a network needs one, what each does to "
    "values and gradients, and how to choose. They say, among other things, that layers without activations collapse "
    "into one, that sigmoid’s small slope starves deep networks of gradient, that ReLU passes it on and is faster, but "
    "that its units can die. Here every such sentence is taken at its word, and measured."
)
METHOD = (
    "Each claim has an experiment and a criterion that was written down before the numbers were there. The verdict "
    "follows from the numbers by the criterion alone. A claim holds, or holds under a condition that is itself "
    "measured, or does not hold; then it is told what holds instead. Intervals say how sure a number is."
)
HOW = "Measured"
CRITERION = "Criterion"
INSTEAD = "What holds instead"
REPEAT = "Repeat it"
LINK = "Link to this claim"
VERDICT = "Verdict"
QUANTITY = "quantity"
VALUE = "value"
UNCERTAINTY = "uncertainty"
PLAY, PAUSE = "Play", "Pause"
FAILED = "The experiment broke down:"
ALL_NUMBERS = "Every number is in claims.json, and every figure in figures as SVG and PNG, in the same folder."

# The terminal
HEADERS = ("", "", "claim", "verdict", "measured")
LARGEST_COUNT = 1e9
NEAR_ONE = 1e-3
WIDEST = 46
"""Letters of what is told beside the bar; more are cut, so that the bar does not move to and fro."""
IDS_HELP = f"Claims such as C05, or groups ({', '.join(GROUPS)}), with spaces or commas between them."
LOADING = "loading PyTorch"
WRITING = "writing the page"
NOTHING = "interrupted before the first claim was measured; nothing to report"


def title(count: int) -> str:
    """Return the title of the page.

    >>> title(49)
    '49 claims about activation functions, measured'
    """
    return f"{counted(count, 'claim')} about activation functions, measured"


def counts(findings: Iterable[Finding]) -> list[tuple[str, int]]:
    """Return how many claims have each verdict, those that none has left out."""
    found: Counter[str] = Counter(finding.verdict.word for finding in findings)
    return [(word, found[word]) for word in MARKS if found[word]]


def summary(findings: Sequence[Finding]) -> str:
    """Return how many claims hold, hold under a condition, and do not hold, in a sentence."""
    alone = {"holds": "holds", "holds when": "holds under a condition", "does not hold": "does not hold"}
    parts = [f"{n} {alone.get(word, COUNTED[word]) if n == 1 else COUNTED[word]}" for word, n in counts(findings)]
    took = numerals.seconds(sum(finding.seconds for finding in findings))
    return f"{counted(len(findings), 'claim')}: {', '.join(parts)}. Measuring took {took}, without drawing."


def grouped(findings: Sequence[Finding]) -> list[tuple[str, list[Finding]]]:
    """Return the findings by group, in the order of the groups."""
    groups = [(group, [finding for finding in findings if finding.group == group]) for group in GROUPS]
    return [(group, found) for group, found in groups if found]


def articles(finding: Finding) -> str:
    """Return the articles that a claim is in, as one text."""
    return ", ".join(finding.articles)


def value(number: Number) -> str:
    """Return a number with its unit, with as many digits as its interval needs.

    >>> value(Number(0.97231, "accuracy", low=0.97223, high=0.97239)), value(Number(31.25, "time", "ms"))
    ('0.9723', '31.2 ms')
    >>> value(Number(0.9999546, "sigmoid(10)")), value(Number(1.0, "share"))
    ('0.99995', '1')
    >>> value(Number(131072, "inputs")), value(Number(1000, "inputs"))
    ('131,072', '1000')
    """
    if number.value.is_integer() and abs(number.value) < LARGEST_COUNT:
        told = f"{number.value:z.0f}".replace("-", numerals.MINUS)
    else:
        told = numerals.number(number.value, _digits(number))
    return f"{_grouped(told)} {number.unit}" if number.unit else _grouped(told)


def interval(number: Number) -> str:
    """Return from where to where the number may be; "" for one that is exact.

    >>> interval(Number(2.0, "ratio", low=1.8, high=2.3)), interval(Number(2.0, "ratio"))
    ('1.8 to 2.3', '')
    """
    if not number.low <= number.high:
        return ""
    low, high = (_grouped(numerals.number(end, _digits(number))) for end in (number.low, number.high))
    return f"{low} to {high}"


def measured(number: Number) -> str:
    """Return a number in a line: what it is, its value, its interval.

    >>> measured(Number(2.0, "ratio of times", low=1.8, high=2.3))
    'ratio of times: 2 (1.8 to 2.3)'
    """
    between = interval(number)
    return fine(f"{number.meaning}: {value(number)}{f' ({between})' if between else ''}")


def key(finding: Finding) -> str:
    """Return the number that a claim hangs on, the first that its experiment tells of, in a line."""
    return finding.problem or next((measured(number) for number in finding.numbers.values()), "")


def command(id: str) -> str:
    """Return the command that repeats a claim's experiment.

    >>> command("C05")
    'actscope claims C05'
    """
    return f"actscope claims {id}"


def still(picture: Picture) -> str:
    """Return which frame of a film is seen where nothing moves; "" for another picture."""
    return f"{picture.slider}: {picture.frames[picture.start][0]}" if isinstance(picture, Film) else ""


def more(count: int) -> str:
    """Return what unfolds the rest of a table.

    >>> more(7)
    '7 more numbers'
    """
    return counted(count, "more number")


def numbers_of(id: str) -> str:
    """Return what the table of a claim holds."""
    return f"Numbers of {id}"


def cloud(label: int) -> str:
    """Return what the points of a class are called.

    >>> cloud(0), cloud(4)
    ('class 0', 'class 4')
    """
    return f"class {label}"


def measuring(id: str, title: str, most: int = WIDEST) -> str:
    """Return what stands beside the bar while a claim is measured, in few letters.

    >>> measuring("C05", "Sigmoid starves deep networks", most=16)
    'C05 Sigmoid sta…'
    """
    told = f"{id} {title}"
    return told if len(told) <= most else f"{told[: most - 1]}…"


def finished(done: int, claims: int, finding: Finding) -> str:
    """Return the line of a claim that was measured."""
    word = f"{finding.verdict.word} …" if finding.verdict.condition else finding.verdict.word
    told = f"{word} ({finding.problem})" if finding.problem else word
    return f"[{done}/{claims}] {finding.id} {finding.title}: {told}, {numerals.seconds(finding.seconds)}"


def no_browser(page: str) -> str:
    """Return that the page was not opened, and what to do."""
    return f"no browser could be started; open {page} yourself"


def unfinished(finished: int, planned: int) -> str:
    """Return the line that warns of an interruption."""
    return f"Interrupted: {finished} of {counted(planned, 'claim')} were measured."


def _grouped(told: str) -> str:
    """Return a number of five digits or more with commas; one of four is told as it is in sentences."""
    return re.sub(r"\d{5,}", lambda whole: f"{int(whole[0]):,}", told) if re.fullmatch(r"\D?\d+", told) else told


def _digits(number: Number) -> int:
    if not number.low <= number.high and 0 < abs(number.value - 1) < NEAR_ONE:
        # What comes close to 1 and is not 1 must not be told as 1: how close it comes is what matters.
        return next((digits for digits in range(3, 9) if numerals.number(number.value, digits) != "1"), 3)
    for digits in range(3, 7):
        low, high = (numerals.number(end, digits) for end in (number.low, number.high))
        if low != high or not number.low < number.high:
            return digits
    return 7
