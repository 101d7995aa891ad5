"""A learner's own pages, and what a stranger with a share link sees."""

from urllib.parse import urlencode
from uuid import UUID

from flask import current_app, redirect, render_template, url_for
from flask_babel import gettext as _

from accounts.access import requires, signed_in_user, with_link
from accounts.models import AgeBand, Role
from app import clock
from app.db import current_db, unit_of_work
from app.errors import Conflict, NotFound
from app.forms import Form, load_form
from app.links import kept_from_others, token_hash, token_of
from app.terms import term_of
from app.web import public_url
from badges.endorsement_queries import shown_for_badge
from badges.evidence import OPEN_DAYS, is_open, open_evidence
from badges.models import AchievementCredential
from badges.queries import badges_of, own_badge
from badges.records import ensure_record, show_record_publicly
from badges.resolver import check_document, check_endorsements
from badges.service import show_publicly
from badges.views import credential_file, issuing_host
from logbook.queries import given_word, logged_by
from plans.models import Stem
from plans.queries import reflections_for
from plans.schemas import REFLECTION_LENGTH
from profiles.models import ShareLink
from profiles.queries import (
    choice_of,
    coming_booking,
    hours_of,
    live_share_link,
    record_of,
    share_links_of,
)
from profiles.schemas import EvidenceForm, ShareForm
from profiles.service import LINK_KIND, SHARE_DAYS, share, withdraw_share
from profiles.suggestions import suggestions_for
from profiles.views.blueprint import bp
from wallet.queries import imported_badges_of

#: Its own terms ask for sixteen years.
_OLD_ENOUGH_FOR_LINKEDIN = (AgeBand.FROM_16_TO_17, AgeBand.FROM_18_TO_24)


@bp.get("/me")
@requires(Role.LEARNER)
def show_profile():
    db, learner, now = current_db(), signed_in_user(), clock.now()
    return render_template(
        "profiles/show_profile.html",
        learner=learner,
        record=record_of(db, learner, since=term_of(clock.today()).opens_at),
        imported=imported_badges_of(db, learner),
        logged=[(each, given_word(each)) for each in logged_by(db, learner)],
        booking=coming_booking(db, learner, now=now),
        suggestions=suggestions_for(db, learner, choice_of(db, learner), now=now),
        live_links=[link for link in share_links_of(db, learner) if _is_live(link)],
    )


@bp.get("/me/badges/<uuid:uuid>")
@requires(Role.LEARNER)
def show_badge(uuid: UUID):
    return _badge_page(uuid, Form())


@bp.post("/me/badges/<uuid:uuid>/visibility/<any(public, private):choice>")
@requires(Role.LEARNER)
def choose_visibility(uuid: UUID, choice: str):
    with unit_of_work() as db:
        badge = _own_badge(uuid)
        if badge.revoked_at is not None:
            raise Conflict(_("A badge that was taken back cannot be shown."))
        show_publicly(db, credential=badge, is_public=choice == "public")
    return redirect(url_for(".show_badge", uuid=uuid), 303)


@bp.post("/me/badges/<uuid:uuid>/evidence")
@requires(Role.LEARNER)
def choose_evidence(uuid: UUID):
    """Let whoever has the badge read what was shown for it, for so many days, or no more."""
    form = load_form(EvidenceForm())
    if not form.is_sound:
        return _badge_page(uuid, form), 422
    with unit_of_work() as db:
        open_evidence(
            db, learner=signed_in_user(), badge_uuid=uuid, days=form.data["days"], now=clock.now()
        )
    return redirect(url_for(".show_badge", uuid=uuid, _anchor="shown"), 303)


@bp.get("/me/record")
@requires(Role.LEARNER)
def show_record():
    with unit_of_work() as db:
        record = ensure_record(db, signed_in_user())
    badges = badges_of(current_db(), signed_in_user())
    return render_template("profiles/show_record.html", record=record, badges=badges)


@bp.post("/me/record/visibility/<any(public, private):choice>")
@requires(Role.LEARNER)
def choose_record_visibility(choice: str):
    with unit_of_work() as db:
        record = ensure_record(db, signed_in_user())
        show_record_publicly(db, record=record, is_public=choice == "public")
    return redirect(url_for(".show_record"), 303)


@bp.get("/me/sharing")
@requires(Role.LEARNER)
def sharing():
    return _sharing_page(Form(typed={"days": SHARE_DAYS[1]}))


@bp.post("/me/sharing")
@requires(Role.LEARNER)
def create_share_link():
    form = load_form(ShareForm())
    if not form.is_sound:
        return _sharing_page(form), 422
    with unit_of_work() as db:
        link = share(
            db,
            learner=signed_in_user(),
            label=form.data["label"],
            badge_uuids=form.data["badges"],
            shows_name="name" in form.data["shows"],
            shows_hours="hours" in form.data["shows"],
            days=form.data["days"],
            secret=_secret(),
            now=clock.now(),
        )
    return redirect(url_for(".sharing", _anchor=f"link-{link.uuid}"), 303)


