"""What a signed-in browser holds, for how long, and where it may be sent on to."""

import re
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from flask import session, url_for
from flask_login import login_user, logout_user

from accounts.models import Role, User
from app import clock

#: A learner's own phone may stay signed in for a school day; a shared desk may not.
LEARNER_IDLE = timedelta(hours=12)
ADULT_IDLE = timedelta(minutes=30)
_SEEN_AT = "seen_at"


def open_session(user: User) -> None:
    """Sign `user` in, in this browser. Nothing that it held before stays."""
    session.clear()
    session.permanent = user.role is Role.LEARNER
    session[_SEEN_AT] = clock.now().timestamp()
    login_user(user)


def close_session() -> None:
    """Sign out here, and leave nothing behind."""
    logout_user()
    session.clear()


def has_idled(user: User) -> bool:
    """Say whether this browser was left alone for too long; if not, start counting anew."""
    now = clock.now()
    seen_at = datetime.fromtimestamp(session.get(_SEEN_AT, now.timestamp()), now.tzinfo)
    if now - seen_at > (LEARNER_IDLE if user.role is Role.LEARNER else ADULT_IDLE):
        return True
    session[_SEEN_AT] = now.timestamp()
    return False


def path_within(address: str | None) -> str | None:
    """Return an address of this site, rebuilt from its parts, or None when it is anything else.

    A browser reads `//host`, `\\host` and control characters as ways out of the site.
    """
    if not address or "\\" in address or not address.isprintable():
        return None
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    if parts.scheme or parts.netloc or not parts.path.startswith("/"):
        return None
    path = re.sub("/{2,}", "/", parts.path)
    return f"{path}?{parts.query}" if parts.query else path


def home_of(user: User) -> str:
    """Return the address of the page where `user` begins."""
    if user.role is Role.LEARNER:
        return url_for("profiles.show_profile")
    if user.role in (Role.PROVIDER_STAFF, Role.PROVIDER_ADMIN):
        return url_for("listings.home")
    if user.role in (Role.AUTHORITY_OFFICER, Role.CITY_ADMIN):
        return url_for("reach.show_reach")
    if user.role is Role.GUARDIAN:
        return url_for("supporters.family")
    if user.role is Role.SUPPORTER:
        return url_for("supporters.helped")
    return url_for("accounts.show_account")
