"""The words for a finding, for the table of layers, and for counts and shares."""

from collections.abc import Collection, Mapping

from ...probe.findings import DEFINITIONS
from ...probe.records import Finding, Place, Recording
from .. import numerals
from ..words import counted
from .rows import WINDOW, spans_of, window


def heading(finding: Finding) -> str:
    """Return what a finding is called and where it is."""
    told = DEFINITIONS[finding.name].title
    # The layers of nn.Sequential are called by their numbers alone.
    kind = "layer " if finding.where.rpartition(".")[2].isdecimal() else ""
    return told[:1].upper() + told[1:] + (f" at {kind}{finding.where}" if finding.where else "")


def since(finding: Finding) -> str:
    """Return from when on a finding was seen; "" where it does not depend on steps."""
    return "" if finding.since is None else f"since step {grouped(finding.since)}"


def also(finding: Finding, most: int = 4) -> str:
    """Return where else it was found, the first few by name; "" if nowhere.

    >>> also(Finding("dead-units", "1/relu", 1.0, 0.6, "", (), also=("3/relu", "5/relu")))
    'also at 3/relu, 5/relu'
    """
    if not finding.also:
        return ""
    named, rest = finding.also[:most], len(finding.also) - most
    return f"also at {', '.join(named)}" + (
        f" and {counted(rest, 'more')[:-1] if rest > 1 else '1 more'}" if rest > 0 else ""
    )


def page_of(finding: Finding) -> str:
    """Return the command that shows the page of a finding."""
    return f"actscope findings {finding.name}"


def claims_of(finding: Finding) -> str:
    """Return the command that shows the claims which explain it; "" if none does."""
    claims = DEFINITIONS[finding.name].claims
    return f"actscope claims {' '.join(claims)}" if claims else ""


def function_of(place: Place) -> str:
    """Return the function of a place, with its role where that is another than an activation's."""
    return place.function if place.role == "activation" else f"{place.function}, {place.role}"


def window_of(recording: Recording) -> str:
    """Return which steps the table of layers and the curves speak of."""
    if recording.steps <= 1:
        return "in one step"
    here = window(recording)
    if here == recording.span(*WINDOW):
        return f"over the last {round(100 * (1 - WINDOW[0]))} % of the steps"
    first, last = spans_of(recording)[here][0][0], spans_of(recording)[here][-1][1]
    return f"over steps {grouped(first)} to {grouped(last)}, the last that were looked at"


def caption(recording: Recording, names: Mapping[str, str], columns: Collection[str]) -> str:
    """Return what order and columns of the table of layers are, and what a shortened name stands for."""
    over = window_of(recording)
    meanings = {
        "silent": f"Silent units: slope below {recording.eps:g} on every sample; small slope: the same for single "
        "elements (an ordinary ReLU has half).",
        "gradient": "Gradient: its length, relative to that at the last place.",
        "update": "Update: size of a step over size of the weight.",
    }
    told = (
        f"{'Worst first, then in the order in which they act. ' if len(recording.places) > 1 else ''}"
        f"{f'{over[:1].upper()}{over[1:]}. ' if recording.steps > 1 else ''}"
        f"{' '.join(meaning for column, meaning in meanings.items() if column in columns)}"
    )
    name = next((name for name, short in names.items() if name != short), "")
    return (told + (f" {names[name]} stands for {name}, and so on." if name else "")).strip()


def more(places: int, sick: int) -> str:
    """Return the line for the places that a long table leaves out.

    >>> more(30, 0), more(30, 2)
    ('and 30 more, where nothing was found', 'and 30 more, 2 of them with findings')
    """
    return f"and {places} more, " + (f"{sick} of them with findings" if sick else "where nothing was found")


def unfold(count: int) -> str:
    """Return the line that unfolds more places."""
    return f"{count} more, which are less suspicious"


def many(count: int) -> str:
    """Return a large count with three digits.

    >>> many(512), many(81920), many(2_097_152), many(3_100_000_000_000)
    ('512', '81.9 thousand', '2.1 million', '3.1e12')
    """
    if count < 10_000:
        return grouped(count)
    for size, word in ((1e12, ""), (1e9, " billion"), (1e6, " million"), (1e3, " thousand")):
        # What would be rounded to a thousand of a unit is one of the next.
        if count >= 0.9995 * size:
            return f"{count / size:.3g}{word}" if word else numerals.number(count, 2)
    return str(count)


def grouped(count: int) -> str:
    """Return a count with a comma between thousands, as the other texts have it.

    >>> grouped(100), grouped(41250)
    ('100', '41,250')
    """
    return f"{count:,}"


def ordinal(count: int) -> str:
    """Return the ordinal number.

    >>> [ordinal(count) for count in (2, 3, 4, 11, 21)]
    ['2nd', '3rd', '4th', '11th', '21st']
    """
    ending = "th" if 10 < count % 100 < 20 else {1: "st", 2: "nd", 3: "rd"}.get(count % 10, "th")
    return f"{count}{ending}"


def percent(share: float) -> str:
    """Return a share in whole percent; one that is neither none nor all is never rounded to it.

    >>> percent(0.0), percent(0.001), percent(0.5), percent(0.999), percent(float("nan"))
    ('0 %', '<1 %', '50 %', '>99 %', '–')
    """
    if 0 < share < 0.01:
        return "<1 %"
    if 0.99 < share < 1:
        return ">99 %"
    return f"{100 * share:.0f} %" if share == share else numerals.MISSING
