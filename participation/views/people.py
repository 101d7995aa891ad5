"""Who is at the door beyond the names: guests, and whom to ring."""

from uuid import UUID, uuid4

from flask import redirect, render_template, request, url_for

from accounts.access import PROVIDER_ROLES, requires, signed_in_user
from accounts.models import YOUNG_BANDS, Role
from app import clock
from app.db import current_db, unit_of_work
from app.forms import Form, load_form
from participation.attendance import door_refusal, type_sheet
from participation.care import contacts_at_door, keep_care, own_care
from participation.guests import add_guest, remove_guest
from participation.queries import booking_of, register_of, session_at_door
from participation.schemas import CareForm, GuestForm, Sheet
from participation.views.blueprint import bp


@bp.route("/door/<uuid:session_uuid>/guests", methods=["GET", "POST"])
@requires(*PROVIDER_ROLES)
def guests(session_uuid: UUID):
    """Add someone who came without an account, and show who was added."""
    form = load_form(GuestForm()) if request.method == "POST" else Form()
    if form.is_sound:
        with unit_of_work() as db:
            add_guest(
                db,
                session_uuid=session_uuid,
                guest_uuid=form.data["guest"],
                first_name=form.data["first_name"],
                age_band=form.data["age_band"],
                added_by=signed_in_user(),
                now=clock.now(),
            )
        return redirect(url_for(".guests", session_uuid=session_uuid), 303)
    now = clock.now()
    register = register_of(current_db(), signed_in_user(), session_uuid, now=now)
    page = render_template(
        "participation/guests.html",
        register=register,
        refusal=door_refusal(register.scheduled, now),
        form=form,
        bands=YOUNG_BANDS,
        new_uuid=uuid4(),
    )
    return page, 422 if form.errors else 200


@bp.post("/door/<uuid:session_uuid>/guests/<uuid:guest_uuid>/remove")
@requires(*PROVIDER_ROLES)
def take_guest_off(session_uuid: UUID, guest_uuid: UUID):
    with unit_of_work() as db:
        remove_guest(
            db,
            session_uuid=session_uuid,
            guest_uuid=guest_uuid,
            removed_by=signed_in_user(),
            now=clock.now(),
        )
    return redirect(url_for(".guests", session_uuid=session_uuid), 303)


@bp.route("/door/<uuid:session_uuid>/paper", methods=["GET", "POST"])
@requires(*PROVIDER_ROLES)
def paper(session_uuid: UUID):
    """Show the register to print, and take back what was ticked on it with one save."""
    keeper, now = signed_in_user(), clock.now()
    if request.method == "POST":
        sheet = Sheet().load(request.form)
        with unit_of_work() as db:
            type_sheet(db, session_uuid=session_uuid, keeper=keeper, now=now, **sheet)
        return redirect(url_for(".finish", session_uuid=session_uuid), 303)
    register = register_of(current_db(), keeper, session_uuid, now=now)
    return render_template(
        "participation/paper.html",
        register=register,
        refusal=door_refusal(register.scheduled, now),
    )


@bp.get("/door/<uuid:session_uuid>/contacts")
@requires(*PROVIDER_ROLES)
def contacts(session_uuid: UUID):
    """Show whom to ring. No phone keeps this page: only the register itself is kept."""
    db, keeper, now = current_db(), signed_in_user(), clock.now()
    return render_template(
        "participation/contacts.html",
        scheduled=session_at_door(db, keeper, session_uuid, now=now),
        contacts=contacts_at_door(db, keeper, session_uuid, now=now),
    )


@bp.route("/me/bookings/<uuid:booking_uuid>/care", methods=["GET", "POST"])
@requires(Role.LEARNER)
def care(booking_uuid: UUID):
    """Let a learner say whom to ring and whether they go home alone."""
    learner, now = signed_in_user(), clock.now()
    place = booking_of(current_db(), learner, booking_uuid, now=now)
    form = load_form(CareForm()) if request.method == "POST" else _as_kept(learner, booking_uuid)
    if request.method == "POST" and not form.errors:
        with unit_of_work() as db:
            keep_care(db, booking_uuid=booking_uuid, learner=learner, now=now, **form.data)
        return redirect(url_for(".show_booking", booking_uuid=booking_uuid), 303)
    page = render_template("participation/care.html", place=place, form=form)
    return page, 422 if form.errors else 200


def _as_kept(learner, booking_uuid: UUID) -> Form:
    kept = own_care(current_db(), learner, booking_uuid)
    if kept is None:
        return Form()
    alone = {True: "yes", False: "no", None: ""}[kept.leaves_alone]
    return Form(
        typed={
            "contact_name": kept.contact_name,
            "contact_phone": kept.contact_phone,
            "leaves_alone": alone,
        }
    )
