"""Let an organisation belong to another, say who it is, and be joined by invitation."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "umbrella_request",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("umbrella_id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("asked_by_id", sa.BigInteger(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_agreed", sa.Boolean(), nullable=False),
        sa.CheckConstraint("umbrella_id <> member_id", name=op.f("ck_umbrella_request_of_two")),
        sa.CheckConstraint(
            "answered_at IS NOT NULL OR NOT is_agreed",
            name=op.f("ck_umbrella_request_agreed_is_answered"),
        ),
        sa.ForeignKeyConstraint(
            ["umbrella_id"],
            ["provider.id"],
            name=op.f("fk_umbrella_request_umbrella_id_provider"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["provider.id"],
            name=op.f("fk_umbrella_request_member_id_provider"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["asked_by_id"],
            ["user_account.id"],
            name=op.f("fk_umbrella_request_asked_by_id_user_account"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_umbrella_request")),
        sa.UniqueConstraint("uuid", name=op.f("uq_umbrella_request_uuid")),
    )
    op.create_index(op.f("ix_umbrella_request_member_id"), "umbrella_request", ["member_id"])
    op.create_index(
        "uq_umbrella_request_open",
        "umbrella_request",
        ["umbrella_id", "member_id"],
        unique=True,
        postgresql_where=sa.text("answered_at IS NULL"),
    )
    op.add_column(
        "provider", sa.Column("identity_given_at", sa.DateTime(timezone=True), nullable=True)
    )
    # Whom an officer has looked at has said who it is.
    op.execute("UPDATE provider SET identity_given_at = identity_checked_at")
    op.add_column("invitation", sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("invitation", "answered_at")
    op.drop_column("provider", "identity_given_at")
    op.drop_table("umbrella_request")
