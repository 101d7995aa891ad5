"""What was found written down: activities, their dates, and places.

A session that somebody has booked is never moved or taken away here: the report says that it was
kept, and its organisation speaks with whoever booked.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import delete, exists, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from app.web import london_date
from app.wording import label
from listings import review
from listings.changes import first_or_last_version, replace_waiting
from listings.models import ReviewReason, VersionState
from listings.queries import approved_reasons, known_listings
from listings.versions import keep_version, values_of
from opportunities.models import (
    Opportunity,
    OpportunityOrigin,
    OpportunityStatus,
    ScheduledSession,
)
from providers.service import slug_of
from sources.found import Dated, Found, FoundPlace, Gone, Refused, Row, Sitting, WrongRow
from sources.models import ItemState, Source, SourceItem, SourceSitting, Verdict
from sources.places import Places
from sources.settling import digest_of

#: Rows that are looked up and written together.
BATCH = 200


_LOOK_AT_TABLES = text(
    "ANALYZE source_item, source_sitting, scheduled_session, opportunity, opportunity_origin"
)


@dataclass(frozen=True, kw_only=True)
class Told:
    """What became of one row."""

    number: int | None
    external_id: str
    title: str
    verdict: Verdict
    field: str = ""
    reason: str = ""
    notes: tuple[str, ...] = ()


class Writer:
    """Writes the rows of one reading of a source. Flushes; the caller commits."""

    def __init__(
        self, db: Session, source: Source, *, reading: int, now: datetime, may_repeat: bool
    ):
        """:param reading: the id of the run, with which what was seen is marked.
        :param may_repeat: the list may hold a row twice, and the later one counts.
        """
        self.db, self.source, self.now = db, source, now
        self.reading, self.may_repeat = reading, may_repeat
        self.places = Places(db, source.provider_id)
        self.items: dict[str, SourceItem] = {}
        self.series: dict[str, Opportunity] = {}
        self.sessions: dict[int, list[ScheduledSession]] = {}
        #: When each activity runs already.
        self.taken: dict[Opportunity, set[datetime]] = {}

        #: What waits for an officer, and what says something else than before.
        self.held: dict[Opportunity, list[ReviewReason]] = {}
        self.changed: list[Opportunity] = []
        self.known: int | None = None
        self.confirmed: set[int] = set()
        self.written, self.next_look = 0, 1000

    def take(self, rows: Sequence[Row]) -> list[Told]:
        """Write some rows that were settled, and return what became of each, in their order."""
        self._look_up(rows)
        told = [self._take(row) for row in rows]
        self.db.flush()
        self._keep_versions()
        self._confirm()
        self._count(len(rows))
        return told

    def withdraw_unseen(self) -> Iterator[Told]:
        """Withdraw what a whole list no longer holds, and yield what was."""
        gone = (
            select(SourceItem)
            .where(
                SourceItem.source_id == self.source.id,
                SourceItem.state == ItemState.PRESENT,
                SourceItem.seen_in != self.reading,
            )
            .options(joinedload(SourceItem.opportunity))
            .order_by(SourceItem.id)
            .limit(BATCH)
        )
        while items := self.db.scalars(gone).all():
            self.sessions = self._sessions_of(items)
            for item in items:
                yield self._withdraw(item, None)
            self.db.flush()

    def _count(self, rows: int) -> None:
        """Let the database see how large its tables have grown within this one transaction.

        It looks rows up by how many it knows of. Left with what it knew of an empty table, it
        reads all of it each time.
        """
        self.written += rows
        if self.written >= self.next_look:
            self.next_look = self.written * 4
            self.db.execute(_LOOK_AT_TABLES)

    def _look_up(self, rows: Sequence[Row]) -> None:
        """Read what the rows may change, in as many statements as there are kinds of it."""

        keys = [row.external_id for row in rows if row.external_id]
        found = (
            select(SourceItem)
            .where(SourceItem.source_id == self.source.id, SourceItem.external_id.in_(keys))
            .options(joinedload(SourceItem.opportunity), joinedload(SourceItem.place))
        )
        self.items = {item.external_id: item for item in self.db.scalars(found)}
        self.series = self._series_of(rows)
        changed = [
            self.items[row.external_id]
            for row in rows
            if row.external_id in self.items and self._differs(row, self.items[row.external_id])
        ]
        self.sessions = self._sessions_of(changed)
        self.taken = self._times_of([*self.series.values(), *_activities(changed)])

    def _differs(self, row: Row, item: SourceItem) -> bool:
        if isinstance(row, Found | Dated | FoundPlace):
            return digest_of(row) != item.digest or item.state is ItemState.WITHDRAWN
        return isinstance(row, Gone)

    def _series_of(self, rows: Sequence[Row]) -> dict[str, Opportunity]:
        own = {row.series_id for row in rows if isinstance(row, Found)}
        # The series of a feed's sessions may have come by another feed of the same organisation.
        anyones = {row.series_id for row in rows if isinstance(row, Dated)}
        sources = select(Source.id).where(Source.provider_id == self.source.provider_id)
        found = (
            select(SourceItem)
            .where(SourceItem.series_id.in_(own | anyones), SourceItem.source_id.in_(sources))
            .where(SourceItem.opportunity_id.is_not(None), SourceItem.is_date_only.is_(False))
            .options(joinedload(SourceItem.opportunity))
            .order_by(SourceItem.state.desc(), SourceItem.id)
        )
        items = self.db.scalars(found).all() if own or anyones else []
        return {
            item.series_id: item.opportunity
            for item in items
            if item.opportunity and (item.source_id == self.source.id or item.series_id in anyones)
        }

    def _sessions_of(self, items: Iterable[SourceItem]) -> dict[int, list[ScheduledSession]]:
        """Return the sessions to come of each item, held until the transaction ends."""
        held = (
            select(SourceSitting.item_id, ScheduledSession)
            .join(SourceSitting.scheduled_session)
            .where(SourceSitting.item_id.in_([item.id for item in items]))
            .where(ScheduledSession.starts_at > self.now)
            .order_by(ScheduledSession.id)
            .with_for_update(of=ScheduledSession)
        )
        found: dict[int, list[ScheduledSession]] = {}
        for item_id, scheduled in self.db.execute(
            held, execution_options={"populate_existing": True}
        ):
            found.setdefault(item_id, []).append(scheduled)
        return found

    def _times_of(self, opportunities: Iterable[Opportunity]) -> dict[Opportunity, set[datetime]]:
        by_id = {each.id: each for each in opportunities}
        found = select(ScheduledSession.opportunity_id, ScheduledSession.starts_at).where(
            ScheduledSession.opportunity_id.in_(by_id), ScheduledSession.starts_at > self.now
        )
        times: dict[Opportunity, set[datetime]] = {each: set() for each in by_id.values()}
        for opportunity_id, starts_at in self.db.execute(found) if by_id else ():
            times[by_id[opportunity_id]].add(starts_at)
        return times

    def _take(self, row: Row) -> Told:
        item = self.items.get(row.external_id) if row.external_id else None
        if item is not None and not isinstance(row, Refused) and self._is_repeat(row, item):
            return _refused(row, "", _("The same row stands in the list before this one."))
        if item is not None:
            item.seen_in = self.reading
        try:
            if isinstance(row, Refused):
                return _refused(row, row.field, row.reason)
            if isinstance(row, Gone):
                return self._gone(row, item)
            if isinstance(row, FoundPlace):
                return self._place(row, item)
            return self._activity(row, item)
        except WrongRow as wrong:
            return _refused(row, wrong.field, str(wrong))

    def _is_repeat(self, row: Row, item: SourceItem) -> bool:
        return not self.may_repeat and item.seen_in == self.reading

    def _gone(self, row: Gone, item: SourceItem | None) -> Told:
        if item is None or item.state is ItemState.WITHDRAWN:
            if row.reason and item is None:
                return _refused(row, "", row.reason)
            return _told(row, Verdict.UNCHANGED)
        return self._withdraw(item, row)

    def _withdraw(self, item: SourceItem, row: Gone | None) -> Told:
        opportunity = item.opportunity
        notes: list[str] = []
        if opportunity is not None:
            for scheduled in self.sessions.get(item.id, ()):
                self._drop(scheduled, notes)
            item.state = ItemState.WITHDRAWN
            if not item.is_date_only and not self._has_others(item):
                opportunity.status = OpportunityStatus.WITHDRAWN
        item.state = ItemState.WITHDRAWN
        named = opportunity.title if opportunity else item.place.name if item.place else ""
        return Told(
            number=row.number if row else None,
            external_id=item.external_id,
            title=named,
            verdict=Verdict.WITHDRAWN,
            notes=tuple(notes),
        )

    def _has_others(self, item: SourceItem) -> bool:
        """Return whether other rows of the list still make the same activity."""
        self.db.flush()
        return bool(
            self.db.scalar(
                select(
                    exists().where(
                        SourceItem.opportunity_id == item.opportunity_id,
                        SourceItem.id != item.id,
                        SourceItem.state == ItemState.PRESENT,
                        SourceItem.is_date_only.is_(False),
                    )
                )
            )
        )

    def _place(self, row: FoundPlace, item: SourceItem | None) -> Told:
        digest = digest_of(row)
        if item is None:
            place = self.places.make(row.where)
            self._remember(row, digest, series_id=row.external_id, place=place)
            return _told(row, Verdict.MADE)
        if (item.digest == digest and item.state is ItemState.PRESENT) or item.place is None:
            return _told(row, Verdict.UNCHANGED)
        is_back = item.state is ItemState.WITHDRAWN
        has_changed = self.places.change(item.place, row.where) or is_back
        item.digest, item.state = digest, ItemState.PRESENT
        return _told(row, Verdict.UPDATED if has_changed else Verdict.UNCHANGED)

    def _activity(self, row: Found | Dated, item: SourceItem | None) -> Told:
        digest = digest_of(row)
        notes = list(row.notes) if isinstance(row, Found) else []
        if item is None:
            return self._make(row, digest, notes)
        opportunity = item.opportunity
        if opportunity is None:
            raise WrongRow("id", _("A place of this list has the same number."))
        if item.digest == digest and item.state is ItemState.PRESENT:
            self.confirmed.add(opportunity.id)
            return self._told(row, opportunity, Verdict.UNCHANGED, row_notes(row))
        has_changed = self._update(row, item, opportunity, notes)
        item.digest, item.state = digest, ItemState.PRESENT
        verdict = Verdict.UPDATED if has_changed else Verdict.UNCHANGED
        return self._told(row, item.opportunity or opportunity, verdict, notes)

    def _make(self, row: Found | Dated, digest: str, notes: list[str]) -> Told:
        opportunity = self.series.get(row.series_id)
        if isinstance(row, Dated):
            if opportunity is None:
                raise WrongRow(
                    "superEvent",
                    _(
                        "Its series has not come. Read the feed of the series first, then this one from its start."
                    ),
                )
            self._refuse_taken(opportunity, [row.sitting])
        elif opportunity is None:
            opportunity = self._new(row)
            self._let_officers_look(row, opportunity, notes)
        else:
            self._refuse_taken(opportunity, row.sittings)
            self._describe(opportunity, row)
            self._put_back(opportunity)
            self._let_officers_look(row, opportunity, notes)
        item = self._remember(row, digest, series_id=row.series_id, opportunity=opportunity)
        self._schedule(item, opportunity, _dates(row))
        return self._told(row, opportunity, Verdict.MADE, notes)

    def _update(
        self, row: Found | Dated, item: SourceItem, opportunity: Opportunity, notes: list[str]
    ) -> bool:
        has_changed = False
        if isinstance(row, Found):
            # Before anything is changed: a place that cannot be found refuses the whole row.
            self.places.find(row.where)
        if row.series_id != item.series_id:
            has_changed = self._move(row, item, opportunity, notes)
            opportunity = item.opportunity or opportunity
        if isinstance(row, Found):
            has_changed |= self._describe(opportunity, row)
        if item.state is ItemState.WITHDRAWN and not item.is_date_only:
            has_changed |= self._put_back(opportunity)
        has_changed |= self._keep_in_step(item, opportunity, _dates(row), notes)
        if has_changed and isinstance(row, Found):
            self._let_officers_look(row, opportunity, notes)
        if has_changed:
            self.confirmed.add(opportunity.id)
        return has_changed

    def _move(
        self, row: Found | Dated, item: SourceItem, opportunity: Opportunity, notes: list[str]
    ) -> bool:
        """Let a row belong to another activity than before: it got another name, or another place."""
        other = self.series.get(row.series_id)
        item.series_id = row.series_id
        if other is None and isinstance(row, Found) and self._has_others(item):
            other = self._new(row)
        if other is None or other is opportunity:
            self.series[row.series_id] = opportunity
            return False
        for scheduled in self.sessions.pop(item.id, []):
            self._drop(scheduled, notes)
        if not item.is_date_only and not self._has_others(item):
            opportunity.status = OpportunityStatus.WITHDRAWN
        item.opportunity = other
        self.db.flush()
        return True

    def _new(self, row: Found) -> Opportunity:
        opportunity = Opportunity(
            slug=slug_of(row.title),
            provider_id=self.source.provider_id,
            place=self.places.find(row.where),
            status=OpportunityStatus.PUBLISHED,
            published_at=self.now,
            checked_at=self.now,
            **_said_by(row),
        )
        self.db.add(opportunity)
        self.db.add(OpportunityOrigin(opportunity=opportunity, **self._origin(row)))
        self.series[row.series_id] = opportunity
        return opportunity

    def _origin(self, row: Found) -> dict[str, str]:
        return {
            "source_name": self.source.name,
            "source_url": row.url or self.source.address,
            "licence": self.source.licence,
        }

    def _describe(self, opportunity: Opportunity, row: Found) -> bool:
        """Bring an activity up to what a row says, and return whether that changed anything."""
        said = _said_by(row) | {"place": self.places.find(row.where)}
        has_changed = self._set_as_version(opportunity, said)
        origin = self.db.get(OpportunityOrigin, opportunity.id) if opportunity.id else None
        if origin is not None:
            has_changed |= _set(origin, self._origin(row))
        return has_changed

    def _set_as_version(self, opportunity: Opportunity, said: dict[str, Any]) -> bool:
        """Change what an activity says, and keep what it said and what it says as versions."""
        if not any(getattr(opportunity, name) != value for name, value in said.items()):
            return False
        self.db.flush()
        first_or_last_version(self.db, opportunity, self.now)
        replace_waiting(self.db, opportunity)
        _set(opportunity, said)
        self.changed.append(opportunity)
        return True

    def _let_officers_look(self, row: Found, opportunity: Opportunity, notes: list[str]) -> None:
        """Hold what an officer has to see first, as it is held where somebody posts it by hand."""
        if opportunity.status not in (OpportunityStatus.PUBLISHED, OpportunityStatus.REVIEW):
            return
        reasons = self._reasons(row, opportunity)
        if reasons:
            opportunity.status = OpportunityStatus.REVIEW
            self.held[opportunity] = reasons
            notes.append(_("The council looks at it first. %(reason)s", reason=label(reasons[0])))

    def _reasons(self, row: Found, opportunity: Opportunity) -> list[ReviewReason]:
        sittings = [
            review.Sitting(each.starts_at, each.ends_at, each.places or 0) for each in row.sittings
        ]
        found = review.review_reasons(
            # As it is kept: what the row leaves open, its source has settled.
            kind=opportunity.kind,
            min_age=opportunity.min_age,
            texts=[row.title, row.description, row.where.name, row.where.address],
            sittings=sittings,
            known_listings=self._known(opportunity),
        )
        reasons = review.kinds_of(found)
        approved = approved_reasons(self.db, opportunity) if reasons and opportunity.id else ()
        return [each for each in reasons if each not in approved]

    def _known(self, opportunity: Opportunity) -> int:
        """Return how much the organisation is known here, asked once for a list."""
        if self.known is None:
            self.db.flush()
            self.known = known_listings(self.db, opportunity, self.now)
        return self.known

    def _keep_versions(self) -> None:
        """Write down what was held or changed, once its places and dates are written."""
        for opportunity in dict.fromkeys([*self.held, *self.changed]):
            reasons = self.held.get(opportunity, [])
            keep_version(
                self.db,
                opportunity=opportunity,
                values=values_of(opportunity),
                made_by=None,
                now=self.now,
                state=VersionState.WAITING if reasons else VersionState.LIVE,
                reasons=reasons,
            )
        self.held, self.changed = {}, []

    def _put_back(self, opportunity: Opportunity) -> bool:
        if opportunity.status is not OpportunityStatus.WITHDRAWN:
            return False
        opportunity.status, opportunity.checked_at = OpportunityStatus.PUBLISHED, self.now
        return True

    def _remember(self, row: Found | Dated | FoundPlace, digest: str, **became: Any) -> SourceItem:
        item = SourceItem(
            source_id=self.source.id,
            external_id=row.external_id,
            digest=digest,
            is_date_only=isinstance(row, Dated),
            state=ItemState.PRESENT,
            seen_in=self.reading,
            **became,
        )
        self.db.add(item)
        self.items[row.external_id] = item
        return item

    def _keep_in_step(
        self,
        item: SourceItem,
        opportunity: Opportunity,
        wanted: Sequence[Sitting],
        notes: list[str],
    ) -> bool:
        has = {each.starts_at: each for each in self.sessions.get(item.id, ())}
        want = {each.starts_at: each for each in wanted}
        left = [at for at in has if at not in want]
        new = [at for at in want if at not in has]
        if len(left) == len(new) == 1 and not is_booked(has[left[0]]):
            # A date that moved is the same date still.
            scheduled = has.pop(left[0])
            scheduled.starts_at, scheduled.ends_at = new[0], want[new[0]].ends_at
            has[new[0]], left, new = scheduled, [], []
            has_changed = True
        else:
            has_changed = bool(new)
        for at in left:
            has_changed |= self._drop(has[at], notes)
        for at in has.keys() & want.keys():
            has_changed |= self._adjust(has[at], want[at], notes)
        self._schedule(item, opportunity, [want[at] for at in new])
        return has_changed

    def _refuse_taken(self, opportunity: Opportunity, sittings: Sequence[Sitting]) -> None:
        taken = self.taken.get(opportunity, set())
        if sittings and all(each.starts_at in taken for each in sittings):
            raise WrongRow("date", _("It runs at this time already."))

    def _schedule(
        self, item: SourceItem, opportunity: Opportunity, sittings: Sequence[Sitting]
    ) -> None:
        taken = self.taken.setdefault(opportunity, set())
        for each in sittings:
            if each.starts_at in taken:
                continue
            scheduled = ScheduledSession(
                opportunity=opportunity,
                starts_at=each.starts_at,
                ends_at=each.ends_at,
                maximum_capacity=each.places or 0,
                remaining_capacity=each.places or 0,
            )
            self.db.add(SourceSitting(scheduled_session=scheduled, item=item))
            taken.add(each.starts_at)

    def _adjust(self, scheduled: ScheduledSession, wanted: Sitting, notes: list[str]) -> bool:
        said = {"ends_at": wanted.ends_at, "maximum_capacity": wanted.places or 0}
        if all(getattr(scheduled, name) == value for name, value in said.items()):
            return False
        if is_booked(scheduled):
            notes.append(_kept(scheduled))
            return False
        has_changed = _set(scheduled, said)
        scheduled.set_places(said["maximum_capacity"])
        return has_changed

    def _drop(self, scheduled: ScheduledSession, notes: list[str]) -> bool:
        """Take a session away, unless somebody has booked it: then it stays as it is."""
        if is_booked(scheduled):
            notes.append(_kept(scheduled))
            return False
        try:
            with self.db.begin_nested():
                self.db.execute(delete(ScheduledSession).where(ScheduledSession.id == scheduled.id))
        except IntegrityError:
            # A place that was given back still points to it: it stays, and nobody can book it.
            scheduled.set_places(0)
            return True
        self.taken.get(scheduled.opportunity, set()).discard(scheduled.starts_at)
        self.db.expunge(scheduled)
        return True

    def _confirm(self) -> None:
        """Say of what a list still holds that it is right today."""
        if self.confirmed:
            self.db.execute(
                update(Opportunity)
                .where(Opportunity.id.in_(self.confirmed), Opportunity.checked_at < self.now)
                .values(checked_at=self.now)
                .execution_options(synchronize_session="fetch")
            )
        self.confirmed = set()

    def _told(
        self, row: Found | Dated, opportunity: Opportunity, verdict: Verdict, notes: Iterable[str]
    ) -> Told:
        return replace(_told(row, verdict, notes), title=opportunity.title)


def is_booked(scheduled: ScheduledSession) -> bool:
    return scheduled.is_booked


def row_notes(row: Row) -> tuple[str, ...]:
    return row.notes if isinstance(row, Found) else ()


def _activities(items: Iterable[SourceItem]) -> list[Opportunity]:
    return [item.opportunity for item in items if item.opportunity]


def _dates(row: Found | Dated) -> Sequence[Sitting]:
    return row.sittings if isinstance(row, Found) else (row.sitting,)


def _said_by(row: Found) -> dict[str, Any]:
    names = (
        *("title", "description", "kind", "category", "min_age", "max_age"),
        *("suits_min_age", "suits_max_age", "mode", "cost_pence"),
    )
    return {name: getattr(row, name) for name in names} | {"welcome": list(row.welcome)}


def _set(row: Any, said: dict[str, Any]) -> bool:
    """Set what differs, and return whether anything did."""
    differing = {name: value for name, value in said.items() if getattr(row, name) != value}
    for name, value in differing.items():
        setattr(row, name, value)
    return bool(differing)


def _kept(scheduled: ScheduledSession) -> str:
    return _("Kept: somebody has booked %(day)s.", day=london_date(scheduled.starts_at))


def _told(row: Row, verdict: Verdict, notes: Iterable[str] = ()) -> Told:
    title = row.where.name if isinstance(row, FoundPlace) else getattr(row, "title", "")
    return Told(
        number=row.number,
        external_id=row.external_id,
        title=title,
        verdict=verdict,
        notes=tuple(notes),
    )


def _refused(row: Row, field: str, reason: str) -> Told:
    return replace(_told(row, Verdict.REFUSED), field=field, reason=reason)
