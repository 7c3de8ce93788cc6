"""`python -m actscope` is the command line."""

from .cli import main

main()
