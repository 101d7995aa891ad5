"""A learner with a mark of its own in each of their texts, everyone who might look, and every page.

A room adds what it keeps of a learner: a function that plants marks (`@plants`), and addresses. The
matrix in `what_each_sees.toml` then says who finds which mark where; see `test_what_each_sees.py`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

from accounts.models import AgeBand, Role, User
from app.links import token_of
from badges.models import Skill
from equality import service as equality
from equality.answers import Answers, Ethnicity
from evidence import service as evidence
from evidence.models import EvidencePiece, Kind, Rendition, Size, State
from feedback import service as feedback
from feedback.about import About
from feedback.service import Boxes
from logbook.queries import logged_by
from logbook.service import log_activity
from packs.models import PackKind
from packs.service import (
    LINK_KIND,
    Sentence,
    Strength,
    choose_strengths,
    say_who_i_am,
    share,
    write,
)
from participation.models import Attendance
from plans import service as plans
from profiles.saved_service import keep_search
from record.models import LineKind
from record.service import choose
from supporters import groups
from supporters import service as supporters
from supporters.models import SupportKind, SupportScope
from supporters.service import Lasting
from tests import factories
from tests.conftest import EQUALITY_SECRET
from tests.factories import NOW
from tests.supporters.people import SECRET, guardian, helped, invited, supporter

_LONG_AGO = NOW - timedelta(days=3)


@dataclass
class World:
    """What the tests fetch: by whom, where, and by which marks they know what they see."""

    db: object
    learner: User
    city: object
    #: Each reader of the matrix.
    readers: dict[str, User | None] = field(default_factory=dict)
    #: Each text of the learner's, and the mark that stands in it and nowhere else.
    marks: dict[str, str] = field(default_factory=dict)
    #: Each page: its address, and what is sent there if it is a form.
    pages: dict[str, tuple[str, dict[str, str] | None]] = field(default_factory=dict)

    def mark(self, name: str) -> str:
        """Return words to plant, which no other text holds."""
        self.marks[name] = f"Mark{len(self.marks):03}planted"
        return self.marks[name]

    def page(self, name: str, address: str, sent: dict[str, str] | None = None) -> None:
        self.pages[name] = address, sent


_planters: list[Callable[[World], None]] = []


def plants(planter: Callable[[World], None]) -> Callable[[World], None]:
    """Have a function plant what a room keeps of a learner, in the order written here."""
    _planters.append(planter)
    return planter


def world_of(db, age_band: AgeBand) -> World:
    """Return a learner of an age with all that can be known of them, and everyone around them."""
    city = factories.city()
    learner = factories.learner(
        home=factories.area(in_city=city, name="Area0planted"),
        # Until the people around are there: nobody becomes guardian of somebody who is 18.
        age_band=AgeBand.FROM_13_TO_15 if age_band is AgeBand.FROM_18_TO_24 else age_band,
    )
    world = World(db, learner, city)
    for planter in _planters:
        planter(world)
    learner.age_band = age_band
    db.flush()
    return world


@plants
def _people(world: World) -> None:
    db, learner = world.db, world.learner
    learner.name = world.mark("name")
    world.marks["home area"] = "Area0planted"
    by_scope = {f"supporter with {scope.value}": [scope] for scope in SupportScope}
    for name, scopes in by_scope.items():
        world.readers[name] = supporter()
        helped(db, learner, world.readers[name], scopes=scopes, now=_LONG_AGO)
    world.readers["owner"] = learner
    world.readers["guardian"] = guardian()
    helped(db, learner, world.readers["guardian"], SupportKind.GUARDIAN, scopes=[], now=_LONG_AGO)
    world.readers["former supporter"] = supporter()
    over = helped(db, learner, world.readers["former supporter"], now=_LONG_AGO)
    supporters.end_own(db, learner=learner, uuid=over.uuid, now=NOW)
    world.readers["supporter before a yes"] = supporter()
    waits = invited(db, learner)
    supporters.take_up(
        db, adult=world.readers["supporter before a yes"], token_hash=waits.token_hash, now=NOW
    )
    world.readers["other supporter"] = supporter()
    helped(db, factories.learner(), world.readers["other supporter"], now=_LONG_AGO)
    world.readers["officer"] = factories.officer(of=world.city)
    world.readers["stranger"] = factories.learner()
    world.readers["anyone"] = None
    _group(world)


def _group(world: World) -> None:
    db, owner = world.db, factories.member(factories.provider(in_city=world.city))
    world.readers["group owner"] = owner
    group = groups.make_group(db, owner=owner, name="9B", secret=SECRET, now=NOW)
    groups.join(
        db,
        learner=world.learner,
        code=groups.code_of(group, secret=SECRET),
        scopes=[SupportScope.COMMENT],
        lasting=Lasting.YEAR,
        secret=SECRET,
        now=NOW,
    )
    world.page("group", f"/support/groups/{group.uuid}")


@plants
def _pages(world: World) -> None:
    key = world.learner.uuid
    world.page("young person", f"/support/{key}")
    world.page("young people", "/support")
    world.page("family", "/family")
    world.page("write feedback", f"/support/{key}/feedback")
    world.page("asked for feedback", "/support/feedback")
    world.page("who helps me", "/me/supporters")
    world.page("profile", "/me")
    world.page("my feedback", "/me/feedback")
    world.page("put away", "/me/feedback?hidden=1")
    world.page("blocked adults", "/authority/supporters")
    world.page("feedback overview", "/authority/feedback")
    world.page("feedback after sessions", "/provide/feedback")


@plants
def _bookings(world: World) -> None:
    db, learner = world.db, world.learner
    provider = factories.provider(in_city=world.city)
    staff = factories.member(provider, role=Role.PROVIDER_STAFF)
    world.readers["provider staff"] = staff
    came = factories.scheduled_session(
        opportunity=factories.opportunity(world.mark("session attended"), provider=provider),
        starts_at=NOW - timedelta(days=2),
    )
    booking = factories.booking(learner, came)
    db.add(
        Attendance(
            booking=booking,
            confirmed_by=staff,
            confirmed_at=NOW - timedelta(days=2),
            minutes=60,
            home_lsoa_code=learner.home_lsoa_code,
        )
    )
    to_come = factories.booking(
        learner,
        factories.scheduled_session(
            opportunity=factories.opportunity(world.mark("session booked"))
        ),
    )
    to_come.access_needs = world.mark("access needs")
    db.flush()
    _said_of(world, booking)


def _said_of(world: World, booking) -> None:
    """What adults said: of the session, by a supporter, put away, and held."""
    db, learner = world.db, world.learner
    writer = world.readers["supporter with comment"]
    at_door = feedback.give_as_organiser(
        db,
        member=world.readers["provider staff"],
        booking_uuid=booking.uuid,
        boxes=Boxes(what_went_well=world.mark("feedback of the door")),
        now=NOW,
    )
    give = {"adult": writer, "learner_uuid": learner.uuid, "now": NOW}
    said = feedback.give(
        db,
        boxes=Boxes(
            what_went_well=world.mark("feedback"),
            try_next=world.mark("try next"),
            skills=[Skill.PLANNING],
        ),
        **give,
    )
    feedback.answer(
        db, learner=learner, uuid=said.uuid, words=world.mark("answer of the learner"), now=NOW
    )
    away = feedback.give(db, boxes=Boxes(try_next=world.mark("feedback put away")), **give)
    feedback.put_away(db, learner=learner, uuid=away.uuid, is_hidden=True, now=NOW)
    held = f"{world.mark('feedback held')} Do not tell your mum."
    waiting = feedback.give(db, boxes=Boxes(try_next=held), **give)
    for name, each in (
        ("feedback", said),
        ("feedback of the door", at_door),
        ("feedback put away", away),
        ("feedback held", waiting),
    ):
        world.page(f"{name}, as an adult", f"/support/feedback/{each.uuid}")
        world.page(f"{name}, as a learner", f"/me/feedback/{each.uuid}")
        world.page(
            f"{name}, as an officer",
            f"/authority/feedback/{each.uuid}",
            {"reason": "A worry of Monday"},
        )
    world.page("write after a session", f"/provide/feedback/{booking.uuid}")


@plants
def _own_words(world: World) -> None:
    """What a learner wrote or looked for, and nobody else is to see unless asked."""
    db, learner = world.db, world.learner
    logged = log_activity(
        db,
        learner=learner,
        title=world.mark("logged activity"),
        place=world.mark("place of it"),
        description="",
        done_on=(NOW - timedelta(days=2)).date(),
        minutes=60,
        now=NOW,
    )
    hidden = log_activity(
        db,
        learner=learner,
        title=world.mark("logged activity hidden"),
        place="Hall",
        description="",
        done_on=(NOW - timedelta(days=2)).date(),
        minutes=60,
        now=NOW,
    )
    choose(
        db,
        learner=learner,
        kind=LineKind.LOGGED,
        uuid=hidden.uuid,
        is_hidden=True,
        counts=True,
        strand="broad",
    )
    world.page("added", f"/me/added/{logged.uuid}")
    world.page("story", "/me/story")
    world.page("story, hidden", "/me/story?hidden=1")
    world.page("line", f"/me/story/{LineKind.LOGGED}/{logged.uuid}")
    world.page("strengths", "/me/strengths")
    keep_search(
        db,
        owner=learner,
        query="free=1",
        words="",
        city=None,
        name=world.mark("search kept"),
        now=NOW,
    )
    asked = feedback.ask_by_link(
        db, learner=learner, about=About(logged_activity=logged), secret=SECRET, now=NOW
    )
    token = feedback.request_token(asked, secret=SECRET)
    world.page("one-time link", f"/support/c/{token}")
    world.page("searches", "/me/searches")


@plants
def _packed(world: World) -> None:
    """A pack of one line, in whose hands its address is; the label is the learner's alone."""
    db, learner = world.db, world.learner
    logged = logged_by(db, learner)[-1]
    key = f"{LineKind.LOGGED}_{logged.uuid}"
    pack = share(
        db,
        learner=learner,
        kind=PackKind.CV,
        label=world.mark("label of a pack"),
        line_keys=[key],
        shows_name=False,
        shows_hours=False,
        days=7,
        secret=SECRET,
        now=NOW,
    )
    say_who_i_am(db, learner=learner, uuid=pack.uuid, words=world.mark("intro of a pack"))
    strength = Strength(world.mark("strength of a pack"), key)
    choose_strengths(db, learner=learner, uuid=pack.uuid, strengths=[strength])
    sentence = Sentence("did", world.mark("sentence of a pack"), key)
    write(db, learner=learner, uuid=pack.uuid, sentences=[sentence])
    token = token_of(pack.uuid, secret=SECRET, kind=LINK_KIND)
    world.page("pack", f"/s/{token}")
    world.page("line of a pack", f"/s/{token}/line/logged/{logged.uuid}")
    world.page("own packs", "/me/sharing")
    world.page("own pack", f"/me/sharing/{pack.uuid}")


