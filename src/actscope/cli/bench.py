"""`actscope bench accuracy` and `actscope bench speed`: ours beside PyTorch's, JAX's and SciPy's, on this machine."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console, RenderableType

from ..catalogue import CATALOGUE, Activation, get
from ..errors import SettingError
from . import INTERRUPTED

app = typer.Typer(no_args_is_help=True, help="Measure accuracy and speed beside PyTorch, JAX, SciPy on this machine.")

Functions = Annotated[
    str | None, typer.Option(metavar="A,B,C", help="Which activations.", show_default="the whole catalogue")
]
Json = Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write every number as JSON.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace a file that exists.")]
WIDE = 200
"""Columns where nobody's terminal limits them."""


@app.command("accuracy")
def accuracy(
    functions: Functions = None,
    kinds: Annotated[str, typer.Option(metavar="K,K", help="value, slope, partials.")] = "value,slope,partials",
    dtype: Annotated[str, typer.Option(metavar="DTYPE", help="float32, float64, float16 or bfloat16.")] = "float32",
    against: Annotated[
        str | None,
        typer.Option(metavar="L,L", help="pytorch, jax, scipy, or none.", show_default="those installed"),
    ] = None,
    samples: Annotated[
        int | None, typer.Option(min=1, help="Inputs of a function.", show_default="1000000; 4000 in float64")
    ] = None,
    exhaustive: Annotated[bool, typer.Option("--exhaustive", help="Try all 4,294,967,296 float32 numbers.")] = False,
    state: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Where --exhaustive keeps how far it is.", show_default="the user's folder"),
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Begin --exhaustive anew.")] = False,
    processes: Annotated[
        int | None, typer.Option(min=1, help="Processes of --exhaustive.", show_default="one a processor")
    ] = None,
    json: Json = None,
    overwrite: Overwrite = False,
) -> int:
    """Measure the largest error of each function and slope, in units in the last place.

    The truth is float64, itself held to 60 digits by mpmath. --exhaustive goes on where it was interrupted.
    """
    from ..bench import accuracy as bench
    from ..bench import libraries, machine, states
    from ..report import accuracy as report
    from ..report import benching

    _check(json, overwrite)
    form = bench.form_called(dtype)
    measured = libraries.chosen(_names(against))
    chosen, wanted = _activations(functions), _names(kinds) or []
    console = Console(stderr=True)
    if exhaustive and form.name != "float32":
        raise SettingError(f"--exhaustive walks float32; {dtype} is measured without it")
    if exhaustive and samples is not None:
        raise SettingError("--exhaustive tries every number; leave out --samples")
    try:
        with benching.heard(console) as progress:
            if exhaustive:
                found = bench.walk_all(
                    chosen,
                    measured,
                    kinds=wanted,
                    where=state or states.folder(),
                    fresh=fresh,
                    processes=processes or machine.available(),
                    progress=progress,
                )
            else:
                found = bench.measure(chosen, measured, kinds=wanted, form=form, samples=samples, progress=progress)
    except KeyboardInterrupt:
        if not exhaustive:
            raise
        console.print("interrupted; the same command goes on where it stopped", highlight=False)
        return INTERRUPTED
    _print(report.summary(found))
    if json is not None:
        _write(json, benching.as_json(found))
    return 0


@app.command("speed")
def speed(
    functions: Annotated[
        str | None, typer.Option(metavar="A,B,C", help="Which activations.", show_default="all that PyTorch has")
    ] = None,
    sizes: Annotated[str, typer.Option(metavar="N,N", help="Numbers of elements.")] = "4k,64k,1M,4M,16M",
    threads: Annotated[str | None, typer.Option(metavar="N,N", help="Numbers of threads.", show_default="1,2")] = None,
    against: Annotated[
        str | None,
        typer.Option(metavar="L,L", help="pytorch, compile, jax, scipy, or none.", show_default="all but compile"),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Go on however busy the machine is.")] = False,
    json: Json = None,
    overwrite: Overwrite = False,
) -> int:
    """Time each function, forward and with backward, beside the others and beside a plain copy.

    Nothing is reported while other processes keep the processors busy. `compile` is torch.compile: it needs a compiler.
    """
    from ..bench import libraries

    _check(json, overwrite)
    rivals = libraries.timed(_names(against))
    from ..bench import speed as bench
    from ..report import benching
    from ..report import speed as report

    what = bench.plan(
        None if functions is None else _activations(functions),
        sizes=[_number(size, "--sizes") for size in _names(sizes) or []],
        threads=None if threads is None else [_number(count, "--threads") for count in _names(threads) or []],
        rivals=rivals,
        forced=force,
    )
    with benching.heard(Console(stderr=True)) as progress:
        found = bench.measure(what, progress)
    _print(report.summary(found))
    if json is not None:
        _write(json, benching.as_json(found))
    return 0


def _number(text: str, option: str) -> int:
    """Return the number of a text such as 4096, 4k or 1M."""
    digits, unit = text.strip(), 1
    for letter, meaning in (("k", 1 << 10), ("M", 1 << 20)):
        if digits.endswith(letter):
            digits, unit = digits.removesuffix(letter), meaning
    if not digits.isdecimal():
        raise SettingError(f"{option} must be whole numbers such as 4096, 64k or 1M, but got {text!r}")
    return int(digits) * unit


def _activations(functions: str | None) -> list[Activation]:
    names = _names(functions)
    return list(CATALOGUE) if names is None else [get(name) for name in names]


def _names(text: str | None) -> list[str] | None:
    if text is None:
        return None
    return [name.strip() for name in text.split(",") if name.strip() not in ("", "none")]


def _print(shown: RenderableType) -> None:
    console = Console()
    (console if console.is_terminal else Console(width=WIDE)).print(shown)


def _check(path: Path | None, overwrite: bool) -> None:
    """Refuse a file that could not be written before anything is measured."""
    from ..report import files

    if path is not None:
        files.check_file(path, "json", overwrite=overwrite)


def _write(path: Path, content: str) -> None:
    from ..report import files

    files.write(path, content.encode())
    print(f"json: {path}")
