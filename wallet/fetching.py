"""The rules of fetching a learner's badges from another host: once each, and no leave to come back.

What the host calls us is kept, with the secret that it gave us, locked. What a learner comes back
with is kept, locked, for the moments until a worker uses it. What lets us in is kept nowhere.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import delete, exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from accounts.models import User
from app import sealing
from app.db import lock
from app.errors import Conflict, NotAllowed
from app.jobs import defer
from app.links import token_of
from badges.service import IssuingHost
from badges.verifier import Outcome, Verification
from wallet.fetch_queries import live_fetch, live_host, waiting_badge
from wallet.hosts import Access, Read, Where
from wallet.models import (
    LARGEST_BYTES,
    BadgeFetch,
    BadgeHost,
    CameBy,
    FetchedBadge,
    FetchEnd,
    FetchStage,
    ImportedCredential,
    Kept,
    WhyNot,
)
from wallet.queries import may_connect
from wallet.service import BadgeRefused, keep_badge, require_brought

#: Signing in elsewhere, and saying yes there, may take so long.
AWAY_LASTS = timedelta(minutes=30)
#: What has not moved for so long will not move any more.
_STUCK = timedelta(hours=1)
#: What came of it can be read for so long.
REPORT_LASTS = timedelta(days=7)
#: A host that never let us in by what it gave us may have forgotten us: we do.
_UNPROVEN_LASTS = timedelta(days=1)
_SECRET_PURPOSE, _CODE_PURPOSE = "badge host secret", "badge host code"
_STATE, _VERIFIER = "badge host state", "badge host verifier"


@dataclass(frozen=True)
class Ours:
    """What this site is to other hosts."""

    #: Of the setting `SECRET_KEY`: the site and its worker both have it.
    secret: str
    redirect_uri: str


def usable_host(db: Session, where: Where, *, ours: Ours, now: datetime) -> BadgeHost | None:
    """Return a host that has taken us on and still knows us, as far as we know. Flushes.

    One of which that is not so is used no more.
    """
    host = live_host(db, where.digest(ours.redirect_uri))
    if host is None or _still_knows_us(host, now):
        return host
    host.ended_at = now
    db.flush()
    return None


def keep_host(
    db: Session, where: Where, *, registered: dict[str, Any], ours: Ours, now: datetime
) -> BadgeHost:
    """Keep what a host calls us. Of two who asked at once, the first counts for both. Flushes."""
    described, client_id = where.digest(ours.redirect_uri), registered["client_id"]
    sealed = sealing.seal(
        registered["client_secret"].encode(),
        secret=ours.secret,
        purpose=_SECRET_PURPOSE,
        owner=_owner(where.token, client_id),
    )
    expires = registered["client_secret_expires_at"]
    kept = insert(BadgeHost).values(
        host=where.host,
        described=described,
        server_url=where.server,
        authorization_url=where.authorization,
        token_url=where.token,
        revocation_url=where.revocation or None,
        client_id=client_id,
        sealed_secret=sealed,
        secret_expires_at=datetime.fromtimestamp(expires, UTC) if expires else None,
        registered_at=now,
    )
    live = BadgeHost.ended_at.is_(None)
    db.execute(kept.on_conflict_do_nothing(index_elements=["described"], index_where=live))
    host = live_host(db, described)
    if host is None:
        raise Conflict(_("That did not work. Please begin again."))
    return host


def start_fetch(db: Session, *, learner: User, host: BadgeHost, now: datetime) -> BadgeFetch:
    """Note that a learner is shown the way to a host. What they had begun and not gone on with ends.

    Flushes.

    :raises NotAllowed: not a learner, or one under 13.
    :raises Conflict: badges are being fetched for them right now.
    """
    lock(db, User, learner.id)
    require_may_fetch(learner)
    before = live_fetch(db, learner)
    if before is not None:
        _make_room(db, before, now)
    fetch = BadgeFetch(learner_id=learner.id, host=host, stage=FetchStage.AWAY, started_at=now)
    db.add(fetch)
    db.flush()
    return fetch


def require_may_fetch(learner: User) -> None:
    """Refuse who may not let another host and us know of each other.

    :raises NotAllowed: not a learner, or one under 13.
    """
    if not may_connect(learner):
        raise NotAllowed(_("You can fetch badges from other places once you are 13."))


def note_return(
    db: Session, fetch: BadgeFetch, *, code: str, is_no: bool, ours: Ours, now: datetime
) -> None:
    """Note that a learner came back, and have a worker read what they said yes to. Flushes.

    :param code: what they came back with; "" if nothing.
    :raises Conflict: they came back before, or left too long ago.
    """
    fetch = _locked(db, fetch)
    if fetch.stage is not FetchStage.AWAY or fetch.started_at + AWAY_LASTS < now:
        raise Conflict(_("That was too long ago, or you came back from there already."))
    if is_no or not code:
        end(db, fetch, FetchEnd.SAID_NO if is_no else FetchEnd.NOT_LET_IN)
        return
    fetch.stage = FetchStage.BACK
    fetch.sealed_code = sealing.seal(
        code.encode(), secret=ours.secret, purpose=_CODE_PURPOSE, owner=str(fetch.uuid)
    )
    db.flush()
    defer(db, "wallet.read_from_host", fetch_id=fetch.id)


def take_code(db: Session, fetch_id: int, *, ours: Ours) -> tuple[BadgeFetch, str] | None:
    """Return what a learner came back with, once: it is gone from here then. Flushes.

    What comes with it has its host at hand, so that nobody need ask for that again.

    `None` where there is nothing to do: it is done, or was begun and broke off, which ends it.
    """
    fetch = lock(db, BadgeFetch, fetch_id)
    if fetch is None or fetch.stage not in (FetchStage.BACK, FetchStage.READING):
        return None
    if fetch.stage is FetchStage.READING or not may_connect(fetch.learner):
        end(db, fetch, FetchEnd.BROKEN_OFF)
        return None
    try:
        code = _unsealed_code(fetch, ours)
    except sealing.Locked:
        end(db, fetch, FetchEnd.BROKEN_OFF)
        return None
    fetch.stage, fetch.sealed_code = FetchStage.READING, None
    db.flush()
    return fetch, code


def note_read(
    db: Session, fetch: BadgeFetch, read: Read, *, is_given_back: bool, now: datetime
) -> None:
    """Keep what was read until each of it was looked at, and have a worker do so. Flushes."""
    fetch = _locked(db, fetch)
    if fetch.stage is not FetchStage.READING:
        return
    for position, original in enumerate(read.badges, start=1):
        db.add(_waiting(fetch, position, original))
    fetch.stage, fetch.is_cut, fetch.is_given_back = FetchStage.CHECKING, read.is_cut, is_given_back
    fetch.host.proven_at = fetch.host.proven_at or now
    db.flush()
    defer(db, "wallet.check_fetched", fetch_id=fetch.id)


def keep_or_refuse(
    db: Session,
    badge: FetchedBadge,
    original: bytes,
    found: Verification,
    *,
    host: IssuingHost,
    now: datetime,
) -> None:
    """Keep a badge that was looked at, or note why not. Done already, it is left alone. Flushes.

    :param found: what looking at `original` found.
    :param host: ours.
    """
    fetch = db.get(BadgeFetch, badge.fetch_id)
    # Whose account is deleted meanwhile is held first there too.
    learner = lock(db, User, fetch.learner_id) if fetch else None
    waiting = lock(db, FetchedBadge, badge.id)
    if fetch is None or learner is None or waiting is None or waiting.original is None:
        return
    try:
        held, what = keep_badge(
            db,
            learner=learner,
            brought=require_brought(original, found),
            came_by=CameBy.HOST,
            from_host=fetch.host.host,
            host=host,
            now=now,
        )
        _settle(waiting, held, kept=what)
    except BadgeRefused as refused:
        _settle(waiting, refused.held, why_not=refused.why)
        waiting.findings = [
            each.finding.value for each in found.checks if each.outcome is Outcome.FAILED
        ]
    db.flush()


def finish_if_settled(db: Session, fetch_id: int) -> bool:
    """Say whether no badge waits any more, and note it if so. Flushes."""
    fetch = lock(db, BadgeFetch, fetch_id)
    if fetch is None or fetch.stage is not FetchStage.CHECKING:
        return True
    if waiting_badge(db, fetch_id) is not None:
        return False
    fetch.stage = FetchStage.DONE
    db.flush()
    return True


def end(db: Session, fetch: BadgeFetch, why: FetchEnd) -> None:
    """Note that nothing comes of it. Flushes."""
    fetch.stage, fetch.ended_why, fetch.sealed_code = FetchStage.ENDED, why, None
    db.flush()


def stop_using(db: Session, host: BadgeHost, *, now: datetime) -> None:
    """Use what a host gave us no more. For the next learner we register anew. Flushes."""
    host.ended_at = host.ended_at or now
    db.flush()


def access_of(host: BadgeHost, *, ours: Ours) -> Access:
    """Return who we are to a host.

    :raises app.sealing.Locked: its secret was locked with another `SECRET_KEY`.
    """
    secret = sealing.unseal(
        host.sealed_secret,
        secret=ours.secret,
        purpose=_SECRET_PURPOSE,
        owner=_owner(host.token_url, host.client_id),
    )
    return Access(
        authorization=host.authorization_url,
        token=host.token_url,
        revocation=host.revocation_url or "",
        client_id=host.client_id,
        secret=secret.decode(),
        redirect_uri=ours.redirect_uri,
    )


def state_of(uuid: UUID, *, ours: Ours) -> str:
    """Return what proves that who comes back left from here. It stands in no table."""
    return token_of(uuid, secret=ours.secret, kind=_STATE)


def verifier_of(uuid: UUID, *, ours: Ours) -> str:
    """Return what proves to the host that we are who sent the learner (PKCE). It stands in no table."""
    halves = (token_of(uuid, secret=ours.secret, kind=f"{_VERIFIER} {half}") for half in "ab")
    return "".join(halves)


def forget_old_fetches(db: Session, *, now: datetime) -> None:
    """Delete what came of fetching, after a week, and hosts that nothing is fetched from by now."""
    db.execute(delete(BadgeFetch).where(BadgeFetch.started_at < now - REPORT_LASTS))
    is_in_use = exists(select(BadgeFetch.id).where(BadgeFetch.host_id == BadgeHost.id))
    db.execute(delete(BadgeHost).where(BadgeHost.ended_at.is_not(None), ~is_in_use))


def _unsealed_code(fetch: BadgeFetch, ours: Ours) -> str:
    sealed, owner = fetch.sealed_code or b"", str(fetch.uuid)
    code = sealing.unseal(sealed, secret=ours.secret, purpose=_CODE_PURPOSE, owner=owner)
    return code.decode()


def _settle(
    badge: FetchedBadge,
    imported: ImportedCredential | None,
    *,
    kept: Kept | None = None,
    why_not: WhyNot | None = None,
) -> None:
    badge.original, badge.kept, badge.why_not = None, kept, why_not
    badge.imported_id = imported.id if imported else None


def _make_room(db: Session, before: BadgeFetch, now: datetime) -> None:
    if before.stage is FetchStage.AWAY:
        db.delete(before)
        db.flush()
    elif before.started_at + _STUCK < now:
        end(db, before, FetchEnd.BROKEN_OFF)
    else:
        raise Conflict(_("We are fetching badges for you already. Wait until that is done."))


def _still_knows_us(host: BadgeHost, now: datetime) -> bool:
    if host.secret_expires_at is not None and host.secret_expires_at < now + AWAY_LASTS:
        return False
    return host.proven_at is not None or host.registered_at + _UNPROVEN_LASTS > now


def _waiting(fetch: BadgeFetch, position: int, original: bytes) -> FetchedBadge:
    badge = FetchedBadge(fetch_id=fetch.id, position=position)
    if not original:
        badge.why_not = WhyNot.UNREADABLE
    elif len(original) > LARGEST_BYTES:
        badge.why_not = WhyNot.TOO_LARGE
    else:
        badge.original = original
    return badge


def _locked(db: Session, fetch: BadgeFetch) -> BadgeFetch:
    found = lock(db, BadgeFetch, fetch.id)
    if found is None:
        raise Conflict(_("That did not work. Please begin again."))
    return found


def _owner(token_url: str, client_id: str) -> str:
    return f"{token_url} {client_id}"
