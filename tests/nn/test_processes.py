"""Threads, processes and the floating-point mode: as PyTorch has them set, and left as they were."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest
import torch

import actscope as act
from actscope.kernels import threads
from actscope.nn import functional
from tensors import EVERY, given, with_gradients

LARGE = 40_004


@EVERY
def test_large_tensors_run_in_threads_and_give_the_same_numbers(activation):
    """The bits are those of small pieces, for any number of threads."""

    def f(*tensors):
        return functional.apply(activation, *tensors)

    x = given(activation, LARGE // 4, 4, dtype=torch.float32)[: len(activation.inputs)]
    assert x[0].numel() > threads.OPENMP_FROM
    whole = with_gradients(f, x)
    for part in (slice(0, 100), slice(5000, 5100), slice(-100, None)):
        for one, other in zip(whole, with_gradients(f, tuple(t[part] for t in x)), strict=True):
            assert torch.equal(one[part], other)


def test_the_number_of_threads_is_torchs(monkeypatch):
    x = given(act.gelu, 1_000_000, dtype=torch.float32)[0]
    before, seen = torch.get_num_threads(), []
    real = threads._team
    monkeypatch.setattr(threads, "_team", lambda: seen.append(real()) or seen[-1])
    try:
        results = []
        for count in (1, 2, 3):
            torch.set_num_threads(count)
            results.append(act.gelu(x))
        assert [team[0] for team in seen] == [1, 2, 3]
        assert all(torch.equal(result, results[0]) for result in results)
    finally:
        torch.set_num_threads(before)


def test_python_threads_work_at_the_same_time():
    x = given(act.gelu, 3000, 20, dtype=torch.float32)[0]
    names = ["gelu", "softmax", "mish", "tanh", "glu", "swish"]
    expected = {name: with_gradients(lambda t, n=name: functional.apply(n, t), (x,)) for name in names}
    wrong = []

    def work(name):
        for _ in range(5):
            got = with_gradients(lambda t: functional.apply(name, t), (x,))
            wrong.extend(name for one, other in zip(got, expected[name], strict=True) if not torch.equal(one, other))

    workers = [threading.Thread(target=work, args=(name,)) for name in names * 2]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not wrong


def run_python(*arguments: str, folder: Path | None = None) -> str:
    command = [sys.executable, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=folder, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


FLUSHED = """
import torch, actscope as act
from actscope.nn import functional

x = torch.full((1_000_000,), 1e-39).requires_grad_()
small = torch.full((1000, 16), 1e-39)
def ours():
    found = []
    for name in ("relu", "gelu", "tanh", "mish", "prelu", "hardswish", "softsign"):
        y = functional.apply(name, x)
        found += [y.detach(), *torch.autograd.grad(y, x, torch.ones_like(y))]
    return [*found, act.swiglu(small, small + 1), act.softmax(small), act.gelu(x[:100].detach()), act.prelu(small)]
def torchs():
    return torch.cat([x.detach() * 0.5, x[:1000].detach() * 0.5])

def bits(*tensors):   # a comparison of numbers would flush them itself
    return [tensor.detach().view(torch.int32) for tensor in tensors]
def same(some, others):
    return all(torch.equal(one, other) for one, other in zip(bits(*some), bits(*others), strict=True))

usual, plain = ours(), torchs()
assert torch.set_flush_denormal(True)
flushing = torchs()
assert bits(plain)[0].all() and not bits(flushing)[0][-1000:].any()
assert same(ours(), usual)
assert same([torchs()], [flushing])   # the mode is as it was, in this thread and in PyTorch's others
torch.set_flush_denormal(False)
assert same([torchs()], [plain])
print(same([usual[0]], [x]))
"""


def test_subnormal_numbers_survive_where_torch_flushes_them():
    assert run_python("-c", FLUSHED) == "True"


FORKED = """
import os, signal, warnings
import torch, actscope as act
warnings.simplefilter("ignore")
x = torch.randn(1_000_000)
whole = act.gelu(x), act.softmax(x.reshape(1000, 1000))
child = os.fork()
if child == 0:
    signal.alarm(30)
    again = act.gelu(x), act.softmax(x.reshape(1000, 1000))
    y = act.tanh(x[:100].requires_grad_())   # compiled in the child
    y.sum().backward()
    # Not torch.equal: PyTorch's own work on large tensors waits for its threads here.
    os._exit(0 if all((a.numpy() == b.numpy()).all() for a, b in zip(again, whole)) else 1)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no fork on this system")
def test_a_fork_after_parallel_work_does_not_hang():
    assert run_python("-c", FORKED) == "0"


LOADED = """
import sys, warnings
import torch, actscope as act
from torch.utils.data import DataLoader, Dataset

class Activated(Dataset):
    def __len__(self):
        return 6
    def __getitem__(self, k):
        x = torch.linspace(-k - 1, k + 1, 40_000)
        return act.gelu(x), act.softmax(x.reshape(100, 400)).sum(0)

if __name__ == "__main__":
    warnings.simplefilter("ignore")
    dataset = Activated()
    expected = [torch.stack(column) for column in zip(*(dataset[k] for k in range(6)))]
    for method in sys.argv[1:]:
        loader = DataLoader(dataset, batch_size=3, num_workers=2, multiprocessing_context=method)
        for got, wanted in zip([torch.cat(column) for column in zip(*loader)], expected):
            assert torch.equal(got, wanted), method
    print("same")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no fork on this system")
def test_workers_of_a_data_loader(tmp_path):
    """Both ways to start them; with spawn the file is imported anew in each."""
    (tmp_path / "loading.py").write_text(LOADED, encoding="utf-8")
    assert run_python("loading.py", "fork", "spawn", folder=tmp_path) == "same"
