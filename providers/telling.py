"""What people are told when something about their organisation changes: the one place to send it from.

Nothing is sent yet. The services call this inside their transaction, so that whoever sends writes
down what is due together with the change, and sends it once that is kept.
"""

from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from providers.models import Provider


class News(StrEnum):
    """What has happened, and so which words to send."""

    INVITED = "invited"
    PUBLISHED = "published"
    SENT_BACK = "sent_back"
    SUSPENDED = "suspended"
    EVIDENCE_REFUSED = "evidence_refused"


def tell(
    db: Session,
    news: News,
    *,
    provider: Provider,
    now: datetime,
    reason: str = "",
    email: str = "",
    token: str = "",
) -> None:
    """Tell those whom it concerns: whoever is invited, or else the team's admins and safeguarding lead.

    :param reason: the officer's own words.
    :param email: whom to tell, where it is somebody outside the team.
    :param token: what opens an invitation. It is never written down unhashed.
    """
