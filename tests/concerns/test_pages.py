"""The three steps, the receipt and the officers' pages, without a script."""

import re

import pytest
from sqlalchemy import func, select

from accounts.models import Role
from accounts.throttle import RECEIPTS_PER_DEVICE
from concerns.models import Act, Concern, ConcernEntry, ConcernKind, ConcernNamed, Urgency
from tests import factories

ALL = {
    "step": "3",
    "kind": "adult",
    "urgency": "worried",
    "happened": "He shouted\r\nat us.",
    "about": "The coach",
    "contact": "",
    "key": "a key that a form has",
}


@pytest.fixture
def city(db):
    return factories.city()


def send(client, **given):
    return client.post("/concern", data=ALL | given)


def code_of(page):
    return re.search(r"<strong>(\w{4}-\w{4}-\w{4})</strong>", page.text)[1]


def count(db):
    return db.scalar(select(func.count(Concern.id)))


def test_three_steps_signed_out_end_in_a_receipt(client, db, city):
    factories.officer(of=city)
    db.commit()

    first = client.get("/concern").text
    main = first.split("<main")[1]
    assert main.index("999") < main.index("0800 1111") < main.index('type="radio"')
    second = send(client, step="1")
    assert 'name="happened"' in second.text
    third = send(client, step="2")
    assert 'name="contact"' in third.text
    assert count(db) == 0
    end = send(client)

    assert (end.status_code, end.location) == (200, None)
    assert code_of(end)
    kept = db.scalars(select(Concern)).one()
    assert (kept.kind, kept.urgency) == (ConcernKind.ADULT, Urgency.WORRIED)
    assert kept.city_id == city.id
    for page in (second, third, end):
        assert page.headers["Cache-Control"] == "no-store"
        assert page.headers["Referrer-Policy"] == "no-referrer"
    assert "He shouted" not in end.text


def test_each_page_of_it_can_be_left_at_once_without_a_script(client, db, city):
    db.commit()

    for page in (client.get("/concern"), send(client, step="1"), client.get("/concern/receipt")):
        assert 'href="https://www.bbc.co.uk/weather"' in page.text
    assert "data-exit" not in client.get("/help").text


def test_the_way_back_keeps_what_was_typed(client, db, city):
    db.commit()

    page = send(client, step="3", go="back").text

    assert "He shouted" in page.split("<textarea")[1]
    assert re.search(r'name="kind" value="adult"', page)
    assert count(db) == 0


@pytest.mark.parametrize(
    ("step", "given", "sentence"),
    [
        ("1", {"kind": ""}, "Choose what it is about."),
        ("1", {"urgency": "very"}, "Choose how worried you are."),
        ("2", {"happened": " "}, "Write what happened, or what worries you."),
        ("2", {"happened": "x" * 4001}, "Use 4000 characters or fewer."),
        ("3", {"contact": "x" * 301}, "Use 300 characters or fewer."),
        # Sent straight to the end: the step that is wrong comes back.
        ("3", {"kind": "nothing"}, "Choose what it is about."),
        ("3", {"happened": ""}, "Write what happened, or what worries you."),
    ],
)
def test_what_is_missing_is_said_and_the_rest_is_kept(client, db, city, step, given, sentence):
    db.commit()

    page = send(client, **(ALL | {"step": step} | given))

    assert page.status_code == 422
    assert sentence in page.text
    assert "The coach" in page.text
    assert count(db) == 0


@pytest.mark.parametrize("step", ["0", "4", "", "x", "-1", "3" * 500])
def test_a_step_that_is_none_begins_anew(client, db, city, step):
    db.commit()

    assert "What happened?" in send(client, step=step).text
    assert count(db) == 0


def test_where_there_are_several_cities_one_is_asked_for(client, db, city):
    other = factories.city(name="Otherford")
    db.commit()

    assert send(client, step="1").status_code == 422
    assert send(client, city="nowhere\0").status_code == 422
    assert send(client, city=other.slug).status_code == 200
    assert db.scalar(select(Concern.city_id)) == other.id


def test_sent_twice_it_is_one_concern_with_one_code(client, db, city):
    db.commit()

    assert code_of(send(client)) == code_of(send(client))
    assert count(db) == 1


def test_a_worry_about_a_listing_becomes_a_concern_that_its_organisation_cannot_see(
    client, db, city
):
    opportunity = factories.opportunity(provider=factories.provider(in_city=city))
    factories.scheduled_session(opportunity=opportunity)
    db.commit()

    sent = {"reason": "safety", "words": "The gate was open."}
    handed_over = client.post(f"/a/{opportunity.slug}/report", data=sent)
    page = client.post(handed_over.location, data=sent)

    assert (handed_over.status_code, page.status_code) == (307, 200)
    assert code_of(page)
    assert db.scalar(select(Concern.kind)) is ConcernKind.ACTIVITY
    assert db.scalar(select(ConcernNamed.provider_id)) == opportunity.provider_id


