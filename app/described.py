"""What programs may ask, as each room says it of itself: one page and one file tell it all."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from flask import Flask, current_app

#: Yields the address of each call, and its OpenAPI operation.
Operations = Callable[[], Iterable[tuple[str, dict[str, Any]]]]
_KEY = "described"


def describe(app: Flask, operations: Operations) -> None:
    """Have the description of the interface tell of these calls too."""
    app.extensions.setdefault(_KEY, []).append(operations)


def described() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every call that a room has told of, in the order of the rooms."""
    for operations in current_app.extensions.get(_KEY, ()):
        yield from operations()
