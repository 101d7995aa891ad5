"""Let a yes wait before it counts and be taken back, and a place be held while others are asked."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0019"
branch_labels = None
depends_on = None

_REASONS = ("ill", "other_plans", "travel", "cost", "not_for_me", "moved", "other")
_KINDS = (
    *("still_right", "said_closed", "listing_reported", "safety_reported"),
    *("concern_raised", "question_asked", "answer_held"),
    *("invited", "published", "sent_back", "suspended", "lapsing", "lapsed"),
    *("place_confirmed", "place_asked", "place_answered", "place_offered"),
    *("session_moved", "session_called_off", "badge_given"),
    *("guardian_asked", "guardian_answered"),
)
_OF_THE_CHAIN = ("yes_needed", "yes_gone", "yes_missing", "place_free_again")


def upgrade() -> None:
    op.add_column(
        "agreement",
        sa.Column(
            "way",
            sa.Enum(
                *("handed", "learners_address", "adults_address", "school_staff"),
                name="way",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            server_default="handed",
            nullable=False,
        ),
    )
    for column in (
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), server_default="en", nullable=False),
        sa.Column("mailed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminders", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("ended_by_adult", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("takes_effect_at", sa.DateTime(timezone=True), nullable=True),
    ):
        op.add_column("agreement", column)
    # What was said before there was a wait counts as it did.
    op.execute("UPDATE agreement SET takes_effect_at = answered_at WHERE agrees")
    for name, rule in (
        ("yes_counts_from", "(agrees IS TRUE) = (takes_effect_at IS NOT NULL)"),
        ("sent_where_addressed", "email IS NULL OR way <> 'handed'"),
        ("ended_by_someone", "NOT ended_by_adult OR ended_at IS NOT NULL"),
    ):
        op.create_check_constraint(op.f(f"ck_agreement_{name}"), "agreement", rule)
    op.create_index(
        "ix_agreement_email", "agreement", ["email"], postgresql_where=sa.text("email IS NOT NULL")
    )
    op.add_column(
        "booking", sa.Column("waits_for_yes_since", sa.DateTime(timezone=True), nullable=True)
    )
    _take("booking", "cancelreason", "cancel_reason", *_REASONS, "no_yes")
    _take("notice", "noticekind", "kind", *_KINDS, *_OF_THE_CHAIN)


def downgrade() -> None:
    of_the_chain = ", ".join(f"'{kind}'" for kind in _OF_THE_CHAIN)
    op.execute(f"DELETE FROM notice WHERE kind IN ({of_the_chain})")
    op.execute("UPDATE booking SET cancel_reason = 'other' WHERE cancel_reason = 'no_yes'")
    _take("notice", "noticekind", "kind", *_KINDS)
    _take("booking", "cancelreason", "cancel_reason", *_REASONS)
    op.drop_column("booking", "waits_for_yes_since")
    op.drop_index("ix_agreement_email", "agreement")
    for name in ("ended_by_someone", "sent_where_addressed", "yes_counts_from"):
        op.drop_constraint(op.f(f"ck_agreement_{name}"), "agreement", type_="check")
    for name in (
        *("takes_effect_at", "ended_by_adult", "reminders", "mailed_at"),
        *("language", "email", "way"),
    ):
        op.drop_column("agreement", name)


def _take(table: str, rule: str, column: str, *values: str) -> None:
    op.drop_constraint(op.f(f"ck_{table}_{rule}"), table, type_="check")
    listed = ", ".join(f"'{value}'" for value in values)
    op.create_check_constraint(op.f(f"ck_{table}_{rule}"), table, f"{column} IN ({listed})")
