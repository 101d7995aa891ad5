"""Questions about who has an account. Pages never tell their answers to strangers."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.models import Role, SignInLink, User
from accounts.passes import read_pass_code
from app.links import token_hash


def user_by_email(db: Session, email: str) -> User | None:
    """Return the adult with this address, in any case."""
    return db.scalar(select(User).filter_by(email=email.strip().lower()))


def learner_by_pass(db: Session, pass_code: str) -> User | None:
    """Return the learner whose pass this is, however it was typed."""
    return db.scalar(select(User).filter_by(pass_code=read_pass_code(pass_code)))


def user_by_name_of_account(db: Session, email_or_pass: str) -> User | None:
    """Return whoever signs in with this e-mail address or pass code."""
    find = user_by_email if "@" in email_or_pass else learner_by_pass
    return find(db, email_or_pass)


def officers_of(db: Session, city_id: int) -> Sequence[User]:
    """Return who works for a city's authority today, by account."""
    found = select(User).where(
        User.city_id == city_id,
        User.role.in_([Role.AUTHORITY_OFFICER, Role.CITY_ADMIN]),
        User.disabled_at.is_(None),
    )
    return db.scalars(found.order_by(User.id)).all()


def link_works(db: Session, token: str, *, now: datetime) -> bool:
    """Say whether a sign-in address still opens the door. Does not use it up."""
    link = db.get(SignInLink, token_hash(token))
    return bool(link and link.used_at is None and link.expires_at > now and link.user.is_active)
