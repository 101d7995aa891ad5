"""Things to try, and places to try them, for tests of plans."""

from datetime import timedelta

from app.db import current_db
from badges.models import Skill
from feedback.models import Feedback, GiverKind
from opportunities.models import Category
from participation.attendance import confirm_attendance, withdraw_attendance
from plans.service import add_item
from tests import factories
from tests.factories import NOW, YORK

TODAY = NOW.date()
IN_A_MONTH = TODAY + timedelta(days=28)
#: Near enough that the door is open already.
SOON = NOW + timedelta(minutes=30)


class Club:
    """An organisation with somebody at its door, and what it offers near the home of the tests."""

    def __init__(self):
        self.provider = factories.provider()
        self.keeper = factories.member(self.provider)

    def offers(self, title="Debating", *, east=0.0, starts_at=SOON, skills=(), places=3, **given):
        """A session so many hundredths of a degree east of home, that practises these skills."""
        lon, lat = YORK
        given.setdefault("category", Category.ARTS_AND_CULTURE)
        if skills:
            given["achievement"] = factories.achievement(self.provider, skills=list(skills))
        opportunity = factories.opportunity(
            title,
            place=factories.place(lon=lon + east / 100, lat=lat),
            provider=self.provider,
            **given,
        )
        return factories.scheduled_session(
            opportunity=opportunity, starts_at=starts_at, places=places
        )

    def confirms(self, booking, now=NOW):
        confirm_attendance(
            current_db(), booking_uuid=booking.uuid, confirmed_by=self.keeper, now=now
        )

    def withdraws(self, booking, now=NOW):
        withdraw_attendance(
            current_db(), booking_uuid=booking.uuid, withdrawn_by=self.keeper, now=now
        )


def item_of(learner, words="Ask one question out loud", skill=Skill.SPEAKING, now=NOW, **given):
    given.setdefault("look_again_on", IN_A_MONTH)
    return add_item(current_db(), learner=learner, words=words, skill=skill, now=now, **given)


def said_to(learner, **given):
    """What a coach said to a learner."""
    row = Feedback(
        learner=learner,
        giver_kind=GiverKind.COACH,
        giver_name="Sam",
        given_at=NOW,
        **{"try_next": "Ask one question out loud.", "skills": [Skill.SPEAKING]} | given,
    )
    current_db.add(row)
    current_db.flush()
    return row
