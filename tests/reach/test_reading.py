"""What is read out of released tables: depth, the way, wishes, what was told, and breaks of a series."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from app.terms import PeriodKind, period_named
from cube.cells import Cell
from cube.queries import Released
from reach import sentences
from reach.drawing import line
from reach.measures import (
    across,
    breaks_in,
    categories_of,
    depth_of,
    leak_in,
    told_of,
    way_of,
    wished_of,
)
from tests import factories
from tests.cube.builders import city_with_areas, released

#: Who came, of the most and the least deprived fifth, in two deciles each.
CAME = {1: 60, 2: 40, 9: 150, 10: 50}


def cell(code, learners, *, young_people=1000, decile=None, variance=144):
    return Cell(code, code.partition(":")[2] or code, learners, young_people, decile, variance, 10)


def term(code="2026-summer", **tables) -> Released:
    period = period_named(code)
    deciles = [cell(str(n), came, decile=n, variance=25) for n, came in CAME.items()]
    everybody = cell("all", 300, young_people=4000)
    return Released(
        release_id=1,
        uuid=uuid4(),
        period=code,
        kind=PeriodKind.TERM,
        version=1,
        reason="",
        starts_on=period.starts_on,
        ends_on=period.ends_on,
        edition="iod2025",
        population="census2021",
        areas_digest="these",
        rho=0.16,
        signature="",
        released_at=datetime(2026, 9, 22, tzinfo=UTC),
        tables={"city": (everybody,), "decile": tuple(deciles)}
        | {name: tuple(cells) for name, cells in tables.items()},
    )


def by_fifth(**counts):
    """Return cells of two fifths: `badge=(20, 90)`."""
    return [
        cell(f"{first}:{key}", count, young_people=2000, decile=first)
        for key, pair in counts.items()
        for first, count in zip((1, 9), pair, strict=True)
    ]


def test_depth_is_a_part_of_those_who_came():
    found = {each.key: each for each in depth_of(term(depth=by_fifth(badge=(25, 150))))}

    badge = found["badge"]
    # 25 of 100, 150 of 200, 175 of 300.
    assert (badge.most, badge.least) == (pytest.approx(0.25), pytest.approx(0.75))
    assert badge.all == pytest.approx(175 / 300)


def test_a_sum_over_the_fifths_is_not_said_where_one_is_hidden():
    badge = across(term(depth=by_fifth(badge=(None, 150))), "depth", "badge")

    assert badge is not None
    assert badge.all.is_hidden
    assert badge.least.learners == 150


def test_a_period_without_a_table_says_nothing_of_it():
    month = term("2026-06")

    assert depth_of(month) == categories_of(month) == way_of(month) == []
    assert wished_of(month) == told_of(month) == []


def test_the_way_names_the_step_where_the_most_deprived_lose_more():
    """Of 400 and 400 with an account 200 and 240 ask; 190 and 230 get a place; 100 and 200 come."""
    way = way_of(term(way=by_fifth(found=(400, 400), applied=(200, 240), offered=(190, 230))))

    assert [step.key for step in way] == ["found", "applied", "offered", "came"]
    assert leak_in(way) == "came"


def test_a_step_that_chance_could_make_is_no_leak():
    way = way_of(term(way=by_fifth(found=(150, 280), applied=(120, 230), offered=(110, 215))))

    assert leak_in(way) is None


def test_every_leak_has_its_sentence(app):
    with app.test_request_context():
        said = {
            key: sentences.leaking(key)
            for key in (None, "applied", "offered", "came", "came_again")
        }

    assert len(set(said.values())) == len(said)


def test_the_most_wished_for_comes_first_and_what_is_hidden_not_at_all():
    wishes = [
        cell("E05000001:wished_sport", 12),
        cell("E05000002:wished_civic", None),
        cell("E05000002:wished_anything", 30),
    ]

    found = wished_of(term(wished=wishes))

    assert [(each.key, each.cell.learners) for each in found] == [
        ("wished_anything", 30),
        ("wished_sport", 12),
    ]


def test_what_was_told_is_a_part_of_those_who_answered():
    told = term(
        told=[cell("told_send", 200)],
        told_fifth=by_fifth(send=(20, 30)),
        told_age=[cell(f"{band}:send", 15) for band in ("11-12", "13-15", "16-17")],
    )

    ((send, share),) = told_of(told)

    assert (send.all.learners, send.most.learners) == (45, 20)
    assert share == pytest.approx(45 / 200)


@pytest.mark.parametrize(
    "other",
    [{"edition": "iod2019"}, {"population": "mye2020"}, {"areas_digest": "others"}],
)
def test_a_series_breaks_where_it_was_counted_on_other_ground(app, other):
    terms = [term("2025-autumn"), term("2026-spring"), replace(term("2026-summer"), **other)]

    assert breaks_in(terms) == [2]
    with app.test_request_context():
        assert sentences.trend(terms) == ""
        assert sentences.trend(terms[:2]) == "The gap is about the same as the time before."


def test_a_release_of_before_digests_were_noted_breaks_nothing():
    assert breaks_in([replace(term("2026-spring"), areas_digest=""), term("2026-summer")]) == []


def test_a_line_is_not_joined_over_a_break():
    drawn = line([0.5, 0.5, 1.0, 1.0], breaks=[2])

    assert drawn is not None
    assert drawn.path == "M0 60L200 60M400 0L600 0"
    assert drawn.breaks == (300,)


def test_the_page_says_where_the_series_breaks(app, db, sign_in):
    with app.test_request_context():
        city, areas = city_with_areas(deciles=(1, 2, 9, 10))
        came = dict.fromkeys(areas, 40)
        released(city, period=period_named("2026-spring"), came=came)
        # Another area joined the city.
        factories.area(in_city=city, decile=5, young_people=200)
        released(city, came=came)
        db.commit()

    page = sign_in(factories.officer(of=city)).get("/reach").text

    assert "Break: counted anew from here" in page
    assert "An upright line is a break" in page
    assert "The gap is about the same" not in page


def test_a_correction_says_so_on_the_page(app, db, sign_in):
    from cube import service
    from tests.cube.builders import SUMMER, TODAY

    with app.test_request_context():
        city, _areas = city_with_areas()
        released(city)
        service.correct(
            db(), city=city, period=SUMMER, reason="A register came in late.", today=TODAY
        )
        db.commit()

    page = sign_in(factories.officer(of=city)).get("/reach").text

    assert "because: A register came in late." in page
    assert "version 2" in page
