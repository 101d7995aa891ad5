"""Passes at the door: scanned with the phone's camera, or typed."""

from uuid import UUID

from flask import Response, current_app, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from itsdangerous import BadSignature, URLSafeTimedSerializer

from accounts.access import PROVIDER_ROLES, requires, signed_in_user
from accounts.attempts import secret_of_codes
from app import clock
from app.db import current_db, unit_of_work
from app.errors import Conflict, NotAllowed
from app.forms import Form, load_form
from app.web import HEADERS
from participation.attendance import door_refusal
from participation.models import Method
from participation.queries import register_of
from participation.scanning import Shown, let_in, take_pass
from participation.schemas import ShownPass
from participation.views.blueprint import bp

#: So long the page waits for the one more tap that lets somebody in.
_LET_IN_WITHIN_S = 10 * 60


@bp.route("/door/<uuid:session_uuid>/pass", methods=["GET", "POST"])
@requires(*PROVIDER_ROLES)
def show_pass(session_uuid: UUID):
    """Ask for a pass; mark whoever has a place as here, and offer a free place to who has none.

    The one page of the house that may use the camera.
    """
    form = load_form(ShownPass()) if request.method == "POST" else Form()
    if form.is_sound:
        try:
            shown = _taken(session_uuid, form)
        except Conflict as refusal:
            form.refuse("code", str(refusal))
        else:
            return _after(session_uuid, shown, form)
    return _pass_page(session_uuid, form)


@bp.post("/door/<uuid:session_uuid>/walk-in")
@requires(*PROVIDER_ROLES)
def walk_in(session_uuid: UUID):
    """Let in whoever showed a pass and has no place."""
    form = Form()
    try:
        said = _sealer(session_uuid).loads(request.form.get("who", ""), max_age=_LET_IN_WITHIN_S)
        with unit_of_work() as db:
            booking = let_in(
                db,
                session_uuid=session_uuid,
                learner_uuid=UUID(said),
                keeper=signed_in_user(),
                now=clock.now(),
            )
    except BadSignature:
        form.refuse("code", _("That took too long. Show the pass again."))
    except (Conflict, NotAllowed) as refusal:
        form.refuse("code", str(refusal))
    else:
        return redirect(url_for(".show_pass", session_uuid=session_uuid, here=booking.uuid), 303)
    return _pass_page(session_uuid, form)


def _taken(session_uuid: UUID, form: Form) -> Shown:
    with unit_of_work() as db:
        return take_pass(
            db,
            session_uuid=session_uuid,
            code=form.data["code"],
            keeper=signed_in_user(),
            method=Method.SCAN if form.data["is_scanned"] else Method.TYPED_CODE,
            secret=secret_of_codes(),
            now=clock.now(),
        )


def _after(session_uuid: UUID, shown: Shown, form: Form):
    if shown.booking is None:
        who = _sealer(session_uuid).dumps(shown.learner.uuid.hex)
        return _pass_page(session_uuid, Form(), stranger=shown.learner, who=who)
    # The camera goes on looking where it was used.
    scan = "on" if form.data["is_scanned"] else None
    here = shown.booking.uuid
    return redirect(url_for(".show_pass", session_uuid=session_uuid, here=here, scan=scan), 303)


def _pass_page(session_uuid: UUID, form: Form, **given) -> Response:
    now = clock.now()
    register = register_of(current_db(), signed_in_user(), session_uuid, now=now)
    page = render_template(
        "participation/pass_at_door.html",
        register=register,
        refusal=door_refusal(register.scheduled, now),
        form=form,
        here=_named(register.rows),
        **given,
    )
    answer = make_response(page, 422 if form.errors else 200)
    answer.headers["Permissions-Policy"] = HEADERS["Permissions-Policy"].replace(
        "camera=()", "camera=(self)"
    )
    return answer


def _named(rows):
    """Return the row of whoever was marked as here just now."""
    asked = request.args.get("here")
    return next((row for row in rows if row.is_here and str(row.booking_uuid) == asked), None)


def _sealer(session_uuid: UUID) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.secret_key or "", salt=f"walk-in {session_uuid}")
