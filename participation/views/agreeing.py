"""Asking those who have to say yes: the learner's pages, and the adult's page behind a link."""

from uuid import UUID

from flask import current_app, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from accounts.access import requires, signed_in_user, with_link
from accounts.models import Role
from accounts.passes import qr_svg
from app import clock
from app.db import current_db, unit_of_work
from app.errors import Conflict, NotAllowed, NotFound
from app.forms import Form, load_form
from app.links import kept_from_others, token_hash, token_of
from app.web import public_url
from opportunities.models import Opportunity
from opportunities.queries import coming_sessions, is_on_offer, opportunity_by_slug
from participation import chain
from participation.queries import TO_COME, booking_of
from participation.views.blueprint import bp
from permission import queries, service
from permission.models import Agreement, Part
from permission.schemas import AgreementForm, AskByEmailForm


@bp.get("/me/bookings/<uuid:booking_uuid>/steps")
@requires(Role.LEARNER)
def show_steps(booking_uuid: UUID):
    """Show who has to say yes, one after the other, and how far it is."""
    db, now = current_db(), clock.of_database(current_db())
    place = booking_of(db, signed_in_user(), booking_uuid, now=now)
    if place.standing not in TO_COME or not service.is_work(
        place.booking.scheduled_session.opportunity
    ):
        return redirect(url_for(".show_booking", booking_uuid=booking_uuid), 303)
    return render_template(
        "participation/steps.html",
        place=place,
        scheduled=place.booking.scheduled_session,
        steps=chain.steps_of(db, place.booking, now),
        now=now,
    )


@bp.route("/a/<slug>/ask/<any(guardian,school):part>", methods=["GET", "POST"])
@requires(Role.LEARNER)
def ask_adult(slug: str, part: str):
    """Show how an adult can say yes, and make the link for it."""
    opportunity = _opportunity(slug)
    if request.method == "POST":
        with unit_of_work() as db:
            service.ask_for_yes(
                db,
                learner=signed_in_user(),
                opportunity=opportunity,
                part=Part(part),
                secret=_secret(),
                now=clock.now(),
            )
        return redirect(url_for(".ask_adult", slug=slug, part=part), 303)
    return _ask_page(opportunity, Part(part), Form())


@bp.post("/a/<slug>/ask/<any(guardian,school):part>/email")
@requires(Role.LEARNER)
def ask_adult_by_email(slug: str, part: str):
    """Have us send the link to an adult."""
    opportunity = _opportunity(slug)
    form = load_form(AskByEmailForm())
    if form.is_sound and _sent(form, opportunity, Part(part)):
        return redirect(url_for(".ask_adult", slug=slug, part=part), 303)
    return _ask_page(opportunity, Part(part), form), 422


@bp.post("/me/agreements/<uuid:uuid>/end")
@requires(Role.LEARNER)
def end_agreement(uuid: UUID):
    with unit_of_work() as db:
        ended = chain.end_as_learner(db, learner=signed_in_user(), uuid=uuid, now=clock.now())
        slug, part = ended.opportunity.slug, ended.part.value
    return redirect(url_for(".ask_adult", slug=slug, part=part), 303)


@bp.route("/agree/<token>", methods=["GET", "POST"])
@with_link
def agree(token: str):
    """Ask an adult for a yes or a no, and show them afterwards what they said. They need no account."""
    _refuse_learners()
    db, now = current_db(), clock.now()
    agreement = queries.asked_by(db, token_hash(token))
    if agreement is None or not queries.is_open(agreement, now):
        return kept_from_others(_over_page(agreement, token))
    form = load_form(AgreementForm()) if request.method == "POST" else Form()
    if form.is_sound and _answered(form, token):
        return redirect(url_for(".agree", token=token), 303)
    page = render_template(
        "participation/agree.html",
        form=form,
        agreement=agreement,
        guardian=service.guardian_to_know(db, agreement, now),
        can_name_school=chain.can_name_school(db, agreement, now),
        others=_others(agreement),
    )
    return kept_from_others((page, 422 if form.errors else 200))


