"""Erasing a learner, and the rule of what then remains. It is written here, once.

What is a learner's is gone, at once and for good. What others confirmed stays as a trace that leads to
nobody, so that what an organisation counted stays true. A badge that was given is taken back: whoever
holds its file reads "withdrawn", and no name. A concern stays, locked, as it was raised.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from uuid import UUID, uuid4

from flask_babel import gettext as _
from sqlalchemy import (
    ColumnElement,
    ForeignKeyConstraint,
    Select,
    Table,
    delete,
    or_,
    select,
    text,
    tuple_,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from accounts.models import Role, User
from app.db import Base, lock
from app.errors import NotAllowed
from app.jobs import defer, defer_once
from badges.models import AchievementCredential
from evidence.models import Upload
from evidence.uploads import path_of
from participation.service import give_everything_up
from participation.traces import leave_traces
from portable.models import Erasure


class Fate(StrEnum):
    """What becomes of the rows of a table when a learner is erased."""

    GONE = "gone"
    #: Gone, and written down before without who: in `attendance_trace`.
    TRACE = "kept as a trace without a person"
    #: The rows of adults and organisations. No learner stands in them.
    OTHERS = "of others"
    #: It stays as it was, locked: what somebody worried about is not for anyone to take away.
    STAYS = "stays, locked"


#: Every table that hangs on an account, or on what is a learner's. A test holds it to the database.
RULE: Mapping[Fate, Sequence[str]] = {
    Fate.TRACE: ("attendance",),
    Fate.GONE: (
        "user_account",
        *(
            "learner_number",
            "equality_answer",
            "sign_in_link",
            "notice",
            "school_year",
            "kept_answer",
        ),
        *("booking", "booking_care", "absence", "attendance_mark", "agreement", "group_member"),
        *("enquiry", "enquiry_message", "enquiry_look"),
        # A badge that is deleted leaves its place in its issuer's list, which says "taken back".
        *("achievement_credential", "evidence", "award_request", "code_claim", "learner_record"),
        *("imported_credential", "badge_fetch", "fetched_badge"),
        *("program_connection", "connection_code", "connection_token"),
        *("pathway_start", "pathway_step_words"),
        *("logged_activity", "witness", "brought_line", "line_choice"),
        *("project", "project_entry", "encounter", "point_seen"),
        *("evidence_piece", "evidence_rendition", "evidence_upload"),
        *("supporter_link", "supporter_look", "supporter_block", "supporter_group_member"),
        *("feedback", "feedback_reply", "feedback_request", "feedback_look"),
        *("goal", "plan_item", "plan_item_session", "reflection"),
        *("pack", "pack_badge", "pack_piece", "pack_line", "pack_strength", "pack_sentence"),
        *("saved_search", "kept_opportunity", "suggestion_choice"),
        *("bundle", "brought_bundle"),
    ),
    Fate.OTHERS: (
        *("provider", "provider_member", "assurance", "decision", "endorsement", "invitation"),
        *("umbrella_request", "listing_draft", "listing_version", "supporter_group"),
        *("award_rule", "claim_code", "guest", "no_show_rule", "learner_group", "group_code"),
        *("kept_places", "attendance_trace", "report_subscription", "reach_correction"),
    ),
    Fate.STAYS: ("concern", "concern_entry", "concern_named", "concern_reader"),
}
#: By which columns a row says whose it is.
_WHOSE = ("learner_id", "recipient_id", "owner_id", "user_id")
#: What is told to others may name what is gone, by its random number in an address.
_NAMED_IN_NOTICES = text(
    "DELETE FROM notice WHERE EXISTS (SELECT FROM regexp_matches(key || ' ' || details::text,"
    " '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}', 'g') AS found"
    " WHERE found[1] = ANY(:uuids))"
)


def fate_of(table: str) -> Fate | None:
    """Return what becomes of a table's rows; nothing where the rule does not name it."""
    return next((fate for fate, tables in RULE.items() if table in tables), None)


def is_learners(table: str) -> bool:
    return fate_of(table) in (Fate.GONE, Fate.TRACE)


def rows_of(learner_id: int, table: Table) -> Select:
    """Return a select of the rows of one of the learner's tables that are this learner's."""
    if table.name == User.__tablename__:
        return select(table).where(table.c.id == learner_id)
    for column in _WHOSE:
        if column in table.c and _leads_to_account(table, column):
            return select(table).where(table.c[column] == learner_id)
    # A row may hang on this or on that: a witness saw an activity, or a project.
    return select(table).where(
        or_(*(_hangs_on(learner_id, table, link) for link in _links_to_learners(table)))
    )


