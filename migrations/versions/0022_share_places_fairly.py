"""Let a city say how many places are held by who does not come, and keep places for groups it names."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "no_show_rule",
        sa.Column("city_id", sa.BigInteger(), nullable=False),
        sa.Column("absences", sa.Integer(), nullable=False),
        sa.Column("within_days", sa.Integer(), nullable=False),
        sa.Column("most_to_come", sa.Integer(), nullable=False),
        sa.Column("set_by_id", sa.BigInteger(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "absences BETWEEN 2 AND 10", name=op.f("ck_no_show_rule_absences_bounds")
        ),
        sa.CheckConstraint(
            "within_days BETWEEN 14 AND 120", name=op.f("ck_no_show_rule_within_days_bounds")
        ),
        sa.CheckConstraint(
            "most_to_come BETWEEN 1 AND 5", name=op.f("ck_no_show_rule_most_to_come_bounds")
        ),
        sa.ForeignKeyConstraint(
            ["city_id"], ["city.id"], name=op.f("fk_no_show_rule_city_id_city"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["set_by_id"], ["user_account.id"], name=op.f("fk_no_show_rule_set_by_id_user_account")
        ),
        sa.PrimaryKeyConstraint("city_id", name=op.f("pk_no_show_rule")),
    )


def downgrade() -> None:
    op.drop_table("no_show_rule")
