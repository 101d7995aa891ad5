"""Whether the service is alive, and whether it is ready, for whoever runs it."""

from pathlib import Path

from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Blueprint, Flask
from sqlalchemy.exc import SQLAlchemyError

from app.db import current_db
from app.web import open_to

bp = Blueprint("health", __name__)
ROOT = Path(__file__).parent.parent


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)


def _anyone(view):
    return open_to(view, "anyone")


@bp.get("/livez")
@_anyone
def is_alive():
    """Answer without asking anything behind us."""
    return {"alive": True}


@bp.get("/readyz")
@_anyone
def is_ready():
    """Answer 200 once the database answers and has every migration of this code."""
    try:
        connection = current_db.connection()
        has = MigrationContext.configure(connection).get_current_revision()
    except SQLAlchemyError:
        return {"ready": False, "why": "the database does not answer"}, 503
    wants = ScriptDirectory.from_config(
        Config(toml_file=ROOT / "pyproject.toml")
    ).get_current_head()
    if has != wants:
        return {"ready": False, "why": f"the database is at migration {has}, not {wants}"}, 503
    return {"ready": True}
