"""`actscope diagnose FILE:FUNCTION`: the file runs as `python FILE` lets it, and whatever it does is no traceback."""

import os
import sys

import pytest

from actscope.cli import run

NET = """
from torch import nn

def net():
    return nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3))
"""
TRAINING = """
import argparse
import os
import sys
import torch
from torch import nn
from nets_beside import net

parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.1)
LR = parser.parse_args().lr
BATCHES = [(torch.ones(8, 4), torch.arange(8) % 3)]
LOSS = nn.CrossEntropyLoss()

class Leaving(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(4, 3)

    def forward(self, x):
        sys.exit(0)

class Stopping(torch.optim.SGD):
    def step(self, closure=None):
        exit()

class Late(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = net()

    def forward(self, x):
        import late_beside
        return late_beside.same(self.net(x))

def build():
    import lazy_beside
    sys.path.insert(0, "nowhere")
    os.chdir(os.path.dirname(os.path.abspath(__file__)))
    return Late(), LOSS, BATCHES

def leaves():
    sys.exit(0)

def model_leaves():
    return Leaving(), LOSS, BATCHES

def loss_leaves():
    return net(), lambda outputs, targets: sys.exit(1), BATCHES

def batches_leave():
    def drawn():
        yield BATCHES[0]
        raise SystemExit
    return net(), LOSS, drawn()

def optimizer_leaves():
    model = net()
    return model, LOSS, BATCHES, Stopping(model.parameters(), 0.1)

def needs_arguments():
    parser.add_argument("data")
    parser.parse_args()

def as_dict():
    return {"model": net(), "loss": LOSS, "batches": BATCHES}
"""

FAILING = """
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

class Pictures(Dataset):
    def __len__(self):
        return 8

    def __getitem__(self, k):
        if k > 3:
            return self.missing
        return torch.ones(4), 1

class Step(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x

    @staticmethod
    def backward(ctx, gradient):
        raise KeyError("saved")

class Net(nn.Sequential):
    def forward(self, x):
        return Step.apply(super().forward(x))

class Counting(torch.optim.SGD):
    def step(self, closure=None):
        assert self.state["count"] == 1, "no count"

def given(model=None, loss=None, batches=None):
    x, y = torch.ones(8, 4), torch.arange(8) % 3
    net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3))
    return model or net, loss or nn.CrossEntropyLoss(), batches or [(x, y)]

def data():
    return given(batches=DataLoader(Pictures(), 2))

def worker():
    return given(batches=DataLoader(Pictures(), 2, num_workers=1))

def narrow():
    return given(batches=[(torch.ones(8, 5), torch.arange(8) % 3)])

def loss():
    return given(loss=lambda outputs, targets: outputs["logits"].mean())

def backward():
    return given(Net(nn.Linear(4, 3)))

def stepping():
    model, *others = given()
    return model, *others, Counting(model.parameters(), 0.1)
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A folder with a script in one of its own, beside it what it imports; one is in the folder above."""
    scripts = tmp_path / "scripts"
    scripts.mkdir()
    (scripts / "training.py").write_text(TRAINING)
    (scripts / "nets_beside.py").write_text(NET)
    (scripts / "lazy_beside.py").write_text("import at_the_root")
    (scripts / "late_beside.py").write_text("def same(x):\n    return x\n")
    (tmp_path / "at_the_root.py").write_text("")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["actscope", "diagnose", "--an-option-of-ours"])
    # As an installed command has it, which does not search the folder that it is called in.
    monkeypatch.setattr(sys, "path", [place for place in sys.path if place])
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(tmp_path)):
            del sys.modules[name]


def fails(capsys, target):
    """Return the one sentence that is said of a target that cannot be run."""
    assert run(["diagnose", target, "--steps", "3"]) == 2
    told = capsys.readouterr()
    assert "Traceback" not in told.err
    assert told.out == ""
    return " ".join(told.err.split())


def test_a_file_finds_its_neighbours_when_it_is_loaded_called_and_trained(project, capsys):
    arguments, path = list(sys.argv), list(sys.path)
    assert run(["diagnose", "scripts/training.py:build", "--steps", "3"]) == 0
    assert "healthy" in capsys.readouterr().out
    assert (sys.argv, sys.path, os.getcwd()) == (arguments, path, str(project))


