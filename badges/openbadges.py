"""Open Badges 3.0 on the wire: the only file that knows its JSON.

Plain facts go in, documents come out, unsigned; `proof.sign` signs them. The shapes are 1EdTech's
(Open Badges 3.0, contexts of 3.0.3) and W3C's (Verifiable Credentials 2.0, DID 1.0, Bitstring
Status List 1.0). Sets are always arrays and empty values are left out, as they ask.
"""

import gzip
import json
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlsplit

from badges.guards import CREDENTIALS_V2, OPEN_BADGES_3, without_unreadable_characters
from badges.proof import instant

MEDIA_TYPE = "application/vc+ld+json"
#: The least that the standard allows, so that nobody can tell from its length whom a list names.
STATUS_LIST_LENGTH = 131_072

# DID 1.0 stands first: Digital Bazaar's library then reads the entries as they are.
_DID_CONTEXTS = ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"]
_JWK_CONTEXT = "https://w3id.org/security/jwk/v1"

Document = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class IssuerFacts:
    """Who issues: a provider, as a `Profile`."""

    #: `did:web:…`, from `did_web`.
    did: str
    name: str
    url: str = ""
    description: str = ""
    email: str = ""
    image_url: str = ""


@dataclass(frozen=True, kw_only=True)
class AlignmentFacts:
    """What an achievement corresponds to in somebody's framework."""

    name: str
    url: str
    framework: str = ""
    code: str = ""
    description: str = ""
    #: A type of the standard's list (`CFItem`, …) or `ext:…`.
    kind: str = ""


@dataclass(frozen=True, kw_only=True)
class RubricLevelFacts:
    """One step that a rubric tells apart, in words."""

    #: Its own address, a fragment of the achievement's.
    id: str
    name: str
    description: str = ""


@dataclass(frozen=True, kw_only=True)
class ResultDescriptionFacts:
    """What a badge can say of how something was done: which words there are to choose from."""

    #: Its own address, a fragment of the achievement's.
    id: str
    name: str
    #: `RubricCriterionLevel`, another type of the standard's list, or `ext:…`.
    kind: str = "RubricCriterionLevel"
    levels: tuple[RubricLevelFacts, ...] = ()
    #: The address of the level that earns the badge, if one is asked for.
    required_level: str = ""


@dataclass(frozen=True, kw_only=True)
class ResultFacts:
    """What was found in one learner's case: a level of a rubric, or a value such as hours."""

    #: The address of a `ResultDescriptionFacts` of the same achievement.
    description_id: str
    level_id: str = ""
    value: str = ""
    alignments: tuple[AlignmentFacts, ...] = ()


@dataclass(frozen=True, kw_only=True)
class RelatedFacts:
    """An earlier version of an achievement, or the same in another language."""

    id: str
    version: str = ""
    language: str = ""


@dataclass(frozen=True, kw_only=True)
class AchievementFacts:
    """What a badge stands for."""

    #: The https address of this version, `…/achievements/<slug>/v<n>`.
    id: str
    name: str
    description: str
    #: What someone has to do to earn it, in words a learner understands.
    criteria: str
    #: A type of the standard's list (`Badge`, `CommunityService`, …) or `ext:…`.
    achievement_type: str = "Badge"
    image_url: str = ""
    image_caption: str = ""
    tags: tuple[str, ...] = ()
    alignments: tuple[AlignmentFacts, ...] = ()
    version: str = ""
    #: `en-GB` or `cy`.
    language: str = ""
    #: Who defined it; left out, it is whoever issues the badge.
    creator: IssuerFacts | None = None
    results: tuple[ResultDescriptionFacts, ...] = ()
    related: tuple[RelatedFacts, ...] = ()
    #: Signed `EndorsementCredential`s about this version, each with its own proof.
    endorsements: tuple[Document, ...] = ()


@dataclass(frozen=True, kw_only=True)
class EvidenceFacts:
    """Why a badge was awarded, for whoever checks it."""

    narrative: str
    name: str = ""
    url: str = ""
    genre: str = ""
    description: str = ""


@dataclass(frozen=True, kw_only=True)
class StatusFacts:
    """Where it is said whether a badge was taken back."""

    list_url: str
    #: The badge's own bit, below `STATUS_LIST_LENGTH`.
    index: int


@dataclass(frozen=True, kw_only=True)
class CredentialFacts:
    """One learner's badge. It names no learner: `subject_id` is a random number, made once."""

    #: The https address of the badge, `…/credentials/<uuid>`.
    id: str
    subject_id: str
    issuer: IssuerFacts
    achievement: AchievementFacts
    awarded_at: datetime
    #: When this edition was issued; a correction keeps `id` and `awarded_at` and raises this.
    valid_from: datetime
    valid_until: datetime | None = None
    evidence: tuple[EvidenceFacts, ...] = ()
    activity_started: datetime | None = None
    activity_ended: datetime | None = None
    #: What the one who assessed it saw, in words.
    narrative: str = ""
    results: tuple[ResultFacts, ...] = ()
    #: On whose word it was awarded, where that is another organisation than the issuer.
    source: IssuerFacts | None = None
    status: StatusFacts | None = None


