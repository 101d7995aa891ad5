"""The inbox of an account: what its person was told."""

from flask import Blueprint, render_template, request
from flask_login import current_user

from accounts.access import requires, signed_in_user
from accounts.models import Role
from app import clock
from app.db import current_db, unit_of_work
from notices.inbox import shown
from notices.queries import has_news
from notices.service import open_inbox

bp = Blueprint("notices", __name__, template_folder="templates")

ADULTS = tuple(role for role in Role if role is not Role.LEARNER)


@bp.get("/me/notices")
@requires(Role.LEARNER)
def show_inbox():
    return _inbox()


@bp.get("/account/notices")
@requires(*ADULTS)
def show_account_inbox():
    return _inbox()


@bp.app_template_global()
def is_something_new() -> bool:
    """Return whether something waits to be read in the inbox of whoever is signed in."""
    return current_user.is_authenticated and has_news(current_db(), signed_in_user())


def _inbox() -> str:
    with unit_of_work() as db:
        opened = open_inbox(db, reader=signed_in_user(), now=clock.now())
    notices = [shown(each, is_new=is_new, root=request.script_root) for each, is_new in opened]
    return render_template("notices/inbox.html", notices=notices)
