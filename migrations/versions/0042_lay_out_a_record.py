"""Lay out a record in strands, and keep what a learner chooses about its lines."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

_KINDS = ("came", "badge", "imported", "logged")
_STRANDS = (
    {
        "key": "foundations",
        "name": "Foundations",
        "name_cy": "Sylfeini",
        "about": "Reading and writing, numbers, talking to a group, and digital tools.",
        "about_cy": "Darllen ac ysgrifennu, rhifau, siarad â grŵp, ac offer digidol.",
        "takes": ["foundation"],
    },
    {
        "key": "broad",
        "name": "Broad learning",
        "name_cy": "Dysgu eang",
        "about": "Courses, lessons, and things I tried.",
        "about_cy": "Cyrsiau, gwersi, a phethau y rhoddais gynnig arnyn nhw.",
        "takes": ["course", "elsewhere", "other"],
    },
    {
        "key": "own_work",
        "name": "Work that means something to me",
        "name_cy": "Gwaith sy'n golygu rhywbeth i mi",
        "about": "Projects, work experience, and helping others.",
        "about_cy": "Prosiectau, profiad gwaith, a helpu eraill.",
        "takes": ["work", "volunteering", "project"],
    },
    {
        "key": "essential",
        "name": "Skills for everything",
        "name_cy": "Sgiliau at bopeth",
        "about": "Communicating, creating, and working together.",
        "about_cy": "Cyfathrebu, creu, a chydweithio.",
        "takes": ["skill"],
    },
)


def upgrade() -> None:
    strand = op.create_table(
        "record_strand",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("city_id", sa.BigInteger(), nullable=True),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_cy", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("about_cy", sa.Text(), nullable=False),
        sa.Column("takes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.CheckConstraint(
            "name <> '' AND name_cy <> ''",
            name=op.f("ck_record_strand_named_in_both_languages"),
        ),
        sa.ForeignKeyConstraint(
            ["city_id"], ["city.id"], name=op.f("fk_record_strand_city_id_city"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record_strand")),
        sa.UniqueConstraint(
            "city_id",
            "key",
            name=op.f("uq_record_strand_city_id_key"),
            postgresql_nulls_not_distinct=True,
        ),
        sa.UniqueConstraint(
            "city_id",
            "position",
            name=op.f("uq_record_strand_city_id_position"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.bulk_insert(
        strand, [{"position": place, **each} for place, each in enumerate(_STRANDS, start=1)]
    )
    op.create_table(
        "sufficiency_rule",
        sa.Column("city_id", sa.BigInteger(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("contexts", sa.Integer(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "points >= contexts AND points >= people",
            name=op.f("ck_sufficiency_rule_points_at_least"),
        ),
        sa.CheckConstraint(
            "contexts >= 1 AND people >= 1", name=op.f("ck_sufficiency_rule_of_somebody_somewhere")
        ),
        sa.ForeignKeyConstraint(
            ["city_id"],
            ["city.id"],
            name=op.f("fk_sufficiency_rule_city_id_city"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("city_id", name=op.f("pk_sufficiency_rule")),
    )
    op.create_table(
        "line_choice",
        sa.Column("learner_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(*_KINDS, name="linekind", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("is_hidden", sa.Boolean(), nullable=False),
        sa.Column("counts", sa.Boolean(), nullable=False),
        sa.Column("strand_key", sa.Text(), nullable=True),
        sa.CheckConstraint(sa.column("kind").in_(_KINDS), name=op.f("ck_line_choice_linekind")),
        sa.ForeignKeyConstraint(
            ["learner_id"],
            ["user_account.id"],
            name=op.f("fk_line_choice_learner_id_user_account"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("learner_id", "kind", "uuid", name=op.f("pk_line_choice")),
    )
    op.create_index("ix_booking_learner_id", "booking", ["learner_id"])


def downgrade() -> None:
    op.drop_index("ix_booking_learner_id", table_name="booking")
    op.drop_table("line_choice")
    op.drop_table("sufficiency_rule")
    op.drop_table("record_strand")
