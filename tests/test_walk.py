"""The walk the house is built around, in one breath."""

from datetime import date, timedelta

from app.terms import period_named
from badges.openbadges import as_bytes
from badges.queries import badges_of
from badges.resolver import Asking, check_upload
from badges.service import IssuingHost
from cube.models import ReachCell
from cube.service import release
from opportunities.queries import SearchRequest, search
from participation.attendance import confirm_attendance
from participation.service import book
from profiles.queries import term_so_far
from record.queries import hours_of
from tests import factories
from tests.factories import NOW, YORK
from tests.signing import signed_document

HOST = IssuingHost("https://tirnod.example", "a secret that only tests know")


def test_from_a_search_to_a_badge_to_a_count(db):
    city = factories.city()
    home = factories.area(in_city=city, decile=1, young_people=200)
    badge = factories.achievement(issuer=factories.provider(in_city=city))
    factories.scheduled_session(
        opportunity=factories.opportunity(provider=badge.issuer, achievement=badge), places=40
    )
    staff = factories.member(of=badge.issuer)
    learners = [factories.learner(home=home) for _ in range(40)]

    lon, lat = YORK
    wanted = SearchRequest(lon=lon, lat=lat, radius_m=1_000, starts_after=NOW)
    [hit] = search(db, wanted)
    found = hit.scheduled
    for learner in learners:
        booking = book(db, learner=learner, scheduled_session_uuid=found.uuid, now=NOW)
        confirm_attendance(db, booking_uuid=booking.uuid, confirmed_by=staff, now=found.starts_at)

    [credential] = badges_of(db, learners[0])
    upload = as_bytes(signed_document(db, credential, host=HOST))
    assert check_upload(upload, Asking(HOST, found.ends_at)).is_valid

    term = term_so_far(db, learners[0], since=NOW - timedelta(days=60))
    assert (hours_of(db, learners[0]), term.new_places) == (2, 1)

    released = release(db, city=city, period=period_named("2026-summer"), today=date(2026, 9, 1))
    cell = db.get(ReachCell, (released.id, "area", home.lsoa_code))
    # Forty came from there; the noise has a standard deviation of two.
    assert (cell.decile, cell.young_people) == (1, 200)
    assert 20 < cell.learners < 60
