"""What the first result costs, each in fresh processes: import, first kernel, every further kernel, the commands.

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
    "first act.gelu(array), imports included, NumPy loaded": f"""import numpy
x = numpy.ones(8)
{CLOCK}
import actscope
actscope.gelu(x)
{TELL}""",
    "each further function": f"""import numpy, actscope
x = numpy.ones(8)
actscope.relu(x)
rest = [a for a in actscope.catalogue if a.name != "relu" and not a.rowwise]
{CLOCK}
for activation in rest: activation(x)
print(1e3 * (time.perf_counter() - t0) / len(rest))""",
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
