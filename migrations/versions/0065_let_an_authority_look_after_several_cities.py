"""Put cities together into regions, and let an officer work for a region instead of a city."""

import sqlalchemy as sa
from alembic import op

revision = "0065"
down_revision = "0064"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "region",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_cy", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_region")),
        sa.UniqueConstraint("slug", name=op.f("uq_region_slug")),
    )
    op.create_table(
        "region_city",
        sa.Column("region_id", sa.BigInteger(), nullable=False),
        sa.Column("city_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            *(["region_id"], ["region.id"]),
            name=op.f("fk_region_city_region_id_region"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["city_id"], ["city.id"], name=op.f("fk_region_city_city_id_city"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("region_id", "city_id", name=op.f("pk_region_city")),
        sa.UniqueConstraint("city_id", name=op.f("uq_region_city_city_id")),
    )
    op.add_column("user_account", sa.Column("region_id", sa.BigInteger()))
    op.create_foreign_key(
        op.f("fk_user_account_region_id_region"),
        *("user_account", "region", ["region_id"], ["id"]),
    )
    for name, rule in (
        ("city_or_region", "num_nonnulls(city_id, region_id) <= 1"),
        (
            "region_has_officers_alone",
            "region_id IS NULL OR role IN ('authority_officer', 'city_admin')",
        ),
    ):
        op.create_check_constraint(op.f(f"ck_user_account_{name}"), "user_account", rule)


def downgrade() -> None:
    op.drop_column("user_account", "region_id")
    op.drop_table("region_city")
    op.drop_table("region")
