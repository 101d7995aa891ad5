"""Drawing in SVG: the line of a trend. Knows shapes, no numbers."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

LINE_WIDTH, LINE_HEIGHT = 600, 120


@dataclass(frozen=True)
class Line:
    """A path, the height at which it would show 1 (0 is at the bottom), and where it is broken."""

    path: str
    one: int
    #: How far from the left the series ends and another begins.
    breaks: tuple[int, ...] = ()


def line(
    values: Sequence[float | None], breaks: Collection[int] = (), *, top: float = 1.0
) -> Line | None:
    """Return a line through `values` from left to right, broken where one is not known.

    `None` with fewer than two values to join.

    :param breaks: the places of values that are not to be joined to the one before.
    :param top: the height of the drawing stands for this at least.
    """
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return None
    top = max(top, *known) or 1.0
    step = LINE_WIDTH / (len(values) - 1)
    path, pen = [], "M"
    for place, value in enumerate(values):
        pen = "M" if place in breaks else pen
        if value is not None:
            path.append(f"{pen}{round(place * step)} {round(LINE_HEIGHT * (1 - value / top))}")
        pen = "M" if value is None else "L"
    return Line(
        "".join(path),
        one=round(LINE_HEIGHT * (1 - 1 / top)),
        breaks=tuple(round((place - 0.5) * step) for place in sorted(breaks)),
    )