@pytest.mark.parametrize("sent", [{}, {"reason": "safety", "words": "x" * 301}])
def test_nothing_is_handed_over_that_its_form_would_refuse(client, db, city, sent):
    opportunity = factories.opportunity(provider=factories.provider(in_city=city))
    db.commit()

    assert client.post(f"/a/{opportunity.slug}/concern", data=sent).status_code == 404
    assert count(db) == 0


def test_a_concern_can_start_from_the_page_of_what_it_is_about(client, db, city):
    opportunity = factories.opportunity(provider=factories.provider(in_city=city))
    factories.city(name="Otherford")
    db.commit()

    page = client.get(f"/concern?about={opportunity.slug}").text

    assert f'name="listing" value="{opportunity.slug}"' in page
    assert 'name="city"' not in page
    assert client.get("/concern?about=nothing%00").status_code == 200
    assert client.get("/concern?about=nothing").status_code == 200


def test_the_receipt_tells_how_it_stands_and_takes_more(client, db, city):
    factories.officer(of=city)
    db.commit()
    code = code_of(send(client))

    looked = client.post("/concern/receipt", data={"code": code.lower()})
    added = client.post("/concern/receipt", data={"code": code, "words": "It happened again."})

    assert "They aim to take it on by" in looked.text
    assert "He shouted" not in looked.text
    assert "Those who read it are told." in added.text
    acts = db.scalars(select(ConcernEntry.act).order_by(ConcernEntry.id)).all()
    assert acts == [Act.RAISED, Act.ABOUT, Act.LOOKED_BACK, Act.ADDED]


def test_codes_cannot_be_tried_one_after_another(client, db, city):
    db.commit()

    tries = [
        client.post("/concern/receipt", data={"code": "7K4M-92QX-CDFG"}).status_code
        for _try in range(RECEIPTS_PER_DEVICE + 1)
    ]

    assert tries == [422] * RECEIPTS_PER_DEVICE + [429]


def test_an_officer_reads_takes_on_notes_closes_and_downloads(client, sign_in, db, city):
    officer = factories.officer(of=city)
    db.commit()
    send(client, kind="message", happened="<script>alert(1)</script>")
    address = f"/authority/concerns/{db.scalar(select(Concern.uuid))}"
    sign_in(officer)

    assert "1 concern is open." in client.get("/authority/concerns").text
    page = client.get(address).text
    assert "&lt;script&gt;alert(1)" in page
    assert "LADO" in page
    assert client.post(f"{address}/take-on").status_code == 303
    assert client.post(f"{address}/note", data={"words": " "}).status_code == 422
    assert client.post(f"{address}/note", data={"words": "Rang."}).status_code == 303
    closing = {"words": "Done.", "then": "close"}
    assert client.post(f"{address}/note", data=closing).status_code == 303
    assert "No concern is open." in client.get("/authority/concerns").text
    made = client.post(f"{address}/document")
    assert made.mimetype == "text/plain"
    assert made.headers["Content-Disposition"].startswith("attachment;")
    assert client.post(f"{address}/reopen").status_code == 303


def plain(page, address):
    """What a page says, without its own address and the token of its forms, which holds a time."""
    return re.sub(r'(name="csrf_token" value=)"[^"]*"', r"\1", page.replace(address, ""))


@pytest.mark.parametrize("who", ["learner", "member", "insider", "elsewhere", "admin of all"])
def test_nobody_else_sees_that_there_is_one(client, sign_in, db, city, who):
    provider = factories.provider(in_city=city)
    opportunity = factories.opportunity(provider=provider)
    insider = factories.officer(of=city)
    db.add(factories.ProviderMember(provider=provider, user=insider))
    people = {
        "learner": factories.learner(),
        "member": factories.member(of=provider),
        "insider": insider,
        "elsewhere": factories.officer(of=factories.city()),
        "admin of all": factories.adult(Role.PLATFORM_ADMIN),
    }
    db.commit()
    send(client, listing=opportunity.slug)
    address = f"/authority/concerns/{db.scalar(select(Concern.uuid))}"
    nothing = "/authority/concerns/00000000-0000-4000-8000-000000000000"
    sign_in(people[who])

    for path in ("", "/take-on", "/note", "/reopen", "/document"):
        ask = client.post if path else client.get
        given = {"data": {"words": "Hm."}} if path else {}
        theirs, none = ask(address + path, **given), ask(nothing + path, **given)
        assert plain(theirs.text, address) == plain(none.text, nothing)
        assert theirs.status_code == none.status_code
        assert theirs.status_code in (403, 404)
    assert "1 concern is open" not in client.get("/authority/concerns").text


def test_the_footer_of_every_page_leads_there(client, db, city):
    db.commit()

    assert client.get("/help").text.count('href="/concern"') == 1
