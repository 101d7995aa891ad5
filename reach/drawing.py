"""Drawing in SVG: the line of a trend. Knows shapes, no numbers."""

from collections.abc import Sequence
from dataclasses import dataclass

LINE_WIDTH, LINE_HEIGHT = 600, 120


@dataclass(frozen=True)
class Line:
    """A path, and the height at which it would show 1; 0 is at the bottom."""

    path: str
    one: int


def line(values: Sequence[float | None]) -> Line | None:
    """Return a line through `values` from left to right, broken where one is not known.

    `None` with fewer than two values to join.
    """
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return None
    top = max(1.0, *known)
    step = LINE_WIDTH / (len(values) - 1)
    path, pen = [], "M"
    for place, value in enumerate(values):
        if value is not None:
            path.append(f"{pen}{round(place * step)} {round(LINE_HEIGHT * (1 - value / top))}")
        pen = "M" if value is None else "L"
    return Line("".join(path), one=round(LINE_HEIGHT * (1 - 1 / top)))
