"""What is true of every page of the journeys: readable, usable by keyboard and by everyone, and safe."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import ARRAY, Text, bindparam, create_engine, text

from tests.browser.conftest import DESK, PHONE, axe_findings

#: For each of its people, the pages of their journey. `@` is a link that the page before it shows;
#: `*` in it stands for anything.
JOURNEYS = {
    None: (
        "/",
        "/?text=nothing-of-that-name",
        "@/a/",
        "@/a/*/report",
        "/wish",
        "/wish/thanks",
        "/c/aberwennol",
        "/start",
        "/sign-in",
        "/signatures",
        "/verify",
        "/provide/join",
        "/how-it-works",
        "/help",
        "/safety",
        "/concern",
        "/concern/receipt",
        "/accessibility",
        "/privacy",
        "/privacy/short",
        "/about-the-numbers",
        "/public/reach",
        "@/public/reach/",
        "/deleted",
        "/no-such-page",
    ),
    "learner": (
        "/me",
        "@/me/badges/",
        "@/credentials/",
        "/me/bookings",
        "@/me/bookings/",
        "/me/pass",
        "/me/notices",
        "/me/sharing",
        "@/me/sharing/",
        "/me/sharing/new",
        "/me/next",
        "/me/goals",
        "@/me/goals/",
        "@/me/plan/",
        "/me/goals/new",
        "/me/plan/new",
        "/me/searches",
        "/me/digest",
        "/me/add",
        "/me/evidence",
        "@/me/evidence/",
        "/me/evidence/new",
        "/me/evidence/new?kind=photo",
        "/me/evidence/new?kind=observation",
        "/me/projects",
        "@/me/projects/*",
        "@/me/projects/*/log",
        "/me/projects/new",
        "/me/work",
        "@/me/work/",
        "/me/badges/import",
        "/me/programs",
        "/me/record",
        "/me/story",
        "@/me/story/came/",
        "/me/story",
        "@/me/story/brought/",
        "/me/skills",
        "/me/skills/planning",
        "/me/strengths",
        "/me/badges/asked",
        "/claim",
        "/pathways",
        "@/pathways/",
        "/me/pathways",
        "/me/school-year",
        "/me/questions",
        "/me/supporters",
        "@/me/supporters/",
        "/me/supporters/new",
        "/me/supporters/join",
        "/me/feedback",
        "@/me/feedback/",
        "/me/feedback/ask",
        "/me/privacy",
        "/me/privacy/delete",
        "/me/about-me",
        "/me/export",
        "/me/import",
        "/account",
    ),
    "supporter": (
        "/support",
        "@/support/",
        "@/support/*/feedback",
        "/support/feedback",
        "@/support/feedback/",
        "/support/guide",
    ),
    "provider_admin": (
        "/provide",
        "@/door/",
        "/provide/activities/new",
        "/provide/details",
        "/provide/safety",
        "/provide/safety/staff_check",
        "/provide/people",
        "/provide/members",
        "/provide/leave",
        "/provide/questions",
        "/provide/badges",
        "/provide/badges/new",
        "/provide/badges/asked",
        "/provide/endorsements",
        "/provide/pathways",
        "@/provide/pathways/*/adverts",
        "/support",
        "@/support/groups/",
        "/support/groups/start",
        "/support/groups/new",
        "/provide/feedback",
        "@/provide/feedback/",
        "/frameworks/gatsby/2025",
        "/account",
        "/account/notices",
    ),
    "authority_officer": (
        "/reach",
        "@/reach/E",
        "/reach/map",
        "/reach/reports",
        "/reach/cold-spots",
        "@/reach/what-if",
        "/reach/what-if",
        "/reach/indices",
        "/reach/returns",
        "/reach/returns/holidays",
        "/reach/returns/workplaces",
        "/reach/returns/sufficiency",
        "@/reach/returns/cell/",
        "/authority/providers",
        "@/authority/providers/",
        "/authority/providers?show=checked",
        "/authority/listings",
        "/authority/wishes",
        "/authority/funds",
        "@/authority/funds/",
        "/authority/concerns",
        "/authority/questions",
        "/authority/endorsements",
        "/authority/feedback",
        "@/authority/feedback/",
        "/authority/supporters",
    ),
    "guardian": ("/family", "@/support/", "/account"),
}

#: Names that ran as code, or broke the map, when user text was allowed into it.
HOSTILE = (
    "${window.P=99}",
    "`);window.P=99;//",
    "</script><script>window.P=99</script>",
    '"><img src=x onerror="window.P=99">',
    "'-window.P=99-'",
    "{{ 7*7 }}<svg onload=window.P=99>",
    "Cost ${5 each",
)
#: Words that no screen of a phone takes in one line.
LONG = [letter + "lanfairpwllgwyngyllgogerychwyrndrobwll" for letter in "ABCDEFGHIJKLMNOPQRST"]
#: Every text that a person typed and that some page shows.
TYPED = (
    ("opportunity", "title"),
    ("opportunity", "description"),
    ("provider", "name"),
    ("provider", "description"),
    ("provider", "safeguarding_lead"),
    ("assurance", "person"),
    ("assurance", "seen_by"),
    ("assurance", "evidence"),
    ("place", "name"),
    ("place", "address"),
    ("achievement", "name"),
    ("achievement", "description"),
    ("achievement", "criteria"),
    ("user_account", "name"),
    ("booking", "access_needs"),
    ("pack", "label"),
    ("pack", "intro"),
    ("pack_strength", "words"),
    ("listing_report", "words"),
    ("wish", "words"),
    ("fund", "name"),
    ("saved_search", "name"),
    ("area", "name"),
    ("area", "ward_name"),
    ("deprivation_index", "name"),
    ("deprivation_index", "note"),
    ("agreement", "name"),
    ("agreement", "role"),
    ("logged_activity", "title"),
    ("logged_activity", "place"),
    ("logged_activity", "description"),
    ("project", "title"),
    ("project", "brief"),
    ("project", "product"),
    ("project", "presentation"),
    ("project", "review"),
    ("project_entry", "words"),
    ("project_entry", "source"),
    ("encounter", "reflection"),
    ("point_seen", "words"),
    ("witness", "name"),
    ("witness", "role"),
    ("evidence_piece", "title"),
    ("evidence_piece", "words"),
    ("evidence_piece", "alt_text"),
    ("evidence_piece", "transcript"),
    ("evidence_piece", "source"),
    ("achievement_credential", "narrative"),
    ("endorsement", "comment"),
    ("endorsement", "message"),
    ("pathway", "title"),
    ("pathway", "description"),
    ("pathway_step", "title"),
    ("pathway_advert", "title"),
    ("pathway_advert", "offered_by"),
    ("goal", "words"),
    ("goal", "why"),
    ("goal", "where_now"),
    ("plan_item", "words"),
    ("reflection", "words"),
    ("brought_line", "title"),
    ("brought_line", "who"),
    ("supporter_group", "name"),
    ("supporter_look", "adult_name"),
    ("feedback", "what_went_well"),
    ("feedback", "even_better_if"),
    ("feedback", "try_next"),
    ("feedback", "giver_name"),
    ("feedback", "giver_role"),
    ("feedback_reply", "words"),
    ("reach_correction", "reason"),
)

#: What keeps some of these as they are.
LOCKS = (
    ("achievement", "earned_for_good"),
    ("endorsement", "endorsed_for_good"),
    ("project", "seen_as_it_is"),
    ("pathway", "USER"),
    ("pathway_step", "USER"),
    ("goal", "ended_for_good"),
    ("plan_item", "ended_for_good"),
    ("feedback", "feedback_said_for_good"),
    ("feedback_reply", "feedback_reply_said_for_good"),
    ("supporter_look", "supporter_look_stays"),
)

#: Writes down how far each thing jumps on a page, as a share of the screen.
WATCH_SHIFTS = """
window.shifts = [];
new PerformanceObserver((list) => shifts.push(...list.getEntries().map((jump) => jump.value)))
    .observe({type: "layout-shift", buffered: true});
