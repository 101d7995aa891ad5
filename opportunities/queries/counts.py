"""How many would be found with each filter: the counts that stand beside them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy.orm import Session

from app.questions import ask
from badges.models import Skill
from opportunities.models import Category, OpportunityKind, Welcome
from opportunities.queries.conditions import EVENING_HOUR, HERE, Conditions, conditions
from opportunities.queries.request import SearchRequest
from opportunities.queries.words import understand

#: More rows than this are not counted one by one: the numbers are then "at least".
MOST_COUNTED = 5_000

#: Choices of which any one is enough: beside each stands what there would be with it alone.
_ONE_OF = {"kind": OpportunityKind, "category": Category, "skill": Skill}
#: Filters that are on or off, and what they ask.
_SWITCHES = {"free": "s.is_free", "step_free": "s.is_step_free", "online": "s.is_online"}
_DAY = "extract(isodow FROM timezone('Europe/London', t))::int"
_EVENING = f"extract(hour FROM timezone('Europe/London', t)) >= {EVENING_HOUR}"


@dataclass(frozen=True)
class Counts:
    """How many there are, and how many with each filter as things stand."""

    total: int
    #: By filter and value: `("kind", "volunteering")`, `("day", "6")`, `("free", "1")`.
    of: Mapping[tuple[str, str], int]
    #: Whether there were too many to count: then each number says at least how many.
    is_at_least: bool = False


def counts(db: Session, wanted: SearchRequest) -> Counts:
    """Return how many opportunities match, and how many would with each filter chosen as well.

    Of choices of which one is enough, the others of the same kind are left out of account: what
    stands beside a choice is what choosing only that would show.
    """
    asked = conditions(wanted, query=understand(db, wanted.words).query)
    asked_of = list(_questions())
    [row] = ask(db, _statement(asked, asked_of), asked.values)
    total, counted, *numbers = row
    names = [name for name, _question in asked_of]
    return Counts(
        total=total,
        of=dict(zip(names, numbers, strict=True)),
        is_at_least=counted > MOST_COUNTED,
    )


def _statement(asked: Conditions, questions: list[tuple[tuple[str, str], str]]) -> str:
    """Count over rows that pass every filter but those that are counted by."""
    counted_by = [*_ONE_OF, *_SWITCHES]
    fixed = " AND ".join(sql for name, sql in asked.of_row.items() if name not in counted_by)
    passed = ", ".join(f"({asked.of_row.get(name, 'true')}) AS ok_{name}" for name in counted_by)
    numbers = ", ".join(f"count(*) FILTER (WHERE {question})" for _name, question in questions)
    here = f"WITH here AS MATERIALIZED (SELECT {HERE} AS point) " if "lon" in asked.values else ""
    return (
        f"{here}SELECT count(*) FILTER (WHERE {_all_but()}), count(*), {numbers} FROM ("
        f"SELECT s.kind, s.category, s.skills, s.welcome, s.is_free AS free,"
        f" s.is_step_free AS step_free, s.is_online AS online, {passed},"
        " coming.ok_start, coming.ok_day, coming.ok_evening, coming.days, coming.has_evening"
        f" FROM opportunity_search s CROSS JOIN LATERAL ({_of_starts(asked)}) coming"
        f" WHERE {fixed} AND coming.has_any LIMIT {MOST_COUNTED + 1}) found"
    )


def _of_starts(asked: Conditions) -> str:
    """Return what is asked of a row's starts, once with all filters and once without each."""

    def rest(*left_out: str) -> str:
        kept = [f"({sql})" for name, sql in asked.of_start.items() if name not in left_out]
        return " AND ".join(kept) or "true"

    return (
        f"SELECT coalesce(bool_or({rest()}), false) AS ok_start,"
        f" array_agg(DISTINCT {_DAY}) FILTER (WHERE {rest('day')}) AS days,"
        f" coalesce(bool_or({rest('day')}), false) AS ok_day,"
        f" coalesce(bool_or({rest('evening')}), false) AS ok_evening,"
        f" coalesce(bool_or({rest('evening')} AND {_EVENING}), false) AS has_evening,"
        f" coalesce(bool_or({rest('day', 'evening')}), false) AS has_any"
        " FROM unnest(s.starts) t"
    )


def _all_but(*left_out: str, start: str = "ok_start") -> str:
    passed = [f"ok_{name}" for name in (*_ONE_OF, *_SWITCHES) if name not in left_out]
    return " AND ".join([*passed, start])


def _questions() -> Iterator[tuple[tuple[str, str], str]]:
    """Yield each filter and value, and the condition that its number counts."""
    for name, choices in _ONE_OF.items():
        for choice in choices:
            yield (name, choice.value), f"{_all_but(name)} AND {_is(name, choice)}"
    for choice in Welcome:
        yield ("welcome", choice.value), f"{_all_but()} AND '{choice.value}' = ANY(welcome)"
    for name in _SWITCHES:
        yield (name, "1"), f"{_all_but()} AND {name}"
    for day in range(1, 8):
        yield ("day", str(day)), f"{_all_but(start='ok_day')} AND {day} = ANY(days)"
    yield ("evening", "1"), f"{_all_but(start='has_evening')}"


def _is(name: str, choice: StrEnum) -> str:
    # These words are our own, never a visitor's.
    if name == "skill":
        return f"'{choice.value}' = ANY(skills)"
    return f"{name} = '{choice.value}'"
