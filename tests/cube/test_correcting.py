"""Corrections, the budget, and the signature of a release."""

from datetime import date, timedelta

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import DBAPIError

from app.errors import Conflict, NotFound
from app.terms import month_of, period_named, term_of
from badges.service import IssuingHost
from cube import budget, queries, service
from cube.document import as_document
from cube.due import WAITED, due
from cube.models import PrivacyBudget, ReachCell, ReachRelease
from cube.tables import privacy_of
from tests import factories
from tests.cube.builders import SUMMER, TODAY, attended, city_with_areas, released

HOST = IssuingHost("https://tirnod.example", "a secret that only tests know")


@pytest.fixture(autouse=True)
def _words(app):
    with app.test_request_context():
        yield


@pytest.fixture
def city():
    city, areas = city_with_areas()
    for _ in range(20):
        attended(areas[0])
    return city


def corrected(db, city, reason="Late registers came in.", **given):
    return service.correct(db(), city=city, period=SUMMER, reason=reason, today=TODAY, **given)


def test_a_correction_is_the_next_version_and_the_one_before_stays(db, city):
    first = released(city)
    before = {cell.cell: cell.learners for cell in first.cells}

    second = corrected(db, city)

    assert (second.version, second.replaces_id) == (2, first.id)
    assert second.reason == "Late registers came in."
    assert {cell.cell: cell.learners for cell in first.cells} == before
    shown = queries.reach_of(db(), city_id=city.id)
    assert shown is not None
    assert (shown.term.version, shown.term.reason) == (2, "Late registers came in.")
    assert [each.version for each in queries.periods_of(db(), city_id=city.id)] == [2, 1]
    assert queries.release_named(db(), first.uuid, city_id=city.id).version == 1


@pytest.mark.parametrize("reason", ["", "  ", "\n"])
def test_a_correction_needs_a_reason(db, city, reason):
    released(city)

    with pytest.raises(Conflict, match="Say why"):
        corrected(db, city, reason)


def test_what_was_never_released_cannot_be_corrected(db, city):
    with pytest.raises(Conflict, match="never released"):
        corrected(db, city)


def test_a_release_of_another_city_is_not_found(db, city):
    first = released(city)

    with pytest.raises(NotFound):
        queries.release_named(db(), first.uuid, city_id=factories.city().id)


def test_a_version_is_corrected_once_whatever_the_code_forgets(db, city):
    first = released(city)
    corrected(db, city)
    columns = [
        c.name for c in ReachRelease.__table__.columns if c.name not in ("id", "uuid", "version")
    ]
    row = (
        db.execute(
            select(*(ReachRelease.__table__.c[name] for name in columns)).where(
                ReachRelease.version == 2
            )
        )
        .one()
        ._asdict()
    )

    with pytest.raises(DBAPIError, match="uq_reach_release_replaces_id"):
        db.execute(insert(ReachRelease).values(**row | {"version": 3, "replaces_id": first.id}))


def test_a_city_spends_its_budget_and_no_more(db, city):
    budget.set_budget(db(), city=city, rho=privacy_of(SUMMER.kind) * 1.5, today=TODAY)
    released(city)

    with pytest.raises(Conflict, match=r"privacy budget of that school year has 0\.08"):
        corrected(db, city)

    # Another school year has a budget of its own.
    released(city, period=period_named("2025-summer"))
    assert set(budget.spent_by_year(db(), city)) == {date(2025, 9, 1), date(2024, 9, 1)}


def test_the_database_holds_the_budget_whatever_the_code_forgets(db, city):
    released(city)
    db.execute(text("UPDATE privacy_budget SET rho = 0.2"))
    row = db.execute(
        select(*[c for c in ReachRelease.__table__.columns if c.name not in ("id", "uuid")])
    )
    again = row.one()._asdict() | {"period": "2026-07", "kind": "month"}

    with pytest.raises(DBAPIError, match="privacy budget of that school year is spent"):
        db.execute(insert(ReachRelease).values(**again))


def test_a_budget_below_what_is_spent_is_refused_and_so_is_one_out_of_bounds(db, city):
    released(city)

    with pytest.raises(Conflict, match=r"has spent 0\.16"):
        budget.set_budget(db(), city=city, rho=0.12, today=TODAY)
    for rho in (0.0, 4.1):
        with pytest.raises(Conflict, match="A budget is from"):
            budget.set_budget(db(), city=city, rho=rho, today=TODAY)
    assert db.get(PrivacyBudget, city.id).rho == budget.USUAL_BUDGET


def test_the_usual_budget_is_enough_for_a_whole_year_and_two_corrections(db, city):
    months, terms, year = (
        [period_named(f"2025-{n:02}") for n in range(9, 13)]
        + [period_named(f"2026-{n:02}") for n in range(1, 9)],
        [period_named(code) for code in ("2025-autumn", "2026-spring", "2026-summer")],
        period_named("2025-to-2026"),
    )

    for period in (*months, *terms, year):
        released(city, period=period)
    corrected(db, city)
    corrected(db, city, "And once more.")
    with pytest.raises(Conflict, match="privacy budget"):
        corrected(db, city, "Once too often.")


def test_nothing_joins_a_release_later(db, city):
    made = released(city)
    # As if it had been released in an earlier transaction than this one.
    db.execute(text("ALTER TABLE reach_release DISABLE TRIGGER released_for_good"))
    db.execute(text("UPDATE reach_release SET released_at = now() - interval '1 day'"))
    row = {"release_id": made.id, "table": "area", "cell": "E01999999", "label": "Late"}

    with pytest.raises(DBAPIError, match="stays as it was released"):
        db.execute(insert(ReachCell).values(**row, learners=7))


def test_the_same_release_is_the_same_bytes_and_another_is_not(db, city):
    made = released(city, host=HOST)
    other = released(city, period=period_named("2026-spring"), host=HOST)

    def told(release):
        return as_document(release, city.slug, release.tables, release.cells)

    assert told(made) == told(made)
    assert told(made) != told(other)
    assert made.signature.count(".") == 2
    assert made.signature != other.signature


def test_it_follows_by_itself_once_a_person_began(db, city):
    autumn = period_named("2026-autumn")
    day = autumn.ends_on + WAITED
    assert due(db(), day) == []
    released(city)

    asked = due(db(), day)

    assert {(of, period.code) for of, period in asked} == {
        (city.id, "2026-autumn"),
        (city.id, "2025-to-2026"),
        (city.id, month_of(autumn.ends_on - timedelta(days=1)).code),
    }
    released(city, period=autumn, today=day)
    assert (city.id, autumn) not in due(db(), day)


def test_providers_have_three_weeks_to_say_who_came(db, city):
    released(city, period=term_of(SUMMER.starts_on - timedelta(days=1)))
    day = SUMMER.ends_on + WAITED

    assert SUMMER not in [period for _city, period in due(db(), day - timedelta(days=1))]
    assert SUMMER in [period for _city, period in due(db(), day)]
