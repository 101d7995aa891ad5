"""The address by which a provider's member says, with one tap, that a listing is still right.

It is signed, and names the listing, the member and when the listing was last confirmed. It opens no
account: all that it can do is to say, once, what that member may say, and only while they may.
"""

import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from flask import current_app
from itsdangerous import BadData, Signer
from itsdangerous.encoding import base64_decode, base64_encode

from accounts.models import User
from opportunities.models import Opportunity

WORKS_FOR = timedelta(days=60)
#: Short, so that it stays on one line of an e-mail: two keys and two instants.
_WRITTEN = struct.Struct(">16s16sqq")
#: Instants are written as numbers, to the precision that the database keeps.
_EPOCH, _UNIT = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)


@dataclass(frozen=True)
class Answer:
    """What an address was made for."""

    opportunity_uuid: UUID
    member_uuid: UUID
    #: When the listing was last confirmed as the address was made.
    checked_at: datetime


def still_right_path(opportunity: Opportunity, member: User, *, now: datetime) -> str:
    """Return the address for one member and one listing, which works for `WORKS_FOR`."""
    told = _WRITTEN.pack(
        opportunity.uuid.bytes,
        member.uuid.bytes,
        (opportunity.checked_at - _EPOCH) // _UNIT,
        (now + WORKS_FOR - _EPOCH) // _UNIT,
    )
    return f"/provide/still-right/{_signer().sign(base64_encode(told)).decode()}"


def answer_of(token: str, *, now: datetime) -> Answer | None:
    """Return what an address was made for; None where it is not ours, or too old."""
    try:
        told = _WRITTEN.unpack(base64_decode(_signer().unsign(token)))
    except (BadData, struct.error):
        return None
    opportunity, member, checked_at, until = told
    if _EPOCH + until * _UNIT <= now:
        return None
    return Answer(UUID(bytes=opportunity), UUID(bytes=member), _EPOCH + checked_at * _UNIT)


def _signer() -> Signer:
    # The salt is the purpose: what is signed for another one is not taken here, nor the reverse.
    return Signer(current_app.secret_key or "", salt="listing still right")
