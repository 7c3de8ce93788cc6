"""What starting costs, in fresh processes: which libraries are loaded, and when."""

import json
import subprocess
import sys

import pytest

HEAVY = (
    *("torch", "llvmlite", "jax", "altair", "numpy", "scipy", "sklearn", "pyarrow", "PIL", "mpmath", "sympy"),
    *("typer", "rich"),
)


def loaded_after(code: str) -> list[str]:
    """Return which heavy libraries a fresh process has loaded after `code`."""
    tell = f"import sys, json; print(json.dumps([name for name in {HEAVY} if name in sys.modules]))"
    done = subprocess.run([sys.executable, "-c", f"{code}\n{tell}"], capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize(
    ("code", "wanted"),
    [
        ("import actscope", []),
        ("import actscope; actscope.gelu", ["numpy"]),
        ("import actscope; actscope.gelu.properties", ["numpy"]),
        ("import actscope; actscope.gelu(1.0)", ["llvmlite", "numpy"]),
        ("import actscope; actscope.define('bent', '(sqrt(x**2 + 1) - 1)/2 + x')(1.0)", ["llvmlite", "numpy"]),
        ("import actscope.lab.records", []),
        ("from actscope.lab.tasks import load; load('moons')", ["numpy"]),
        ("import actscope; actscope.nn", ["torch", "llvmlite", "numpy"]),
        ("from actscope.cli import run; run(['list'])", ["numpy", "typer", "rich"]),
        ("from actscope.cli import run; run(['show', 'gelu'])", ["numpy", "typer", "rich"]),
    ],
)
def test_nothing_is_loaded_before_it_is_used(code, wanted):
    assert loaded_after(code) == [name for name in HEAVY if name in wanted]


def test_import_takes_less_than_a_tenth_of_a_second():
    code = "import time; t = time.perf_counter(); import actscope; print(time.perf_counter() - t)"
    runs = [float(subprocess.check_output([sys.executable, "-c", code])) for _ in range(3)]
    assert min(runs) < 0.1
