"""The rules of letting a program in: a learner's yes, what is given out by it, and its end."""

from collections.abc import Collection
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from flask_babel import gettext as _
from sqlalchemy import delete, exists, select, update
from sqlalchemy.orm import Session

from accounts.models import User
from app.db import lock
from app.errors import NotAllowed, NotFound
from app.links import token_hash
from wallet.models import Connection, ConnectionCode, ConnectionToken, Program
from wallet.queries import (
    held_code,
    held_refresh_token,
    live_connection,
    may_connect,
    own_connection,
)
from wallet.scopes import Scope

CODE_LASTS = timedelta(minutes=10)
ACCESS_LASTS = timedelta(hours=1)
#: Counted from the last time that it was used.
REFRESH_LASTS = timedelta(days=90)
#: A program that nobody let in is forgotten after so long.
UNUSED_LASTS = timedelta(days=30)
#: So exact is what a learner is told of when a program was last here.
_NOTED_EVERY = timedelta(minutes=1)


def register_program(
    db: Session,
    *,
    client_id: str,
    secret: str,
    name: str,
    redirect_uris: Collection[str],
    scopes: Collection[Scope],
    now: datetime,
) -> Program:
    """Take note of a program that registers itself. It can do nothing yet. Flushes.

    :param name: as it calls itself, already looked at.
    """
    program = Program(
        client_id=client_id,
        secret_hash=token_hash(secret),
        name=name,
        redirect_uris=list(redirect_uris),
        scopes=_in_order(scopes),
        registered_at=now,
    )
    db.add(program)
    db.flush()
    return program


def connect(
    db: Session,
    *,
    learner: User,
    program: Program,
    scopes: Collection[str],
    redirect_uri: str,
    now: datetime,
) -> Connection:
    """Keep a learner's yes. One to the same program takes the place of the one before. Flushes.

    :raises NotAllowed: not a learner, or one under 13.
    """
    lock(db, User, learner.id)
    if not may_connect(learner):
        raise NotAllowed(_("You can connect programs once you are 13."))
    connection = live_connection(db, learner, program)
    if connection is None:
        connection = Connection(learner=learner, program=program, connected_at=now)
        db.add(connection)
    connection.scopes, connection.host = _in_order(scopes), host_of(redirect_uri)
    db.flush()
    return connection


def give_code(
    db: Session,
    *,
    connection: Connection,
    code: str,
    redirect_uri: str,
    challenge: str,
    now: datetime,
) -> None:
    """Keep a code, good once and for ten minutes. Flushes."""
    db.add(
        ConnectionCode(
            code_hash=token_hash(code),
            connection_id=connection.id,
            family=uuid4(),
            redirect_uri=redirect_uri,
            scopes=connection.scopes,
            challenge=challenge,
            expires_at=now + CODE_LASTS,
        )
    )
    db.flush()


def spend_code(db: Session, *, program: Program, code: str, now: datetime) -> ConnectionCode | None:
    """Return what a code stands for, once. Brought twice, all that came of it ends. Flushes."""
    held = held_code(db, program, token_hash(code))
    if held is None:
        return None
    if held.used_at is not None:
        revoke_family(db, family=held.family, now=now)
        return None
    held.used_at = now
    db.flush()
    return held if held.expires_at > now and is_live(held.connection) else None


def give_token(
    db: Session,
    *,
    connection: Connection,
    family: UUID,
    access: str,
    refresh: str | None,
    scopes: Collection[str],
    now: datetime,
) -> None:
    """Keep an access token for an hour, and the refresh token that goes with it. Flushes."""
    db.add(
        ConnectionToken(
            connection_id=connection.id,
            family=family,
            access_hash=token_hash(access),
            refresh_hash=token_hash(refresh) if refresh else None,
            scopes=_in_order(scopes),
            expires_at=now + ACCESS_LASTS,
            refresh_expires_at=now + REFRESH_LASTS if refresh else None,
        )
    )
    db.flush()


def find_refresh_token(
    db: Session, *, program: Program, refresh: str, now: datetime
) -> ConnectionToken | None:
    """Return what a refresh token stands for, if it counts. Brought twice, all of its family ends.

    Flushes.
    """
    held = held_refresh_token(db, program, token_hash(refresh))
    if held is None or held.refresh_expires_at is None:
        return None
    if held.refreshed_at is not None:
        revoke_family(db, family=held.family, now=now)
        return None
    counts = held.revoked_at is None and held.refresh_expires_at > now
    return held if counts and is_live(held.connection) else None


def replace_token(db: Session, *, token: ConnectionToken, now: datetime) -> None:
    """End a token in whose place another was given. Flushes."""
    token.refreshed_at, token.revoked_at = now, token.revoked_at or now
    db.flush()


def revoke_family(db: Session, *, family: UUID, now: datetime) -> None:
    """End every token that came of one yes."""
    tokens = update(ConnectionToken).where(
        ConnectionToken.family == family, ConnectionToken.revoked_at.is_(None)
    )
    db.execute(tokens.values(revoked_at=now))


def stop(db: Session, *, learner: User, uuid: UUID, now: datetime) -> Connection:
    """Let a program in no more, from this moment on. Stopping it twice is harmless. Flushes.

    :raises NotFound: the learner has no such connection.
    """
    connection = own_connection(db, learner, uuid)
    if connection is None:
        raise NotFound(_("We cannot find that program."))
    connection.stopped_at = connection.stopped_at or now
    db.flush()
    return connection


def note_use(db: Session, *, connection: Connection, now: datetime) -> None:
    """Note that a program was here."""
    last = connection.last_used_at
    if last is None or now - last >= _NOTED_EVERY:
        # As a statement: that it was erased meanwhile is no mistake.
        noted = update(Connection).where(Connection.id == connection.id)
        db.execute(noted.values(last_used_at=now))


def require_live(db: Session, connection: Connection) -> User:
    """Return whose yes this is, held until the transaction ends, if the yes still stands by now.

    :raises NotAllowed: it was stopped, or its learner is gone.
    """
    learner = lock(db, User, connection.learner_id)
    still = db.get(Connection, connection.id, populate_existing=True)
    if learner is None or still is None or not is_live(still):
        raise NotAllowed(_("The learner has stopped this program."))
    return learner


def forget_what_is_over(db: Session, *, now: datetime) -> None:
    """Delete codes and tokens that can do nothing any more, and programs that nobody let in."""
    long_ago = now - UNUSED_LASTS
    db.execute(delete(ConnectionCode).where(ConnectionCode.expires_at < long_ago))
    # One that was spent stays as long as it would have lasted: that it comes again tells of a theft.
    last_day = ConnectionToken.refresh_expires_at
    is_over = (last_day < now) | (last_day.is_(None) & (ConnectionToken.expires_at < long_ago))
    db.execute(delete(ConnectionToken).where(is_over))
    was_let_in = exists(select(Connection.id).where(Connection.program_id == Program.id))
    db.execute(delete(Program).where(Program.registered_at < long_ago, ~was_let_in))


def is_live(connection: Connection) -> bool:
    """Say whether a yes still stands, and whoever gave it may still give it."""
    return connection.stopped_at is None and may_connect(connection.learner)


def host_of(redirect_uri: str) -> str:
    """Return the host that people are sent back to, in small letters."""
    return (urlsplit(redirect_uri).hostname or "").lower()


def _in_order(scopes: Collection[str]) -> list[str]:
    return [scope.value for scope in Scope if scope.value in scopes]
