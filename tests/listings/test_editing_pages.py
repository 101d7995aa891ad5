"""The pages that change a listing and tell its story; and hostile words on each of them."""

import re
from dataclasses import dataclass
from uuid import uuid4

import pytest

from geo.models import City
from listings import queries
from listings.decisions import send_back_listing
from listings.models import VersionState
from opportunities.models import Opportunity, OpportunityKind, OpportunityStatus
from tests import factories
from tests.factories import NOW
from tests.listings.test_pages import NEW, WHAT, WHEN

EDIT = {
    "title": "Make a bowl",
    "description": "You will make a bowl.",
    "category": "sport",
    "min_age": "12",
    "max_age": "17",
    "badge": "none",
    "cost": "3",
    "welcome": ["food"],
}
MORE = {
    "mode": "mixed",
    "suits_min_age": "12",
    "suits_max_age": "14",
    "cost_help": "Ask us, and it is free.",
    "booking": "asked",
    "has_waiting_list": "true",
    "booking_opens_days": "14",
    "booking_closes_hours": "2",
    "question_1": "What is your shoe size?",
    "question_3": "Which hand do you write with?",
}
WORK = {
    "role": "Bakery helper",
    "hours_total": "30",
    "hours_a_week": "15",
    "tasks": "Bake bread.",
    "outcomes": "How bread is made.",
    "expenses": "Bus fare.",
    "points": ["purpose", "people"],
    "point_purpose": "We say why on Monday.",
    "is_insured": "true",
    "insured_until": "2026-12-31",
    "has_assessed_risks": "true",
    "risks_assessed_on": "2026-05-01",
}
HOSTILE = '<script>alert(1)</script><img src=x onerror="alert(2)">{{ 7 * 7 }}'


@dataclass
class Known:
    """A listing, and what of it is still known after a request has let go of its row."""

    row: Opportunity

    def __post_init__(self):
        self.uuid, self.slug, self.title = self.row.uuid, self.row.slug, self.row.title
        self.place = str(self.row.place.uuid)


@pytest.fixture
def opportunity(db, provider):
    opportunity = factories.opportunity(provider=provider, title="Make a pot", max_age=16)
    factories.scheduled_session(opportunity=opportunity, places=8)
    db.commit()
    return Known(opportunity)


@pytest.fixture
def work(db, provider):
    opportunity = factories.opportunity(
        provider=provider,
        title="Bakery week",
        kind=OpportunityKind.WORK_EXPERIENCE,
        status=OpportunityStatus.DRAFT,
        min_age=16,
        published_at=None,
    )
    factories.scheduled_session(opportunity=opportunity, places=8)
    db.commit()
    return Known(opportunity)


def _address(opportunity, page=""):
    return f"/provide/activities/{opportunity.uuid}{page and '/' + page}"


def _without_keys(answer) -> str:
    """Return a page without what differs from one request to the next: keys, and the form's token."""
    without_token = re.sub(r'name="csrf_token" value="[^"]*"', "", answer.text)
    return re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "", without_token)


class TestEdit:
    def test_a_change_is_live_at_once_and_its_story_says_what_it_was(
        self, staff, db, opportunity, provider
    ):
        address, slug = _address(opportunity), opportunity.slug
        form = staff.get(f"{address}/edit").text
        assert 'value="Make a pot"' in form

        saved = staff.post(f"{address}/edit", data=EDIT | {"place": opportunity.place})

        assert saved.location == f"{address}?done=saved"
        assert "Make a bowl" in staff.get(f"/a/{slug}").text
        history = staff.get(f"{address}/history").text
        for words in ("Name: Make a pot", "<b>Make a bowl</b>", "Ages: 11 to 16", "£3", "Sport"):
            assert words in history

    def test_a_change_that_must_be_seen_waits_and_says_why(self, staff, db, opportunity):
        address, slug = _address(opportunity), opportunity.slug
        data = EDIT | {"place": opportunity.place, "title": "See pots.org"}

        saved = staff.post(f"{address}/edit", data=data)

        assert saved.location == f"{address}?done=waits"
        page = staff.get(saved.location).text
        assert "Your last change waits for the council" in page
        assert "The words hold a web address." in page
        assert "Make a pot" in staff.get(f"/a/{slug}").text
        assert 'value="See pots.org"' in staff.get(f"{address}/edit").text
        assert "A change waits for the council" in staff.get("/provide").text
        assert "Waits for the council" in staff.get(f"{address}/history").text

    @pytest.mark.parametrize(
        ("changed", "words"),
        [
            ({"title": ""}, "Give it a name."),
            ({"min_age": "18"}, "The oldest age comes second."),
            ({"cost": "much"}, "Type a price"),
            ({"place": str(uuid4())}, "Choose where it is."),
            ({"badge": "someone-elses"}, "Choose one of your badges."),
            ({"welcome": ["x"]}, "Choose from the list."),
            ({"description": "x" * 301}, "300 characters or fewer"),
        ],
    )
    def test_what_is_wrong_is_said_and_nothing_is_changed(
        self, staff, db, opportunity, changed, words
    ):
        data = EDIT | {"place": opportunity.place} | changed

        page = staff.post(_address(opportunity, "edit"), data=data)

        assert page.status_code == 422
        assert words in page.text
        assert db.query(Opportunity).one().title == "Make a pot"

    def test_narrower_ages_forget_whom_it_was_meant_for(self, staff, db, opportunity):
        opportunity.row.suits_min_age, opportunity.row.suits_max_age = 11, 12
        db.commit()
        data = EDIT | {"place": opportunity.place}

        assert staff.post(_address(opportunity, "edit"), data=data).status_code == 303
        changed = db.query(Opportunity).one()
        assert (changed.suits_min_age, changed.suits_max_age) == (None, None)


