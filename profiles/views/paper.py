"""A learner's own profile on paper."""

from flask import Response, url_for
from flask_babel import gettext as _

from accounts.access import requires, signed_in_user
from accounts.models import Role, User
from accounts.passes import qr_svg
from app.clock import LONDON
from app.db import current_db
from app.language import current_language
from app.spreadsheet import as_csv
from app.web import public_url
from app.wording import label
from packs.paper import Item, Part, Told, as_pdf, line_item
from profiles.views.blueprint import bp
from record.queries import claims_of, page_of, strands_for
from record.wording import known_by, name_of_strand

#: So many lines of each strand stand on paper, the newest. All of them are in the export.
_OF_EACH = 150
#: What fits on a sheet beside the empty lines, and more lines than anybody has.
_ON_A_SHEET, _MANY = 8, 20_000


@bp.get("/me/pdf")
@requires(Role.LEARNER)
def download_profile():
    """Hand a learner their whole profile on paper: what is hidden stays out of it."""
    pdf = as_pdf(_told(signed_in_user()), language=current_language())
    return _download(pdf, "tirnod-profile.pdf")


@bp.get("/me/passport.pdf")
@requires(Role.LEARNER)
def download_passport():
    """Hand a learner a sheet to carry: what was confirmed, and empty lines for what is to come."""
    db, learner = current_db(), signed_in_user()
    newest = page_of(db, learner, strands_for(db, learner), hidden=False, limit=_ON_A_SHEET).lines
    address = public_url(url_for("logbook.add"))
    told = Told(
        title=_("Passport of %(name)s", name=learner.name),
        lead=_(
            "No phone? Write it down, and let somebody who was there sign it. Type it in later."
        ),
        parts=[Part(_("So far"), [line_item(line) for line in newest])] if newest else [],
        by_hand=[_("Day"), _("What I did"), _("Where"), _("Who saw it, and their name")],
        picture=str(qr_svg(address, title=address)),
        picture_words=_("Type it in here: %(address)s", address=address),
        foot=_("What you type in is marked as what you say. An adult can confirm it with a link."),
    )
    return _download(as_pdf(told, language=current_language()), "tirnod-passport.pdf")


@bp.get("/me/story.csv")
@requires(Role.LEARNER)
def download_story():
    """Hand a learner all lines of their record as a table, hidden ones too: it is theirs."""
    db, learner = current_db(), signed_in_user()
    strands = strands_for(db, learner)
    names = {strand.key: name_of_strand(strand) for strand in strands}
    heads = (_("Day"), _("What"), _("How it is known"), _("Minutes"), _("Skills"), _("Strand"))
    lines = page_of(db, learner, strands, limit=_MANY).lines
    rows = [
        (
            line.at.astimezone(LONDON).date().isoformat(),
            line.title,
            known_by(line),
            line.minutes,
            ", ".join(label(skill) for skill in line.skills),
            names[line.strand],
        )
        for line in lines
    ]
    return _download(as_csv([heads, *rows]), "tirnod-story.csv", "text/csv")


def _download(content: bytes | str, name: str, mimetype: str = "application/pdf") -> Response:
    return Response(
        content,
        mimetype=mimetype,
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
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
