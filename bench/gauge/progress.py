"""What a long run says of itself, on standard error: the report alone is on standard output."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

from rich.console import Console

console = Console(stderr=True)


@contextmanager
def step(name: str) -> Iterator[None]:
    """Say what goes on and, when it is done, how long it took."""
    began = monotonic()
    with console.status(f"{name}..."):
        yield
    console.print(f"{name}: {monotonic() - began:.1f} s")
