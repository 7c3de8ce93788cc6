"""Draw the pictures of the documents with actscope itself.

python tools/draw_images.py
"""

from pathlib import Path

import actscope as act
from actscope import report

IMAGES = Path(__file__).parent.parent / "docs" / "images"


def main() -> None:
    comparison = act.compare("digits")
    IMAGES.mkdir(exist_ok=True)
    for theme in ("light", "dark"):
        print(report.save_png(report.figures.gradient(comparison), IMAGES / f"gradient-{theme}.png", theme=theme))
    print(comparison.answer)


if __name__ == "__main__":
    main()
