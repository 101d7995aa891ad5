"""On paper: tagged, in its language, small, quick, and sound by the rules of PDF/UA."""

from io import BytesIO

import page
import pikepdf
import pytest

from app.links import token_of
from badges.models import Skill
from logbook.models import EntryKind
from logbook.project_queries import log_facts, whole_log
from logbook.project_service import change_project
from packs.models import PackKind
from packs.paper import Item, Part, Told, as_pdf
from packs.paper_of_log import of_log
from packs.service import LINK_KIND, Sentence, say_who_i_am, share, write
from record.models import LineKind
from record.queries import page_of, strands_for
from record.service import choose
from tests import factories
from tests.factories import NOW
from tests.logbook.there import TODAY, entry, project, supervised
from tests.record.there import badge, logged, seen, went

#: What somebody types who tries to be the template, in letters of both languages.
HOSTILE = '#read("/etc/passwd") $x$ *b* `c` <l> [ #import "x" Ŵyn ŷd â\'r tŷ «iawn»'


def _sound(pdf: bytes) -> list[str]:
    report = page.validate_pdf_bytes(pdf, profile=page.ValidationProfile.PDF_UA_1)
    return [f"{failure.rule_id}: {failure.message}" for failure in report.failures]


@pytest.fixture
def address(db, app):
    learner = factories.learner(name="Seren")
    went(db, learner, title="Pottery", **badge(skills=[Skill.TEAMWORK]))
    seen(db, learner, logged(db, learner, skills=[Skill.PLANNING]))
    strands = strands_for(db, learner)
    lines = page_of(db, learner, strands).lines
    pack = share(
        db,
        learner=learner,
        label="college",
        line_keys=[line.key for line in lines],
        kind=PackKind.CV,
        shows_name=True,
        shows_hours=True,
        days=30,
        secret=app.config["SECRET_KEY"],
        now=NOW,
    )
    say_who_i_am(db, learner=learner, uuid=pack.uuid, words=HOSTILE)
    said = [Sentence("did", HOSTILE, lines[0].key)]
    write(db, learner=learner, uuid=pack.uuid, sentences=said)
    db.commit()
    return "/s/" + token_of(pack.uuid, secret=app.config["SECRET_KEY"], kind=LINK_KIND)


@pytest.mark.parametrize(("before", "language"), [("", "en"), ("/cy", "cy")])
def test_a_pack_on_paper_is_sound_in_either_language(client, address, before, language):
    answer = client.get(f"{before}{address}/pack.pdf")

    assert answer.mimetype == "application/pdf"
    assert _sound(answer.data) == []
    with pikepdf.open(BytesIO(answer.data)) as document:
        assert str(document.Root.Lang) == language
        assert bool(document.Root.MarkInfo.Marked)
        assert "/StructTreeRoot" in document.Root
        addresses = [str(link.A.URI) for each in document.pages for link in each.get("/Annots", [])]
    assert any("/line/came/" in each for each in addresses)
    assert answer.headers["X-Robots-Tag"] == "noindex"


@pytest.mark.parametrize("before", ["", "/cy"])
def test_a_profile_on_paper_is_sound_and_leaves_out_what_is_hidden(sign_in, db, before):
    learner = factories.learner(name="Seren")
    for _time in range(4):
        went(db, learner, title="Pottery", **badge(skills=[Skill.TEAMWORK]))
    activity = logged(db, learner)
    empty = factories.learner(name="Nobody yet")
    db.commit()
    kept = sign_in(learner).get(f"{before}/me/pdf").data
    choose(
        db,
        learner=learner,
        kind=LineKind.LOGGED,
        uuid=activity.uuid,
        is_hidden=True,
        counts=True,
        strand="broad",
    )
    db.commit()
    hidden = sign_in(learner).get(f"{before}/me/pdf").data

    assert (
        _sound(kept) == _sound(hidden) == _sound(sign_in(empty).get(f"{before}/me/pdf").data) == []
    )
    assert _items(kept) == _items(hidden) + 1


@pytest.mark.parametrize("before", ["", "/cy"])
def test_a_passport_is_sound_with_lines_and_without(sign_in, db, before):
    learner = factories.learner(name="Seren")
    empty = sign_in(learner).get(f"{before}/me/passport.pdf").data
    went(db, learner, title="Pottery")
    db.commit()
    full = sign_in(learner).get(f"{before}/me/passport.pdf").data

    assert _sound(empty) == _sound(full) == []
    assert (_items(empty), _items(full)) == (0, 1)


