"""What starting costs, each in fresh processes: import and commands. First calls are in `actscope bench speed`.

python -m benchmarks.startup
"""

import subprocess
import sys
from statistics import median

ROUNDS = 7
CLOCK = "import time; t0 = time.perf_counter()"
TELL = "print(1e3 * (time.perf_counter() - t0))"
COMMAND = f"""import contextlib, io
{CLOCK}
from actscope.cli import run
with contextlib.redirect_stdout(io.StringIO()): run(%r)
{TELL}"""
CASES = {
    "import actscope": f"{CLOCK}\nimport actscope\n{TELL}",
    "actscope list": COMMAND % ["list"],
    "actscope show gelu": COMMAND % ["show", "gelu"],
    "first line of actscope compare digits": f"""import subprocess, sys, tempfile
{CLOCK}
with tempfile.TemporaryDirectory() as folder:
    command = [sys.executable, "-m", "actscope", "compare", "digits"]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        process.stderr.readline()
        {TELL}
        process.kill()""",
}


def main() -> None:
    for name, code in CASES.items():
        runs = [float(subprocess.check_output([sys.executable, "-c", code])) for _ in range(ROUNDS)]
        print(f"{name:55}{median(runs):8.1f} ms")


if __name__ == "__main__":
    main()
