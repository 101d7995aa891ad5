"""Pages of pathways: what anyone sees, what the learner alone sees, and the editor without a script."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from accounts.models import AgeBand, Role
from opportunities.models import OpportunityStatus
from pathways.awarding import settle
from pathways.keeping import make_next, publish
from pathways.models import Pathway, StepKind
from pathways.queries import Choice, facts_of, newest_version
from providers.models import ProviderStatus
from tests import factories
from tests.factories import NOW, YORK
from tests.pathways.ways import Club, do, hours, noise, starts, went, words


@pytest.fixture
def club(db):
    noise()
    return Club()


def at(pathway, more="", version=None):
    number = f"/v{version or pathway.version}" if version or more else ""
    return f"/pathways/{pathway.slug}{number}{more}"


def test_anyone_finds_a_pathway_by_its_city(client, db, club):
    pathway = club.publishes(do(club.offers()), title="Into the arts")
    far = Club(name="Far", in_city=factories.city("Farford"))
    far.publishes(words(), title="Into the far")
    nobody, city, address = factories.city().slug, club.provider.city.slug, at(pathway)
    db.commit()

    everywhere = client.get("/pathways").text
    here = client.get(f"/pathways?city={city}").text

    assert address in everywhere
    assert "Into the far" in everywhere
    assert "Into the arts" in here
    assert "Into the far" not in here
    assert "There is none here yet" in client.get(f"/pathways?city={nobody}").text


def test_a_step_says_where_it_can_be_done_this_month(client, db, club):
    drums = club.offers("Drums", achievement=factories.achievement(club.provider, name="Drummer"))
    offers = [club.offers(f"Pots {number}") for number in range(5)]
    for days, offer in enumerate(offers, start=1):
        factories.scheduled_session(opportunity=offer, starts_at=NOW + timedelta(days=days))
    soon = NOW + timedelta(days=2)
    factories.scheduled_session(opportunity=drums, starts_at=soon)
    for offer, given in (
        (club.offers("Past"), {"starts_at": NOW - timedelta(days=1)}),
        (club.offers("Later"), {"starts_at": NOW + timedelta(days=40)}),
        (club.offers("Full"), {"starts_at": soon, "places": 0}),
        (club.offers("Called off"), {"starts_at": soon, "cancelled_at": NOW}),
        (club.offers("Hidden", status=OpportunityStatus.PAUSED), {"starts_at": soon}),
    ):
        factories.scheduled_session(opportunity=offer, **given)
        offers.append(offer)
    factories.scheduled_session(starts_at=soon)
    pathway = club.publishes(do(*offers), do(drums.achievement, title="Drum"), hours(2))
    db.commit()

    page = client.get(at(pathway)).text
    first, second, third = (_where(page, number) for number in (1, 2, 3))

    assert first == ["Pots 0", "Pots 1", "Pots 2"]
    assert second == ["Drums"]
    assert third == ["Pots 0", "Pots 1", "Drums"]


def test_what_is_not_on_offer_is_not_even_named(sign_in, db, club):
    hidden = [
        club.offers(f"Hidden {status}", status=status)
        for status in OpportunityStatus
        if status is not OpportunityStatus.PUBLISHED
    ]
    pathway, learner = club.publishes(do(club.offers(), *hidden)), factories.learner()
    went(learner, hidden[0])

    page = sign_in(factories.learner()).get(at(pathway)).text
    own = sign_in(learner).get(at(pathway)).text

    assert "Pottery" in page
    assert "Hidden" not in page
    assert page.count("Something that is not on now") == len(hidden)
    assert hidden[0].title in own
    assert hidden[1].title not in own


def test_a_learner_sees_the_nearest_first_and_what_is_for_their_age(sign_in, db, club):
    home = factories.area(lon=YORK[0], lat=YORK[1])
    offers = {
        "Far": {"place": factories.place(lon=YORK[0] + 0.1)},
        "Near": {"place": factories.place()},
        "Grown up": {"place": factories.place(), "min_age": 18},
    }
    made = [club.offers(title, **given) for title, given in offers.items()]
    for days, offer in enumerate(made, start=1):
        factories.scheduled_session(opportunity=offer, starts_at=NOW + timedelta(days=days))
    pathway = club.publishes(do(*made))
    learner = factories.learner(home, age_band=AgeBand.FROM_13_TO_15)

    page = sign_in(learner).get(at(pathway)).text

    assert _where(page, 1) == ["Near", "Far"]
    assert learner.home_lsoa_code not in page


def test_a_learner_goes_all_the_way(sign_in, db, club):
    pottery = club.offers("Pottery")
    pathway, learner = club.publishes(do(pottery), words()), factories.learner()
    went(learner, pottery)
    visitor = sign_in(learner)

    page = visitor.get(at(pathway)).text
    assert "You have done this." in page
    assert "My words" not in page
    page = visitor.post(at(pathway, "/start"), follow_redirects=True).text
    assert "You have done 1 of the 2 steps." in page
    too_long = visitor.post(at(pathway, "/steps/2"), data={"words": "x" * 601})
    assert too_long.status_code == 422
    assert "x" * 601 in too_long.text
    page = visitor.post(
        at(pathway, "/steps/2"), data={"words": "A pot <b>of mine</b>."}, follow_redirects=True
    ).text
    assert "A pot &lt;b&gt;of mine&lt;/b&gt;." in page
    assert "Your badge comes by itself" in page
    settle(db, learner_id=learner.id, now=NOW)
    db.commit()
    assert "The badge is yours" in visitor.get(at(pathway)).text
    assert "You have done all of it. The badge is yours." in visitor.get("/me/pathways").text

    visitor.post(at(pathway, "/steps/2"), data={"words": "A pot.", "delete": "yes"})
    assert facts_of(db, learner).words == {}
    page = visitor.post(at(pathway, "/stop"), follow_redirects=True).text
    assert "Start again" in page
    assert "Stopped" in visitor.get("/me/pathways").text


def test_an_earlier_version_is_finished_or_left_for_the_newer(sign_in, db, club):
    first, learner = club.publishes(words()), factories.learner()
    starts(learner, first)
    second = make_next(db, pathway=first, made_by=club.keeper)
    publish(db, pathway=second, published_by=club.keeper, now=NOW)
    visitor = sign_in(learner)

    old = visitor.get(at(first, version=1)).text
    new = visitor.get(at(second)).text

    assert "There is a newer version" in old
    assert "My words" in old
    assert "Go on with this version" in new
    assert "Start this pathway" in new
    visitor.post(at(second, "/go-over"))
    assert "So far" in visitor.get(at(second)).text
    assert visitor.post(at(first, "/start")).status_code == 409


@pytest.mark.parametrize("who", ["learner", "keeper", "colleague", "officer", "guardian", "anyone"])
def test_nobody_else_can_tell_who_set_out_or_how_far_they_are(client, sign_in, db, club, who):
    """Each page that others see is the same, letter for letter, before and after somebody's way."""
    pottery = club.offers("Pottery")
    pathway = club.publishes(do(pottery), words())
    # Only that somebody has is known: from the second on nothing changes for the organisation.
    starts(factories.learner(name="First"), pathway)
    viewer = {
        "learner": factories.learner,
        "keeper": lambda: club.keeper,
        "colleague": lambda: factories.member(club.provider),
        "officer": lambda: factories.officer(of=club.provider.city),
        "guardian": lambda: factories.adult(Role.GUARDIAN),
        "anyone": lambda: None,
    }[who]()
    walker = factories.learner(name="Zephyrine")
    visitor = sign_in(viewer) if viewer else client
    db.commit()
    pages = ["/pathways", at(pathway), "/me/pathways", "/provide/pathways"]
    pages.append(f"/provide/pathways/{pathway.slug}")
    before = _read(visitor, pages)

    starts(walker, pathway)
    went(walker, pottery)
    sign_in(walker).post(at(pathway, "/steps/2"), data={"words": "Quite secret."})
    settle(db, learner_id=walker.id, now=NOW)
    db.commit()
    with client.session_transaction() as cookie:
        cookie.clear()
    visitor = sign_in(viewer) if viewer else client

    assert _read(visitor, pages) == before


