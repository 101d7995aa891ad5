"""What an organisation does until it is listed, and after: each page for each of its people."""

from datetime import date, timedelta

import pytest

from app.db import current_db
from providers import decisions, umbrella
from providers.models import (
    Assurance,
    AssuranceKind,
    Invitation,
    MemberRole,
    Provider,
    ProviderMember,
    ProviderStatus,
    Register,
)
from tests import factories
from tests.factories import NOW

PAPER = {"seen_on": "2026-05-20", "seen_by": "Jo", "evidence": "In the folder."}
PAPERS = {
    AssuranceKind.SAFEGUARDING_POLICY: PAPER,
    AssuranceKind.SAFEGUARDING_LEAD: PAPER | {"person": "Sam"},
    AssuranceKind.INSURANCE: PAPER | {"expires_on": "01/12/2026"},
    AssuranceKind.RISK_ASSESSMENT: PAPER,
    AssuranceKind.STAFF_CHECK: PAPER | {"person": "Sam", "level": "enhanced_barred"},
}
DETAILS = {
    "register": "company",
    "number": "1234567",
    "description": "Make pots.",
    "safeguarding_lead": "Sam Hill",
}


@pytest.fixture
def provider(db):
    return factories.provider(
        status=ProviderStatus.APPLIED, description="Make pots.", safeguarding_lead="Sam"
    )


@pytest.fixture
def admin(provider):
    return factories.member(of=provider)


@pytest.fixture
def as_admin(sign_in, admin):
    return sign_in(admin)


#: Which pages answer to whom. The last column is somebody of another organisation.
PAGES = {
    "/provide": (200, 200, 200, 200, 200),
    "/provide/activities/new?draft=b8b0d8d0-0000-4000-8000-000000000000": (200, 200, 403, 200, 200),
    "/provide/details": (200, 403, 403, 403, 200),
    "/provide/safety": (200, 403, 403, 200, 200),
    "/provide/safety/insurance": (200, 403, 403, 200, 200),
    "/provide/people": (200, 403, 403, 403, 200),
    "/provide/members": (200, 403, 403, 403, 200),
    "/provide/leave": (200, 200, 200, 200, 200),
    "/door/{session}": (200, 200, 200, 200, 404),
    "/provide/activities/{activity}/again": (200, 200, 404, 200, 404),
}
WHO = (
    MemberRole.ADMIN,
    MemberRole.ORGANISER,
    MemberRole.DOOR,
    MemberRole.SAFEGUARDING_LEAD,
    "stranger",
)


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("page", PAGES)
def test_each_page_answers_to_those_whom_it_is_for(sign_in, db, page, who):
    provider = factories.provider()
    session = factories.scheduled_session(
        opportunity=factories.opportunity(provider=provider), starts_at=NOW
    )
    own = who != "stranger"
    user = factories.member(
        of=provider if own else factories.provider(), does=who if own else "admin"
    )
    address = page.format(session=session.uuid, activity=session.opportunity.uuid)

    assert sign_in(user).get(address).status_code == PAGES[page][WHO.index(who)]


@pytest.mark.parametrize("page", PAGES)
def test_a_paused_organisation_has_its_first_page_and_no_other(sign_in, db, page):
    provider = factories.provider(status=ProviderStatus.SUSPENDED)
    session = factories.scheduled_session(opportunity=factories.opportunity(provider=provider))
    user = factories.member(of=provider)
    address = page.format(session=session.uuid, activity=session.opportunity.uuid)

    expected = {"/provide": 200, "/provide/leave": 200}.get(page)
    answer = sign_in(user).get(address).status_code
    assert answer == expected or (expected is None and answer in (403, 404))


def test_door_only_sees_todays_sessions_and_nothing_else(sign_in, db):
    provider = factories.provider()
    today = factories.opportunity(provider=provider, title="Pots today")
    later = factories.opportunity(provider=provider, title="Pots later")
    factories.scheduled_session(opportunity=today, starts_at=NOW + timedelta(hours=1))
    factories.scheduled_session(opportunity=later, starts_at=NOW + timedelta(days=2))

    page = sign_in(factories.member(of=provider, does=MemberRole.DOOR)).get("/provide").text

    assert "Pots today" in page
    assert "Open the register" in page
    for said in ("Pots later", "What you offer", "/provide/safety", "/provide/activities/new"):
        assert said not in page


