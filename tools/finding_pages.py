"""Write what the pages on findings take from the definitions: titles, rules, sources, claims, and the table of all.

python -m tools.finding_pages
"""

import re
import textwrap
from pathlib import Path

from actscope.probe.findings import DEFINITIONS, Definition

PAGES = Path(__file__).parent.parent / "docs" / "findings"
BEFORE, AFTER = "## How it is found\n\n", "## See it\n"


def title(definition: Definition) -> str:
    """Return the heading of a page."""
    return f"# {definition.title[0].upper()}{definition.title[1:]}"


def rule(definition: Definition) -> str:
    """Return the quotation that says when a finding is found."""
    return "\n".join(_wrapped(f"**{definition.name}**: {definition.rule}.", "> "))


def source(definition: Definition) -> str:
    """Return where a definition comes from, and the claims that measure it."""
    claims = ", ".join(f"`actscope claims {claim}`" for claim in definition.claims)
    told = [f"Source: {definition.source}.", *([f"Measured: {claims}."] if claims else [])]
    return "\n\n".join("\n".join(_wrapped(line)) for line in told)


def renewed(text: str, definition: Definition) -> str:
    """Return a page with the words of its definition; what is written by hand stays."""
    head, _, rest = text.partition(BEFORE)
    found, _, tail = rest.partition(AFTER)
    own = re.sub(r"\A(?:>.*\n)+\n", "", found)
    own = re.sub(r"^Source: .*\Z", "", own, flags=re.MULTILINE | re.DOTALL).strip()
    head = re.sub(r"\A# .*", lambda _: title(definition), head)
    return f"{head}{BEFORE}{rule(definition)}\n\n{own}\n\n{source(definition)}\n\n{AFTER}{tail}"


def index(text: str) -> str:
    """Return the table of all pages in the order of the definitions, behind what is written by hand."""
    rows = [f"| [{one.name}]({one.name}.md) | {one.title} | {one.meaning} |" for one in DEFINITIONS.values()]
    head = text.partition("| finding |")[0]
    return head + "\n".join(["| finding | title | in a sentence |", "|---|---|---|", *rows]) + "\n"


def _wrapped(text: str, indent: str = "") -> list[str]:
    return textwrap.wrap(
        text, 120, initial_indent=indent, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


def main() -> None:
    for name, definition in DEFINITIONS.items():
        page = PAGES / f"{name}.md"
        page.write_text(renewed(page.read_text(encoding="utf-8"), definition), encoding="utf-8")
    readme = PAGES / "README.md"
    readme.write_text(index(readme.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
