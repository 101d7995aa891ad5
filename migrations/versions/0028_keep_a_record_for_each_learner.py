"""Keep a record of badges for each learner, and let the host have keys of its own to sign it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0028"
down_revision = "0033"
branch_labels = None
depends_on = None

_PURPOSES = ("badge", "badge_token", "status_list", "status_list_token")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.alter_column("issuer_key", "issuer_id", existing_type=sa.BigInteger(), nullable=True)
    op.create_index(
        "uq_issuer_key_host",
        "issuer_key",
        [sa.text("(issuer_id IS NULL)")],
        unique=True,
        postgresql_where=sa.text("issuer_id IS NULL AND retired_at IS NULL"),
    )
    _allow_purposes(*_PURPOSES, "record")
    op.create_table(
        "learner_record",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("learner_id", sa.BigInteger(), nullable=False),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
        ),
        sa.Column("issued_at", sa.DateTime(timezone=True)),
        sa.Column("contents", sa.Text()),
        sa.Column("proof", postgresql.JSONB()),
        sa.CheckConstraint(
            "(contents IS NULL) = (proof IS NULL)",
            name=op.f("ck_learner_record_signed_for_its_contents"),
        ),
        sa.CheckConstraint(
            "proof IS NULL OR issued_at IS NOT NULL",
            name=op.f("ck_learner_record_signed_on_a_date"),
        ),
        sa.ForeignKeyConstraint(
            ["learner_id"],
            ["user_account.id"],
            name=op.f("fk_learner_record_learner_id_user_account"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_learner_record")),
        sa.UniqueConstraint("uuid", name=op.f("uq_learner_record_uuid")),
        sa.UniqueConstraint("learner_id", name=op.f("uq_learner_record_learner_id")),
    )


def downgrade() -> None:
    op.drop_table("learner_record")
    # Lines about records stay in the log, which nobody may change; only new ones are refused.
    _allow_purposes(*_PURPOSES, is_of_old_lines=False)
    op.execute("DELETE FROM issuer_key WHERE issuer_id IS NULL")
    op.drop_index("uq_issuer_key_host", table_name="issuer_key")
    op.alter_column("issuer_key", "issuer_id", existing_type=sa.BigInteger(), nullable=False)


def _allow_purposes(*purposes: str, is_of_old_lines: bool = True) -> None:
    name = op.f("ck_logged_signature_signaturepurpose")
    named = ", ".join(f"'{purpose}'" for purpose in purposes)
    op.drop_constraint(name, "logged_signature", type_="check")
    op.create_check_constraint(
        name,
        "logged_signature",
        f"purpose IN ({named})",
        postgresql_not_valid=not is_of_old_lines,
    )