def test_whoever_is_removed_is_out_at_the_next_request(app, sign_in, db, provider, admin):
    other = factories.member(of=provider, does=MemberRole.ORGANISER)
    uuid, key = other.uuid, other.get_id()
    as_admin = sign_in(admin)
    elsewhere = [app.test_client() for _ in range(2)]
    for browser in elsewhere:
        with browser.session_transaction() as cookie:
            cookie["_user_id"], cookie["_fresh"] = key, True
        assert (
            browser.get(
                "/provide/activities/new?draft=b8b0d8d0-0000-4000-8000-000000000000"
            ).status_code
            == 200
        )

    assert as_admin.post(f"/provide/people/{uuid}/remove").status_code == 303

    assert [each.get("/provide/activities/new").status_code for each in elsewhere] == [403, 403]


class TestTasks:
    def test_at_first_all_is_to_do(self, as_admin):
        page = as_admin.get("/provide").text

        assert page.count("To do</strong>") == 5
        assert "Send to the council" not in page

    def test_step_by_step_until_the_council_has_it(self, as_admin, db, provider):
        uuid = provider.uuid
        assert as_admin.post("/provide/details", data=DETAILS).status_code == 303
        assert as_admin.get("/provide").text.count("To do</strong>") == 4
        for kind, paper in PAPERS.items():
            assert "Send to the council" not in as_admin.get("/provide").text
            sent = as_admin.post(f"/provide/safety/{kind.value}", data=paper)
            assert (sent.status_code, sent.location) == (303, "/provide/safety?done=sent")

        assert "Send to the council" in as_admin.get("/provide").text
        done = as_admin.post("/provide/hand-in")
        assert "Two people there look at it" in as_admin.get(done.location).text
        assert db.query(Provider).filter_by(uuid=uuid).one().evidence_in_at == NOW

    def test_what_is_missing_is_said_to_who_sends_it_too_soon(self, as_admin):
        as_admin.post("/provide/details", data=DETAILS)

        answer = as_admin.post("/provide/hand-in")

        assert answer.status_code == 409
        assert "Still missing: Safeguarding policy" in answer.text

    def test_whose_papers_are_in_still_has_to_say_who_it_is(self, as_admin, provider, db):
        factories.passport(provider)
        db.commit()

        answer = as_admin.post("/provide/hand-in")

        assert (answer.status_code, "on which register" in answer.text) == (409, True)

    def test_who_is_sent_back_reads_why_and_sends_it_again(self, sign_in, db, provider, admin):
        provider.identity_given_at = provider.evidence_in_at = NOW
        officer = factories.officer(of=provider.city)
        papers = factories.passport(provider)
        common = {"officer": officer, "now": NOW}
        decisions.refuse_assurance(
            db, assurance_uuid=papers[2].uuid, reason="It is a quote.", **common
        )
        decisions.refuse(db, provider_uuid=provider.uuid, reason="Nearly there.", **common)
        client = sign_in(admin)

        home, safety = client.get("/provide").text, client.get("/provide/safety").text

        assert "Nearly there." in home
        assert "Sent back</strong>" in home
        assert "Send to the council" not in home
        assert "It is a quote." in safety
        client.post("/provide/safety/insurance", data=PAPERS[AssuranceKind.INSURANCE])
        assert "It is a quote." not in client.get("/provide/safety").text
        assert client.post("/provide/hand-in").status_code == 303

    def test_who_is_paused_reads_why(self, sign_in, db, provider, admin):
        decisions.suspend(
            db,
            provider_uuid=provider.uuid,
            officer=factories.officer(of=provider.city),
            now=NOW,
            reason="We had a worry.",
        )

        assert "We had a worry." in sign_in(admin).get("/provide").text

    def test_an_organiser_is_shown_no_page_that_they_may_not_open(self, sign_in, provider):
        page = (
            sign_in(factories.member(of=provider, does=MemberRole.ORGANISER)).get("/provide").text
        )

        assert "Before young people can find you" in page
        for address in ("/provide/details", "/provide/safety", "/provide/people"):
            assert address not in page

    def test_what_runs_out_within_a_month_is_said_until_a_newer_one_is_in(self, sign_in, db):
        provider = factories.provider()
        officers = [factories.officer(of=provider.city) for _ in range(2)]
        factories.passport(provider, accepted_by=officers[0], seconded_by=officers[1])
        soon = db.query(Assurance).filter_by(provider_id=provider.id, kind="insurance").one()
        soon.expires_on = date(2026, 6, 30)
        factories.opportunity(provider=provider)
        client = sign_in(factories.member(of=provider))

        for page in ("/provide", "/provide/safety"):
            assert "runs out after 30 June." in client.get(page).text
        client.post("/provide/safety/insurance", data=PAPERS[AssuranceKind.INSURANCE])
        assert "runs out after" not in client.get("/provide").text

    @pytest.mark.parametrize(
        ("last_day", "is_said"), [(date(2026, 6, 30), True), (date(2026, 7, 1), False)]
    )
    def test_a_month_is_thirty_days(self, sign_in, db, last_day, is_said):
        provider = factories.provider()
        first, second = (factories.officer(of=provider.city) for _ in range(2))
        factories.passport(provider, accepted_by=first, seconded_by=second, expires_on=last_day)
        client = sign_in(factories.member(of=provider))

        assert ("runs out after" in client.get("/provide/safety").text) is is_said


