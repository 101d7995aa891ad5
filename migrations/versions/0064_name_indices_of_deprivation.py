"""Name each index of deprivation, keep parts of them, and let a city choose which to compare."""

from datetime import date

import sqlalchemy as sa
from alembic import op

revision = "0064"
down_revision = "0060"
branch_labels = None
depends_on = None

_MHCLG = "Ministry of Housing, Communities and Local Government"
_IOD = (
    ("iod2019", "2019", date(2019, 9, 26), _MHCLG),
    ("iod2025", "2025", date(2025, 10, 30), _MHCLG),
)
_PARTS = (
    ("idaci", "Children in low income (IDACI)", "Plant mewn incwm isel (IDACI)"),
    ("income", "Income", "Incwm"),
    ("employment", "Employment", "Cyflogaeth"),
    ("education", "Education, skills and training", "Addysg, sgiliau a hyfforddiant"),
    ("health", "Health and disability", "Iechyd ac anabledd"),
    ("crime", "Crime", "Troseddu"),
    ("housing", "Housing and services", "Tai a gwasanaethau"),
    ("environment", "Living environment", "Amgylchedd byw"),
)
_OTHERS = (
    (
        *("wimd2019", "Welsh Index of Multiple Deprivation 2019"),
        *("Mynegai Amddifadedd Lluosog Cymru 2019", "Welsh Government"),
        *("wales", date(2019, 11, 27)),
    ),
    (
        *("simd2020", "Scottish Index of Multiple Deprivation 2020"),
        *("Mynegai Amddifadedd Lluosog yr Alban 2020", "Scottish Government"),
        *("scotland", date(2020, 1, 28)),
    ),
    (
        *("nimdm2017", "Northern Ireland Multiple Deprivation Measure 2017"),
        *("Mesur Amddifadedd Lluosog Gogledd Iwerddon 2017",),
        *("Northern Ireland Statistics and Research Agency", "northern_ireland"),
        date(2017, 11, 23),
    ),
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    index = op.create_table(
        "deprivation_index",
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_cy", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("nation", sa.String(40), nullable=False),
        sa.Column("is_overall", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("published_on", sa.Date()),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'", name=op.f("ck_deprivation_index_slug_is_plain")
        ),
        sa.CheckConstraint(
            "NOT (is_overall AND slug LIKE 'custom-%')",
            name=op.f("ck_deprivation_index_custom_is_not_official"),
        ),
        sa.CheckConstraint(
            "nation IN ('england', 'wales', 'scotland', 'northern_ireland')",
            name=op.f("ck_deprivation_index_nation"),
        ),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_deprivation_index")),
    )
    op.bulk_insert(index, list(_published()))
    op.create_foreign_key(
        op.f("fk_deprivation_edition_deprivation_index"),
        *("deprivation", "deprivation_index", ["edition"], ["slug"]),
    )
    for column in ("score", "rank"):
        op.alter_column("deprivation", column, nullable=True)
    op.create_table(
        "city_index",
        sa.Column("city_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("edition", sa.Text(), nullable=False),
        sa.CheckConstraint("position BETWEEN 1 AND 3", name=op.f("ck_city_index_three_at_most")),
        sa.ForeignKeyConstraint(
            ["city_id"], ["city.id"], name=op.f("fk_city_index_city_id_city"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            *(["edition"], ["deprivation_index.slug"]),
            name=op.f("fk_city_index_edition_deprivation_index"),
        ),
        sa.PrimaryKeyConstraint("city_id", "position", name=op.f("pk_city_index")),
        sa.UniqueConstraint("city_id", "edition", name=op.f("uq_city_index_city_id_edition")),
    )


def downgrade() -> None:
    op.drop_table("city_index")
    op.drop_constraint(op.f("fk_deprivation_edition_deprivation_index"), "deprivation")
    op.execute("DELETE FROM deprivation WHERE edition NOT IN ('iod2019', 'iod2025')")
    for column in ("score", "rank"):
        op.alter_column("deprivation", column, nullable=False)
    op.drop_table("deprivation_index")


def _published():
    for slug, year, published_on, source in _IOD:
        name = f"English Indices of Deprivation {year}"
        name_cy = f"Mynegeion Amddifadedd Lloegr {year}"
        row = {"source": source, "nation": "england", "published_on": published_on}
        yield row | {"slug": slug, "name": name, "name_cy": name_cy, "is_overall": True}
        for part, words, words_cy in _PARTS:
            yield row | {
                "slug": f"{slug}-{part}",
                "name": f"{words}, {year}",
                "name_cy": f"{words_cy}, {year}",
                "is_overall": False,
            }
    for slug, name, name_cy, source, nation, published_on in _OTHERS:
        yield {
            **{"slug": slug, "name": name, "name_cy": name_cy, "source": source},
            **{"nation": nation, "published_on": published_on, "is_overall": True},
        }
