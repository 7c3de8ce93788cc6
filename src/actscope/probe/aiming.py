"""Whether the steps of training make an error larger: a loss of the wrong sign, or an optimiser that maximises."""

from .graph.telling import found
from .records import Finding


class Aiming:
    """The signs of the losses that were looked at, and whether an optimiser goes up or down."""

    def __init__(self) -> None:
        self._signs: set[int] = set()
        self.maximizes: bool | None = None
        """None until an optimiser of the model's weights has made a step."""

    def take(self, sign: int) -> None:
        """Take the sign of a loss, as `graph.sign` has it."""
        self._signs.add(sign)

    def findings(self, *, differentiated: bool, highest: float) -> tuple[Finding, ...]:
        """Return the finding, if there is one; `highest` is the largest loss so far.

        Losses of both signs are those of a game. A loss that was differentiated and never stepped with moves something
        else, as the inputs of an attack.
        """
        if len(self._signs) != 1 or (differentiated and self.maximizes is None):
            return ()
        (sign,) = self._signs
        if sign < 0 and not self.maximizes and not highest > 0:
            return (
                _told("The loss is the negative of an error that is never below 0, and the optimiser makes it fall"),
            )
        if sign > 0 and self.maximizes:
            return (_told("The loss is an error that is never below 0, and the optimiser has maximize=True"),)
        return ()


def _told(said: str) -> Finding:
    return found(
        "wrong-sign",
        "",
        f"{said}: each step makes the model worse, and there is no end to it.",
        (
            "Let the error fall; where it is to grow on purpose, as in unlearning, this is no mistake:",
            "    loss = loss_fn(model(inputs), targets)   # without a minus, and an optimiser without maximize=True",
        ),
        since=1,
    )
