"""One sequence: each step is tried on the product, and the product is held against the rules."""

import json
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from random import Random
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import mapbox_vector_tile
from sqlalchemy import DateTime, Select, bindparam, select, text
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from accounts.models import User
from app.clock import LONDON
from app.errors import Refusal
from geo.models import City, CityDistrict, Place
from listings import service as listings
from opportunities.models import (
    Category,
    Opportunity,
    OpportunityKind,
    OpportunitySearch,
    OpportunityStatus,
    ScheduledSession,
)
from opportunities.queries import (
    SearchRequest,
    bookable,
    counts,
    find,
    is_on_offer,
    search,
    tell,
)
from opportunities.queries.tiles import EVERYWHERE, Tile, cells_over, clusters, tile_at, vector_tile
from participation.attendance import confirm_attendance, confirm_everyone, withdraw_attendance
from participation.queries import register_of
from participation.service import book, cancel_booking, refusal_to_book
from providers import assurance, decisions, queries
from providers.models import (
    Assurance,
    AssuranceKind,
    CheckLevel,
    Decision,
    MemberRole,
    Provider,
    ProviderMember,
    ProviderStatus,
)
from providers.standing import Standing, is_trusted, standing_of, trusted
from tests.trust import rules
from tests.trust.rules import KINDS, Listing, Membership, Org, Paper, Person, Sitting
from tests.trust.world import BEGINS_AT, YORK, World

Step = tuple[str, int, int, int, int]
#: An hour in which nothing is, one in which the clock of London skips, and one which it has twice.
CLOCK_CHANGES = (
    datetime(2026, 3, 29, 1, tzinfo=UTC),
    datetime(2026, 10, 25, 1, tzinfo=UTC),
    datetime(2027, 3, 28, 1, tzinfo=UTC),
    datetime(2027, 10, 31, 1, tzinfo=UTC),
)
_LAST_DAYS = (
    date(2026, 3, 28),
    date(2026, 3, 29),
    date(2026, 10, 24),
    date(2026, 10, 25),
    date(2026, 12, 31),
    date(2027, 3, 27),
    date(2027, 3, 28),
    date(2027, 10, 30),
)
#: The three officers of the city act more often than those who must not.
_AT_WORK = (0, 1, 2, 0, 1, 2, 0, 3, 4, 5, 6, 7)
_SEEN_DAYS_AGO = (0, 10, 200, 400, -1)
_LITTLE = timedelta(microseconds=1)
#: What does not change in a sequence, and need not be read anew for each step.
_STILL = (User, City, CityDistrict, Place)


def by_day(starts_at: datetime) -> datetime:
    """Return a time by day: at night an officer looks at it first, which is another story."""
    is_night = starts_at.astimezone(LONDON).hour in (22, 23, 0, 1, 2, 3, 4, 5)
    return starts_at + timedelta(hours=9) if is_night else starts_at


class _Question:
    """A statement that is put into words once: it is asked some hundred thousand times."""

    def __init__(self, statement: Select) -> None:
        compiled = statement.compile(dialect=PGDialect_psycopg())
        self.text = str(compiled)
        self.values = {
            name: getattr(value, "value", value) for name, value in compiled.params.items()
        }


_NOW: Any = bindparam("now", type_=DateTime(timezone=True))
_STANDINGS = _Question(
    select(
        Provider.id,
        trusted(_NOW),
        Provider.status,
        Provider.assured_until,
        Provider.approved_by_id,
        Provider.verified_by_id,
        Provider.evidence_in_at,
    )
)
_BOOKABLE = _Question(
    select(ScheduledSession.uuid)
    .join(ScheduledSession.opportunity)
    .join(Opportunity.provider)
    .where(bookable(_NOW))
)
_LISTED = _Question(
    select(
        Opportunity.id, Opportunity.status, Opportunity.checked_at, OpportunitySearch.listed_until
    ).outerjoin(OpportunitySearch, OpportunitySearch.opportunity_id == Opportunity.id)
)
_TRACE = _Question(
    select(
        Decision.made_by_id,
        Decision.provider_id,
        Decision.kind,
        Decision.about,
        Decision.reason,
        Decision.made_at,
    ).order_by(Decision.id)
)


class _Read(SimpleNamespace):
    """A row as it was read: what asks one of its truths asks nothing else of it."""


