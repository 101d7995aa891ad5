"""A learner whose account an adult made is asked, before anything else, whether that adult may help.

Asked of the database once, as they sign in; until they have answered, every page leads to the question.
"""

from flask import Flask, redirect, request, session, url_for
from flask_login import user_logged_in

from accounts.models import Role, User
from app.db import current_db
from supporters.queries import first_yes_of

_KEY = "first_yes"
#: What is open meanwhile: the question, the way out, a worry, and what pages are dressed in.
_OPEN = {"supporters.say_first", "accounts.sign_out", "static"}
_OPEN_ROOMS = ("concerns.", "pages.", "languages.")


def init_app(app: Flask) -> None:
    user_logged_in.connect(_ask_database, app)
    app.before_request(_lead_to_question)


def is_answered() -> None:
    """Let this browser go on."""
    session.pop(_KEY, None)


def _ask_database(_app: Flask, user: User, **_more) -> None:
    if user.role is Role.LEARNER and first_yes_of(current_db(), user) is not None:
        session[_KEY] = True


def _lead_to_question():
    if _KEY not in session or request.method != "GET":
        return None
    endpoint = request.endpoint or ""
    if endpoint in _OPEN or endpoint.startswith(_OPEN_ROOMS):
        return None
    return redirect(url_for("supporters.say_first"), 303)