class TestDetails:
    def test_the_number_is_kept_as_the_register_writes_it(self, as_admin, db):
        as_admin.post("/provide/details", data=DETAILS)

        provider = db.query(Provider).one()
        assert (provider.registered_with, provider.registration_number) == (
            Register.COMPANY,
            "01234567",
        )
        page = as_admin.get("/provide/details").text
        assert "company-information.service.gov.uk/company/01234567" in page
        assert 'value="01234567"' in page

    def test_a_group_may_be_on_no_register(self, as_admin, db):
        assert 'value="none"' in as_admin.get("/provide/details").text
        sent = as_admin.post("/provide/details", data=DETAILS | {"register": "none", "number": "7"})

        assert sent.status_code == 303
        provider = db.query(Provider).one()
        assert (provider.registered_with, provider.registration_number) == (None, "")
        assert provider.identity_given_at == NOW

    @pytest.mark.parametrize(
        ("given", "words"),
        [
            ({"register": ""}, "Choose your register"),
            ({"register": "masons"}, "Choose your register"),
            ({"number": ""}, "Type your number in that register."),
            ({"number": "<b>12"}, "Type a number like 01234567."),
            ({"number": "=cmd()"}, "Type a number like 01234567."),
            ({"description": ""}, "Say what young people can do"),
            ({"description": "x" * 301}, "300 characters or fewer"),
            ({"safeguarding_lead": ""}, "Type the name of your safeguarding lead."),
        ],
    )
    def test_what_is_wrong_is_said_and_the_rest_is_kept(self, as_admin, db, given, words):
        page = as_admin.post("/provide/details", data=DETAILS | given)

        assert page.status_code == 422
        assert words in page.text
        assert "Sam Hill" in page.text or "safeguarding_lead" in given
        assert db.query(Provider).one().identity_given_at is None

    def test_another_number_is_looked_at_anew(self, sign_in, db, provider, admin):
        officer = factories.officer(of=provider.city)
        factories.passport(provider)
        common = {"officer": officer, "now": NOW, "reason": ""}
        decisions.check_identity(db, provider_uuid=provider.uuid, **common)
        decisions.approve(db, provider_uuid=provider.uuid, **common)

        sign_in(admin).post("/provide/details", data=DETAILS)

        row = db.query(Provider).one()
        assert (row.identity_checked_by_id, row.approved_by_id) == (None, None)

    def test_a_checked_number_is_changed_by_speaking_with_the_council(self, sign_in, db):
        provider = factories.provider()
        client = sign_in(factories.member(of=provider))

        page = client.post("/provide/details", data=DETAILS)

        assert (page.status_code, "Speak with the council" in page.text) == (422, True)
        kept = client.post("/provide/details", data=DETAILS | {"register": "none"})
        assert kept.status_code == 303, "all else may be changed"
        assert db.query(Provider).one().description == "Make pots."