class TestMore:
    def test_what_is_said_comes_to_the_public_page(self, staff, db, opportunity):
        address, slug = _address(opportunity), opportunity.slug

        saved = staff.post(f"{address}/more", data=MORE)

        assert saved.location == f"{address}?done=saved"
        page = staff.get(f"/a/{slug}").text
        for words in (
            "Ask us, and it is free.",
            "The organiser answers each booking.",
            "Booking opens 14 days before.",
            "Booking closes 2 hours before the start.",
            "There is a waiting list.",
            "What is your shoe size?",
            "Which hand do you write with?",
            "meant for 12 to 14",
            "Here or online",
        ):
            assert words in page
        form = staff.get(f"{address}/more").text
        assert 'value="Which hand do you write with?"' in form
        assert 'value="14"' in form

    def test_work_experience_is_published_once_its_gates_are_open(self, staff, db, work):
        address, slug = _address(work), work.slug
        assert "Nobody can find it yet" in staff.get(address).text
        assert staff.get(f"/a/{slug}").status_code == 404

        saved = staff.post(f"{address}/more", data=WORK)

        assert saved.status_code == 303
        page = staff.get(f"/a/{slug}")
        assert page.status_code == 200
        for words in (
            *("Bakery helper", "Bake bread.", "How bread is made.", "Bus fare.", "30", "15"),
            "Everyone knows why they are there: We say why on Monday.",
            "You meet people in different jobs",
            "looked at the risks with young people in mind",
        ):
            assert words in page.text
        assert "You do a real task" not in page.text

    def test_volunteering_says_its_role_hours_and_expenses(self, staff, db, opportunity):
        opportunity.row.kind = OpportunityKind.VOLUNTEERING
        db.commit()
        form = staff.get(_address(opportunity, "more")).text
        assert "insurance" not in form

        staff.post(
            _address(opportunity, "more"),
            data={"role": "Gardener", "hours_a_week": "2", "expenses": ""},
        )

        page = staff.get(f"/a/{opportunity.slug}").text
        assert "Gardener" in page
        assert "None are paid." in page

    @pytest.mark.parametrize(
        ("changed", "words"),
        [
            ({"question_2": "x" * 121}, "120 characters or fewer"),
            ({"booking_opens_days": "0"}, "from 1 to 365"),
            ({"booking_closes_hours": "9999999999999999999999"}, "from 1 to 336"),
            ({"suits_min_age": "11"}, "from 16 to 24"),
            ({"suits_min_age": "20", "suits_max_age": "18"}, "The oldest age comes second."),
            ({"mode": "x"}, "Choose from the list."),
            ({"booking": "x"}, "could not understand"),
            ({"hours_total": "many"}, "from 1 to 600"),
            ({"tasks": "x" * 501}, "500 characters or fewer"),
            ({"points": ["x"]}, "Choose from the list."),
            ({"point_people": "x" * 201}, "200 characters or fewer"),
            ({"insured_until": ""}, "until which it holds"),
            ({"insured_until": "2026-05-31"}, "That day is past."),
            ({"insured_until": "soon"}, "Type a day"),
            ({"risks_assessed_on": ""}, "Type the day you looked"),
            ({"risks_assessed_on": "2026-06-02"}, "still to come"),
        ],
    )
    def test_what_is_wrong_is_said_and_nothing_is_kept(self, staff, db, work, changed, words):
        page = staff.post(_address(work, "more"), data=WORK | changed)

        assert page.status_code == 422
        assert words in page.text
        assert "Bakery helper" in page.text
        assert db.query(Opportunity).one().status is OpportunityStatus.DRAFT

    def test_a_gate_that_would_shut_while_it_is_public_says_so(self, staff, db, work):
        staff.post(_address(work, "more"), data=WORK)

        page = staff.post(_address(work, "more"), data=WORK | {"is_insured": ""})

        assert page.status_code == 422
        assert "insurance holds" in page.text


