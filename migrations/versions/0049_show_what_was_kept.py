"""Let a learner show what they kept: to the adults who help, and in a pack."""

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0046"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "evidence_piece",
        sa.Column("is_shared", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.create_check_constraint(
        op.f("ck_evidence_piece_no_try_is_shared"), "evidence_piece", "NOT (is_shared AND is_try)"
    )
    op.create_table(
        "pack_piece",
        sa.Column("pack_id", sa.BigInteger(), nullable=False),
        sa.Column("piece_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["pack_id"], ["pack.id"], name=op.f("fk_pack_piece_pack_id_pack"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["piece_id"],
            ["evidence_piece.id"],
            name=op.f("fk_pack_piece_piece_id_evidence_piece"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("pack_id", "piece_id", name=op.f("pk_pack_piece")),
    )


def downgrade() -> None:
    op.drop_table("pack_piece")
    op.drop_constraint(op.f("ck_evidence_piece_no_try_is_shared"), "evidence_piece", type_="check")
    op.drop_column("evidence_piece", "is_shared")