"""


@pytest.mark.parametrize("who", JOURNEYS, ids=lambda who: who or "anyone")
def test_axe_finds_nothing_on_any_page_of_the_journeys_on_a_phone_or_at_a_desk(visit, who):
    page = visit(who, size=PHONE)
    found = []
    for address in _walk(page, JOURNEYS[who]):
        page.wait_for_load_state("networkidle")
        found += [f"{address} on a phone: {finding}" for finding in axe_findings(page)]
        page.set_viewport_size(DESK)
        if page.locator("#mapcol").count():
            # The script of the map asks once, at the start, whether there is room for one.
            page.reload(wait_until="networkidle")
        found += [f"{address} at a desk: {finding}" for finding in axe_findings(page)]
        page.set_viewport_size(PHONE)

    assert found == []


@pytest.mark.parametrize("who", JOURNEYS, ids=lambda who: who or "anyone")
def test_no_page_is_wider_than_a_small_phone_in_either_language(visit, who):
    page = visit(who, size={"width": 320, "height": 640})
    too_wide = []
    for prefix in ("", "/cy"):
        for address in _walk(page, JOURNEYS[who], prefix):
            width = page.evaluate("document.documentElement.scrollWidth")
            if width > 320:
                too_wide.append(f"{address}: {width} px")

    assert too_wide == []


def test_no_long_word_makes_a_page_of_a_learner_wider_than_a_small_phone(visit, site):
    page = visit("learner", size={"width": 320, "height": 640})
    with _everything_renamed(site.database_url, names=LONG):
        widths = {
            address: page.evaluate("document.documentElement.scrollWidth")
            for address in _walk(page, JOURNEYS["learner"])
        }

    assert {address: width for address, width in widths.items() if width > 320} == {}


def test_the_first_card_stands_high_enough_on_a_phone(visit):
    page = visit(size=PHONE)
    page.goto("/")

    assert page.locator(".card >> nth=0").bounding_box()["y"] <= 380


def test_a_first_visit_is_light(visit):
    page = visit(size=PHONE)
    received: list[int] = []
    debugger = page.context.new_cdp_session(page)
    debugger.send("Network.enable")
    debugger.on(
        "Network.loadingFinished", lambda event: received.append(event["encodedDataLength"])
    )

    page.goto("/", wait_until="networkidle")

    assert len(received) <= 8
    assert sum(received) <= 60_000


@pytest.mark.parametrize("address", ["/", "/cy/"])
def test_no_words_jump_when_the_typeface_arrives(visit, address):
    page = visit(size=PHONE)
    page.add_init_script(WATCH_SHIFTS)
    with page.expect_response("**/lexend.*.woff2"):
        page.goto(address)
    page.wait_for_load_state("networkidle")
    # Two frames, so that what is drawn with the new letters has been looked at.
    page.evaluate("() => new Promise((d) => requestAnimationFrame(() => requestAnimationFrame(d)))")

    assert page.evaluate("document.fonts.check('18px Lexend')")
    assert sum(page.evaluate("window.shifts")) <= 0.02


def test_hostile_names_run_nowhere_the_map_included(visit, site):
    with _everything_renamed(site.database_url):
        for who, addresses in JOURNEYS.items():
            page = visit(who, size=DESK)
            for address in _walk(page, addresses):
                page.wait_for_timeout(150)
                assert page.evaluate("window.P") is None, address
        page = visit(size=DESK)
        page.goto("/")
        page.wait_for_selector(".leaflet-marker-icon")
        assert page.evaluate("window.P") is None


def _walk(page, addresses, prefix=""):
    """Open each page in turn, and yield its address once it stands."""
    for address in addresses:
        if address.startswith("@"):
            start, _anything, end = address[1:].partition("*")
            wanted = f"main a[href^='{prefix}{start}']:not([href*='.'])"
            link = page.locator(wanted + (f"[href$='{end}']" if end else "")).first
            target = link.get_attribute("href")
        else:
            target = prefix + address
        page.goto(target)
        yield target


@contextmanager
def _everything_renamed(database_url: str, names=HOSTILE) -> Iterator[None]:
    """Give every text that people typed one of these names for as long as the block lasts."""
    engine = create_engine(database_url)
    with engine.begin() as db:
        # What was earned, said or begun stays as it is: here it is as if it had been so before.
        for table, trigger in LOCKS:
            db.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}"))
        for table, column in TYPED:
            db.execute(text(f"ALTER TABLE {table} ADD COLUMN kept_{column} text"))
            db.execute(
                text(
                    f"UPDATE {table} SET kept_{column} = {column}, "
                    f"{column} = (:hostile)[1 + abs(hashtext({column})) % :many] "
                    f"WHERE {column} <> ''"
                ).bindparams(bindparam("hostile", type_=ARRAY(Text))),
                {"hostile": list(names), "many": len(names)},
            )
    yield
    with engine.begin() as db:
        for table, column in TYPED:
            db.execute(
                text(f"UPDATE {table} SET {column} = kept_{column} WHERE kept_{column} IS NOT NULL")
            )
            db.execute(text(f"ALTER TABLE {table} DROP COLUMN kept_{column}"))
        for table, trigger in LOCKS:
            db.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER {trigger}"))
    engine.dispose()
