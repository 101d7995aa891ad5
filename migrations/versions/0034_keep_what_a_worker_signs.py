"""Keep what a worker signs: lists of what was taken back, and badges as tokens."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0034"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "status_list",
        sa.Column("issuer_id", sa.BigInteger(), nullable=False),
        sa.Column("document", JSONB(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.Column("contents", sa.Text(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("valid_until > signed_at", name=op.f("ck_status_list_lasts")),
        sa.ForeignKeyConstraint(
            ["issuer_id"],
            ["provider.id"],
            name=op.f("fk_status_list_issuer_id_provider"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("issuer_id", name=op.f("pk_status_list")),
    )
    op.add_column("achievement_credential", sa.Column("signed_token", sa.Text()))
    op.create_check_constraint(
        op.f("ck_achievement_credential_token_of_document"),
        "achievement_credential",
        "signed_token IS NULL OR signed_document IS NOT NULL",
    )
    op.drop_index("ix_achievement_credential_unsigned", table_name="achievement_credential")
    op.create_index(
        "ix_achievement_credential_unsigned",
        "achievement_credential",
        ["issuer_id"],
        postgresql_where=sa.text("signed_document IS NULL OR signed_token IS NULL"),
    )
    # The list that is kept is compared with these every minute.
    op.create_index(
        "ix_achievement_credential_revoked",
        "achievement_credential",
        ["issuer_id", "status_index"],
        postgresql_where=sa.text("revoked_at IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_achievement_credential_revoked", table_name="achievement_credential")
    op.drop_index("ix_achievement_credential_unsigned", table_name="achievement_credential")
    op.create_index(
        "ix_achievement_credential_unsigned",
        "achievement_credential",
        ["issuer_id"],
        postgresql_where=sa.text("unsigned_since IS NOT NULL"),
    )
    op.drop_constraint(
        op.f("ck_achievement_credential_token_of_document"), "achievement_credential"
    )
    op.drop_column("achievement_credential", "signed_token")
    op.drop_table("status_list")
