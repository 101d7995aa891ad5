"""The classes of the map: which area falls into which, and what people call each."""

from collections.abc import Sequence

from flask_babel import gettext as _

from cube.cells import Cell
from reach.measures import CLASS_STARTS, map_class


def by_class(areas: Sequence[Cell]) -> list[tuple[str, list[Cell]]]:
    """Return the areas of each class of the map, hidden ones and those without a rate apart."""
    groups: dict[str, list[Cell]] = {f"class-{n}": [] for n in range(len(CLASS_STARTS))}
    groups |= {"hidden": [], "unknown": []}
    for area in areas:
        groups[_name_of(area)].append(area)
    return list(groups.items())


def range_of(name: str, smallest_shown: int) -> str:
    """Return the range of a class in words: from where it starts to where the next one does."""
    if name == "hidden":
        return _("Hidden: fewer than %(number)s", number=smallest_shown)
    if name == "unknown":
        return _("No rate: young people not known")
    place = int(name.removeprefix("class-"))
    if place + 1 < len(CLASS_STARTS):
        return _(
            "%(first)s to %(last)s", first=CLASS_STARTS[place], last=CLASS_STARTS[place + 1] - 1
        )
    return _("%(first)s or more", first=CLASS_STARTS[place])


def _name_of(area: Cell) -> str:
    if area.is_hidden:
        return "hidden"
    place = map_class(area)
    return "unknown" if place is None else f"class-{place}"
