"""What the first result costs, each in fresh processes: import, first kernel, every further kernel, the commands.

    python -m benchmarks.startup
"""

import subprocess
import sys
from statistics import median

ROUNDS = 7
CLOCK = "import time; t0 = time.perf_counter()"
TELL = "print(1e3 * (time.perf_counter() - t0))"
CASES = {
    "import actscope": f"{CLOCK}\nimport actscope\n{TELL}",
    "first act.gelu(array), imports included, NumPy loaded": f"import numpy\nx = numpy.ones(8)\n{CLOCK}\nimport actscope\nactscope.gelu(x)\n{TELL}",
    "each further function": (
        "import numpy, actscope\nx = numpy.ones(8)\nactscope.relu(x)\n"
        f"names = [a.name for a in actscope.catalogue if a.name != 'relu' and not a.rowwise]\n{CLOCK}\n"
        "for name in names: actscope.get(name)(x)\n"
        "print(1e3 * (time.perf_counter() - t0) / len(names))"
    ),
    "actscope list": f"{CLOCK}\nfrom actscope.cli import run\nimport io, contextlib\nwith contextlib.redirect_stdout(io.StringIO()): run(['list'])\n{TELL}",
    "actscope show gelu": f"{CLOCK}\nfrom actscope.cli import run\nimport io, contextlib\nwith contextlib.redirect_stdout(io.StringIO()): run(['show', 'gelu'])\n{TELL}",
}


def main() -> None:
    for name, code in CASES.items():
        runs = [float(subprocess.check_output([sys.executable, "-c", code])) for _ in range(ROUNDS)]
        print(f"{name:55}{median(runs):8.1f} ms")


if __name__ == "__main__":
    main()
