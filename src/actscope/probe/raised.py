"""What an exception of a user's own code says, and the line of that code in which it was raised."""

import re
import sysconfig
import traceback
from pathlib import Path

_OURS = Path(__file__).resolve().parents[1]
# What a worker of a DataLoader raised arrives as text, with its traceback.
_IN_A_WORKER = "Original Traceback (most recent call last):"
_FRAME = re.compile(r'^ *File "(.+)", line (\d+)', re.MULTILINE)
_MODULE = re.compile(r"^(\w+\.)+(?=\w+(:|$))")

_CLASSES = "targets that are classes are whole numbers: targets.long()"
_REMEDIES = {
    r"Found dtype": "outputs and targets must be of one type: targets.float()",
    r"to the desired output type Long": "outputs and targets must be of one type: targets.float()",
    r"expected scalar type Long|expected target dtype to be Long": _CLASSES,
    r"multi-target not supported": "targets that are classes are one number a sample: targets.squeeze(1)",
    r"Target \S+ is out of bounds": "classes are counted from 0, and the model needs an output for each",
    r"index out of range in self": "an embedding needs a row for each index from 0 to the largest",
    r"must be Tensor, not": "a batch must hold tensors: torch.as_tensor(x)",
    r"must have the same dtype": "inputs must be of the weights' type: x.float()",
    r"Input type .* should be the same": "inputs must be of the weights' type and device: x.float(), x.to(device)",
    r"cannot be multiplied \(\d+x(\d+) and (\d+)x\d+\)": "the layer takes {1} features, and {0} arrive",
    r"forward\(\) got an unexpected keyword argument": "a dict holds arguments of the model; with targets beside "
    "them a batch is (inputs, targets)",
    r"Can't call numpy\(\) on Tensor that requires grad": "no gradient passes NumPy: compute by PyTorch's functions",
    r"^DataLoader worker \(pid": "with num_workers=0 its own words are told",
    r"stack expects each tensor to be equal size": "cut or pad samples to one size, in the data set or a collate_fn",
}
"""What PyTorch says of a batch that does not fit, as a pattern, and what to change, with what the pattern caught."""


def said(problem: BaseException) -> str:
    """Return the first line of what an exception says, with its type; in a worker of a DataLoader, what was said there.

    >>> said(ValueError("no such file"))
    'ValueError: no such file'
    """
    text = str(problem).strip()
    if _IN_A_WORKER in text:
        *_, last = _FRAME.finditer(text)
        behind = text[last.end() :].splitlines()[1:]
        named = next((line for line in behind if line and not line.startswith(" ")), type(problem).__name__)
        return _MODULE.sub("", named).rstrip(".")
    first = next(iter(text.splitlines()), "").rstrip(".")
    return f"{type(problem).__name__}: {first}" if first else type(problem).__name__


def line_of(problem: BaseException) -> str:
    """Return the last line of a user's own code that led to an exception, as "line 3 of data.py"; "" if none did.

    Python's own files, installed packages and ours are nobody's own code.

    >>> line_of(ValueError("was never raised"))
    ''
    """
    # Python says itself in which line of which file it met what it cannot read.
    if isinstance(problem, SyntaxError):
        return ""
    # Where Python raises another in its place, as for a StopIteration in a generator, the first knows the line.
    for one in (problem, problem.__cause__):
        if one is None:
            continue
        frames = [(frame.filename, frame.lineno) for frame in traceback.extract_tb(one.__traceback__)]
        if _IN_A_WORKER in str(one):
            frames += [(file, int(line)) for file, line in _FRAME.findall(str(one))]
        if own := [(file, line) for file, line in frames if not is_installed(file)]:
            file, line = own[-1]
            path, here = Path(file), Path.cwd()
            return f"line {line} of {path.relative_to(here) if path.is_relative_to(here) else file}"
    return ""


def is_lost_worker(problem: BaseException) -> bool:
    """Return whether a worker of a DataLoader has ended; PyTorch says so by a signal, whatever is being computed.

    >>> is_lost_worker(RuntimeError("DataLoader worker (pid 17) is killed by signal: Killed."))
    True
    """
    return isinstance(problem, RuntimeError) and str(problem).startswith("DataLoader worker (pid")


def told(problem: BaseException) -> str:
    """Return what an exception says and in which line of the user's own code it was raised.

    >>> told(ValueError("no such file"))
    'ValueError: no such file'
    """
    line = line_of(problem)
    return f"{said(problem)}, in {line}" if line else said(problem)


def remedy(problem: BaseException) -> str:
    """Return what to change where PyTorch's words show what is wrong with a batch, behind a semicolon; else "".

    >>> remedy(RuntimeError("Found dtype Double but expected Float"))
    '; outputs and targets must be of one type: targets.float()'
    """
    met = ((re.search(words, str(problem)), change) for words, change in _REMEDIES.items())
    return next((f"; {change.format(*found.groups())}" for found, change in met if found), "")


def is_installed(file: str) -> bool:
    """Return whether a file is Python's own, a package's or ours, as is what `exit` is written in.

    >>> is_installed(traceback.__file__), is_installed("train.py")
    (True, False)
    """
    if file.startswith("<frozen"):
        return True
    path = Path(file)
    if not {"site-packages", "dist-packages"}.isdisjoint(path.parts):
        return True
    homes = [Path(sysconfig.get_path(kind)) for kind in ("stdlib", "purelib", "platlib")]
    return any(path.is_relative_to(home) for home in (*homes, _OURS))
