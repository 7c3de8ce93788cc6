"""The machine code itself: every loop is vectorised and calls nothing."""

import platform
import re
import subprocess
import sys
from itertools import product

import pytest

from actscope.catalogue import CATALOGUE, get
from actscope.formula import parse
from actscope.kernels import compiler, sources
from actscope.kernels.codegen import llvm_ir
from actscope.kernels.memory import Source

# Packed arithmetic, or packed moves for the formulas that only move data: registers of at least two lanes.
WIDE_REGISTERS = {"x86_64": r"%[yz]mm\d+|\bv?(?:mul|add|sub|cmp|and)p[sd]\b", "aarch64": r"\bv\d+\.[24][sd]\b"}
CALLS = {"x86_64": r"^\s*callq?\b.*$", "aarch64": r"^\s*blr?\b.*$"}
MACHINE = {"AMD64": "x86_64", "arm64": "aarch64"}.get(platform.machine(), platform.machine())

pytestmark = pytest.mark.skipif(MACHINE not in WIDE_REGISTERS, reason=f"no pattern for the assembly of {MACHINE}")


@pytest.mark.parametrize("activation", CATALOGUE, ids=lambda a: a.name)
@pytest.mark.parametrize(
    ("dtype", "kind"),
    # 16 bits are computed as float32 is; the gradient has two arrays of them to widen and one to round.
    [*product(["float32", "float64"], ["value", "gradient"]), ("float16", "gradient"), ("bfloat16", "gradient")],
)
def test_each_loop_is_vectorised_and_calls_nothing(activation, dtype, kind):
    code = compiler.assembly(sources.source(activation, kind, dtype, tuple(activation.bind().items())))
    assert re.search(WIDE_REGISTERS[MACHINE], code)
    assert re.findall(CALLS[MACHINE], code, flags=re.MULTILINE) == []


def test_the_check_sees_a_loop_that_is_not_vectorised():
    source = Source(("x",), (parse("x"),), (), "float32")
    scalar = llvm_ir(source).replace("store float", "store volatile float")
    machine = compiler.target()
    module = compiler.llvm.parse_assembly(scalar)
    module.triple = machine.triple
    text = machine.emit_assembly(module)
    assert not re.search(WIDE_REGISTERS[MACHINE], text)


def test_value_and_slope_share_the_exponential():
    ir = llvm_ir(sources.source(get("silu"), "value_and_slope", "float32", ()))
    assert ir.count("shl i64") == 1  # one power of two, hence one exponential
    assert ir.count("fdiv double") == 1


def test_nothing_is_written_to_disk(tmp_path):
    code = "import actscope as act; act.gelu(1.0); act.gelu.slope([1.0])"
    environment = {"HOME": str(tmp_path), "PATH": "", "PYTHONPATH": ":".join(sys.path), "PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run([sys.executable, "-c", code], check=True, cwd=tmp_path, env=environment)
    assert list(tmp_path.iterdir()) == []
