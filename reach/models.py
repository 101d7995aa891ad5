"""Who wants to be told when numbers are released."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.models import User
from app.db import Base
from app.terms import PeriodKind


class ReportSubscription(Base):
    """Somebody of an authority who is told when periods of a length are released for their city.

    Who works there no longer is told nothing: that is asked when there is something to tell.
    """

    __tablename__ = "report_subscription"

    user_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), primary_key=True)
    kind: Mapped[PeriodKind] = mapped_column(primary_key=True)

    user: Mapped[User] = relationship()
