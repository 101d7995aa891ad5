"""On paper: tagged, in its language, small, quick, and sound by the rules of PDF/UA."""

from io import BytesIO
from time import process_time

import page
import pikepdf
import pytest

from app.links import token_of
from badges.models import Skill
from packs.models import PackKind
from packs.paper import Item, Part, Told, as_pdf
from packs.service import LINK_KIND, Sentence, say_who_i_am, share, write
from record.models import LineKind
from record.queries import page_of, strands_for
from record.service import choose
from tests import factories
from tests.factories import NOW
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


def test_a_whole_life_is_small_and_quick():
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
    as_pdf(told, language="en")

    started = process_time()
    pdf = as_pdf(told, language="en")

    assert process_time() - started < 3
    assert len(pdf) < 300_000
    assert _sound(pdf) == []


def test_letters_that_we_have_no_type_for_do_not_stop_a_page():
    told = Told("Zoë 山田 😀", "שלום", [Part("Ω", [Item("Олена", "→", "")])], "", "")

    assert as_pdf(told, language="en").startswith(b"%PDF")
