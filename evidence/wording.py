"""What the choices of this room are called, and why a file is refused, in words that help."""

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from app.wording import name_all
from evidence.models import EvidencePiece, Kind, State
from evidence.remaking.findings import Reason

name_all(
    {
        Kind.WORDS: _l("Words"),
        Kind.PHOTO: _l("A photo"),
        Kind.AUDIO: _l("A recording"),
        Kind.VIDEO: _l("A film"),
        Kind.LINK: _l("A link"),
        Kind.FILE: _l("A file"),
        Kind.OBSERVATION: _l("What somebody saw"),
        Kind.RESULT: _l("Something I was given elsewhere"),
    }
)
#: What each is for, where one chooses.
HINTS: dict[Kind, LazyString] = {
    Kind.WORDS: _l("Tell it in your own words."),
    Kind.PHOTO: _l("Of what you made or did."),
    Kind.AUDIO: _l("Say it, sing it or play it."),
    Kind.VIDEO: _l("Up to three minutes."),
    Kind.LINK: _l("A page that shows it."),
    Kind.FILE: _l("A PDF or plain text."),
    Kind.OBSERVATION: _l("Write down what they said."),
    Kind.RESULT: _l("A certificate, a prize, a place in a team."),
}
#: Whole sentences: one tap is enough.
STEMS: dict[str, LazyString] = {
    "made": _l("I made this."),
    "proud": _l("I was proud of this."),
    "hard": _l("This was hard, and I kept going."),
    "changed": _l("I changed how I did it."),
    "helped": _l("I helped somebody."),
}
_REASONS: dict[Reason, LazyString] = {
    Reason.OTHER_KIND: _l("That file is of another kind. Choose what it is, and send it again."),
    Reason.BROKEN: _l(
        "We could not read that file to its end. Save it again, and send it once more."
    ),
    Reason.TOO_LARGE: _l("There is too much in that file. Make it smaller, and send it again."),
    Reason.TOO_LONG: _l("It is too long. Cut it on your phone, and send the best part."),
    Reason.TOO_MUCH: _l("That file is too much for us. Make it smaller, and send it again."),
    Reason.LOCKED: _l(
        "That file opens with a password only. Save it without one, and send it again."
    ),
    Reason.NO_ROOM: _l("You have no room left. Delete something that you do not need any more."),
    Reason.FAILED: _l("We could not finish with that file. It was not your fault. Send it again."),
}
_UNKNOWN: dict[Kind, LazyString] = {
    Kind.PHOTO: _l(
        "We take photos as JPEG, PNG, WebP or GIF. Save it as one of these, and send it."
    ),
    Kind.AUDIO: _l("We cannot read this recording. Save it as MP3 or M4A, and send it again."),
    Kind.VIDEO: _l("We cannot read this film. Save it as MP4, and send it again."),
    Kind.FILE: _l("We take PDF and plain text. Save it as a PDF, and send it again."),
}


def why_refused(piece: EvidencePiece) -> LazyString:
    """Return why a file was refused, and what helps."""
    unknown = piece.reason in (None, Reason.UNKNOWN)
    return _UNKNOWN[piece.kind] if unknown else _REASONS[piece.reason]


def state_words(piece: EvidencePiece) -> LazyString | None:
    """Return what is to be said of how it stands with a piece, if anything is."""
    return {
        State.WAITING: _l("Being worked on"),
        State.REFUSED: _l("Not taken"),
        State.READY: _l("A try, for you alone") if piece.is_try else None,
    }[piece.state]
