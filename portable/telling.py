"""All that is a learner's, as plain values that can be written as JSON: `docs/bundle.md` explains each.

Two documents are made. `record` is for reading, here or at another site; `kept` is every row that is
kept of them, for whoever wants to know. In neither is anybody else, beyond the names of organisations
and adults that the learner's own pages show.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, Table, select
from sqlalchemy.orm import Session, selectinload

from accounts.models import User
from app.db import Base
from app.sealing import Locked
from enquiries.models import MessageState
from equality.queries import has_told, own_answers
from evidence.models import EvidencePiece
from feedback.models import Feedback
from feedback.queries import feedback_of, said_to_learner
from logbook.models import LoggedActivity
from logbook.queries import logged_by
from plans.models import Goal, PlanItem, Reflection
from portable.erasing import is_learners, rows_of
from record.queries import Line, page_of, strands_for

FORMAT, VERSION = "tirnod-record", 1

#: What they told of themselves to be counted is locked in its row: `kept` opens it.
_EQUALITY = "equality_answer"
#: What is told elsewhere in the bundle, as files or in `record`.
_TOLD_ELSEWHERE = frozenset(
    {"feedback", "feedback_reply", "achievement_credential", "imported_credential"} | {_EQUALITY}
)
#: What is not told: what opens doors, what is of others, and what keeps somebody safe.
NOT_TOLD: Mapping[str, str] = {
    "supporter_block": "An officer keeps an adult away, and says why to nobody.",
    "feedback_look": "Which officer read something, and why, is the officer's to say.",
    "enquiry_look": "Which officer read something, and why, is the officer's to say.",
    "sign_in_link": "It opens a door.",
    "connection_code": "It opens a door.",
    "connection_token": "It opens a door.",
    "fetched_badge": "It stands for a moment, and then among the badges.",
    "kept_answer": "It keeps a form from being sent twice, for a day.",
    "attendance_mark": "What the door said is told as `attendance`.",
    "notice": "What we told them stands in what it was about.",
    "bundle": "This is one.",
    "brought_bundle": "What was brought is told as what it became.",
}
#: Columns that are not told wherever they stand: doors, numbers of the house, and what is of others.
_NEVER = frozenset(
    {"id", "session_key", "pin_hash", "password_hash", "sealed_code", "signed_document", "email"}
    | {"signed_token", "proof", "contents", "contact_name", "contact_phone", "officer_name"}
)


#: How the names of files end, so that a computer opens them.
_ENDS: Mapping[str, str] = {
    "image/webp": ".webp",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "audio/mp4": ".m4a",
    "audio/mpeg": ".mp3",
    "audio/ogg": ".ogg",
    "video/mp4": ".mp4",
    "video/webm": ".webm",
    "application/pdf": ".pdf",
    "text/plain": ".txt",
}


def record(db: Session, learner: User, *, host: str, now: datetime) -> dict[str, Any]:
    """Return a learner's record as another site, or a person, may read it.

    :param host: our own name as a `did:web`.
    """
    goals, items = _own(db, learner, Goal), _own(db, learner, PlanItem)
    pieces = all_pieces(db, learner)
    tries = {each.id: str(each.uuid) for each in pieces}
    named = {
        "goal": {each.id: str(each.uuid) for each in goals},
        "plan_item": {each.id: str(each.uuid) for each in items},
    }
    return {
        "format": FORMAT,
        "version": VERSION,
        "host": host,
        "made_at": now.isoformat(),
        "learner": {
            "id": learner.subject_uuid.urn,
            "name": learner.name,
            "language": learner.language,
            "age": learner.age_band.value if learner.age_band else None,
        },
        "lines": [_line(each) for each in all_lines(db, learner)],
        "logged": [_logged(each) for each in logged_by(db, learner)],
        "evidence": [_piece(each, tries.get(each.follows_id)) for each in pieces],
        "goals": [_row(each) for each in goals],
        "plan_items": [_planned(each) for each in items],
        "reflections": [_reflected(each, named) for each in _own(db, learner, Reflection)],
        "feedback": [_said(db, each) for each in _all_said(db, learner)],
    }


def kept(db: Session, learner: User, *, equality_secret: str) -> dict[str, Any]:
    """Return every row that is kept of a learner, by table, and why some are not told.

    :param equality_secret: opens what they told of themselves to be counted.
    """
    tables = {
        table.name: [_told_row(table, row) for row in _rows(db, learner, table)]
        for table in _tables()
    }
    told = _told_to_be_counted(db, learner, equality_secret)
    return {"not_told": dict(NOT_TOLD), "tables": tables | {_EQUALITY: told}}


def told_columns(table: Table) -> list[str]:
    """Return which columns of a table are told."""
    return [
        column.name
        for column in table.columns
        if column.name not in _NEVER
        and not column.name.endswith(("_hash", "_id"))
        and column.type.python_type is not bytes
    ]


def all_lines(db: Session, learner: User) -> Iterator[Line]:
    """Yield every line of a learner's record, hidden ones too, newest first."""
    strands, before = strands_for(db, learner), ""
    while True:
        page = page_of(db, learner, strands, before=before, limit=500)
        yield from page.lines
        before = page.next
        if not before:
            return