@bp.post("/agree/<token>/back")
@with_link
def take_yes_back(token: str):
    """Let an adult take their yes back."""
    _refuse_learners()
    with unit_of_work() as db:
        chain.take_back_as_adult(db, token_hash=token_hash(token), now=clock.now())
    return kept_from_others(redirect(url_for(".agree", token=token), 303))


def _refuse_learners() -> None:
    if current_user.is_authenticated and current_user.role is Role.LEARNER:
        raise NotAllowed(
            _(
                "This link is for an adult, on a phone or computer of their own. You are signed in as"
                " a young person, so you cannot answer it."
            )
        )


def _opportunity(slug: str) -> Opportunity:
    opportunity = opportunity_by_slug(current_db(), slug)
    if opportunity is None or not is_on_offer(opportunity, clock.now()):
        raise NotFound(_("This is not on offer."))
    return opportunity


def _ask_page(opportunity: Opportunity, part: Part, form: Form) -> str:
    db, learner, now = current_db(), signed_in_user(), clock.now()
    agreement = queries.agreement_on(db, learner, opportunity, part)
    is_open = agreement is not None and queries.is_open(agreement, now)
    # What we send is for that adult's eyes alone.
    address = _address(agreement) if agreement and is_open and not agreement.email else ""
    return render_template(
        "participation/ask_adult.html",
        opportunity=opportunity,
        part=part,
        agreement=agreement,
        is_open=is_open,
        counts=queries.counts(agreement, now),
        address=address,
        qr=qr_svg(address, title=_("The link as a picture to scan")) if address else "",
        booking=chain.place_to_come(db, learner, opportunity, now),
        form=form,
    )


def _over_page(agreement: Agreement | None, token: str) -> str:
    db, now = current_db(), clock.now()
    is_standing = agreement is not None and agreement.agrees is True and not agreement.ended_at
    return render_template(
        "participation/link_over.html",
        agreement=agreement,
        token=token,
        is_standing=is_standing,
        counts=queries.counts(agreement, now),
        is_to_come=bool(agreement and coming_sessions(db, agreement.opportunity, now)),
        others=_others(agreement) if agreement else [],
    )


def _others(agreement: Agreement) -> list[tuple[str, str, str]]:
    """Return whom else the same adult can answer: first name, what it is, and the page for it."""
    return [
        (
            each.learner.name.split()[0],
            each.opportunity.title,
            url_for(".agree", token=_token(each)),
        )
        for each in queries.also_asked(current_db(), agreement, clock.now())
    ]


def _sent(form: Form, opportunity: Opportunity, part: Part) -> bool:
    try:
        with unit_of_work() as db:
            learner, now = signed_in_user(), clock.now()
            asked = service.ask_by_email(
                db,
                learner=learner,
                opportunity=opportunity,
                part=part,
                email=form.data["email"],
                secret=_secret(),
                now=now,
            )
            if chain.may_send_now(db, learner, opportunity, part, now):
                service.send_link(db, asked, secret=_secret(), now=now)
    except Conflict as refusal:
        form.refuse("email", str(refusal))
        return False
    return True


def _answered(form: Form, token: str) -> Agreement | None:
    given = form.data
    try:
        with unit_of_work() as db:
            return chain.answer_as_adult(
                db,
                token_hash=token_hash(token),
                agrees=given["answer"] == "yes",
                name=given["name"],
                role=given["role"],
                knows_guardian=given["knows_guardian"],
                next_email=given["next_email"],
                secret=_secret(),
                now=clock.now(),
            )
    except Conflict as refusal:
        form.refuse("name", str(refusal))
        return None


def _address(agreement: Agreement) -> str:
    return public_url(url_for(".agree", token=_token(agreement)))


def _token(agreement: Agreement) -> str:
    return token_of(agreement.uuid, secret=_secret(), kind=service.LINK_KIND)


def _secret() -> str:
    return current_app.config["SECRET_KEY"]
