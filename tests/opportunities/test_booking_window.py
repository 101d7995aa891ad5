"""From when and until when a session can be booked."""

from datetime import timedelta

import pytest

from app.errors import Conflict
from opportunities.booking_window import why_not_open
from participation.service import book
from tests import factories
from tests.factories import NOW


def _in(days=0, hours=0, **terms):
    """A session that starts so far from now, of something with these terms."""
    return factories.scheduled_session(
        opportunity=factories.opportunity(**terms),
        starts_at=NOW + timedelta(days=days, hours=hours),
    )


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"days": 300}, ""),
        ({"days": 15, "booking_opens_days": 14}, "Booking opens Tue 2 Jun, 1pm."),
        ({"days": 14, "booking_opens_days": 14}, ""),
        ({"hours": 3, "booking_closes_hours": 2}, ""),
        ({"hours": 2, "booking_closes_hours": 2}, "Booking has closed."),
        ({"hours": 1, "booking_opens_days": 14, "booking_closes_hours": 2}, "Booking has closed."),
    ],
)
def test_booking_is_open_from_so_many_days_to_so_many_hours_before(app, db, given, words):
    with app.test_request_context("/"):
        assert why_not_open(_in(**given), NOW) == words


@pytest.mark.parametrize("given", [{"booking_opens_days": 1}, {"booking_closes_hours": 72}])
def test_nobody_books_outside_the_window(app, db, given):
    scheduled, open_one = _in(days=2, **given), _in(days=2)
    learner = factories.learner()
    assert book(db, learner=learner, scheduled_session_uuid=open_one.uuid, now=NOW)

    with app.test_request_context("/"):
        with pytest.raises(Conflict, match=r"Booking (opens|has closed)"):
            book(db, learner=learner, scheduled_session_uuid=scheduled.uuid, now=NOW)
        assert scheduled.remaining_capacity == 3


def test_the_page_says_when_and_leads_to_no_booking(client, db):
    scheduled = _in(days=15, booking_opens_days=14)
    slug = scheduled.opportunity.slug
    db.commit()

    page = client.get(f"/a/{slug}").text

    assert "Booking opens Tue 2 Jun, 1pm." in page
    assert "/book?session=" not in page
