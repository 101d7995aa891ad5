"""Know issuers elsewhere, and give our own a key for badges that are signed as a whole."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "issuer_token_key",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("issuer_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("public_jwk", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("encrypted_private_key", sa.LargeBinary(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["issuer_id"],
            ["provider.id"],
            name=op.f("fk_issuer_token_key_issuer_id_provider"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issuer_token_key")),
        sa.UniqueConstraint("issuer_id", "name", name=op.f("uq_issuer_token_key_issuer_id_name")),
    )
    op.create_index(
        "uq_issuer_token_key_current",
        "issuer_token_key",
        ["issuer_id"],
        unique=True,
        postgresql_where=sa.text("retired_at IS NULL"),
    )
    op.create_table(
        "trusted_issuer",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("issuer_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trusted_issuer")),
        sa.UniqueConstraint("issuer_id", name=op.f("uq_trusted_issuer_issuer_id")),
    )


def downgrade() -> None:
    op.drop_table("trusted_issuer")
    op.drop_index(
        "uq_issuer_token_key_current",
        table_name="issuer_token_key",
        postgresql_where=sa.text("retired_at IS NULL"),
    )
    op.drop_table("issuer_token_key")