@dataclass(frozen=True, kw_only=True)
class EndorsementFacts:
    """What one organisation says for an achievement, or for another organisation."""

    #: The https address of the endorsement.
    id: str
    name: str
    endorser: IssuerFacts
    #: The address of what is endorsed.
    about_id: str
    comment: str
    valid_from: datetime
    valid_until: datetime | None = None
    status: StatusFacts | None = None


def open_badge(facts: CredentialFacts) -> Document:
    """Return a badge as an unsigned `OpenBadgeCredential`.

    Characters that no badge may carry are left out of its texts, so that a stray one, pasted
    into a form, does not stop an award.
    """
    return _tidy(
        {
            "@context": [CREDENTIALS_V2, OPEN_BADGES_3],
            "id": facts.id,
            "type": ["VerifiableCredential", "OpenBadgeCredential"],
            "name": facts.achievement.name,
            "description": facts.achievement.description,
            "image": _image(facts.achievement.image_url, facts.achievement.image_caption),
            "issuer": _profile(facts.issuer),
            "validFrom": facts.valid_from,
            "validUntil": facts.valid_until,
            "awardedDate": facts.awarded_at,
            "credentialSubject": _subject(facts),
            "evidence": [_evidence(evidence) for evidence in facts.evidence],
            "credentialStatus": facts.status and _status(facts.status),
        }
    )


def endorsement(facts: EndorsementFacts) -> Document:
    """Return an endorsement as an unsigned `EndorsementCredential`, with the badges' contexts."""
    return _tidy(
        {
            "@context": [CREDENTIALS_V2, OPEN_BADGES_3],
            "id": facts.id,
            "type": ["VerifiableCredential", "EndorsementCredential"],
            "name": facts.name,
            "issuer": _profile(facts.endorser),
            "validFrom": facts.valid_from,
            "validUntil": facts.valid_until,
            "credentialSubject": {
                "id": facts.about_id,
                "type": ["EndorsementSubject"],
                "endorsementComment": facts.comment,
            },
            "credentialStatus": facts.status and _status(facts.status),
        }
    )


def achievement(facts: AchievementFacts) -> Document:
    """Return an `Achievement`, as it stands inside a badge and at its own address."""
    return _tidy(
        {
            "id": facts.id,
            "type": ["Achievement"],
            "achievementType": facts.achievement_type,
            "name": facts.name,
            "description": facts.description,
            "criteria": {"narrative": facts.criteria},
            "image": _image(facts.image_url, facts.image_caption),
            "tag": list(facts.tags),
            "alignment": [_alignment(alignment) for alignment in facts.alignments],
            "resultDescription": [_result_description(result) for result in facts.results],
            "related": [_related(related) for related in facts.related],
            "version": facts.version,
            "inLanguage": facts.language,
            "creator": facts.creator and _profile(facts.creator),
            "endorsement": list(facts.endorsements),
        }
    )


def issuer_profile(facts: IssuerFacts) -> Document:
    """Return an issuer's `Profile`, as it stands at its own address."""
    return _tidy({"@context": [CREDENTIALS_V2, OPEN_BADGES_3], **_profile(facts)})


def did_web(base_url: str, *path: str) -> str:
    """Return the `did:web` of an address: `did_web("https://a.org:8443", "issuers", "x")` is
    `did:web:a.org%3A8443:issuers:x`."""
    host = urlsplit(base_url).netloc.lower()
    return ":".join(["did:web", *(quote(part, safe="") for part in (host, *path))])


def verification_method(did: str, multikey: str) -> str:
    """Return the address of one key in an issuer's DID document."""
    return f"{did}#{multikey}"


def did_document(
    did: str,
    multikeys: Iterable[str],
    *,
    also_known_as: Iterable[str] = (),
    jwks: Mapping[str, Mapping[str, Any]] | None = None,
) -> Document:
    """Return the `did.json` that says which keys an issuer signs with.

    :param multikeys: newest first. A key that was replaced stays listed, so that what it signed
        still verifies; a key that was stolen is left out.
    :param jwks: the keys that sign tokens, by their fragment (`rsa-2026`).
    """
    methods = [_method(did, multikey) for multikey in multikeys]
    methods += [_jwk_method(did, name, jwk) for name, jwk in (jwks or {}).items()]
    return _tidy(
        {
            "@context": [*_DID_CONTEXTS, *([_JWK_CONTEXT] if jwks else [])],
            "id": did,
            "verificationMethod": methods,
            # 1EdTech's validator takes plain strings only.
            "assertionMethod": [method["id"] for method in methods],
            "alsoKnownAs": list(also_known_as),
        }
    )


