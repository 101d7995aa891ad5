"""The rules of awarding, on real rows."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from badges import keys
from badges.models import AchievementCredential, IssuerKey
from badges.queries import badge_shown_to, badges_of, own_badge
from badges.resolver import check_document
from badges.service import IssuingHost, award, reinstate, revoke, show_publicly
from badges.signing import ensure_key
from badges.verifier import Outcome, Subject
from tests import factories
from tests.factories import NOW
from tests.signing import signed_document

HOST = IssuingHost("https://tirnod.example", "a secret that only tests know")


def _award(db, achievement, recipient):
    return award(
        db,
        achievement=achievement,
        recipient=recipient,
        evidence="Came to Pottery on 1 June 2026. Confirmed by Pot House.",
        activity_started_at=NOW - timedelta(hours=3),
        activity_ended_at=NOW - timedelta(hours=1),
        now=NOW,
    )


def test_award_gives_a_badge_once(db):
    achievement, learner = factories.achievement(), factories.learner()
    noise = _award(db, factories.achievement(), factories.learner())

    first, second = _award(db, achievement, learner), _award(db, achievement, learner)

    assert first is second
    assert list(badges_of(db, learner)) == [first]
    assert db.scalar(select(func.count(AchievementCredential.id))) == 2
    assert noise.revoked_at is None


def test_a_badge_taken_back_is_not_held_and_can_be_given_again(db):
    achievement, learner = factories.achievement(), factories.learner()
    badge = _award(db, achievement, learner)
    show_publicly(db, credential=badge, is_public=True)

    revoke(db, credential=badge, reason="The mark at the door was undone.", now=NOW)
    assert list(badges_of(db, learner)) == []
    assert badge.is_public is False

    assert _award(db, achievement, learner) is badge
    assert list(badges_of(db, learner)) == [badge]


def test_the_database_refuses_a_second_badge_whatever_the_code_forgets(db):
    badge = _award(db, factories.achievement(), factories.learner())
    twin = AchievementCredential(
        achievement=badge.achievement,
        issuer=badge.issuer,
        recipient=badge.recipient,
        evidence="Again.",
        activity_started_at=NOW,
        activity_ended_at=NOW,
        awarded_at=NOW,
        status_index=badge.status_index + 1 if badge.status_index < 9 else 0,
    )
    db.add(twin)

    with pytest.raises(IntegrityError, match="uq_achievement_credential_achievement_id"):
        db.flush()


def test_a_signed_badge_verifies_names_nobody_and_stays_the_same(db):
    learner = factories.learner(name="Seren-Haf")
    badge = _award(db, factories.achievement(), learner)

    document = signed_document(db, badge, host=HOST)

    assert check_document(db, document, host=HOST, now=NOW).is_valid
    assert signed_document(db, badge, host=HOST) == document
    assert "Seren-Haf" not in str(document)
    assert document["credentialSubject"]["id"] == learner.subject_uuid.urn
    assert document["issuer"]["id"] == f"did:web:tirnod.example:issuers:{badge.issuer.slug}"


def test_a_revoked_badge_fails_on_its_status_and_passes_again_when_reinstated(db):
    badge = _award(db, factories.achievement(), factories.learner())
    document = signed_document(db, badge, host=HOST)

    revoke(db, credential=badge, reason="A mistake.", now=NOW)
    found = check_document(db, document, host=HOST, now=NOW)
    assert found.outcome is Outcome.FAILED
    assert found.check(Subject.STATUS).outcome is Outcome.FAILED
    assert found.check(Subject.SIGNATURE).outcome is Outcome.PASSED

    reinstate(db, credential=badge)
    assert check_document(db, document, host=HOST, now=NOW).is_valid


def test_a_badge_signed_with_a_retired_key_still_verifies(db):
    old = _award(db, factories.achievement(), factories.learner())
    document = signed_document(db, old, host=HOST)
    ensure_key(db, old.issuer, host=HOST).retired_at = NOW
    db.flush()

    new_key = ensure_key(db, old.issuer, host=HOST)

    assert new_key.multikey not in str(document["proof"])
    assert check_document(db, document, host=HOST, now=NOW).is_valid


def test_another_issuers_key_cannot_sign_for_this_one(db):
    badge, other = _award(db, factories.achievement(), factories.learner()), factories.provider()
    document = signed_document(db, badge, host=HOST)
    theirs = ensure_key(db, other, host=HOST)

    method = f"did:web:tirnod.example:issuers:{other.slug}#{theirs.multikey}"
    forged = {**document, "proof": [{**document["proof"][0], "verificationMethod": method}]}

    assert check_document(db, forged, host=HOST, now=NOW).outcome is Outcome.FAILED


def test_a_private_key_rests_encrypted_and_opens_only_with_the_secret(db):
    key = ensure_key(db, factories.provider(), host=HOST)
    sealed = db.scalar(select(IssuerKey.encrypted_private_key).filter_by(id=key.id))

    with pytest.raises(keys.KeyLocked):
        keys.unseal(sealed, secret="another secret of the same length", owner="did:web:x#y")


def test_a_badge_is_shown_to_its_learner_and_to_others_only_when_public(db):
    badge = _award(db, factories.achievement(), factories.learner())
    stranger, learner = factories.learner(), badge.recipient

    assert badge_shown_to(db, learner, badge.uuid) is badge
    assert badge_shown_to(db, stranger, badge.uuid) is None
    assert badge_shown_to(db, None, badge.uuid) is None
    assert own_badge(db, stranger, badge.uuid) is None

    show_publicly(db, credential=badge, is_public=True)
    assert badge_shown_to(db, None, badge.uuid) is badge
