"""The council's queue, and the one page on which officers decide on an organisation."""

from datetime import date, timedelta

import pytest

from accounts.models import Role
from providers import decisions
from providers.models import (
    Assurance,
    AssuranceKind,
    Decision,
    Provider,
    ProviderMember,
    ProviderStatus,
    Register,
)
from providers.queue import Pile, longest_wait, on_pile, piles_of
from tests import factories
from tests.factories import NOW


@pytest.fixture
def city(db):
    return factories.city("Alder")


@pytest.fixture
def asking(city):
    provider = factories.provider(
        name="Kites",
        in_city=city,
        status=ProviderStatus.APPLIED,
        evidence_in_at=NOW - timedelta(days=12),
        registered_with=Register.COMPANY,
        registration_number="01234567",
        identity_given_at=NOW,
    )
    factories.passport(provider)
    return provider


@pytest.fixture
def officer(city):
    return factories.officer(of=city)


def checked(city, name="Checked", last_day=date(2026, 12, 1)):
    provider = factories.provider(name=name, in_city=city)
    first, second = (factories.officer(of=city) for _ in range(2))
    factories.passport(provider, accepted_by=first, seconded_by=second, expires_on=last_day)
    return provider


def names(db, officer, pile, **given):
    return [each.provider.name for each in on_pile(db, officer, pile, NOW, **given)]


class TestPiles:
    def test_each_organisation_lies_where_it_belongs(self, db, city, asking, officer):
        of_city = {"in_city": city}
        factories.provider(name="New", status=ProviderStatus.APPLIED, **of_city)
        factories.provider(name="Stopped", status=ProviderStatus.SUSPENDED, **of_city)
        factories.provider(name="Back", status=ProviderStatus.REFUSED, **of_city)
        checked(city, "Fine")
        checked(city, "Soon", date(2026, 6, 30))
        checked(city, "Over", date(2026, 5, 31))
        renewing = checked(city, "Renewing")
        factories.assurance(renewing, AssuranceKind.INSURANCE)
        factories.provider(name="Of another city", status=ProviderStatus.APPLIED)

        found = {pile: names(db, officer, pile) for pile in Pile}

        assert found == {
            Pile.WAITING: ["Kites"],
            Pile.EVIDENCE: ["Renewing"],
            Pile.RUNS_OUT: ["Soon"],
            Pile.LAPSED: ["Over"],
            Pile.SUSPENDED: ["Stopped"],
            Pile.REFUSED: ["Back"],
            Pile.PREPARING: ["New"],
            Pile.CHECKED: ["Fine", "Renewing", "Soon"],
        }
        assert piles_of(db, officer, NOW) == {pile: len(there) for pile, there in found.items()}

    def test_the_oldest_is_first_and_its_days_are_said(self, db, city, asking, officer):
        factories.provider(
            name="Newer", in_city=city, status=ProviderStatus.APPLIED, evidence_in_at=NOW
        )

        assert names(db, officer, Pile.WAITING) == ["Kites", "Newer"]
        assert longest_wait(db, officer, NOW) == 12
        assert longest_wait(db, factories.officer(), NOW) is None

    def test_an_officer_with_no_city_sees_nothing(self, db, asking):
        nobody = factories.adult(Role.AUTHORITY_OFFICER)

        assert set(piles_of(db, nobody, NOW).values()) == {0}
        assert names(db, nobody, Pile.WAITING) == []

    @pytest.mark.parametrize(
        ("part", "found"), [("kIt", ["Kites"]), ("%", []), ("_", []), ("x", [])]
    )
    def test_a_part_of_the_name_finds_it(self, db, asking, officer, part, found):
        assert names(db, officer, Pile.WAITING, name=part) == found


class TestQueue:
    def test_says_who_waits_for_how_long_and_for_which_yes(
        self, sign_in, db, asking, city, officer
    ):
        decisions.check_identity(db, provider_uuid=asking.uuid, officer=officer, now=NOW, reason="")
        other = factories.officer(of=city)
        client = sign_in(officer)
        assert "Waits for the first yes" in client.get("/authority/providers").text
        client.post(f"/authority/providers/{asking.uuid}/decision", data={"act": "approve"})

        page = client.get("/authority/providers").text
        assert "1 organisation waits for a check." in page
        assert "The oldest has waited for 12 days." in page
        assert "You said yes first" in page
        assert "data-next" in page
        assert "Waits for the second yes" in sign_in(other).get("/authority/providers").text

    def test_is_empty_in_words(self, sign_in, officer):
        page = sign_in(officer).get("/authority/providers").text

        assert "No organisation waits for a check." in page

    @pytest.mark.parametrize("pile", [*Pile, "no such pile"])
    def test_every_pile_opens(self, sign_in, asking, officer, pile):
        page = sign_in(officer).get(f"/authority/providers?show={pile}&name=%00Ki")

        assert page.status_code == 200

    @pytest.mark.parametrize("many", [1, 3])
    @pytest.mark.parametrize("pile", list(Pile))
    def test_a_longer_queue_asks_no_more_of_the_database(
        self, sign_in, city, officer, count_queries, pile, many
    ):
        for _ in range(many):
            factories.member(
                of=factories.provider(
                    in_city=city, status=ProviderStatus.APPLIED, evidence_in_at=NOW
                )
            )
            checked(city)
        client = sign_in(officer)
        count_queries.clear()

        client.get(f"/authority/providers?show={pile.value}")

        assert len([each for each in count_queries if "SAVEPOINT" not in each]) <= 6


