"""Threads: PyTorch's own where it is loaded, Python's elsewhere, none in a forked child."""

import os
import subprocess
import sys

import numpy as np
import pytest

from actscope import kernels
from actscope.catalogue import get
from actscope.kernels import threads

X = np.random.default_rng(0).normal(size=1_000_000).astype(np.float32)


def run_python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True)
    return done.stdout


SAME = """
import numpy as np
x = np.random.default_rng(0).normal(size=1_000_000).astype(np.float32)
from actscope import kernels
from actscope.catalogue import get
whole = kernels.value(get("gelu"), x)
parts = np.concatenate([kernels.value(get("gelu"), part) for part in np.array_split(x, 100)])
assert (whole == parts).all()
"""


def test_without_torch_python_threads_share_the_work():
    code = SAME + "import sys\nfrom actscope.kernels import threads\n"
    code += "print('torch' in sys.modules, threads._pool.cache_info().currsize)"
    wanted = "False 1" if threads._processors() > 1 else "False 0"
    assert run_python(code).strip() == wanted


def test_with_torch_its_own_threads_share_the_work():
    torch = pytest.importorskip("torch")
    threads._of_openmp.cache_clear()
    got = kernels.value(get("gelu"), X)
    if list(threads.Path(torch.__path__[0], "lib").glob("libgomp*")):
        assert threads._team()[1] is not None
    np.testing.assert_array_equal(got[:1000], kernels.value(get("gelu"), X[:1000]))


def test_one_torch_thread_means_one_thread(monkeypatch):
    torch = pytest.importorskip("torch")
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        monkeypatch.setattr(threads, "_openmp", lambda _: pytest.fail("a team was started"))
        monkeypatch.setattr(threads, "_team", lambda: (1, None))
        kernels.value(get("gelu"), X)
    finally:
        torch.set_num_threads(before)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
@pytest.mark.parametrize("first", ["", "import torch\n"])
def test_a_forked_child_does_not_wait_for_threads_it_does_not_have(first):
    code = (
        first
        + SAME
        + """
import os, signal, warnings
warnings.simplefilter("ignore")
child = os.fork()
if child == 0:
    signal.alarm(20)
    again = kernels.value(get("gelu"), x)
    os._exit(0 if (again == whole).all() else 1)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    )
    assert run_python(code).strip() == "0"


def test_many_threads_may_compile_at_once():
    code = """
import threading
import numpy as np
from actscope import kernels
from actscope.catalogue import CATALOGUE
failed = []
def work():
    try:
        for activation in list(CATALOGUE)[::5]:
            kernels.value(activation, np.ones((2, 4), np.float32))
    except BaseException as error:
        failed.append(error)
threads = [threading.Thread(target=work) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(failed)
"""
    assert run_python(code).strip() == "[]"


def test_a_kernel_that_is_forgotten_takes_nothing_of_the_others_with_it():
    code = """
import gc
import numpy as np
from actscope import kernels
from actscope.catalogue import get
from actscope.kernels import compiler
x = np.ones(3)
kernels.value(get("tanh"), x)
for name in ("gelu", "silu", "elu"):
    kernels.value(get(name), x)
    compiler.kernel_for.cache_clear()
    compiler.compiled.cache_clear()
    gc.collect()
print(kernels.value(get("mish"), x).round(3).tolist())
"""
    assert run_python(code).strip() == "[0.865, 0.865, 0.865]"
