"""Drafts: nothing that was sent is lost, and nobody reaches anybody else's."""

import re
from uuid import uuid4

import pytest

from app.errors import Conflict, NotAllowed, NotFound
from listings import queries
from listings.drafts import (
    LONGEST_VALUE,
    MOST_DRAFTS,
    TooBig,
    draft_like,
    drop_draft,
    keep_draft,
)
from listings.models import ListingDraft
from opportunities.models import Opportunity, Welcome
from providers.models import ProviderStatus
from tests import factories
from tests.factories import NOW
from tests.listings.test_pages import NEW, WHAT, WHEN


@pytest.fixture
def member(db, provider):
    return factories.member(of=provider)


def _keep(db, provider, member, uuid, typed, **given):
    return keep_draft(
        db, provider=provider, uuid=uuid, typed=typed, typed_by=member, now=NOW, **given
    )


def test_each_thing_typed_is_added_to_what_was(db, provider, member):
    uuid = uuid4()

    _keep(db, provider, member, uuid, {"title": "Pots", "welcome": ["food"]})
    draft = _keep(db, provider, member, uuid, {"title": "Clay"}, cleared={"welcome"})

    assert draft.typed == {"title": "Clay"}
    assert (draft.uuid, draft.typed_by_id, draft.updated_at) == (uuid, member.id, NOW)
    assert db.query(ListingDraft).count() == 1


@pytest.mark.parametrize(
    "typed",
    [
        pytest.param({"title": "x" * (LONGEST_VALUE + 1)}, id="one box"),
        pytest.param({f"box{n}": "x" * LONGEST_VALUE for n in range(7)}, id="all of them"),
        pytest.param({"welcome": ["x"] * 31}, id="a long list"),
        pytest.param({"title": "x" * 10_000_000}, id="ten megabytes"),
    ],
)
def test_more_than_a_draft_holds_is_refused_and_the_draft_stays_as_it_was(
    db, provider, member, typed
):
    uuid = uuid4()
    _keep(db, provider, member, uuid, {"description": "Before"})

    with pytest.raises(TooBig, match="too long to keep"):
        _keep(db, provider, member, uuid, {"description": "After"} | typed)

    assert db.query(ListingDraft).one().typed == {"description": "Before"}


def test_nobody_writes_reads_or_drops_anybody_elses(db, provider, member):
    theirs = factories.provider()
    uuid = uuid4()
    _keep(db, theirs, factories.member(of=theirs), uuid, {"title": "Theirs"})

    with pytest.raises(NotFound):
        _keep(db, provider, member, uuid, {"title": "Mine"})
    with pytest.raises(NotAllowed):
        _keep(db, theirs, member, uuid, {"title": "Mine"})
    with pytest.raises(NotAllowed):
        drop_draft(db, provider=theirs, uuid=uuid, dropped_by=member)
    drop_draft(db, provider=provider, uuid=uuid, dropped_by=member)
    assert queries.own_draft(db, provider, uuid) is None
    assert [draft.typed for draft in db.query(ListingDraft)] == [{"title": "Theirs"}]


def test_a_provider_that_is_suspended_keeps_no_draft(db):
    provider = factories.provider(status=ProviderStatus.SUSPENDED)

    with pytest.raises(NotAllowed):
        _keep(db, provider, factories.member(of=provider), uuid4(), {"title": "Pots"})


def test_a_late_change_does_not_bring_back_what_was_posted(db, provider, member):
    posted = factories.opportunity(provider=provider)

    with pytest.raises(Conflict, match="posted already"):
        _keep(db, provider, member, posted.uuid, {"title": "Late"})


def test_there_is_an_end_to_drafts(db, provider, member):
    for _ in range(MOST_DRAFTS):
        last = _keep(db, provider, member, uuid4(), {"title": "Pots"})

    with pytest.raises(Conflict, match="too many drafts"):
        _keep(db, provider, member, uuid4(), {"title": "One more"})
    assert _keep(db, provider, member, last.uuid, {"title": "Changed"}).typed["title"] == "Changed"


def test_a_draft_like_a_listing_has_all_but_its_day(db, provider, member):
    opportunity = factories.opportunity(
        provider=provider, title="Pots", cost_pence=250, welcome=[Welcome.FOOD]
    )
    factories.scheduled_session(opportunity=opportunity, places=7)
    db.commit()

    typed = draft_like(db, opportunity=opportunity, made_by=member, now=NOW).typed

    assert "date" not in typed
    assert (typed["title"], typed["cost"], typed["places"]) == ("Pots", "2.50", "7")
    assert (typed["start"], typed["end"], typed["welcome"]) == ("13:00", "15:00", ["food"])
    assert typed["place"] == str(opportunity.place.uuid)
    with pytest.raises(NotAllowed):
        draft_like(
            db,
            opportunity=opportunity,
            made_by=factories.member(of=factories.provider()),
            now=NOW,
        )