def test_only_learners_set_out(sign_in, db, club):
    pathway = club.publishes(words())
    for user in (club.keeper, factories.officer()):
        for act in ("/start", "/stop", "/go-over", "/steps/1"):
            assert sign_in(user).post(at(pathway, act)).status_code == 403
    assert sign_in(club.keeper).get("/me/pathways").status_code == 403


def test_another_organisations_pathway_is_not_there(sign_in, db, club):
    pathway = club.lays_out(words())
    stranger = sign_in(Club().keeper)
    for answer in (
        stranger.get(f"/provide/pathways/{pathway.slug}"),
        *(stranger.post(f"/provide/pathways/{pathway.slug}{act}") for act in ("", "/next", "/end")),
        stranger.post(f"/provide/pathways/{pathway.slug}/delete"),
    ):
        assert answer.status_code == 404
    learner = sign_in(factories.learner())
    assert learner.get(f"/provide/pathways/{pathway.slug}").status_code == 403
    assert learner.get(f"/pathways/{pathway.slug}").status_code == 404


def _typed(**given):
    return {
        "title": "Into the arts",
        "description": "From a first try to your own thing.",
        "min_age": "11",
        "max_age": "18",
        "badge": "",
        **given,
    }


def test_the_editor_keeps_what_was_typed_until_it_is_published(sign_in, db, club):
    near = Club(name="Next door", in_city=club.provider.city)
    drummer = factories.achievement(near.provider, name="Drummer")
    waiting = factories.provider(in_city=club.provider.city, status=ProviderStatus.APPLIED)
    factories.achievement(waiting, name="Drum unchecked")
    far = factories.achievement(Club(in_city=factories.city("Farford")).provider, name="Drum far")
    pottery = club.offers("Pottery")
    keys, far_slug, badge = [f"a:{pottery.slug}", f"b:{drummer.slug}"], far.slug, club.badge.slug
    keeper = sign_in(club.keeper)
    page = keeper.get("/provide/pathways/new").text
    assert "Pottery" in page
    assert "Drummer" not in page

    first = {
        "step-1-kind": "any_of",
        "step-1-title": "Try",
        "step-1-needed": "2",
        "step-1-items": keys[:1],
    }
    page = keeper.post(
        "/provide/pathways/new", data=_typed(**first, **{"step-1-find": "drum"}, do="find-1")
    ).text
    assert f'value="{keys[1]}"' in page
    assert far_slug not in page
    assert "unchecked" not in page
    assert f'value="{keys[0]}" checked' in page
    assert 'value="Into the arts"' in page

    first["step-1-items"] = keys
    page = keeper.post("/provide/pathways/new", data=_typed(**first, do="add-evidence")).text
    assert "Step 2: Own words" in page
    second = {"step-2-kind": "evidence", "step-2-title": ""}
    refused = keeper.post("/provide/pathways/new", data=_typed(**first, **second, do="publish"))
    assert refused.status_code == 422
    assert "#step-2-title" in refused.text

    second["step-2-title"] = "Tell"
    answer = keeper.post(
        "/provide/pathways/new",
        data=_typed(**first, **second, badge=badge, do="publish"),
    )
    assert answer.status_code == 303
    made = db.scalars(select(Pathway).filter_by(title="Into the arts", max_age=18)).one()
    assert made.is_open
    assert made.achievement.name == "Arts Path"
    assert [(s.kind, s.needed) for s in made.steps] == [
        (StepKind.ANY_OF, 2),
        (StepKind.EVIDENCE, None),
    ]
    assert [Choice(i.opportunity, i.achievement).key for i in made.steps[0].items] == keys


