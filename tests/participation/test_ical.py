"""The calendar file of a booking."""

from uuid import UUID

import pytest

from participation.ical import calendar_file
from participation.service import cancel_booking
from tests import factories
from tests.factories import NOW

URL = "http://localhost/me/bookings/1"


def lines_of(booking) -> list[str]:
    """Return the lines of the file, unfolded, as a calendar reads them."""
    file = calendar_file(booking, url=URL, now=NOW)
    assert file.endswith(b"\r\n")
    assert b"\n" not in file.replace(b"\r\n", b"")
    assert max(len(line) for line in file.split(b"\r\n")) <= 75
    return file.decode().replace("\r\n ", "").split("\r\n")[:-1]


def test_a_booking_is_one_event(db):
    place = factories.place(name="Sblot Makerspace", address="1 Splott Road, Cardiff")
    offer = factories.opportunity(title="Robot club", place=place)
    booking = factories.booking(on=factories.scheduled_session(opportunity=offer))
    booking.uuid = UUID(int=7)

    assert lines_of(booking) == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Tirnod//Bookings//EN",
        "BEGIN:VEVENT",
        "UID:00000000-0000-0000-0000-000000000007",
        "SEQUENCE:0",
        "STATUS:CONFIRMED",
        "DTSTAMP:20260601T120000Z",
        "DTSTART:20260602T120000Z",
        "DTEND:20260602T140000Z",
        "SUMMARY:Robot club",
        "LOCATION:Sblot Makerspace\\, 1 Splott Road\\, Cardiff",
        f"URL:{URL}",
        "END:VEVENT",
        "END:VCALENDAR",
    ]


def test_a_place_given_back_cancels_the_same_event(db):
    booking = factories.booking()
    before = lines_of(booking)
    cancel_booking(db, booking_uuid=booking.uuid, learner=booking.learner, now=NOW)

    after = lines_of(booking)

    assert set(after) - set(before) == {"SEQUENCE:1", "STATUS:CANCELLED"}


@pytest.mark.parametrize(
    ("title", "written"),
    [
        ("a,b;c\\d", "a\\,b\\;c\\\\d"),
        ("Pots\r\nDTSTART:19700101T000000Z", "Pots\\nDTSTART:19700101T000000Z"),
        ("Pots\u2028BEGIN:VALARM", "Pots\\nBEGIN:VALARM"),
        ("Gŵyl y môr 🎨 " * 20, "Gŵyl y môr 🎨 " * 20),
    ],
)
def test_hostile_and_long_titles_stay_one_line(db, title, written):
    offer = factories.opportunity(title=title)
    booking = factories.booking(on=factories.scheduled_session(opportunity=offer))

    assert f"SUMMARY:{written}" in lines_of(booking)
