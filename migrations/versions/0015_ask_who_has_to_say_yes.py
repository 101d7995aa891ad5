"""Keep the school year where a rule asks for it, and who has said yes to what."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "school_year",
        sa.Column("learner_id", sa.BigInteger(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("said_on", sa.Date(), nullable=False),
        sa.CheckConstraint(
            "year = 0 OR year BETWEEN 7 AND 13", name=op.f("ck_school_year_a_school_year")
        ),
        sa.ForeignKeyConstraint(
            ["learner_id"],
            ["user_account.id"],
            name=op.f("fk_school_year_learner_id_user_account"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("learner_id", name=op.f("pk_school_year")),
    )
    op.create_table(
        "agreement",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("learner_id", sa.BigInteger(), nullable=False),
        sa.Column("opportunity_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "part",
            sa.Enum(
                "guardian",
                "school",
                name="part",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("agrees", sa.Boolean(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("role", sa.Text(), nullable=True),
        sa.CheckConstraint("expires_at > asked_at", name=op.f("ck_agreement_expires_later")),
        sa.CheckConstraint(
            "(answered_at IS NULL) = (agrees IS NULL) AND (answered_at IS NULL) = (name IS NULL)"
            " AND (answered_at IS NULL) = (role IS NULL)",
            name=op.f("ck_agreement_answered_whole"),
        ),
        sa.CheckConstraint(
            "char_length(name) BETWEEN 2 AND 80", name=op.f("ck_agreement_name_short")
        ),
        sa.CheckConstraint(
            "char_length(role) BETWEEN 2 AND 80", name=op.f("ck_agreement_role_short")
        ),
        sa.ForeignKeyConstraint(
            ["learner_id"],
            ["user_account.id"],
            name=op.f("fk_agreement_learner_id_user_account"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["opportunity_id"],
            ["opportunity.id"],
            name=op.f("fk_agreement_opportunity_id_opportunity"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_agreement_token_hash")),
        sa.UniqueConstraint("uuid", name=op.f("uq_agreement_uuid")),
    )
    op.create_index("ix_agreement_opportunity_id", "agreement", ["opportunity_id"])
    op.create_index(
        "uq_agreement_open",
        "agreement",
        ["learner_id", "opportunity_id", "part"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL AND agrees IS NOT FALSE"),
    )


def downgrade() -> None:
    op.drop_table("agreement")
    op.drop_table("school_year")
