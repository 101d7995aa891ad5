"""What an organisation has prepared, for the officers who decide on it: all of it, found or not."""

from uuid import UUID

from flask import render_template
from flask_babel import gettext as _

from accounts.access import AUTHORITY_ROLES, requires, signed_in_user
from app import clock
from app.db import current_db
from app.errors import NotFound
from listings import queries
from listings.views.activities import bp
from providers.queries import provider_before_officer


@bp.get("/authority/providers/<uuid:uuid>/prepared")
@requires(*AUTHORITY_ROLES)
def prepared(uuid: UUID):
    """Show what an organisation of the officer's own city offers, and when."""
    db, now = current_db(), clock.now()
    provider = provider_before_officer(db, signed_in_user(), uuid)
    if provider is None:
        raise NotFound(_("We cannot find that organisation."))
    sessions: dict[int, list] = {}
    for each in queries.own_sessions(db, provider, ends_after=now):
        sessions.setdefault(each.opportunity_id, []).append(each)
    return render_template(
        "listings/prepared.html",
        provider=provider,
        opportunities=queries.own_opportunities(db, provider),
        sessions=sessions,
    )
