"""The words and signs of a formula in text, each with its place, and the error that marks a place."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from ..errors import FormulaError
from .printing import GREEK

Kind = Literal["number", "name", "sign", "raised", "end"]

# What mathematics prints beside ASCII. Look-alikes, accents and invisible characters are refused.
_SIGNS = {
    **dict.fromkeys("\N{MINUS SIGN}\N{EN DASH}", "-"),
    **dict.fromkeys("\N{MULTIPLICATION SIGN}\N{MIDDLE DOT}\N{DOT OPERATOR}", "*"),
    **dict.fromkeys("\N{DIVISION SIGN}\N{DIVISION SLASH}", "/"),
    "\N{LESS-THAN OR EQUAL TO}": "<=",
    "\N{GREATER-THAN OR EQUAL TO}": ">=",
    "^": "**",
}
_NAMES = {
    **{unicodedata.lookup(f"GREEK SMALL LETTER {name}"): name for name in GREEK - {"lambda"}},
    # Python keeps the word lambda for itself; this is how PyTorch spells it.
    "\N{GREEK SMALL LETTER LAMDA}": "lambd",
    "\N{GREEK SMALL LETTER PI}": "pi",
    "\N{GREEK CAPITAL LETTER PHI}": "Phi",
}
_RAISED = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-", strict=True))
_PATTERN = re.compile(
    rf"(?P<number>(?:[0-9]+(?:_[0-9]+)*\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    rf"|(?P<name>[A-Za-z_][A-Za-z0-9_]*|[{''.join(_NAMES)}])"
    rf"|(?P<raised>[{''.join(_RAISED)}]+)"
    rf"|(?P<sign>\*\*|<=|>=|==|!=|[-+*/<>=(),|{''.join(_SIGNS)}])"
)
# A name with its library before it, as np.log and torch.nn.functional.relu have.
_OF_LIBRARY = re.compile(r"(?P<before>(?:[A-Za-z_]\w*\.)+)(?P<name>[A-Za-z_]\w*)(?P<call>\s*\()?")


@dataclass(frozen=True, slots=True)
class Token:
    """A word or sign as it is understood, and where it begins."""

    kind: Kind
    text: str
    place: int


def refusal(line: str, place: int, problem: str) -> FormulaError:
    """Return the error that shows the line, or the part of it around `place`, and marks the place."""
    start = max(0, place - 60)
    return FormulaError(f"{problem}\n  {line[start : start + 120]}\n  {' ' * (place - start)}^")


def tokens(line: str) -> list[Token]:
    """Return the words and signs of `line` in order, and a last one of kind "end".

    Raises FormulaError at a character that no formula has.

    >>> [token.text for token in tokens("2·x² ≥ π")]
    ['2', '*', 'x', '2', '>=', 'pi', '']
    """
    found: list[Token] = []
    place = 0
    while place < len(line):
        if line[place] == " ":
            place += 1
        elif match := _PATTERN.match(line, place):
            found.append(_understood(line, match))
            place = match.end()
        else:
            if line[place] == "." and found and (match := _OF_LIBRARY.match(line, found[-1].place)):
                raise _of_library(line, match)
            advice = "write names in plain letters, such as alpha"
            if line[place].isascii():
                advice = "numbers, names, + - * / **, parentheses and functions are"
            raise refusal(line, place, f"{line[place]!a} is not part of a formula; {advice}")
    return [*found, Token("end", "", len(line))]


def _of_library(line: str, match: re.Match[str]) -> FormulaError:
    """Return the error for a name with the library before it, or with what it acts on."""
    written = f"{match['name']}(x)" if match["call"] else match["name"]
    return refusal(
        line, match.start(), f"names stand alone in a formula; leave out {match['before']!r}, write {written}"
    )


def _understood(line: str, match: re.Match[str]) -> Token:
    text, place = match[0], match.start()
    match match.lastgroup:
        case "number":
            if re.match(r"0[xXbBoO][0-9A-Fa-f]", line[place:]):
                raise refusal(line, place, "numbers are written in decimal digits")
            return Token("number", text.replace("_", ""), place)
        case "name":
            return Token("name", _NAMES.get(text, text), place)
        case "raised":
            return Token("raised", "".join(_RAISED[digit] for digit in text), place)
    return Token("sign", _SIGNS.get(text, text), place)