class TestSafety:
    def test_says_never_to_send_a_certificate_and_where_the_rules_stand(self, as_admin):
        for page in ("/provide/safety", "/provide/safety/staff_check"):
            text = as_admin.get(page).text
            assert "Never send a certificate or its number." in text
            assert "It counts for 36 months." in text
            assert 'href="https://www.legislation.gov.uk/' in text

    @pytest.mark.parametrize("kind", list(AssuranceKind))
    def test_each_kind_has_few_boxes(self, as_admin, kind):
        page = as_admin.get(f"/provide/safety/{kind.value}").text

        names = {part.split('"')[0] for part in page.split(' name="')[1:]}
        assert names - {"csrf_token", "viewport", "theme-color"} == set(PAPERS[kind])

    @pytest.mark.parametrize(
        ("kind", "given", "words"),
        [
            ("staff_check", {"evidence": "No 001234567890"}, "Leave the number"),
            ("staff_check", {"evidence": "0012 3456 7890"}, "Leave the number"),
            ("staff_check", {"level": "basic"}, "need: Enhanced check"),
            ("staff_check", {"level": ""}, "Choose which check"),
            ("staff_check", {"person": ""}, "Type their name."),
            ("insurance", {"expires_on": "2026-05-31"}, "has lapsed already"),
            ("insurance", {"expires_on": ""}, "Type the last day."),
            ("insurance", {"seen_on": "2026-06-02"}, "still to come"),
            ("insurance", {"seen_on": "9999-12-31"}, "Type a day"),
            ("insurance", {"seen_on": "0001-01-01"}, "Type a day"),
            ("insurance", {"seen_on": "soon"}, "Type a day"),
            ("insurance", {"seen_by": "x" * 61}, "60 characters or fewer"),
            ("insurance", {"evidence": "x" * 301}, "300 characters or fewer"),
            ("insurance", {"evidence": "\0"}, "Say where an officer can find it."),
        ],
    )
    def test_what_will_not_do_is_said_and_nothing_is_kept(self, as_admin, db, kind, given, words):
        page = as_admin.post(f"/provide/safety/{kind}", data=PAPERS[AssuranceKind(kind)] | given)

        assert page.status_code == 422
        assert words in page.text
        assert db.query(Assurance).count() == 0

    def test_a_telephone_number_is_no_certificate(self, as_admin):
        paper = PAPER | {"evidence": "Call +447700900123, or see https://x.example/001234567890"}

        assert as_admin.post("/provide/safety/risk_assessment", data=paper).status_code == 303

    def test_what_people_type_stays_text(self, as_admin):
        as_admin.post(
            "/provide/safety/insurance",
            data=PAPERS[AssuranceKind.INSURANCE]
            | {"evidence": "javascript:alert(1)", "seen_by": "<svg onload=x>"},
        )

        page = as_admin.get("/provide/safety").text
        assert 'href="javascript' not in page
        assert "<svg onload" not in page

    def test_one_is_taken_back_after_being_asked_once(self, as_admin, db):
        as_admin.post("/provide/safety/insurance", data=PAPERS[AssuranceKind.INSURANCE])
        uuid = db.query(Assurance).one().uuid

        asked = as_admin.get(f"/provide/safety/{uuid}/withdraw")
        assert "nobody can find or book" in asked.text
        assert as_admin.post(f"/provide/safety/{uuid}/withdraw").status_code == 303
        assert db.query(Assurance).one().withdrawn_at == NOW

    def test_nobody_reaches_the_papers_of_another(self, sign_in, db, provider, admin):
        paper = factories.assurance(provider, AssuranceKind.INSURANCE)
        uuid = paper.uuid
        client = sign_in(factories.member(of=factories.provider()))

        for ask in (client.get, client.post):
            assert ask(f"/provide/safety/{uuid}/withdraw").status_code == 404
        assert client.get("/provide/safety/photo_of_the_leader").status_code == 404


