"""Let places be asked for, waited for, offered and moved, and answer a form that is sent twice once."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0018"
branch_labels = None
depends_on = None

STATUSES = "'confirmed', 'asked', 'waiting', 'offered', 'cancelled', 'declined', 'lapsed'"
LIVE = "status IN ('confirmed', 'asked', 'offered', 'waiting')"


def upgrade() -> None:
    op.drop_constraint(op.f("ck_booking_bookingstatus"), "booking", type_="check")
    op.create_check_constraint(
        op.f("ck_booking_bookingstatus"), "booking", f"status IN ({STATUSES})"
    )
    for name, kind in (
        ("booked_for", sa.DateTime(timezone=True)),
        ("held_until", sa.DateTime(timezone=True)),
        ("asked_at", sa.DateTime(timezone=True)),
        ("answered_at", sa.DateTime(timezone=True)),
        ("answered_by_id", sa.BigInteger()),
        ("moved_to_id", sa.BigInteger()),
    ):
        op.add_column("booking", sa.Column(name, kind, nullable=True))
    op.add_column(
        "booking",
        sa.Column(
            "answer",
            sa.Enum(
                *("full", "not_right_now", "cannot_meet_needs", "preparation", "other_session"),
                name="answer",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
    )
    op.add_column(
        "booking",
        sa.Column(
            "cancel_reason",
            sa.Enum(
                *("ill", "other_plans", "travel", "cost", "not_for_me", "moved", "other"),
                name="cancelreason",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
    )
    op.create_foreign_key(
        op.f("fk_booking_answered_by_id_user_account"),
        "booking",
        "user_account",
        ["answered_by_id"],
        ["id"],
    )
    op.create_foreign_key(
        op.f("fk_booking_moved_to_id_booking"),
        "booking",
        "booking",
        ["moved_to_id"],
        ["id"],
        ondelete="SET NULL",
    )
    for name, rule in (
        ("held_until_a_time", "(held_until IS NOT NULL) = (status IN ('asked', 'offered'))"),
        ("answered_by_someone", "(answered_at IS NULL) = (answered_by_id IS NULL)"),
    ):
        op.create_check_constraint(op.f(f"ck_booking_{name}"), "booking", rule)
    op.drop_index("uq_booking_live", table_name="booking")
    op.create_index(
        "uq_booking_live",
        "booking",
        ["learner_id", "scheduled_session_id"],
        unique=True,
        postgresql_where=sa.text(LIVE),
    )
    op.create_index(
        "ix_booking_held",
        "booking",
        ["held_until"],
        postgresql_where=sa.text("held_until IS NOT NULL"),
    )
    op.create_index(
        "ix_booking_waiting",
        "booking",
        ["scheduled_session_id", "id"],
        postgresql_where=sa.text("status = 'waiting'"),
    )
    op.create_index(op.f("ix_booking_moved_to_id"), "booking", ["moved_to_id"])
    op.create_table(
        "kept_answer",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("asked", sa.Text(), nullable=False),
        sa.Column("booking_id", sa.BigInteger(), nullable=True),
        sa.Column("refusal", sa.Text(), nullable=True),
        sa.Column("refusal_kind", sa.Text(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("expires_at > made_at", name=op.f("ck_kept_answer_expires_later")),
        sa.CheckConstraint(
            "(booking_id IS NULL) <> (refusal IS NULL)", name=op.f("ck_kept_answer_one_answer")
        ),
        sa.ForeignKeyConstraint(
            ["booking_id"],
            ["booking.id"],
            name=op.f("fk_kept_answer_booking_id_booking"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
            name=op.f("fk_kept_answer_user_id_user_account"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("user_id", "key", name=op.f("pk_kept_answer")),
    )
    op.create_index(op.f("ix_kept_answer_booking_id"), "kept_answer", ["booking_id"])
    op.create_index(op.f("ix_kept_answer_expires_at"), "kept_answer", ["expires_at"])


def downgrade() -> None:
    op.drop_table("kept_answer")
    op.execute(
        "UPDATE booking SET status = 'cancelled', cancelled_at = coalesce(cancelled_at, now()),"
        " held_until = NULL WHERE status NOT IN ('confirmed', 'cancelled')"
    )
    # What they held is free again.
    op.execute(
        "UPDATE scheduled_session SET remaining_capacity = maximum_capacity - taken FROM"
        " (SELECT scheduled_session_id, count(*) FILTER (WHERE status = 'confirmed') AS taken"
        " FROM booking GROUP BY 1) held WHERE held.scheduled_session_id = scheduled_session.id"
    )
    for name in ("uq_booking_live", "ix_booking_held", "ix_booking_waiting"):
        op.drop_index(name, table_name="booking")
    for name in ("booked_for", "held_until", "asked_at", "answered_at", "answered_by_id"):
        op.drop_column("booking", name)
    for name in ("moved_to_id", "answer", "cancel_reason"):
        op.drop_column("booking", name)
    op.create_index(
        "uq_booking_live",
        "booking",
        ["learner_id", "scheduled_session_id"],
        unique=True,
        postgresql_where=sa.text("status = 'confirmed'"),
    )
    op.drop_constraint(op.f("ck_booking_bookingstatus"), "booking", type_="check")
    op.create_check_constraint(
        op.f("ck_booking_bookingstatus"), "booking", "status IN ('confirmed', 'cancelled')"
    )
