"""Let learners say hello in their own voice at the top of their profile."""

import sqlalchemy as sa
from alembic import op

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    table = "evidence_piece"
    op.add_column(
        table, sa.Column("is_hello", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.create_check_constraint(
        op.f("ck_evidence_piece_hello_is_spoken"),
        table,
        "NOT is_hello OR (kind IN ('audio', 'video') AND state = 'ready')",
    )
    op.create_index(
        "uq_evidence_piece_hello",
        table,
        ["learner_id"],
        unique=True,
        postgresql_where=sa.text("is_hello"),
    )


def downgrade() -> None:
    op.drop_index("uq_evidence_piece_hello", "evidence_piece")
    op.drop_constraint(op.f("ck_evidence_piece_hello_is_spoken"), "evidence_piece", type_="check")
    op.drop_column("evidence_piece", "is_hello")