class TestPeople:
    def test_a_link_is_shown_once_and_opens_the_team(self, app, as_admin, db, client, provider):
        name = provider.name
        made = as_admin.post("/provide/people", data={"email": "dora@x.example", "role": "door"})
        link = made.text.split('class="address">')[1].split("<")[0]
        path = link.removeprefix("http://localhost")
        assert made.headers["Cache-Control"] == "no-store"
        assert "/provide/invitation/" not in as_admin.get("/provide/people").text

        newcomer = app.test_client()
        page = newcomer.get(path)
        assert (page.status_code, page.headers["Referrer-Policy"]) == (200, "no-referrer")
        assert f"Join {name}" in page.text
        assert newcomer.post(path, data={"name": "", "password": "short"}).status_code == 422
        sent = newcomer.post(path, data={"name": "Dora", "password": "three small words"})
        assert (sent.status_code, sent.location) == (303, "/provide/invitation-answered")
        assert newcomer.get(path).status_code == 404
        signed_in = newcomer.post(
            "/sign-in",
            data={"way": "adult", "email": "dora@x.example", "password": "three small words"},
        )
        assert signed_in.location == "/provide"
        assert newcomer.get("/provide/people").status_code == 403
        assert "Dora" in as_admin.get("/provide/people").text

    @pytest.mark.parametrize("is_known", [True, False])
    def test_a_known_address_and_a_new_one_are_answered_alike(
        self, app, as_admin, db, client, is_known
    ):
        if is_known:
            factories.adult("guardian", email="dora@x.example")
            db.commit()
        made = as_admin.post("/provide/people", data={"email": "dora@x.example", "role": "door"})
        path = made.text.split('class="address">')[1].split("<")[0].removeprefix("http://localhost")
        newcomer = app.test_client()

        sent = newcomer.post(path, data={"name": "Dora", "password": "three small words"})

        assert (sent.status_code, sent.location) == (303, "/provide/invitation-answered")
        again = newcomer.get(path)
        assert (again.status_code, "does not work any more" in again.text) == (404, True)

    def test_who_is_signed_in_with_the_address_just_joins(self, app, as_admin, db):
        guest = factories.member(of=factories.provider(name="Elsewhere"))
        db.query(ProviderMember).filter_by(user_id=guest.id).one().joined_at = NOW.replace(
            year=2020
        )
        email, key = guest.email, guest.get_id()
        db.commit()
        made = as_admin.post("/provide/people", data={"email": email, "role": "organiser"})
        path = made.text.split('class="address">')[1].split("<")[0].removeprefix("http://localhost")
        browser = app.test_client()
        with browser.session_transaction() as cookie:
            cookie["_user_id"], cookie["_fresh"] = key, True

        assert "Choose a password" not in browser.get(path).text
        assert browser.post(path).location == "/provide"

        home = browser.get("/provide").text
        assert "You act for Pot House." in home
        assert browser.post("/provide/act-for/own").status_code == 303
        assert "<h1>Elsewhere</h1>" in browser.get("/provide").text

    def test_other_accounts_learn_nothing_of_it(self, app, as_admin, db):
        strangers = [factories.member(of=factories.provider()), factories.officer()]
        keys = [each.get_id() for each in strangers]
        db.commit()
        made = as_admin.post("/provide/people", data={"email": "dora@x.example", "role": "door"})
        path = made.text.split('class="address">')[1].split("<")[0].removeprefix("http://localhost")
        for key in keys:
            browser = app.test_client()
            with browser.session_transaction() as cookie:
                cookie["_user_id"], cookie["_fresh"] = key, True
            for ask in (browser.get, browser.post):
                answer = ask(path)
                assert answer.status_code == 404
                assert "dora" not in answer.text
        assert db.query(Invitation).one().answered_at is None

    @pytest.mark.parametrize("given", [{"email": "dora"}, {"role": ""}, {"role": "king"}])
    def test_what_is_wrong_is_said(self, as_admin, db, given):
        sent = {"email": "dora@x.example", "role": "door"} | given

        assert as_admin.post("/provide/people", data=sent).status_code == 422
        assert db.query(Invitation).count() == 0

    def test_the_only_admin_is_told_why_they_stay(self, as_admin, admin):
        uuid = admin.uuid
        for address, data in (
            (f"/provide/people/{uuid}/remove", {}),
            (f"/provide/people/{uuid}", {"role": "door"}),
            ("/provide/leave", {}),
        ):
            answer = as_admin.post(address, data=data)
            assert answer.status_code in (409, 422)
            assert "only admin" in answer.text

    def test_a_role_is_changed_and_an_invitation_taken_back(self, sign_in, db, provider, admin):
        other = factories.member(of=provider, does=MemberRole.DOOR)
        uuid = other.uuid
        client = sign_in(admin)
        client.post("/provide/people", data={"email": "dora@x.example", "role": "door"})
        invited = db.query(Invitation).one().uuid

        assert client.post(f"/provide/people/{uuid}", data={"role": "organiser"}).status_code == 303
        assert client.post(f"/provide/people/invitations/{invited}/withdraw").status_code == 303
        page = client.get("/provide/people").text
        assert "Organiser</h3>" in page
        assert "dora@x.example" not in page

    @pytest.mark.parametrize("many", [1, 3])
    def test_a_bigger_team_asks_no_more_of_the_database(
        self, sign_in, provider, admin, count_queries, many
    ):
        for _ in range(many):
            factories.member(of=provider)
        client = sign_in(admin)
        count_queries.clear()

        client.get("/provide/people")

        assert len([each for each in count_queries if "SAVEPOINT" not in each]) <= 7