def _hangs_on(learner_id: int, table: Table, link: ForeignKeyConstraint) -> ColumnElement[bool]:
    parents = rows_of(learner_id, link.referred_table).with_only_columns(
        *(element.column for element in link.elements)
    )
    return tuple_(*(table.c[key] for key in link.column_keys)).in_(parents)


def erase_learner(db: Session, *, learner: User, now: datetime) -> None:
    """Erase a learner: all that is theirs is gone, and what others confirmed leads to nobody. Flushes.

    The files go a moment later, by a worker. It cannot be undone.

    :raises NotAllowed: it is no learner.
    """
    if learner.role is not Role.LEARNER:
        raise NotAllowed(_("Only a young person's account can be deleted like this."))
    lock(db, User, learner.id)
    leave_traces(db, learner, pseudonym=uuid4())
    give_everything_up(db, learner, now=now)
    _forget_files(db, learner)
    _take_badges_back(db, learner)
    db.execute(_NAMED_IN_NOTICES, {"uuids": _uuids_of(db, learner)})
    note_erasure(db, learner.uuid, now=now)
    # As a statement: the database takes along what is theirs, table by table.
    db.expunge_all()
    db.execute(delete(User).where(User.id == learner.id))
    db.flush()


def note_erasure(db: Session, uuid: UUID, *, now: datetime) -> None:
    """Write down that an account was erased, by a digest. Twice is harmless. Flushes."""
    noted = insert(Erasure).values(learner_hash=hash_of(uuid), erased_at=now)
    db.execute(noted.on_conflict_do_nothing())


def hash_of(uuid: UUID) -> str:
    """Return what the ledger knows an account by: its number is random, so nobody guesses it."""
    return sha256(f"erased {uuid}".encode()).hexdigest()


def ledger(db: Session) -> Sequence[Erasure]:
    """Return everybody who was erased, the first first: digests, and when."""
    return db.scalars(select(Erasure).order_by(Erasure.erased_at, Erasure.learner_hash)).all()


def erase_again(db: Session, *, hashes: Sequence[str], now: datetime) -> int:
    """Erase whoever of a ledger is here again, in a copy from before. Return how many. Flushes."""
    wanted = set(hashes)
    here = db.execute(select(User.id, User.uuid).where(User.role == Role.LEARNER)).all()
    again = [id for id, uuid in here if hash_of(uuid) in wanted]
    for id in again:
        learner = db.get(User, id)
        if learner is not None:
            erase_learner(db, learner=learner, now=now)
    return len(again)


def _take_badges_back(db: Session, learner: User) -> None:
    """Have the lists of their issuers signed anew, once the badges are gone from under them."""
    own = select(AchievementCredential.issuer_id).filter_by(recipient_id=learner.id)
    for issuer_id in sorted(set(db.scalars(own))):
        defer_once(db, "badges.sign_list", issuer_id=issuer_id)


def _forget_files(db: Session, learner: User) -> None:
    """Have the files deleted once this lands; those on their way in are deleted now."""
    tables = Base.metadata.tables
    pieces = rows_of(learner.id, tables["evidence_piece"])
    for (uuid,) in db.execute(pieces.with_only_columns(tables["evidence_piece"].c.uuid)):
        defer(db, "evidence.forget", piece_uuid=str(uuid))
    bundles = rows_of(learner.id, tables["bundle"])
    for (uuid,) in db.execute(bundles.with_only_columns(tables["bundle"].c.uuid)):
        defer(db, "portable.forget", bundle_uuid=str(uuid))
    for upload in db.scalars(select(Upload).filter_by(learner_id=learner.id)):
        path_of(upload).unlink(missing_ok=True)


def _uuids_of(db: Session, learner: User) -> list[str]:
    """Return the random numbers of all that is a learner's: addresses carry them."""
    found: list[str] = []
    for table in Base.metadata.sorted_tables:
        if is_learners(table.name) and "uuid" in table.c:
            own = rows_of(learner.id, table).with_only_columns(table.c.uuid)
            found += [str(uuid) for (uuid,) in db.execute(own)]
    return found


def _leads_to_account(table: Table, column: str) -> bool:
    return any(key.column.table.name == User.__tablename__ for key in table.c[column].foreign_keys)


def _links_to_learners(table: Table) -> list[ForeignKeyConstraint]:
    return [
        key
        for key in table.foreign_key_constraints
        if key.ondelete == "CASCADE"
        and is_learners(key.referred_table.name)
        and key.referred_table.name != User.__tablename__
    ]
