"""The provider's register: who has a place, who came, and what that earned them."""

from datetime import datetime, timedelta
from uuid import UUID

from flask import make_response, redirect, render_template, request, url_for

from accounts.access import AUTHORITY_ROLES, PROVIDER_ROLES, requires, signed_in_user
from app import clock
from app.db import current_db, unit_of_work
from opportunities.models import ScheduledSession
from opportunities.queries import coming_sessions
from participation.attendance import (
    confirm_attendance,
    confirm_everyone,
    door_closes_at,
    door_refusal,
    record_absence,
    take_taps,
    withdraw_attendance,
)
from participation.models import Said
from participation.patterns import odd_registers
from participation.queries import register_of, session_at_door
from participation.schemas import EveryoneShown, Mark, SentTaps
from participation.views.blueprint import bp

#: After the end of a session no phone keeps who was on its register for longer.
ROSTER_KEPT_FOR = timedelta(hours=12)


@bp.get("/door/<uuid:session_uuid>")
@requires(*PROVIDER_ROLES)
def show_door(session_uuid: UUID):
    """Show the register; once it is closed, how many came and nobody's name."""
    now = clock.now()
    register = register_of(current_db(), signed_in_user(), session_uuid, now=now)
    refusal = door_refusal(register.scheduled, now)
    if now > door_closes_at(register.scheduled):
        return render_template("participation/closed_door.html", register=register, refusal=refusal)
    kept_until = None if refusal else _kept_until(register.scheduled, now)
    answer = make_response(
        render_template(
            "participation/door.html",
            register=register,
            refusal=refusal,
            keeper=signed_in_user(),
            kept_until=kept_until,
            now=now,
        )
    )
    if kept_until:
        answer.headers["Kept-Until"] = str(kept_until)
    return answer


@bp.post("/door/<uuid:session_uuid>/<uuid:booking_uuid>")
@requires(*PROVIDER_ROLES)
def mark(session_uuid: UUID, booking_uuid: UUID):
    """Write what one tap says: this person is here, or is not after all."""
    said, keeper, now = Mark().load(request.form)["said"], signed_in_user(), clock.now()
    with unit_of_work() as db:
        if said is Said.HERE:
            confirm_attendance(db, booking_uuid=booking_uuid, confirmed_by=keeper, now=now)
        elif said is Said.AWAY:
            record_absence(db, booking_uuid=booking_uuid, recorded_by=keeper, now=now)
        else:
            withdraw_attendance(db, booking_uuid=booking_uuid, withdrawn_by=keeper, now=now)
    if request.form.get("back_to") == "finish":
        return redirect(url_for(".finish", session_uuid=session_uuid), 303)
    return _back_to_door(session_uuid, f"row-{booking_uuid}")


@bp.post("/door/taps")
@requires(*PROVIDER_ROLES)
def keep_taps():
    """Take what a phone kept: what was saved, what was refused and why, by the taps' own names.

    `forget` says that the phone may keep none of these registers any more.
    """
    sent = SentTaps().load(request.get_json())
    with unit_of_work() as db:
        taken = take_taps(
            db,
            taps=sent["taps"],
            keeper=signed_in_user(),
            device_uuid=sent["device"],
            sent_at=sent["sent_at"],
            now=clock.now(),
        )
    return {
        "saved": [uuid.hex for uuid in taken.saved],
        "refused": {uuid.hex: reason for uuid, reason in taken.refused.items()},
        "forget": taken.is_stranger,
    }


@bp.post("/door/<uuid:session_uuid>/everyone")
@requires(*PROVIDER_ROLES)
def mark_everyone(session_uuid: UUID):
    """Write that everyone who stood on the page is here."""
    shown = EveryoneShown().load(request.form)["shown"]
    with unit_of_work() as db:
        confirm_everyone(
            db,
            session=session_at_door(db, signed_in_user(), session_uuid, now=clock.now()),
            confirmed_by=signed_in_user(),
            now=clock.now(),
            shown=shown,
        )
    return _back_to_door(session_uuid, "tally")


@bp.get("/door/<uuid:session_uuid>/finish")
@requires(*PROVIDER_ROLES)
def finish(session_uuid: UUID):
    """Show who came, which badges that gave, and where to go next."""
    now = clock.now()
    register = register_of(current_db(), signed_in_user(), session_uuid, now=now)
    if now > door_closes_at(register.scheduled):
        return redirect(url_for(".show_door", session_uuid=session_uuid), 303)
    return render_template(
        "participation/finish.html",
        register=register,
        next_session=_session_after(register.scheduled),
        closes_at=door_closes_at(register.scheduled),
    )


def _kept_until(scheduled: ScheduledSession, now: datetime) -> int | None:
    """Return until when a phone may keep the register, in milliseconds; nothing where it may not."""
    until = scheduled.ends_at + ROSTER_KEPT_FOR
    return int(until.timestamp() * 1000) if now < until else None


def _back_to_door(session_uuid: UUID, anchor: str):
    """Answer a script in a word, and a browser without one with the page, at the row it tapped."""
    if request.accept_mimetypes.best == "application/json":
        return {"saved": True}
    return redirect(url_for(".show_door", session_uuid=session_uuid, _anchor=anchor), 303)


def _session_after(scheduled: ScheduledSession) -> ScheduledSession | None:
    coming = coming_sessions(current_db(), scheduled.opportunity, clock.now())
    return next((other for other in coming if other.starts_at > scheduled.starts_at), None)


@bp.get("/authority/registers")
@requires(*AUTHORITY_ROLES)
def show_registers():
    """Show an officer which registers of the city to ask about, and why; nobody's name."""
    now = clock.now()
    return render_template(
        "participation/registers.html",
        odd=odd_registers(current_db(), signed_in_user(), now=now),
        now=now,
    )
