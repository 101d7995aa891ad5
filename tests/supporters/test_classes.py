"""Classes: joined by a code, or started from a list; each learner says yes for themselves."""

import re
from datetime import timedelta
from io import BytesIO

import pytest
from openpyxl import Workbook

from accounts.models import AgeBand, User
from accounts.passwords import matches
from accounts.service import recognise_learner
from app.errors import Conflict, NotAllowed, NotFound
from providers.models import MemberRole, ProviderKind, ProviderStatus
from supporters import class_list, groups, queries, service
from supporters.class_list import WrongClass, read_class
from supporters.models import EndedBy, SupporterLink, SupportKind, SupportScope
from supporters.service import Lasting
from tests import factories
from tests.factories import NOW
from tests.supporters.people import SECRET, helped, supporter

LIST = "First name,Age,Home\nSeren,13-15,Testford North\nIdris,14,Testford North\n"
COMMENT = [SupportScope.COMMENT]


@pytest.fixture
def school(db):
    city = factories.city()
    factories.area(in_city=city, name="Testford North")
    return factories.provider(name="Cantref High", in_city=city, kind=ProviderKind.SCHOOL)


@pytest.fixture
def teacher(school):
    return factories.member(school)


def group_of(db, teacher, name="9B"):
    return groups.make_group(db, owner=teacher, name=name, secret=SECRET, now=NOW)


def join(db, learner, group, scopes=COMMENT, code=None):
    return groups.join(
        db,
        learner=learner,
        code=code or groups.code_of(group, secret=SECRET),
        scopes=scopes,
        lasting=Lasting.YEAR,
        secret=SECRET,
        now=NOW,
    )


def start(db, teacher, school, listed=LIST):
    pupils = read_class(db, listed.encode(), school.city)
    return groups.start_class(db, owner=teacher, name="9B", pupils=pupils, secret=SECRET, now=NOW)


class TestGroups:
    def test_a_learner_joins_for_what_they_chose_and_leaves(self, db, teacher):
        group, learner = group_of(db, teacher), factories.learner()
        join(db, learner, group)
        join(db, learner, group, scopes=list(SupportScope))
        link = queries.link_between(db, teacher, learner, NOW)
        assert (link.kind, link.scopes) == (SupportKind.TEACHER, ["comment"])
        assert list(queries.links_in(db, group, NOW)) == [link]

        groups.leave(db, learner=learner, uuid=group.uuid, now=NOW)

        assert queries.link_between(db, teacher, learner, NOW) is None
        assert list(queries.joined_groups(db, learner)) == []

    def test_who_helped_before_goes_on_helping_when_the_group_is_left(self, db, teacher):
        group, learner = group_of(db, teacher), factories.learner()
        link = helped(db, learner, teacher)
        join(db, learner, group)

        groups.leave(db, learner=learner, uuid=group.uuid, now=NOW)

        assert queries.link_between(db, teacher, learner, NOW) is link

    def test_an_old_code_lets_nobody_in(self, db, teacher):
        group, learner = group_of(db, teacher), factories.learner()
        old = groups.code_of(group, secret=SECRET)
        groups.renew_code(db, owner=teacher, uuid=group.uuid, secret=SECRET)

        with pytest.raises(groups.NoSuchGroup):
            join(db, learner, group, code=old)
        join(db, learner, group)

    def test_the_end_of_a_group_ends_what_came_with_it(self, db, teacher):
        group, learner = group_of(db, teacher), factories.learner()
        join(db, learner, group)

        groups.end_group(db, owner=teacher, uuid=group.uuid, now=NOW)

        assert queries.link_between(db, teacher, learner, NOW) is None
        with pytest.raises(groups.NoSuchGroup):
            join(db, learner, group)

    def test_only_people_of_a_trusted_organisation_keep_one(self, db, teacher, school):
        for stranger in (supporter(), factories.adult("guardian")):
            with pytest.raises(NotAllowed):
                group_of(db, stranger)
        group = group_of(db, teacher)
        school.status = ProviderStatus.SUSPENDED
        db.flush()

        with pytest.raises(NotAllowed):
            group_of(db, teacher)
        with pytest.raises(groups.NoSuchGroup):
            join(db, factories.learner(), group)

    def test_a_name_holds_no_way_to_be_reached(self, db, teacher):
        with pytest.raises(Conflict):
            group_of(db, teacher, name="Call 07700 900123")