@plants
def _shown(world: World) -> None:
    """What a learner kept: shared with those who may see it, for themselves, and a private try."""
    db, learner = world.db, world.learner

    def kept(name, *, is_try=False):
        about = evidence.About(title=world.mark(name), happened_on=NOW.date(), words="It held.")
        piece = evidence.add_words(
            db, learner=learner, about=replace(about, is_try=is_try), now=NOW
        )
        world.page(f"own {name}", f"/me/evidence/{piece.uuid}")
        return piece

    shared = kept("evidence shared")
    evidence.let_see(db, learner=learner, uuid=shared.uuid, is_shared=True)
    kept("evidence kept back")
    kept("evidence that is a try", is_try=True)
    world.page("evidence", "/me/evidence")
    spoken = EvidencePiece(
        learner=learner,
        kind=Kind.AUDIO,
        title="Hello",
        transcript=world.mark("hello"),
        happened_on=NOW.date(),
        state=State.READY,
        made_at=NOW,
        renditions=[Rendition(size=Size.FULL, content_type="audio/mpeg", bytes=1)],
    )
    db.add(spoken)
    db.flush()
    evidence.say_hello(db, learner=learner, uuid=spoken.uuid)
    world.page("own hello", f"/me/evidence/{spoken.uuid}")


@plants
def _planned(world: World) -> None:
    """What a learner wants to try, and how it went: theirs alone, unless they let somebody see it."""
    db, learner = world.db, world.learner
    goal = plans.add_goal(
        db,
        learner=learner,
        words=world.mark("goal"),
        why=world.mark("why of a goal"),
        now=NOW,
    )
    item = plans.add_item(
        db,
        learner=learner,
        words=world.mark("plan item"),
        skill=Skill.PLANNING,
        look_again_on=NOW.date() + timedelta(days=7),
        now=NOW,
    )
    world.page("goals", "/me/goals")
    world.page("goal", f"/me/goals/{goal.uuid}")
    world.page("plan", f"/me/plan/{item.uuid}")


@plants
def _told_to_be_counted(world: World) -> None:
    """What a learner told of themselves: the page says it back to them, and to nobody."""
    if equality.is_asked(world.learner, secret=EQUALITY_SECRET):
        equality.tell(
            world.db,
            learner=world.learner,
            answers=Answers(ethnicity=Ethnicity.MIXED),
            secret=EQUALITY_SECRET,
        )
    # As it stands where something is kept: the choice of that name is there for all who are asked.
    world.marks["told to be counted"] = "<dd>Mixed, or more than one</dd>"
    world.page("about me", "/me/about-me")
    world.page("my data", "/me/privacy")
