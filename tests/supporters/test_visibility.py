"""Whatever happens in whatever order: a page shows what the rule says at that moment, and nothing else.

The rule is written here once more, from the words and not from the code.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import YOUNG_BANDS, AgeBand, User
from accounts.passes import new_pass_code
from app import clock
from app.errors import Refusal
from feedback import service as feedback
from feedback.service import Boxes
from supporters import blocking, service
from supporters.models import SupportKind, SupportScope
from supporters.service import Lasting
from tests import factories
from tests.factories import NOW
from tests.supporters.people import SECRET, helped, supporter

#: The last begins at 18, when a guardian's part ends.
BANDS = list(YOUNG_BANDS)
KINDS = [SupportKind.GUARDIAN, SupportKind.TEACHER]
DAYS = {Lasting.MONTH: 30, Lasting.YEAR: 365}
scopes = st.sets(st.sampled_from(SupportScope))
steps = st.one_of(
    st.tuples(st.just("invite"), st.sampled_from(KINDS), scopes),
    st.tuples(st.just("take up")),
    st.tuples(st.just("agree"), st.sampled_from(list(DAYS))),
    st.tuples(st.just("scopes"), scopes),
    st.tuples(st.just("renew"), st.sampled_from(list(DAYS))),
    st.tuples(st.just("end")),
    st.tuples(st.just("block")),
    st.tuples(st.just("lift")),
    # Time is what ends most, so it passes often.
    *[st.tuples(st.just("birthday"))] * 2,
    *[st.tuples(st.just("wait"), st.sampled_from([1, 25, 24 * 31, 24 * 200]))] * 4,
    st.tuples(st.just("close")),
)
#: Most sequences are to reach a link that holds, so that there is something to lose.
begun = st.tuples(
    st.tuples(st.just("invite"), st.sampled_from(KINDS), scopes),
    st.just(("take up",)),
    st.tuples(st.just("agree"), st.sampled_from(list(DAYS))),
)


@dataclass
class Rule:
    """What the learner promised whom, in plain values."""

    band: AgeBand
    now: datetime = NOW
    kind: SupportKind | None = None
    scopes: set = field(default_factory=set)
    state: str = "none"
    from_: datetime = NOW
    until: datetime = NOW
    is_blocked: bool = False
    is_closed: bool = False

    @property
    def holds(self) -> bool:
        is_over = self.kind is SupportKind.GUARDIAN and self.band is BANDS[-1]
        is_in_time = self.state == "agreed" and self.from_ <= self.now < self.until
        return is_in_time and not (is_over or self.is_blocked or self.is_closed)

    @property
    def sees_bookings(self) -> bool:
        return self.holds and self.kind is SupportKind.GUARDIAN

    @property
    def sees_feedback(self) -> bool:
        is_childs = self.sees_bookings and self.band is BANDS[0]
        return self.holds and (SupportScope.SEE_RECORD in self.scopes or is_childs)

    def apply(self, step, *details) -> None:
        is_grown = self.kind is SupportKind.GUARDIAN and self.band is BANDS[-1]
        match step, self.state:
            case "invite", "none":
                kind, wanted = details
                is_grown = kind is SupportKind.GUARDIAN and self.band is BANDS[-1]
                if not is_grown and (wanted or kind is SupportKind.GUARDIAN):
                    self.kind, self.scopes, self.state = kind, wanted, "invited"
                    self.until = self.now + service.INVITED_FOR
            case "take up", "invited":
                if self.now < self.until and not (self.is_blocked or self.is_closed):
                    self.state = "taken up"
            case "agree", "taken up":
                if not is_grown:
                    waits = self.kind is SupportKind.GUARDIAN and self.band is BANDS[0]
                    self.state = "agreed"
                    self.from_ = self.now + timedelta(hours=24 if waits else 0)
                    self.until = self.now + timedelta(days=DAYS[details[0]])
            case "scopes", "invited" | "taken up" | "agreed":
                if details[0] or self.kind is SupportKind.GUARDIAN:
                    self.scopes = details[0]
            case "renew", "agreed":
                if not is_grown:
                    self.until = self.now + timedelta(days=DAYS[details[0]])
            case "end", "invited" | "taken up" | "agreed":
                self.state = "none"
            case "block", _:
                # An invitation that nobody took up names nobody, and stays.
                if self.state in ("taken up", "agreed") and not self.is_blocked:
                    self.state = "none"
                self.is_blocked = True
            case "lift", _:
                self.is_blocked = False
            case "birthday", _:
                self.band = BANDS[min(BANDS.index(self.band) + 1, 3)]
            case "wait", _:
                self.now += timedelta(hours=details[0])
            case "close", _:
                self.is_closed = True


class Acts:
    """The same steps, taken as people take them."""

    def __init__(self, db, band):
        self.db = db
        self.officer = factories.officer()
        home = factories.area(in_city=self.officer.city)
        learner = factories.learner(home=home, age_band=band, pass_code=new_pass_code())
        self.key, self.adult_key, self.link = learner.id, supporter().id, None
        booking = factories.booking(
            learner,
            factories.scheduled_session(
                opportunity=factories.opportunity(title="Markbooking"),
                starts_at=NOW + timedelta(days=3_000),
            ),
        )
        assert booking.id
        giver = supporter()
        helped(db, learner, giver)
        feedback.give(
            db,
            adult=giver,
            learner_uuid=learner.uuid,
            boxes=Boxes(try_next="Markfeedback"),
            now=NOW,
        )
        self.block = None

    @property
    def learner(self):
        return self.db.get(User, self.key)

    @property
    def adult(self):
        return self.db.get(User, self.adult_key)

    def apply(self, now, step, *details):
        try:
            with self.db.begin_nested():
                self._apply(now, step, *details)
        except Refusal:
            pass

    def _apply(self, now, step, *details):
        db, learner, adult = self.db, self.learner, self.adult
        own = {"learner": learner, "uuid": self.link and self.link[0]}
        match step:
            case "invite" if self.link is None:
                kind, wanted = details
                made = service.invite(
                    db, learner=learner, kind=kind, scopes=wanted, secret=SECRET, now=now
                )
                self.link = made.uuid, made.token_hash
            case "take up" if self.link and adult.is_active:
                service.take_up(db, adult=adult, token_hash=self.link[1], now=now)
            case "agree" if self.link:
                service.agree(db, lasting=details[0], now=now, **own)
            case "scopes" if self.link:
                service.change_scopes(db, scopes=details[0], **own)
            case "renew" if self.link:
                service.renew(db, lasting=details[0], now=now, **own)
            case "end" if self.link:
                service.end_own(db, now=now, **own)
                self.link = None
            case "block":
                self._block(now)
            case "lift" if self.block:
                blocking.lift(db, officer=db.merge(self.officer), uuid=self.block, now=now)
            case "birthday":
                learner.age_band = BANDS[min(BANDS.index(learner.age_band) + 1, 3)]
                db.flush()
            case "close":
                adult.disabled_at = now
                db.flush()

    def _block(self, now):
        db = self.db
        made = blocking.block(
            db,
            officer=db.merge(self.officer),
            pass_code=self.learner.pass_code,
            email=self.adult.email,
            reason="A court order",
            now=now,
        )
        self.block = made.uuid
        link = db.query(service.SupporterLink).filter_by(uuid=self.link and self.link[0]).first()
        if link is not None and link.ended_at is not None:
            self.link = None


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    band=st.sampled_from([BANDS[0], BANDS[2]]),
    begins=st.one_of(begun, begun, st.just(())),
    then=st.lists(steps, min_size=3, max_size=7),
)
def test_a_page_shows_what_the_rule_says(db, client, sign_in, monkeypatch, band, begins, then):
    rule, acts = Rule(band), Acts(db, band)
    path = f"/support/{acts.learner.uuid}"
    for step in (*begins, *then):
        acts.apply(rule.now, *step)
        rule.apply(*step)
        monkeypatch.setattr(clock, "now", lambda: rule.now)
        db.commit()
        with client.session_transaction() as cookie:
            # Who comes back after days signs in anew.
            cookie.clear()
        page = sign_in(acts.adult).get(path)

        sees = ("Markbooking" in page.text, "Markfeedback" in page.text)
        assert sees == (rule.sees_bookings, rule.sees_feedback), step
        assert (page.status_code == 200) == rule.holds, step