class TestLists:
    @pytest.mark.parametrize(
        "written",
        [
            LIST,
            LIST.replace(",", "\t"),
            "Enw;Oed;Cartref\nSeren;15;testford north\nIdris;13 - 15;Testford North\n",
            "Pupil name,Surname,Age group,Postcode\nSeren,Jones,13 - 15,Testford North\nIdris,Rees,14,Testford North",
        ],
        ids=["csv", "pasted", "welsh", "more columns"],
    )
    def test_it_is_read_as_teachers_keep_it(self, db, school, written):
        pupils = read_class(db, written.encode(), school.city)

        assert [(each.name, each.age_band, each.home.name) for each in pupils] == [
            ("Seren", AgeBand.FROM_13_TO_15, "Testford North"),
            ("Idris", AgeBand.FROM_13_TO_15, "Testford North"),
        ]

    def test_it_is_read_from_a_workbook(self, db, school):
        book = Workbook()
        for row in (["First name", "Age", "Home"], ["Seren", 14.0, "Testford North"]):
            book.active.append(row)
        kept = BytesIO()
        book.save(kept)

        pupils = read_class(db, kept.getvalue(), school.city)

        assert [(each.name, each.age_band) for each in pupils] == [("Seren", AgeBand.FROM_13_TO_15)]

    @pytest.mark.parametrize(
        ("written", "said"),
        [
            ("Seren,14,Testford North", [(1, "")]),
            ("First name,Age,Home", [(1, "")]),
            ("", [(1, "")]),
            ("First name,Age,Home\n,14,Testford North", [(2, "First name")]),
            ("First name,Age,Home\nSeren,9,Testford North", [(2, "Age")]),
            ("First name,Age,Home\nSeren,12-13,Testford North", [(2, "Age")]),
            (
                "First name,Age,Home\nSeren,14,Nowhere\nJo@x.com,14,",
                [(2, "Home"), (3, "First name"), (3, "Home")],
            ),
            ("First name,Age,Home\n" + "Seren,14,Testford North\n" * 61, [(62, "")]),
        ],
    )
    def test_what_cannot_be_used_is_said_by_line_and_column(self, db, school, written, said):
        with pytest.raises(WrongClass) as refused:
            read_class(db, written.encode(), school.city)

        assert [(each.line, each.column) for each in refused.value.wrongs] == said

    def test_a_broken_or_swollen_workbook_is_refused(self, db, school, monkeypatch):
        book = Workbook()
        book.active.append(["First name", "Age", "Home"])
        kept = BytesIO()
        book.save(kept)
        whole = kept.getvalue()
        for content in (whole[:-200], b"PK\x03\x04 nothing", whole.replace(b"sheet1", b"sheetX")):
            with pytest.raises(WrongClass, match="1"):
                read_class(db, content, school.city)

        monkeypatch.setattr(class_list, "_MOST_UNPACKED", 100)
        with pytest.raises(WrongClass) as refused:
            read_class(db, whole, school.city)
        assert "too big" in refused.value.wrongs[0].reason


