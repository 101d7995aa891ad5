"""Say which level a course has that leads to a qualification."""

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("logged_activity", sa.Column("qualification_level", sa.SmallInteger()))
    op.create_check_constraint(
        op.f("ck_logged_activity_level_of_a_course"),
        "logged_activity",
        "qualification_level IS NULL OR qualification_level BETWEEN 1 AND 8 AND kind = 'course'",
    )


def downgrade() -> None:
    op.drop_constraint(
        op.f("ck_logged_activity_level_of_a_course"), "logged_activity", type_="check"
    )
    op.drop_column("logged_activity", "qualification_level")
