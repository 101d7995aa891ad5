"""Who may help whom: two say yes, for what the learner chose, until one of them or time ends it."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from accounts.models import AgeBand
from app.errors import Conflict, NotAllowed, NotFound
from notices.models import Notice
from providers.models import ProviderStatus
from supporters import blocking, queries, service
from supporters.models import EndedBy, PageKind, SupporterLink, SupportKind, SupportScope
from supporters.queries import link_between, may
from supporters.service import GUARDIAN_WAITS, INVITED_FOR, Lasting
from tests import factories
from tests.factories import NOW
from tests.supporters.people import guardian, helped, invited, supporter, taken_up

DAY = timedelta(days=1)
CHILD, TEEN, ADULT = AgeBand.FROM_11_TO_12, AgeBand.FROM_13_TO_15, AgeBand.FROM_18_TO_24


@pytest.fixture
def learner(db):
    return factories.learner(name="Seren")


@pytest.fixture
def teacher(db):
    return supporter(name="Ms Lewis")


def scopes_of(db, adult, learner, now=NOW):
    return {scope for scope in SupportScope if may(db, adult, learner, scope, now)}


class TestAsking:
    def test_nothing_is_let_before_both_said_yes(self, db, learner, teacher):
        noise = factories.learner()
        helped(db, noise, supporter())
        link = invited(db, learner, scopes=[SupportScope.COMMENT])
        assert link_between(db, teacher, learner, NOW) is None

        service.take_up(db, adult=teacher, token_hash=link.token_hash, now=NOW)
        assert link_between(db, teacher, learner, NOW) is None

        service.agree(db, learner=learner, uuid=link.uuid, lasting=Lasting.MONTH, now=NOW)
        assert scopes_of(db, teacher, learner) == {SupportScope.COMMENT}
        assert scopes_of(db, teacher, noise) == set()

    def test_an_invitation_is_taken_up_once_and_not_too_late(self, db, learner, teacher):
        link = taken_up(db, learner, teacher)
        late = invited(db, learner)

        with pytest.raises(NotFound):
            service.take_up(db, adult=supporter(), token_hash=link.token_hash, now=NOW)
        with pytest.raises(NotFound):
            service.take_up(
                db, adult=supporter(), token_hash=late.token_hash, now=NOW + INVITED_FOR
            )

    def test_neither_learners_nor_officers_take_one_up(self, db, learner):
        link = invited(db, learner)

        for other in (factories.learner(), factories.officer()):
            with pytest.raises(NotAllowed):
                service.take_up(db, adult=other, token_hash=link.token_hash, now=NOW)

    def test_the_database_knows_no_learner_as_supporter(self, db, learner):
        link = invited(db, learner)
        link.adult, link.taken_up_at = factories.learner(), NOW

        with pytest.raises(IntegrityError, match="no supporter"):
            db.flush()

    def test_a_name_that_is_more_than_a_name_is_refused(self, db, learner):
        with pytest.raises(Conflict, match="name only"):
            taken_up(db, learner, supporter(name="Text me on 07700 900123"))

    def test_who_helps_already_is_not_linked_twice(self, db, learner, teacher):
        helped(db, learner, teacher)
        again = invited(db, learner)

        with pytest.raises(Conflict, match="already"):
            service.take_up(db, adult=teacher, token_hash=again.token_hash, now=NOW)

    def test_something_has_to_be_let(self, db, learner):
        with pytest.raises(Conflict):
            invited(db, learner, scopes=[])

    def test_few_invitations_wait_at_once(self, db, learner):
        for _number in range(service.MOST_OPEN):
            invited(db, learner)

        with pytest.raises(Conflict):
            invited(db, learner)


class TestEnding:
    def test_the_learner_ends_it_at_once_and_for_good(self, db, learner, teacher):
        link, kept = helped(db, learner, teacher), helped(db, learner, supporter())

        service.end_own(db, learner=learner, uuid=link.uuid, now=NOW)

        assert list(queries.supporters_of(db, learner, NOW)) == [kept]
        with pytest.raises(NotFound):
            service.end_own(db, learner=learner, uuid=link.uuid, now=NOW)
        link.ended_at = link.ended_by = None
        with pytest.raises(IntegrityError, match="stays over"):
            db.flush()

    def test_an_adult_can_stop_too_and_only_their_own(self, db, learner, teacher):
        link = helped(db, learner, teacher)
        with pytest.raises(NotFound):
            service.end_as_adult(db, adult=supporter(), uuid=link.uuid, now=NOW)

        service.end_as_adult(db, adult=teacher, uuid=link.uuid, now=NOW)

        assert (link.ended_by, link_between(db, teacher, learner, NOW)) == (EndedBy.ADULT, None)

    def test_it_runs_out_and_can_be_made_longer(self, db, learner, teacher):
        link = helped(db, learner, teacher, lasting=Lasting.MONTH)
        assert link_between(db, teacher, learner, NOW + 29 * DAY) is link
        assert link_between(db, teacher, learner, NOW + 30 * DAY) is None

        later = NOW + 40 * DAY
        service.renew(db, learner=learner, uuid=link.uuid, lasting=Lasting.YEAR, now=later)

        assert link_between(db, teacher, learner, later + 364 * DAY) is link
        assert link_between(db, teacher, learner, later + 365 * DAY) is None

    @pytest.mark.parametrize(
        ("now", "until"),
        [
            (datetime(2026, 9, 10, 9, tzinfo=UTC), datetime(2027, 8, 31, 23, tzinfo=UTC)),
            (datetime(2026, 6, 1, 9, tzinfo=UTC), datetime(2026, 8, 31, 23, tzinfo=UTC)),
            # So near the end the next school year is meant, and a year is the most.
            (datetime(2026, 8, 20, 9, tzinfo=UTC), datetime(2027, 8, 20, 9, tzinfo=UTC)),
        ],
    )
    def test_a_school_year_ends_with_august(self, now, until):
        assert service.lasts_until(Lasting.SCHOOL_YEAR, now).astimezone(UTC) == until

    def test_the_database_keeps_nobody_longer_than_a_year(self, db, learner, teacher):
        link = helped(db, learner, teacher)
        link.expires_at = NOW + 400 * DAY

        with pytest.raises(IntegrityError, match="a_year_at_most"):
            db.flush()

    def test_fewer_scopes_count_at_once(self, db, learner, teacher):
        link = helped(db, learner, teacher)

        service.change_scopes(db, learner=learner, uuid=link.uuid, scopes=[SupportScope.SEE_PLANS])

        assert scopes_of(db, teacher, learner) == {SupportScope.SEE_PLANS}

    def test_an_account_that_is_closed_helps_nobody(self, db, learner, teacher):
        helped(db, learner, teacher)
        teacher.disabled_at = NOW
        db.flush()

        assert link_between(db, teacher, learner, NOW) is None


class TestOrganisations:
    def test_who_acts_for_one_helps_while_they_do_and_it_is_trusted(self, db, learner):
        school = factories.provider(name="Cantref High")
        member = factories.member(school)
        link = helped(db, learner, member)
        assert link.provider is school
        assert link_between(db, member, learner, NOW) is link

        school.status = ProviderStatus.SUSPENDED
        db.flush()
        assert link_between(db, member, learner, NOW) is None

    def test_who_left_it_helps_no_more(self, db, learner):
        school = factories.provider()
        member = factories.member(school)
        helped(db, learner, member)
        row = db.query(queries.ProviderMember).filter_by(user_id=member.id).one()
        row.ended_at = NOW
        db.flush()

        assert link_between(db, member, learner, NOW) is None

    def test_a_parent_who_works_somewhere_is_a_parent_all_the_same(self, db, learner):
        member = factories.member(factories.provider())

        assert helped(db, learner, member, SupportKind.GUARDIAN).provider is None


class TestGuardians:
    def test_of_a_child_one_waits_a_day_and_the_others_hear_of_it(self, db):
        child = factories.learner(age_band=CHILD)
        first, second = guardian(), guardian()
        helped(db, child, first, SupportKind.GUARDIAN, now=NOW - 2 * DAY)

        helped(db, child, second, SupportKind.GUARDIAN)

        assert link_between(db, second, child, NOW + GUARDIAN_WAITS - DAY / 24) is None
        assert link_between(db, second, child, NOW + GUARDIAN_WAITS) is not None
        told = db.query(Notice).filter_by(kind="guardian_linked").all()
        assert [notice.user_id for notice in told] == [first.id]

    def test_the_database_lets_no_guardian_of_a_child_in_at_once(self, db):
        link = taken_up(db, factories.learner(age_band=CHILD), guardian(), SupportKind.GUARDIAN)
        link.agreed_at = link.takes_effect_at = NOW
        link.expires_at = NOW + DAY

        with pytest.raises(IntegrityError, match="waits a day"):
            db.flush()

    def test_of_a_teenager_one_sees_what_was_let_and_no_more(self, db, learner):
        parent = guardian()
        link = helped(db, learner, parent, SupportKind.GUARDIAN, scopes=[])

        assert queries.is_guardian(link)
        assert scopes_of(db, parent, learner) == set()

    def test_of_a_child_one_sees_the_record_and_ends_what_others_may(self, db):
        child = factories.learner(age_band=CHILD)
        parent, other_parent, coach = guardian(), guardian(), supporter()
        helped(db, child, parent, SupportKind.GUARDIAN, scopes=[], now=NOW - 2 * DAY)
        other = helped(db, child, other_parent, SupportKind.GUARDIAN, now=NOW - 2 * DAY)
        link = helped(db, child, coach, SupportKind.COACH)
        assert scopes_of(db, parent, child) == {SupportScope.SEE_RECORD}

        by = {"guardian": parent, "learner_uuid": child.uuid, "now": NOW}
        service.end_as_guardian(db, uuid=link.uuid, **by)
        with pytest.raises(NotFound):
            service.end_as_guardian(db, uuid=other.uuid, **by)

        assert (link.ended_by, other.ended_at) == (EndedBy.GUARDIAN, None)

    def test_of_a_teenager_one_ends_nothing(self, db, learner):
        parent = guardian()
        helped(db, learner, parent, SupportKind.GUARDIAN)
        link = helped(db, learner, supporter())

        with pytest.raises(NotFound):
            service.end_as_guardian(
                db, guardian=parent, learner_uuid=learner.uuid, uuid=link.uuid, now=NOW
            )

    def test_at_18_it_is_over_at_once_and_both_are_told(self, db, learner, teacher):
        parent = guardian()
        link = helped(db, learner, parent, SupportKind.GUARDIAN)
        kept = helped(db, learner, teacher)
        learner.age_band = ADULT
        db.flush()

        assert link_between(db, parent, learner, NOW) is None
        assert (service.end_for_grown_up(db, now=NOW), service.end_for_grown_up(db, now=NOW)) == (
            1,
            0,
        )

        assert (link.ended_by, kept.ended_at) == (EndedBy.AGE, None)
        told = db.query(Notice).filter_by(kind="guardian_over").all()
        assert {notice.user_id for notice in told} == {learner.id, parent.id}

    def test_nobody_becomes_guardian_of_a_grown_up(self, db):
        grown_up = factories.learner(age_band=ADULT)
        with pytest.raises(Conflict):
            invited(db, grown_up, SupportKind.GUARDIAN)


class TestBlocking:
    @pytest.fixture
    def officer(self, db):
        return factories.officer()

    @pytest.fixture
    def child(self, officer):
        return factories.learner(
            home=factories.area(in_city=officer.city), pass_code="7K4M92QXCDFG"
        )

    def block(self, db, officer, adult, code="7k4m 92qx cdfg"):
        return blocking.block(
            db,
            officer=officer,
            pass_code=code,
            email=adult.email,
            reason="A court order of May",
            now=NOW,
        )

    def test_it_ends_what_there_is_and_lets_nothing_new(self, db, officer, child):
        hostile, other = guardian(), guardian()
        link = helped(db, child, hostile, SupportKind.GUARDIAN)
        kept = helped(db, child, other, SupportKind.GUARDIAN)

        self.block(db, officer, hostile)

        assert (link.ended_by, kept.ended_at) == (EndedBy.OFFICER, None)
        again = invited(db, child)
        with pytest.raises(NotFound):
            service.take_up(db, adult=hostile, token_hash=again.token_hash, now=NOW)
        again.adult, again.taken_up_at = hostile, NOW
        with pytest.raises(IntegrityError, match="blocked"):
            db.flush()

    def test_a_lifted_one_lets_them_be_asked_again(self, db, officer, child):
        hostile = guardian()
        block = self.block(db, officer, hostile)
        blocking.lift(db, officer=officer, uuid=block.uuid, now=NOW)

        assert helped(db, child, hostile).agreed_at == NOW

    def test_an_officer_blocks_in_their_own_city(self, db, child):
        stranger = factories.officer()
        with pytest.raises(Conflict, match="your city"):
            self.block(db, stranger, guardian())


class TestLooks:
    def test_one_look_a_day_is_kept_of_each_kind_of_page(self, db, learner, teacher):
        for now in (NOW, NOW + timedelta(hours=1), NOW + DAY):
            service.note_look(db, adult=teacher, learner=learner, page=PageKind.RECORD, now=now)
        service.note_look(db, adult=teacher, learner=learner, page=PageKind.PLANS, now=NOW)

        looks = queries.looks_at(db, learner)
        assert [(look.page, look.looked_on.day) for look in looks] == [
            (PageKind.RECORD, 2),
            (PageKind.PLANS, 1),
            (PageKind.RECORD, 1),
        ]
        assert queries.looks_at(db, factories.learner()) == []

    def test_what_was_kept_of_it_stays(self, db, learner, teacher):
        service.note_look(db, adult=teacher, learner=learner, page=PageKind.RECORD, now=NOW)
        db.delete(queries.looks_at(db, learner)[0])
        with pytest.raises(IntegrityError, match="stays"):
            db.flush()


def test_everything_goes_with_the_learner(db, learner, teacher):
    helped(db, learner, teacher)
    service.note_look(db, adult=teacher, learner=learner, page=PageKind.RECORD, now=NOW)
    db.delete(learner)
    db.flush()
    db.expire_all()

    assert db.query(SupporterLink).count() == 0
