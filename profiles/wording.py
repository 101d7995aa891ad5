"""What a kept search is called until its owner calls it something else."""

from collections.abc import Iterator

from flask_babel import gettext as _

from app.wording import label
from geo.models import Area, City
from opportunities.schemas import Asked
from opportunities.wording import day_name

NAME_LENGTH = 60


def name_of(asked: Asked, *, area: Area | None, city: City | None, language: str) -> str:
    """Return what a search looks for, and around where, no finer than the area's ward."""
    what = ", ".join(_parts(asked)) or _("Everything")
    where = (area.ward_name or area.name) if area else (city.name_in(language) if city else "")
    name = _("%(what)s near %(place)s", what=what, place=where) if where else what
    return name if len(name) <= NAME_LENGTH else name[: NAME_LENGTH - 1] + "…"


def _parts(asked: Asked) -> Iterator[str]:
    if asked.text:
        yield asked.text
    for choice in (*asked.kind, *asked.category, *asked.skill, *asked.welcome):
        yield label(choice)
    for day in asked.day:
        yield day_name(day)
    for is_on, words in (
        (asked.evening, _("Evening")),
        (asked.holidays, _("School holidays")),
        (asked.free, _("Free")),
        (asked.step_free, _("Step-free")),
        (asked.online, _("Online")),
    ):
        if is_on:
            yield words
    if asked.age is not None:
        yield _("Age %(age)s", age=asked.age)
