"""The card of an activation for the terminal: curve, formulas, what follows from them, story."""

from collections.abc import Mapping, Sequence

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from ...catalogue import Activation
from . import facts, sampling, words
from .facts import Fact
from .terminal import WIDTH, drawing

# What the frame and the numbers beside the curve take.
_FRAME = 14
_ROOMY = 96


class Card:
    """A card as wide as where it is printed; without braille characters where they cannot be written."""

    def __init__(self, activation: Activation, parameters: Mapping[str, float] | None = None) -> None:
        self.activation = activation
        self.given = activation.bind(**(parameters or {}))
        self.told = (
            facts.formulas(activation),
            facts.parameters(activation, self.given),
            facts.derived(activation, self.given),
        )
        self.curve = _sampled(activation, self.given)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the card."""
        parts: list[RenderableType] = []
        if self.curve is not None:
            braille = _can_write("⣿─▒", options.encoding)
            parts += [drawing(self.curve, max(24, min(WIDTH, options.max_width - _FRAME)), braille), Text()]
        formulas, parameters, derived = self.told
        parts += [_table([*formulas, *parameters], options.max_width)]
        parts += [Text(), _table(derived, options.max_width)] if derived else []
        below = 0 if self.activation.written else 1
        parts.append(Padding(Text(self.activation.story, style="italic"), (1, 0, below, 0)))
        if not self.activation.written:
            parts.append(Text(str(self.activation.introduced), style="dim"))
        if self.activation.aliases:
            parts.append(Text(f"also called {words.several(self.activation.aliases)}", style="dim"))
        title = words.title(self.activation.title, words.changed(self.activation, self.given))
        yield Panel(Group(*parts), title=f"[bold]{title}[/]", title_align="left", padding=(1, 2))


def _sampled(activation: Activation, given: dict[str, float]) -> sampling.Curve | sampling.Gated | None:
    if activation.pointwise:
        return sampling.curve(activation, given)
    return sampling.gated(activation, given) if activation.gated else None


def _table(told: Sequence[Fact], width: int) -> Table:
    """Return labels and what they say; how it is known has a column of its own where there is room."""
    apart = width >= _ROOMY and any(fact.known for fact in told)
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="bold", no_wrap=True)
    table.add_column()
    table.add_column(style="dim", no_wrap=True)
    for fact in told:
        how = words.brief(fact.known) if fact.known else ""
        text = Text(fact.text)
        if how and not apart:
            text.append(f"  {how}", style="dim")
        table.add_row(fact.label, text, how if apart else "")
    return table


def _can_write(signs: str, encoding: str) -> bool:
    try:
        signs.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True
