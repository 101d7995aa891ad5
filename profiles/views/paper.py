"""A learner's own profile on paper."""

from flask import Response
from flask_babel import gettext as _

from accounts.access import requires, signed_in_user
from accounts.models import Role, User
from app.db import current_db
from app.language import current_language
from app.wording import label
from packs.paper import Item, Part, Told, as_pdf, line_item
from profiles.views.blueprint import bp
from record.queries import claims_of, page_of, strands_for
from record.wording import name_of_strand

#: So many lines of each strand stand on paper, the newest. All of them are in the export.
_OF_EACH = 150


@bp.get("/me/pdf")
@requires(Role.LEARNER)
def download_profile():
    """Hand a learner their whole profile on paper: what is hidden stays out of it."""
    pdf = as_pdf(_told(signed_in_user()), language=current_language())
    return Response(
        pdf,
        mimetype="application/pdf",
        headers={
            "Content-Disposition": 'inline; filename="tirnod-profile.pdf"',
            "Cache-Control": "private, no-store",
        },
    )


def _told(learner: User) -> Told:
    return Told(
        title=learner.name,
        lead="",
        strengths=_claims(learner),
        parts=_strands(learner),
        foot=_("From the learner's own record. Where somebody confirmed a line, it says who."),
    )


def _strands(learner: User) -> list[Part]:
    db = current_db()
    strands = strands_for(db, learner)
    parts = []
    for strand in strands:
        page = page_of(db, learner, strands, strand=strand.key, hidden=False, limit=_OF_EACH)
        items = [line_item(line) for line in page.lines]
        parts.append(Part(name_of_strand(strand), items, [] if items else [_("Nothing here yet.")]))
    return parts


def _claims(learner: User) -> list[Item]:
    note = _("Different people saw it, in different places.")
    return [Item(label(skill), note) for skill in claims_of(current_db(), learner)]
