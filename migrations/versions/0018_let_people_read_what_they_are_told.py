"""Let what people are told stand in an inbox of theirs, whether or not an e-mail goes out."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0015"
branch_labels = None
depends_on = None

_KINDS = (
    *("still_right", "said_closed", "listing_reported", "safety_reported"),
    *("invited", "published", "sent_back", "suspended", "lapsing", "lapsed"),
)
_OF_TAKING_PART = (
    *("place_confirmed", "place_asked", "place_answered", "place_offered"),
    *("session_moved", "session_called_off", "badge_given"),
    *("guardian_asked", "guardian_answered"),
)
_ENDS = "sent_at IS NULL AND given_up_at IS NULL"


def upgrade() -> None:
    # All that was told so far went by e-mail.
    op.add_column(
        "notice", sa.Column("is_mailed", sa.Boolean(), server_default="true", nullable=False)
    )
    op.alter_column("notice", "is_mailed", server_default=None)
    op.add_column("notice", sa.Column("read_at", sa.DateTime(timezone=True), nullable=True))
    op.create_check_constraint(
        op.f("ck_notice_reaches_someone"), "notice", "user_id IS NOT NULL OR is_mailed"
    )
    op.create_check_constraint(
        op.f("ck_notice_sent_where_mailed"),
        "notice",
        "is_mailed OR num_nonnulls(claimed_at, sent_at, given_up_at) = 0",
    )
    _take_kinds(*_KINDS, *_OF_TAKING_PART)
    _index_waiting(f"is_mailed AND {_ENDS}")


def downgrade() -> None:
    of_taking_part = ", ".join(f"'{kind}'" for kind in _OF_TAKING_PART)
    op.execute(f"DELETE FROM notice WHERE NOT is_mailed OR kind IN ({of_taking_part})")
    _index_waiting(_ENDS)
    _take_kinds(*_KINDS)
    for name in ("sent_where_mailed", "reaches_someone"):
        op.drop_constraint(op.f(f"ck_notice_{name}"), "notice", type_="check")
    op.drop_column("notice", "read_at")
    op.drop_column("notice", "is_mailed")


def _take_kinds(*kinds: str) -> None:
    op.drop_constraint(op.f("ck_notice_noticekind"), "notice", type_="check")
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    op.create_check_constraint(op.f("ck_notice_noticekind"), "notice", f"kind IN ({listed})")


def _index_waiting(condition: str) -> None:
    op.drop_index("ix_notice_waiting", "notice")
    op.create_index(
        "ix_notice_waiting", "notice", ["due_at", "id"], postgresql_where=sa.text(condition)
    )
