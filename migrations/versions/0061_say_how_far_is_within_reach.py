"""Say how far is within reach, for each city and way to travel."""

import sqlalchemy as sa
from alembic import op

revision = "0061"
down_revision = "0062"
branch_labels = None
depends_on = None

_MODES = ("walk", "bus", "drive")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    table = "catchment_distance"
    op.create_table(
        table,
        sa.Column("city_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "mode",
            sa.Enum(*_MODES, name="mode", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("metres", sa.Integer(), nullable=False),
        sa.CheckConstraint(sa.column("mode").in_(_MODES), name=op.f(f"ck_{table}_mode")),
        sa.CheckConstraint(
            "metres BETWEEN 200 AND 60000", name=op.f(f"ck_{table}_metres_make_sense")
        ),
        sa.ForeignKeyConstraint(
            ["city_id"],
            ["city.id"],
            name=op.f(f"fk_{table}_city_id_city"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("city_id", "mode", name=op.f(f"pk_{table}")),
    )


def downgrade() -> None:
    op.drop_table("catchment_distance")
