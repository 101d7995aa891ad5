"""An organisation's badges, kept in order: what may be amiss, what may change, and for whom."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from app.errors import Conflict, NotAllowed
from badges.hygiene import Flaw
from badges.models import Achievement, Skill, Strand
from badges.queries import achievements_to_give, is_earned, kept_by
from badges.service import award, change_achievement, revoke
from listings.badge_queries import judged_badges_in_city_of, judged_badges_of
from opportunities.models import Opportunity, OpportunityStatus
from providers.models import ProviderStatus
from tests import factories
from tests.factories import NOW

SOUND = {"skills": [Skill.CREATIVITY]}
SENT = {
    "name": "Clay Head",
    "criteria": "Come twice and make a bowl.",
    "description": "For those who stay with it.",
    "strand": "create",
    "skills": ["planning", "creativity"],
    "icon": "palette",
}


@pytest.fixture
def provider(db):
    return factories.provider(name="Pot House")


@pytest.fixture
def badge(provider):
    return factories.achievement(issuer=provider, **SOUND)


def _award(db, badge, at=NOW, to=None):
    return award(
        db,
        achievement=badge,
        recipient=to or factories.learner(),
        evidence="Came.",
        activity_started_at=at,
        activity_ended_at=at,
        now=at,
    )


def _flaws(db, provider):
    return {each.achievement.name: each.flaws for each in judged_badges_of(db, provider, now=NOW)}


def _runs(badge, *days_ago, **given):
    offer = factories.opportunity(provider=badge.issuer, achievement=badge, **given)
    for days in days_ago:
        factories.scheduled_session(opportunity=offer, starts_at=NOW - timedelta(days=days))


def test_a_badge_is_never_earned_only_once_its_sessions_have_run_for_eight_weeks(db, provider):
    for name, days_ago in {"Long": 57, "Short": 55, "Coming": -5}.items():
        _runs(factories.achievement(issuer=provider, name=name, **SOUND), days_ago)
    drafted = factories.achievement(issuer=provider, name="Draft", **SOUND)
    _runs(drafted, 90, status=OpportunityStatus.DRAFT)
    earned = factories.achievement(issuer=provider, name="Earned", **SOUND)
    _runs(earned, 90)
    revoke(db, credential=_award(db, earned), reason="A mistake.", now=NOW)

    assert _flaws(db, provider) == {
        "Coming": [],
        "Draft": [],
        "Earned": [],
        "Long": [Flaw.NEVER_EARNED],
        "Short": [],
    }


@pytest.mark.parametrize(
    ("holders", "days", "found"),
    [(10, [90, 83], [Flaw.ONE_DAY]), (9, [90, 83], []), (10, [90], [])],
    ids=["ten", "nine: too few to tell", "it ran once"],
)
def test_that_all_got_it_on_one_day_is_told_of_ten_holders_or_more(
    db, provider, badge, holders, days, found
):
    _runs(badge, *days)
    for number in range(holders):
        _award(db, badge, at=datetime(2026, 5, 4, 9, number, tzinfo=UTC))

    assert _flaws(db, provider) == {"Clay Hand": found}


def test_a_second_day_is_a_london_day(db, provider, badge):
    _runs(badge, 90, 83)
    for _each in range(9):
        _award(db, badge, at=datetime(2026, 5, 4, 22, tzinfo=UTC))
    _award(db, badge, at=datetime(2026, 5, 4, 23, 30, tzinfo=UTC))

    assert _flaws(db, provider) == {"Clay Hand": []}


def test_nothing_that_is_known_of_a_badge_says_how_many_hold_it(db, provider, badge):
    known = [kept_by(db, provider)]
    for _each in range(3):
        _award(db, badge)
        known.append(kept_by(db, provider))

    assert [(each.is_earned, each.is_of_one_day) for [each] in known] == [
        (False, False),
        *[(True, False)] * 3,
    ]


def test_names_are_compared_within_one_organisation_only(db, provider, badge):
    factories.achievement(issuer=factories.provider(name="Elsewhere"), **SOUND)
    assert _flaws(db, provider) == {"Clay Hand": []}

    factories.achievement(issuer=provider, name="Clay Hands", **SOUND)
    assert _flaws(db, provider) == {
        "Clay Hand": [Flaw.NAMES_ALIKE],
        "Clay Hands": [Flaw.NAMES_ALIKE],
    }


@pytest.mark.parametrize("badges", [1, 3])
def test_badges_are_judged_with_two_questions_however_many_there_are(
    db, provider, count_queries, badges
):
    officer = factories.officer(of=provider.city)
    for number in range(badges):
        factories.achievement(issuer=provider, name=f"Step {number}", **SOUND)
    db.commit()
    db.refresh(officer)
    db.refresh(provider)
    count_queries.clear()

    judged = judged_badges_in_city_of(db, officer, now=NOW)

    assert [each.achievement.issuer.name for each in judged] == ["Pot House"] * badges
    assert len([each for each in count_queries if each.startswith("SELECT")]) == 2


def test_a_badge_nobody_has_earned_is_changed_and_keeps_its_address(db, provider, badge):
    slug = badge.slug
    _change(db, badge, factories.member(of=provider))

    db.refresh(badge)
    assert (badge.slug, badge.name, badge.criteria) == (slug, "New", "Make two.")
    assert badge.skills == [Skill.PLANNING, Skill.TEAMWORK]


def test_a_stranger_cannot_change_a_badge(db, badge):
    for stranger in (factories.member(of=factories.provider()), factories.officer()):
        with pytest.raises(NotAllowed):
            _change(db, badge, stranger)


@pytest.mark.parametrize("is_revoked", [False, True])
def test_a_badge_that_was_earned_stays_as_it_is(db, provider, badge, is_revoked):
    credential = _award(db, badge)
    if is_revoked:
        revoke(db, credential=credential, reason="A mistake.", now=NOW)

    with pytest.raises(Conflict, match="stays as it is"):
        _change(db, badge, factories.member(of=provider))
    assert (is_earned(db, badge), badge.name) == (True, "Clay Hand")


def test_the_database_too_refuses_to_change_what_was_earned(db, provider, badge):
    untouched = factories.achievement(issuer=provider, name="Spare")
    _award(db, badge)

    for column, value in {"name": "'x'", "criteria": "'x'", "skills": "'{planning}'"}.items():
        with pytest.raises(IntegrityError, match="stays as it is"), db.begin_nested():
            db.execute(
                text(f"UPDATE achievement SET {column} = {value} WHERE id = :id"), {"id": badge.id}
            )
    db.execute(text("UPDATE achievement SET name = name WHERE id = :id"), {"id": badge.id})
    db.execute(text("UPDATE achievement SET name = 'Other' WHERE id = :id"), {"id": untouched.id})


def _change(db, badge, member):
    change_achievement(
        db,
        achievement=badge,
        changed_by=member,
        name="New",
        description="About it.",
        criteria="Make two.",
        strand=Strand.WORK,
        icon="star",
        skills=[Skill.TEAMWORK, Skill.PLANNING, Skill.PLANNING],
    )


def test_the_page_shows_own_badges_with_what_to_look_at(db, provider, badge, sign_in):
    factories.achievement(issuer=provider, name="Glaze").criteria = "A shine"
    factories.achievement(name="Another's")
    _award(db, badge)

    page = sign_in(factories.member(of=provider)).get("/provide/badges").text

    assert "It may not say what someone does to earn it." in page
    assert "It names no skill." in page
    assert "Another&#39;s" not in page
    assert page.count(">Change it<") == 1  # of two, one is earned
    assert "Why it stays as it is" in page


def test_an_organisation_without_badges_is_led_to_make_one(provider, sign_in):
    page = sign_in(factories.member(of=provider)).get("/provide/badges").text

    assert "You have no badge yet" in page
    assert 'href="/provide/badges/new"' in page


def test_a_badge_is_changed_on_its_page(db, provider, badge, sign_in):
    visitor = sign_in(factories.member(of=provider))
    address = f"/provide/badges/{badge.slug}"

    assert 'value="Clay Hand"' in visitor.get(address).text
    answer = visitor.post(address, data=SENT)

    assert (answer.status_code, answer.location) == (303, "/provide/badges?done=changed")
    changed = db.get(Achievement, badge.id, populate_existing=True)
    assert (changed.name, changed.skills, changed.icon) == (
        "Clay Head",
        [Skill.CREATIVITY, Skill.PLANNING],
        "palette",
    )


def test_a_badge_keeps_a_picture_that_the_form_does_not_offer(db, provider, sign_in):
    badge = factories.achievement(issuer=provider, icon="axe")
    visitor = sign_in(factories.member(of=provider))

    visitor.post(f"/provide/badges/{badge.slug}", data=SENT | {"icon": ""})

    assert db.get(Achievement, badge.id, populate_existing=True).icon == "axe"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"name": ""}, "Give the badge a name."),
        ({"name": "x" * 61}, "Use 60 characters or fewer."),
        ({"criteria": " "}, "Say what someone does to earn it."),
        ({"criteria": "x" * 301}, "Use 300 characters or fewer."),
        ({"description": "x" * 10_000_000}, "Use 300 characters or fewer."),
        ({"strand": "nothing"}, "Choose what it is about."),
        ({"icon": "../../etc/passwd"}, "Choose a picture."),
        ({"skills": ["flying"]}, "Choose from the list."),
    ],
)
def test_a_form_that_is_not_sound_says_where_and_keeps_the_rest(
    db, provider, badge, sign_in, wrong, words
):
    visitor = sign_in(factories.member(of=provider))

    for address in (f"/provide/badges/{badge.slug}", "/provide/badges/new"):
        answer = visitor.post(address, data=SENT | wrong)

        if answer.status_code == 413:  # too large to read at all
            continue
        assert answer.status_code == 422
        assert words in answer.text
        assert f'href="#{next(iter(wrong))}"' in answer.text
    assert [each.achievement.name for each in kept_by(db, provider)] == ["Clay Hand"]


def test_html_in_a_badge_stays_words(provider, sign_in):
    visitor = sign_in(factories.member(of=provider))
    visitor.post("/provide/badges/new", data=SENT | {"name": "<b>x</b>", "criteria": "<script>x"})

    page = visitor.get("/provide/badges").text

    assert "&lt;b&gt;x&lt;/b&gt;" in page
    assert "<script>x" not in page


def test_of_an_earned_badge_the_page_says_why_and_offers_a_next_one(db, provider, badge, sign_in):
    factories.opportunity(provider=provider, achievement=badge)
    other = factories.opportunity(provider=provider, achievement=factories.achievement(provider))
    badge.level = 3
    _award(db, badge)
    visitor = sign_in(factories.member(of=provider))

    page = visitor.get(f"/provide/badges/{badge.slug}").text
    refused = visitor.post(f"/provide/badges/{badge.slug}", data=SENT)
    next_one = f"/provide/badges/{badge.slug}/next"

    assert "<form" not in page.split("<main")[1]
    assert "stays as it is" in page
    assert refused.status_code == 409
    assert next_one in page
    assert 'value="Clay Hand"' in visitor.get(next_one).text
    assert visitor.post(next_one, data=SENT).status_code == 303
    made = db.scalars(select(Achievement).filter_by(name="Clay Head")).one()
    assert (made.issuer_id, made.slug, made.version) == (provider.id, badge.slug, 2)
    given = db.scalars(select(Opportunity.achievement_id).order_by(Opportunity.id)).all()
    assert given == [made.id, other.achievement_id]
    assert visitor.post(next_one, data=SENT).status_code == 409  # nobody has earned that one yet


def test_looking_at_the_picture_keeps_what_was_typed_and_saves_nothing(db, provider, sign_in):
    visitor = sign_in(factories.member(of=provider))

    page = visitor.post("/provide/badges/new", data=SENT | {"look": "1", "seed": "00ff00"})

    assert page.status_code == 200
    assert 'value="Clay Head"' in page.text
    assert (
        "strand=create&amp;icon=palette&amp;level=1&amp;name=Clay+Head&amp;seed=00ff00" in page.text
    )
    assert kept_by(db, provider) == []


def test_the_picture_that_was_looked_at_is_the_one_that_is_kept(db, provider, sign_in):
    visitor = sign_in(factories.member(of=provider))
    asked = {"name": "Clay Head", "seed": "00ff00", "strand": "create", "icon": "palette"}
    looked_at = visitor.get("/provide/badges/picture.svg", query_string=asked | {"level": 3})
    visitor.post("/provide/badges/new", data=SENT | {"seed": "00ff00", "level": "3"})

    kept = visitor.get("/achievements/clay-head-00ff00/v1/image.svg").text

    assert looked_at.mimetype == "image/svg+xml"
    # One names itself to a screen reader, the other is told of by the page.
    assert looked_at.text.partition(">")[2] == kept.partition(">")[2]


def test_what_a_badge_looks_at_needs_words_to_choose_from(db, provider, sign_in):
    visitor = sign_in(factories.member(of=provider))
    alone = {"rubric": "How the pot was made"}

    for wrong in (alone, alone | {"rubric_levels": "Once"}, {"rubric_levels": "Once\nTwice"}):
        assert visitor.post("/provide/badges/new", data=SENT | wrong).status_code == 422
    long = alone | {"rubric_levels": "\n".join(map(str, range(7)))}
    assert "two to 6 lines" in visitor.post("/provide/badges/new", data=SENT | long).text
    sound = alone | {"rubric_levels": "With help\n\n Alone ", "kind": "competency"}
    assert visitor.post("/provide/badges/new", data=SENT | sound).status_code == 303
    [kept] = kept_by(db, provider)
    assert [level.name for level in kept.achievement.rubric_levels] == ["With help", "Alone"]
    slug = kept.achievement.slug
    assert "With help\nAlone</textarea>" in visitor.get(f"/provide/badges/{slug}").text


def test_lines_of_frameworks_are_found_added_and_taken_away(db, provider, badge, sign_in):
    visitor = sign_in(factories.member(of=provider))
    address = f"/provide/badges/{badge.slug}/frameworks"
    page = visitor.get(address, query_string={"words": "workpl exper"}).text
    number = re.search(r'name="add" value="(\d+)"', page)[1]

    assert page.count('name="add"') == 1
    assert visitor.post(address, data={"add": number}).status_code == 303
    assert "Experiences of workplaces" in visitor.get(f"/achievements/{badge.slug}/v1").text
    visitor.post(address, data={"remove": number})
    assert "Experiences of workplaces" not in visitor.get(f"/achievements/{badge.slug}/v1").text
    assert "No line holds these words" in visitor.get(address, query_string={"words": "%"}).text
    _award(db, badge)
    db.commit()
    assert visitor.post(address, data={"add": number}).status_code == 200  # says why it stays
    assert "Experiences of workplaces" not in visitor.get(f"/achievements/{badge.slug}/v1").text


def test_nobody_reaches_anothers_badge(db, badge, client, sign_in):
    address = f"/provide/badges/{badge.slug}"
    other = factories.provider(name="Elsewhere")
    db.commit()

    assert client.get(address).status_code == 303  # to sign in
    for stranger in (factories.learner(), factories.officer()):
        assert sign_in(stranger).get(address).status_code == 403
    visitor = sign_in(factories.member(of=other))
    assert visitor.get(address).status_code == 404
    assert visitor.post(address, data=SENT).status_code == 404
    for more in ("/next", "/frameworks"):
        assert visitor.get(address + more).status_code == 404
        assert visitor.post(address + more, data=SENT | {"add": 1}).status_code == 404
    paused = factories.provider(status=ProviderStatus.SUSPENDED)
    assert sign_in(factories.member(of=paused)).get("/provide/badges").status_code == 403


def test_an_officer_filters_the_badges_of_the_city_by_what_may_be_amiss(
    db, provider, badge, sign_in
):
    bare = factories.achievement(issuer=provider, name="Bare")
    vague = factories.achievement(issuer=provider, name="Vague", **SOUND)
    vague.criteria = "A good attitude"
    factories.achievement(name="Another city's")
    officer = sign_in(factories.officer(of=provider.city))

    def shown(query=""):
        page = officer.get(f"/authority/badges{query}").text
        return {each.name for each in (badge, bare, vague) if f">{each.name}</a>" in page}

    assert shown() == {"Bare", "Vague"}
    assert shown("?finding=no_deed") == {"Vague"}
    assert shown("?finding=all") == {"Clay Hand", "Bare", "Vague"}
    assert shown("?finding=ten%00") == {"Bare", "Vague"}  # what no page of ours asks
    assert shown("?finding=one_day") == set()
    assert "Another city" not in officer.get("/authority/badges?finding=all").text


def test_an_officer_of_a_city_without_badges_is_told_so(sign_in):
    page = sign_in(factories.officer()).get("/authority/badges").text

    assert "No organisation has a badge yet" in page


def test_only_officers_see_the_badges_of_a_city(db, client, provider, sign_in):
    db.commit()

    assert client.get("/authority/badges").status_code == 303
    for stranger in (factories.learner(), factories.member(of=provider)):
        assert sign_in(stranger).get("/authority/badges").status_code == 403


def test_who_belongs_to_a_body_can_choose_its_badges_too(db, provider, badge):
    body = factories.provider(name="Body")
    theirs = factories.achievement(issuer=body, name="Of the body")
    factories.achievement(issuer=factories.provider(name="Elsewhere"), name="Of nobody here")
    assert list(achievements_to_give(db, provider)) == [badge]

    provider.umbrella = body
    db.flush()

    assert list(achievements_to_give(db, provider)) == [badge, theirs]
    assert list(achievements_to_give(db, body)) == [theirs]
