"""What Seren brought from the site of the city where she lived before."""

from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy.orm import Session

from accounts.models import User
from badges.models import Skill
from record.models import BroughtLine, Rung, Sort

_HOST = "learn.caerwen.example"


def bring_some(db: Session, seren: User, *, now: datetime) -> None:
    """Let Seren have two lines from elsewhere: one that a group confirmed there, one that she says. Flushes."""
    told = {
        "learner_id": seren.id,
        "host": _HOST,
        "is_trusted": True,
        "brought_at": now - timedelta(days=20),
    }
    db.add_all(
        (
            BroughtLine(
                uuid=uuid4(),
                at=now - timedelta(days=400),
                title="Harbour choir",
                who="Caerwen Youth Music",
                minutes=90,
                skills=[Skill.LISTENING, Skill.TEAMWORK],
                sort=Sort.SKILL,
                rung=Rung.CONFIRMED,
                **told,
            ),
            BroughtLine(
                uuid=uuid4(),
                at=now - timedelta(days=430),
                title="Painted our bus shelter",
                skills=[Skill.CREATIVITY],
                sort=Sort.PROJECT,
                rung=Rung.SAID,
                **told,
            ),
        )
    )
    db.flush()
