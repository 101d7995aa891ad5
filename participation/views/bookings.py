"""A learner's places: ask for one, look at them, give one back."""

from uuid import UUID

from flask import Response, redirect, render_template, request, url_for
from flask_babel import gettext as _

from accounts.access import requires, signed_in_user
from accounts.models import Role
from app import clock
from app.db import current_db, unit_of_work
from app.errors import NotFound, Refusal
from app.forms import Form, load_form
from app.web import public_url
from badges.queries import credential_of
from opportunities.models import ScheduledSession
from opportunities.queries import coming_sessions, session_by_uuid
from participation import ical
from participation.attendance import door_closes_at
from participation.disputes import refusal_to_say, say_otherwise
from participation.models import Booking
from participation.queries import (
    BookedPlace,
    Standing,
    booking_of,
    bookings_of,
    own_word,
    place_of,
)
from participation.schemas import LONGEST_NEEDS, BookingRequest, WasThere
from participation.service import book, cancel_booking, refusal_to_book
from participation.views.blueprint import bp
from participation.wording import paused_words

bp.add_app_template_global(paused_words)

#: How many other sessions a page offers when this one cannot be had.
_ALTERNATIVES = 5


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
        held = place_of(current_db(), signed_in_user(), scheduled)
        return _to_booking(held) if held else _cannot_book_page(scheduled, refusal)


@bp.get("/me/bookings")
@requires(Role.LEARNER)
def my_bookings():
    now = clock.now()
    places = bookings_of(current_db(), signed_in_user(), now=now)
    return render_template(
        "participation/my_bookings.html",
        now=now,
        coming=_standing(places, Standing.COMING)[::-1],
        past=_standing(places, Standing.CAME, Standing.UNCONFIRMED),
        cancelled=_standing(places, Standing.CANCELLED),
    )


@bp.get("/me/bookings/<uuid:booking_uuid>")
@requires(Role.LEARNER)
def show_booking(booking_uuid: UUID):
    db, learner, now = current_db(), signed_in_user(), clock.now()
    place = booking_of(db, learner, booking_uuid, now=now)
    achievement = place.booking.scheduled_session.opportunity.achievement
    badge = credential_of(db, learner, achievement) if achievement else None
    return render_template(
        "participation/show_booking.html",
        now=now,
        place=place,
        achievement=achievement,
        has_badge=badge is not None and badge.revoked_at is None,
        can_cancel=_can_cancel(place.booking),
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
    now = clock.now()
    place = booking_of(current_db(), signed_in_user(), booking_uuid, now=now)
    address = public_url(url_for(".show_booking", booking_uuid=booking_uuid))
    file = ical.calendar_file(place.booking, url=address, now=now, is_paused=place.is_paused)
    answer = Response(file, content_type=ical.MEDIA_TYPE)
    answer.headers["Content-Disposition"] = 'attachment; filename="tirnod.ics"'
    return answer


@bp.route("/me/bookings/<uuid:booking_uuid>/cancel", methods=["GET", "POST"])
@requires(Role.LEARNER)
def give_place_back(booking_uuid: UUID):
    """Ask whether the learner is sure; give the place back when the form comes back."""
    if request.method == "POST":
        with unit_of_work() as db:
            cancel_booking(db, booking_uuid=booking_uuid, learner=signed_in_user(), now=clock.now())
        return redirect(url_for(".show_booking", booking_uuid=booking_uuid), 303)
    place = booking_of(current_db(), signed_in_user(), booking_uuid, now=clock.now())
    if not _can_cancel(place.booking):
        return redirect(url_for(".show_booking", booking_uuid=booking_uuid), 303)
    return render_template("participation/give_place_back.html", place=place)


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


def _booked(scheduled: ScheduledSession, access_needs: str) -> Booking:
    with unit_of_work() as db:
        return book(
            db,
            learner=signed_in_user(),
            scheduled_session_uuid=scheduled.uuid,
            now=clock.now(),
            access_needs=access_needs,
        )


def _to_booking(booking: Booking):
    return redirect(url_for(".show_booking", booking_uuid=booking.uuid), 303)


def _confirm_page(scheduled: ScheduledSession, form: Form):
    refusal = refusal_to_book(
        current_db(), learner=signed_in_user(), scheduled=scheduled, now=clock.now()
    )
    if refusal is not None:
        raise refusal
    page = render_template(
        "participation/create_booking.html",
        scheduled=scheduled,
        form=form,
        longest_needs=LONGEST_NEEDS,
    )
    return page, 422 if form.errors else 200


def _cannot_book_page(scheduled: ScheduledSession, refusal: Refusal):
    """Say why not, and what is possible instead."""
    page = render_template(
        "participation/cannot_book.html",
        scheduled=scheduled,
        reason=str(refusal),
        others=_other_sessions(scheduled),
    )
    # Whoever only looks has not been refused anything yet.
    return page, refusal.status if request.method == "POST" else 200


def _other_sessions(scheduled: ScheduledSession) -> list[ScheduledSession]:
    """Return later sessions of the same thing that this learner could book now."""
    db, learner, now = current_db(), signed_in_user(), clock.now()
    others = coming_sessions(db, scheduled.opportunity, now)
    return [
        other
        for other in others[: _ALTERNATIVES + 1]
        if other.id != scheduled.id
        and refusal_to_book(db, learner=learner, scheduled=other, now=now) is None
    ][:_ALTERNATIVES]


def _can_cancel(booking: Booking) -> bool:
    return booking.cancelled_at is None and booking.scheduled_session.starts_at > clock.now()
