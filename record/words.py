"""What was said of the lines of a record, by the learner and by adults, and what was kept of them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from accounts.models import User
from evidence.models import EvidencePiece
from evidence.queries import pieces_for
from feedback.models import Feedback
from feedback.queries import feedback_about
from plans.models import Reflection
from plans.queries import reflections_for
from record.models import LineKind
from record.queries import Line


@dataclass(frozen=True)
class Words:
    """What was said of one line. The learner's own, and what they kept, are theirs alone."""

    own: list[Reflection] = field(default_factory=list)
    adults: list[Feedback] = field(default_factory=list)
    pieces: list[EvidencePiece] = field(default_factory=list)


def words_about(db: Session, learner: User, lines: Sequence[Line]) -> Mapping[str, Words]:
    """Return what was said of each of these lines, by their keys; a line of which nothing was said has empty words."""
    ids = {kind: [line.source for line in lines if line.kind is kind] for kind in LineKind}
    of: dict[tuple[LineKind, int | None], str]
    of = {(line.kind, line.source): line.key for line in lines}
    found: dict[str, Words] = defaultdict(Words)
    about = {"bookings": ids[LineKind.CAME], "logged": ids[LineKind.LOGGED]}
    for own in reflections_for(db, learner, badges=ids[LineKind.BADGE], **about):
        found[of[_source(own)]].own.append(own)
    for said in feedback_about(db, learner, credentials=ids[LineKind.BADGE], **about):
        found[of[_source(said)]].adults.append(said)
    _add_pieces(db, learner, ids, of, found)
    return found


def _add_pieces(db: Session, learner: User, ids, of, found: dict[str, Words]) -> None:
    kept = pieces_for(
        db,
        learner,
        bookings=ids[LineKind.CAME],
        logged=ids[LineKind.LOGGED],
        credentials=ids[LineKind.BADGE],
        only_shown=False,
    )
    for kind, pieces in (
        (LineKind.CAME, kept.bookings),
        (LineKind.LOGGED, kept.logged),
        (LineKind.BADGE, kept.credentials),
    ):
        for source, each in pieces.items():
            found[of[kind, source]].pieces.extend(each)


def _source(said: Reflection | Feedback) -> tuple[LineKind, int | None]:
    if said.booking_id:
        return LineKind.CAME, said.booking_id
    if said.logged_activity_id:
        return LineKind.LOGGED, said.logged_activity_id
    return LineKind.BADGE, said.credential_id
