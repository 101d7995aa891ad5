"""How answers are locked: under a key for this purpose alone, each bound to its learner."""

from uuid import UUID

from app import sealing
from equality.answers import Answers, packed, unpacked

_PURPOSE = "tirnod equality answer"


def locked(answers: Answers, *, learner_uuid: UUID, secret: str) -> bytes:
    """Lock a learner's answers for keeping.

    :param secret: the setting `EQUALITY_SECRET`.
    """
    return sealing.seal(packed(answers), secret=secret, purpose=_PURPOSE, owner=str(learner_uuid))


def opened(sealed: bytes, *, learner_uuid: UUID, secret: str) -> Answers:
    """Open what was locked for this learner.

    :raises sealing.Locked: it was altered, is somebody else's, or was locked with another secret.
    """
    owner = str(learner_uuid)
    try:
        return unpacked(sealing.unseal(sealed, secret=secret, purpose=_PURPOSE, owner=owner))
    except ValueError:
        raise sealing.Locked("What opened is no answers.") from None
