"""From rows to the plain facts that `openbadges` writes, with the addresses they are known by."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from urllib.parse import quote, urlsplit

from badges.clr import RecordFacts
from badges.models import (
    Achievement,
    AchievementCredential,
    AchievementKind,
    Endorsement,
    Evidence,
    FrameworkEntry,
    LearnerRecord,
    Strand,
)
from badges.openbadges import (
    AchievementFacts,
    AlignmentFacts,
    CredentialFacts,
    Document,
    EndorsementFacts,
    EvidenceFacts,
    IssuerFacts,
    RelatedFacts,
    ResultDescriptionFacts,
    ResultFacts,
    RubricLevelFacts,
    StatusFacts,
    did_web,
)
from providers.models import Provider

#: What a badge asked for, from hearing of something to leading others in it.
LEVELS = {1: "engage", 2: "participate", 3: "demonstrate", 4: "lead"}
_LANGUAGES = {"en": "en-GB", "cy": "cy"}
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
    return f"{base_url}/achievements/{achievement.slug}/v{achievement.version}"


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
        achievement_type=_type_of(achievement),
        tags=(achievement.strand.value, LEVELS[achievement.level]),
        alignments=tuple(_alignment(entry, base_url) for entry in achievement.alignments),
        version=str(achievement.version),
        language=_LANGUAGES[achievement.language],
        creator=issuer_facts(achievement.issuer, base_url),
        results=_results(achievement, url),
        related=_earlier_versions(achievement, base_url),
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
        evidence=(EvidenceFacts(narrative=credential.evidence), *_shown(credential, base_url)),
        narrative=credential.narrative,
        source=issuer_facts(credential.source, base_url) if credential.source else None,
        results=_results_of(credential, base_url),
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


def framework_entry_url(entry: FrameworkEntry, base_url: str) -> str:
    """Return the address by which a line of a framework is known: its publisher's, or else ours."""
    framework = entry.framework
    ours = f"{base_url}/frameworks/{quote(framework.code)}/{quote(framework.version)}"
    return entry.url or f"{ours}#{quote(entry.code)}"


def evidence_url(evidence: Evidence, base_url: str) -> str:
    return f"{base_url}/evidence/{evidence.uuid}"


def _shown(credential: AchievementCredential, base_url: str) -> tuple[EvidenceFacts, ...]:
    """Return where to read what was shown, while its learner lets it. The badge holds none of it."""
    if credential.shown is None:
        return ()
    url = evidence_url(credential.shown, base_url)
    return (EvidenceFacts(narrative="", name="What was shown for it", url=url, genre="Writing"),)


def _alignment(entry: FrameworkEntry, base_url: str) -> AlignmentFacts:
    return AlignmentFacts(
        name=entry.name,
        url=framework_entry_url(entry, base_url),
        framework=f"{entry.framework.name} ({entry.framework.version})",
        code=entry.code,
        description=entry.description,
    )


def _type_of(achievement: Achievement) -> str:
    """Return the standard's own word for what a badge can say."""
    if achievement.kind is AchievementKind.COMPETENCY:
        return "Competency"
    return "CommunityService" if achievement.strand is Strand.HELP else "CoCurricular"


def _results(achievement: Achievement, url: str) -> tuple[ResultDescriptionFacts, ...]:
    if not achievement.rubric:
        return ()
    levels = tuple(
        RubricLevelFacts(id=f"{url}#seen-{level.position}", name=level.name)
        for level in achievement.rubric_levels
    )
    return (ResultDescriptionFacts(id=f"{url}#seen", name=achievement.rubric, levels=levels),)


def _results_of(credential: AchievementCredential, base_url: str) -> tuple[ResultFacts, ...]:
    if credential.seen is None:
        return ()
    url = achievement_url(credential.achievement, base_url)
    level = f"{url}#seen-{credential.seen.position}"
    return (ResultFacts(description_id=f"{url}#seen", level_id=level),)


def _earlier_versions(achievement: Achievement, base_url: str) -> tuple[RelatedFacts, ...]:
    """Return the version before; that one names the one before it."""
    if achievement.version == 1:
        return ()
    earlier = achievement.version - 1
    url = f"{base_url}/achievements/{achievement.slug}/v{earlier}"
    return (RelatedFacts(id=url, version=str(earlier)),)


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