def test_a_module_finds_its_package_in_the_folder_one_is_in(project, capsys):
    (project / "package_here").mkdir()
    (project / "package_here" / "nets.py").write_text(NET)
    text = TRAINING.replace("from nets_beside", "from .nets").replace("import late_beside", "from . import late_beside")
    (project / "package_here" / "training.py").write_text(text.replace("lazy_beside", "at_the_root"))
    (project / "package_here" / "late_beside.py").write_text("def same(x):\n    return x\n")
    path = list(sys.path)
    assert run(["diagnose", "package_here.training:build", "--steps", "3"]) == 0
    assert sys.path == path
    assert "healthy" in capsys.readouterr().out
    assert "SystemExit: 0" in fails(capsys, "package_here.training:leaves")


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (
            "leaves",
            "failed with SystemExit: 0, in line 43 of scripts/training.py: sys.exit() and the like end the whole",
        ),
        ("model_leaves", "SystemExit: 0, in line 21 of scripts/training.py"),
        ("loss_leaves", "SystemExit: 1, in line 49 of scripts/training.py"),
        ("batches_leave", "SystemExit, in line 54 of scripts/training.py"),
        ("optimizer_leaves", "SystemExit: None, in line 25 of scripts/training.py"),
        ("needs_arguments", "usage: training.py [-h] [--lr LR] data"),
        ("as_dict", "'loss', did you mean 'loss_fn'?; it may have model, loss_fn, batches, optimizer"),
    ],
)
@pytest.mark.usefixtures("project")
def test_leaving_the_program_is_no_verdict(function, says, capsys):
    assert says in fails(capsys, f"scripts/training.py:{function}")


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (
            "data",
            "failed at batch 3: AttributeError: 'Pictures' object has no attribute 'missing', in line 12 of own.py",
        ),
        ("worker", "batch 3: AttributeError: 'Pictures' object has no attribute 'missing', in line 12 of own.py; mend"),
        ("narrow", "(8x5 and 4x8), in layer `0` (Linear); the layer takes 4 features, and 5 arrive"),
        ("loss", "IndexError: too many indices for tensor of dimension 2, in line 47 of own.py"),
        ("backward", "backward pass failed at step 1: KeyError: 'saved', in line 22 of own.py"),
        ("stepping", "the optimizer Counting failed at step 1: AssertionError: no count, in line 30 of own.py"),
    ],
)
@pytest.mark.filterwarnings("ignore:Using a non-tuple sequence")
@pytest.mark.filterwarnings("ignore:This process.*is multi-threaded:DeprecationWarning")
def test_what_a_user_s_code_raises_is_told_with_its_line(project, function, says, capsys):
    (project / "own.py").write_text(FAILING)
    assert says in fails(capsys, f"own.py:{function}")


@pytest.mark.parametrize(
    ("place", "text", "target", "says"),
    [
        ("a.py", "import not_there", "a.py", "'not_there', which is not found: is it a file of your project?"),
        ("a.py", "def f():\n    import not_there", "a.py", "'a.py:f' imports 'not_there', which is not found: is it a"),
        ("a.py", "import at_the_root.part", "a.py", "though there is {here}/at_the_root.py: look whether"),
        ("p/a.py", "from p.c import d", "p/a.py", "'p.c', which is not found, though there is {here}/p: look whether"),
        (
            "p/a.py",
            "import b",
            "p.a",
            "though there is {here}/p/b.py: look whether the import names it right, or name ",
        ),
    ],
)
def test_what_may_be_a_file_of_the_users_is_not_to_be_installed(project, capsys, place, text, target, says):
    (project / "p").mkdir()
    (project / "p" / "b.py").write_text("")
    (project / place).write_text(text)
    told = fails(capsys, f"{target}:f")
    assert "pip" not in told
    assert says.format(here=project) in told


def test_the_file_s_own_folder_is_not_to_be_installed(project, capsys, monkeypatch):
    (project / "timm").mkdir()
    (project / "timm" / "own.py").write_text("from timm.nets import net")
    monkeypatch.chdir(project / "timm")
    told = fails(capsys, "own.py:f")
    assert f"imports 'timm', the folder that it lies in: run the command in {project} and name it timm.own:f" in told


def test_a_known_package_is_to_be_installed_by_the_name_that_pip_has(project, capsys):
    (project / "a.py").write_text("import torch_geometric")
    assert "which is not installed here; pip install torch-geometric" in fails(capsys, "a.py:f")


def test_a_file_called_as_one_of_python_s_own_is_named(project, capsys):
    for name in ("types", "logging", "antigravity"):
        (project / f"{name}.py").write_text("")
    (project / "a.py").write_text("import types, logging, antigravity\nantigravity.geohash(logging, types)")
    told = fails(capsys, "a.py:f")
    assert (
        f"AttributeError: module 'antigravity' has no attribute 'geohash', in line 2 of a.py; in {project} files hide"
        in told
    )
    assert "modules of Python's own: antigravity; rename them" in told
    assert "antigravity" not in sys.modules
