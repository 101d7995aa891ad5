"""What all pages of a provider's listings share: whose they are, and the blueprint they hang on."""

from uuid import UUID

from flask import Blueprint
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from accounts.access import signed_in_user
from app.db import current_db
from app.errors import NotAllowed, NotFound
from listings import queries
from opportunities.models import Opportunity
from providers.acting import provider_acted_for
from providers.models import Provider
from providers.queries import speaks_for

bp = Blueprint("listings", __name__, template_folder="../templates")


def own_provider() -> Provider:
    """Return the organisation that the signed-in person acts for.

    :raises NotAllowed: there is none, or it is suspended.
    """
    db, user = current_db(), signed_in_user()
    provider = provider_acted_for(db, user)
    if provider is None or not speaks_for(db, user, provider):
        raise NotAllowed(_("You cannot act for this organisation."))
    return provider


def own_opportunity(db: Session, uuid: UUID) -> Opportunity:
    """Return something that the signed-in person's organisation offers.

    :raises NotFound: there is none, or it is somebody else's: the two look alike.
    """
    opportunity = queries.own_opportunity(db, signed_in_user(), uuid)
    if opportunity is None:
        raise NotFound(_("We cannot find that activity."))
    return opportunity
