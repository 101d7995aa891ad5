"""A learner changes a booking: takes what was offered, gives it back, moves it to another day."""

from uuid import UUID, uuid4

from flask import redirect, render_template, request, url_for

from accounts.access import requires, signed_in_user
from accounts.models import Role
from app import clock
from app.db import current_db, unit_of_work
from app.errors import Conflict
from app.forms import Form, load_form
from participation.models import Booking, CancelReason
from participation.once import once
from participation.queries import BookedPlace, Standing, booking_of
from participation.schemas import GiveBack, Move
from participation.service import cancel_booking, move_booking, take_offer
from participation.views.blueprint import bp
from participation.views.bookings import can_cancel, other_sessions

#: What a learner chooses from; a move gives its own reason.
_MAY_MOVE = (Standing.COMING, Standing.ASKED, Standing.AGREEING)
_NOT_CHOSEN = (CancelReason.MOVED, CancelReason.NO_YES)
_REASONS = [reason for reason in CancelReason if reason not in _NOT_CHOSEN]


@bp.post("/me/bookings/<uuid:booking_uuid>/take")
@requires(Role.LEARNER)
def take(booking_uuid: UUID):
    """Take a place that came free and was held."""
    with unit_of_work() as db:
        now = clock.of_database(db)
        take_offer(db, booking_uuid=booking_uuid, learner=signed_in_user(), now=now)
    return _to_booking(booking_uuid)


@bp.route("/me/bookings/<uuid:booking_uuid>/cancel", methods=["GET", "POST"])
@requires(Role.LEARNER)
def give_place_back(booking_uuid: UUID):
    """Ask whether the learner is sure, and why; give the place back when the form comes back."""
    form = load_form(GiveBack()) if request.method == "POST" else Form()
    if form.is_sound:
        with unit_of_work() as db:
            now = clock.of_database(db)
            cancel_booking(
                db, booking_uuid=booking_uuid, learner=signed_in_user(), now=now, **form.data
            )
        return _to_booking(booking_uuid)
    place, may = _own(booking_uuid)
    if not may:
        return _to_booking(booking_uuid)
    page = render_template(
        "participation/give_place_back.html",
        place=place,
        form=form,
        reasons=_REASONS,
    )
    return page, 422 if form.errors else 200


@bp.route("/me/bookings/<uuid:booking_uuid>/move", methods=["GET", "POST"])
@requires(Role.LEARNER)
def move(booking_uuid: UUID):
    """Show other days of the same thing; move there when the form comes back."""
    form = load_form(Move()) if request.method == "POST" else Form()
    if form.is_sound:
        try:
            return _to_booking(_moved(booking_uuid, form.data["to"], form.data["key"]).uuid)
        except Conflict as refusal:
            form.refuse("to", str(refusal))
    place, may = _own(booking_uuid)
    if not may or place.standing not in _MAY_MOVE:
        return _to_booking(booking_uuid)
    page = render_template(
        "participation/move.html",
        place=place,
        form=form,
        key=uuid4(),
        others=other_sessions(place.booking.scheduled_session, instead_of=place.booking),
    )
    return page, 422 if form.errors else 200


def _moved(booking_uuid: UUID, to: UUID, key: UUID | None) -> Booking:
    with unit_of_work() as db:
        learner, now = signed_in_user(), clock.of_database(db)
        answered = once(
            db,
            by=learner,
            key=key,
            asked=("move", booking_uuid, to),
            act=lambda: move_booking(
                db, booking_uuid=booking_uuid, learner=learner, to_session_uuid=to, now=now
            ),
            now=now,
        )
    return answered.said()


def _own(booking_uuid: UUID) -> tuple[BookedPlace, bool]:
    """Return the learner's own booking, and whether there is something to give back."""
    db = current_db()
    now = clock.of_database(db)
    place = booking_of(db, signed_in_user(), booking_uuid, now=now)
    return place, can_cancel(place, now)


def _to_booking(booking_uuid: UUID):
    return redirect(url_for(".show_booking", booking_uuid=booking_uuid), 303)
