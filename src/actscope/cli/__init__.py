"""The command line: one short file per command of `actscope`."""

import io
import sys

USER_ERROR = 2
FAILED = 1
INTERRUPTED = 130


def main() -> None:
    """Run the command line and exit: 0 done, 1 could not be done, 2 wrong input, 130 interrupted."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal or file that cannot write a sign such as the infinity sign shows a question mark for it.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command line and return its exit code; what is the user's to mend is a message, never a traceback."""
    try:
        return _run(arguments)
    except KeyboardInterrupt:
        _complain("interrupted")
        return INTERRUPTED
    except RuntimeError as error:
        # Python 3.11 wraps an interruption so if it comes while a class is made.
        if not isinstance(error.__cause__, KeyboardInterrupt):
            raise
        _complain("interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of a pipe, such as `head`, has seen enough. Python would complain once more when it flushes.
        sys.stdout = None
        return 0


def _run(arguments: list[str]) -> int:
    # Loaded here, where an interruption while loading is heard too.
    import typer

    from ..errors import ActscopeError
    from .app import app

    try:
        code = app(arguments, prog_name="actscope", standalone_mode=False)
    except ActscopeError as error:
        _complain(str(error))
        return FAILED if isinstance(error, OSError) else USER_ERROR
    except typer.Abort:
        _complain("interrupted")
        return INTERRUPTED
    except typer.TyperException as error:
        # Usage errors know how to show themselves, with the usage of the command they belong to.
        if show := getattr(error, "show", None):
            show()
        else:
            _complain(str(error))
        return USER_ERROR
    return code if isinstance(code, int) else 0


def _complain(message: str) -> None:
    print(f"actscope: {message}", file=sys.stderr)