class TestStates:
    def test_one_place_goes_to_the_council_and_says_so(self, staff, db):
        sent = staff.post(NEW, data=WHAT | WHEN | {"places": "1", "go": "post"})

        page = staff.get(sent.location).text
        assert "The council looks at it before young people can find it." in page
        assert "There is only one place" in page
        opportunity = Known(db.query(Opportunity).one())
        assert staff.get(f"/a/{opportunity.slug}").status_code == 404
        assert "With the council" in staff.get("/provide").text
        assert "Make a pot" in staff.get(_address(opportunity, "page")).text

    def test_what_was_sent_back_shows_the_words_of_the_council(self, staff, db, provider):
        city_id = provider.city_id
        staff.post(NEW, data=WHAT | WHEN | {"title": "See pots.org", "go": "post"})
        opportunity = Known(db.query(Opportunity).one())
        officer = factories.officer(of=db.get(City, city_id))
        [version] = queries.listings_in_review(db, officer)
        send_back_listing(
            db, version=version, words="Leave it <b>out</b>.", sent_back_by=officer, now=NOW
        )
        db.commit()

        page = staff.get(_address(opportunity)).text

        assert "The council sent it back and says:" in page
        assert "Leave it &lt;b&gt;out&lt;/b&gt;." in page

    def test_work_experience_is_led_to_its_gates(self, staff, db):
        sent = staff.post(NEW, data=WHAT | WHEN | {"kind": "work_experience", "go": "post"})

        assert sent.location.endswith("/more?done=posted")
        assert "work experience needs two answers" in staff.get(sent.location).text

    def test_pausing_and_resuming(self, staff, db, opportunity):
        address, slug = _address(opportunity), opportunity.slug

        paused = staff.post(f"{address}/pause")
        assert paused.location == f"{address}?done=paused"
        assert "Resume it" in staff.get(paused.location).text
        gone = staff.get(f"/a/{slug}")
        assert (gone.status_code, "organiser has paused" in gone.text) == (410, True)
        assert staff.post(f"{address}/pause").status_code == 409
        resumed = staff.post(f"{address}/resume")
        assert "People can find it again." in staff.get(resumed.location).text
        assert staff.get(f"/a/{slug}").status_code == 200

    def test_what_has_no_dates_to_come_says_so(self, staff, db, opportunity, provider):
        factories.opportunity(provider=provider, title="Old thing")
        db.commit()

        assert staff.get("/provide").text.count("No dates to come") == 1
        assert "No dates to come" not in staff.get(_address(opportunity)).text

    def test_what_was_withdrawn_is_changed_no_more(self, staff, db, opportunity):
        opportunity.row.status = OpportunityStatus.WITHDRAWN
        db.commit()

        assert staff.get(_address(opportunity)).status_code == 200
        assert staff.get(_address(opportunity, "edit")).status_code == 409
        assert staff.get(_address(opportunity, "more")).status_code == 409

    @pytest.mark.parametrize(
        ("method", "page"),
        [
            *(("get", page) for page in ("", "page", "edit", "more", "history")),
            *(("post", page) for page in ("edit", "more", "pause", "resume", "copy")),
        ],
    )
    def test_anybody_elses_and_nobodys_look_alike(self, staff, db, method, page):
        theirs = Known(factories.opportunity())
        address, nowhere = _address(theirs, page), f"/provide/activities/{uuid4()}"
        db.commit()

        answers = [
            getattr(staff, method)(each)
            for each in (address, f"{nowhere}/{page}" if page else nowhere)
        ]

        assert [answer.status_code for answer in answers] == [404, 404]
        assert _without_keys(answers[0]) == _without_keys(answers[1])


