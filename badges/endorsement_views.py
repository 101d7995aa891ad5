"""Who speaks for a badge: asked for, given, accepted and ended by organisations, read by anyone."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.orm import Session

from accounts.access import AUTHORITY_ROLES, PROVIDER_ROLES, public, requires, signed_in_user
from app import clock
from app.db import current_db, unit_of_work
from app.errors import Conflict, Gone, NotFound, NotYet
from app.forms import Form, load_form
from badges import endorsing, facts
from badges.endorsement_queries import (
    MOST_FOUND,
    are_kin,
    asked_of,
    board_of,
    endorsement_between,
    endorsement_shown,
    endorsement_that_ended,
    given_before_officer,
    given_in_city_of,
    is_endorsement_being_signed,
    organisation_to_ask,
    organisations_to_ask,
)
from badges.endorsement_schemas import (
    REASON_LENGTH,
    WORDS_LENGTH,
    AskForm,
    CommentForm,
    TakeDownForm,
)
from badges.models import Achievement, Endorsement
from badges.queries import achievement_named, achievements_of, issuer_named, own_achievement
from badges.resolver import check_endorsement
from badges.views import issuing_host, open_json, wants_json
from providers.acting import provider_acted_for
from providers.models import Provider
from providers.queries import speaks_for
from providers.views.own import own_provider

bp = Blueprint("endorsements", __name__, template_folder="templates")

#: How much of a name is looked for.
_LONGEST_NAME = 80


def is_other_provider(issuer: Provider) -> bool:
    """Say whether who looks may act for an organisation, and it is another than `issuer`."""
    if not current_user.is_authenticated or current_user.role not in PROVIDER_ROLES:
        return False
    db, user = current_db(), signed_in_user()
    provider = provider_acted_for(db, user)
    return provider is not None and not are_kin(provider, issuer) and speaks_for(db, user, provider)


# For everyone.


@bp.get("/endorsements/<uuid:uuid>")
@public
def show(uuid: UUID):
    """Show what one organisation says for another; of what it says no more, that it does not."""
    now = clock.now()
    endorsement = endorsement_shown(current_db(), uuid, now)
    if endorsement is None:
        return _ended(uuid)
    host, document = issuing_host(), endorsement.signed_document or {}
    if wants_json():
        return open_json(document, max_age=300)
    about = facts.endorsed_id(endorsement, host.base_url)
    with unit_of_work() as db:
        found = check_endorsement(db, document, about=about, host=host, now=now)
    return render_template("badges/endorsements/show.html", endorsement=endorsement, found=found)


# For organisations.


@bp.get("/provide/endorsements")
@requires(*PROVIDER_ROLES)
def board():
    """Show what is asked and said between one's organisation and others."""
    provider = own_provider(speaks_for)
    return render_template(
        "badges/endorsements/board.html",
        board=board_of(current_db(), provider),
        done=request.args.get("done"),
    )


@bp.route("/provide/endorsements/ask", methods=["GET", "POST"])
@requires(*PROVIDER_ROLES)
def ask():
    """Find an organisation, and ask it to speak for a badge or for one's organisation itself."""
    provider = own_provider(speaks_for)
    achievement = _subject(provider)
    if request.method == "GET":
        return _ask_page(provider, achievement, Form())
    form = load_form(AskForm())
    status = _try(form, "whom", lambda db: _ask(db, provider, achievement, form))
    if not form.is_sound:
        return _ask_page(provider, achievement, form), status
    return redirect(url_for(".board", done="asked"), 303)


@bp.route("/provide/endorsements/<uuid:uuid>", methods=["GET", "POST"])
@requires(*PROVIDER_ROLES)
def give(uuid: UUID):
    """Say what another organisation asks for."""
    provider = own_provider(speaks_for)
    asked = asked_of(current_db(), provider, uuid)
    if asked is None:
        raise NotFound(_("That question is not open any more."))
    if request.method == "GET":
        return _speak_page(asked.issuer, asked.achievement, Form(), asked)
    form = load_form(CommentForm())
    status = _try(
        form,
        "comment",
        lambda db: endorsing.give(
            db,
            uuid=uuid,
            endorser=provider,
            given_by=signed_in_user(),
            comment=form.data["comment"],
            now=clock.now(),
        ),
    )
    if not form.is_sound:
        return _speak_page(asked.issuer, asked.achievement, form, asked), status
    return redirect(url_for(".board", done="given"), 303)


@bp.route("/provide/endorsements/badge/<slug>", methods=["GET", "POST"])
@requires(*PROVIDER_ROLES)
def speak_for_badge(slug: str):
    """Offer to speak for a badge, without having been asked."""
    achievement = achievement_named(current_db(), slug)
    if achievement is None:
        raise NotFound(_("We cannot find that badge."))
    return _offer(achievement.issuer, achievement)


@bp.route("/provide/endorsements/organisation/<slug>", methods=["GET", "POST"])
@requires(*PROVIDER_ROLES)
def speak_for_organisation(slug: str):
    """Offer to speak for an organisation, without having been asked."""
    issuer = issuer_named(current_db(), slug)
    if issuer is None:
        raise NotFound(_("We cannot find that organisation."))
    return _offer(issuer, None)


@bp.post("/provide/endorsements/<uuid:uuid>/accept")
@requires(*PROVIDER_ROLES)
def accept(uuid: UUID):
    """Let what another offers to say be shown."""
    with unit_of_work() as db:
        endorsing.accept(
            db,
            uuid=uuid,
            issuer=own_provider(speaks_for),
            accepted_by=signed_in_user(),
            now=clock.now(),
        )
    return redirect(url_for(".board", done="accepted"), 303)


