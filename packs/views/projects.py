"""The log of a project on paper, for whoever asks to see it."""

from uuid import UUID

from flask_babel import gettext as _

from accounts.access import requires, signed_in_user
from accounts.models import Role
from app.db import current_db
from app.errors import NotFound
from logbook.project_queries import log_facts, own_project, whole_log
from packs.paper_of_log import of_log
from packs.views.blueprint import bp
from packs.views.shown import pdf_of


@bp.get("/me/projects/<uuid:uuid>/log.pdf")
@requires(Role.LEARNER)
def download_log_paper(uuid: UUID):
    """Hand a learner the log of a project on paper: what was done, read and changed, and the meetings."""
    db = current_db()
    project = own_project(db, signed_in_user(), uuid)
    if project is None:
        raise NotFound(_("We cannot find that project."))
    return pdf_of(of_log(project, log_facts(db, project), whole_log(db, project)))
