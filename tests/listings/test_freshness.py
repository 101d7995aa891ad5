"""We ask twice whether a listing is still right, and take the answer by a link from the e-mail."""

from datetime import timedelta
from urllib.parse import quote

import pytest
from itsdangerous import Signer

from accounts.models import Role
from listings.cli import commands
from listings.freshness import LinkIsOver, ask_whether_right, confirm_by_link, listing_for_answer
from notices.kinds import NoticeKind
from notices.models import Notice
from opportunities.models import OpportunityStatus
from opportunities.queries import SearchRequest, search
from opportunities.still_right import answer_of, still_right_path
from providers.models import ProviderMember, ProviderStatus
from tests import factories
from tests.factories import NOW

LONG_AGO = NOW - timedelta(days=100)


@pytest.fixture(autouse=True)
def inside(app, db):
    """Links are signed with the secret of the application."""
    with app.app_context():
        yield


@pytest.fixture
def provider(db):
    return factories.provider()


@pytest.fixture
def member(provider):
    return factories.member(of=provider)


@pytest.fixture
def listing(db, provider):
    """Make something with a session far ahead, last confirmed so many days ago."""

    def listing(days, title="Pottery", of=None, starts_at=NOW + timedelta(days=300), **given):
        made = factories.opportunity(
            title=title, provider=of or provider, checked_at=NOW - timedelta(days=days), **given
        )
        factories.scheduled_session(opportunity=made, starts_at=starts_at)
        return made

    return listing


def _asked(db):
    """Return whom we wrote to about what, and whether for the last time."""
    return [
        (each.user_id, [one["title"] for one in each.details["listings"]], each.details["is_last"])
        for each in db.query(Notice).order_by(Notice.id)
    ]


def _token(opportunity, member, now=NOW):
    return still_right_path(opportunity, member, now=now).removeprefix("/provide/still-right/")


def test_each_member_is_asked_once_at_90_days_and_once_at_150(db, member, listing):
    pottery = listing(0)
    days = [
        (day, ask_whether_right(db, NOW + timedelta(days=day, hours=1)))
        for day in (82, 89, 90, 91, 149, 150, 151, 179, 180, 250)
    ]

    assert [day for day, written in days if written] == [90, 150]
    assert _asked(db) == [
        (member.id, [pottery.title], False),
        (member.id, [pottery.title], True),
    ]


def test_one_e_mail_asks_about_all_of_an_organisation_and_about_what_is_due_within_a_week(
    db, provider, member, listing
):
    other = factories.provider(name="Other")
    another = factories.member(of=other)
    second = factories.member(of=provider)
    for days, title in ((151, "A"), (90, "B"), (84, "C"), (82, "not yet")):
        listing(days, title)
    listing(95, "theirs", of=other)

    assert ask_whether_right(db, NOW) == 3
    assert sorted(_asked(db)) == sorted(
        [
            (member.id, ["A", "B", "C"], True),
            (second.id, ["A", "B", "C"], True),
            (another.id, ["theirs"], False),
        ]
    )
    assert ask_whether_right(db, NOW + timedelta(days=6)) == 0


def test_what_cannot_be_found_anyway_is_not_asked_about(db, member, listing):
    suspended = factories.provider(status=ProviderStatus.SUSPENDED)
    factories.member(of=suspended)
    listing(181, "paused by now")
    listing(100, "withdrawn", status=OpportunityStatus.WITHDRAWN)
    listing(100, "over", starts_at=NOW - timedelta(days=1))
    listing(100, "of a suspended one", of=suspended)

    assert ask_whether_right(db, NOW) == 0
    assert _asked(db) == []


def test_a_confirmed_listing_is_asked_about_anew_after_90_days(db, member, listing):
    pottery = listing(100)
    ask_whether_right(db, NOW)
    pottery.checked_at = NOW

    assert ask_whether_right(db, NOW + timedelta(days=60)) == 0
    assert ask_whether_right(db, NOW + timedelta(days=90)) == 1


def test_where_nobody_can_answer_the_question_is_kept_for_later(db, provider, listing):
    listing(100)

    assert ask_whether_right(db, NOW) == 0
    factories.member(of=provider)
    assert ask_whether_right(db, NOW) == 1


def test_an_e_mail_about_very_many_says_how_many_more(db, member, listing):
    for number in range(23):
        listing(100, f"Pottery {number}")

    ask_whether_right(db, NOW)

    notice = db.query(Notice).one()
    assert (len(notice.details["listings"]), notice.details["more"]) == (20, 3)


