"""From rows to the plain facts that `openbadges` writes, with the addresses they are known by."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from badges.models import Achievement, AchievementCredential, Endorsement
from badges.openbadges import (
    AchievementFacts,
    CredentialFacts,
    Document,
    EndorsementFacts,
    EvidenceFacts,
    IssuerFacts,
    StatusFacts,
    did_web,
)
from providers.models import Provider

#: A checker may rely on a list for so long after it was signed.
_STATUS_LIST_LASTS = timedelta(days=7)


def issuer_did(issuer: Provider, base_url: str) -> str:
    return did_web(base_url, "issuers", issuer.slug)


def issuer_facts(issuer: Provider, base_url: str) -> IssuerFacts:
    return IssuerFacts(
        did=issuer_did(issuer, base_url),
        name=issuer.name,
        url=f"{base_url}/issuers/{issuer.slug}",
        description=issuer.description,
    )


def achievement_url(achievement: Achievement, base_url: str) -> str:
    return f"{base_url}/achievements/{achievement.slug}/v1"


def achievement_facts(
    achievement: Achievement, base_url: str, *, endorsements: Iterable[Document] = ()
) -> AchievementFacts:
    """Return what a badge stands for.

    :param endorsements: what others say for it, each signed.
    """
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
        endorsements=tuple(endorsements),
    )


def credential_url(credential: AchievementCredential, base_url: str) -> str:
    return f"{base_url}/credentials/{credential.uuid}"


def credential_facts(
    credential: AchievementCredential, base_url: str, *, endorsements: Iterable[Document] = ()
) -> CredentialFacts:
    """Return what the badge says: of its learner only a random number.

    :param endorsements: what others say for what it stands for, each signed.
    """
    return CredentialFacts(
        id=credential_url(credential, base_url),
        subject_id=credential.recipient.subject_uuid.urn,
        issuer=issuer_facts(credential.issuer, base_url),
        achievement=achievement_facts(credential.achievement, base_url, endorsements=endorsements),
        awarded_at=credential.awarded_at,
        valid_from=credential.issued_at,
        evidence=(EvidenceFacts(narrative=credential.evidence),),
        activity_started=credential.activity_started_at,
        activity_ended=credential.activity_ended_at,
        status=StatusFacts(
            list_url=status_list_url(credential.issuer, base_url), index=credential.status_index
        ),
    )


def endorsement_url(endorsement: Endorsement, base_url: str) -> str:
    return f"{base_url}/endorsements/{endorsement.uuid}"


def endorsed_id(endorsement: Endorsement, base_url: str) -> str:
    """Return the id of what is spoken for: the badge's address, or the organisation's `did:web`."""
    if endorsement.achievement is not None:
        return achievement_url(endorsement.achievement, base_url)
    return issuer_did(endorsement.issuer, base_url)


def endorsement_facts(endorsement: Endorsement, base_url: str) -> EndorsementFacts:
    """Return what one organisation says for another, once both have said yes."""
    assert endorsement.issued_at is not None
    assert endorsement.status_index is not None
    return EndorsementFacts(
        id=endorsement_url(endorsement, base_url),
        name=f"Endorsement of {endorsement.subject_name}",
        endorser=issuer_facts(endorsement.endorser, base_url),
        about_id=endorsed_id(endorsement, base_url),
        comment=endorsement.comment,
        valid_from=endorsement.issued_at,
        status=StatusFacts(
            list_url=status_list_url(endorsement.endorser, base_url),
            index=endorsement.status_index,
        ),
    )


def status_list_url(issuer: Provider, base_url: str) -> str:
    return f"{base_url}/status/revocation/{issuer.id}"


def status_list_valid_from(now: datetime) -> datetime:
    return now.replace(minute=0, second=0, microsecond=0)


def status_list_valid_until(now: datetime) -> datetime:
    return status_list_valid_from(now) + _STATUS_LIST_LASTS
