"""What officers decide: never alone, never on their own, and always with a trace."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, InternalError

from accounts.models import Role
from app.errors import Conflict, NotAllowed, NotFound
from providers import decisions, queries
from providers.models import (
    Assurance,
    AssuranceKind,
    Decision,
    DecisionKind,
    Provider,
    ProviderMember,
    ProviderStatus,
)
from providers.standing import Standing, is_trusted, standing_of, trusted
from tests import factories
from tests.factories import NOW


@pytest.fixture
def city(db):
    return factories.city()


@pytest.fixture
def asking(db, city):
    """An organisation that has sent in all it has to, and waits."""
    provider = factories.provider(in_city=city, status=ProviderStatus.APPLIED, evidence_in_at=NOW)
    factories.passport(provider)
    return provider


def officers(city, how_many=2):
    return [factories.officer(of=city) for _ in range(how_many)]


def say_yes(db, provider, officer, now=NOW):
    return decisions.approve(
        db, provider_uuid=provider.uuid, officer=officer, now=now, reason="Seen."
    )


def look_who(db, provider, officer):
    decisions.check_identity(
        db, provider_uuid=provider.uuid, officer=officer, now=NOW, reason="On the register."
    )


def test_two_officers_let_young_people_come(db, city, asking):
    first, second = officers(city)
    noise = factories.provider(in_city=city, status=ProviderStatus.APPLIED)
    look_who(db, asking, first)

    say_yes(db, asking, first)
    assert (asking.status, is_trusted(asking, NOW)) == (ProviderStatus.APPLIED, False)
    say_yes(db, asking, second)

    assert (asking.status, is_trusted(asking, NOW)) == (ProviderStatus.VERIFIED, True)
    assert (asking.approved_by_id, asking.verified_by_id) == (first.id, second.id)
    assert noise.status is ProviderStatus.APPLIED
    accepted = db.query(Assurance).filter_by(provider_id=asking.id).all()
    assert {(each.accepted_by_id, each.seconded_by_id) for each in accepted} == {
        (first.id, second.id)
    }
    kinds = [each.kind for each in decisions.decisions_on(db, asking)]
    assert kinds[0] is DecisionKind.PUBLISHED
    assert kinds.count(DecisionKind.EVIDENCE_ACCEPTED) == 10
    assert kinds[-1] is DecisionKind.IDENTITY_CHECKED


def test_one_officer_alone_does_not(db, city, asking):
    (officer,) = officers(city, 1)
    look_who(db, asking, officer)
    say_yes(db, asking, officer)

    with pytest.raises(Conflict, match="takes a second officer"):
        say_yes(db, asking, officer)
    for each in db.query(Assurance).filter_by(provider_id=asking.id):
        with pytest.raises(Conflict, match="takes a second officer"):
            decisions.accept_assurance(
                db, assurance_uuid=each.uuid, officer=officer, now=NOW, reason=""
            )
    assert not is_trusted(asking, NOW)


def test_not_even_when_another_officer_accepted_some_of_the_papers(db, city, asking):
    first, second = officers(city)
    look_who(db, asking, first)
    one = db.query(Assurance).filter_by(provider_id=asking.id, kind="insurance").one()
    decisions.accept_assurance(db, assurance_uuid=one.uuid, officer=second, now=NOW, reason="")
    say_yes(db, asking, first)
    say_yes(db, asking, second)

    assert is_trusted(asking, NOW)
    assert (one.accepted_by_id, one.seconded_by_id) == (second.id, first.id)


def test_somebody_looks_who_it_is_first(db, city, asking):
    with pytest.raises(Conflict, match="what it says it is"):
        say_yes(db, asking, officers(city, 1)[0])


@pytest.mark.parametrize("kind", list(AssuranceKind))
def test_nothing_may_be_missing(db, city, asking, kind):
    first, _second = officers(city)
    look_who(db, asking, first)
    db.query(Assurance).filter_by(provider_id=asking.id, kind=kind).delete()

    with pytest.raises(Conflict, match="Still missing"):
        say_yes(db, asking, first)


def test_it_lapses_at_midnight_in_london_with_nobody_doing_anything(db, city, asking):
    first, second = officers(city)
    look_who(db, asking, first)
    insurance = db.query(Assurance).filter_by(provider_id=asking.id, kind="insurance").one()
    insurance.expires_on = date(2026, 6, 20)
    db.flush()
    say_yes(db, asking, first)
    say_yes(db, asking, second)
    midnight = datetime(2026, 6, 20, 23, tzinfo=UTC)

    assert asking.assured_until == midnight
    assert is_trusted(asking, midnight - timedelta(seconds=1))
    assert standing_of(asking, midnight) is Standing.LAPSED
    said = db.query(Provider).where(trusted(midnight), Provider.id == asking.id).count()
    assert said == 0


@pytest.mark.parametrize(
    ("last_day", "lapses"),
    [
        (date(2026, 10, 24), datetime(2026, 10, 24, 23, tzinfo=UTC)),
        (date(2026, 10, 25), datetime(2026, 10, 26, 0, tzinfo=UTC)),
        (date(2027, 3, 27), datetime(2027, 3, 28, 0, tzinfo=UTC)),
        (date(2027, 3, 28), datetime(2027, 3, 28, 23, tzinfo=UTC)),
    ],
)
def test_midnight_is_londons_on_both_sides_of_a_clock_change(db, city, last_day, lapses):
    provider = factories.provider(in_city=city)
    first, second = officers(city)
    factories.passport(provider, accepted_by=first, seconded_by=second, expires_on=last_day)
    db.refresh(provider)

    assert provider.assured_until == lapses


def test_a_newer_paper_counts_from_the_second_officer_on(db, city):
    provider = factories.provider(in_city=city)
    first, second = officers(city)
    factories.passport(
        provider, accepted_by=first, seconded_by=second, expires_on=NOW.date() - timedelta(days=1)
    )
    for kind in AssuranceKind:
        newer = factories.assurance(provider, kind)
        for officer in (first, second):
            db.refresh(provider)
            assert not is_trusted(provider, NOW)
            decisions.accept_assurance(
                db, assurance_uuid=newer.uuid, officer=officer, now=NOW, reason=""
            )
    db.refresh(provider)

    assert is_trusted(provider, NOW)


def test_what_is_refused_counts_no_more_at_once(db, city):
    provider = factories.provider(in_city=city)
    first, second = officers(city)
    papers = factories.passport(provider, accepted_by=first, seconded_by=second)
    db.refresh(provider)
    assert is_trusted(provider, NOW)

    with pytest.raises(Conflict, match="Say why"):
        decisions.refuse_assurance(
            db, assurance_uuid=papers[0].uuid, officer=first, now=NOW, reason=""
        )
    decisions.refuse_assurance(
        db, assurance_uuid=papers[0].uuid, officer=first, now=NOW, reason="It is a draft."
    )

    db.refresh(provider)
    assert standing_of(provider, NOW) is Standing.LAPSED


def test_one_officer_stops_it_and_two_let_it_go_on(db, city):
    provider = factories.provider(in_city=city)
    member = factories.member(of=provider)
    first, second = officers(city)
    factories.passport(provider, accepted_by=first, seconded_by=second)
    assert queries.speaks_for(db, member, provider)

    with pytest.raises(Conflict, match="Say why"):
        decisions.suspend(db, provider_uuid=provider.uuid, officer=first, now=NOW, reason="")
    decisions.suspend(db, provider_uuid=provider.uuid, officer=first, now=NOW, reason="A worry.")

    assert not queries.speaks_for(db, member, provider)
    assert not queries.keeps_door(db, member, provider)
    assert queries.provider_of(db, member) == provider
    say_yes(db, provider, first)
    assert not queries.speaks_for(db, member, provider)
    say_yes(db, provider, second)
    assert queries.speaks_for(db, member, provider)


def test_who_is_sent_back_reads_why(db, city, asking):
    (officer,) = officers(city, 1)

    decisions.refuse(
        db, provider_uuid=asking.uuid, officer=officer, now=NOW, reason="The policy is old."
    )

    assert asking.status is ProviderStatus.REFUSED
    assert [each.reason for each in decisions.decisions_on(db, asking)] == ["The policy is old."]
    with pytest.raises(Conflict, match="not waiting"):
        decisions.refuse(db, provider_uuid=asking.uuid, officer=officer, now=NOW, reason="Again.")


def everything_an_officer_can_do(db, provider, officer):
    paper = db.query(Assurance).filter_by(provider_id=provider.id).first()
    common = {"officer": officer, "now": NOW, "reason": "Because."}
    yield lambda: decisions.check_identity(db, provider_uuid=provider.uuid, **common)
    yield lambda: decisions.approve(db, provider_uuid=provider.uuid, **common)
    yield lambda: decisions.refuse(db, provider_uuid=provider.uuid, **common)
    yield lambda: decisions.suspend(db, provider_uuid=provider.uuid, **common)
    yield lambda: decisions.accept_assurance(db, assurance_uuid=paper.uuid, **common)
    yield lambda: decisions.refuse_assurance(db, assurance_uuid=paper.uuid, **common)


def test_an_officer_of_another_city_finds_nothing_to_decide_on(db, asking):
    for stranger in (factories.officer(), factories.adult(Role.AUTHORITY_OFFICER)):
        for act in everything_an_officer_can_do(db, asking, stranger):
            with pytest.raises(NotFound):
                act()
    assert db.query(Decision).count() == 0


def test_nobody_decides_who_is_no_officer(db, city, asking):
    for role in (Role.PROVIDER_ADMIN, Role.GUARDIAN, Role.PLATFORM_ADMIN):
        other = factories.adult(role, city_id=city.id)
        for act in everything_an_officer_can_do(db, asking, other):
            with pytest.raises(NotAllowed):
                act()


@pytest.mark.parametrize("has_left", [False, True])
def test_nobody_decides_on_what_they_are_or_were_in(db, city, asking, has_left):
    own = factories.officer(of=city)
    db.add(
        ProviderMember(
            provider=asking, user=own, ended_at=NOW - timedelta(days=900) if has_left else None
        )
    )
    db.flush()

    for act in everything_an_officer_can_do(db, asking, own):
        with pytest.raises(NotAllowed, match="Another officer"):
            act()


def test_nor_on_a_member_of_the_body_that_they_are_in(db, city, asking):
    own = factories.officer(of=city)
    asking.umbrella_id = factories.provider(in_city=city).id
    db.add(ProviderMember(provider_id=asking.umbrella_id, user=own))
    db.flush()

    for act in everything_an_officer_can_do(db, asking, own):
        with pytest.raises(NotAllowed, match="Another officer"):
            act()


class TestTheDatabaseHoldsItToo:
    """Whatever the code forgets."""

    def test_that_it_takes_two(self, db, city):
        provider = factories.provider(in_city=city)

        with pytest.raises(IntegrityError, match="verified_by_two"):
            db.execute(
                text(
                    f"UPDATE provider SET approved_by_id = verified_by_id WHERE id = {provider.id}"
                )
            )

    def test_that_it_takes_two_for_a_paper(self, db, city, asking):
        (officer,) = officers(city, 1)

        with pytest.raises(IntegrityError, match="accepted_by_two"):
            factories.assurance(
                asking, AssuranceKind.INSURANCE, accepted_by=officer, seconded_by=officer
            )

    @pytest.mark.parametrize(
        "column", ["identity_checked_by_id", "approved_by_id", "verified_by_id"]
    )
    def test_that_none_of_its_own_decides(self, db, city, asking, column):
        own = factories.member(of=asking)

        with pytest.raises(IntegrityError, match="organisation itself"):
            db.execute(text(f"UPDATE provider SET {column} = {own.id} WHERE id = {asking.id}"))

    def test_that_none_of_its_own_accepts_a_paper(self, db, asking):
        own = factories.member(of=asking)

        with pytest.raises(IntegrityError, match="organisation itself"):
            factories.assurance(asking, AssuranceKind.INSURANCE, accepted_by=own)

    @pytest.mark.parametrize("change", ["UPDATE decision SET reason = 'x'", "DELETE FROM decision"])
    def test_that_a_decision_stays(self, db, city, asking, change):
        look_who(db, asking, officers(city, 1)[0])

        with pytest.raises((IntegrityError, InternalError), match="never changed"):
            db.execute(text(change))

    def test_that_it_goes_with_its_organisation(self, db, city):
        provider = factories.provider(in_city=city, status=ProviderStatus.APPLIED)
        look_who(db, provider, officers(city, 1)[0])
        db.execute(text(f"DELETE FROM provider WHERE id = {provider.id}"))

        assert db.query(Decision).count() == 0

    @pytest.mark.parametrize(
        ("register", "number"),
        [("charity_england_wales", "12"), ("company", "=cmd"), ("school", ""), (None, "1234567")],
    )
    def test_how_the_number_of_a_register_is_written(self, db, register, number):
        with pytest.raises(IntegrityError):
            factories.provider(registered_with=register, registration_number=number)
