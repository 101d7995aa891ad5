"""A learner's own pages."""

from urllib.parse import urlencode
from uuid import UUID

from flask import make_response, redirect, render_template, url_for
from flask_babel import gettext as _

from accounts.access import requires, signed_in_user
from accounts.models import ADULT_BANDS, AgeBand, Role
from app import clock
from app.db import current_db, unit_of_work
from app.errors import Conflict, NotFound
from app.forms import Form, load_form
from app.terms import term_of
from app.web import public_url
from badges.endorsement_queries import shown_for_badge
from badges.evidence import OPEN_DAYS, is_open, open_evidence
from badges.models import AchievementCredential, Skill
from badges.queries import badges_of, own_badge
from badges.records import ensure_record, show_record_publicly
from badges.resolver import check_endorsements
from badges.service import show_publicly
from badges.views import issuing_host
from evidence.queries import hello_of
from evidence.serving import address_for_a_while, with_media
from feedback.queries import feedback_of
from packs.queries import is_live, packs_of
from plans.models import Stem
from plans.queries import due_items, plan_of, reflections_for
from plans.schemas import REFLECTION_LENGTH
from profiles.queries import choice_of, coming_booking, lookers_of, term_so_far
from profiles.schemas import EvidenceForm
from profiles.suggestions import suggestions_for
from profiles.views.blueprint import bp
from record.queries import bands_of, hours_of, marks_between, page_of, strands_for
from record.strips import year_of
from record.words import words_about
from wallet.queries import imported_badges_of

#: So many badges hang on the wall, so many lines begin the story, each strand and the plans. The rest
#: is a page away.
_WALL, _NEWEST, _BAND, _PLANS = 6, 3, 1, 3
#: Its own terms ask for sixteen years.
_OLD_ENOUGH_FOR_LINKEDIN = (AgeBand.FROM_16_TO_17, *ADULT_BANDS)


@bp.get("/me")
@requires(Role.LEARNER)
def show_profile():
    db, learner, now = current_db(), signed_in_user(), clock.now()
    strands, year = strands_for(db, learner), year_of(now)
    found = marks_between(db, learner, year)
    story = page_of(db, learner, strands, hidden=False, limit=_NEWEST)
    marks = {skill: found[skill] for skill in Skill if skill in found}
    plan = plan_of(db, learner)
    page = render_template(
        "profiles/show_profile.html",
        learner=learner,
        term=term_so_far(db, learner, since=term_of(clock.today()).opens_at),
        hours=hours_of(db, learner),
        badges=badges_of(db, learner, limit=_WALL + 1),
        most_badges=_WALL,
        imported=imported_badges_of(db, learner),
        bands=bands_of(db, learner, strands, each=_BAND),
        marks=marks,
        year=year,
        story=story,
        words=words_about(db, learner, story.lines),
        due=next(iter(due_items(db, learner, clock.today())), None),
        booking=coming_booking(db, learner, now=now),
        suggestions=suggestions_for(db, learner, choice_of(db, learner), now=now),
        goals=plan.goals[:_PLANS],
        items=plan.items[:_PLANS],
        said=next(iter(feedback_of(db, learner, limit=1)), None),
        helpers=lookers_of(db, learner, now),
        live_packs=[pack for pack in packs_of(db, learner) if is_live(pack, now)],
        hello=hello_of(db, learner),
        address=address_for_a_while,
    )
    return with_media(make_response(page))


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
