"""Let learners add what they did elsewhere, and ask an adult whether it was so."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "logged_activity",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("learner_id", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("logged_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "char_length(title) BETWEEN 1 AND 80", name=op.f("ck_logged_activity_title_short")
        ),
        sa.CheckConstraint(
            "char_length(place) BETWEEN 1 AND 80", name=op.f("ck_logged_activity_place_short")
        ),
        sa.CheckConstraint(
            "char_length(description) <= 300", name=op.f("ck_logged_activity_description_short")
        ),
        sa.CheckConstraint(
            "minutes BETWEEN 5 AND 1440", name=op.f("ck_logged_activity_minutes_of_a_day")
        ),
        sa.ForeignKeyConstraint(
            ["learner_id"],
            ["user_account.id"],
            name=op.f("fk_logged_activity_learner_id_user_account"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_logged_activity")),
        sa.UniqueConstraint("uuid", name=op.f("uq_logged_activity_uuid")),
    )
    op.create_index("ix_logged_activity_learner_id", "logged_activity", ["learner_id"])
    op.create_table(
        "adults_word",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("activity_id", sa.BigInteger(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("was_so", sa.Boolean(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("role", sa.Text(), nullable=True),
        sa.CheckConstraint("expires_at > asked_at", name=op.f("ck_adults_word_expires_later")),
        sa.CheckConstraint(
            "(answered_at IS NULL) = (was_so IS NULL) AND (answered_at IS NULL) = (name IS NULL)"
            " AND (answered_at IS NULL) = (role IS NULL)",
            name=op.f("ck_adults_word_answered_whole"),
        ),
        sa.CheckConstraint(
            "char_length(name) BETWEEN 2 AND 80", name=op.f("ck_adults_word_name_short")
        ),
        sa.CheckConstraint(
            "char_length(role) BETWEEN 2 AND 80", name=op.f("ck_adults_word_role_short")
        ),
        sa.ForeignKeyConstraint(
            ["activity_id"],
            ["logged_activity.id"],
            name=op.f("fk_adults_word_activity_id_logged_activity"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_adults_word")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_adults_word_token_hash")),
        sa.UniqueConstraint("uuid", name=op.f("uq_adults_word_uuid")),
    )
    op.create_index("ix_adults_word_activity_id", "adults_word", ["activity_id"])
    op.create_index(
        "uq_adults_word_open",
        "adults_word",
        ["activity_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL AND was_so IS NOT FALSE"),
    )


def downgrade() -> None:
    op.drop_table("adults_word")
    op.drop_table("logged_activity")