class Story:
    """A sequence as it goes on."""

    def __init__(self, db: Session, world: World, chance: Random) -> None:
        """
        :param world: as it begins; it is changed.
        :param chance: whom and what each check looks at.
        """
        self.db, self.world, self.now, self.chance = db, world, BEGINS_AT, chance
        self.told: list[str] = []
        #: What has to stand in the trace: who, about which organisation, what, of which, why, when.
        self.trace: list[tuple] = []
        self.users = {user.id: user for user in db.scalars(select(User))}
        self.checks = 0
        self.step = ""
        #: How often each kind of step was done or refused, and who was trusted no more or again.
        self.happened: Counter[tuple[str, str]] = Counter()
        self.were_trusted = {org.key: org.is_trusted(self.now) for org in world.orgs}
        #: By key, as they were read last.
        self.providers: dict[int, Any] = {}
        #: Whether nothing was written since everything was read.
        self.is_fresh = False

    def play(self, steps: list[Step]) -> None:
        self.check()
        for step in steps:
            self.step, *given = step
            getattr(self, self.step)(*given)
            self.check()

    # --- What officers do ---

    def identity(self, o: int, w: int, x: int, y: int) -> None:
        org, officer = self.org(o), self.officer(w)
        allowed = org.may_decide(officer) and org.identity is None

        def then(_result):
            org.identity = officer.key
            self.traced(officer, org, "identity_checked", None, f"i{x}")

        self.attempt(
            f"{officer.name} looks who {org.slug} is",
            allowed,
            lambda: decisions.check_identity(self.db, **self.decision(org, officer, f"i{x}")),
            then,
        )

    def accept(self, o: int, w: int, x: int, y: int) -> None:
        org, officer = self.org(o), self.officer(w)
        if org.papers:
            # Of the last few, mostly: the first ones are settled.
            self.accept_one(org, org.papers[-1 - x % len(org.papers)], officer, f"a{y}")

    def accept_all(self, o: int, w: int, x: int, y: int) -> None:
        org, officer = self.org(o), self.officer(w)
        for paper in org.papers:
            if paper.is_there and paper.second is None:
                self.accept_one(org, paper, officer, f"all{x}")

    def accept_one(self, org: Org, paper: Paper, officer: Person, reason: str) -> None:
        settled = not paper.is_there or paper.second is not None
        allowed = org.may_decide(officer) and not settled and paper.first != officer.key

        def then(_result):
            self.accepted(org, paper, officer, reason)

        self.attempt(
            f"{officer.name} accepts {paper.kind} of {org.slug}",
            allowed,
            lambda: decisions.accept_assurance(
                self.db,
                assurance_uuid=paper.key,
                officer=self.user(officer),
                now=self.now,
                reason=reason,
            ),
            then,
        )

    def accepted(self, org: Org, paper: Paper, officer: Person, reason: str) -> None:
        if paper.first is None:
            paper.first = officer.key
        else:
            paper.second = officer.key
        self.traced(officer, org, "evidence_accepted", paper.key, reason)

    def refuse_paper(self, o: int, w: int, x: int, y: int) -> None:
        org, officer = self.org(o), self.officer(w)
        if not org.papers:
            return
        paper, reason = org.papers[-1 - x % len(org.papers)], "" if y == 0 else f"r{y}"
        allowed = org.may_decide(officer) and paper.is_there and bool(reason)

        def then(_result):
            paper.is_out = True
            self.traced(officer, org, "evidence_refused", paper.key, reason)

        self.attempt(
            f"{officer.name} refuses {paper.kind} of {org.slug} because '{reason}'",
            allowed,
            lambda: decisions.refuse_assurance(
                self.db,
                assurance_uuid=paper.key,
                officer=self.user(officer),
                now=self.now,
                reason=reason,
            ),
            then,
        )

    def approve(self, o: int, w: int, x: int, y: int) -> None:
        org, officer, reason = self.org(o), self.officer(w), f"y{x}"
        mine = [p for p in org.papers if p.is_there and p.second is None and p.first != officer.key]
        may = org.may_decide(officer) and org.status != "verified" and org.yes != officer.key
        allowed = may and org.identity is not None and org.has_all(self.now)
        if allowed and org.yes is not None:
            # Only papers that two accepted count; what this officer has not accepted yet counts then.
            today = rules.london_day(self.now)
            allowed = all(
                any(
                    p.kind == kind
                    and p.is_there
                    and today <= p.last_day
                    and (p.second is not None or (p.first is not None and p in mine))
                    for p in org.papers
                )
                for kind in KINDS
            )

        def then(_result):
            for paper in mine:
                self.accepted(org, paper, officer, reason)
            if org.yes is None:
                org.yes = officer.key
                self.traced(officer, org, "approved", None, reason)
            else:
                assert org.yes != officer.key
                org.status = "verified"
                self.traced(officer, org, "published", None, reason)

        self.attempt(
            f"{officer.name} says yes to {org.slug}",
            allowed,
            lambda: decisions.approve(self.db, **self.decision(org, officer, reason)),
            then,
        )

    def vouch(self, o: int, w: int, x: int, y: int) -> None:
        """Two say yes, one after the other; now and then the first one twice before."""
        if self.org(o).identity is None and y % 4:
            self.identity(o, w, 0, 0)
        self.approve(o, w, 1, 0)
        self.check()
        if y % 3 == 0:
            self.approve(o, w, 3, 0)
        elif y % 4 == 1:
            # The first yes was to what they had then.
            self.hand_in(o, 0, 0, 0)
            self.check()
        self.approve(o, x, 2, 0)

    def refuse(self, o: int, w: int, x: int, y: int) -> None:
        org, officer, reason = self.org(o), self.officer(w), "" if y == 0 else f"n{y}"
        allowed = org.may_decide(officer) and org.status == "applied" and bool(reason)
        self.close(org, officer, reason, allowed, "refused", decisions.refuse)

    def suspend(self, o: int, w: int, x: int, y: int) -> None:
        org, officer, reason = self.org(o), self.officer(w), "" if y == 0 else f"s{y}"
        allowed = org.may_decide(officer) and org.status != "suspended" and bool(reason)
        self.close(org, officer, reason, allowed, "suspended", decisions.suspend)

    def close(self, org, officer, reason, allowed, status, act) -> None:
        def then(_result):
            org.status, org.yes = status, None
            self.traced(officer, org, status, None, reason)

        self.attempt(
            f"{officer.name}: {org.slug} {status} because '{reason}'",
            allowed,
            lambda: act(self.db, **self.decision(org, officer, reason)),
            then,
        )

    def forge(self, o: int, w: int, x: int, y: int) -> None:
        """Whatever the code forgets: the database lets nobody be both yeses, or change a trace."""
        org, officer = self.org(o), self.officer(w)
        both = (
            f"UPDATE provider SET status = 'verified', identity_checked_by_id = {officer.key}, "
            f"approved_by_id = {officer.key}, verified_by_id = {officer.key}, verified_at = now() "
            f"WHERE id = {org.key}"
        )
        self.attempt("both yeses", False, lambda: self.db.execute(text(both)), None)
        if self.trace:
            blur = text("UPDATE decision SET reason = 'x'")
            self.attempt("a changed trace", False, lambda: self.db.execute(blur), None)

    # --- What organisations do ---

    def send(self, o: int, w: int, x: int, y: int) -> None:
        org, kind = self.org(o), KINDS[x % 5]
        today = rules.london_day(self.now)
        nearby = [today, today + timedelta(days=1), today - timedelta(days=1), None]
        own = [*_LAST_DAYS, *nearby][(y + 3 * w) % 12]
        seen_on = today - timedelta(days=_SEEN_DAYS_AGO[(x + y) % 5])
        level = "enhanced" if y % 3 == 1 else "basic" if y == 5 else "enhanced_barred"
        self.send_one(org, self.one_of_staff(org, w), kind, seen_on, own, level)

    def mend(self, o: int, w: int, x: int, y: int) -> None:
        """Its admin sends in anew what will be over soon, or is missing."""
        org = self.org(o)
        today = rules.london_day(self.now)
        sender = self.one_of_staff(org, 0)
        soon = today + timedelta(days=30)
        good = {p.kind for p in org.papers if p.is_there and p.last_day > soon}
        for kind in KINDS:
            if kind not in good:
                own = min(today + timedelta(days=50 * (x + 1)), today.replace(month=12, day=31))
                self.send_one(org, sender, kind, today, own, "enhanced_barred")

    def renew(self, o: int, w: int, x: int, y: int) -> None:
        """What will be over soon is sent in anew, and accepted by two; now and then by one twice before."""
        self.mend(o, 0, x, 0)
        self.check()
        self.accept_all(o, w, 0, 0)
        self.check()
        if y % 3 == 0:
            self.accept_all(o, w, 0, 0)
        self.accept_all(o, x, 0, 0)

    def send_one(self, org, sender, kind, seen_on, own, level) -> None:
        today = rules.london_day(self.now)
        person = "Sam Lead" if seen_on.day % 2 else "Alex Next"
        by_rule = rules.months_after(seen_on, rules.HOLDS_MONTHS[kind])
        last_day = min(own, by_rule) if own else by_rule
        is_enough = kind != "staff_check" or rules.level_is_enough(level, today)
        is_possible = seen_on <= today and last_day >= seen_on and last_day >= today
        named = person if kind in rules.ABOUT_SOMEONE else ""

        def then(sent):
            for earlier in org.papers:
                same = earlier.kind == kind and (not named or earlier.person == named)
                if same and earlier.is_there and earlier.first is None:
                    earlier.is_withdrawn = True
            org.papers.append(Paper(sent.uuid, kind, person, last_day))

        self.attempt(
            f"{sender.name} sends {kind} of {org.slug} of {seen_on} until {own}, {level}",
            org.may_assure(sender) and is_possible and is_enough,
            lambda: assurance.send_assurance(
                self.db,
                provider=self.row(org),
                sent_by=self.user(sender),
                now=self.now,
                kind=AssuranceKind(kind),
                seen_on=seen_on,
                seen_by="Jo",
                evidence="In the folder.",
                person=person,
                level=CheckLevel(level) if kind == "staff_check" else None,
                expires_on=own,
            ),
            then,
        )

    def take_back(self, o: int, w: int, x: int, y: int) -> None:
        org = self.org(o)
        if not org.papers:
            return
        paper, user = org.papers[-1 - x % len(org.papers)], self.one_of_staff(org, w)

        def then(_result):
            paper.is_withdrawn = True

        self.attempt(
            f"{user.name} takes {paper.kind} of {org.slug} back",
            org.may_assure(user),
            lambda: assurance.withdraw_assurance(
                self.db,
                assurance=self.db.scalars(select(Assurance).filter_by(uuid=paper.key)).one(),
                withdrawn_by=self.user(user),
                now=self.now,
            ),
            then,
        )

    def hand_in(self, o: int, w: int, x: int, y: int) -> None:
        org = self.org(o)
        user = self.one_of_staff(org, w)

        def then(_result):
            org.status, org.yes = "applied", None

        self.attempt(
            f"{user.name} hands {org.slug} in",
            org.may_assure(user) and org.status != "verified" and org.has_all(self.now),
            lambda: assurance.hand_in(
                self.db, provider=self.row(org), handed_in_by=self.user(user), now=self.now
            ),
            then,
        )

    def join(self, o: int, w: int, x: int, y: int) -> None:
        """Someone comes into a team, or does something else there; an officer, now and then."""
        org, user = self.org(o), self.world.staff[w % len(self.world.staff)]
        if y > 9:
            user = self.officer(w)
            bodies = [each for each in self.world.orgs if org in (each, each.umbrella)]
            if any(user.key in self.decided_on(body) for body in bodies):
                return  # See test_who_joins_later.py.
        role = list(MemberRole)[x % 4]
        member = self.db.get(ProviderMember, (org.key, user.key))
        if member is None:
            member = ProviderMember(provider_id=org.key, user_id=user.key)
            self.db.add(member)
        self.is_fresh = False
        member.role, member.ended_at = role, None
        self.db.flush()
        org.members[user.key] = Membership(role.value)
        self.told.append(f"{user.name} is {role} of {org.slug}")

    def leave(self, o: int, w: int, x: int, y: int) -> None:
        org = self.org(o)
        user = self.one_of_staff(org, w)
        member = self.db.get(ProviderMember, (org.key, user.key))
        if member is None:
            return
        self.is_fresh = False
        member.ended_at = self.now
        self.db.flush()
        org.members[user.key].has_ended = True
        self.told.append(f"{user.name} leaves {org.slug}")

    def post(self, o: int, w: int, x: int, y: int) -> None:
        org = self.org(o)
        user = self.one_of_staff(org, w)
        if len(org.listings) > 3:
            return
        minutes = -30 if y == 0 else 30
        starts_at = by_day(self.now + timedelta(days=(0, 1, 9, 100)[x % 4], minutes=minutes))
        ends_at = starts_at + timedelta(hours=1)

        def then(made):
            listing = Listing(made.id, self.now)
            org.listings.append(listing)
            [row] = self.db.scalars(select(ScheduledSession).filter_by(opportunity_id=made.id))
            listing.sittings.append(Sitting(row.uuid, starts_at, ends_at, 2 + x % 2))

        self.attempt(
            f"{user.name} posts for {org.slug}",
            (org.may_post(user) and y != 0) or (org.may_post(user) and starts_at > self.now),
            lambda: listings.post_opportunity(
                self.db,
                provider=self.row(org),
                posted_by=self.user(user),
                now=self.now,
                title="Football",
                description="Play.",
                kind=OpportunityKind.ENRICHMENT,
                category=Category.SPORT,
                place=self.db.get(Place, self.world.place_ids[org.city]),
                starts_at=starts_at,
                ends_at=ends_at,
                maximum_capacity=2 + x % 2,
            ),
            then,
        )

    def run_again(self, o: int, w: int, x: int, y: int) -> None:
        org = self.org(o)
        user = self.one_of_staff(org, w)
        listing = self.listing(org, y)
        if listing is None or len(listing.sittings) > 8:
            return
        starts_at = by_day(self.now + timedelta(days=(1, 3, 30, 200)[x % 4], minutes=7))
        ends_at = starts_at + timedelta(hours=1)
        runs_then = any(sitting.starts_at == starts_at for sitting in listing.sittings)

        def then(made):
            listing.checked_at = self.now
            listing.sittings.append(Sitting(made.uuid, starts_at, ends_at, 2))

        self.attempt(
            f"{user.name} runs {listing.key} of {org.slug} again",
            org.may_post(user) and not listing.is_withdrawn and not runs_then,
            lambda: listings.schedule_session(
                self.db,
                opportunity=self.opportunity(listing),
                scheduled_by=self.user(user),
                now=self.now,
                starts_at=starts_at,
                ends_at=ends_at,
                maximum_capacity=2,
            ),
            then,
        )

    def confirm(self, o: int, w: int, x: int, y: int) -> None:
        org = self.org(o)
        user, listing = self.one_of_staff(org, w), self.listing(org, x)
        if listing is None:
            return

        def then(_result):
            listing.checked_at = self.now

        self.attempt(
            f"{user.name} says that {listing.key} of {org.slug} is right",
            org.may_post(user) and not listing.is_withdrawn,
            lambda: listings.confirm(
                self.db,
                opportunity=self.opportunity(listing),
                confirmed_by=self.user(user),
                now=self.now,
            ),
            then,
        )

    def withdraw(self, o: int, w: int, x: int, y: int) -> None:
        org = self.org(o)
        user, listing = self.one_of_staff(org, w), self.listing(org, x)
        if listing is None:
            return

        def then(_result):
            listing.is_withdrawn = True

        self.attempt(
            f"{user.name} withdraws {listing.key} of {org.slug}",
            org.may_post(user) and not listing.is_withdrawn,
            lambda: listings.withdraw(
                self.db, opportunity=self.opportunity(listing), withdrawn_by=self.user(user)
            ),
            then,
        )

    def belong(self, o: int, w: int, x: int, y: int) -> None:
        """An organisation comes to belong to a body, or no more."""
        org, body = self.world.orgs[o % 3], self.world.orgs[3]
        if self.decided_on(org) & body.members.keys():
            return  # See test_who_joins_later.py.
        org.umbrella = body if x % 2 else None
        self.is_fresh = False
        self.row(org).umbrella_id = org.umbrella.key if org.umbrella else None
        self.db.flush()
        self.told.append(f"{org.slug} belongs to {org.umbrella and org.umbrella.slug}")

    # --- What young people do, and what is done at the door ---

    def book(self, o: int, w: int, x: int, y: int) -> None:
        org, learner = self.org(o), self.learner(w)
        found = self.sitting(org, x, y)
        if found is None:
            return
        listing, sitting = found
        self.attempt(
            f"{learner.name} books {sitting.starts_at} of {org.slug}",
            self.can_book(org, listing, sitting, learner),
            lambda: book(
                self.db,
                learner=self.user(learner),
                scheduled_session_uuid=sitting.key,
                now=self.now,
            ),
            lambda made: sitting.booked.update({learner.key: made.uuid}),
        )

    def can_book(self, org: Org, listing: Listing, sitting: Sitting, learner: Person) -> bool:
        is_open = sitting in org.open_sittings(listing, self.now)
        if not is_open or learner.key in sitting.booked:
            return False
        held = self.world.held_by(learner)
        to_come = [each for each in held if each.starts_at > self.now]
        return len(to_come) < rules.MOST_TO_COME and not any(map(sitting.overlaps, held))

    def cancel(self, o: int, w: int, x: int, y: int) -> None:
        org, learner = self.org(o), self.learner(w)
        found = self.sitting(org, x, y)
        if found is None or learner.key not in found[1].booked:
            return
        sitting = found[1]
        self.attempt(
            f"{learner.name} gives a place of {org.slug} back",
            sitting.starts_at > self.now and learner.key not in sitting.came,
            lambda: cancel_booking(
                self.db,
                booking_uuid=sitting.booked[learner.key],
                learner=self.user(learner),
                now=self.now,
            ),
            lambda _result: sitting.booked.pop(learner.key),
        )

    def door(self, o: int, w: int, x: int, y: int) -> None:
        """Someone at the door says who came, or that they did not; mostly one of the organisation."""
        org = self.org(o)
        if y % 3 == 0:
            self.to_door(o, w, x, y)
            self.check()
        keeper = self.one_of_staff(org, w) if y % 4 else self.anyone(w)
        booked = [s for listing in org.listings for s in listing.sittings if s.booked]
        if not booked:
            return
        sitting = min(booked, key=lambda each: abs(each.starts_at - self.now))
        learner, booking = next(iter(sitting.booked.items()))
        opens = sitting.starts_at - rules.DOOR_OPENS
        is_open = opens <= self.now <= sitting.ends_at + rules.DOOR_CLOSES
        allowed = org.may_see_names(keeper, self.now) and is_open
        named = f"{keeper.name} at the door of {org.slug}"
        if x % 3 == 0:
            self.attempt(
                f"{named}: not here",
                allowed,
                lambda: withdraw_attendance(
                    self.db, booking_uuid=booking, withdrawn_by=self.user(keeper), now=self.now
                ),
                lambda _result: sitting.came.discard(learner),
            )
        elif x % 3 == 1:
            self.attempt(
                f"{named}: here",
                allowed,
                lambda: confirm_attendance(
                    self.db, booking_uuid=booking, confirmed_by=self.user(keeper), now=self.now
                ),
                lambda _result: sitting.came.add(learner),
            )
        else:
            row = self.db.scalars(select(ScheduledSession).filter_by(uuid=sitting.key)).one()
            self.attempt(
                f"{named}: all are here",
                allowed,
                lambda: confirm_everyone(
                    self.db, session=row, confirmed_by=self.user(keeper), now=self.now
                ),
                lambda _result: sitting.came.update(sitting.booked),
            )

    # --- The clock ---

    def across(self, o: int, w: int, x: int, y: int) -> None:
        """Just before an instant at which something ends, at it, and just after."""
        coming = sorted(moment for moment in self.moments() if moment > self.now + _LITTLE)
        if coming:
            moment = coming[min(x % 4, len(coming) - 1)]
            for then in (moment - _LITTLE, moment, moment + timedelta(seconds=1)):
                self.now = then
                self.told.append(f"it is {then}")
                self.check()

    def moments(self) -> set[datetime]:
        papers = [paper for org in self.world.orgs for paper in org.papers if paper.is_there]
        listed = [listing for org in self.world.orgs for listing in org.listings]
        lapses = {rules.midnight_after(paper.last_day) for paper in papers}
        pauses = {listing.checked_at + rules.CONFIRMED_FOR for listing in listed}
        return lapses | pauses | set(CLOCK_CHANGES)

    def pass_time(self, o: int, w: int, x: int, y: int) -> None:
        much = (timedelta(minutes=50), timedelta(hours=9), timedelta(days=1), timedelta(days=7))
        self.now += (*much, timedelta(days=31))[x % 5]
        self.told.append(f"it is {self.now}")

    def to_door(self, o: int, w: int, x: int, y: int) -> None:
        """To when the register of the next sitting that somebody has booked is open."""
        booked = sorted(
            sitting.starts_at
            for listing in self.org(o).listings
            for sitting in listing.sittings
            if sitting.booked and sitting.starts_at > self.now
        )
        if booked:
            self.now = booked[0] - timedelta(minutes=59)
            self.told.append(f"it is {self.now}")

    # --- What has to be true after each step ---

    def check(self) -> None:
        """Ask everything that a single question answers; of the rest, something else each time."""
        self.checks += 1
        self.read_anew()
        self.check_standings()
        self.check_offers()
        self.check_search()
        self.check_trace()
        self.check_register()
        if self.checks % 2:
            self.check_booking()
        else:
            self.check_pages()
        self.is_fresh = True

    def read_anew(self) -> None:
        """A request begins with nothing in memory."""
        if self.is_fresh:
            return
        for row in list(self.db.identity_map.values()):
            if not isinstance(row, _STILL):
                self.db.expire(row)

    def check_standings(self) -> None:
        rows = {row[0]: row for row in self.ask(_STANDINGS, now=self.now)}
        for org in self.world.orgs:
            _id, said, status, assured_until, yes, second_yes, evidence_in_at = rows[org.key]
            provider = self.providers[org.key] = _Read(
                status=ProviderStatus(status),
                assured_until=assured_until,
                evidence_in_at=evidence_in_at,
            )
            expected = org.is_trusted(self.now)
            if self.were_trusted[org.key] != expected:
                self.happened[self.step, "trusted" if expected else "trusted no more"] += 1
                self.were_trusted[org.key] = expected
            self.same(bool(said), expected, f"trusted in SQL: {org.slug}")
            self.same(is_trusted(provider, self.now), expected, f"trusted in Python: {org.slug}")
            self.same(status, org.status, f"status of {org.slug}")
            self.same(assured_until, org.lapses_at(), f"lapse of {org.slug}")
            self.same(yes, org.yes, f"who said yes first to {org.slug}")
            shown = standing_of(provider, self.now)
            self.same(shown is Standing.TRUSTED, expected, f"standing of {org.slug}")
            if status == "verified":
                yeses = {yes, second_yes} - {None}
                self.same(len(yeses), 2, f"two say yes to {org.slug}")
                self.same(yeses & org.members.keys(), set(), f"none of its own, {org.slug}")

    def check_offers(self) -> None:
        open_now = {
            sitting.key
            for org in self.world.orgs
            for listing in org.listings
            for sitting in org.open_sittings(listing, self.now)
        }
        said = {uuid for [uuid] in self.ask(_BOOKABLE, now=self.now)}
        self.same(said, open_now, "bookable")
        rows = {row[0]: row[1:] for row in self.ask(_LISTED)}
        for org, listing in self.listed():
            status, checked_at, until = rows[listing.key]
            offer = _Read(
                status=OpportunityStatus(status),
                checked_at=checked_at,
                provider=self.providers[org.key],
            )
            expected = org.is_on_offer(listing, self.now)
            self.same(is_on_offer(offer, self.now), expected, f"on offer: {listing.key}")
            if until is not None:
                self.same(until, org.listed_until(listing), f"listed until: {listing.key}")

    def check_search(self) -> None:
        found = {
            listing.key: min(sitting.starts_at for sitting in sittings)
            for org, listing in self.listed()
            if (sittings := org.open_sittings(listing, self.now))
        }
        near = {
            listing.key
            for org, listing in self.listed()
            if listing.key in found and org.city == "here"
        }
        everywhere = SearchRequest(starts_after=self.now, limit=60)
        hits = find(self.db, everywhere.without(city_id=self.world.city_ids["here"])).hits
        said = {hit.opportunity_id: hit.next_start for hit in hits}
        self.same(said, {key: found[key] for key in near}, "found in the city")
        ways = (self.by_program, self.by_counts, self.by_tile, self.by_cells, self.by_point)
        ways[self.draw() % len(ways)](everywhere, found, near)

    def by_program(self, wanted: SearchRequest, found: dict, near: set) -> None:
        told = json.loads(f"[{tell(self.db, wanted, base='http://x').text}]")
        starts = sorted(each["next_session"]["starts_at"] for each in told)
        expected = sorted(f"{at:%Y-%m-%dT%H:%M:%S}" for at in found.values())
        self.same([start[:19] for start in starts], expected, "told to programs")

    def by_counts(self, wanted: SearchRequest, found: dict, near: set) -> None:
        self.same(counts(self.db, wanted).total, len(found), "counted")

    def by_tile(self, wanted: SearchRequest, found: dict, near: set) -> None:
        drawn = mapbox_vector_tile.decode(vector_tile(self.db, wanted, tile_at(*YORK, 14)))
        features = drawn.get("opportunities", {"features": []})["features"]
        self.same(len(features), len(near), "on a tile")

    def by_cells(self, wanted: SearchRequest, found: dict, near: set) -> None:
        cells = clusters(self.db, wanted, cells_over(EVERYWHERE))
        self.same(sum(cell.n for cell in cells), len(found), "counted by cells")
        drawn = mapbox_vector_tile.decode(vector_tile(self.db, wanted, Tile(0, 0, 0)))
        features = drawn.get("opportunities", {"features": []})["features"]
        self.same(sum(f["properties"]["n"] for f in features), len(found), "on the widest tile")

    def by_point(self, wanted: SearchRequest, found: dict, near: set) -> None:
        asked = wanted.without(lon=YORK[0], lat=YORK[1], radius_m=5000)
        said = {row.scheduled.opportunity_id for row in search(self.db, asked)}
        self.same(said, near, "found near a point")
        org = self.org(self.draw())
        own = find(self.db, wanted.without(provider_id=org.key)).hits
        expected = {listing.key for listing in org.listings if listing.key in found}
        self.same({hit.opportunity_id for hit in own}, expected, f"found of {org.slug}")

    def check_register(self) -> None:
        """Someone at a door, another each time: one of the organisation, or anyone at all."""
        org = self.org(self.draw())
        viewer = (
            self.one_of_staff(org, self.draw()) if self.draw() % 4 else self.anyone(self.draw())
        )
        found = self.sitting(org, 0, self.draw())
        if found is None:
            return
        sitting = found[1]
        may = org.may_see_names(viewer, self.now)
        try:
            register = register_of(self.db, self.user(viewer), sitting.key, now=self.now)
        except Refusal:
            self.same(False, may, f"{viewer.name} sees the register of {org.slug}")
            return
        self.same(True, may, f"{viewer.name} sees the register of {org.slug}")
        names = sorted(row.first_name for row in register.rows)
        booked = sorted(self.users[key].name for key in sitting.booked)
        self.same(names, booked, f"names on the register of {org.slug}")
        here = {self.users[key].name for key in sitting.came & sitting.booked.keys()}
        self.same({row.first_name for row in register.here}, here, "who is here")

    def check_booking(self) -> None:
        org, learner = self.org(self.draw()), self.learner(self.draw())
        found = self.sitting(org, self.draw(), self.draw())
        if found is None:
            return
        listing, sitting = found
        row = self.db.scalars(select(ScheduledSession).filter_by(uuid=sitting.key)).one()
        refusal = refusal_to_book(self.db, learner=self.user(learner), scheduled=row, now=self.now)
        expected = self.can_book(org, listing, sitting, learner)
        self.same(refusal is None, expected, f"{learner.name} could book of {org.slug}")

    def check_pages(self) -> None:
        org, viewer = self.org(self.draw()), self.anyone(self.draw())
        shown = queries.provider_shown_to(self.db, None, org.slug, self.now)
        self.same(shown is not None, org.is_trusted(self.now), f"the page of {org.slug}")
        shown = queries.provider_shown_to(self.db, self.user(viewer), org.slug, self.now)
        may = org.is_trusted(self.now) or org.role_of(viewer) is not None
        self.same(shown is not None, may, f"the page of {org.slug} for {viewer.name}")
        org = self.org(self.draw())
        viewer = self.one_of_staff(org, self.draw())
        for asked, may in (
            (queries.speaks_for, org.may_post(viewer)),
            (queries.keeps_door, org.role_of(viewer) is not None),
            (queries.assures, org.may_assure(viewer)),
        ):
            said = asked(self.db, self.user(viewer), self.row(org))
            self.same(said, may, f"{asked.__name__}: {viewer.name}, {org.slug}")

    def check_trace(self) -> None:
        rows = self.ask(_TRACE)
        # Papers that one word accepts are traced in the order of their kinds.
        self.same(sorted(map(str, rows)), sorted(map(str, self.trace)), "the trace")

    # --- Helpers ---

    def draw(self) -> int:
        return self.chance.randrange(10_000)

    def ask(self, question: "_Question", **values: Any) -> list[tuple]:
        self.db.flush()
        driver: Any = self.db.connection().connection.driver_connection
        return driver.execute(question.text, question.values | values).fetchall()

    def attempt(
        self, what: str, allowed: bool, act: Callable[[], Any], then: Callable[[Any], Any] | None
    ) -> None:
        """Do something as a request does: kept as a whole, or not at all."""
        self.read_anew()
        self.is_fresh = False
        try:
            with self.db.begin_nested():
                result = act()
                self.db.flush()
        except Refusal as refusal:
            self.told.append(f"{what}: refused, {refusal}")
            self.happened[self.step, "refused"] += 1
            self.same(False, allowed, what)
        except IntegrityError:
            if then is not None:
                raise
            self.told.append(f"{what}: the database refuses")
            self.happened[self.step, "refused"] += 1
        else:
            self.told.append(f"{what}: done")
            self.happened[self.step, "done"] += 1
            self.same(True, allowed, what)
            assert then is not None
            then(result)

    def same(self, said: Any, expected: Any, what: str) -> None:
        if said != expected:
            lines = "\n  ".join(self.told[-60:])
            raise AssertionError(
                f"{what}\n  the product: {said}\n  the rules:   {expected}\n  at {self.now}\n  {lines}"
            )

    def decided_on(self, org: Org) -> set[int]:
        """Return who ever decided on an organisation."""
        before = {by for paper in org.papers for by in (paper.first, paper.second) if by}
        traced = {officer for officer, key, *_rest in self.trace if key == org.key}
        return before | traced | ({org.identity, org.yes} - {None})

    def traced(self, officer: Person, org: Org, kind: str, about: UUID | None, reason: str) -> None:
        self.trace.append((officer.key, org.key, kind, about, reason, self.now))

    def decision(self, org: Org, officer: Person, reason: str) -> dict[str, Any]:
        return {
            "provider_uuid": self.row(org).uuid,
            "officer": self.user(officer),
            "now": self.now,
            "reason": reason,
        }

    def org(self, number: int) -> Org:
        return self.world.orgs[number % len(self.world.orgs)]

    def officer(self, number: int) -> Person:
        return self.world.officers[_AT_WORK[number % len(_AT_WORK)]]

    def learner(self, number: int) -> Person:
        return self.world.learners[number % len(self.world.learners)]

    def one_of_staff(self, org: Org, number: int) -> Person:
        """One who is or was in the team, or that of the umbrella, mostly; else anyone of any."""
        bodies = [org, org.umbrella] if org.umbrella else [org]
        # The first of its own comes first.
        own = [who for body in bodies for who in self.world.staff if who.key in body.members]
        if not own or number % 6 == 5:
            own = self.world.staff
        return own[number % len(own)]

    def anyone(self, number: int) -> Person:
        everyone = [*self.world.staff, *self.world.officers, *self.world.learners]
        return everyone[number % len(everyone)]

    def listing(self, org: Org, number: int) -> Listing | None:
        return org.listings[number % len(org.listings)] if org.listings else None

    def sitting(self, org: Org, x: int, y: int) -> tuple[Listing, Sitting] | None:
        listing = self.listing(org, x)
        return (listing, listing.sittings[y % len(listing.sittings)]) if listing else None

    def listed(self) -> list[tuple[Org, Listing]]:
        return [(org, listing) for org in self.world.orgs for listing in org.listings]

    def user(self, person: Person) -> User:
        return self.users[person.key]

    def row(self, org: Org) -> Provider:
        row = self.db.get(Provider, org.key)
        assert row is not None
        return row

    def opportunity(self, listing: Listing) -> Opportunity:
        row = self.db.get(Opportunity, listing.key)
        assert row is not None
        return row
