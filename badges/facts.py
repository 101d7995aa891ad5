"""From rows to the plain facts that `openbadges` writes, with the addresses they are known by."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from badges.clr import RecordFacts
from badges.models import Achievement, AchievementCredential, LearnerRecord
from badges.openbadges import (
    AchievementFacts,
    CredentialFacts,
    Document,
    EvidenceFacts,
    IssuerFacts,
    StatusFacts,
    did_web,
)
from providers.models import Provider

#: In both languages: whoever reads it may speak either, and a signature is over one text.
RECORD_NAME = "A record of badges / Cofnod o fathodynnau"
#: A checker may rely on a list for so long after it was signed.
_STATUS_LIST_LASTS = timedelta(days=7)


def issuer_did(issuer: Provider | None, base_url: str) -> str:
    """Return an issuer's `did:web`; of nobody in particular, the host's own."""
    return did_web(base_url, "issuers", issuer.slug) if issuer else did_web(base_url)


def host_facts(base_url: str) -> IssuerFacts:
    """Return who puts records together: the host, by its name."""
    return IssuerFacts(
        did=issuer_did(None, base_url), name=urlsplit(base_url).hostname or "", url=base_url
    )


def issuer_facts(issuer: Provider, base_url: str) -> IssuerFacts:
    return IssuerFacts(
        did=issuer_did(issuer, base_url),
        name=issuer.name,
        url=f"{base_url}/issuers/{issuer.slug}",
        description=issuer.description,
    )


def achievement_url(achievement: Achievement, base_url: str) -> str:
    return f"{base_url}/achievements/{achievement.slug}/v1"


def achievement_facts(achievement: Achievement, base_url: str) -> AchievementFacts:
    url = achievement_url(achievement, base_url)
    return AchievementFacts(
        id=url,
        name=achievement.name,
        description=achievement.description,
        criteria=achievement.criteria,
        image_url=f"{url}/image.png",
        image_caption=achievement.name,
        tags=(achievement.strand.value,),
        version="1",
    )


def credential_url(credential: AchievementCredential, base_url: str) -> str:
    return f"{base_url}/credentials/{credential.uuid}"


def credential_facts(credential: AchievementCredential, base_url: str) -> CredentialFacts:
    """Return what the badge says: of its learner only a random number."""
    return CredentialFacts(
        id=credential_url(credential, base_url),
        subject_id=credential.recipient.subject_uuid.urn,
        issuer=issuer_facts(credential.issuer, base_url),
        achievement=achievement_facts(credential.achievement, base_url),
        awarded_at=credential.awarded_at,
        valid_from=credential.issued_at,
        evidence=(EvidenceFacts(narrative=credential.evidence),),
        activity_started=credential.activity_started_at,
        activity_ended=credential.activity_ended_at,
        status=StatusFacts(
            list_url=status_list_url(credential.issuer, base_url), index=credential.status_index
        ),
    )


def record_facts(
    record: LearnerRecord, badges: Sequence[Document], base_url: str, *, is_partial: bool
) -> RecordFacts:
    """Return what a record says, in the edition of its `issued_at`."""
    return RecordFacts(
        id=f"{base_url}/records/{record.uuid}",
        name=RECORD_NAME,
        subject_id=record.learner.subject_uuid.urn,
        issuer=host_facts(base_url),
        valid_from=record.issued_at or record.created_at,
        badges=tuple(badges),
        is_partial=is_partial,
    )


def status_list_url(issuer: Provider, base_url: str) -> str:
    return f"{base_url}/status/revocation/{issuer.id}"


def status_list_valid_from(now: datetime) -> datetime:
    return now.replace(minute=0, second=0, microsecond=0)


def status_list_valid_until(now: datetime) -> datetime:
    return status_list_valid_from(now) + _STATUS_LIST_LASTS
