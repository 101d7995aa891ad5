"""Keeping what a learner brings from another site: all of it or nothing, and told part by part."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.models import User
from accounts.throttle import keyed_hash
from app import screening
from app.db import lock
from app.errors import Refusal
from badges.models import Skill
from badges.queries import trusted_issuer
from badges.service import IssuingHost
from badges.verifier import Verification
from evidence.models import FILE_KINDS, SOURCE_LENGTH, TITLE_LENGTH, EvidencePiece, Kind
from evidence.service import About, bring_piece
from plans.bringing import End, bring_goal, bring_items, bring_reflection, item_as_it_stood
from plans.models import Goal, PlanItem, Reflection, Stem
from portable import reading
from portable.reading import Bundle, read_part
from record.models import BroughtLine, LineChoice, LineKind, Rung, Sort
from wallet.models import CameBy, Kept
from wallet.reading import shown
from wallet.service import BadgeRefused, keep_badge, require_brought

#: What of an adult's words is kept, as what they were.
_WORDS_LENGTH = 4000


class Part(StrEnum):
    """What sort of thing a part of it is."""

    LINE = "line"
    BADGE = "badge"
    EVIDENCE = "evidence"
    GOAL = "goal"
    PLAN = "plan"
    REFLECTION = "reflection"
    FEEDBACK = "feedback"


class Became(StrEnum):
    """What became of a part."""

    KEPT = "kept"
    #: Kept as what the learner says, since we cannot tell whether its site did confirm it.
    AS_SAID = "as_said"
    #: It was here already.
    HERE = "here"
    UNREADABLE = "unreadable"
    #: It holds a way to be reached, which has no place here.
    WORDS = "words"
    #: The badge was not kept: its page of ways to bring one says more.
    BADGE_REFUSED = "badge_refused"
    MISSING = "missing"


@dataclass
class Report:
    """What became of each part, in the order of the file."""

    rows: list[list[str]] = field(default_factory=list)

    def note(self, part: Part, title: str, became: Became) -> None:
        self.rows.append([part.value, shown(title, 80), became.value])


@dataclass
class _Keeping:
    db: Session
    learner: User
    bundle: Bundle
    secret: str
    now: datetime
    is_trusted: bool
    report: Report = field(default_factory=Report)

    def uuid_of(self, part: Part, source: UUID | str) -> UUID:
        """Return what a part is called here: the same however often it is brought, and known to nobody."""
        name = f"{self.learner.uuid.hex} {self.bundle.host} {part} {source}"
        return UUID(keyed_hash(self.secret, "brought from another site", name)[:32], version=4)

    def is_here(self, model: Any, uuid: UUID) -> Any:
        return self.db.scalar(select(model).filter_by(uuid=uuid, learner_id=self.learner.id))


def is_trusted_host(db: Session, bundle: Bundle) -> bool:
    """Return whether what a host confirms counts here: it signed, and we list it."""
    return bundle.is_signed is True and trusted_issuer(db, bundle.host_did) is not None


def keep(
    db: Session,
    *,
    learner: User,
    bundle: Bundle,
    badges: list[tuple[bytes, Verification]],
    secret: str,
    host: IssuingHost,
    now: datetime,
) -> Report:
    """Keep what a learner brings, and return what became of each part. Flushes.

    Each part by itself is kept or told of; where the database refuses one, nothing is kept at all.

    :param badges: each badge in it, with what looking at it found.
    """
    lock(db, User, learner.id)
    keeping = _Keeping(db, learner, bundle, secret, now, is_trusted_host(db, bundle))
    _keep_lines(keeping)
    _keep_badges(keeping, badges, host)
    goals = _keep_goals(keeping)
    items = _keep_items(keeping, goals)
    _keep_reflections(keeping, goals, items)
    _keep_pieces(keeping)
    _keep_feedback(keeping)
    db.flush()
    return keeping.report


def _parts(keeping: _Keeping, name: str, schema: Any, part: Part) -> Iterator[Mapping[str, Any]]:
    """Yield what can be read of one list of the record, and tell of what cannot."""
    for each in keeping.bundle.record.get(name, []):
        read = read_part(schema, each)
        if read is None:
            keeping.report.note(part, "", Became.UNREADABLE)
        else:
            yield read


def _keep_lines(keeping: _Keeping) -> None:
    for line in _parts(keeping, "lines", reading.LineRead, Part.LINE):
        if line["kind"] in (LineKind.BADGE, LineKind.IMPORTED):
            continue  # a badge comes as its own file, and is looked at by itself
        uuid = keeping.uuid_of(Part.LINE, line["id"])
        title, who = shown(line["title"], 120), shown(line["who"], 160)
        if keeping.is_here(BroughtLine, uuid):
            keeping.report.note(Part.LINE, title, Became.HERE)
        elif screening.find([title, who]) or not title:
            keeping.report.note(Part.LINE, "", Became.WORDS)
        else:
            kept = _line(keeping, line, uuid, title, who)
            keeping.db.add(kept)
            _choose(keeping, line, uuid)
            is_less = line["kind"] == LineKind.CAME and kept.rung is Rung.SAID
            keeping.report.note(Part.LINE, title, Became.AS_SAID if is_less else Became.KEPT)


def _line(
    keeping: _Keeping, line: Mapping[str, Any], uuid: UUID, title: str, who: str
) -> BroughtLine:
    confirmed = line["kind"] == LineKind.CAME and not line["according_to"]
    rung = _one_of(Rung, line["rung"], Rung.SAID)
    is_believed = confirmed and bool(who) and keeping.is_trusted
    if not is_believed or rung not in (Rung.CONFIRMED, Rung.OBSERVED):
        rung = Rung.SAID
    minutes = line["minutes"]
    return BroughtLine(
        uuid=uuid,
        learner_id=keeping.learner.id,
        host=keeping.bundle.host,
        is_trusted=keeping.is_trusted,
        at=line["at"],
        title=title,
        who="" if line["kind"] == LineKind.LOGGED else who,
        minutes=minutes if minutes and 0 < minutes <= 100_000 else None,
        skills=_skills(line),
        sort=_one_of(Sort, line["sort"], Sort.OTHER),
        rung=rung,
        brought_at=keeping.now,
    )


def _choose(keeping: _Keeping, line: Mapping[str, Any], uuid: UUID) -> None:
    if line["is_hidden"] or not line["counts"]:
        keeping.db.merge(
            LineChoice(
                learner_id=keeping.learner.id,
                kind=LineKind.BROUGHT,
                uuid=uuid,
                is_hidden=line["is_hidden"],
                counts=line["counts"],
            )
        )


def _keep_badges(
    keeping: _Keeping, badges: list[tuple[bytes, Verification]], host: IssuingHost
) -> None:
    for original, found in badges:
        try:
            brought = require_brought(original, found)
            badge, what = keep_badge(
                keeping.db,
                learner=keeping.learner,
                brought=brought,
                came_by=CameBy.UPLOAD,
                host=host,
                now=keeping.now,
            )
        except BadgeRefused as refused:
            name = refused.held.name if refused.held else _name_in(found)
            keeping.report.note(Part.BADGE, name, Became.BADGE_REFUSED)
        else:
            became = Became.HERE if what is Kept.SAME else Became.KEPT
            keeping.report.note(Part.BADGE, badge.name, became)


def _name_in(found: Verification) -> str:
    subject = (found.document or {}).get("credentialSubject")
    achievement = subject.get("achievement") if isinstance(subject, Mapping) else None
    name = achievement.get("name") if isinstance(achievement, Mapping) else None
    return name if isinstance(name, str) and not screening.find([name]) else ""


def _keep_goals(keeping: _Keeping) -> dict[str, Goal]:
    known: dict[str, Goal] = {}
    for goal in _parts(keeping, "goals", reading.GoalRead, Part.GOAL):
        uuid = keeping.uuid_of(Part.GOAL, goal["id"])
        here = keeping.is_here(Goal, uuid)
        keeping.report.note(Part.GOAL, goal["words"], Became.HERE if here else Became.KEPT)
        known[str(goal["id"])] = here or bring_goal(
            keeping.db,
            learner=keeping.learner,
            uuid=uuid,
            words=goal["words"],
            why=goal["why"],
            where_now=goal["where_now"],
            by=goal["by"],
            made_at=goal["made_at"],
            end=_end(goal),
        )
    return known


def _keep_items(keeping: _Keeping, goals: Mapping[str, Goal]) -> dict[str, PlanItem]:
    read = list(_parts(keeping, "plan_items", reading.ItemRead, Part.PLAN))
    known: dict[str, PlanItem] = {}
    new: dict[str, PlanItem] = {}
    # What one goes on from was made before it.
    for item in sorted(read, key=lambda each: each["made_at"]):
        uuid, source = keeping.uuid_of(Part.PLAN, item["id"]), str(item["id"])
        here = keeping.is_here(PlanItem, uuid)
        keeping.report.note(Part.PLAN, item["words"], Became.HERE if here else Became.KEPT)
        known[source] = here or item_as_it_stood(
            uuid=uuid,
            words=item["words"],
            skill=_skill_to_try(item["skill"]),
            look_again_on=item["look_again_on"],
            made_at=item["made_at"],
            end=_end(item),
            goal=goals.get(item["goal"] or ""),
            follows=known.get(item["follows"] or ""),
        )
        if not here:
            new[source] = known[source]
    bring_items(keeping.db, learner=keeping.learner, items=new)
    return known


def _keep_reflections(
    keeping: _Keeping, goals: Mapping[str, Goal], items: Mapping[str, PlanItem]
) -> None:
    for said in _parts(keeping, "reflections", reading.ReflectionRead, Part.REFLECTION):
        uuid, about = keeping.uuid_of(Part.REFLECTION, said["id"]), said["about"] or {}
        stem = _one_of(Stem, said["stem"] or "", None)
        if keeping.is_here(Reflection, uuid):
            keeping.report.note(Part.REFLECTION, said["words"], Became.HERE)
        elif stem is None and not said["words"]:
            keeping.report.note(Part.REFLECTION, "", Became.UNREADABLE)
        else:
            bring_reflection(
                keeping.db,
                learner=keeping.learner,
                uuid=uuid,
                stem=stem,
                words=said["words"],
                said_at=said["said_at"],
                goal=goals.get(about.get("goal") or ""),
                item=items.get(about.get("plan_item") or ""),
            )
            keeping.report.note(Part.REFLECTION, said["words"], Became.KEPT)


def _keep_pieces(keeping: _Keeping) -> None:
    known: dict[str, EvidencePiece] = {}
    for piece in _parts(keeping, "evidence", reading.PieceRead, Part.EVIDENCE):
        uuid = keeping.uuid_of(Part.EVIDENCE, piece["id"])
        here = keeping.is_here(EvidencePiece, uuid)
        if here:
            keeping.report.note(Part.EVIDENCE, piece["title"], Became.HERE)
            known[str(piece["id"])] = here
            continue
        kind, path = _one_of(Kind, piece["kind"], None), (piece["file"] or {}).get("path", "")
        if kind is None or (kind in FILE_KINDS and path not in keeping.bundle.files):
            # It was still being made anew there, or could not be.
            became = Became.UNREADABLE if kind is None else Became.MISSING
            keeping.report.note(Part.EVIDENCE, piece["title"], became)
            continue
        about = About(
            title=piece["title"],
            happened_on=piece["happened_on"],
            words=piece["words"],
            alt_text=piece["alt_text"],
            transcript=piece["transcript"],
            source=piece["source"],
            skills=_skills(piece),
            is_try=piece["is_try"],
        )
        made = _brought_piece(
            keeping,
            Part.EVIDENCE,
            lambda uuid=uuid, kind=kind, piece=piece, about=about, path=path: bring_piece(
                keeping.db,
                learner=keeping.learner,
                uuid=uuid,
                kind=kind,
                about=about,
                link=piece["link"],
                content=keeping.bundle.unpacked.parts(path) if kind in FILE_KINDS else None,
                follows=known.get(piece["follows"] or ""),
                now=keeping.now,
            ),
            piece["title"],
        )
        if made is not None:
            known[str(piece["id"])] = made


def _keep_feedback(keeping: _Keeping) -> None:
    """Keep what adults said as the learner passes it on: a quotation, and no feedback of anybody here."""
    for said in _parts(keeping, "feedback", reading.FeedbackRead, Part.FEEDBACK):
        uuid = keeping.uuid_of(Part.FEEDBACK, said["id"])
        source = shown(", ".join(filter(None, (said["name"], said["role"]))), SOURCE_LENGTH)
        words = _quoted(said)
        if keeping.is_here(EvidencePiece, uuid):
            keeping.report.note(Part.FEEDBACK, source, Became.HERE)
        elif screening.find([words, source]):
            keeping.report.note(Part.FEEDBACK, "", Became.WORDS)
        else:
            about = About(
                title=shown(said["name"], TITLE_LENGTH),
                happened_on=said["given_at"].date(),
                words=words,
                source=source,
                skills=_skills(said),
            )
            _brought_piece(
                keeping,
                Part.FEEDBACK,
                lambda uuid=uuid, about=about: bring_piece(
                    keeping.db,
                    learner=keeping.learner,
                    uuid=uuid,
                    kind=Kind.OBSERVATION,
                    about=about,
                    now=keeping.now,
                ),
                source,
            )


def _brought_piece(
    keeping: _Keeping, part: Part, bring: Callable[[], EvidencePiece], title: str
) -> EvidencePiece | None:
    try:
        made = bring()
    except Refusal:
        keeping.report.note(part, title, Became.UNREADABLE)
        return None
    keeping.report.note(part, title, Became.KEPT)
    return made


def _quoted(said: Mapping[str, Any]) -> str:
    boxes = (
        (_("What went well:"), said["what_went_well"]),
        (_("Even better if:"), said["even_better_if"]),
        (_("Try next:"), said["try_next"]),
    )
    parts = [f"{name} {words}" for name, words in boxes if words]
    own, theirs = _("My reply:"), _("Their reply:")
    replies = [
        f"{own if each['from_learner'] else theirs} {each['words']}"
        for each in said["replies"]
        if each["words"]
    ]
    return "\n\n".join([*parts, *replies])[:_WORDS_LENGTH]


def _skills(part: Mapping[str, Any]) -> list[Skill]:
    return [skill for skill in Skill if skill.value in part["skills"]]


def _skill_to_try(word: str) -> Skill:
    """Return the skill of something to try: one of those that people practise, as `plans` has it."""
    skill = _one_of(Skill, word, Skill.PLANNING)
    return Skill.PLANNING if skill.is_foundation else skill


def _end(part: Mapping[str, Any]) -> End:
    return End(state=part["state"], closed_at=part["closed_at"], because=part["because"])


def _one_of(kind: Any, word: str, otherwise: Any) -> Any:
    return kind(word) if word in set(kind) else otherwise
