"""The command line: `actscope list`, `show`, `compare`; one short file per command."""

import sys
from typing import Annotated

import typer

from .. import __version__
from ..errors import ActscopeError
from . import compare, listing, show

USER_ERROR = 2
FAILED = 1
INTERRUPTED = 130

app = typer.Typer(
    name="actscope",
    help="Activation functions of neural networks: look at them, compare them, see why one loses.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("list")(listing.command)
app.command("show")(show.command)
app.command("compare")(compare.command)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"actscope {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    _: Annotated[bool, typer.Option("--version", help="Print the version.", callback=_version, is_eager=True)] = False,
) -> None: ...


def main() -> None:
    """Run the command line and exit: 0 done, 1 could not be done, 2 wrong input, 130 interrupted."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command line and return its exit code; what is the user's to mend is a message, never a traceback."""
    try:
        code = app(arguments, prog_name="actscope", standalone_mode=False)
    except ActscopeError as error:
        _complain(str(error))
        return FAILED if isinstance(error, OSError) else USER_ERROR
    except (KeyboardInterrupt, typer.Abort):
        _complain("interrupted")
        return INTERRUPTED
    except typer.TyperException as error:
        # Usage errors know how to show themselves, with the usage of the command they belong to.
        if show := getattr(error, "show", None):
            show()
        else:
            _complain(str(error))
        return USER_ERROR
    except BrokenPipeError:
        # The reader of a pipe, such as `head`, has seen enough. Python would complain once more when it flushes.
        sys.stdout = None
        return 0
    return code if isinstance(code, int) else 0


def _complain(message: str) -> None:
    print(f"actscope: {message}", file=sys.stderr)
