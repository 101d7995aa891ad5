"""Work experience in school hours, on phones: the learner asks, and employer, guardian and school say yes."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from accounts.models import AgeBand
from app.db import current_db
from app.links import token_hash, token_of
from opportunities.models import OpportunityKind
from opportunities.queries import opportunity_by_slug
from participation.jobs import settle_places, tell_next
from participation.models import Booking
from permission.models import Agreement, Part
from permission.service import COUNTS_AFTER, LINK_KIND
from providers.models import ProviderKind
from tests import factories
from tests.browser.conftest import press
from tests.factories import NOW

SEND = "main form .btn.go"
#: A Thursday in term, at nine in London.
THURSDAY = NOW.replace(hour=8, minute=0) + timedelta(days=24)


@pytest.fixture
def people(site):
    """A learner, and an employer with a placement that is asked for: keys of sessions, and the page to book on."""
    employer = factories.provider(name="Siop Goed", kind=ProviderKind.EMPLOYER)
    placement = factories.scheduled_session(
        starts_at=THURSDAY,
        opportunity=factories.opportunity(
            title="In a wood shop",
            kind=OpportunityKind.WORK_EXPERIENCE,
            provider=employer,
            is_instant=False,
        ),
    )
    learner = factories.learner(name="Seren Jones", age_band=AgeBand.FROM_13_TO_15)
    keeper = factories.member(of=employer)
    slug = placement.opportunity.slug
    current_db.commit()
    found = (learner.get_id(), keeper.get_id(), f"/a/{slug}/book?session={placement.uuid}", slug)
    current_db.remove()
    return found


@pytest.mark.parametrize("before", ["", "/cy"], ids=["english", "welsh"])
def test_each_says_yes_on_a_phone_of_their_own(site, hour, phone, people, looked_at, before):
    hour[0] = NOW
    learner_key, keeper_key, book_page, slug = people
    shot = before.replace("/", "") or "en"

    # The learner says which year they are in, and asks.
    me = phone(learner_key)
    me.goto(before + book_page)
    press(me, ".next-step .btn.go")
    me.check("#year-4")
    press(me, SEND)
    looked_at(me, f"{shot}-01-book")
    press(me, SEND)
    booking_page = me.url
    looked_at(me, f"{shot}-02-asked")
    booking = booking_page.rsplit("/", 1)[1]
    me.goto(f"{booking_page}/steps")
    looked_at(me, f"{shot}-03-steps-asked")

    # The employer says yes.
    keeper = phone(keeper_key)
    keeper.goto(f"{before}/provide/requests/{booking}")
    looked_at(keeper, f"{shot}-03b-employer")
    keeper.check("input[name=says][value=yes]")
    press(keeper, SEND)
    _work(site, booking)
    me.goto(f"{before}/me/notices")
    assert me.locator(f"main a[href='{before}/a/{slug}/ask/guardian']").count() == 1
    looked_at(me, f"{shot}-04-inbox")
    me.goto(booking_page)
    looked_at(me, f"{shot}-05-agreeing")

    # A parent says yes, by a link that the learner hands on and cannot answer.
    press(me, ".next-step .btn.go")
    looked_at(me, f"{shot}-06-steps-next")
    press(me, ".next-step .btn.go")
    looked_at(me, f"{shot}-07-ask")
    press(me, "section[aria-labelledby=hand] button")
    looked_at(me, f"{shot}-08-link")
    link = "/agree/" + me.inner_text("b.address").rsplit("/", 1)[1]
    me.goto(before + link)
    assert me.locator("main #name").count() == 0
    looked_at(me, f"{shot}-09-not-you")
    parent = phone()
    parent.goto(before + link)
    looked_at(parent, f"{shot}-10-agree")
    press(parent, SEND)
    assert parent.locator(".govuk-error-summary a").count() == 4
    looked_at(parent, f"{shot}-11-agree-error")
    _answer(parent, "Ann Jones", "mother")
    looked_at(parent, f"{shot}-12-thanks")

    # The school is asked by e-mail, and says yes.
    _work(site, booking)
    me.goto(f"{booking_page}/steps")
    looked_at(me, f"{shot}-13-steps-counts-later")
    press(me, ".next-step .btn.go")
    me.fill("#email", "nobody")
    press(me, "section[aria-labelledby=send] button")
    assert me.input_value("#email") == "nobody"
    looked_at(me, f"{shot}-14-email-error")
    me.fill("#email", "rees@school.example")
    press(me, "section[aria-labelledby=send] button")
    assert me.locator("b.address").count() == 0
    looked_at(me, f"{shot}-15-sent")
    school = phone()
    school.goto(before + _link_of(site, booking, Part.SCHOOL))
    looked_at(school, f"{shot}-16-school")
    _answer(school, "Mr Rees", "careers lead")

    # A day later both count, and the place is theirs.
    hour[0] = NOW + COUNTS_AFTER
    _work(site, booking)
    me = phone(learner_key)
    me.goto(f"{booking_page}/steps")
    assert me.locator("main .tag").count() == me.locator("main .tag-good").count() == 4
    looked_at(me, f"{shot}-17-steps-done")
    me.goto(f"{before}/a/{slug}/ask/guardian")
    looked_at(me, f"{shot}-18-said-yes")

    # The parent takes it back, and the place is given back.
    parent.goto(before + link)
    press(parent, "main form .btn.stop")
    looked_at(parent, f"{shot}-19-taken-back")
    me.goto(booking_page)
    looked_at(me, f"{shot}-20-not-agreed")
    me.goto(f"{before}/me/bookings")
    looked_at(me, f"{shot}-21-bookings")


def test_one_guardian_answers_for_each_child(site, hour, phone, people, looked_at):
    hour[0] = NOW
    with site[1].app_context():
        opportunity = opportunity_by_slug(current_db, people[3])
        links = []
        for name in ("Seren Jones", "Mali Jones"):
            asked = Agreement(
                learner=factories.learner(name=name),
                opportunity=opportunity,
                part=Part.GUARDIAN,
                token_hash=name,
                way="learners_address",
                email="ann@home.example",
                asked_at=NOW,
                mailed_at=NOW,
                expires_at=NOW + timedelta(days=14),
            )
            links.append(_made(site, asked))
        current_db.commit()
        current_db.remove()
    parent = phone()

    parent.goto(links[0])
    looked_at(parent, "one-guardian")
    _answer(parent, "Ann Jones", "mother")
    looked_at(parent, "one-guardian-next")
    press(parent, "section[aria-labelledby=others] a")
    assert "Mali" in parent.inner_text("main")
    _answer(parent, "Ann Jones", "mother")

    assert parent.locator("section[aria-labelledby=others]").count() == 0


def _answer(page, name, role):
    page.check("#answer")
    page.fill("#name", name)
    page.fill("#role", role)
    page.check("#is_adult")
    press(page, SEND)
    assert page.locator("main form .btn.go").count() == 0


def _work(site, booking):
    """Do what a worker does."""
    with site[1].app_context():
        tell_next(current_db.scalar(select(Booking.id).filter_by(uuid=booking)))
        settle_places()
        current_db.remove()


def _link_of(site, booking, part):
    with site[1].app_context():
        found = select(Agreement).join(Booking, Booking.learner_id == Agreement.learner_id)
        asked = current_db.scalars(
            found.where(Booking.uuid == booking, Agreement.part == part)
        ).one()
        token = token_of(asked.uuid, secret=site[1].config["SECRET_KEY"], kind=LINK_KIND)
        current_db.remove()
    return f"/agree/{token}"


def _made(site, asked):
    current_db.add(asked)
    current_db.flush()
    token = token_of(asked.uuid, secret=site[1].config["SECRET_KEY"], kind=LINK_KIND)
    asked.token_hash = token_hash(token)
    current_db.flush()
    return f"/agree/{token}"
