"""Keep what people wish there was, by area and month only, and nothing of who wished."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "wish",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("city_id", sa.BigInteger(), nullable=False),
        sa.Column("lsoa_code", sa.Text(), nullable=True),
        sa.Column(
            "category",
            sa.Enum(
                "civic",
                "arts_and_culture",
                "nature_and_adventure",
                "sport",
                "life_skills",
                name="category",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.CheckConstraint("char_length(words) <= 60", name=op.f("ck_wish_words_short")),
        sa.CheckConstraint(
            "category IS NOT NULL OR words <> ''", name=op.f("ck_wish_wishes_something")
        ),
        sa.CheckConstraint("extract(day FROM month) = 1", name=op.f("ck_wish_no_day")),
        sa.ForeignKeyConstraint(
            ["city_id"], ["city.id"], name=op.f("fk_wish_city_id_city"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["lsoa_code"],
            ["area.lsoa_code"],
            name=op.f("fk_wish_lsoa_code_area"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wish")),
    )
    op.create_index(op.f("ix_wish_lsoa_code"), "wish", ["lsoa_code"], unique=False)
    op.create_index("ix_wish_city_id_month", "wish", ["city_id", "month"], unique=False)
    op.create_index(
        "uq_wish_words",
        "wish",
        [
            "city_id",
            sa.text("coalesce(lsoa_code, '')"),
            sa.text("replace(lower(words), ' ', '')"),
            "month",
        ],
        unique=True,
        postgresql_where=sa.text("words <> ''"),
    )
    op.create_index(
        "uq_wish_category",
        "wish",
        ["city_id", sa.text("coalesce(lsoa_code, '')"), "category", "month"],
        unique=True,
        postgresql_where=sa.text("words = ''"),
    )


def downgrade() -> None:
    op.drop_table("wish")
