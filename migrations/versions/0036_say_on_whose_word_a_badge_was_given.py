"""Say on whose word a badge was given, where a body's badge is given by an organisation that belongs to it."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("achievement_credential", sa.Column("source_id", sa.BigInteger()))
    op.create_foreign_key(
        op.f("fk_achievement_credential_source_id_provider"),
        "achievement_credential",
        "provider",
        ["source_id"],
        ["id"],
    )
    op.create_check_constraint(
        op.f("ck_achievement_credential_source_is_another"),
        "achievement_credential",
        "source_id <> issuer_id",
    )


def downgrade() -> None:
    op.drop_column("achievement_credential", "source_id")