def test_steps_move_and_are_taken_out(sign_in, db, club):
    keeper = sign_in(club.keeper)
    steps = {}
    for number, title in enumerate(("One", "Two", "Three"), start=1):
        steps |= {f"step-{number}-kind": "evidence", f"step-{number}-title": title}

    def titles(do):
        page = keeper.post("/provide/pathways/new", data=_typed(**steps, do=do)).text
        return [title for title in _values(page) if title in ("One", "Two", "Three")]

    assert titles("up-2") == ["Two", "One", "Three"]
    assert titles("down-1") == ["Two", "One", "Three"]
    assert titles("drop-1") == ["Two", "Three"]
    for nothing in ("up-1", "down-3", "drop-9", "up-x", "add-none", "", "look"):
        assert titles(nothing) == ["One", "Two", "Three"]


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ({"title": ""}, "#title"),
        ({"title": "Ring 07700 900123 for it"}, "#title"),
        ({"description": "See www.example.org"}, "#description"),
        ({"min_age": "19"}, "#max_age"),
        ({"badge": "of-nobody"}, "#badge"),
        ({"step-1-title": "Ask @someone"}, "#step-1-title"),
        ({"step-1-needed": "0"}, "#step-1-needed"),
        ({"step-1-items": []}, "#step-1-items"),
        ({"step-1-items": ["a:of-nobody", "nonsense"]}, "#step-1-items"),
        ({"step-1-kind": "nonsense"}, "#step-1-kind"),
    ],
)
def test_what_is_wrong_is_said_where_it_is(sign_in, db, club, given, where):
    step = {
        "step-1-kind": "any_of",
        "step-1-title": "Try",
        "step-1-needed": "1",
        "step-1-items": [f"a:{club.offers().slug}"],
    }
    keeper = sign_in(club.keeper)

    answer = keeper.post("/provide/pathways/new", data=_typed(**(step | given), do="publish"))

    assert answer.status_code == 422
    assert f'href="{where}"' in answer.text


