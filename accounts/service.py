"""The rules of having an account: start one, sign in, change what opens it."""

import secrets
from datetime import datetime, timedelta
from typing import NamedTuple

from flask_babel import gettext as _
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from accounts.models import AgeBand, Role, SignInLink, User, new_session_key
from accounts.passes import new_pass_code, new_pin
from accounts.passwords import hash_secret, matches
from accounts.queries import learner_by_pass, user_by_email
from app.errors import Conflict, NotAllowed, NotFound
from app.language import LANGUAGES
from app.links import token_hash
from geo.models import Area, City, Region

LINK_HOURS = 24


class NewLearner(NamedTuple):
    """A learner who has just started, and the PIN that nobody can ever read again."""

    user: User
    pin: str


class NotRecognised(NotAllowed):
    """No account opens with this. Which half was wrong is not said."""


def start_learner(db: Session, *, name: str, age_band: AgeBand, home: Area) -> NewLearner:
    """Give a learner an account with a pass and a PIN. No e-mail is asked for.

    Flushes; the caller shows the PIN once.
    """
    pin = new_pin()
    learner = User(
        role=Role.LEARNER,
        name=name,
        age_band=age_band,
        home_lsoa_code=home.lsoa_code,
        pass_code=new_pass_code(),
        pin_hash=hash_secret(pin),
    )
    db.add(learner)
    db.flush()
    return NewLearner(learner, pin)


def register_adult(
    db: Session,
    *,
    role: Role,
    name: str,
    email: str,
    password: str | None = None,
    city: City | None = None,
    region: Region | None = None,
) -> User:
    """Give an adult an account. Without a password they sign in by link until they choose one.

    Flushes. Does the same work whether or not the address is known.

    :param region: what an officer works for who works for several cities: instead of one.
    :raises Conflict: someone has an account with this address. Do not tell strangers.
    """
    if role is Role.LEARNER:
        raise NotAllowed(_("A learner has a pass, not an e-mail address."))
    kept = hash_secret(password) if password else None
    adult = User(
        role=role,
        name=name,
        email=email.lower(),
        password_hash=kept,
        city=city,
        region=region,
    )
    try:
        with db.begin_nested():
            db.add(adult)
    except IntegrityError as clash:
        raise Conflict(_("There is an account with that e-mail address.")) from clash
    return adult


def recognise_learner(db: Session, *, pass_code: str, pin: str) -> User:
    """Return the learner whom a pass and its PIN belong to.

    :raises NotRecognised: they do not, or the account is closed. All take the same time.
    """
    learner = learner_by_pass(db, pass_code)
    return _recognised(learner, learner.pin_hash if learner else None, pin)


def recognise_adult(db: Session, *, email: str, password: str) -> User:
    """Return the adult whom an e-mail address and its password belong to.

    :raises NotRecognised: they do not, or the account is closed. All take the same time.
    """
    adult = user_by_email(db, email)
    return _recognised(adult, adult.password_hash if adult else None, password)


def sign_in_link(db: Session, *, user: User, now: datetime, hours: int = LINK_HOURS) -> str:
    """Return the token of a new address, `/sign-in/link/<token>`, that signs `user` in once."""
    token = secrets.token_urlsafe(32)
    expires_at = now + timedelta(hours=hours)
    db.add(SignInLink(token_hash=token_hash(token), user_id=user.id, expires_at=expires_at))
    db.flush()
    return token


def use_sign_in_link(db: Session, *, token: str, now: datetime) -> User:
    """Return whom the address signs in, and use it up.

    :raises NotFound: it was used, is too old, or never was: which of them is not said.
    """
    # One statement, so that of two people who press the button at once one gets in.
    use = (
        update(SignInLink)
        .where(
            SignInLink.token_hash == token_hash(token),
            SignInLink.used_at.is_(None),
            SignInLink.expires_at > now,
        )
        .values(used_at=now)
        .returning(SignInLink.user_id)
    )
    user_id = db.scalar(use)
    user = db.get(User, user_id) if user_id else None
    if user is None or not user.is_active:
        raise NotFound(_("This sign-in address has been used, or is too old. Ask for a new one."))
    return user


def choose_password(db: Session, *, user: User, current: str, new: str) -> None:
    """Give an adult a new password, and sign them out wherever else they are signed in.

    Somebody who has none yet has proved who they are by their sign-in link.

    :raises NotRecognised: `current` is not their password.
    """
    if user.password_hash and not matches(user.password_hash, current):
        raise NotRecognised(_("That is not your password now."))
    user.password_hash = hash_secret(new)
    sign_out_everywhere(db, user=user)


def choose_language(db: Session, *, user: User, language: str) -> None:
    """Write to somebody in another language from now on. Flushes.

    :raises Conflict: we do not write in that one.
    """
    if language not in LANGUAGES:
        raise Conflict(_("We write in English and in Welsh."))
    user.language = language
    db.flush()


def renew_pin(db: Session, *, learner: User) -> str:
    """Return a new PIN for the learner's pass. The old one stops working, and so do other sign-ins."""
    pin = new_pin()
    learner.pin_hash = hash_secret(pin)
    sign_out_everywhere(db, user=learner)
    return pin


def sign_out_everywhere(db: Session, *, user: User) -> None:
    """End every sign-in of `user`, from the next request on."""
    user.session_key = new_session_key()
    db.flush()


def _recognised(user: User | None, kept: str | None, typed: str) -> User:
    is_right = matches(kept, typed)
    if user is None or not is_right or not user.is_active:
        raise NotRecognised(_("That did not match. Check both boxes, and try again."))
    return user
