"""Rules of law as data: by nation, from which day on, and where each is written.

They change by law and differ between nations: no code may hold one as a constant. A room that keeps
rules has a TOML file of them and one `RuleBook` over it.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any

_OWN = {"name", "nations", "from", "source"}


class Nation(StrEnum):
    ENGLAND = "england"
    WALES = "wales"
    SCOTLAND = "scotland"
    NORTHERN_IRELAND = "northern_ireland"


#: The first letter of an official code of the Office for National Statistics.
_LETTERS = {
    "E": Nation.ENGLAND,
    "W": Nation.WALES,
    "S": Nation.SCOTLAND,
    "N": Nation.NORTHERN_IRELAND,
}


class NoRule(LookupError):
    """Nothing is written for that nation and day."""


@dataclass(frozen=True)
class Rule:
    """One rule as it holds on some day."""

    name: str
    nation: Nation
    from_day: date
    #: Where the law or the guidance stands.
    source: str
    says: Mapping[str, Any]


def nation_of(official_code: str) -> Nation:
    """Return the nation of an area or a district, by its official code; England where it is unknown."""
    return _LETTERS.get(official_code[:1], Nation.ENGLAND)


class RuleBook:
    """The rules of one file.

    A rule without a `from` is law that is made and not yet in force: it is kept where a day can be
    written in, and holds on no day.
    """

    def __init__(self, file: Path) -> None:
        self.file = file

    def on(self, day: date, name: str, nation: Nation) -> Rule:
        """Return the rule of a name that holds in a nation on a day.

        :raises NoRule: there is none.
        """
        begun = [rule for rule in self.rules if _is(rule, name, nation) and rule.from_day <= day]
        if not begun:
            raise NoRule(f"No rule {name!r} for {nation} on {day}.")
        return begun[-1]

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """Every rule that has a day, each nation's by itself, by that day."""
        rules = [
            Rule(
                name=entry["name"],
                nation=Nation(nation),
                from_day=entry["from"],
                source=entry["source"],
                says={key: value for key, value in entry.items() if key not in _OWN},
            )
            for entry in tomllib.loads(self.file.read_text())["rule"]
            for nation in entry["nations"]
            if "from" in entry
        ]
        return tuple(sorted(rules, key=lambda rule: (rule.name, rule.nation, rule.from_day)))


def _is(rule: Rule, name: str, nation: Nation) -> bool:
    return rule.name == name and rule.nation is nation
