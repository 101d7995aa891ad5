"""A learner with something in every table that is theirs, and canaries in all its words."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Column, Table, insert
from sqlalchemy.dialects.postgresql import JSONB

from accounts.models import User
from app.db import Base
from portable.erasing import is_learners
from tests import factories
from tests.factories import NOW

#: Nobody is called so, and no sentence of ours holds it.
CANARY = "Kanarienvogel"
_WHOSE = ("learner_id", "recipient_id", "owner_id", "user_id")
_OPEN = {"state": "open", "closed_at": None, "because": "", "follows_id": None}
#: What the rules of a table ask for. Nothing means: leave it empty.
_GIVEN: Mapping[str, Mapping[str, Any]] = {
    "booking": {
        "status": "confirmed",
        "held_until": None,
        "answered_at": None,
        "answered_by_id": None,
    }
    | {"moved_to_id": None, "cancelled_at": None},
    "agreement": {
        "part": "guardian",
        "way": "learners_address",
        "email": f"{CANARY}@example.org".lower(),
        "answered_at": None,
        "agrees": None,
    }
    | {"name": None, "role": None, "ended_at": None, "takes_effect_at": None},
    "kept_answer": {"refusal": None, "refusal_kind": None},
    "notice": {"email": None, "is_mailed": False, "claimed_at": None, "sent_at": None}
    | {"given_up_at": None, "language": "en"},
    "achievement_credential": {"signed_token": None, "unsigned_since": None, "revoked_at": None}
    | {"revocation_reason": None, "seen_id": None, "reissued_at": None, "source_id": None},
    "award_request": {
        "state": "asked",
        "assessed_by_id": None,
        "assessed_at": None,
        "feedback": "",
    },
    "evidence_piece": {"kind": "words", "link": "", "state": "ready", "reason": None}
    | {
        "is_hello": False,
        "booking_id": None,
        "logged_activity_id": None,
        "credential_id": None,
        "follows_id": None,
    },
    "feedback": {"state": "sent", "decided_at": None, "decided_by_id": None, "hidden_at": None}
    | {"logged_activity_id": None, "credential_id": None},
    "feedback_reply": {"state": "sent", "decided_at": None, "decided_by_id": None},
    "feedback_request": {"asked_of_id": None, "answered_at": None, "feedback_id": None}
    | {"logged_activity_id": None, "credential_id": None},
    "enquiry_message": {"from_learner": True, "answer": None, "state": "sent", "author_id": None}
    | {"decided_by_id": None, "decided_at": None, "author_name": ""},
    "goal": {"state": "open", "closed_at": None, "because": ""},
    "reflection": {"booking_id": None, "logged_activity_id": None, "credential_id": None}
    | {"plan_item_id": None},
    "witness": {
        "project_id": None,
        "is_friend": False,
        "answered_at": NOW,
        "was_so": True,
        "ended_at": None,
    },
    "encounter": {"provider_id": None},
    "supporter_link": {"ended_at": None, "ended_by": None, "group_id": None, "kind": "mentor"},
    "bundle": {"state": "ready"},
    "brought_bundle": {"state": "waiting", "why_not": None, "done_at": None},
    "brought_line": {"is_trusted": True, "rung": "confirmed"},
    "equality_answer": {"sealed": bytes(50)},
    "learner_number": {"uln": "1000000012"},
    "badge_fetch": {"stage": "back", "ended_why": None},
    "fetched_badge": {"kept": None, "why_not": None},
    "imported_credential": {"came_by": "upload", "host": None},
    "school_year": {"year": 9},
    "pack_strength": {"position": 1},
    "plan_item": {"skill": "planning"} | _OPEN,
    "pathway_step": {"kind": "evidence", "needed": None, "hours": None},
    "pathway": {
        "version": 1,
        "achievement_id": None,
        "earlier_id": None,
        "published_at": NOW,
        "ended_at": None,
    },
}


def learner_with_everything(db) -> User:
    """Return a learner with a row, full of canaries, in each table that is theirs.

    Rows are written as the database takes them, past the services: what is tested is what goes, not
    how it came.
    """
    learner = factories.learner(name=CANARY, pass_code=f"{CANARY}PASS"[:20])
    adult = factories.member(factories.provider())
    achievement = factories.achievement(takes_requests=True)
    session = factories.scheduled_session(
        opportunity=factories.opportunity(achievement=achievement)
    )
    session.remaining_capacity -= 1
    db.flush()
    made = _Made(db, learner, adult, session, achievement)
    for name in ("pathway", "pathway_step"):
        made.row(Base.metadata.tables[name])
    for table in Base.metadata.sorted_tables:
        if is_learners(table.name) and table.name != User.__tablename__:
            made.row(table)
    return learner


class _Made:
    def __init__(self, db, learner, adult, session, achievement) -> None:
        self.db, self.learner, self.adult = db, learner, adult
        self.rows: dict[str, Any] = {
            "scheduled_session": session,
            "opportunity": session.opportunity,
            "achievement": achievement,
            "provider": session.opportunity.provider,
        }

    def row(self, table: Table) -> None:
        given = dict(_GIVEN.get(table.name, {}))
        values = {}
        for column in table.columns:
            if column.name in given:
                values[column.name] = given[column.name]
            elif not (column.primary_key and column.name == "id"):
                values[column.name] = self._value(table, column)
        made = self.db.execute(insert(table).values(values).returning(table)).one()
        self.rows[table.name] = made

    def _value(self, table: Table, column: Column) -> Any:
        if column.foreign_keys:
            return self._key(column)
        is_theirs = is_learners(table.name)
        return _filled(table, column, CANARY if is_theirs else f"Nobody {uuid4().hex[:8]}")

    def _key(self, column: Column) -> Any:
        target = next(iter(column.foreign_keys)).column
        if target.table.name == User.__tablename__:
            return (self.learner if column.name in _WHOSE else self.adult).id
        if target.table.name == "area":
            return self.learner.home_lsoa_code
        known = self.rows.get(target.table.name)
        if known is None and not column.nullable:
            self._other(target.table)
            known = self.rows[target.table.name]
        return None if known is None else getattr(known, target.key)

    def _other(self, table: Table) -> None:
        """Make a row of somebody else's, which a learner's needs."""
        self.row(table)


def _filled(table: Table, column: Column, word: str) -> Any:
    kind = column.type
    if column.name == "qualification_level":
        return None  # Only a course has one, and what is made here is none.
    if getattr(kind, "enums", None):
        return kind.enums[0]
    if isinstance(kind, JSONB):
        return {"said": word}
    python = kind.python_type
    if python is str:
        is_alone = column.name.endswith("_hash") or column.unique
        return f"{word}-{uuid4().hex}" if is_alone else word
    return {
        int: 5,
        bool: False,
        bytes: word.encode(),
        UUID: uuid4(),
        list: [],
        date: NOW.date(),
        datetime: NOW + timedelta(hours=_LATER.get(column.name, 0)),
    }[python]


#: What comes after what, in hours.
_LATER = {
    "expires_at": 24,
    "refresh_expires_at": 48,
    "invited_until": 24,
    "due_at": 1,
    "closes_at": 24,
}