@bp.post("/me/sharing/<uuid:uuid>/end")
@requires(Role.LEARNER)
def end_share_link(uuid: UUID):
    with unit_of_work() as db:
        withdraw_share(db, learner=signed_in_user(), uuid=uuid, now=clock.now())
    return redirect(url_for(".sharing"), 303)


@bp.get("/s/<token>")
@with_link
def show_shared(token: str):
    link = _live_link(token)
    hours = hours_of(current_db(), link.learner) if link.shows_hours else None
    page = render_template(
        "profiles/show_shared.html",
        link=link,
        badges=_standing_badges(link),
        token=token,
        hours=hours,
    )
    return kept_from_others(page)


@bp.get("/s/<token>/<uuid:uuid>")
@with_link
def show_shared_badge(token: str, uuid: UUID):
    badge = _shared_badge(token, uuid)
    with unit_of_work() as db:
        document = badge.signed_document
        found = document and check_document(db, document, host=issuing_host(), now=clock.now())
    page = render_template("profiles/show_shared_badge.html", badge=badge, found=found, token=token)
    return kept_from_others(page)


@bp.get("/s/<token>/<uuid:uuid>.<any(json, png, svg):kind>")
@with_link
def download_shared_badge(token: str, uuid: UUID, kind: str):
    return kept_from_others(credential_file(_shared_badge(token, uuid), kind))


def share_address(link: ShareLink) -> str:
    """Return the whole address of a share link, to copy."""
    return public_url(f"/s/{token_of(link.uuid, secret=_secret(), kind=LINK_KIND)}")


def _sharing_page(form: Form) -> str:
    db, learner = current_db(), signed_in_user()
    return render_template(
        "profiles/sharing.html",
        form=form,
        badges=badges_of(db, learner),
        links=share_links_of(db, learner),
        days=SHARE_DAYS,
        is_live=_is_live,
        share_address=share_address,
    )


def _badge_page(uuid: UUID, form: Form) -> str:
    badge, now = _own_badge(uuid), clock.now()
    with unit_of_work() as db:
        said = shown_for_badge(db, badge.achievement, now)
        spoken = check_endorsements(db, said, host=issuing_host(), now=now)
    return render_template(
        "profiles/show_badge.html",
        badge=badge,
        form=form,
        spoken=spoken,
        said=reflections_for(current_db(), signed_in_user(), badges=[badge.id]),
        stems=Stem,
        longest=REFLECTION_LENGTH,
        linkedin=_linkedin_address(badge),
        open_days=OPEN_DAYS,
        is_open=badge.shown is not None and is_open(badge.shown, now=clock.now()),
    )


def _linkedin_address(badge: AchievementCredential) -> str:
    """Return where somebody adds a badge to what they show there; "" for whom it does not take."""
    if not badge.is_public or signed_in_user().age_band not in _OLD_ENOUGH_FOR_LINKEDIN:
        return ""
    awarded = badge.awarded_at.astimezone(clock.LONDON)
    asked = {
        "startTask": "CERTIFICATION_NAME",
        "name": badge.achievement.name,
        "organizationName": badge.issuer.name,
        "issueYear": awarded.year,
        "issueMonth": awarded.month,
        "certId": badge.uuid,
        "certUrl": public_url(f"/credentials/{badge.uuid}"),
    }
    return f"https://www.linkedin.com/profile/add?{urlencode(asked)}"


def _own_badge(uuid: UUID) -> AchievementCredential:
    badge = own_badge(current_db(), signed_in_user(), uuid)
    if badge is None:
        raise NotFound(_("We cannot find that badge."))
    return badge


def _live_link(token: str) -> ShareLink:
    link = live_share_link(current_db(), token_hash(token), now=clock.now())
    if link is None:
        raise NotFound(_("This link has ended, or was never there. Ask for a new one."))
    return link


def _shared_badge(token: str, uuid: UUID) -> AchievementCredential:
    shared = {badge.uuid: badge for badge in _standing_badges(_live_link(token))}
    if uuid not in shared:
        raise NotFound(_("We cannot find that badge."))
    return shared[uuid]


def _standing_badges(link: ShareLink) -> list[AchievementCredential]:
    return [badge for badge in link.badges if badge.revoked_at is None]


def _is_live(link: ShareLink) -> bool:
    return link.withdrawn_at is None and link.expires_at > clock.now()


def _secret() -> str:
    return current_app.config["SECRET_KEY"]
