"""Projects: a learner's to write and to delete, and what a supervisor confirmed stays as they saw it."""

import csv
import re
from datetime import timedelta
from io import StringIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError

from app.errors import Conflict, NotFound
from logbook.models import EntryKind, Project, ProjectEntry, ProjectKind, Witness
from logbook.project_queries import log_facts, log_page, own_project, projects_of, whole_log
from logbook.project_service import (
    MOST_ENTRIES,
    SEEN,
    change_project,
    delete_project,
    take_out_entry,
)
from logbook.queries import best_witness, open_witness
from logbook.service import answer_as_adult, ask_witness, log_activity
from tests import factories
from tests.factories import NOW
from tests.logbook.there import SECRET, TODAY, ask, entry, project, supervised

TYPED = {
    "title": "Bees on the roof",
    "kind": "own",
    "started_on": "2026-05-01",
    "brief": "To see whether they stay.",
}
ENTRY = {
    "kind": "read",
    "done_on": "2026-05-20",
    "minutes": "90",
    "words": "=1+1 hives need shade.",
    "source": "The Beekeeper's Bible",
}
#: Something else for each part of a project.
OTHERWISE = {
    "kind": ProjectKind.OWN,
    "title": "Something else",
    "brief": "Another reason.",
    "product": "A report.",
    "started_on": TODAY - timedelta(days=9),
    "finished_on": TODAY,
    "skills": [],
    "presentation": "To my class.",
    "presentation_on": TODAY,
    "review": "I would start earlier.",
}


@pytest.fixture
def learner(db):
    noise = project(db, factories.learner(name="Noise"), title="Noise")
    entry(db, noise, minutes=700)
    supervised(db, noise)
    return factories.learner(name="Seren Jones")


class TestRules:
    def test_it_is_theirs_alone(self, db, learner):
        own, other = project(db, learner), factories.learner()

        assert list(projects_of(db, learner)) == [own]
        assert own_project(db, other, own.uuid) is None
        for act in (
            lambda: change_project(db, learner=other, uuid=own.uuid, now=NOW, title="Mine"),
            lambda: take_out_entry(db, learner=other, uuid=own.uuid, entry_uuid=own.uuid),
            lambda: ask_witness(
                db, learner=other, uuid=own.uuid, friend=False, secret=SECRET, now=NOW
            ),
        ):
            with pytest.raises(NotFound):
                act()
        delete_project(db, learner=other, uuid=own.uuid)
        assert own.title == "Can our school run on the sun?"

    @pytest.mark.parametrize(
        ("days", "is_kept"),
        [
            ({"started_on": TODAY}, True),
            ({"started_on": TODAY + timedelta(days=1)}, False),
            ({"started_on": TODAY - timedelta(days=4 * 365)}, False),
            ({"finished_on": TODAY}, True),
            ({"finished_on": TODAY + timedelta(days=1)}, False),
            ({"finished_on": TODAY - timedelta(days=31)}, False),
            ({"presentation_on": TODAY + timedelta(days=9)}, True),
        ],
    )
    def test_days_are_past_and_in_order_but_a_showing_can_be_planned(
        self, db, learner, days, is_kept
    ):
        own = project(db, learner)
        if is_kept:
            change_project(db, learner=learner, uuid=own.uuid, now=NOW, **days)
        else:
            with pytest.raises(Conflict):
                change_project(db, learner=learner, uuid=own.uuid, now=NOW, **days)

    def test_a_day_has_24_hours_with_what_was_logged_elsewhere(self, db, learner):
        own, day = project(db, learner), TODAY - timedelta(days=3)
        elsewhere = {"title": "Tins", "place": "Food bank", "description": "", "done_on": day}
        log_activity(db, learner=learner, now=NOW, minutes=480, **elsewhere)

        entry(db, own, minutes=900)
        with pytest.raises(Conflict, match="24 hours"):
            entry(db, own, minutes=90)
        with pytest.raises(Conflict, match="24 hours"):
            log_activity(db, learner=learner, now=NOW, minutes=90, **elsewhere)
        entry(db, own, minutes=60)

    def test_a_log_is_read_newest_first_in_pages_and_whole_from_the_start(self, db, learner):
        own = project(db, learner)
        for days_ago in (2, 9, 4, 7, 4):
            entry(db, own, days_ago=days_ago, minutes=30)
        met = entry(db, own, days_ago=5, kind=EntryKind.MET, minutes=15)

        pages = [log_page(db, own, number=number, limit=4) for number in (1, 2, 3)]
        whole = whole_log(db, own)

        assert [(len(entries), more) for entries, more in pages] == [
            (4, True),
            (2, False),
            (0, False),
        ]
        assert [each for entries, _more in pages for each in entries] == list(reversed(whole))
        assert [each.done_on for each in whole] == sorted(each.done_on for each in whole)
        assert list(whole_log(db, own, kind=EntryKind.MET)) == [met]
        facts = log_facts(db, own)
        assert (facts.entries, facts.minutes) == (6, 165)
        assert (TODAY - facts.first_on, TODAY - facts.last_on) == (
            timedelta(days=9),
            timedelta(days=2),
        )

    def test_a_log_has_an_end(self, db, learner, monkeypatch):
        own = project(db, learner)
        monkeypatch.setattr("logbook.project_service.MOST_ENTRIES", 2)
        entry(db, own)
        entry(db, own)

        assert MOST_ENTRIES == 500
        with pytest.raises(Conflict, match="full"):
            entry(db, own)

    def test_what_is_deleted_is_gone_with_its_log_and_its_word(self, db, learner):
        own, kept = project(db, learner), project(db, learner, title="Kept")
        entry(db, own)
        entry(db, kept)
        supervised(db, own)

        delete_project(db, learner=learner, uuid=own.uuid)
        delete_project(db, learner=learner, uuid=own.uuid)

        assert list(projects_of(db, learner)) == [kept]
        assert db.query(ProjectEntry).count() == 2
        assert db.query(Witness).count() == 1


