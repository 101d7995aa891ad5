"""Keep what people are to be told until it is sent, and how often a listing was asked about."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_KINDS = (
    *("still_right", "said_closed", "listing_reported", "safety_reported"),
    *("invited", "published", "sent_back", "suspended", "lapsing", "lapsed"),
)


def upgrade() -> None:
    op.add_column(
        "user_account", sa.Column("language", sa.Text(), server_default="en", nullable=False)
    )
    # Every row has "en" by now: nothing to look through while the table is locked.
    op.create_check_constraint("reads_a_language", "user_account", "language IN ('en', 'cy')")
    op.create_table(
        "notice",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                *_KINDS, name="noticekind", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("details", postgresql.JSONB(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("given_up_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("num_nonnulls(user_id, email) = 1", name=op.f("ck_notice_to_someone")),
        sa.CheckConstraint("language IN ('en', 'cy')", name=op.f("ck_notice_in_a_language")),
        sa.CheckConstraint(
            "octet_length(details::text) <= 20000", name=op.f("ck_notice_details_small")
        ),
        sa.CheckConstraint(
            "num_nonnulls(sent_at, given_up_at) <= 1", name=op.f("ck_notice_one_end")
        ),
        sa.CheckConstraint(
            "given_up_at IS NULL OR last_error <> ''",
            name=op.f("ck_notice_given_up_for_a_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
            name=op.f("fk_notice_user_id_user_account"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("uuid", name=op.f("uq_notice_uuid")),
    )
    op.create_index(op.f("ix_notice_user_id"), "notice", ["user_id"], unique=False)
    for who in ("user_id", "email"):
        op.create_index(
            f"uq_notice_key_{who}",
            "notice",
            ["key", who],
            unique=True,
            postgresql_where=sa.text(f"{who} IS NOT NULL"),
        )
    op.create_index(
        "ix_notice_waiting",
        "notice",
        ["due_at", "id"],
        unique=False,
        postgresql_where=sa.text("sent_at IS NULL AND given_up_at IS NULL"),
    )
    op.create_table(
        "listing_question",
        sa.Column("opportunity_id", sa.BigInteger(), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("turn", sa.SmallInteger(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("turn IN (1, 2)", name=op.f("ck_listing_question_twice_at_most")),
        sa.ForeignKeyConstraint(
            ["opportunity_id"],
            ["opportunity.id"],
            name=op.f("fk_listing_question_opportunity_id_opportunity"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "opportunity_id", "checked_at", "turn", name=op.f("pk_listing_question")
        ),
    )


def downgrade() -> None:
    op.drop_table("listing_question")
    op.drop_table("notice")
    op.drop_constraint(op.f("ck_user_account_reads_a_language"), "user_account", type_="check")
    op.drop_column("user_account", "language")