class TestReview:
    @pytest.fixture
    def address(self, asking):
        return f"/authority/providers/{asking.uuid}"

    @pytest.fixture
    def decide(self, sign_in, officer, address):
        client = sign_in(officer)

        def decide(act, reason=""):
            return client.post(f"{address}/decision", data={"act": act, "reason": reason})

        return decide

    def test_shows_all_that_an_officer_needs(self, sign_in, db, asking, officer, address):
        contact = factories.member(of=asking)
        email = contact.email

        page = sign_in(officer).get(address).text

        for said in (
            "company-information.service.gov.uk/company/01234567",
            email,
            "In the folder in the office.",
            "Nobody has looked yet",
            f"{address}/prepared",
        ):
            assert said in page

    def test_it_takes_two_officers_and_says_so(self, sign_in, db, city, asking, decide, address):
        assert "First check that" in decide("approve").text
        assert decide("identity", "On the register.").location == f"{address}?done=identity"
        assert decide("approve", "Met them.").status_code == 303
        again = decide("approve", "Met them twice.")
        assert (again.status_code, "takes a second officer" in again.text) == (409, True)
        assert "Met them twice." in again.text, "what was typed is kept"
        assert db.query(Provider).filter_by(name="Kites").one().status is ProviderStatus.APPLIED

        second = sign_in(factories.officer(of=city))
        second.post(f"{address}/decision", data={"act": "approve"})

        assert db.query(Provider).filter_by(name="Kites").one().status is ProviderStatus.VERIFIED
        page = second.get(address).text
        for said in ("Second yes", "First yes", "On the register.", "Met them."):
            assert said in page

    @pytest.mark.parametrize(
        ("act", "status"),
        [("refuse", ProviderStatus.REFUSED), ("suspend", ProviderStatus.SUSPENDED)],
    )
    def test_to_send_back_or_pause_says_why(self, db, decide, act, status):
        silent = decide(act)
        assert silent.status_code == 409
        assert 'id="reason-error"' in silent.text
        assert db.query(Decision).count() == 0

        assert decide(act, "The policy is old.").status_code == 303
        assert db.query(Provider).filter_by(name="Kites").one().status is status

    @pytest.mark.parametrize(
        ("data", "words"),
        [
            ({}, "Choose what you decide."),
            ({"act": "delete"}, "Choose what you decide."),
            ({"act": "refuse", "reason": "x" * 501}, "500 characters or fewer"),
        ],
    )
    def test_what_is_no_decision_is_said(self, sign_in, db, officer, address, data, words):
        page = sign_in(officer).post(f"{address}/decision", data=data)

        assert (page.status_code, words in page.text) == (422, True)
        assert db.query(Decision).count() == 0

    def test_several_pieces_are_accepted_at_once_with_one_reason(
        self, sign_in, db, asking, officer, address
    ):
        papers = db.query(Assurance).filter_by(provider_id=asking.id).order_by(Assurance.id).all()
        chosen, rest = [str(each.uuid) for each in papers[:3]], papers[3].uuid
        client = sign_in(officer)

        sent = client.post(
            f"{address}/evidence",
            data={"paper": chosen, "verdict": "accept", "paper_reason": "Seen at their office."},
        )

        assert sent.status_code == 303
        assert db.query(Assurance).filter(Assurance.accepted_by_id.is_not(None)).count() == 3
        assert {each.reason for each in db.query(Decision)} == {"Seen at their office."}
        assert client.get(address).text.count("You accepted it") == 3
        # All of them, or none: the first of these is accepted by this officer already.
        again = client.post(
            f"{address}/evidence", data={"paper": [str(rest), chosen[0]], "verdict": "accept"}
        )
        assert (again.status_code, "takes a second officer" in again.text) == (409, True)
        assert again.text.count(" checked") == 3, "both pieces and the verdict"
        assert db.query(Assurance).filter(Assurance.accepted_by_id.is_not(None)).count() == 3

    def test_one_piece_is_sent_back_with_its_reason(self, sign_in, db, asking, officer, address):
        paper = db.query(Assurance).filter_by(provider_id=asking.id, kind="insurance").one().uuid
        client = sign_in(officer)
        data = {"paper": str(paper), "verdict": "refuse"}

        silent = client.post(f"{address}/evidence", data=data)
        assert (silent.status_code, 'id="paper_reason-error"' in silent.text) == (409, True)
        assert (
            client.post(
                f"{address}/evidence", data=data | {"paper_reason": "It is a quote."}
            ).status_code
            == 303
        )

        row = db.query(Assurance).filter_by(uuid=paper).one()
        assert (row.refused_at, row.accepted_at) == (NOW, None)
        assert "Public liability insurance" in client.get(address).text.split('id="trace"')[1]

    @pytest.mark.parametrize(
        ("data", "words"),
        [
            ({"verdict": "accept"}, "Choose at least one."),
            ({"paper": "x", "verdict": "accept"}, "Choose at least one."),
            ({"paper": "{paper}"}, "Choose whether it will do."),
        ],
    )
    def test_what_is_no_verdict_is_said(self, sign_in, db, asking, officer, address, data, words):
        paper = db.query(Assurance).filter_by(provider_id=asking.id).first().uuid
        data = {name: value.format(paper=paper) for name, value in data.items()}

        page = sign_in(officer).post(f"{address}/evidence", data=data)

        assert (page.status_code, words in page.text) == (422, True)

    def test_a_paper_of_another_organisation_is_not_judged_here(
        self, sign_in, db, city, officer, address
    ):
        other = factories.provider(name="Other", in_city=city, status=ProviderStatus.APPLIED)
        paper = factories.assurance(other, AssuranceKind.INSURANCE).uuid

        answer = sign_in(officer).post(
            f"{address}/evidence", data={"paper": str(paper), "verdict": "accept"}
        )

        assert answer.status_code == 404
        assert db.query(Assurance).filter_by(uuid=paper).one().accepted_at is None

    @pytest.mark.parametrize("has_left", [False, True])
    def test_nobody_decides_on_their_own_organisation(
        self, sign_in, db, asking, officer, address, has_left
    ):
        db.add(
            ProviderMember(
                provider_id=asking.id, user_id=officer.id, ended_at=NOW if has_left else None
            )
        )
        paper = str(db.query(Assurance).filter_by(provider_id=asking.id).first().uuid)
        client = sign_in(officer)

        page = client.get(address).text
        assert "You belong to this organisation." in page
        assert "What do you decide?" not in page
        for send, data in (
            ("decision", {"act": "identity"}),
            ("decision", {"act": "suspend", "reason": "x"}),
            ("evidence", {"paper": paper, "verdict": "accept"}),
        ):
            refused = client.post(f"{address}/{send}", data=data)
            assert (refused.status_code, "You belong to this" in refused.text) == (403, True)
        assert db.query(Decision).count() == 0

    def test_an_officer_of_another_city_is_told_nothing(self, sign_in, db, asking, address):
        paper = str(db.query(Assurance).filter_by(provider_id=asking.id).first().uuid)
        client = sign_in(factories.officer())

        answers = [
            client.get(address),
            client.get(f"{address}/prepared"),
            client.post(f"{address}/decision", data={"act": "suspend", "reason": "x"}),
            client.post(f"{address}/evidence", data={"paper": paper, "verdict": "accept"}),
        ]

        assert [each.status_code for each in answers] == [404] * 4
        assert "Kites" not in client.get("/authority/providers").text

    @pytest.mark.parametrize(
        "role", [Role.PROVIDER_ADMIN, Role.GUARDIAN, Role.SUPPORTER, Role.PLATFORM_ADMIN]
    )
    def test_it_is_for_officers(self, sign_in, address, role):
        client = sign_in(factories.adult(role))

        answers = [
            client.get("/authority/providers"),
            client.get(address),
            client.get(f"{address}/prepared"),
            client.post(f"{address}/decision", data={"act": "approve"}),
            client.post(f"{address}/evidence", data={"verdict": "accept"}),
        ]
        assert [each.status_code for each in answers] == [403] * 5

    def test_who_lapsed_is_listed_again_once_two_accept_a_newer_paper(
        self, sign_in, db, city, officer
    ):
        provider = checked(city, "Over", date(2026, 5, 31))
        papers = [str(factories.assurance(provider, kind).uuid) for kind in AssuranceKind]
        address, slug = f"/authority/providers/{provider.uuid}", provider.slug
        second = factories.officer(of=city)
        data = {"paper": papers, "verdict": "accept"}

        first = sign_in(officer)
        assert "Something has run out" in first.get(address).text
        first.post(f"{address}/evidence", data=data)
        assert first.get(f"/p/{slug}").status_code == 404
        client = sign_in(second)
        client.post(f"{address}/evidence", data=data)

        assert client.get(f"/p/{slug}").status_code == 200

    def test_what_they_have_prepared_is_there_before_anyone_finds_it(
        self, sign_in, asking, officer, address
    ):
        factories.scheduled_session(
            opportunity=factories.opportunity(provider=asking, title="Fly a kite")
        )
        factories.opportunity(title="Noise of another")

        page = sign_in(officer).get(f"{address}/prepared")

        assert page.status_code == 200
        assert "Fly a kite" in page.text
        assert "3 places" in page.text
        assert "Noise" not in page.text
