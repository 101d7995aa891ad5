"""A learner's places: ask for one, wait for one, look at them."""

from datetime import datetime
from typing import cast
from uuid import UUID, uuid4

from flask import Response, redirect, render_template, request, url_for
from flask_babel import gettext as _

from accounts.access import requires, signed_in_user
from accounts.models import AgeBand, Role
from app import clock
from app.db import current_db, unit_of_work
from app.errors import Conflict, NotFound, Refusal
from app.forms import Form, load_form
from app.web import public_url
from badges.queries import credential_of
from geo.queries.shapes import lon_lat_of
from opportunities.models import ScheduledSession
from opportunities.queries import SearchRequest, coming_sessions, search, session_by_uuid
from participation import ical
from participation.attendance import door_closes_at
from participation.disputes import refusal_to_say, say_otherwise
from participation.law import needed_by_law
from participation.models import Booking
from participation.no_shows import HeldBack
from participation.once import once
from participation.queries import (
    TO_COME,
    BookedPlace,
    Standing,
    booking_of,
    bookings_of,
    own_word,
    place_of,
)
from participation.schemas import LONGEST_NEEDS, BookingRequest, WasThere
from participation.service import IsFull, book, may_join_line, refusal_to_book
from participation.views.blueprint import bp
from participation.waiting import is_next
from participation.wording import paused_words
from permission.service import SchoolYearNeeded, is_work

bp.add_app_template_global(paused_words)

#: How many other sessions a page offers when this one cannot be had.
_ALTERNATIVES = 5
#: Of so many it asks whether they can be had.
_LOOKED_AT = 8
#: And how far away they may be, in metres.
_NEAR_M = 5_000
_CAME_TO_NOTHING = (
    *(Standing.CALLED_OFF, Standing.DECLINED, Standing.UNANSWERED, Standing.NOT_TAKEN),
    Standing.NOT_AGREED,
)


@bp.route("/a/<slug>/book", methods=["GET", "POST"])
@requires(Role.LEARNER)
def create_booking(slug: str):
    """Show what is about to be booked; book it when the form comes back."""
    if "session" not in request.args:
        return redirect(url_for("opportunities.show_opportunity", slug=slug), 303)
    scheduled = _session_asked_for(slug)
    form = load_form(BookingRequest()) if request.method == "POST" else Form()
    try:
        if form.is_sound:
            return _to_booking(_booked(scheduled, **form.data))
        return _confirm_page(scheduled, form)
    except NotFound:
        raise
    except Refusal as refusal:
        # A double tap, or a way back with the browser's button: the place is theirs, so say so.
        held = place_of(current_db(), signed_in_user(), scheduled, clock.now())
        return _to_booking(held) if held else _cannot_book_page(scheduled, refusal)


@bp.get("/me/bookings")
@requires(Role.LEARNER)
def my_bookings():
    now = clock.of_database(current_db())
    places = bookings_of(current_db(), signed_in_user(), now=now)
    return render_template(
        "participation/my_bookings.html",
        now=now,
        to_answer=_standing(places, Standing.OFFERED)[::-1],
        coming=_standing(places, Standing.COMING)[::-1],
        hoped_for=_standing(places, Standing.AGREEING, Standing.ASKED, Standing.WAITING)[::-1],
        off=[place for place in places if _is_news(place, now)],
        past=_standing(places, Standing.CAME, Standing.UNCONFIRMED),
        ended=[place for place in places if _has_ended(place) and not _is_news(place, now)],
    )


@bp.get("/me/bookings/<uuid:booking_uuid>")
@requires(Role.LEARNER)
def show_booking(booking_uuid: UUID):
    db, learner, now = current_db(), signed_in_user(), clock.of_database(current_db())
    place = booking_of(db, learner, booking_uuid, now=now)
    achievement = place.booking.scheduled_session.opportunity.achievement
    badge = credential_of(db, learner, achievement) if achievement else None
    return render_template(
        "participation/show_booking.html",
        now=now,
        place=place,
        achievement=achievement,
        has_badge=badge is not None and badge.revoked_at is None,
        can_cancel=can_cancel(place, now),
        has_steps=is_work(place.booking.scheduled_session.opportunity),
        is_next=place.standing is Standing.WAITING and is_next(db, place.booking),
        others=_instead(place),
        can_say=refusal_to_say(place.booking, now) is None,
        said=own_word(db, learner, booking_uuid),
        closes_at=door_closes_at(place.booking.scheduled_session),
    )


@bp.post("/me/bookings/<uuid:booking_uuid>/say")
@requires(Role.LEARNER)
def say(booking_uuid: UUID):
    """Keep that a learner says they were there, or were not, whatever the register says."""
    came = WasThere().load(request.form)["came"]
    with unit_of_work() as db:
        say_otherwise(
            db, booking_uuid=booking_uuid, learner=signed_in_user(), came=came, now=clock.now()
        )
    return redirect(url_for(".show_booking", booking_uuid=booking_uuid), 303)


@bp.get("/me/bookings/<uuid:booking_uuid>.ics")
@requires(Role.LEARNER)
def show_calendar_file(booking_uuid: UUID):
    now = clock.of_database(current_db())
    place = booking_of(current_db(), signed_in_user(), booking_uuid, now=now)
    address = public_url(url_for(".show_booking", booking_uuid=booking_uuid))
    file = ical.calendar_file(place.booking, url=address, now=now, is_paused=place.is_paused)
    answer = Response(file, content_type=ical.MEDIA_TYPE)
    answer.headers["Content-Disposition"] = 'attachment; filename="tirnod.ics"'
    return answer


def _standing(places: list[BookedPlace], *wanted: Standing) -> list[BookedPlace]:
    return [place for place in places if place.standing in wanted]


