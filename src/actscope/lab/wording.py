"""Numbers in sentences."""

import re
from collections.abc import Sequence
from typing import Any


def written(sentence: str, **values: Any) -> str:
    """Return the sentence with its values filled in, with "97 %" for "97%" and "2e-7" for "2e-07".

    >>> written("{share:.1%} and {small:.1g}", share=0.971, small=2.1e-7)
    '97.1 % and 2e-7'
    """
    text = re.sub(r"(\d)%", r"\1 %", sentence.format(**values))
    return re.sub(r"(\de)\+?(-?)0*(\d)", r"\1\2\3", text)


def listed(names: Sequence[str], word: str = "and") -> str:
    """Return the names as a list in prose, with `word` before the last.

    >>> listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"], "or")
    ('a', 'a and b', 'a, b or c')
    """
    return f" {word} ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
