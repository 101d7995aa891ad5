"""Fetching all badges that a learner has at another host: the way there, back, and what came of it."""

import hmac
from collections.abc import Iterable
from urllib.parse import urlsplit
from uuid import UUID

from flask import redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from marshmallow import ValidationError

from accounts.access import requires, signed_in_user
from accounts.attempts import count_fetch
from accounts.models import Role
from app import clock
from app.db import current_db, unit_of_work
from app.errors import Conflict, NotFound, Refusal
from app.fetcher import Declined
from app.links import kept_from_others
from badges.findings import Finding
from badges.views import issuing_host
from wallet import fetching
from wallet.fetch_queries import count_fetched, fetched_badges, own_fetch
from wallet.hosts import Where, describe, register, shown_host, way_there
from wallet.models import BadgeFetch, BadgeHost, FetchedBadge, FetchStage
from wallet.schemas import CameBack
from wallet.views.asking import host_fetcher, ours
from wallet.views.blueprint import bp
from wallet.views.elsewhere import bring_page

#: What of somebody's session says where they left for. Only a session that left can come back.
_LEFT = "badge_fetch"
_SAID_NO = "access_denied"


@bp.post("/me/badges/import/from")
@requires(Role.LEARNER)
def fetch_from():
    """Get to know another host, which takes two questions of some seconds, and show the way there."""
    typed = request.form.get("host", "").strip()
    try:
        fetch = _start(typed)
    except Refusal as refusal:
        return bring_page({"host": typed}, host_reason=str(refusal)), 422
    session[_LEFT] = str(fetch.uuid)
    return redirect(url_for(".show_fetch", uuid=fetch.uuid), 303)


@bp.get("/me/badges/import/from/<uuid:uuid>")
@requires(Role.LEARNER)
def show_fetch(uuid: UUID):
    fetch = own_fetch(current_db(), signed_in_user(), uuid)
    if fetch is None:
        raise NotFound(_("We cannot find that page."))
    if fetch.stage is FetchStage.AWAY:
        return _way_page(fetch)
    badges = fetched_badges(current_db(), fetch)
    page = render_template(
        "wallet/fetch.html",
        fetch=fetch,
        badges=badges,
        total=count_fetched(current_db(), fetch),
        findings_of=_findings_of,
        days=fetching.REPORT_LASTS.days,
    )
    return kept_from_others(page)


@bp.get("/me/badges/import/back")
@requires(Role.LEARNER)
def come_back():
    """Take what another host sends a learner back with, from who left here in this same session."""
    try:
        told = CameBack().load(request.args)
    except ValidationError:
        raise Conflict(_did_not_leave()) from None
    fetch = _left_for(told["state"])
    with unit_of_work() as db:
        fetching.note_return(
            db,
            fetch,
            code=told["code"],
            is_no=told["error"] == _SAID_NO,
            ours=ours(),
            now=clock.now(),
        )
    session.pop(_LEFT, None)
    # At once to an address that holds nothing of it.
    return kept_from_others(redirect(url_for(".show_fetch", uuid=fetch.uuid), 303))


def _start(typed: str) -> BadgeFetch:
    learner, now = signed_in_user(), clock.now()
    fetching.require_may_fetch(learner)
    if not typed:
        raise Conflict(_("Type the address of the place that keeps your badges."))
    with unit_of_work() as db:
        count_fetch(db, now=now)
    where = describe(typed, host_fetcher())
    if where.host == urlsplit(issuing_host().base_url).netloc.lower():
        raise Conflict(_("That is this place. What you earned here is on your profile."))
    host = _host(where)
    with unit_of_work() as db:
        return fetching.start_fetch(db, learner=learner, host=host, now=now)


def _host(where: Where) -> BadgeHost:
    """Return the host as it knows us, registered with it now if it does not yet."""
    with unit_of_work() as db:
        known = fetching.usable_host(db, where, ours=ours(), now=clock.now())
    if known is not None:
        return known
    us = ours()
    try:
        registered = register(
            where,
            address=issuing_host().base_url,
            redirect_uri=us.redirect_uri,
            fetcher=host_fetcher(),
        )
    except Declined:
        raise Conflict(_("That place does not let us ask for badges.")) from None
    with unit_of_work() as db:
        return fetching.keep_host(db, where, registered=registered, ours=us, now=clock.now())


def _way_page(fetch: BadgeFetch) -> ResponseReturnValue:
    if str(fetch.uuid) != session.get(_LEFT):
        raise NotFound(_did_not_leave())
    access = fetching.access_of(fetch.host, ours=ours())
    state = fetching.state_of(fetch.uuid, ours=ours())
    there = way_there(access, state=state, verifier=fetching.verifier_of(fetch.uuid, ours=ours()))
    page = render_template(
        "wallet/way_to_host.html", fetch=fetch, there=there, leads_to=shown_host(there)
    )
    return kept_from_others(page)


def _left_for(state: str) -> BadgeFetch:
    """Return what this session left for.

    :raises Conflict: it did not, or what came back is not what it left with.
    """
    left = session.get(_LEFT)
    fetch = own_fetch(current_db(), signed_in_user(), UUID(left)) if left else None
    if fetch is None or not hmac.compare_digest(
        fetching.state_of(fetch.uuid, ours=ours()).encode(), state.encode()
    ):
        raise Conflict(_did_not_leave())
    return fetch


def _did_not_leave() -> str:
    return _("You did not leave for there from here, or not in this browser. Please begin again.")


def _findings_of(badge: FetchedBadge) -> Iterable[Finding]:
    return [Finding(each) for each in badge.findings]