def test_what_was_started_is_shown_as_settled_and_leads_to_a_next_version(sign_in, db, club):
    pathway = club.publishes(words())
    starts(factories.learner(), pathway)
    keeper = sign_in(club.keeper)
    address = f"/provide/pathways/{pathway.slug}"

    assert "Somebody has started" in keeper.get(address).text
    data = _typed(title="Other", do="publish", **{"step-1-kind": "evidence", "step-1-title": "x"})
    assert keeper.post(address, data=data).status_code == 409
    page = keeper.post(f"{address}/next", follow_redirects=True).text
    assert "Change version 2" in page
    assert keeper.post(address, data=data).status_code == 303
    assert newest_version(db, club.provider, pathway.slug).title == "Other"
    assert "Ended" in keeper.post(f"{address}/end", follow_redirects=True).text


def test_a_list_costs_the_same_however_long_it_is(client, db, club, count_queries):
    def cost():
        db.commit()
        count_queries.clear()
        client.get("/pathways")
        return len(count_queries)

    for _each in range(2):
        club.publishes(do(club.offers(), club.badge), badge=None)
    few = cost()
    for _each in range(6):
        other = Club()
        other.publishes(do(other.offers()), hours(3))
    assert cost() == few


def _read(visitor, pages):
    """Return how each page answers, without the token that is another each time."""
    answers = [visitor.get(page) for page in pages]
    token = re.compile(r'name="csrf_token" value="[^"]+"')
    return [(answer.status_code, token.sub("", answer.text)) for answer in answers]


def _where(page, number):
    """Return the titles that step `number` names under "Where this month"."""
    part = page.split(f'id="step-{number}"')[1].split("</section>")[0]
    lines = (
        part.split("Where this month")[1].split("</ul>")[0] if "Where this month" in part else ""
    )
    return [line.split("</a>")[0].rsplit(">", 1)[1] for line in lines.split("<b>")[1:]]


def _values(page):
    return [part.split('"')[0] for part in page.split('value="')[1:]]