class TestSupervisor:
    def test_a_supervisor_is_named_and_nobody_else_is_asked_then(self, db, learner):
        own, noise = project(db, learner), project(db, learner, title="Other")

        supervised(db, own)

        assert best_witness(own).name == "Sam Lewis"
        assert best_witness(noise) is None
        with pytest.raises(Conflict):
            ask(db, own)

    def test_no_friend_is_asked_and_nobody_before_it_says_what_it_is(self, db, learner):
        own, empty = project(db, learner), project(db, learner, brief="")
        asks = {"learner": learner, "secret": SECRET, "now": NOW}

        with pytest.raises(Conflict, match="adult"):
            ask_witness(db, uuid=own.uuid, friend=True, **asks)
        with pytest.raises(Conflict, match="set out"):
            ask_witness(db, uuid=empty.uuid, friend=False, **asks)

    @pytest.mark.parametrize("part", OTHERWISE)
    def test_what_they_saw_ends_their_word_when_it_changes_and_the_rest_does_not(
        self, db, learner, part
    ):
        own = project(db, learner, skills=["planning"])
        supervised(db, own)

        change_project(db, learner=learner, uuid=own.uuid, now=NOW, **{part: OTHERWISE[part]})

        db.refresh(own, ["witnesses"])
        assert (best_witness(own) is None) == (part in SEEN)
        if part in SEEN:
            supervised(db, own)

    def test_saving_the_same_again_ends_nothing(self, db, learner):
        own = project(db, learner)
        supervised(db, own)

        change_project(db, learner=learner, uuid=own.uuid, now=NOW, brief=own.brief)

        assert best_witness(own).name == "Sam Lewis"

    def test_a_link_that_shows_the_old_words_takes_no_answer(self, db, learner):
        own = project(db, learner)
        _witness, opens = ask(db, own)
        change_project(db, learner=learner, uuid=own.uuid, now=NOW, product="A better one")

        with pytest.raises(NotFound):
            answer_as_adult(
                db, token_hash=opens, was_so=True, name="Sam Lewis", role="teaches", now=NOW
            )
        assert open_witness(own, NOW, friend=False) is None

    @pytest.mark.parametrize("part", OTHERWISE)
    def test_the_database_keeps_what_was_confirmed_as_it_was(self, db, learner, part):
        own = project(db, learner, skills=["planning"])
        supervised(db, own)

        setattr(own, part, OTHERWISE[part])
        if part in SEEN:
            with pytest.raises(IntegrityError, match="stays as they saw it"):
                db.flush()
        else:
            db.flush()

    @settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(acts=st.lists(st.sampled_from(["yes", "no", "brief", "review", "same"]), max_size=7))
    def test_a_word_stands_exactly_while_nothing_that_it_saw_has_changed(self, db, learner, acts):
        with db.begin_nested() as undone:
            own, stands = project(db, learner), False
            for number, act in enumerate(acts):
                if act in ("yes", "no"):
                    if stands:
                        with pytest.raises(Conflict):
                            supervised(db, own)
                    else:
                        supervised(db, own, was_so=act == "yes")
                        stands = act == "yes"
                else:
                    words = own.brief if act == "same" else f"Words {number}"
                    box = "review" if act == "review" else "brief"
                    change_project(db, learner=learner, uuid=own.uuid, now=NOW, **{box: words})
                    stands = stands and act != "brief"
                db.refresh(own, ["witnesses"])
                assert (best_witness(own) is not None) == stands
            undone.rollback()


