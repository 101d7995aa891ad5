"""Drafts: what someone has typed so far is kept, whole or not at all, and is never judged."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Any
from uuid import UUID, uuid4

from flask_babel import gettext as _
from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from accounts.models import User
from app.clock import LONDON
from app.errors import Conflict, NotAllowed, NotFound, Refusal
from listings.models import ListingDraft
from listings.queries import last_session, own_draft
from opportunities.models import Opportunity
from providers.models import Provider
from providers.queries import speaks_for

#: Far more than any box takes: a draft may hold what is still too long.
LONGEST_VALUE = 2_000
LONGEST_IN_ALL = 12_000
MOST_CHOICES = 30
MOST_DRAFTS = 50


class TooBig(Refusal):
    """More than a draft holds. Nothing of it was kept."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


def keep_draft(
    db: Session,
    *,
    provider: Provider,
    uuid: UUID,
    typed: Mapping[str, Any],
    cleared: Collection[str] = (),
    typed_by: User,
    now: datetime,
) -> ListingDraft:
    """Add what was typed to a draft of the provider, or begin it. Flushes.

    :param typed: by the name of the box: a text, or a list where several may be ticked.
    :param cleared: boxes that were on the page too: those without a value are empty now.
    :raises NotAllowed: `typed_by` does not speak for the provider.
    :raises TooBig: it is more than a draft holds.
    :raises NotFound: the draft is somebody else's.
    :raises Conflict: it was posted, or there are too many drafts.
    """
    if not speaks_for(db, typed_by, provider):
        raise NotAllowed(_("You cannot act for this organisation."))
    _refuse_posted(db, uuid)
    before = own_draft(db, provider, uuid, is_held=True)
    typed_before = before.typed if before else {}
    kept = {name: value for name, value in typed_before.items() if name not in cleared}
    kept |= typed
    _refuse_big(kept)
    if before is None:
        _refuse_many(db, provider)
    _write(db, provider, uuid, kept, typed_by, now)
    draft = own_draft(db, provider, uuid)
    if draft is None:
        raise NotFound(_("We cannot find that draft."))
    return draft


def drop_draft(db: Session, *, provider: Provider, uuid: UUID, dropped_by: User) -> None:
    """Delete a draft of the provider. One that is not there is as good as deleted.

    :raises NotAllowed: `dropped_by` does not speak for the provider.
    """
    if not speaks_for(db, dropped_by, provider):
        raise NotAllowed(_("You cannot act for this organisation."))
    db.execute(delete(ListingDraft).filter_by(uuid=uuid, provider_id=provider.id))


def draft_like(
    db: Session, *, opportunity: Opportunity, made_by: User, now: datetime
) -> ListingDraft:
    """Begin a draft with what a listing says, all but its day. Flushes.

    :raises NotAllowed: `made_by` does not speak for its provider.
    """
    return keep_draft(
        db,
        provider=opportunity.provider,
        uuid=uuid4(),
        typed=_typed_like(opportunity) | times_like(db, opportunity),
        typed_by=made_by,
        now=now,
    )


def times_like(db: Session, opportunity: Opportunity) -> dict[str, str]:
    """Return the times and places of the last session of a listing, as they are typed."""
    last = last_session(db, opportunity)
    if last is None:
        return {}
    starts_at, ends_at = (at.astimezone(LONDON) for at in (last.starts_at, last.ends_at))
    return {
        "start": f"{starts_at:%H:%M}",
        "end": f"{ends_at:%H:%M}",
        "places": str(last.maximum_capacity),
    }


def _typed_like(opportunity: Opportunity) -> dict[str, Any]:
    pounds, pence = divmod(opportunity.cost_pence, 100)
    return {
        "title": opportunity.title,
        "description": opportunity.description,
        "kind": opportunity.kind.value,
        "category": opportunity.category.value,
        "min_age": str(opportunity.min_age),
        "max_age": str(opportunity.max_age),
        "badge": opportunity.achievement.slug if opportunity.achievement else "none",
        "place": str(opportunity.place.uuid),
        "cost": f"{pounds}.{pence:02}" if pence else str(pounds),
        "welcome": [str(each) for each in opportunity.welcome],
    }


def _write(
    db: Session,
    provider: Provider,
    uuid: UUID,
    typed: dict[str, Any],
    typed_by: User,
    now: datetime,
) -> None:
    given = {"typed": typed, "typed_by_id": typed_by.id, "updated_at": now}
    row = insert(ListingDraft).values(uuid=uuid, provider_id=provider.id, **given)
    # Two first taps at once begin one draft; somebody else's is left alone.
    db.execute(
        row.on_conflict_do_update(
            index_elements=[ListingDraft.uuid],
            set_=given,
            where=ListingDraft.provider_id == provider.id,
        )
    )
    db.expire_all()


def _refuse_posted(db: Session, uuid: UUID) -> None:
    # A change that was on its way when the button was pressed must not bring the draft back.
    if db.scalar(select(Opportunity.id).filter_by(uuid=uuid)) is not None:
        raise Conflict(_("This was posted already."))


def _refuse_big(typed: Mapping[str, Any]) -> None:
    texts: list[str] = []
    for value in typed.values():
        many: Sequence[str] = [value] if isinstance(value, str) else value
        if len(many) > MOST_CHOICES:
            raise TooBig(_("That is too long to keep. Use fewer words."))
        texts += many
    if max(map(len, texts), default=0) > LONGEST_VALUE or sum(map(len, texts)) > LONGEST_IN_ALL:
        raise TooBig(_("That is too long to keep. Use fewer words."))


def _refuse_many(db: Session, provider: Provider) -> None:
    count = select(func.count()).select_from(ListingDraft).filter_by(provider_id=provider.id)
    if db.scalars(count).one() >= MOST_DRAFTS:
        raise Conflict(_("You have too many drafts. Delete one first."))