def _session_asked_for(slug: str) -> ScheduledSession:
    try:
        scheduled = session_by_uuid(current_db(), UUID(request.args["session"]))
    except ValueError:
        scheduled = None
    if scheduled is None or scheduled.opportunity.slug != slug:
        raise NotFound(_("We cannot find that session."))
    return scheduled


def _booked(scheduled: ScheduledSession, key: UUID | None, **wanted) -> Booking:
    with unit_of_work() as db:
        learner, now = signed_in_user(), clock.of_database(db)
        answered = once(
            db,
            by=learner,
            key=key,
            asked=("book", scheduled.uuid, sorted(wanted.items())),
            act=lambda: book(
                db, learner=learner, scheduled_session_uuid=scheduled.uuid, now=now, **wanted
            ),
            now=now,
        )
    return answered.said()


def _to_booking(booking: Booking):
    return redirect(url_for(".show_booking", booking_uuid=booking.uuid), 303)


def _confirm_page(scheduled: ScheduledSession, form: Form):
    db = current_db()
    refusal = refusal_to_book(
        db, learner=signed_in_user(), scheduled=scheduled, now=clock.of_database(db)
    )
    may_wait = isinstance(refusal, IsFull) and may_join_line(scheduled)
    if refusal is not None and not may_wait:
        raise refusal
    needed = needed_by_law(db, signed_in_user(), scheduled, clock.of_database(db))
    page = render_template(
        "participation/create_booking.html",
        missing=needed.missing(clock.of_database(db)),
        scheduled=scheduled,
        form=form,
        key=form.value("key") or uuid4(),
        may_wait=may_wait,
        longest_needs=LONGEST_NEEDS,
        others=other_sessions(scheduled) if may_wait else [],
    )
    return page, 422 if form.errors else 200


def _cannot_book_page(scheduled: ScheduledSession, refusal: Refusal):
    """Say why not, and what is possible instead."""
    page = render_template(
        "participation/cannot_book.html",
        scheduled=scheduled,
        reason=str(refusal),
        may_wait=isinstance(refusal, Conflict) and _may_wait(scheduled),
        others=other_sessions(scheduled),
        way_on=_way_on(scheduled, refusal),
    )
    # Whoever only looks has not been refused anything yet.
    return page, refusal.status if request.method == "POST" else 200


def _way_on(scheduled: ScheduledSession, refusal: Refusal) -> tuple[str, str] | None:
    """Return what the learner can do about it, and where, if there is something."""
    slug = scheduled.opportunity.slug
    here = url_for(".create_booking", slug=slug, session=scheduled.uuid)
    if isinstance(refusal, SchoolYearNeeded):
        return _("Tell us your school year"), url_for("permission.school_year", next=here)
    if isinstance(refusal, HeldBack):
        return _("See my bookings"), url_for(".my_bookings")
    return None


def _may_wait(scheduled: ScheduledSession) -> bool:
    """Return whether there is no place now, but a line that this learner may join."""
    db = current_db()
    refusal = refusal_to_book(
        db, learner=signed_in_user(), scheduled=scheduled, now=clock.of_database(db)
    )
    return isinstance(refusal, IsFull) and may_join_line(scheduled)


def other_sessions(
    scheduled: ScheduledSession, instead_of: Booking | None = None
) -> list[ScheduledSession]:
    """Return later sessions of the same thing that this learner could book now."""
    db, learner = current_db(), signed_in_user()
    now = clock.of_database(db)
    coming = coming_sessions(db, scheduled.opportunity, now)
    # Whether what is kept is kept for this learner is asked below, with all the rest.
    free = [each for each in coming if each.remaining_capacity or each.kept_capacity]
    others = [each for each in free if each.id != scheduled.id]
    return [
        other
        for other in others[:_LOOKED_AT]
        if refusal_to_book(db, learner=learner, scheduled=other, now=now, instead_of=instead_of)
        is None
    ][:_ALTERNATIVES]


def _instead(place: BookedPlace) -> list[ScheduledSession]:
    """Return what a learner could do where this came to nothing: the same later, then what is near."""
    if place.standing not in _CAME_TO_NOTHING:
        return []
    scheduled = place.booking.scheduled_session
    same = other_sessions(scheduled)
    near = search(current_db(), _near(scheduled))
    other = [
        each.scheduled for each in near if each.scheduled.opportunity_id != scheduled.opportunity_id
    ]
    return [*same, *other][:_ALTERNATIVES]


def _near(scheduled: ScheduledSession) -> SearchRequest:
    lon, lat = lon_lat_of(scheduled.opportunity.place.point)
    youngest, _oldest = cast(AgeBand, signed_in_user().age_band).ages
    return SearchRequest(
        starts_after=clock.of_database(current_db()),
        lon=lon,
        lat=lat,
        radius_m=_NEAR_M,
        age=youngest,
        limit=_ALTERNATIVES + 1,
    )


def _is_news(place: BookedPlace, now: datetime) -> bool:
    """Return whether something came to nothing that was still to come: it stands near the top."""
    is_to_come = place.booking.scheduled_session.starts_at > now
    return is_to_come and place.standing in _CAME_TO_NOTHING


def _has_ended(place: BookedPlace) -> bool:
    return place.standing in (
        *_CAME_TO_NOTHING,
        Standing.CANCELLED,
        Standing.MOVED,
        Standing.WAITED,
    )


def can_cancel(place: BookedPlace, now: datetime) -> bool:
    """Return whether there is something that the learner can give back, take back or leave."""
    is_live = place.booking.is_live and place.standing in TO_COME
    return is_live and place.booking.scheduled_session.starts_at > now
