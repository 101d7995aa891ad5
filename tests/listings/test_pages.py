"""The pages of a provider's listings: each once happy, once for each answer it can give."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from accounts.models import Role
from badges.models import Achievement
from geo.models import Place
from listings.models import ListingDraft
from opportunities.freshness import PAUSED_AFTER
from opportunities.models import (
    Category,
    Opportunity,
    OpportunityKind,
    OpportunityStatus,
    ScheduledSession,
)
from providers.models import ProviderStatus
from tests import factories
from tests.factories import NOW

WHAT = {
    "title": "Make a pot",
    "description": "You will make a pot on a wheel and take it home.",
    "kind": "enrichment",
    "category": "arts_and_culture",
    "min_age": "11",
    "max_age": "16",
    "badge": "new",
    "badge_name": "Clay Hand",
    "badge_criteria": "Come once and make one pot.",
    "badge_icon": "palette",
}
WHEN = {
    "date": "2026-06-06",
    "start": "10:00",
    "end": "12:00",
    "place": "new",
    "place_name": "Kiln Yard",
    "place_address": "1 Kiln Lane, Testford",
    "place_postcode": "yo1 7hh",
    "place_step_free": "true",
    "places": "12",
    "cost": "2.50",
    "welcome": ["new_people", "food"],
}
#: What belongs to the day on which it is held.
REPEATS = {"repeats", "days", "school", "until", "left_out"}
NEW = "/provide/activities/new"


class TestPosting:
    def test_twelve_groups_of_fields(self, staff):
        first = staff.get(NEW, follow_redirects=True).text
        second = staff.post(NEW, data=WHAT | {"go": "when"}, follow_redirects=True).text

        asked = set(re.findall(r'<(?:input|select|textarea)[^>]* name="(\w+)"', first + second))
        assert asked - {"csrf_token", "uuid", "page"} == set(WHAT) | set(WHEN) | REPEATS
        groups = {
            *("title", "description", "kind", "date", "start", "end", "place", "ages", "places"),
            *("cost", "welcome", "badge"),
        }
        told = {re.sub("^(place|badge)_.*", r"\1", name) for name in set(WHAT) | set(WHEN)}
        told = {{"min_age": "ages", "max_age": "ages", "category": "kind"}.get(n, n) for n in told}
        assert told == groups
        assert len(groups) == 12

    def test_two_pages_a_last_look_and_it_is_posted(self, staff, db, provider):
        number = provider.id
        uuid = _key(staff)
        second = staff.post(NEW, data=WHAT | {"go": "when", "uuid": uuid})
        check = staff.post(NEW, data=WHEN | {"go": "check", "uuid": uuid}, follow_redirects=True)
        posted = staff.post(NEW, data={"go": "post", "uuid": uuid})

        assert second.location == f"/provide/activities/drafts/{uuid}?page=when"
        assert check.request.full_path == f"/provide/activities/drafts/{uuid}?page=check"
        for words in ("Saturday 6 June 2026", "10am", "Kiln Yard", "£2.50", "Clay Hand: Come"):
            assert words in check.text
        assert (posted.status_code, posted.location) == (
            303,
            f"/provide/activities/{uuid}?done=posted",
        )
        assert db.query(ListingDraft).count() == 0
        opportunity = db.query(Opportunity).one()
        assert (opportunity.provider_id, opportunity.kind) == (number, OpportunityKind.ENRICHMENT)
        assert opportunity.category is Category.ARTS_AND_CULTURE
        assert (opportunity.min_age, opportunity.max_age, opportunity.cost_pence) == (11, 16, 250)
        assert opportunity.welcome == ["new_people", "food"]
        assert (opportunity.place.name, opportunity.place.step_free) == ("Kiln Yard", True)
        assert (opportunity.achievement.name, opportunity.achievement.icon) == (
            "Clay Hand",
            "palette",
        )
        scheduled = db.query(ScheduledSession).one()
        assert (scheduled.starts_at.isoformat(), scheduled.maximum_capacity) == (
            "2026-06-06T09:00:00+00:00",
            12,
        )
        assert "Make a pot" in staff.get(posted.location).text

    def test_what_was_typed_travels_there_and_back(self, staff):
        second = staff.post(NEW, data=WHAT | WHEN | {"go": "when"}, follow_redirects=True).text
        first = staff.post(NEW, data=WHAT | WHEN | {"go": "what"}, follow_redirects=True).text

        for page, typed in ((first, WHAT), (second, WHEN)):
            for name, value in typed.items():
                for each in [value] if isinstance(value, str) else value:
                    assert each in page, name

    def test_a_button_pressed_twice_posts_once(self, staff, db):
        uuid = _key(staff)

        for _ in range(2):
            assert (
                staff.post(NEW, data=WHAT | WHEN | {"go": "post", "uuid": uuid}).status_code == 303
            )
        assert db.query(Opportunity).count() == 1
        assert db.query(Place).filter_by(name="Kiln Yard").count() == 1
        assert db.query(Achievement).count() == 1

    def test_a_place_and_a_badge_are_remembered(self, staff, db, provider):
        badge = factories.achievement(issuer=provider, name="Old Hand")
        place = factories.opportunity(provider=provider).place
        db.commit()
        slug, uuid, number = badge.slug, str(place.uuid), place.id

        page = staff.get(NEW, follow_redirects=True).text
        assert "Old Hand" in page
        data = WHAT | WHEN | {"badge": slug, "place": uuid, "title": "Again"}
        assert staff.post(NEW, data=data | {"go": "check"}).status_code == 303
        staff.post(NEW, data=data | {"go": "post"})

        opportunity = db.query(Opportunity).filter_by(title="Again").one()
        assert (opportunity.achievement.slug, opportunity.place_id) == (slug, number)

    def test_no_badge_is_an_answer_too(self, staff, db):
        staff.post(NEW, data=WHAT | WHEN | {"badge": "none", "go": "post"})

        assert db.query(Opportunity).one().achievement is None

    @pytest.mark.parametrize(
        ("changed", "words"),
        [
            ({"title": ""}, "Give it a name."),
            ({"title": "x" * 81}, "80 characters or fewer"),
            ({"description": ""}, "Say what a young person will do"),
            ({"description": "x" * 301}, "300 characters or fewer"),
            ({"kind": "nonsense"}, "Choose what kind it is."),
            ({"category": ""}, "Choose what it is about."),
            ({"min_age": "9"}, "from 11 to 25"),
            ({"min_age": "x"}, "from 11 to 25"),
            ({"min_age": "17"}, "The oldest age comes second."),
            ({"badge_name": ""}, "Give the new badge a name."),
            ({"badge_criteria": ""}, "Say what someone does to earn it."),
            ({"badge_icon": "../x"}, "Choose a picture."),
        ],
    )
    def test_the_first_page_says_what_is_wrong(self, staff, db, changed, words):
        page = staff.post(NEW, data=WHAT | WHEN | changed | {"go": "post"})

        assert page.status_code == 422
        assert words in page.text
        assert "There is a problem" in page.text
        assert db.query(ListingDraft).one().typed["place_name"] == "Kiln Yard"
        assert db.query(Opportunity).count() == 0

    @pytest.mark.parametrize(
        ("changed", "words"),
        [
            ({"date": ""}, "Choose the day."),
            ({"date": "soon"}, "Type a day"),
            ({"date": "2026-05-30"}, "still to come"),
            ({"date": "2027-03-28", "start": "01:30", "end": "03:00"}, "clocks go forward"),
            ({"start": "late"}, "Type a time"),
            ({"end": "09:00"}, "end after it starts"),
            ({"place": ""}, "Choose where it is."),
            ({"place": "b8b0d8d0-0000-4000-8000-000000000000"}, "Choose where it is."),
            ({"place_name": ""}, "Give the place a name."),
            ({"place_postcode": ""}, "Type the postcode"),
            ({"place_postcode": "ZZ1 1ZZ"}, "do not know that postcode"),
            ({"places": "0"}, "from 1 to 500"),
            ({"places": "many"}, "from 1 to 500"),
            ({"cost": "a lot"}, "Type a price"),
            ({"cost": "-1"}, "Type a price"),
            ({"welcome": ["nonsense"]}, "Choose from the list."),
            ({"badge": "someone-elses"}, "Choose one of your badges."),
        ],
    )
    @pytest.mark.parametrize("go", ["check", "post"])
    def test_the_second_page_says_what_is_wrong(self, staff, db, changed, words, go):
        page = staff.post(NEW, data=WHAT | WHEN | changed | {"go": go})

        assert page.status_code == 422
        assert words in page.text
        assert "Make a pot" in page.text
        assert db.query(Opportunity).count() == 0

    def test_it_is_for_providers(self, sign_in):
        assert sign_in(factories.learner()).get(NEW).status_code == 403

    @pytest.mark.parametrize("typed", ["${window.P=99}", "</script><img onerror=x>", "`x`"])
    def test_hostile_names_stay_words(self, staff, typed):
        data = WHAT | WHEN | {"title": typed, "place_name": typed, "badge_name": typed}

        page = staff.post(NEW, data=data | {"go": "check"}, follow_redirects=True)
        assert page.status_code == 200
        assert "<img onerror" not in page.text


class TestHome:
    def test_today_comes_first_and_says_how_many_booked(self, staff, db, provider):
        opportunity = factories.opportunity(provider=provider, title="Pottery")
        later = factories.scheduled_session(
            opportunity=opportunity, starts_at=NOW + timedelta(days=3)
        )
        now = factories.scheduled_session(
            opportunity=opportunity, starts_at=NOW + timedelta(hours=1), places=4
        )
        factories.booking(on=now)
        factories.scheduled_session(opportunity=factories.opportunity(title="Noise"))
        db.commit()
        first, second = str(now.uuid), str(later.uuid)

        page = staff.get("/provide").text

        assert page.index(first) < page.index("Coming up") < page.index(second)
        assert "1 of 4 places booked" in page
        assert "Noise" not in page
        assert "data-next" in page

    def test_the_soonest_stand_first_and_the_rest_is_one_tap_away(self, staff, db, provider):
        opportunity = factories.opportunity(provider=provider)
        ahead = [
            factories.scheduled_session(
                opportunity=opportunity, starts_at=NOW + timedelta(days=1 + day)
            )
            for day in range(10)
        ]
        db.commit()

        page, whole = staff.get("/provide").text, staff.get("/provide?coming=all").text

        assert [str(each.uuid) in page for each in ahead] == [True] * 8 + [False] * 2
        assert "2 more" in page
        assert all(str(each.uuid) in whole for each in ahead)

    def test_before_the_check_a_list_says_what_is_missing(self, sign_in, db):
        provider = factories.provider(status=ProviderStatus.APPLIED)
        client = sign_in(factories.member(of=provider))

        page = client.get("/provide").text

        assert "Before young people can find you" in page
        assert "To do" in page

    def test_while_paused_nothing_can_be_done(self, sign_in, db):
        provider = factories.provider(status=ProviderStatus.SUSPENDED)
        scheduled = factories.scheduled_session(
            opportunity=factories.opportunity(provider=provider)
        )
        client = sign_in(factories.member(of=provider))
        uuid, session_uuid = scheduled.opportunity.uuid, str(scheduled.uuid)

        page = client.get("/provide")
        assert page.status_code == 200
        assert "paused your organisation" in page.text
        assert session_uuid not in page.text
        assert client.get(NEW).status_code == 403
        assert client.get(f"/provide/activities/{uuid}/again").status_code == 404

    def test_without_an_organisation_there_are_words(self, sign_in):
        page = sign_in(factories.adult(Role.PROVIDER_STAFF)).get("/provide")

        assert page.status_code == 200
        assert "belongs to no organisation" in page.text

    @pytest.mark.parametrize("many", [1, 3])
    def test_more_sessions_ask_no_more_of_the_database(
        self, staff, db, provider, count_queries, many
    ):
        for _ in range(many):
            opportunity = factories.opportunity(
                provider=provider, achievement=factories.achievement(issuer=provider)
            )
            factories.scheduled_session(opportunity=opportunity)
        db.commit()
        count_queries.clear()

        staff.get("/provide")

        asked = [each for each in count_queries if "SAVEPOINT" not in each]
        assert len(asked) <= 13, asked


class TestAgain:
    @pytest.fixture
    def uuid(self, db, provider):
        scheduled = factories.scheduled_session(
            opportunity=factories.opportunity(provider=provider), places=7
        )
        db.commit()
        return scheduled.opportunity.uuid

    def test_asks_for_the_day_and_fills_in_the_rest(self, staff, uuid):
        page = staff.get(f"/provide/activities/{uuid}/again").text

        assert 'value="13:00"' in page
        assert 'value="15:00"' in page
        assert 'value="7"' in page

    def test_adds_a_session(self, staff, db, uuid):
        sent = staff.post(
            f"/provide/activities/{uuid}/again",
            data={"date": "2026-12-05", "start": "13:00", "end": "15:00", "places": "7"},
        )

        assert sent.location == "/provide?done=again"
        assert sorted(each.starts_at.hour for each in db.query(ScheduledSession)) == [12, 13]

    @pytest.mark.parametrize(
        ("day", "words"),
        [
            ("", "Choose the day."),
            ("2026-06-02", "at this time already"),
            ("2026-01-01", "to come"),
        ],
    )
    def test_says_what_is_wrong(self, staff, uuid, day, words):
        page = staff.post(
            f"/provide/activities/{uuid}/again",
            data={"date": day, "start": "13:00", "end": "15:00", "places": "7"},
        )

        assert page.status_code == 422
        assert words in page.text

    def test_anybody_elses_is_not_there(self, staff, db):
        uuid = factories.opportunity().uuid
        db.commit()

        assert staff.get(f"/provide/activities/{uuid}/again").status_code == 404
        assert staff.post(f"/provide/activities/{uuid}/again").status_code == 404

    def test_a_paused_listing_is_found_again_once_its_provider_confirms_it(self, staff, db, uuid):
        opportunity = db.scalar(select(Opportunity).filter_by(uuid=uuid))
        opportunity.checked_at = NOW - PAUSED_AFTER
        db.commit()
        page, slug = staff.get("/provide").text, opportunity.slug
        before = staff.get(f"/a/{slug}").status_code

        answer = staff.post(f"/provide/activities/{uuid}/confirm")

        assert "nobody can find or book it until you say" in page
        assert f'action="/provide/activities/{uuid}/confirm"' in page
        assert (before, staff.get(f"/a/{slug}").status_code) == (410, 200)
        assert answer.location == "/provide?done=confirmed"
        assert "It is still right" not in staff.get("/provide").text

    def test_nobody_confirms_anybody_elses(self, staff, db):
        theirs = factories.opportunity(checked_at=NOW - PAUSED_AFTER)
        uuid = theirs.uuid
        db.commit()

        assert staff.post(f"/provide/activities/{uuid}/confirm").status_code == 404
        assert db.scalar(select(Opportunity.checked_at).filter_by(uuid=uuid)) == NOW - PAUSED_AFTER

    def test_withdrawing_asks_first(self, staff, db, uuid):
        address = f"/provide/activities/{uuid}/withdraw"

        assert "keep their place" in staff.get(address).text
        assert _status(db, uuid) is OpportunityStatus.PUBLISHED
        assert staff.post(address).location == "/provide?done=withdrawn"
        assert _status(db, uuid) is OpportunityStatus.WITHDRAWN
        assert staff.post(address).status_code == 409

    def test_nobody_withdraws_anybody_elses(self, staff, db):
        uuid = factories.opportunity().uuid
        db.commit()

        assert staff.post(f"/provide/activities/{uuid}/withdraw").status_code == 404
        assert _status(db, uuid) is OpportunityStatus.PUBLISHED


def _key(staff):
    """The key of a draft that is about to begin."""
    return staff.get(NEW).location.rpartition("=")[2]


def _status(db, uuid):
    return db.query(Opportunity).filter_by(uuid=uuid).one().status


def test_anyone_sees_what_a_provider_has_coming_up(client, db, provider):
    factories.scheduled_session(
        opportunity=factories.opportunity(provider=provider, title="Pottery")
    )
    db.commit()

    page = client.get(f"/p/{provider.slug}/activities")

    assert page.status_code == 200
    assert "Pottery" in page.text
    assert client.get("/p/no-such/activities").status_code == 404