def all_pieces(db: Session, learner: User) -> list[EvidencePiece]:
    """Return all that a learner shows, earlier tries too, oldest first, each with its files."""
    own = select(EvidencePiece).filter_by(learner_id=learner.id).order_by(EvidencePiece.id)
    return list(db.scalars(own.options(selectinload(EvidencePiece.renditions))))


def name_of_file(piece: EvidencePiece) -> str:
    """Return what the file of a piece is called in the bundle; "" where it has none."""
    full = piece.full
    return f"evidence/{piece.uuid}{_ENDS.get(full.content_type, '')}" if full else ""


def _line(line: Line) -> dict[str, Any]:
    return {
        "key": line.key,
        "kind": line.kind.value,
        "id": str(line.uuid),
        "at": line.at.isoformat(),
        "title": line.title,
        "who": line.who,
        "minutes": line.minutes,
        "skills": [skill.value for skill in line.skills],
        "sort": line.sort.value,
        "rung": line.rung.value,
        "strand": line.strand,
        "is_hidden": line.is_hidden,
        "counts": line.counts,
        "badge": str(line.badge) if line.badge else None,
        "according_to": line.host or None,
    }


def _logged(activity: LoggedActivity) -> dict[str, Any]:
    said = [each for each in activity.witnesses if each.answered_at is not None]
    return _row(activity) | {
        "said_of_it": [
            {"was_so": each.was_so, "name": each.name, "role": each.role, "friend": each.is_friend}
            for each in said
        ]
    }


def _piece(piece: EvidencePiece, follows: str | None) -> dict[str, Any]:
    full = piece.full
    file = {"path": name_of_file(piece), "media_type": full.content_type} if full else None
    about = {
        "booking": piece.booking,
        "logged": piece.logged_activity,
        "badge": piece.credential,
    }
    belongs = {name: str(thing.uuid) for name, thing in about.items() if thing is not None}
    return _row(piece) | {
        "file": file,
        "belongs_with": belongs or None,
        "follows": follows,
    }


def _planned(item: PlanItem) -> dict[str, Any]:
    return _row(item) | {
        "goal": str(item.goal.uuid) if item.goal else None,
        "follows": str(item.follows.uuid) if item.follows else None,
    }


def _reflected(reflection: Reflection, named: Mapping[str, Mapping[int, str]]) -> dict[str, Any]:
    """Return what was said of how it went, and of what: only what is in the bundle too."""
    about = {
        name: known[getattr(reflection, f"{name}_id")]
        for name, known in named.items()
        if getattr(reflection, f"{name}_id") in known
    }
    return _row(reflection) | {"about": about or None}


def _all_said(db: Session, learner: User) -> list[Feedback]:
    shown, put_away = (feedback_of(db, learner, is_hidden=each) for each in (False, True))
    return [*shown, *put_away]


def _said(db: Session, said: Feedback) -> dict[str, Any]:
    return {
        "id": str(said.uuid),
        "given_at": said.given_at.isoformat(),
        "name": said.giver_name,
        "role": said.giver_role,
        "kind": said.giver_kind.value,
        "what_went_well": said.what_went_well,
        "even_better_if": said.even_better_if,
        "try_next": said.try_next,
        "skills": list(said.skills),
        "is_put_away": said.hidden_at is not None,
        "replies": [
            {
                "from_learner": each.from_learner,
                "words": each.words,
                "said_at": each.said_at.isoformat(),
            }
            for each in said_to_learner(db, said)
        ],
    }


def _told_to_be_counted(db: Session, learner: User, secret: str) -> list[dict[str, Any]]:
    if not has_told(db, learner):
        return []
    try:
        return [asdict(own_answers(db, learner, secret=secret))]
    except (Locked, ValueError):
        # The rest of what is theirs does not wait for a secret that was lost.
        return [{"locked": True}]


def _own(db: Session, learner: User, model: Any) -> list[Any]:
    return list(db.scalars(select(model).filter_by(learner_id=learner.id).order_by(model.id)))


def _row(thing: Any) -> dict[str, Any]:
    """Return what stands in a row, under the names that it has there; its random number as `id`."""
    names = told_columns(type(thing).__table__)
    told = {name: _plain(getattr(thing, name)) for name in names if name != "uuid"}
    return {"id": str(thing.uuid)} | told


def _tables() -> list[Table]:
    return [
        table
        for table in Base.metadata.sorted_tables
        if is_learners(table.name) and table.name not in {*NOT_TOLD, *_TOLD_ELSEWHERE}
    ]


def _rows(db: Session, learner: User, table: Table) -> list[RowMapping]:
    found = rows_of(learner.id, table).order_by(*table.primary_key.columns)
    rows = [row._mapping for row in db.execute(found)]
    if table.name == "enquiry_message":
        # What is held before an officer has not reached them.
        reached = (MessageState.SENT, MessageState.RELEASED)
        rows = [row for row in rows if row["state"] in reached or row["from_learner"]]
    return rows


def _told_row(table: Table, row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _plain(row[name]) for name in told_columns(table)}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value