def status_list_credential(
    *,
    url: str,
    issuer_did: str,
    revoked: Iterable[int],
    valid_from: datetime,
    valid_until: datetime,
) -> Document:
    """Return an unsigned `BitstringStatusListCredential` that says which badges were taken back.

    It carries bits and no reasons: the badge's own page tells the reason.
    """
    return _tidy(
        {
            "@context": [CREDENTIALS_V2],
            "id": url,
            "type": ["VerifiableCredential", "BitstringStatusListCredential"],
            "issuer": issuer_did,
            "validFrom": valid_from,
            "validUntil": valid_until,
            "credentialSubject": {
                "id": f"{url}#list",
                "type": "BitstringStatusList",
                "statusPurpose": "revocation",
                "encodedList": _encoded_list(revoked),
            },
        }
    )


def as_bytes(document: Mapping[str, Any]) -> bytes:
    """Return a document as it is served, downloaded and baked: UTF-8, with accents as they are."""
    return json.dumps(document, ensure_ascii=False, indent=2).encode()


def _subject(facts: CredentialFacts) -> Document:
    return {
        "id": facts.subject_id,
        "type": ["AchievementSubject"],
        "achievement": achievement(facts.achievement),
        "activityStartDate": facts.activity_started,
        "activityEndDate": facts.activity_ended,
        "narrative": facts.narrative,
        "result": [_result(result) for result in facts.results],
        "source": facts.source and _profile(facts.source),
    }


def _profile(facts: IssuerFacts) -> Document:
    return {
        "id": facts.did,
        "type": ["Profile"],
        "name": facts.name,
        "url": facts.url,
        "email": facts.email,
        "description": facts.description,
        "image": _image(facts.image_url),
    }


def _image(url: str, caption: str = "") -> Document | None:
    return {"id": url, "type": "Image", "caption": caption} if url else None


def _alignment(facts: AlignmentFacts) -> Document:
    return {
        "type": ["Alignment"],
        "targetName": facts.name,
        "targetUrl": facts.url,
        "targetFramework": facts.framework,
        "targetCode": facts.code,
        "targetDescription": facts.description,
        "targetType": facts.kind,
    }


def _result_description(facts: ResultDescriptionFacts) -> Document:
    return {
        "id": facts.id,
        "type": ["ResultDescription"],
        "name": facts.name,
        "resultType": facts.kind,
        "requiredLevel": facts.required_level,
        "rubricCriterionLevel": [_rubric_level(level) for level in facts.levels],
    }


def _rubric_level(facts: RubricLevelFacts) -> Document:
    return {
        "id": facts.id,
        "type": ["RubricCriterionLevel"],
        "name": facts.name,
        "description": facts.description,
    }


def _result(facts: ResultFacts) -> Document:
    return {
        "type": ["Result"],
        "resultDescription": facts.description_id,
        "achievedLevel": facts.level_id,
        "value": facts.value,
        "alignment": [_alignment(alignment) for alignment in facts.alignments],
    }


def _related(facts: RelatedFacts) -> Document:
    return {
        "id": facts.id,
        "type": ["Related"],
        "version": facts.version,
        "inLanguage": facts.language,
    }


def _evidence(facts: EvidenceFacts) -> Document:
    return {
        "id": facts.url,
        "type": ["Evidence"],
        "name": facts.name,
        "narrative": facts.narrative,
        "genre": facts.genre,
        "description": facts.description,
    }


def _status(facts: StatusFacts) -> Document:
    _require_index(facts.index)
    return {
        "id": f"{facts.list_url}#{facts.index}",
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": str(facts.index),
        "statusListCredential": facts.list_url,
    }


def _method(did: str, multikey: str) -> Document:
    return {
        "id": verification_method(did, multikey),
        "type": "Multikey",
        "controller": did,
        "publicKeyMultibase": multikey,
    }


def _jwk_method(did: str, name: str, jwk: Mapping[str, Any]) -> Document:
    return {
        "id": verification_method(did, name),
        "type": "JsonWebKey",
        "controller": did,
        "publicKeyJwk": dict(jwk),
    }


def _encoded_list(revoked: Iterable[int]) -> str:
    bits = bytearray(STATUS_LIST_LENGTH // 8)
    for index in revoked:
        _require_index(index)
        bits[index // 8] |= 0x80 >> index % 8  # the first badge is the leftmost bit
    # No time inside: the same list gives the same text.
    packed = urlsafe_b64encode(gzip.compress(bytes(bits), mtime=0))
    return "u" + packed.decode().rstrip("=")


def _require_index(index: int) -> None:
    if not 0 <= index < STATUS_LIST_LENGTH:
        raise ValueError(f"A status list has no entry {index}.")


def _tidy(value: Any) -> Any:
    """Write times and texts as the wire wants them, and leave out what is empty."""
    match value:
        case Mapping():
            tidied = {name: _tidy(part) for name, part in value.items()}
            return {name: part for name, part in tidied.items() if not _is_empty(part)}
        case list():
            return [_tidy(part) for part in value]
        case datetime():
            return instant(value)
        case str():
            return without_unreadable_characters(value)
        case _:
            return value


def _is_empty(value: Any) -> bool:
    return value is None or value in ("", [], {})