class TestPages:
    def test_from_a_name_to_a_whole_project(self, sign_in, db, learner):
        me = sign_in(learner)
        assert "Nothing here yet" in me.get("/me/projects").text
        begun = me.post("/me/projects/new", data=TYPED)
        page = begun.location

        me.post(page + "/log", data=ENTRY)
        me.post(page + "/product", data={"product": "Two hives.", "finished_on": "2026-05-30"})
        me.post(page + "/presentation", data={"presentation": "To the gardeners."})
        me.post(page + "/review", data={"review": "More shade."})
        shown = me.get(page).text

        for words in (
            "To see whether they stay.",
            "hives need shade.",
            "Source: The Beekeeper&#39;s Bible",
            "1 hour 30 minutes in all",
            "Two hives.",
            "To the gardeners.",
            "More shade.",
            "30 May 2026",
            "I said so",
        ):
            assert words in shown
        assert "Bees on the roof" in me.get("/me/projects").text
        assert "%" not in re.sub(r"<[^>]+>", "", shown)

    def test_what_is_missing_is_said_and_nothing_typed_is_lost(self, sign_in, learner):
        page = sign_in(learner).post("/me/projects/new", data=TYPED | {"title": "", "kind": "x"})

        assert page.status_code == 422
        assert "Give your project a name." in page.text
        assert "Choose what it is for." in page.text
        assert "To see whether they stay." in page.text

    def test_a_second_tap_begins_no_second_project(self, sign_in, learner):
        me = sign_in(learner)
        first, again, other = (
            me.post("/me/projects/new", data=TYPED | {"title": title}).location
            for title in ("Bees on the roof", "Bees on the roof", "Bats in the roof")
        )

        assert first == again != other

    def test_each_part_opens_with_what_it_says_already(self, sign_in, learner):
        me = sign_in(learner)
        typed = TYPED | {"skills": ["planning", "teamwork"]}
        page = me.post("/me/projects/new", data=typed).location

        about = me.get(page + "/about").text

        assert 'value="Bees on the roof"' in about
        assert about.count(" checked") == 3, "what it is for, and two skills"

    def test_a_day_to_come_is_refused_beside_its_box(self, sign_in, learner):
        me = sign_in(learner)
        page = me.post("/me/projects/new", data=TYPED).location

        for address, typed in (
            ("/log", ENTRY | {"done_on": "2026-06-02"}),
            ("/product", {"product": "x", "finished_on": "2026-06-02"}),
        ):
            refused = me.post(page + address, data=typed)
            assert refused.status_code == 422
            assert "still to come" in refused.text

    def test_a_supervisor_confirms_by_a_link_and_reads_what_they_vouch_for(
        self, client, sign_in, learner
    ):
        me = sign_in(learner)
        page = me.post("/me/projects/new", data=TYPED).location
        me.post(page + "/log", data=ENTRY)
        me.post(page + "/log", data=ENTRY | {"kind": "met", "words": "She asked about shade."})
        me.post(page + "/review", data={"review": "For myself alone."})
        asked = me.post(page + "/ask", follow_redirects=True).text
        path = re.search(r"/confirm/[\w-]+", asked)[0]

        theirs = client.get(path).text
        client.post(
            path,
            data={"answer": "yes", "name": "Sam Lewis", "role": "teaches", "is_adult": "yes"},
        )

        for shown in ("Bees on the roof", "To see whether they stay.", "She asked about shade."):
            assert shown in theirs
        for kept in ("For myself alone.", "hives need shade.", "Jones"):
            assert kept not in theirs
        assert "Confirmed by Sam Lewis, teaches" in me.get(page).text
        assert "If you change this" in me.get(page + "/brief").text

    def test_a_link_can_be_ended(self, client, sign_in, learner):
        me = sign_in(learner)
        page = me.post("/me/projects/new", data=TYPED).location
        asked = me.post(page + "/ask", follow_redirects=True).text
        path = re.search(r"/confirm/[\w-]+", asked)[0]

        me.post(page + "/stop")

        assert "does not work any more" in client.get(path).text

    def test_the_log_is_a_spreadsheet_in_which_nothing_is_a_formula(self, sign_in, learner):
        me = sign_in(learner)
        page = me.post("/me/projects/new", data=TYPED).location
        me.post(page + "/log", data=ENTRY)
        me.post(page + "/log", data=ENTRY | {"done_on": "2026-05-02", "kind": "met"})

        answer = me.get(page + "/log.csv")

        rows = list(csv.reader(StringIO(answer.text.lstrip("\ufeff"))))
        assert [row[0] for row in rows] == ["Day", "2026-05-02", "2026-05-20"]
        assert rows[2][1:] == [
            "Something I read or watched",
            "'=1+1 hives need shade.",
            "The Beekeeper's Bible",
            "90",
        ]
        assert answer.headers["Cache-Control"] == "no-store"

    def test_an_entry_and_a_project_can_be_taken_out(self, sign_in, db, learner):
        me = sign_in(learner)
        page = me.post("/me/projects/new", data=TYPED).location
        me.post(page + "/log", data=ENTRY)
        act = re.search(r"/me/projects/[\w-]+/log/[\w-]+/delete", me.get(page + "/log").text)[0]

        me.post(act)
        me.post(act)
        assert "hives need shade" not in me.get(page).text
        me.post(page + "/delete")

        assert me.get(page).status_code == 404
        assert db.query(Project).count() == 1

    def test_somebody_elses_looks_as_if_it_were_not_there(self, sign_in, db, learner):
        other = project(db, factories.learner())
        kept = entry(db, other)
        db.commit()
        me, page = sign_in(learner), f"/me/projects/{other.uuid}"

        for address in ("", "/brief", "/log", "/log.csv", "/log.pdf"):
            assert me.get(page + address).status_code == 404
        for address, typed in (
            ("/brief", {"brief": "Mine now"}),
            ("/log", ENTRY),
            (f"/log/{kept.uuid}/delete", {}),
            ("/ask", {}),
            ("/stop", {}),
        ):
            assert me.post(page + address, data=typed).status_code == 404
        me.post(page + "/delete")
        assert db.query(Project).filter_by(uuid=other.uuid).one().brief == other.brief
        assert db.query(ProjectEntry).filter_by(uuid=kept.uuid).count() == 1
