"""Posting something, on two pages and a last look; all that is typed is kept as a draft on the way."""

from typing import Any
from uuid import UUID, uuid4

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from accounts.access import PROVIDER_ROLES, requires, signed_in_user
from app import clock
from app.db import current_db, unit_of_work
from app.errors import Conflict, NotFound
from app.forms import Form, read_form
from badges.models import Achievement
from badges.queries import achievements_to_give
from badges.service import define_achievement
from geo.models import Place
from geo.queries import point_of_postcode
from listings import drafts, previews, queries, service
from listings.places import add_own_place, own_place
from listings.schedules import days_ahead, follow
from listings.schemas import (
    BOXES,
    DESCRIPTION_LENGTH,
    ICONS,
    NEW,
    NONE,
    PAGES,
    ListingForm,
    WhatForm,
    as_typed,
)
from listings.views.activities import preview_page
from listings.views.own import bp, own_opportunity, own_provider
from listings.views.repeats import repeat_choices
from listings.wording import rule_in_words
from opportunities.models import Category, Opportunity, OpportunityKind, OpportunityStatus, Welcome
from providers.models import Provider

_AS_TYPED = (
    *("title", "description", "kind", "category", "min_age", "max_age"),
    *("starts_at", "ends_at", "welcome"),
)


@bp.route("/provide/activities/new", methods=["GET", "POST"])
@requires(*PROVIDER_ROLES)
def new():
    """Begin, or take the next step. The draft's key is in the address from the first page on.

    So whoever comes back to the page finds what they typed, by whatever button.
    """
    provider = own_provider()
    if request.method == "POST":
        return _take_step(provider, _key(request.form.get("uuid")) or uuid4())
    uuid = _key(request.args.get("draft"))
    if uuid is None:
        return redirect(url_for(".new", draft=uuid4()), 303)
    draft = queries.own_draft(current_db(), provider, uuid)
    return _page("what", _form_of(uuid, draft.typed if draft else {}), provider)


@bp.route("/provide/activities/drafts/<uuid:uuid>", methods=["GET"])
@requires(*PROVIDER_ROLES)
def draft(uuid: UUID):
    """Go on where one was."""
    provider = own_provider()
    found = queries.own_draft(current_db(), provider, uuid)
    if found is None:
        return redirect(url_for(".show", uuid=own_opportunity(current_db(), uuid).uuid), 303)
    what, listing = _form_of(uuid, found.typed, WhatForm()), _listing_form(uuid, found.typed)
    asked = request.args.get("page")
    if asked == "what" or not what.is_sound:
        return _page("what", _form_of(uuid, found.typed), provider)
    if listing.is_sound:
        _refuse_unknown_choices(listing, provider)
    if asked == "when" or not listing.is_sound:
        return _page("when", listing if asked == "check" else _form_of(uuid, found.typed), provider)
    return _page("check", listing, provider)


@bp.post("/provide/activities/drafts/<uuid:uuid>")
@requires(*PROVIDER_ROLES)
def keep(uuid: UUID):
    """Keep what a page holds as it is typed; for its script."""
    with unit_of_work() as db:
        _keep(db, own_provider(), uuid)
    return {"kept": True}


@bp.post("/provide/activities/drafts/<uuid:uuid>/delete")
@requires(*PROVIDER_ROLES)
def drop(uuid: UUID):
    with unit_of_work() as db:
        if queries.own_draft(db, own_provider(), uuid) is None:
            raise NotFound(_("We cannot find that draft."))
        drafts.drop_draft(db, provider=own_provider(), uuid=uuid, dropped_by=signed_in_user())
    return redirect(url_for(".home", done="dropped"), 303)


