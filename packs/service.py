"""The rules of showing a part of one's record to somebody."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from accounts.models import User
from app.db import lock
from app.errors import Conflict, NotFound
from app.links import token_hash, token_of
from badges.models import AchievementCredential, Skill
from badges.queries import own_badge
from evidence.queries import shown_pieces
from packs.kinds import FORMS, section_of
from packs.models import Pack, PackKind, PackLine, PackSentence, PackStrength
from packs.queries import own_pack
from packs.strengths import proposed
from record.queries import Line, lines_named, strands_for

#: Tells these addresses from those that ask somebody something.
LINK_KIND = "share"
#: How long a pack may last, in days. The middle one is offered first.
SHARE_DAYS = (7, 30, 90)
MOST_LINES = 40
MOST_PIECES = 12
STRENGTHS = 3
MOST_SENTENCES = 20


@dataclass(frozen=True)
class Sentence:
    """Something written in a section, and the key of the line that shows it."""

    section: str
    words: str
    line: str


@dataclass(frozen=True)
class Strength:
    """Something a reader should know first, and the key of the line that proves it."""

    words: str
    line: str


def share(
    db: Session,
    *,
    learner: User,
    label: str,
    badge_uuids: Sequence[UUID] = (),
    line_keys: Sequence[str] = (),
    kind: PackKind = PackKind.SHOW,
    shows_name: bool,
    shows_hours: bool,
    shows_number: bool = False,
    days: int,
    secret: str,
    now: datetime,
) -> Pack:
    """Make an address that shows the chosen badges and lines, and no more, for so many days. Flushes.

    Up to three strengths are proposed from the chosen lines, for the learner to change.

    :param label: for whom, in the learner's own words; only the learner sees it.
    :raises NotFound: a badge or a line that is not the learner's own.
    :raises Conflict: nothing was chosen, or too much, or a badge that was taken back.
    """
    badges = [_own_standing_badge(db, learner, uuid) for uuid in dict.fromkeys(badge_uuids)]
    lines = _own_lines(db, learner, line_keys)
    if not badges and not lines:
        raise Conflict(_("Choose at least one thing to share."))
    uuid = uuid4()
    pack = Pack(
        uuid=uuid,
        learner=learner,
        kind=kind,
        label=label,
        token_hash=token_hash(token_of(uuid, secret=secret, kind=LINK_KIND)),
        shows_name=shows_name,
        shows_hours=shows_hours,
        shows_number=shows_number,
        created_at=now,
        expires_at=now + timedelta(days=days),
        badges=badges,
        lines=[PackLine(kind=line.kind, uuid=line.uuid) for line in lines],
    )
    db.add(pack)
    db.flush()
    for position, (skill, words, line) in enumerate(proposed(lines)[:STRENGTHS], start=1):
        pack.strengths.append(_strength(pack, position, words, line, skill))
    db.flush()
    return pack


def withdraw(db: Session, *, learner: User, uuid: UUID, now: datetime) -> None:
    """End a pack now. Ending it twice is harmless. Flushes.

    :raises NotFound: the learner has no such pack.
    """
    pack = _own(db, learner, uuid)
    pack.withdrawn_at = pack.withdrawn_at or now
    db.flush()


def say_who_i_am(db: Session, *, learner: User, uuid: UUID, words: str) -> None:
    """Keep what a pack says of its learner in their own words; none takes it away. Flushes.

    :raises NotFound: the learner has no such pack.
    """
    _own(db, learner, uuid).intro = words
    db.flush()


def choose_pieces(db: Session, *, learner: User, uuid: UUID, pieces: Sequence[UUID]) -> None:
    """Keep which pieces of evidence a pack shows. Flushes.

    :raises NotFound: the learner has no such pack, or no such piece that others may be shown.
    :raises Conflict: more than `MOST_PIECES`.
    """
    pack = _own(db, learner, uuid)
    wanted = set(pieces)
    if len(wanted) > MOST_PIECES:
        raise Conflict(_("Choose %(number)s things at most.", number=MOST_PIECES))
    found = shown_pieces(db, learner, wanted)
    if len(found) != len(wanted):
        raise NotFound(_("We cannot find that."))
    pack.pieces = list(found)
    db.flush()


def choose_strengths(
    db: Session, *, learner: User, uuid: UUID, strengths: Sequence[Strength]
) -> None:
    """Keep what a reader should know first, in this order. Flushes.

    :raises NotFound: the learner has no such pack.
    :raises Conflict: more than three, one without words, or one about what the pack does not show.
    """
    pack = _own(db, learner, uuid)
    if len(strengths) > STRENGTHS:
        raise Conflict(_("Three strengths are enough."))
    lines = [_shown(pack, each.line) for each in strengths]
    skills = {strength.key: strength.skill for strength in pack.strengths}
    pack.strengths.clear()
    db.flush()
    for position, (each, line) in enumerate(zip(strengths, lines, strict=True), start=1):
        if not each.words:
            raise Conflict(_("Say each strength in a few words."))
        pack.strengths.append(_strength(pack, position, each.words, line, skills.get(line.key)))
    db.flush()


def write(db: Session, *, learner: User, uuid: UUID, sentences: Sequence[Sentence]) -> None:
    """Keep what is written in a pack, each sentence tied to a line that it shows. Flushes.

    :raises NotFound: the learner has no such pack.
    :raises Conflict: a sentence without a line, of no section, or a section that is too long.
    """
    pack = _own(db, learner, uuid)
    kept: list[PackSentence] = []
    for each in sentences:
        if section_of(pack.kind, each.section) is None:
            raise Conflict(_("Choose from the list."))
        line = _shown(pack, each.line)
        position = 1 + sum(other.section == each.section for other in kept)
        kept.append(
            PackSentence(
                pack_id=pack.id,
                section=each.section,
                position=position,
                words=each.words,
                kind=line.kind,
                uuid=line.uuid,
            )
        )
    _refuse_too_much(pack.kind, kept)
    pack.sentences.clear()
    db.flush()
    pack.sentences.extend(kept)
    db.flush()


def _refuse_too_much(kind: PackKind, sentences: Sequence[PackSentence]) -> None:
    form, total = FORMS[kind], 0
    for section in form.sections:
        own = [each.words for each in sentences if each.section == section.key]
        length = len(" ".join(own))
        total += length
        if length > section.most or len(own) > MOST_SENTENCES:
            raise Conflict(
                _(
                    "%(title)s: %(number)s characters at most, and %(sentences)s sentences.",
                    title=section.title,
                    number=section.most,
                    sentences=MOST_SENTENCES,
                )
            )
    if form.most_in_all and total > form.most_in_all:
        raise Conflict(
            _("All together it may have %(number)s characters.", number=form.most_in_all)
        )


def _own(db: Session, learner: User, uuid: UUID) -> Pack:
    pack = own_pack(db, learner, uuid)
    if pack is None:
        raise NotFound(_("We cannot find that pack."))
    lock(db, Pack, pack.id)
    return pack


def _own_lines(db: Session, learner: User, keys: Sequence[str]) -> list[Line]:
    wanted = set(keys)
    if len(wanted) > MOST_LINES:
        raise Conflict(_("Choose %(number)s things at most.", number=MOST_LINES))
    lines = lines_named(db, learner, strands_for(db, learner), wanted) if wanted else []
    if {line.key for line in lines} != wanted:
        raise NotFound(_("We cannot find that."))
    return [line for line in lines if not line.is_hidden]


def _own_standing_badge(db: Session, learner: User, uuid: UUID) -> AchievementCredential:
    badge = own_badge(db, learner, uuid)
    if badge is None:
        raise NotFound(_("We cannot find that badge."))
    if badge.revoked_at is not None:
        raise Conflict(_("A badge that was taken back cannot be shared."))
    return badge


def _shown(pack: Pack, key: str) -> PackLine:
    line = next((line for line in pack.lines if line.key == key), None)
    if line is None:
        raise Conflict(_("Choose what shows it."))
    return line


def _strength(
    pack: Pack, position: int, words: str, line: Line | PackLine, skill: Skill | None
) -> PackStrength:
    return PackStrength(
        pack_id=pack.id,
        position=position,
        words=words,
        skill=skill,
        kind=line.kind,
        uuid=line.uuid,
    )
