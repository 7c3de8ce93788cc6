"""The commands, put together."""

from typing import Annotated

import typer

from .. import __version__
from . import bench, check, claims, compare, diagnose, findings, flow, listing, results, show

app = typer.Typer(
    name="actscope",
    help="Activation functions of neural networks: look at them, compare them, see why one loses.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("list")(listing.command)
app.command("show")(show.command)
app.command("check")(check.command)
# What stands where nothing belongs is mostly a list of activations with spaces; the command says how to write it.
app.command("compare", context_settings={"allow_extra_args": True})(compare.command)
app.command("results")(results.command)
app.command("flow")(flow.command)
app.command("claims")(claims.command)
app.command("diagnose")(diagnose.command)
app.command("findings")(findings.command)
app.add_typer(bench.app, name="bench")


def _version(wanted: bool) -> None:
    if wanted:
        print(f"actscope {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    _: Annotated[bool, typer.Option("--version", help="Print the version.", callback=_version, is_eager=True)] = False,
) -> None: ...
