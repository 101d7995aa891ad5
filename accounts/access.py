"""Who may come: the policy that every view wears, and the one place that reads who is signed in."""

from collections.abc import Callable
from functools import wraps

from flask import redirect, request, url_for
from flask_babel import gettext as _
from flask_login import LoginManager, current_user
from sqlalchemy import select

from accounts.browser import has_idled
from accounts.models import Role, User
from app.db import current_db
from app.errors import NotAllowed
from app.web import open_to

#: Roles by what they do, for views that more than one of them may reach.
PROVIDER_ROLES = (Role.PROVIDER_STAFF, Role.PROVIDER_ADMIN)
AUTHORITY_ROLES = (Role.AUTHORITY_OFFICER, Role.CITY_ADMIN)

login_manager = LoginManager()


@login_manager.user_loader
def load_user(session_key: str) -> User | None:
    """Return who is signed in: asked of the database each time, so that a closed account is out at once."""
    user = current_db.scalar(select(User).filter_by(session_key=session_key))
    return user if user and user.is_active and not has_idled(user) else None


@login_manager.unauthorized_handler
def ask_to_sign_in():
    """Send a person to sign in, and back to where they were going."""
    going_to = request.script_root + request.full_path if request.method == "GET" else ""
    return redirect(url_for("accounts.sign_in", next=going_to or None), 303)


def signed_in_user() -> User:
    """Return the signed-in `User` itself, not Flask-Login's proxy: SQLAlchemy keeps what it is given."""
    return current_user._get_current_object()


def requires(*roles: Role) -> Callable:
    """Let only signed-in people with one of `roles` reach the view; others sign in, or are refused."""

    def wrap(view: Callable) -> Callable:
        @wraps(view)
        def guarded(*args, **kwargs):
            if not current_user.is_authenticated:
                return login_manager.unauthorized()
            if current_user.role not in roles:
                raise NotAllowed(_("This page is not for your kind of account."))
            return view(*args, **kwargs)

        return open_to(guarded, frozenset(roles))

    return wrap


def signed_in(view: Callable) -> Callable:
    """Let anyone who has signed in reach the view."""
    return requires(*Role)(view)


def public(view: Callable) -> Callable:
    """Say that anyone may reach the view. Every view wears this, or `requires`."""
    return open_to(view, "anyone")


def with_link(view: Callable) -> Callable:
    """Say that whoever holds the address may reach the view, which checks the address itself."""
    return open_to(view, "whoever holds the link")
