"""Let learners say how it went: words of their own beside a badge, for themselves alone."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "badge_reflection",
        sa.Column("credential_id", sa.BigInteger(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("words <> ''", name=op.f("ck_badge_reflection_says_something")),
        sa.ForeignKeyConstraint(
            ["credential_id"],
            ["achievement_credential.id"],
            name=op.f("fk_badge_reflection_credential_id_achievement_credential"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("credential_id", name=op.f("pk_badge_reflection")),
    )


def downgrade() -> None:
    op.drop_table("badge_reflection")
