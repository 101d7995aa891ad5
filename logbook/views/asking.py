"""How a learner hands on the address that asks somebody whether it was so."""

from typing import Any

from flask import current_app, url_for
from flask_babel import gettext as _

from accounts.passes import qr_svg
from app import clock
from app.links import token_of
from app.web import public_url
from logbook.models import LoggedActivity, Project
from logbook.queries import open_witness
from logbook.service import LINK_KIND


def asked_of(about: LoggedActivity | Project, *, friend: bool) -> dict[str, Any] | None:
    """Return until when somebody is asked, and by which address, if they are."""
    witness = open_witness(about, clock.now(), friend=friend)
    if witness is None:
        return None
    token = token_of(witness.uuid, secret=current_app.config["SECRET_KEY"], kind=LINK_KIND)
    address = public_url(url_for("logbook.confirm", token=token))
    qr = qr_svg(address, title=_("The link as a picture to scan"))
    return {"expires_at": witness.expires_at, "address": address, "qr": qr}
