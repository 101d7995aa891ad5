"""A learner's packs, and what of one its reader sees now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from accounts.models import User
from badges.models import Achievement, AchievementCredential
from evidence.models import EvidencePiece
from evidence.queries import shown_pieces
from packs.kinds import FORMS, Section
from packs.models import Pack, PackSentence, PackStrength
from record.models import LineKind
from record.queries import Line, lines_named, strands_for

#: By which column a piece of evidence names the line that it belongs with.
_HELD_BY = {
    LineKind.CAME: "booking_id",
    LineKind.LOGGED: "logged_activity_id",
    LineKind.BADGE: "credential_id",
}


@dataclass(frozen=True)
class Written:
    """A section as it stands: its sentences, and how long they are."""

    section: Section
    sentences: Sequence[PackSentence]

    @property
    def length(self) -> int:
        """How many characters it has, with a space between sentences."""
        return len(" ".join(sentence.words for sentence in self.sentences))

    @property
    def still_short(self) -> int:
        return max(0, self.section.least - self.length) if self.length else 0


@dataclass(frozen=True)
class Contents:
    """What the reader of a pack sees now: of what was chosen, all that still stands."""

    lines: Sequence[Line]
    badges: Sequence[AchievementCredential]
    pieces: Sequence[EvidencePiece]
    strengths: Sequence[PackStrength]
    written: Sequence[Written]

    def pieces_of(self, line: Line) -> list[EvidencePiece]:
        """Return what shows a line, of what the pack shows."""
        column = _HELD_BY.get(line.kind)
        if column is None:
            return []
        return [piece for piece in self.pieces if getattr(piece, column) == line.source]

    def piece(self, uuid: UUID) -> EvidencePiece | None:
        return next((piece for piece in self.pieces if piece.uuid == uuid), None)

    def line(self, key: str) -> Line | None:
        return next((line for line in self.lines if line.key == key), None)


def packs_of(db: Session, learner: User) -> Sequence[Pack]:
    """Return a learner's packs, newest first, ended ones too."""
    own = select(Pack).filter_by(learner_id=learner.id).order_by(Pack.id.desc())
    return db.scalars(own.options(selectinload(Pack.badges), selectinload(Pack.lines))).all()


def own_pack(db: Session, learner: User, uuid: UUID) -> Pack | None:
    """Return one pack of this learner."""
    return db.scalar(_packs().filter_by(uuid=uuid, learner_id=learner.id))


def live_pack(db: Session, token_hash: str, *, now: datetime) -> Pack | None:
    """Return the pack of an address while it stands."""
    live = _packs().where(
        Pack.token_hash == token_hash, Pack.withdrawn_at.is_(None), Pack.expires_at > now
    )
    return db.scalar(live)


def is_live(pack: Pack, now: datetime) -> bool:
    """Return whether a pack shows anything now."""
    return pack.withdrawn_at is None and pack.expires_at > now


def contents_of(db: Session, pack: Pack) -> Contents:
    """Return what a pack shows now.

    A line that was hidden, withdrawn or deleted since is gone, and all that was said of it; so is a
    badge that was taken back.
    """
    keys = [line.key for line in pack.lines]
    found = lines_named(db, pack.learner, strands_for(db, pack.learner), keys) if keys else []
    lines = [line for line in found if not line.is_hidden]
    there = {line.key for line in lines}
    return Contents(
        lines=lines,
        badges=[badge for badge in pack.badges if badge.revoked_at is None],
        pieces=shown_pieces(db, pack.learner, [piece.uuid for piece in pack.pieces]),
        strengths=[strength for strength in pack.strengths if strength.key in there],
        written=[
            Written(section, [each for each in _of(pack, section) if each.key in there])
            for section in FORMS[pack.kind].sections
        ],
    )


def _of(pack: Pack, section: Section) -> list[PackSentence]:
    return [sentence for sentence in pack.sentences if sentence.section == section.key]


def _packs():
    badges = selectinload(Pack.badges)
    achievement = badges.joinedload(AchievementCredential.achievement)
    return select(Pack).options(
        joinedload(Pack.learner),
        achievement.joinedload(Achievement.issuer),
        badges.joinedload(AchievementCredential.issuer),
        selectinload(Pack.lines),
        selectinload(Pack.pieces),
        selectinload(Pack.strengths),
        selectinload(Pack.sentences),
    )
