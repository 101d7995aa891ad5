"""Questions about badges from elsewhere and about connections, each told whose they are to be."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, literal, select, union_all
from sqlalchemy.orm import Session, contains_eager, defer, joinedload

from accounts.models import AgeBand, Role, User
from badges.models import Achievement, AchievementCredential
from badges.verifier import Outcome
from wallet.models import (
    Connection,
    ConnectionCode,
    ConnectionToken,
    ImportedCredential,
    Program,
)


@dataclass(frozen=True)
class Page:
    """Some of a learner's badges, and how many there are."""

    total: int
    badges: Sequence[AchievementCredential | ImportedCredential]


def may_connect(learner: User) -> bool:
    """Say whether this person may let programs in: a learner of 13 or over, for themself."""
    is_old_enough = learner.age_band is not None and learner.age_band != AgeBand.FROM_11_TO_12
    return learner.role == Role.LEARNER and learner.is_active and is_old_enough


def imported_badges_of(db: Session, learner: User) -> Sequence[ImportedCredential]:
    """Return the badges that a learner brought from elsewhere, the last brought first.

    Their files, which are large together, are read one by one as they are asked for.
    """
    large = defer(ImportedCredential.original), defer(ImportedCredential.checks)
    own = select(ImportedCredential).filter_by(learner_id=learner.id).options(*large)
    newest_first = ImportedCredential.imported_at.desc(), ImportedCredential.id.desc()
    return db.scalars(own.order_by(*newest_first)).all()


def own_imported(db: Session, learner: User, uuid: UUID) -> ImportedCredential | None:
    """Return one badge that this learner brought."""
    return db.scalar(select(ImportedCredential).filter_by(uuid=uuid, learner_id=learner.id))


def imported_as(
    db: Session, learner: User, *, issuer_id: str, credential_id: str
) -> ImportedCredential | None:
    """Return the badge that this learner brought under the same name, in whatever edition."""
    same = {"issuer_id": issuer_id, "credential_id": credential_id}
    return db.scalar(select(ImportedCredential).filter_by(learner_id=learner.id, **same))


def count_imported(db: Session, learner: User) -> int:
    """Return how many badges a learner brought."""
    return (
        db.scalar(
            select(func.count())
            .select_from(ImportedCredential)
            .where(ImportedCredential.learner_id == learner.id)
        )
        or 0
    )


def badges_for_programs(
    db: Session, learner: User, *, limit: int, offset: int, since: datetime | None
) -> Page:
    """Return a learner's badges of version 3 that stand: those given here, and those brought.

    Oldest first, so that one given meanwhile moves no page that somebody has read.

    :param since: leave out what was issued then or before.
    """
    listed = _standing(learner).subquery()
    wanted = select(listed) if since is None else select(listed).where(listed.c.issued_at > since)
    total = db.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    order = listed.c.issued_at, listed.c.is_own, listed.c.id
    rows = db.execute(wanted.order_by(*order).limit(limit).offset(offset)).all()
    own = _by_id(db, [row.id for row in rows if row.is_own])
    brought = db.scalars(
        select(ImportedCredential).where(
            ImportedCredential.id.in_([row.id for row in rows if not row.is_own])
        )
    )
    imported = {badge.id: badge for badge in brought}
    return Page(total, [own[row.id] if row.is_own else imported[row.id] for row in rows])


def every_own_badge(db: Session, learner: User) -> Sequence[AchievementCredential]:
    """Return every badge that was given to a learner here, oldest first, taken back or not."""
    given = _own().where(AchievementCredential.recipient_id == learner.id)
    return db.scalars(
        given.order_by(AchievementCredential.awarded_at, AchievementCredential.id)
    ).all()


def program_with(db: Session, client_id: str) -> Program | None:
    """Return a registered program by the name it got."""
    return db.scalar(select(Program).filter_by(client_id=client_id))


def connections_of(db: Session, learner: User) -> Sequence[Connection]:
    """Return the programs that a learner lets in now, the last one first."""
    live = select(Connection).filter_by(learner_id=learner.id, stopped_at=None)
    return db.scalars(
        live.options(joinedload(Connection.program)).order_by(Connection.id.desc())
    ).all()


def own_connection(db: Session, learner: User, uuid: UUID) -> Connection | None:
    """Return one connection of this learner."""
    own = select(Connection).filter_by(uuid=uuid, learner_id=learner.id)
    return db.scalar(own.options(joinedload(Connection.program)))


def live_connection(db: Session, learner: User, program: Program) -> Connection | None:
    """Return this learner's yes to a program, while it stands."""
    live = {"learner_id": learner.id, "program_id": program.id, "stopped_at": None}
    return db.scalar(select(Connection).filter_by(**live))


def token_with(db: Session, access_hash: str) -> ConnectionToken | None:
    """Return an access token, whether it still counts or not, with its learner and program."""
    return db.scalar(
        select(ConnectionToken)
        .join(ConnectionToken.connection)
        .join(Connection.learner)
        .join(Connection.program)
        .options(
            contains_eager(ConnectionToken.connection).options(
                contains_eager(Connection.learner), contains_eager(Connection.program)
            )
        )
        .where(ConnectionToken.access_hash == access_hash)
    )


def held_refresh_token(db: Session, program: Program, refresh_hash: str) -> ConnectionToken | None:
    """Return a refresh token of this program, locked: of two who bring it, one comes first."""
    return db.scalar(
        select(ConnectionToken)
        .join(ConnectionToken.connection)
        .where(ConnectionToken.refresh_hash == refresh_hash, Connection.program_id == program.id)
        .with_for_update(of=ConnectionToken)
        .execution_options(populate_existing=True)
    )


def held_code(db: Session, program: Program, code_hash: str) -> ConnectionCode | None:
    """Return a code of this program, locked: of two who bring it, one comes first."""
    return db.scalar(
        select(ConnectionCode)
        .join(ConnectionCode.connection)
        .where(ConnectionCode.code_hash == code_hash, Connection.program_id == program.id)
        .with_for_update(of=ConnectionCode)
        .execution_options(populate_existing=True)
    )


def token_of_program(db: Session, program: Program, hashed: str) -> ConnectionToken | None:
    """Return a token of this program by either of its two halves."""
    either = (ConnectionToken.access_hash == hashed) | (ConnectionToken.refresh_hash == hashed)
    return db.scalar(
        select(ConnectionToken)
        .join(ConnectionToken.connection)
        .where(Connection.program_id == program.id, either)
    )


def _standing(learner: User):
    own = select(
        literal(True).label("is_own"),
        AchievementCredential.id.label("id"),
        func.coalesce(AchievementCredential.reissued_at, AchievementCredential.awarded_at).label(
            "issued_at"
        ),
    ).where(
        AchievementCredential.recipient_id == learner.id,
        AchievementCredential.revoked_at.is_(None),
    )
    brought = select(literal(False), ImportedCredential.id, ImportedCredential.valid_from).where(
        ImportedCredential.learner_id == learner.id,
        ImportedCredential.is_older.is_(False),
        ImportedCredential.outcome != Outcome.FAILED,
    )
    return union_all(own, brought)


def _by_id(db: Session, ids: Sequence[int]) -> dict[int, AchievementCredential]:
    found = db.scalars(_own().where(AchievementCredential.id.in_(ids)))
    return {badge.id: badge for badge in found}


def _own():
    return select(AchievementCredential).options(
        joinedload(AchievementCredential.achievement).joinedload(Achievement.issuer),
        joinedload(AchievementCredential.issuer),
        joinedload(AchievementCredential.recipient),
    )
