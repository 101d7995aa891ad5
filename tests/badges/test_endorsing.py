"""Organisations speak for the badges of others: who may, when it is shown, and what is left of it."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from accounts.models import Role
from app import clock
from app.errors import Conflict, NotAllowed, NotFound
from badges import endorsing, facts, jobs
from badges.custody import withdraw_key
from badges.endorsement_queries import (
    MOST_SHOWN,
    board_of,
    endorsement_shown,
    organisations_to_ask,
    shown_for_badge,
    shown_for_organisation,
)
from badges.findings import Finding
from badges.log import digest_of, line_about
from badges.models import (
    AchievementCredential,
    Endorsement,
    EndorsementEnd,
    SignaturePurpose,
    StatusPlace,
)
from badges.queries import current_key_of, revoked_indexes_of
from badges.resolver import check_document, check_endorsement
from badges.service import award
from badges.signing import signed_endorsement, signed_status_list, signing_host
from badges.verifier import Outcome, Subject
from notices.models import Notice
from providers.models import (
    Decision,
    DecisionKind,
    MemberRole,
    Provider,
    ProviderKind,
    ProviderMember,
    ProviderStatus,
)
from tests import factories
from tests.factories import NOW
from tests.signing import signed_document

WORDS = "We count this badge when we choose apprentices."
LATER = NOW + timedelta(days=2)


@pytest.fixture
def host(app, db, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: LATER)
    monkeypatch.setattr(clock, "of_database", lambda _db: clock.now())
    with app.test_request_context():
        yield signing_host()


@pytest.fixture
def city(db):
    return factories.city()


@pytest.fixture
def works(city):
    """An employer, which speaks; and others, about whom nobody asked."""
    factories.provider("Noise & Co", in_city=city, kind=ProviderKind.EMPLOYER)
    return keeping(factories.provider("Mill Works", in_city=city, kind=ProviderKind.EMPLOYER))


@pytest.fixture
def house(city):
    """The issuer of a badge."""
    house = keeping(factories.provider("Pot House", in_city=city))
    house.badge = factories.achievement(issuer=house)
    house.other_badge = factories.achievement(issuer=house, name="Glaze Hand")
    return house


def keeping(provider):
    provider.keeper = factories.member(provider)
    return provider


def ask(db, house, works, **given):
    given = {"achievement": house.badge, "asked_by": house.keeper, "now": NOW} | given
    return endorsing.ask(db, issuer=house, endorser=works, **given)


def signed(db, said, host):
    """Sign what is said and the list that it is in, as a worker does at once."""
    signed_status_list(db, said.endorser, host=host, now=NOW)
    signed_endorsement(db, said, host=host)
    return said


def give(db, host, works, endorsement, **given):
    given = {"given_by": works.keeper, "comment": WORDS, "now": NOW} | given
    said = endorsing.give(db, uuid=endorsement.uuid, endorser=works, **given)
    return signed(db, said, host)


def offer(db, works, house, **given):
    given = {"achievement": house.badge, "given_by": works.keeper, "now": NOW} | given
    return endorsing.offer(db, endorser=works, issuer=house, comment=WORDS, **given)


def accept(db, host, house, endorsement, **given):
    given = {"accepted_by": house.keeper, "now": NOW} | given
    said = endorsing.accept(db, uuid=endorsement.uuid, issuer=house, **given)
    return signed(db, said, host)


def end(db, provider, endorsement, **given):
    given = {"ended_by": provider.keeper, "now": LATER} | given
    return endorsing.end(db, uuid=endorsement.uuid, provider=provider, **given)


def endorsed(db, host, house, works, **given):
    """A badge for which somebody speaks."""
    return give(db, host, works, ask(db, house, works, **given))


def awarded(db, house):
    return award(
        db,
        achievement=house.badge,
        recipient=factories.learner(),
        evidence="Came to Pottery.",
        activity_started_at=NOW,
        activity_ended_at=NOW,
        now=NOW,
    )


def said_in(document):
    return document["credentialSubject"]["achievement"].get("endorsement", [])


# Asked and given.


def test_what_was_asked_for_and_given_is_shown_signed_and_checked(db, host, house, works):
    given = endorsed(db, host, house, works, message="You took on two of ours.")

    assert shown_for_badge(db, house.badge, LATER) == [given]
    assert shown_for_badge(db, house.other_badge, LATER) == []
    assert shown_for_organisation(db, house, LATER) == []
    document, about = given.signed_document, facts.achievement_url(house.badge, host.base_url)
    assert document["issuer"]["id"].endswith(f":issuers:{works.slug}")
    assert document["credentialSubject"]["endorsementComment"] == WORDS
    found = check_endorsement(db, document, about=about, host=host, now=LATER)
    assert found.is_valid
    assert found.check(Subject.TRUST).finding is Finding.TRUSTED_HERE
    elsewhere = check_endorsement(db, document, about=f"{about}x", host=host, now=LATER)
    assert elsewhere.check(Subject.SHAPE).finding is Finding.ENDORSES_ANOTHER
    line = line_about(db, digest_of(document))
    assert line is not None
    assert line.purpose is SignaturePurpose.ENDORSEMENT


def test_an_organisation_itself_is_spoken_for_too(db, host, house, works):
    given = endorsed(db, host, house, works, achievement=None)

    assert shown_for_organisation(db, house, LATER) == [given]
    assert shown_for_badge(db, house.badge, LATER) == []
    did = facts.issuer_did(house, host.base_url)
    assert given.signed_document["credentialSubject"]["id"] == did
    assert check_endorsement(db, given.signed_document, about=did, host=host, now=LATER).is_valid


def test_the_asked_are_told_and_the_asking_hear_the_answer(db, host, house, works):
    endorsement = ask(db, house, works)
    assert told(db) == [("endorsement_asked", works.keeper.id)]

    give(db, host, works, endorsement)

    assert told(db)[1:] == [("endorsement_given", house.keeper.id)]


def told(db):
    found = db.scalars(select(Notice).order_by(Notice.id))
    return [(notice.kind.value, notice.user_id) for notice in found]


def test_what_is_only_asked_is_shown_to_nobody(db, house, works):
    endorsement = ask(db, house, works)

    assert shown_for_badge(db, house.badge, LATER) == []
    assert endorsement_shown(db, endorsement.uuid, LATER) is None
    assert board_of(db, works).to_answer == [endorsement]
    assert board_of(db, house).asked == [endorsement]


def test_who_is_asked_may_say_no_and_is_left_in_peace(db, host, house, works):
    endorsement = ask(db, house, works)

    end(db, works, endorsement, now=NOW)

    assert endorsement.ending is EndorsementEnd.DECLINED
    with pytest.raises(NotFound):
        give(db, host, works, endorsement)
    with pytest.raises(Conflict, match="three months"):
        ask(
            db, house, works, achievement=house.other_badge, now=NOW + endorsing.REST - timedelta(1)
        )
    assert ask(db, house, works, now=NOW + endorsing.REST)


def test_a_question_can_be_taken_back_and_asked_again(db, house, works):
    first = ask(db, house, works)

    end(db, house, first)

    assert first.ending is EndorsementEnd.TAKEN_BACK
    assert ask(db, house, works).uuid != first.uuid


# Offered and accepted.


def test_what_nobody_asked_for_is_shown_only_once_its_subject_says_yes(db, host, house, works):
    offered = offer(db, works, house)

    assert shown_for_badge(db, house.badge, LATER) == []
    assert offered.signed_document is None
    assert board_of(db, house).to_accept == [offered]
    assert told(db) == [("endorsement_given", house.keeper.id)]

    accept(db, host, house, offered)

    assert shown_for_badge(db, house.badge, LATER) == [offered]


def test_who_speaks_cannot_accept_it_for_the_other(db, host, house, works):
    offered = offer(db, works, house)

    with pytest.raises(NotAllowed):
        accept(db, host, house, offered, accepted_by=works.keeper)
    with pytest.raises(NotFound):
        accept(db, host, works, offered, accepted_by=works.keeper)
    assert shown_for_badge(db, house.badge, LATER) == []


def test_what_is_not_wanted_is_never_shown(db, host, house, works):
    offered = offer(db, works, house)

    end(db, house, offered, now=NOW)

    assert offered.ending is EndorsementEnd.NOT_WANTED
    with pytest.raises(NotFound):
        accept(db, host, house, offered)
    with pytest.raises(Conflict, match="three months"):
        offer(db, works, house)


# Who may.


def strangers(db, house, works):
    """Return people who may do nothing in the name of either."""
    noise = db.scalars(select(Provider).filter_by(name="Noise & Co")).one()
    left = factories.member(house)
    return [
        factories.member(noise),
        factories.learner(),
        factories.officer(of=house.city),
        factories.member(house, does=MemberRole.DOOR),
        factories.member(works, does=MemberRole.DOOR),
        factories.adult(Role.GUARDIAN),
        _who_left(db, left, house),
    ]


def _who_left(db, user, provider):
    db.get(ProviderMember, (provider.id, user.id)).ended_at = NOW
    db.flush()
    return user


def acts_of(db, host, house, works, who):
    """Return all that somebody may try in the name of either."""
    asked = ask(db, house, works)
    offered = offer(db, works, house, achievement=house.other_badge)
    return [
        lambda: ask(db, house, works, achievement=None, asked_by=who),
        lambda: give(db, host, works, asked, given_by=who),
        lambda: offer(db, works, house, achievement=None, given_by=who),
        lambda: accept(db, host, house, offered, accepted_by=who),
        lambda: end(db, house, asked, ended_by=who),
        lambda: end(db, works, asked, ended_by=who),
    ]


@pytest.mark.parametrize("number", range(7))
def test_nobody_else_asks_gives_offers_accepts_or_ends(db, host, house, works, number):
    who = strangers(db, house, works)[number]

    for act in acts_of(db, host, house, works, who):
        with pytest.raises(NotAllowed):
            act()
    states = select(Endorsement.given_at, Endorsement.accepted_at, Endorsement.ended_at)
    assert db.execute(states.order_by(Endorsement.id)).all() == [
        (None, None, None),
        (NOW, None, None),
    ]


def test_each_side_does_only_its_own_part(db, host, house, works):
    asked = ask(db, house, works)

    with pytest.raises(NotFound):
        give(db, host, keeping(factories.provider(in_city=house.city)), asked)
    with pytest.raises(NotAllowed):
        give(db, host, works, asked, given_by=house.keeper)
    with pytest.raises(NotAllowed):
        ask(db, house, works, achievement=house.other_badge, asked_by=works.keeper)
    with pytest.raises(NotFound):
        ask(db, house, works, achievement=factories.achievement(issuer=works))


def test_nobody_speaks_by_way_of_a_second_team(db, host, house, works):
    both = factories.member(works)
    db.add(ProviderMember(provider=house, user=both, role=MemberRole.ORGANISER))
    asked = ask(db, house, works)

    with pytest.raises(NotAllowed, match="Somebody else"):
        give(db, host, works, asked, given_by=both)
    with pytest.raises(NotAllowed, match="Somebody else"):
        offer(db, works, house, achievement=house.other_badge, given_by=both)


def own(house, works):
    return house


def belongs(house, works):
    works.umbrella = house
    return works


def is_the_body(house, works):
    house.umbrella = works
    return works


def of_one_body(house, works):
    house.umbrella = works.umbrella = factories.provider("The body", in_city=house.city)
    return works


@pytest.mark.parametrize("join", [own, belongs, is_the_body, of_one_body])
def test_nobody_speaks_for_their_own_or_those_they_belong_with(db, host, house, works, join):
    endorser = join(house, works)
    db.flush()

    assert endorser not in organisations_to_ask(db, house, name="", now=NOW)
    with pytest.raises(Conflict, match="belong with"):
        ask(db, house, endorser)
    with pytest.raises((Conflict, NotAllowed)):
        offer(db, endorser, house)
    with pytest.raises(IntegrityError), db.begin_nested():
        db.add(
            Endorsement(
                endorser=endorser,
                issuer=house,
                achievement_id=house.badge.id,
                given_by_id=endorser.keeper.id,
                given_at=NOW,
                comment=WORDS,
            )
        )


def test_who_comes_to_belong_together_is_no_longer_shown(db, host, house, works):
    given = endorsed(db, host, house, works)
    house.umbrella = works
    db.flush()

    assert shown_for_badge(db, house.badge, LATER) == []
    assert endorsement_shown(db, given.uuid, LATER) is None


@pytest.mark.parametrize("status", [each for each in ProviderStatus if each != "verified"])
@pytest.mark.parametrize("which", ["house", "works"])
def test_only_the_checked_ask_are_asked_and_are_shown(db, host, house, works, status, which):
    given, waiting = endorsed(db, host, house, works), ask(db, house, works, achievement=None)
    unsure = {"house": house, "works": works}[which]
    unsure.status = status
    db.flush()

    assert shown_for_badge(db, house.badge, LATER) == []
    assert endorsement_shown(db, given.uuid, LATER) is None
    assert said_in(signed_document(db, awarded(db, house), host=host)) == []
    refusals = (Conflict, NotAllowed)  # nobody acts for who is suspended
    with pytest.raises(refusals):
        ask(db, house, works, achievement=house.other_badge)
    with pytest.raises(refusals):
        give(db, host, works, waiting)
    with pytest.raises(refusals):
        offer(db, works, house, achievement=house.other_badge)
    unsure.status = ProviderStatus.VERIFIED
    db.flush()
    assert shown_for_badge(db, house.badge, LATER) == [given]


def test_whose_papers_lapse_is_shown_again_once_they_hold(db, host, house, works):
    given = endorsed(db, host, house, works)

    assert shown_for_badge(db, house.badge, works.assured_until) == []
    assert shown_for_badge(db, house.badge, works.assured_until - timedelta(seconds=1)) == [given]


def test_only_organisations_of_the_city_are_found_and_asked(db, house, works):
    away = factories.provider("Mill Away", in_city=factories.city())
    factories.provider("Mill New", in_city=house.city, status=ProviderStatus.APPLIED)

    assert organisations_to_ask(db, house, name="mill", now=NOW) == [works]
    assert organisations_to_ask(db, house, name="%", now=NOW) == []
    with pytest.raises(Conflict, match="one city"):
        ask(db, house, away)


def test_one_speaks_once_for_one_thing(db, host, house, works):
    given = endorsed(db, host, house, works)

    for again in (lambda: ask(db, house, works), lambda: offer(db, works, house)):
        with pytest.raises(Conflict, match="already"):
            again()
    endorsed(db, host, house, works, achievement=None)
    with pytest.raises(Conflict, match="already"):
        ask(db, house, works, achievement=None)
    end(db, works, given)
    assert ask(db, house, works)


def test_not_everyone_is_asked_at_once(db, house, city):
    for number in range(endorsing.MOST_WAITING):
        ask(db, house, factories.provider(f"Firm {number}", in_city=city))

    with pytest.raises(Conflict, match="Much waits"):
        ask(db, house, factories.provider("One more", in_city=city))


# Inside badges.


def test_it_stands_inside_the_badges_that_are_signed_from_then_on(db, host, house, works):
    earlier = awarded(db, house)
    before = signed_document(db, earlier, host=host)
    given = endorsed(db, host, house, works)

    later = signed_document(db, awarded(db, house), host=host)

    assert said_in(signed_document(db, earlier, host=host)) == said_in(before) == []
    assert said_in(later) == [given.signed_document]
    found = check_document(db, later, host=host, now=LATER)
    assert found.is_valid
    assert found.check(Subject.ENDORSEMENTS).finding is Finding.ENDORSEMENTS_GOOD
    assert [each.is_valid for each in found.endorsements] == [True]


def test_what_was_said_about_the_organisation_or_another_badge_does_not(db, host, house, works):
    endorsed(db, host, house, works, achievement=None)
    endorsed(db, host, house, works, achievement=house.other_badge)

    assert said_in(signed_document(db, awarded(db, house), host=host)) == []


def test_of_many_the_newest_stand_inside(db, host, house, city):
    for day in range(MOST_SHOWN + 2):
        firm = keeping(factories.provider(f"Firm {day}", in_city=city))
        asked = ask(db, house, firm)
        give(db, host, firm, asked, now=NOW - timedelta(days=30 - day))

    document = signed_document(db, awarded(db, house), host=host)

    names = [each["issuer"]["name"] for each in said_in(document)]
    assert names == [f"Firm {day}" for day in (6, 5, 4, 3, 2)]
    assert check_document(db, document, host=host, now=LATER).is_valid


# Said no more.


@pytest.mark.parametrize("side", ["works", "house"])
def test_once_it_ends_it_is_shown_no_more_and_its_bit_says_so(db, host, house, works, side):
    given = endorsed(db, host, house, works)
    old = signed_document(db, awarded(db, house), host=host)
    about = facts.achievement_url(house.badge, host.base_url)

    end(db, {"works": works, "house": house}[side], given)

    assert shown_for_badge(db, house.badge, LATER) == []
    assert said_in(signed_document(db, awarded(db, house), host=host)) == []
    assert revoked_indexes_of(db, works) == [given.status_index]
    found = check_endorsement(db, given.signed_document, about=about, host=host, now=LATER)
    assert found.check(Subject.STATUS).finding is Finding.REVOKED
    # The learner's badge is as good as it was: only what another said for it is over.
    badge = check_document(db, old, host=host, now=LATER)
    assert badge.is_valid
    assert badge.check(Subject.ENDORSEMENTS).finding is Finding.ENDORSEMENT_OVER
    assert badge.check(Subject.ENDORSEMENTS).outcome is Outcome.NOTED


def test_what_was_never_signed_leaves_no_bit(db, host, house, works):
    end(db, works, ask(db, house, works))
    end(db, house, offer(db, works, house, achievement=None))

    assert revoked_indexes_of(db, works) == []


def test_an_officer_takes_it_down_and_both_read_why(db, host, house, works):
    given = endorsed(db, host, house, works)
    officer, reason = factories.officer(of=house.city), "It promises a job."
    noise = factories.officer()

    with pytest.raises(NotFound):
        endorsing.take_down(db, uuid=given.uuid, officer=noise, reason=reason, now=LATER)
    with pytest.raises(Conflict):
        endorsing.take_down(db, uuid=given.uuid, officer=officer, reason="", now=LATER)
    assert shown_for_badge(db, house.badge, LATER) == [given]
    endorsing.take_down(db, uuid=given.uuid, officer=officer, reason=reason, now=LATER)

    assert shown_for_badge(db, house.badge, LATER) == []
    decision = db.scalars(select(Decision)).one()
    assert (decision.kind, decision.reason, decision.provider_id, decision.about) == (
        DecisionKind.ENDORSEMENT_TAKEN_DOWN,
        reason,
        works.id,
        given.uuid,
    )
    down = [user for kind, user in told(db) if kind == "endorsement_taken_down"]
    assert sorted(down) == sorted([works.keeper.id, house.keeper.id])
    with pytest.raises(Conflict):
        offer(db, works, house, now=LATER)


def test_an_officer_who_belongs_to_one_of_the_two_leaves_it_to_another(db, host, house, works):
    given = endorsed(db, host, house, works)
    officer = factories.officer(of=house.city)
    db.add(ProviderMember(provider=house, user=officer, role=MemberRole.ADMIN, ended_at=NOW))
    db.flush()

    with pytest.raises(NotAllowed):
        endorsing.take_down(db, uuid=given.uuid, officer=officer, reason="No.", now=LATER)


# Keys.


def test_after_a_theft_it_is_signed_anew_and_so_are_the_badges_it_stands_in(db, host, house, works):
    given = endorsed(db, host, house, works)
    about = facts.achievement_url(house.badge, host.base_url)
    holding, stolen = awarded(db, house), given.signed_document
    plain = awarded(db, keeping_a_badge(house.city))
    before = signed_document(db, holding, host=host), signed_document(db, plain, host=host)
    stolen_key = current_key_of(db, works)

    assert withdraw_key(db, key=stolen_key, now=LATER) == 1
    db.expire_all()
    assert shown_for_badge(db, house.badge, LATER) == []
    assert not check_endorsement(db, stolen, about=about, host=host, now=LATER).is_valid
    jobs.sign_what_is_left()
    db.expire_all()

    assert shown_for_badge(db, house.badge, LATER) == [given]
    assert given.signed_document["id"] == stolen["id"]
    assert given.signed_document["validFrom"] > stolen["validFrom"]
    anew = signed_document(db, holding, host=host)
    assert anew["id"] == before[0]["id"]
    assert said_in(anew) == [given.signed_document]
    assert stolen_key.multikey not in json.dumps(anew)
    assert check_document(db, anew, host=host, now=LATER).is_valid
    assert signed_document(db, plain, host=host) == before[1]


def keeping_a_badge(city):
    other = keeping(factories.provider("Third House", in_city=city))
    other.badge = factories.achievement(issuer=other)
    return other


def test_the_theft_of_another_key_leaves_it_as_it_was(db, host, house, works):
    given = endorsed(db, host, house, works)
    before = given.signed_document
    signed_document(db, awarded(db, house), host=host)

    withdraw_key(db, key=current_key_of(db, house), now=LATER)
    db.expire_all()

    assert given.signed_document == before


# Places in the list.


def test_a_badge_and_what_is_said_never_share_a_place(db, host, house, works, monkeypatch):
    """Whatever is drawn: each drawn place that is taken is drawn again."""
    works.badge = factories.achievement(issuer=works, name="Mill Hand")
    mine = awarded(db, works)
    drawn = iter([mine.status_index, mine.status_index, 7, 7, 8])
    monkeypatch.setattr("badges.endorsing.secrets.randbelow", lambda _most: next(drawn))

    given = endorsed(db, host, house, works)
    yours = awarded(db, works)

    assert (given.status_index, yours.status_index) == (7, 8)
    end(db, works, given)
    assert revoked_indexes_of(db, works) == [7]


@pytest.mark.parametrize("is_ended", [False, True])
def test_the_database_lets_none_share_one_whatever_the_code_forgets(
    db, host, house, works, is_ended
):
    works.badge = factories.achievement(issuer=works, name="Mill Hand")
    badge, given = awarded(db, works), endorsed(db, host, house, works)
    if is_ended:
        end(db, works, given)
    theirs = awarded(db, house)
    for change in (
        update(AchievementCredential)
        .filter_by(id=badge.id)
        .values(status_index=given.status_index),
        update(Endorsement).filter_by(id=given.id).values(status_index=badge.status_index),
    ):
        with pytest.raises(IntegrityError, match="pk_status_place"), db.begin_nested():
            db.execute(change)
    # In another issuer's list the same place is another place.
    free = given.status_index
    if free != theirs.status_index:
        db.execute(update(AchievementCredential).filter_by(id=theirs.id).values(status_index=free))


def test_what_is_erased_leaves_its_place_spent(db, host, house, works):
    given = endorsed(db, host, house, works)
    place = given.status_index

    db.execute(delete(Endorsement).filter_by(id=given.id))

    assert revoked_indexes_of(db, works) == [place]
    spent = db.scalars(select(StatusPlace).filter_by(is_spent=True)).all()
    assert [(each.issuer_id, each.status_index) for each in spent] == [(works.id, place)]


def test_who_is_erased_takes_its_words_along(db, host, house, works):
    endorsed(db, host, house, works)
    kept = endorsed(db, host, house, keeping(factories.provider("Firm", in_city=house.city)))
    place = db.scalars(select(StatusPlace).filter_by(issuer_id=works.id)).one()

    db.execute(delete(Notice))
    db.execute(delete(Provider).filter_by(id=works.id))
    db.expunge(place)
    db.expire_all()

    assert db.scalars(select(Endorsement)).all() == [kept]
    assert db.scalars(select(StatusPlace).filter_by(issuer_id=works.id)).all() == []


@pytest.mark.parametrize("change", [{"comment": "The best."}, {"achievement_id": None}])
def test_what_was_said_stays_as_it_was_said(db, host, house, works, change):
    given = endorsed(db, host, house, works)

    with pytest.raises(IntegrityError, match="as it was said"):
        db.execute(update(Endorsement).filter_by(id=given.id).values(change))


def test_what_has_ended_comes_back_under_no_old_address(db, host, house, works):
    given = endorsed(db, host, house, works)
    end(db, works, given)

    with pytest.raises(IntegrityError, match="as it was said"):
        db.execute(update(Endorsement).filter_by(id=given.id).values(ended_at=None, ending=None))