class TestPages:
    @pytest.fixture
    def staff(self, sign_in, member):
        return sign_in(member)

    @pytest.fixture
    def foreign(self, db):
        """The key of another organisation's draft."""
        theirs = factories.provider()
        uuid = uuid4()
        _keep(db, theirs, factories.member(of=theirs), uuid, {"title": "Theirs"})
        db.commit()
        return uuid

    def test_every_step_is_kept_and_home_leads_back_to_it(self, staff, db):
        uuid = uuid4()
        address = f"/provide/activities/drafts/{uuid}"
        staff.post(NEW, data={"uuid": str(uuid), "page": "what", "title": "Pots", "go": "when"})

        assert f'href="{address}"' in staff.get("/provide").text
        assert 'value="Pots"' in staff.get(address).text
        staff.post(NEW, data=WHAT | {"uuid": str(uuid), "page": "what", "go": "when"})
        assert "Page 2 of 2" in staff.get(address).text
        assert "Page 1 of 2" in staff.get(f"{address}?page=what").text
        assert "Page 2 of 2" in staff.get(f"{address}?page=check").text

    def test_back_on_the_first_page_is_what_was_typed_there(self, staff):
        first = staff.get(NEW).location
        uuid = first.rpartition("=")[2]
        staff.post(NEW, data=WHAT | {"uuid": uuid, "page": "what", "go": "when"})

        assert 'value="Make a pot"' in staff.get(first).text

    def test_a_box_that_was_emptied_is_empty_and_other_pages_stay(self, staff, db):
        data = {"uuid": str(uuid4()), "go": "when"}
        staff.post(NEW, data=WHAT | WHEN | data)
        when = {name: value for name, value in WHEN.items() if name != "welcome"}
        staff.post(NEW, data=when | data | {"page": "when", "go": "what"})

        typed = db.query(ListingDraft).one().typed
        assert "welcome" not in typed
        assert (typed["title"], typed["cost"]) == ("Make a pot", "2.50")

    def test_a_script_keeps_a_page_as_it_is_typed(self, staff, db):
        address = f"/provide/activities/drafts/{uuid4()}"

        kept = staff.post(address, data={"page": "what", "title": "Pots"})

        assert (kept.status_code, kept.json) == (200, {"kept": True})
        assert db.query(ListingDraft).one().typed == {"title": "Pots"}

    @pytest.mark.parametrize("size", [LONGEST_VALUE + 1, 300_000, 10_000_000])
    def test_a_field_that_is_too_big_is_refused_in_words_and_nothing_is_kept(self, staff, db, size):
        data = {"page": "what", "title": "Pots", "description": "x" * size, "go": "when"}

        sent = staff.post(NEW, data=data)
        kept = staff.post(
            f"/provide/activities/drafts/{uuid4()}",
            data=data,
            headers={"Accept": "application/json"},
        )

        assert (sent.status_code, kept.status_code) == (413, 413)
        assert "Use 300 characters or fewer." in sent.text or "too big" in sent.text
        assert set(kept.json) == {"error"}
        assert db.query(ListingDraft).count() == 0

    def test_anybody_elses_is_as_if_it_were_not_there(self, staff, db, foreign):
        for uuid in (foreign, uuid4()):
            address = f"/provide/activities/drafts/{uuid}"
            assert staff.get(address).status_code == 404
            assert staff.get(f"{address}/page").status_code == 404
            assert staff.post(f"{address}/delete").status_code == 404
            page = staff.get(f"{NEW}?draft={uuid}").text
            assert "Theirs" not in page
        sent = staff.post(NEW, data=WHAT | {"uuid": str(foreign), "go": "when"})
        assert sent.status_code == 404
        assert staff.post(f"/provide/activities/drafts/{foreign}").status_code == 404
        assert db.query(ListingDraft).one().typed == {"title": "Theirs"}

    def test_deleting_takes_it_off_the_list(self, staff, db):
        uuid = uuid4()
        staff.post(NEW, data=WHAT | {"uuid": str(uuid), "go": "when"})

        gone = staff.post(f"/provide/activities/drafts/{uuid}/delete")

        assert gone.location == "/provide?done=dropped"
        assert "Make a pot" not in staff.get("/provide").text
        assert db.query(ListingDraft).count() == 0

    def test_what_was_posted_leads_to_the_listing(self, staff, db, provider):
        uuid = factories.opportunity(provider=provider).uuid
        db.commit()

        assert staff.get(f"/provide/activities/drafts/{uuid}").location == (
            f"/provide/activities/{uuid}"
        )

    def test_something_like_it_begins_as_a_draft(self, staff, db, provider):
        uuid = factories.opportunity(provider=provider, title="Pots").uuid
        db.commit()

        begun = staff.post(f"/provide/activities/{uuid}/copy")

        assert re.fullmatch(r"/provide/activities/drafts/[0-9a-f-]{36}\?page=what", begun.location)
        assert 'value="Pots"' in staff.get(begun.location).text
        assert db.query(Opportunity).count() == 1
