"""A symbol for each skill, for those who read pictures before words."""

from functools import cache
from pathlib import Path

from markupsafe import Markup

from badges.models import Skill

_FOLDER = Path(__file__).with_name("icons")
_NAMES = {
    Skill.LITERACY: "book-open",
    Skill.NUMERACY: "calculator",
    Skill.ORACY: "mic",
    Skill.DIGITAL: "laptop",
    Skill.LISTENING: "ear",
    Skill.SPEAKING: "message-circle",
    Skill.PROBLEM_SOLVING: "puzzle",
    Skill.CREATIVITY: "palette",
    Skill.ADAPTING: "shuffle",
    Skill.PLANNING: "list-checks",
    Skill.LEADERSHIP: "flag",
    Skill.TEAMWORK: "users",
}


@cache
def symbol_of(skill: Skill) -> Markup:
    """Return a skill's symbol as SVG, to stand beside its name: it says nothing by itself."""
    drawn = (_FOLDER / f"{_NAMES[skill]}.svg").read_text()
    # From our own build, not from anybody's typing.
    return Markup(drawn.replace("<svg ", '<svg aria-hidden="true" ', 1))