@bp.get("/provide/activities/drafts/<uuid:uuid>/page")
@requires(*PROVIDER_ROLES)
def preview_draft(uuid: UUID):
    """Show the page as it will be, before it is posted."""
    provider = own_provider()
    found = queries.own_draft(current_db(), provider, uuid)
    if found is None:
        raise NotFound(_("We cannot find that draft."))
    form = _listing_form(uuid, found.typed)
    if form.is_sound:
        _refuse_unknown_choices(form, provider)
    if not form.is_sound:
        return redirect(url_for(".draft", uuid=uuid, page="check"), 303)
    scheduled = _preview(form, provider)
    back_to = url_for(".draft", uuid=uuid, page="check")
    return preview_page(scheduled.opportunity, [scheduled], back_to=back_to)


@bp.post("/provide/activities/<uuid:uuid>/copy")
@requires(*PROVIDER_ROLES)
def copy(uuid: UUID):
    """Begin something like this."""
    with unit_of_work() as db:
        made = drafts.draft_like(
            db,
            opportunity=own_opportunity(db, uuid),
            made_by=signed_in_user(),
            now=clock.now(),
        )
    return redirect(url_for(".draft", uuid=made.uuid, page="what"), 303)


def _take_step(provider: Provider, uuid: UUID):
    """Keep what was sent, and go where its button leads if that far all is sound."""
    posted = queries.own_opportunity(current_db(), signed_in_user(), uuid)
    if posted is not None:
        return redirect(_after_posting(posted), 303)
    try:
        with unit_of_work() as db:
            typed = _keep(db, provider, uuid).typed
    except (drafts.TooBig, Conflict) as refusal:
        return _not_kept(refusal, provider, uuid)
    step, what = request.form.get("go", "check"), _form_of(uuid, typed, WhatForm())
    if step != "what" and not what.is_sound:
        return _page("what", what, provider), 422
    if step in ("what", "when"):
        return redirect(url_for(".draft", uuid=uuid, page=step), 303)
    return _finish(_listing_form(uuid, typed), provider, is_last=step == "post")


def _finish(form: Form, provider: Provider, *, is_last: bool):
    if form.is_sound:
        _refuse_unknown_choices(form, provider)
    posted = _post(form, provider) if form.is_sound and is_last else None
    if posted is not None:
        return redirect(_after_posting(posted), 303)
    if not form.is_sound:
        return _page("when", form, provider), 422
    return redirect(url_for(".draft", uuid=form.value("uuid"), page="check"), 303)


def _after_posting(opportunity: Opportunity) -> str:
    is_missing = opportunity.status is OpportunityStatus.DRAFT
    return url_for(".more" if is_missing else ".show", uuid=opportunity.uuid, done="posted")


def _keep(db: Session, provider: Provider, uuid: UUID):
    return drafts.keep_draft(
        db,
        provider=provider,
        uuid=uuid,
        typed=as_typed(request.form),
        cleared=PAGES.get(request.form.get("page", ""), ()),
        typed_by=signed_in_user(),
        now=clock.now(),
    )


def _not_kept(refusal: drafts.TooBig | Conflict, provider: Provider, uuid: UUID):
    """Show the page again with all that was typed: nothing of it was kept, and it says so."""
    page = "when" if request.form.get("page") == "when" else "what"
    form = _form_of(uuid, as_typed(request.form), WhatForm() if page == "what" else None)
    longest = max(BOXES, key=lambda name: len("".join(form.value(name, ""))))
    if longest not in form.errors:
        form.refuse(longest, str(refusal))
    return _page(page, form, provider), refusal.status


