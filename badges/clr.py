"""Comprehensive Learner Record 2.0 on the wire: a learner's signed badges, whole, in one document.

Plain facts go in, a document comes out, unsigned; `proof.sign` signs it. The shape is 1EdTech's. It
is only ever signed with a proof inside: their own inspector reads no record that is a token.
"""

from dataclasses import dataclass
from datetime import datetime

from badges.guards import CREDENTIALS_V2, OPEN_BADGES_3, RECORDS_2
from badges.openbadges import Document, IssuerFacts, issuer_profile
from badges.proof import instant


@dataclass(frozen=True, kw_only=True)
class RecordFacts:
    """What a learner's record says, and who puts it together. It names no learner."""

    #: The https address of the record, `…/records/<uuid>`.
    id: str
    name: str
    #: The learner's random number, the same as in the badges.
    subject_id: str
    issuer: IssuerFacts
    #: When this edition was put together; one that holds other badges is newer.
    valid_from: datetime
    #: Signed badges, each with its own proof.
    badges: tuple[Document, ...]
    #: Whether the learner holds more than fits in.
    is_partial: bool = False


def learner_record(facts: RecordFacts) -> Document:
    """Return a record as an unsigned `ClrCredential`. The badges stand in it exactly as they were signed."""
    issuer = issuer_profile(facts.issuer)
    del issuer["@context"]
    return {
        "@context": [CREDENTIALS_V2, RECORDS_2, OPEN_BADGES_3],
        "id": facts.id,
        "type": ["VerifiableCredential", "ClrCredential"],
        "name": facts.name,
        "issuer": issuer,
        "validFrom": instant(facts.valid_from),
        **({"partial": True} if facts.is_partial else {}),
        "credentialSubject": {
            "id": facts.subject_id,
            "type": ["ClrSubject"],
            "verifiableCredential": list(facts.badges),
        },
    }