@bp.route("/provide/endorsements/<uuid:uuid>/end", methods=["GET", "POST"])
@requires(*PROVIDER_ROLES)
def end(uuid: UUID):
    """Ask once, then end it: as the one that says it, or the one that it is said for."""
    provider = own_provider(speaks_for)
    if request.method == "GET":
        endorsement = endorsement_between(current_db(), provider, uuid)
        if endorsement is None:
            raise NotFound(_("That question is not open any more."))
        return render_template(
            "badges/endorsements/end.html",
            endorsement=endorsement,
            is_own=endorsement.endorser_id == provider.id,
        )
    with unit_of_work() as db:
        endorsing.end(db, uuid=uuid, provider=provider, ended_by=signed_in_user(), now=clock.now())
    return redirect(url_for(".board", done="ended"), 303)


# For the council's officers.


@bp.get("/authority/endorsements")
@requires(*AUTHORITY_ROLES)
def show_of_city():
    """Show what organisations of the city say for each other, the newest first."""
    officer = signed_in_user()
    return render_template(
        "badges/endorsements/city.html",
        endorsements=given_in_city_of(current_db(), officer),
        city=officer.city,
        done=request.args.get("done"),
    )


@bp.route("/authority/endorsements/<uuid:uuid>", methods=["GET", "POST"])
@requires(*AUTHORITY_ROLES)
def take_down(uuid: UUID):
    """Take down what one organisation says for another, and say why."""
    endorsement = given_before_officer(current_db(), signed_in_user(), uuid)
    if endorsement is None:
        raise NotFound(_("We cannot find that."))
    if request.method == "GET":
        return _take_down_page(endorsement, Form())
    form = load_form(TakeDownForm())
    status = _try(
        form,
        "reason",
        lambda db: endorsing.take_down(
            db,
            uuid=uuid,
            officer=signed_in_user(),
            reason=form.data["reason"],
            now=clock.now(),
        ),
    )
    if not form.is_sound:
        return _take_down_page(endorsement, form), status
    return redirect(url_for(".show_of_city", done="taken-down"), 303)


def _ended(uuid: UUID) -> Response:
    endorsement = endorsement_that_ended(current_db(), uuid)
    if endorsement is None and is_endorsement_being_signed(current_db(), uuid):
        raise NotYet(_("These words are being signed. That takes a moment."))
    if endorsement is None:
        raise NotFound(_("We cannot find that endorsement."))
    if wants_json():
        words = _("This endorsement was withdrawn. Nobody says this any more.")
        response = open_json({"error": words}, mimetype="application/json", max_age=300)
    else:
        response = make_response(
            render_template("badges/endorsements/ended.html", endorsement=endorsement)
        )
    response.status_code = Gone.status
    return response


def _try(form: Form, box: str, do: Callable[[Session], object]) -> int:
    """Do what a sound form asks for, or say beside a box why not; return the status of the answer."""
    if not form.is_sound:
        return 422
    try:
        with unit_of_work() as db:
            do(db)
    except Conflict as refusal:
        form.refuse(box, str(refusal))
        return refusal.status
    return 303


def _subject(provider: Provider) -> Achievement | None:
    """Return the badge that is asked about; `None` for the organisation itself."""
    slug = request.args.get("about", "")
    achievement = own_achievement(current_db(), provider, slug) if slug else None
    if slug and achievement is None:
        raise NotFound(_("We cannot find that badge."))
    return achievement


def _ask(db: Session, provider: Provider, achievement: Achievement | None, form: Form) -> None:
    endorser = organisation_to_ask(db, provider, form.data["whom"], clock.now())
    if endorser is None:
        raise Conflict(_("Only organisations that the council has checked speak for each other."))
    endorsing.ask(
        db,
        issuer=provider,
        asked_by=signed_in_user(),
        endorser=endorser,
        achievement=achievement,
        message=form.data["message"],
        now=clock.now(),
    )


def _ask_page(provider: Provider, achievement: Achievement | None, form: Form) -> str:
    db, name = current_db(), request.args.get("name", "").replace("\0", "").strip()
    name = name[:_LONGEST_NAME]
    found = organisations_to_ask(db, provider, name=name, now=clock.now()) if name else []
    return render_template(
        "badges/endorsements/ask.html",
        provider=provider,
        achievement=achievement,
        achievements=achievements_of(db, provider),
        name=name,
        found=found,
        is_cut=len(found) == MOST_FOUND,
        form=form,
        words_length=WORDS_LENGTH,
    )


def _offer(issuer: Provider, achievement: Achievement | None) -> Any:
    provider = own_provider(speaks_for)
    if request.method == "GET":
        return _speak_page(issuer, achievement, Form())
    form = load_form(CommentForm())
    status = _try(
        form,
        "comment",
        lambda db: endorsing.offer(
            db,
            endorser=provider,
            given_by=signed_in_user(),
            issuer=issuer,
            achievement=achievement,
            comment=form.data["comment"],
            now=clock.now(),
        ),
    )
    if not form.is_sound:
        return _speak_page(issuer, achievement, form), status
    return redirect(url_for(".board", done="offered"), 303)


def _speak_page(
    issuer: Provider,
    achievement: Achievement | None,
    form: Form,
    asked: Endorsement | None = None,
) -> str:
    return render_template(
        "badges/endorsements/speak.html",
        issuer=issuer,
        achievement=achievement,
        asked=asked,
        form=form,
        words_length=WORDS_LENGTH,
    )


def _take_down_page(endorsement: Endorsement, form: Form) -> str:
    return render_template(
        "badges/endorsements/take_down.html",
        endorsement=endorsement,
        form=form,
        reason_length=REASON_LENGTH,
    )