def _key(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


def _form_of(uuid: UUID, typed: dict[str, Any], schema=None) -> Form:
    """Return what was typed; read by a schema, also what it means and what is wrong with it."""
    held = typed | {"uuid": str(uuid)}
    return read_form(schema, MultiDict(held)) if schema else Form(typed=held)


def _listing_form(uuid: UUID, typed: dict[str, Any]) -> Form:
    return _form_of(uuid, typed, ListingForm(now=clock.now()))


def _refuse_unknown_choices(form: Form, provider: Provider) -> None:
    if form.data["rule"] and not _begins_with_its_day(form, provider):
        form.refuse("date", _("The first day has to be one of those on which it repeats."))
    if form.data["badge"] not in (NEW, NONE) and _chosen_badge(form, provider) is None:
        form.refuse("badge", _("Choose one of your badges."))
    if form.data["place"] != NEW:
        if own_place(current_db(), provider, form.data["place"]) is None:
            form.refuse("place", _("Choose where it is."))
    elif point_of_postcode(current_db(), form.data["place_postcode"]) is None:
        form.refuse("place_postcode", _("We do not know that postcode. Check it."))


def _post(form: Form, provider: Provider) -> Opportunity | None:
    given = form.data
    try:
        with unit_of_work() as db:
            if posted := service.posted_before(db, provider, given["uuid"]):
                return posted
            posted = service.post_opportunity(
                db,
                provider=provider,
                posted_by=signed_in_user(),
                now=clock.now(),
                uuid=given["uuid"],
                place=own_place(db, provider, given["place"]) or _new_place(db, provider, given),
                achievement=_chosen_badge(form, provider) or _new_badge(db, provider, given),
                maximum_capacity=given["places"],
                cost_pence=given["cost"],
                **{name: given[name] for name in _AS_TYPED},
            )
            _repeat(db, posted, given)
            return posted
    except Conflict as refusal:
        form.refuse("date", str(refusal))
        return None


def _repeat(db: Session, posted: Opportunity, given: dict[str, Any]) -> None:
    if given["rule"]:
        follow(
            db,
            opportunity=posted,
            rule=given["rule"],
            places=given["places"],
            shown=None,
            by=signed_in_user(),
            now=clock.now(),
        )


def _begins_with_its_day(form: Form, provider: Provider) -> bool:
    ahead = days_ahead(current_db(), provider, form.data["rule"], clock.now()).sittings
    return bool(ahead) and ahead[0].day == form.data["date"]


def _new_place(db: Session, provider: Provider, given: dict[str, Any]) -> Place:
    return add_own_place(
        db,
        provider=provider,
        added_by=signed_in_user(),
        now=clock.now(),
        name=given["place_name"],
        address=given["place_address"],
        postcode=given["place_postcode"],
        step_free=given["place_step_free"],
    )


def _chosen_badge(form: Form, provider: Provider) -> Achievement | None:
    badges = achievements_to_give(current_db(), provider)
    return next((each for each in badges if each.slug == form.value("badge")), None)


def _new_badge(db: Session, provider: Provider, given: dict[str, Any]) -> Achievement | None:
    if given["badge"] != NEW:
        return None
    return define_achievement(
        db,
        issuer=provider,
        name=given["badge_name"],
        description=given["description"],
        criteria=given["badge_criteria"],
        strand=service.strand_for(given["kind"], given["category"]),
        icon=given["badge_icon"],
    )


def _repeats(form: Form, provider: Provider, *, is_checked: bool) -> dict[str, Any]:
    rule = form.data["rule"] if is_checked else None
    return repeat_choices(provider) | {
        "pieces": rule_in_words(rule) if rule else [],
        "ahead": days_ahead(current_db(), provider, rule, clock.now()).sittings if rule else [],
    }


def _preview(form: Form, provider: Provider):
    db = current_db()
    return previews.as_it_will_be(
        db,
        form.data,
        provider=provider,
        place=own_place(db, provider, form.data["place"]),
        badge=_chosen_badge(form, provider),
        now=clock.now(),
    )


def _page(step: str, form: Form, provider: Provider) -> str:
    return render_template(
        f"listings/new_{step}.html",
        form=form,
        provider=provider,
        preview=_preview(form, provider) if step == "check" else None,
        **_repeats(form, provider, is_checked=step == "check"),
        now=clock.now(),
        badges=achievements_to_give(current_db(), provider),
        remembered=queries.remembered_places(current_db(), provider),
        kinds=OpportunityKind,
        categories=Category,
        welcomes=Welcome,
        icons=ICONS,
        ages=range(service.YOUNGEST, service.OLDEST + 1),
        description_length=DESCRIPTION_LENGTH,
    )
