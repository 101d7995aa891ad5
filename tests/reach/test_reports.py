"""Reports: on paper and sound, the same for good, sent to who asked, and paid for out of a budget."""

import re
from io import BytesIO
from time import perf_counter

import page
import pikepdf
import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from accounts.models import Role
from app.terms import PeriodKind, period_named
from badges.signing import signing_host
from cube import due, jobs
from cube.models import PrivacyBudget, ReachCorrection, ReachRelease
from cube.service import correct
from geo.drawing import Drawing
from notices.models import Notice
from reach import jobs as reach_jobs
from reach import paper, reading
from reach.models import ReportSubscription
from reach.paper import digest_of, sheet_of
from tests import factories
from tests.cube.builders import TODAY, city_admin, city_with_areas, released

SPRING, SUMMER = period_named("2026-spring"), period_named("2026-summer")


@pytest.fixture
def york(app, db):
    """A city with two released terms, hidden areas, cold spots and an area without population; and another."""
    with app.test_request_context():
        city, areas = city_with_areas(deciles=(1, 1, 2, 3, 5, 9, 10), young_people=200)
        factories.area(in_city=city, decile=5)
        came = dict(zip(areas, (0, 14, 9, 12, 20, 30, 41), strict=True))
        released(city, period=SPRING, seed=3, came=came)
        released(city, seed=5, came=came, host=signing_host())
        leeds, others = city_with_areas(deciles=(1, 10), name="Leeds")
        released(leeds, seed=7, came=dict.fromkeys(others, 50))
        db.commit()
    return city, areas, came


@pytest.fixture
def officer(york, sign_in):
    return sign_in(factories.officer(of=york[0]))


@pytest.fixture
def admin(york, sign_in):
    return sign_in(city_admin(york[0]))


def _latest(db, city, period="2026-summer"):
    return db.scalar(
        select(ReachRelease)
        .filter_by(city_id=city.id, period=period)
        .order_by(ReachRelease.version.desc())
    )


def _corrected(city, came, reason="A provider confirmed late."):
    from unittest.mock import patch

    from app.db import current_db
    from cube import service
    from cube.tables import Learners

    stated = [Learners(area.lsoa_code, "13-15", count * 3) for area, count in came.items()]
    with patch.object(service, "learners_of", lambda *_: stated):
        return correct(current_db(), city=city, period=SUMMER, reason=reason, today=TODAY)


# On paper.


def _sound(pdf: bytes) -> list[str]:
    report = page.validate_pdf_bytes(pdf, profile=page.ValidationProfile.PDF_UA_1)
    return [f"{failure.rule_id}: {failure.message}" for failure in report.failures]


@pytest.mark.parametrize(("before", "language"), [("", "en"), ("/cy", "cy")])
def test_a_report_on_paper_is_sound_small_and_quick_in_either_language(officer, before, language):
    started = perf_counter()
    answer = officer.get(f"{before}/reach/report.pdf")
    took = perf_counter() - started

    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert _sound(answer.data) == []
    assert len(answer.data) <= 300_000
    assert took < 3
    with pikepdf.open(BytesIO(answer.data)) as document:
        assert str(document.Root.Lang) == language
        assert "/StructTreeRoot" in document.Root
        kinds = {str(each.get("/S")) for each in document.objects if _is_element(each)}
        told = [str(each.Alt) for each in document.objects if _is_element(each) and "/Alt" in each]
    assert {"/H1", "/H2", "/Table", "/TH", "/TD", "/Figure"} <= kinds
    assert len(told) == 1, "the map, and nothing else, is told in other words"


def _is_element(each: pikepdf.Object) -> bool:
    return isinstance(each, pikepdf.Dictionary)
