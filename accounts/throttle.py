"""How often one account, and one device, may try to sign in. Counted in the database, for all workers."""

import hmac
from datetime import datetime, timedelta
from hashlib import sha256
from ipaddress import IPv6Address, ip_address, ip_network

from flask_babel import gettext as _
from sqlalchemy import Select, case, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from accounts.models import SignInAttempt
from app.errors import TooMany

#: NCSC: at most ten guesses in five minutes.
WINDOW = timedelta(minutes=5)
ATTEMPTS_PER_ACCOUNT = 10
#: A whole school may share one address.
ATTEMPTS_PER_DEVICE = 30
#: A whole year group may start in one lesson; a machine that makes learners may not go on.
STARTS_PER_DEVICE = 300
#: A class may say together that something is wrong; a machine may not go on saying it.
REPORTS_PER_DEVICE = 30
#: A class may wish together, too.
WISHES_PER_DEVICE = 30
#: A code of 55 bits is not guessed in any number of tries; this keeps machines from trying.
RECEIPTS_PER_DEVICE = 10
#: Who goes through a pile of applications checks many badges; a machine may not use us to knock at
#: other hosts without end.
CHECKS_PER_DEVICE = 120
#: A class may fetch its badges behind one address, some of them twice.
FETCHES_PER_DEVICE = 60
#: A host of badges registers once for each site it knows; a machine may not fill our tables.
REGISTRATIONS_PER_DEVICE = 20
#: Keyed hashes of addresses are kept no longer than they can matter.
KEPT = timedelta(days=1)


def keyed_hash(secret: str, kind: str, name: str) -> str:
    """Return a name for `name` that only the holder of `secret` can make."""
    return hmac.new(secret.encode(), f"{kind}\0{name}".encode(), sha256).hexdigest()


def device_name(address: str) -> str:
    """Return what stands for one device: its address, or the network that one IPv6 household has."""
    try:
        if isinstance(ip_address(address), IPv6Address):
            return str(ip_network(f"{address}/64", strict=False))
    except ValueError:
        return ""
    return address


def count_tries(db: Session, limits: dict[str, int], *, now: datetime) -> None:
    """Count one try against each key of `limits`.

    Counting stops at the limit and starts again once five minutes pass without a counted try,
    so no five minutes ever hold more than the limit. The caller commits before it looks at any
    password: a wrong one must not undo its own count.

    :raises TooMany: a key has reached its limit.
    """
    # One order for everyone, or two people with one address between them would wait for each other.
    for key in sorted(limits):
        if _count(db, key, now) > limits[key]:
            raise TooMany(_("You have tried too often. Wait five minutes, then try again."))


def forgive_tries(db: Session, *, account: str, device: str, now: datetime) -> None:
    """Forget an account's tries, and the device's last one: it was right. Drop what is old."""
    counted = {row.key: row for row in db.scalars(_held(account, device)).all()}
    if account in counted:
        db.delete(counted[account])
    if device in counted:
        counted[device].attempts = max(counted[device].attempts - 1, 0)
    db.flush()
    old = select(SignInAttempt.key).where(SignInAttempt.window_started_at < now - KEPT)
    db.execute(
        delete(SignInAttempt).where(SignInAttempt.key.in_(old.with_for_update(skip_locked=True)))
    )


def _held(*keys: str) -> Select[SignInAttempt]:
    # Locked in the order in which tries are counted: a button pressed twice must not deadlock.
    held = select(SignInAttempt).where(SignInAttempt.key.in_(keys)).order_by(SignInAttempt.key)
    return held.with_for_update().execution_options(populate_existing=True)


def _count(db: Session, key: str, now: datetime) -> int:
    is_over = SignInAttempt.window_started_at <= now - WINDOW
    count = (
        insert(SignInAttempt)
        .values(key=key, window_started_at=now, attempts=1)
        .on_conflict_do_update(
            index_elements=[SignInAttempt.key],
            set_={
                "window_started_at": now,
                "attempts": case((is_over, 1), else_=SignInAttempt.attempts + 1),
            },
        )
        .returning(SignInAttempt.attempts)
    )
    return db.scalars(count, execution_options={"populate_existing": True}).one()
