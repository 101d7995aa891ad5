"""The rules of what learners show: theirs to make, to change, to try again, and to delete for good."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from accounts.models import User
from app.addresses import https_page
from app.clock import LONDON
from app.db import lock
from app.errors import Conflict, NotFound
from app.jobs import defer, defer_in_turn
from badges.models import AchievementCredential, Skill
from evidence.models import FILE_KINDS, SPOKEN_KINDS, EvidencePiece, Kind, State, Upload
from evidence.queries import hello_of, later_try, own_piece
from evidence.uploads import (
    LARGEST_AT_ONCE_BYTES,
    LARGEST_BYTES,
    LASTS,
    MB,
    is_whole,
    write_down,
)
from logbook.models import LoggedActivity
from participation.locks import hold_learner
from participation.models import Booking

#: What a piece may belong with.
BelongsWith = Booking | LoggedActivity | AchievementCredential
#: The largest file of each kind, in bytes.
LARGEST_OF_KIND = {
    Kind.PHOTO: LARGEST_AT_ONCE_BYTES,
    Kind.FILE: LARGEST_AT_ONCE_BYTES,
    Kind.AUDIO: 50 * MB,
    Kind.VIDEO: LARGEST_BYTES,
}
#: More than so long ago was another life.
_OLDEST = timedelta(days=20 * 365)


@dataclass(frozen=True, kw_only=True)
class About:
    """What a learner says of something they show, whatever it is."""

    title: str
    happened_on: date
    words: str = ""
    alt_text: str = ""
    transcript: str = ""
    #: Who saw or said it.
    source: str = ""
    skills: Sequence[Skill] = ()
    belongs_with: BelongsWith | None = None
    #: For the learner alone.
    is_try: bool = False


def add_words(
    db: Session,
    *,
    learner: User,
    about: About,
    now: datetime,
    follows: EvidencePiece | None = None,
) -> EvidencePiece:
    """Keep what a learner shows in words. Flushes.

    :param follows: the try before, which this one stands for from now on.
    :raises Conflict: there are no words, the day is still to come, or that try is followed already.
    :raises NotFound: what it belongs with, or follows, is somebody else's.
    """
    if not about.words:
        raise Conflict(_("Write some words."))
    return _add(db, learner, Kind.WORDS, about, follows, now)


def add_link(
    db: Session,
    *,
    learner: User,
    link: str,
    about: About,
    now: datetime,
    follows: EvidencePiece | None = None,
) -> EvidencePiece:
    """Keep the address of a page that shows it. Nobody here ever opens it. Flushes.

    Raises as `add_words` does, and:

    :raises Conflict: it is no https address of a page with a name.
    """
    return _add(db, learner, Kind.LINK, about, follows, now, link=checked_link(link))


def add_observation(
    db: Session,
    *,
    learner: User,
    about: About,
    now: datetime,
    follows: EvidencePiece | None = None,
) -> EvidencePiece:
    """Keep what somebody saw the learner do, as the learner passes it on. Raises as `add_words` does."""
    if not about.words:
        raise Conflict(_("Write what they saw."))
    return _add(db, learner, Kind.OBSERVATION, about, follows, now)


def add_result(
    db: Session,
    *,
    learner: User,
    about: About,
    now: datetime,
    follows: EvidencePiece | None = None,
) -> EvidencePiece:
    """Keep what somebody elsewhere gave or said. Flushes. Raises as `add_words` does."""
    return _add(db, learner, Kind.RESULT, about, follows, now)


def add_file(
    db: Session,
    *,
    learner: User,
    kind: Kind,
    upload: Upload,
    about: About,
    now: datetime,
    follows: EvidencePiece | None = None,
) -> EvidencePiece:
    """Take a file that has come, and have a worker make it anew. Flushes. Raises as `add_words` does, and:

    :raises Conflict: the file has not come to its end, is another piece already, or is too large.
    """
    if kind not in FILE_KINDS:
        raise ValueError(f"{kind} is no file")
    held = lock(db, Upload, upload.id)
    if held is None or held.learner_id != learner.id:
        raise NotFound(_("We cannot find that file. Choose it again."))
    if held.closed_at is not None or held.expires_at <= now:
        raise Conflict(_("That file was used already. Choose it again."))
    if held.length > LARGEST_OF_KIND[kind]:
        raise Conflict(
            _(
                "That file is too big. %(number)s MB is the most.",
                number=LARGEST_OF_KIND[kind] // MB,
            )
        )
    if not is_whole(held):
        raise Conflict(_("That file is not all here yet. Choose it again to go on."))
    piece = _add(db, learner, kind, about, follows, now, state=State.WAITING)
    held.piece, held.closed_at = piece, now
    db.flush()
    begin_remaking(db, piece)
    return piece


def bring_piece(
    db: Session,
    *,
    learner: User,
    uuid: UUID,
    kind: Kind,
    about: About,
    now: datetime,
    link: str = "",
    content: Iterable[bytes] | None = None,
    follows: EvidencePiece | None = None,
) -> EvidencePiece:
    """Keep what a learner showed at another site and brought along; a file is made anew. Flushes.

    :param uuid: made by the caller of where it comes from.
    :param content: the bytes of a file, where it is one.
    :raises Conflict: as `add_words` does, or there is no file where there should be one.
    """
    if (content is None) is (kind in FILE_KINDS):
        raise Conflict(_("That file is not there."))
    state = State.READY if content is None else State.WAITING
    checked = checked_link(link) if kind is Kind.LINK else ""
    piece = _add(db, learner, kind, about, follows, now, link=checked, state=state, uuid=uuid)
    if content is not None:
        upload = Upload(
            uuid=uuid4(),
            learner=learner,
            length=1,
            mark="",
            started_at=now,
            expires_at=now + LASTS,
            closed_at=now,
            piece=piece,
        )
        upload.length = write_down(upload, content)
        db.add(upload)
        db.flush()
        begin_remaking(db, piece)
    return piece


def begin_remaking(db: Session, piece: EvidencePiece) -> None:
    """Have a worker make a file anew, when its turn comes: one film and one other file at a time."""
    name = "evidence.remake_film" if piece.kind is Kind.VIDEO else "evidence.remake"
    defer_in_turn(db, name, piece_id=piece.id)


def change_piece(
    db: Session, *, learner: User, uuid: UUID, about: About, now: datetime
) -> EvidencePiece:
    """Say something else of a piece. What it shows stays. Flushes.

    :raises NotFound: the learner has no such piece, or what it is to belong with is somebody else's.
    :raises Conflict: the day is still to come, or words are missing where they are all there is.
    """
    piece = _own(db, learner, uuid)
    _refuse_strange(learner, about, now)
    if piece.kind in (Kind.WORDS, Kind.OBSERVATION) and not about.words:
        raise Conflict(_("Write some words."))
    _say(piece, about)
    db.flush()
    return piece


def let_see(db: Session, *, learner: User, uuid: UUID, is_shared: bool) -> None:
    """Let the adults who may see a learner's evidence see this piece, or no more. Flushes.

    :raises NotFound: the learner has no such piece.
    :raises Conflict: it is a try that they keep for themselves.
    """
    piece = _own(db, learner, uuid)
    if is_shared and piece.is_try:
        raise Conflict(_("You keep this try for yourself."))
    piece.is_shared = is_shared
    db.flush()


def say_hello(db: Session, *, learner: User, uuid: UUID) -> None:
    """Let a piece stand at the top of the learner's own profile, in place of any other. Flushes.

    Nobody sees it who would not see it without this.

    :raises NotFound: the learner has no such piece.
    :raises Conflict: nothing is said in it, or it is not ready.
    """
    hold_learner(db, learner)
    piece = _own(db, learner, uuid)
    if piece.kind not in SPOKEN_KINDS or piece.state is not State.READY:
        raise Conflict(_("Choose sound or a film that is ready."))
    _take_off(db, hello_of(db, learner))
    piece.is_hello = True
    db.flush()


def take_hello_off(db: Session, *, learner: User, uuid: UUID) -> None:
    """Let a piece stand at the top of the profile no more; it stays. Twice is harmless. Flushes.

    :raises NotFound: the learner has no such piece.
    """
    hold_learner(db, learner)
    _take_off(db, _own(db, learner, uuid))


def delete_piece(db: Session, *, learner: User, uuid: UUID) -> None:
    """Delete a piece for good, and its files with it. Twice is harmless. Flushes."""
    piece = own_piece(db, learner, uuid)
    if piece is None:
        return
    # In the transaction of what causes it: a crash leaves no file behind that nobody deletes.
    defer(db, "evidence.forget", piece_uuid=str(piece.uuid))
    # The one after it now follows the one before it.
    later, earlier_id = later_try(db, piece), piece.follows_id
    piece.follows_id = None
    db.flush()
    if later is not None:
        later.follows_id = earlier_id
    db.delete(piece)
    db.flush()


def checked_link(link: str) -> str:
    """Return an address as it is kept.

    :raises Conflict: it is no https address of a page with a name.
    """
    address = https_page(link)
    if not address:
        raise Conflict(_("Copy the whole address of the page. It begins with https://"))
    return address


def _add(
    db: Session,
    learner: User,
    kind: Kind,
    about: About,
    follows: EvidencePiece | None,
    now: datetime,
    *,
    link: str = "",
    state: State = State.READY,
    uuid: UUID | None = None,
) -> EvidencePiece:
    _refuse_strange(learner, about, now)
    if follows is not None:
        _refuse_to_follow(db, learner, follows)
    piece = EvidencePiece(
        uuid=uuid or uuid4(),
        learner=learner,
        kind=kind,
        link=link,
        state=state,
        made_at=now,
        follows_id=follows.id if follows else None,
        renditions=[],
    )
    _say(piece, about)
    db.add(piece)
    db.flush()
    return piece


def _say(piece: EvidencePiece, about: About) -> None:
    piece.title, piece.words, piece.source = about.title, about.words, about.source
    piece.alt_text, piece.transcript = about.alt_text, about.transcript
    piece.happened_on, piece.is_try = about.happened_on, about.is_try
    piece.skills = [skill for skill in Skill if skill in about.skills]
    with_ = about.belongs_with
    piece.booking = with_ if isinstance(with_, Booking) else None
    piece.logged_activity = with_ if isinstance(with_, LoggedActivity) else None
    piece.credential = with_ if isinstance(with_, AchievementCredential) else None


def _refuse_strange(learner: User, about: About, now: datetime) -> None:
    today = now.astimezone(LONDON).date()
    if about.happened_on > today:
        raise Conflict(_("That day is still to come."))
    if about.happened_on < today - _OLDEST:
        raise Conflict(_("That is too long ago."))
    if about.belongs_with is not None and _whose(about.belongs_with) != learner.id:
        raise NotFound(_("We cannot find that."))


def _whose(thing: BelongsWith) -> int:
    return thing.recipient_id if isinstance(thing, AchievementCredential) else thing.learner_id


def _refuse_to_follow(db: Session, learner: User, earlier: EvidencePiece) -> None:
    held = lock(db, EvidencePiece, earlier.id)
    if held is None or held.learner_id != learner.id:
        raise NotFound(_("We cannot find that."))
    if later_try(db, held) is not None:
        raise Conflict(_("You tried this again already. Go on from the newest try."))


def _take_off(db: Session, piece: EvidencePiece | None) -> None:
    if piece is not None:
        piece.is_hello = False
        db.flush()


def _own(db: Session, learner: User, uuid: UUID) -> EvidencePiece:
    piece = own_piece(db, learner, uuid)
    if piece is None:
        raise NotFound(_("We cannot find that."))
    return piece
