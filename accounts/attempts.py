"""Counting the tries of the request at hand: whose account, and from which device."""

from datetime import datetime

from flask import current_app, request
from sqlalchemy.orm import Session

from accounts.throttle import (
    ATTEMPTS_PER_ACCOUNT,
    ATTEMPTS_PER_DEVICE,
    CHECKS_PER_DEVICE,
    FETCHES_PER_DEVICE,
    RECEIPTS_PER_DEVICE,
    REGISTRATIONS_PER_DEVICE,
    REPORTS_PER_DEVICE,
    STARTS_PER_DEVICE,
    WISHES_PER_DEVICE,
    count_tries,
    device_name,
    forgive_tries,
    keyed_hash,
)
from app.config import Settings


def account_key(kind: str, name: str) -> str:
    """Return the name under which tries at an account are counted. It cannot be read back."""
    return keyed_hash(_secret(), kind, name)


def secret_of_codes() -> str:
    """Return what the moving codes of passes are sealed with."""
    return _secret()


def count_attempt(db: Session, account: str, *, now: datetime) -> None:
    """Count a try at `account` from this request's device.

    :raises TooMany: too many tries at this account, or from this device.
    """
    count_tries(db, {account: ATTEMPTS_PER_ACCOUNT, _device(): ATTEMPTS_PER_DEVICE}, now=now)


def count_start(db: Session, *, now: datetime) -> None:
    """Count a new learner from this request's device.

    :raises TooMany: more than a school starts in one go.
    """
    count_tries(db, {_device("start"): STARTS_PER_DEVICE}, now=now)


def count_report(db: Session, *, now: datetime) -> None:
    """Count one report of something wrong. What is kept of the device cannot be read back.

    :raises TooMany: more than a class of people says in one go.
    """
    count_tries(db, {_device("report"): REPORTS_PER_DEVICE}, now=now)


def count_receipt(db: Session, *, now: datetime) -> None:
    """Count one look with the code of a receipt. What is kept of the device cannot be read back.

    :raises TooMany: more than one person types.
    """
    count_tries(db, {_device("receipt"): RECEIPTS_PER_DEVICE}, now=now)


def count_check(db: Session, *, now: datetime) -> None:
    """Count one badge for which other hosts are asked. What is kept of the device cannot be read back.

    :raises TooMany: more than a pile of applications holds.
    """
    count_tries(db, {_device("check"): CHECKS_PER_DEVICE}, now=now)


def count_fetch(db: Session, *, now: datetime) -> None:
    """Count one time that all badges of somebody are fetched. The device cannot be read back.

    :raises TooMany: more than a class of people fetches in one go.
    """
    count_tries(db, {_device("fetch"): FETCHES_PER_DEVICE}, now=now)


def count_registration(db: Session, *, now: datetime) -> None:
    """Count one program that registers itself. What is kept of the device cannot be read back.

    :raises TooMany: more than anybody has programs.
    """
    count_tries(db, {_device("registration"): REGISTRATIONS_PER_DEVICE}, now=now)


def count_wish(db: Session, *, now: datetime) -> None:
    """Count one wish. What is kept of the device cannot be read back.

    :raises TooMany: more than a class of people wishes in one go.
    """
    count_tries(db, {_device("wish"): WISHES_PER_DEVICE}, now=now)


def forgive(db: Session, account: str, *, now: datetime) -> None:
    """Forget the tries at `account`: the last one was right."""
    forgive_tries(db, account=account, device=_device(), now=now)


def _device(what: str = "device") -> str:
    return keyed_hash(_secret(), what, device_name(request.remote_addr or ""))


def _secret() -> str:
    settings: Settings = current_app.extensions["settings"]
    return settings.secret_key