class TestMembers:
    @pytest.fixture
    def body(self, provider):
        return factories.provider(name="Clubs United", in_city=provider.city)

    @pytest.fixture
    def boss(self, body):
        return factories.member(of=body)

    def test_one_asks_and_the_other_says_yes(self, sign_in, db, body, boss, provider, admin):
        assert sign_in(boss).post("/provide/members", data={"name": "pot house"}).status_code == 303
        request = umbrella.asked_by(db, body)[0].uuid
        client = sign_in(admin)
        assert "Clubs United asks you" in client.get("/provide/members").text
        answer = client.post(f"/provide/members/requests/{request}/answer", data={"answer": "yes"})
        assert answer.status_code == 303
        assert "You belong to Clubs United" in client.get("/provide/members").text

        page = sign_in(boss).get("/provide/members").text
        assert "Pot House" in page
        assert "Getting ready" in page

    def test_who_acts_for_a_member_posts_and_sees_no_register(
        self, sign_in, db, body, boss, provider
    ):
        session = factories.scheduled_session(
            opportunity=factories.opportunity(provider=provider, title="Pots"), starts_at=NOW
        )
        provider.umbrella_id = body.id
        own, door = provider.uuid, session.uuid
        client = sign_in(boss)

        assert client.post(f"/provide/act-for/{own}").status_code == 303

        home = client.get("/provide").text
        assert "You act for Pot House." in home
        assert "Pots" in home
        assert "/door/" not in home
        assert (
            client.get(
                "/provide/activities/new?draft=b8b0d8d0-0000-4000-8000-000000000000"
            ).status_code
            == 200
        )
        assert client.get(f"/door/{door}").status_code == 404
        for page in ("details", "safety", "people", "members", "leave"):
            assert client.get(f"/provide/{page}").status_code == 403, page

    def test_who_may_act_no_more_does_nothing_in_another_name(
        self, sign_in, db, body, boss, provider
    ):
        provider.umbrella_id = body.id
        uuid = provider.uuid
        client = sign_in(boss)
        client.post(f"/provide/act-for/{uuid}")
        current_db.query(Provider).filter_by(uuid=uuid).one().umbrella_id = None
        db.commit()

        refused = client.get("/provide/activities/new")

        assert (refused.status_code, "You act for" in refused.text) == (403, False)
        assert "<h1>Clubs United</h1>" in client.get("/provide").text

    def test_nobody_acts_for_a_stranger(self, sign_in, boss, provider):
        uuid = provider.uuid

        assert sign_in(boss).post(f"/provide/act-for/{uuid}").status_code == 404

    def test_what_cannot_be_asked_is_said(self, sign_in, boss):
        client = sign_in(boss)

        for name, words in (
            ("", "Type the name"),
            ("Nobody", "cannot find"),
            ("x" * 201, "200 characters"),
        ):
            page = client.post("/provide/members", data={"name": name})
            assert (page.status_code, words in page.text) == (422, True)

    def test_a_question_that_is_answered_too_late_is_said(
        self, sign_in, db, body, boss, provider, admin
    ):
        request = umbrella.ask(db, umbrella=body, asked_by=boss, name=provider.slug, now=NOW)
        rival = factories.provider(name="Rivals", in_city=body.city)
        provider.umbrella_id = rival.id
        uuid = request.uuid

        page = sign_in(admin).post(
            f"/provide/members/requests/{uuid}/answer", data={"answer": "yes"}
        )

        assert (page.status_code, "belong to another" in page.text) == (409, True)