def test_a_story_as_a_table_is_ones_own_and_holds_no_formula(sign_in, db):
    learner, other = factories.learner(), factories.learner()
    went(db, learner, title="=Pottery", **badge(skills=[Skill.ORACY]))
    went(db, other, title="Noise")
    db.commit()

    table = sign_in(learner).get("/me/story.csv").text

    assert "'=Pottery" in table
    assert "Talking to a group" in table
    assert "Noise" not in table


def _items(pdf: bytes) -> int:
    """Return how many items of lists there are."""
    with pikepdf.open(BytesIO(pdf)) as document:
        return sum(each.get("/S") == "/LI" for each in document.objects if _is_element(each))


def _is_element(each: pikepdf.Object) -> bool:
    return isinstance(each, pikepdf.Dictionary)


def test_the_checker_sees_what_is_wrong(client, address):
    with pikepdf.open(BytesIO(client.get(f"{address}/pack.pdf").data)) as document:
        del document.Root.Lang
        document.save(broken := BytesIO())

    assert any("LANGUAGE" in each for each in _sound(broken.getvalue()))


def test_a_whole_life_is_small():
    items = [
        Item(
            f"Pottery for {number} {HOSTILE}",
            "May 2026 · Confirmed by Pot House",
            "https://x.example",
        )
        for number in range(300)
    ]
    told = Told(
        "Seren", HOSTILE, [Part("What they did", items, [HOSTILE])], "Until:", "https://x.example"
    )

    pdf = as_pdf(told, language="en")

    assert len(pdf) < 300_000
    assert _sound(pdf) == []


def test_letters_that_we_have_no_type_for_do_not_stop_a_page():
    many = "".join(chr(0x4E00 + number) for number in range(60))
    told = Told("Zoë 山田 😀", "שלום বাংলা ŵ", [Part("Ω", [Item("Олена", many, "")])], "", "")

    pdf = as_pdf(told, language="en")

    assert _sound(pdf) == []
    # What is there in our own letters is there, whatever had to be left out beside it.
    with pikepdf.open(BytesIO(pdf)) as document:
        assert str(document.docinfo["/Title"]).startswith("Zoë ")


@pytest.mark.parametrize("before", ["", "/cy"])
def test_the_log_of_a_project_on_paper_is_sound(sign_in, db, before):
    learner = factories.learner(name="Seren")
    own, bare = project(db, learner, title=HOSTILE), project(db, learner, brief="")
    for kind in EntryKind:
        entry(db, own, kind=kind, words=HOSTILE, source=HOSTILE, minutes=75)
    parts = {"product": HOSTILE + "\n\nTwo.", "presentation": HOSTILE, "review": HOSTILE}
    change_project(db, learner=learner, uuid=own.uuid, now=NOW, presentation_on=TODAY, **parts)
    supervised(db, own)
    db.commit()
    me = sign_in(learner)

    for each in (own, bare):
        answer = me.get(f"{before}/me/projects/{each.uuid}/log.pdf")
        assert answer.mimetype == "application/pdf"
        assert _sound(answer.data) == []


def test_a_log_on_paper_says_days_sources_meetings_and_hours_and_who_confirmed_it(app, db):
    own = project(db, factories.learner(name="Seren"))
    entry(db, own, days_ago=9, kind=EntryKind.READ, source="A book", minutes=60)
    entry(db, own, days_ago=8, kind=EntryKind.READ, source="A book", minutes=60)
    met = entry(db, own, days_ago=7, kind=EntryKind.MET, words="We spoke.", minutes=30)
    supervised(db, own)

    with app.test_request_context():
        told = of_log(own, log_facts(db, own), whole_log(db, own))

    parts = {part.title: part for part in told.parts}
    assert list(parts) == [
        "What I set out to do, and why",
        "Log",
        "Meetings with a supervisor",
        "Sources",
    ]
    assert len(parts["Log"].items) == 3
    assert parts["Log"].paragraphs[0].startswith("2 hours 30 minutes in all")
    assert parts["Meetings with a supervisor"].items == [
        Item(f"{met.done_on.day} May 2026 · I met my supervisor · 30 minutes", "We spoke.")
    ]
    assert [(item.title, item.note) for item in parts["Sources"].items] == [
        ("A book", "23 May 2026")
    ]
    assert told.foot.startswith("Sam Lewis, teaches physics, confirmed on 1 June 2026")
