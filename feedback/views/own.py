"""A learner's pages: what adults said, one thing with its dialogue, and asking for more."""

from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _

from accounts.access import requires, signed_in_user
from accounts.models import Role
from accounts.passes import qr_svg
from app import clock
from app.db import current_db, unit_of_work
from app.errors import Conflict
from app.forms import Form, load_form
from app.web import public_url
from badges.models import Skill
from feedback import queries, service
from feedback.about import choices_of, read_about, title_of
from feedback.models import FeedbackRequest, GiverKind
from feedback.schemas import AnswerForm, AskForm
from feedback.service import WORDS_LENGTH
from feedback.views.blueprint import bp, secret
from supporters.models import SupportScope
from supporters.queries import allows, supporters_of

_BY_LINK = "link"
#: So much is read without choosing.
_FEW = 5


@bp.get("/me/feedback")
@requires(Role.LEARNER)
def mine():
    """Show what adults said, by skill and by who said it if one likes, and what one asks."""
    db, learner = current_db(), signed_in_user()
    skill = _chosen(Skill, request.args.get("skill"))
    kind = _chosen(GiverKind, request.args.get("from"))
    is_hidden = "hidden" in request.args
    return render_template(
        "feedback/mine.html",
        said=queries.feedback_of(db, learner, skill=skill, kind=kind, is_hidden=is_hidden),
        requests=queries.own_requests(db, learner, clock.now()),
        skills=Skill,
        kinds=GiverKind,
        skill=skill,
        kind=kind,
        is_hidden=is_hidden,
        few=_FEW,
        title_of=title_of,
    )


@bp.route("/me/feedback/<uuid:uuid>", methods=["GET", "POST"])
@requires(Role.LEARNER)
def show(uuid: UUID):
    """Show one thing that was said, with all that followed, and take an answer."""
    form = load_form(AnswerForm()) if request.method == "POST" else Form()
    if form.is_sound and _answered(form, uuid):
        return redirect(url_for(".show", uuid=uuid), 303)
    learner, now = signed_in_user(), clock.now()
    with unit_of_work() as db:
        feedback = service.mark_seen(db, learner=learner, uuid=uuid, now=now)
    db = current_db()
    page = render_template(
        "feedback/show.html",
        feedback=feedback,
        replies=queries.said_to_learner(db, feedback),
        looks=queries.looks_at(db, feedback),
        is_open=service.is_open(feedback, now),
        closes_at=feedback.given_at + service.OPEN_FOR,
        skills=Skill,
        title_of=title_of,
        form=form,
        words_length=WORDS_LENGTH,
    )
    return page, 422 if form.errors else 200


@bp.post("/me/feedback/<uuid:uuid>/again")
@requires(Role.LEARNER)
def ask_again(uuid: UUID):
    with unit_of_work() as db:
        asked = service.ask_again(
            db, learner=signed_in_user(), uuid=uuid, secret=secret(), now=clock.now()
        )
    return redirect(url_for(".show_asked", uuid=asked.uuid), 303)


@bp.post("/me/feedback/<uuid:uuid>/away")
@requires(Role.LEARNER)
def put_away(uuid: UUID):
    """Put something away, or show it again."""
    with unit_of_work() as db:
        service.put_away(
            db,
            learner=signed_in_user(),
            uuid=uuid,
            is_hidden=request.form.get("show") != "1",
            now=clock.now(),
        )
    return redirect(url_for(".show", uuid=uuid), 303)


@bp.route("/me/feedback/ask", methods=["GET", "POST"])
@requires(Role.LEARNER)
def ask():
    """Ask somebody to look at one thing, or make a link for an adult who has no account."""
    form = load_form(AskForm()) if request.method == "POST" else Form(typed=dict(request.args))
    asked = _asked(form) if form.is_sound else None
    if asked is not None:
        return redirect(url_for(".show_asked", uuid=asked.uuid), 303)
    db, learner, now = current_db(), signed_in_user(), clock.now()
    page = render_template(
        "feedback/ask.html",
        form=form,
        about=choices_of(db, learner, now),
        links=[
            link
            for link in supporters_of(db, learner, now)
            if link.agreed_at and allows(link, SupportScope.COMMENT)
        ],
        by_link=_BY_LINK,
    )
    return page, 422 if form.errors else 200


@bp.get("/me/feedback/asked/<uuid:uuid>")
@requires(Role.LEARNER)
def show_asked(uuid: UUID):
    """Show what one asks, and the address to hand on where it goes by one."""
    asked = queries.own_request(current_db(), signed_in_user(), uuid, clock.now())
    address = _address(asked) if asked.token_hash else ""
    return render_template(
        "feedback/show_asked.html",
        asked=asked,
        title=title_of(asked),
        address=address,
        qr=qr_svg(address, title=_("The link as a picture to scan")) if address else "",
    )


@bp.post("/me/feedback/asked/<uuid:uuid>/stop")
@requires(Role.LEARNER)
def stop_asking(uuid: UUID):
    with unit_of_work() as db:
        service.stop_asking(db, learner=signed_in_user(), uuid=uuid, now=clock.now())
    return redirect(url_for(".mine"), 303)


def _answered(form: Form, uuid: UUID) -> bool:
    try:
        with unit_of_work() as db:
            service.answer(db, learner=signed_in_user(), uuid=uuid, now=clock.now(), **form.data)
        return True
    except Conflict as refusal:
        form.refuse("words", str(refusal))
        return False


def _asked(form: Form) -> FeedbackRequest | None:
    learner, now, whom = signed_in_user(), clock.now(), form.data["whom"]
    try:
        with unit_of_work() as db:
            about = read_about(db, learner, form.data["about"])
            if whom == _BY_LINK:
                return service.ask_by_link(
                    db, learner=learner, about=about, secret=secret(), now=now
                )
            return service.ask_supporter(
                db, learner=learner, link_uuid=UUID(whom), about=about, now=now
            )
    except ValueError:
        form.refuse("whom", _("Choose whom you ask."))
    except Conflict as refusal:
        form.refuse("whom", str(refusal))
    return None


def _address(asked: FeedbackRequest) -> str:
    token = service.request_token(asked, secret=secret())
    return public_url(url_for(".by_link", token=token))


def _chosen(kind, written: str | None):
    return next((each for each in kind if each.value == written), None)