class TestStarting:
    def test_the_teacher_may_write_and_see_nothing_until_they_said_yes(self, db, teacher, school):
        _group, (seren, idris) = start(db, teacher, school)
        link = queries.link_between(db, teacher, seren.user, NOW)
        may = {scope for scope in SupportScope if queries.may(db, teacher, seren.user, scope, NOW)}
        assert (may, [each.user.name for each in (seren, idris)]) == (
            {SupportScope.COMMENT},
            ["Seren", "Idris"],
        )

        pin = groups.say_first(
            db,
            learner=seren.user,
            scopes=[SupportScope.SEE_RECORD],
            lasting=Lasting.YEAR,
            now=NOW,
        )

        assert matches(seren.user.pin_hash, pin)
        assert not matches(seren.user.pin_hash, seren.pin)
        assert (link.agreed_at, link.scopes) == (NOW, ["see_record"])
        assert recognise_learner(db, pass_code=idris.user.pass_code, pin=idris.pin) is idris.user

    def test_a_no_ends_it_and_keeps_the_account(self, db, teacher, school):
        group, (seren, _idris) = start(db, teacher, school)

        groups.say_first(db, learner=seren.user, scopes=(), lasting=Lasting.YEAR, now=NOW)

        assert queries.link_between(db, teacher, seren.user, NOW) is None
        assert [link.learner.name for link in queries.links_in(db, group, NOW)] == ["Idris"]
        ended = db.query(SupporterLink).filter_by(learner_id=seren.user.id).one()
        assert (ended.ended_by, seren.user.is_active) == (EndedBy.LEARNER, True)

    def test_a_card_can_be_made_anew_until_they_came(self, db, teacher, school):
        group, (seren, idris) = start(db, teacher, school)
        card = {"owner": teacher, "uuid": group.uuid, "learner_uuid": seren.user.uuid}

        renewed = groups.new_card(db, **card)
        assert matches(seren.user.pin_hash, renewed.pin)
        groups.say_first(db, learner=seren.user, scopes=COMMENT, lasting=Lasting.YEAR, now=NOW)

        with pytest.raises(NotFound):
            groups.new_card(db, **card)
        with pytest.raises(NotFound):
            groups.new_card(db, **card | {"owner": factories.member(school)})
        assert matches(idris.user.pin_hash, idris.pin)

    def test_cards_that_nobody_used_go_with_their_accounts(self, db, teacher, school):
        _group, (seren, idris) = start(db, teacher, school)
        groups.say_first(db, learner=seren.user, scopes=COMMENT, lasting=Lasting.YEAR, now=NOW)
        later = NOW + groups.CARD_WAITS

        assert service.forget_never_used(db, now=later - timedelta(hours=1)) == 0
        assert service.forget_never_used(db, now=later) == 1

        assert db.get(User, idris.user.id) is None
        assert db.get(User, seren.user.id) is seren.user

    def test_pages_from_the_list_to_the_first_yes(self, db, school, sign_in, client):
        teacher = factories.member(school, does=MemberRole.ORGANISER)
        mine = sign_in(teacher)
        wrong = mine.post("/support/groups/start", data={"name": "9B", "pasted": LIST + "X,9,Y"})
        assert (wrong.status_code, "Line 4, Age" in wrong.text) == (422, True)
        assert db.query(SupporterLink).count() == 0
        file = {"file": (BytesIO(LIST.encode()), "class.csv"), "name": "9B"}
        cards = mine.post("/support/groups/start", data=file)
        assert cards.headers["Cache-Control"] == "no-store"
        code, pin = re.findall(r'<dd class="code">([^<]+)</dd>', cards.text)[:2]
        mine.post("/sign-out")

        client.post("/sign-in", data={"way": "pass", "pass_code": code, "pin": pin})
        led = client.get("/me")
        assert led.location == "/me/supporters/first"
        question = client.get("/me/supporters/first").text
        assert ("Cantref High" in question, client.get("/concern").status_code) == (True, 200)
        data = {"answer": "yes", "lasting": "year"}
        assert client.post("/me/supporters/first", data=data).status_code == 422
        new_pass = client.post("/me/supporters/first", data=data | {"scopes": "comment"})

        assert (new_pass.status_code, pin in new_pass.text) == (200, False)
        assert client.get("/me").status_code == 200
        assert client.get("/me/supporters/first").location == "/me/supporters"