class TestMany:
    def test_several_are_changed_and_the_rest_is_told_with_its_reason(
        self, staff, db, opportunity, provider
    ):
        paused = factories.opportunity(
            provider=provider, title="Kites", status=OpportunityStatus.PAUSED
        )
        theirs = factories.opportunity(title="Theirs")
        db.commit()
        page = staff.get("/provide/activities").text
        assert "Make a pot" in page
        assert "Theirs" not in page

        done = staff.post(
            "/provide/activities",
            data={
                "listing": [str(each.uuid) for each in (opportunity, paused, theirs)],
                "act": "pause",
            },
        )

        assert done.status_code == 200
        assert "1 was changed." in done.text
        assert "1 was not:" in done.text
        assert "<b>Kites</b>: It is paused already." in done.text
        assert "Theirs" not in done.text
        assert (
            db.query(Opportunity).filter_by(title="Theirs").one().status
            is OpportunityStatus.PUBLISHED
        )

    @pytest.mark.parametrize(
        ("data", "words"),
        [
            ({"act": "pause"}, "Tick at least one"),
            ({"listing": "x", "act": "pause"}, "could not understand"),
            ({"listing": str(uuid4())}, "Choose what to do."),
            ({"listing": str(uuid4()), "act": "delete"}, "Choose what to do."),
            ({"listing": str(uuid4()), "act": "cost"}, "Type a price"),
            ({"listing": str(uuid4()), "act": "places", "places": "0"}, "from 1 to 500"),
            ({"listing": str(uuid4()), "act": "place"}, "Choose where it is."),
            ({"listing": [str(uuid4()) for _ in range(201)], "act": "pause"}, "at most 200"),
        ],
    )
    def test_what_is_wrong_is_said(self, staff, opportunity, data, words):
        page = staff.post("/provide/activities", data=data)

        assert page.status_code == 422
        assert words in page.text


class TestHostileWords:
    def test_html_in_every_box_is_words_on_every_page(self, staff, db):
        hostile = {
            **dict.fromkeys(("title", "place_name", "badge_name"), HOSTILE[:60]),
            **dict.fromkeys(("description", "badge_criteria", "place_address"), HOSTILE),
        }
        uuid = str(uuid4())
        draft = f"/provide/activities/drafts/{uuid}"
        staff.post(NEW, data=WHAT | WHEN | hostile | {"uuid": uuid, "go": "check"})
        pages = [
            *(f"{draft}?page={page}" for page in ("what", "when", "check")),
            *(f"{draft}/page", "/provide"),
        ]
        shown = [staff.get(page) for page in pages]
        staff.post(NEW, data={"uuid": uuid, "go": "post"})
        opportunity = Known(db.query(Opportunity).filter_by(uuid=uuid).one())
        assert opportunity.row.status is OpportunityStatus.PUBLISHED
        staff.post(
            _address(opportunity, "more"),
            data={"cost_help": HOSTILE, **{f"question_{n}": HOSTILE for n in (1, 2, 3)}},
        )
        pages = [
            *(_address(opportunity, page) for page in ("", "page", "edit", "more", "history")),
            *(f"/a/{opportunity.slug}", "/", "/provide", "/provide/activities"),
            *("/provide/places", f"/provide/places/{opportunity.place}"),
        ]
        shown += [staff.get(page) for page in pages]

        for page in shown:
            assert page.status_code == 200, page.request.path
            assert "<script>alert" not in page.text, page.request.path
            assert "<img src=x" not in page.text, page.request.path
            assert "49" not in page.text.partition("&lt;script&gt;alert")[2][:90]
        seen = [page.request.path for page in shown if "&lt;script&gt;" in page.text]
        assert len(seen) == len(shown)

    def test_html_about_a_placement_is_words_too(self, staff, db, work):
        boxes = ("tasks", "outcomes", "expenses", "point_purpose", "point_people")
        hostile = dict.fromkeys(boxes, HOSTILE) | {"role": HOSTILE[:80]}

        assert staff.post(_address(work, "more"), data=WORK | hostile).status_code == 303

        for page in (*(_address(work, p) for p in ("more", "history")), f"/a/{work.slug}"):
            text = staff.get(page).text
            assert "<script>alert" not in text
            assert "&lt;script&gt;alert" in text

    @pytest.mark.parametrize("page", ["edit", "more"])
    def test_ten_megabytes_are_refused_in_words_and_nothing_is_kept(
        self, staff, db, opportunity, page
    ):
        sent = staff.post(_address(opportunity, page), data={"title": "x" * 10_000_000})

        assert sent.status_code == 413
        assert "too big" in sent.text
        assert list(queries.versions_of(db, db.query(Opportunity).one())) == []

    def test_a_version_that_waits_is_shown_harmless(self, staff, db, opportunity):
        data = EDIT | {"place": opportunity.place}
        staff.post(_address(opportunity, "edit"), data=data | {"title": f"pots.org {HOSTILE[:60]}"})

        version = queries.waiting_version(db, db.query(Opportunity).one())
        assert version.state is VersionState.WAITING
        assert "<script>alert" not in staff.get(_address(opportunity, "history")).text
