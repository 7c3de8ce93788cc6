"""What a finding is: its name, its meaning, where the definition and its threshold come from."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Definition:
    """One kind of disease."""

    name: str
    """As in `Finding.name`; its page is docs/findings/NAME.md."""
    title: str
    meaning: str
    """What is the matter, in a sentence or two."""
    rule: str
    """When it is found: the quantity and the threshold, in words."""
    source: str
    """Where the definition or the threshold comes from."""
    claims: tuple[str, ...] = ()
    """The claims that explain it: `actscope claims C05`."""