def test_the_link_shows_the_listing_and_only_the_button_changes_it(client, db, member, listing):
    pottery = listing(100)
    path = still_right_path(pottery, member, now=NOW)
    db.commit()

    shown = client.get(path)
    db.refresh(pottery)
    before = pottery.checked_at
    thanked = client.post(path)
    db.refresh(pottery)

    assert (shown.status_code, before, thanked.status_code) == (200, LONG_AGO, 200)
    assert "Pottery" in shown.text
    assert "Yes, still right" in shown.text
    assert shown.headers["Referrer-Policy"] == "no-referrer"
    assert shown.headers["Cache-Control"] == "no-store"
    assert pottery.checked_at == NOW
    assert "Thank you" in thanked.text


def test_the_link_speaks_welsh(client, db, member, listing):
    path = "/cy" + still_right_path(listing(100), member, now=NOW)
    db.commit()

    assert 'lang="cy"' in client.get(path).text
    assert client.post(path).status_code == 200
    assert "Nid yw" in client.get(path + "x").text


def test_a_link_for_what_was_confirmed_since_says_thanks_and_does_nothing(
    client, db, member, listing
):
    pottery = listing(100)
    path = still_right_path(pottery, member, now=NOW)
    pottery.checked_at = yesterday = NOW - timedelta(days=1)
    db.commit()

    answers = [client.get(path), client.post(path)]

    db.refresh(pottery)
    assert pottery.checked_at == yesterday
    assert ["Thank you" in each.text for each in answers] == [True, True]
    assert ["Yes, still right" in each.text for each in answers] == [False, False]


def test_the_button_revives_what_was_paused(db, member, listing):
    pottery = listing(185)
    wanted = SearchRequest(starts_after=NOW)
    before = [row.scheduled.opportunity for row in search(db, wanted)]

    confirm_by_link(db, _token(pottery, member, NOW - timedelta(days=30)), now=NOW)

    assert before == []
    assert [row.scheduled.opportunity for row in search(db, wanted)] == [pottery]


def test_after_one_the_next_is_offered(client, db, member, listing):
    first, second = listing(100, "Pottery"), listing(110, "Painting")
    listing(10, "Fresh")
    path = still_right_path(first, member, now=NOW)
    db.commit()

    thanked = client.post(path).text

    assert "One more waits for your answer: Painting." in thanked
    following = still_right_path(second, member, now=NOW)
    assert f'href="{following}"' in thanked
    assert "One more waits" not in client.post(following).text


@pytest.mark.parametrize(
    "ended", ["removed", "suspended", "closed", "withdrawn", "old", "tampered", "other purpose"]
)
def test_a_link_stops_at_once(client, db, provider, member, listing, ended):
    pottery = listing(100)
    token = _token(pottery, member, NOW - timedelta(days=60) if ended == "old" else NOW)
    if ended == "removed":
        db.delete(db.get(ProviderMember, (provider.id, member.id)))
    elif ended == "suspended":
        provider.status = ProviderStatus.SUSPENDED
    elif ended == "closed":
        member.disabled_at = NOW
    elif ended == "withdrawn":
        pottery.status = OpportunityStatus.WITHDRAWN
    elif ended == "tampered":
        token = token[:-1] + ("A" if token[-1] != "A" else "B")
    elif ended == "other purpose":
        told = token.rpartition(".")[0]
        token = Signer("a secret that only tests know", salt="other").sign(told).decode()
    db.commit()

    answers = [client.get(f"/provide/still-right/{quote(token)}")]
    answers.append(client.post(f"/provide/still-right/{quote(token)}"))

    db.refresh(pottery)
    assert [each.status_code for each in answers] == [410, 410]
    assert [each.headers["Cache-Control"] for each in answers] == ["no-store", "no-store"]
    assert all("This link does not work any more" in each.text for each in answers)
    assert pottery.checked_at == LONG_AGO
    with pytest.raises(LinkIsOver):
        listing_for_answer(db, token, now=NOW)


def test_a_link_keeps_the_instant_that_it_was_made_for(db, member, listing):
    pottery = listing(100)
    pottery.checked_at += timedelta(microseconds=123_457)

    answer = answer_of(_token(pottery, member), now=NOW)

    assert (answer.opportunity_uuid, answer.member_uuid) == (pottery.uuid, member.uuid)
    assert answer.checked_at == pottery.checked_at


def test_a_stranger_with_an_account_is_no_member(db, listing):
    stranger = factories.adult(Role.PROVIDER_ADMIN)

    with pytest.raises(LinkIsOver):
        confirm_by_link(db, _token(listing(100), stranger), now=NOW)


def test_the_command_says_how_many_it_wrote(app, db, client, member, listing):
    listing(100)

    results = [
        app.test_cli_runner().invoke(commands, ["ask", *more], catch_exceptions=False)
        for more in ([], ["--json"])
    ]
    answers = [each.output for each in results]

    assert answers == ["E-mails to send: 1.\n", '{"notices": 0}\n']
    assert db.query(Notice).one().kind is NoticeKind.STILL_RIGHT
