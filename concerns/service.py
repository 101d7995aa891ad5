"""The rules of a concern: it is raised, added to, taken on, noted and closed. Every step leaves a trace."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from accounts.models import User
from accounts.passes import ALPHABET, LENGTH, read_pass_code
from accounts.throttle import keyed_hash
from app import sealing
from app.db import lock
from app.errors import Conflict, NotFound
from concerns.models import Act, Concern, ConcernDesk, ConcernEntry, ConcernKind, Urgency
from concerns.routing import keep_from_provider, keep_from_the_named, may_read, readers_of
from geo.models import City
from notices.kinds import NoticeKind
from notices.service import tell
from providers.models import Provider

WORDS_LENGTH = 4_000
#: Nobody adds more often than this; what comes then is a machine's.
MOST_ADDED = 50
_PURPOSE = "tirnod concern"


@dataclass(frozen=True)
class Receipt:
    """What whoever raised a concern is given: the code is shown once, and kept by nobody else."""

    concern: Concern
    code: str


@dataclass(frozen=True)
class Words:
    """What someone wrote about a worry. All may be empty; `contact` is how they can be reached."""

    happened: str = ""
    about: str = ""
    contact: str = ""


def raise_concern(
    db: Session,
    *,
    city: City,
    kind: ConcernKind,
    urgency: Urgency,
    words: Words,
    secret: str,
    now: datetime,
    provider: Provider | None = None,
    key: str = "",
) -> Receipt:
    """Keep a worry for the city's safeguarding officers, and tell them that there is one. Flushes.

    Of whoever raised it nothing is kept but what they wrote. The same `key` sent again raises
    nothing, and is answered with the same receipt.

    :param secret: the setting `CONCERNS_SECRET`, which the words are locked with.
    :param provider: the organisation that it is about. Nobody who is or was in it may read it.
    :param key: what `new_key` made for the form; without one, each call is a new worry.
    """
    code = _code_for(key or new_key(), secret)
    db.execute(select(func.pg_advisory_xact_lock(func.hashtext(_receipt_hash(code, secret)))))
    if known := _found_by(db, code, secret):
        return Receipt(known, code)
    concern = Concern(
        uuid=uuid4(),
        city=city,
        kind=kind,
        urgency=urgency,
        receipt_hash=_receipt_hash(code, secret),
        made_at=now,
        due_at=now + _target(db, city, urgency),
    )
    db.add(concern)
    db.flush()
    _write(db, concern, Act.RAISED, now=now, secret=secret, words=words.happened)
    for act, said in ((Act.ABOUT, words.about), (Act.CONTACT, words.contact)):
        if said:
            _write(db, concern, act, now=now, secret=secret, words=said)
    if provider is not None:
        keep_from_provider(db, concern, provider.id)
    keep_from_the_named(db, concern, words.happened, words.about)
    _tell_readers(db, concern, Act.RAISED, now)
    return Receipt(concern, code)


def new_key() -> str:
    """Return what tells one form from every other, so that a double tap raises one worry."""
    return secrets.token_urlsafe(24)


def look_back(db: Session, *, code: str, secret: str, now: datetime) -> Concern:
    """Return the concern that a receipt code is for. That someone looked stays in its trace. Flushes.

    :raises NotFound: there is none with that code.
    """
    concern = _by_code(db, code, secret)
    _write(db, concern, Act.LOOKED_BACK, now=now, secret=secret)
    return concern


def add_words(db: Session, *, code: str, words: str, secret: str, now: datetime) -> Concern:
    """Add to a concern, for whoever holds its receipt code. One that was closed opens again. Flushes.

    :raises NotFound: there is none with that code.
    :raises Conflict: there is nothing to add, or too much was added.
    """
    concern = lock(db, Concern, _by_code(db, code, secret).id)
    assert concern is not None
    if not words:
        raise Conflict(_("Write what you want to add."))
    added = select(ConcernEntry.id).filter_by(concern_id=concern.id, act=Act.ADDED)
    if len(db.scalars(added).all()) >= MOST_ADDED:
        raise Conflict(_("You have added a lot. Please raise a new concern for what is new."))
    _write(db, concern, Act.ADDED, now=now, secret=secret, words=words)
    keep_from_the_named(db, concern, words)
    if concern.owner is not None and not may_read(db, concern.owner, concern):
        # What came to light is about whoever looked after it.
        concern.owner = None
    concern.closed_at = None
    db.flush()
    _tell_readers(db, concern, Act.ADDED, now)
    return concern


def read(db: Session, *, uuid: UUID, officer: User, secret: str, now: datetime) -> Concern:
    """Return a concern for one of its readers. That they read it stays in its trace. Flushes.

    :raises NotFound: there is none, or it is not theirs to read: the two look alike.
    """
    concern = _for_reader(db, uuid, officer)
    _write(db, concern, Act.READ, now=now, secret=secret, by=officer)
    return concern


def take_on(db: Session, *, uuid: UUID, officer: User, secret: str, now: datetime) -> Concern:
    """Make one of its readers the owner of a concern; the clock stops at the first. Flushes.

    :raises NotFound: there is none, or it is not theirs to read.
    """
    concern = _for_reader(db, uuid, officer)
    if concern.owner_id != officer.id:
        concern.owner, concern.taken_on_at = officer, concern.taken_on_at or now
        _write(db, concern, Act.TAKEN_ON, now=now, secret=secret, by=officer)
    return concern


def note(
    db: Session, *, uuid: UUID, words: str, officer: User, secret: str, now: datetime
) -> Concern:
    """Write down what was done or found out. Only readers of the concern see it. Flushes.

    :raises NotFound: there is none, or it is not theirs to read.
    """
    concern = _for_reader(db, uuid, officer)
    _write(db, concern, Act.NOTED, now=now, secret=secret, by=officer, words=words)
    return concern


def close(
    db: Session, *, uuid: UUID, words: str, officer: User, secret: str, now: datetime
) -> Concern:
    """Close a concern, saying what came of it. Flushes.

    :raises NotFound: there is none, or it is not theirs to read.
    :raises Conflict: nobody took it on, or it is closed.
    """
    concern = _for_reader(db, uuid, officer)
    if concern.taken_on_at is None or concern.owner_id is None:
        raise Conflict(_("Take it on first: somebody must have looked after it."))
    if concern.closed_at is not None:
        raise Conflict(_("It is closed already."))
    concern.closed_at = now
    _write(db, concern, Act.CLOSED, now=now, secret=secret, by=officer, words=words)
    return concern


def reopen(db: Session, *, uuid: UUID, officer: User, secret: str, now: datetime) -> Concern:
    """Open a concern again. Doing so twice is harmless. Flushes.

    :raises NotFound: there is none, or it is not theirs to read.
    """
    concern = _for_reader(db, uuid, officer)
    if concern.closed_at is not None:
        concern.closed_at = None
        _write(db, concern, Act.REOPENED, now=now, secret=secret, by=officer)
    return concern


def note_export(db: Session, *, uuid: UUID, officer: User, secret: str, now: datetime) -> Concern:
    """Return a concern that a reader takes out as a document; the trace says so. Flushes.

    :raises NotFound: there is none, or it is not theirs to read.
    """
    concern = _for_reader(db, uuid, officer)
    _write(db, concern, Act.EXPORTED, now=now, secret=secret, by=officer)
    return concern


def words_of(entry: ConcernEntry, *, secret: str) -> str:
    """Return the words of an entry, or an empty text.

    :raises sealing.Locked: they were sealed with another secret, or altered.
    """
    if entry.sealed is None:
        return ""
    owner = _owner_of(entry.concern.uuid, entry.uuid)
    return sealing.unseal(entry.sealed, secret=secret, purpose=_PURPOSE, owner=owner).decode()


def _write(
    db: Session,
    concern: Concern,
    act: Act,
    *,
    now: datetime,
    secret: str,
    by: User | None = None,
    words: str = "",
) -> None:
    uuid = uuid4()
    owner = _owner_of(concern.uuid, uuid)
    entry = ConcernEntry(
        uuid=uuid,
        concern=concern,
        made_at=now,
        act=act,
        by_id=by.id if by else None,
        by_name=by.name if by else "",
        sealed=sealing.seal(words.encode(), secret=secret, purpose=_PURPOSE, owner=owner)
        if words
        else None,
    )
    db.add(entry)
    db.flush()


def _for_reader(db: Session, uuid: UUID, officer: User) -> Concern:
    concern_id = db.scalar(select(Concern.id).filter_by(uuid=uuid))
    concern = lock(db, Concern, concern_id) if concern_id is not None else None
    if concern is None or not may_read(db, officer, concern):
        raise NotFound(_("We cannot find that concern."))
    return concern


def _by_code(db: Session, code: str, secret: str) -> Concern:
    found = _found_by(db, code, secret)
    if found is None:
        raise NotFound(_("We cannot find anything with that code."))
    return found


def _found_by(db: Session, code: str, secret: str) -> Concern | None:
    return db.scalar(select(Concern).filter_by(receipt_hash=_receipt_hash(code, secret)))


def _code_for(key: str, secret: str) -> str:
    """Return twelve signs that only the holder of the secret can make of a key: 55 bits."""
    number = int(keyed_hash(secret, "receipt", key), 16)
    signs = []
    for _place in range(LENGTH):
        number, sign = divmod(number, len(ALPHABET))
        signs.append(ALPHABET[sign])
    return "".join(signs)


def _receipt_hash(code: str, secret: str) -> str:
    return keyed_hash(secret, "concern", read_pass_code(code))


def _owner_of(concern_uuid: UUID, entry_uuid: UUID) -> str:
    return f"{concern_uuid}:{entry_uuid}"


def _target(db: Session, city: City, urgency: Urgency) -> timedelta:
    desk = db.get(ConcernDesk, city.id)
    hours = {
        Urgency.DANGER: desk.danger_hours if desk else 1,
        Urgency.TODAY: desk.today_hours if desk else 4,
        Urgency.WORRIED: desk.worried_hours if desk else 24,
    }
    return timedelta(hours=hours[urgency])


def _tell_readers(db: Session, concern: Concern, act: Act, now: datetime) -> None:
    """Say only that there is something: no e-mail holds a word of it."""
    for reader in readers_of(db, concern):
        tell(
            db,
            to=reader,
            kind=NoticeKind.CONCERN_RAISED,
            key=f"concern:{concern.uuid}:{act.value}:{now.isoformat()}",
            values={"path": "/authority/concerns"},
            now=now,
        )
