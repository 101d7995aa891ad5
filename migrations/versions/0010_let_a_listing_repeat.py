"""Let a listing repeat by a rule, in term or out of it, and let a session be called off."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

#: As in migration 0004, without the sessions that will not be held.
COMING = """
CREATE OR REPLACE FUNCTION coming_of(
    opportunity bigint, since timestamptz, OUT starts timestamptz[], OUT session_ids bigint[]
) LANGUAGE sql STABLE AS $$
    SELECT array_agg(starts_at ORDER BY starts_at), array_agg(id ORDER BY starts_at) FROM (
        SELECT starts_at, min(id) AS id FROM scheduled_session
        WHERE opportunity_id = opportunity AND remaining_capacity > 0 AND starts_at >= since
            AND cancelled_at IS NULL
        GROUP BY starts_at
    ) coming
$$
"""
OLD_COMING = """
CREATE OR REPLACE FUNCTION coming_of(
    opportunity bigint, since timestamptz, OUT starts timestamptz[], OUT session_ids bigint[]
) LANGUAGE sql STABLE AS $$
    SELECT array_agg(starts_at ORDER BY starts_at), array_agg(id ORDER BY starts_at) FROM (
        SELECT starts_at, min(id) AS id FROM scheduled_session
        WHERE opportunity_id = opportunity AND remaining_capacity > 0 AND starts_at >= since
        GROUP BY starts_at
    ) coming
$$
"""

CALLER = """
CREATE OR REPLACE TRIGGER search_after_update AFTER UPDATE ON scheduled_session FOR EACH ROW
    WHEN ((OLD.remaining_capacity > 0) <> (NEW.remaining_capacity > 0)
        OR OLD.starts_at <> NEW.starts_at OR OLD.opportunity_id <> NEW.opportunity_id{more})
    EXECUTE FUNCTION search_after_session();
"""


def upgrade() -> None:
    op.create_table(
        "school_term",
        sa.Column("city_id", sa.BigInteger(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_school_term_ends_after_start")),
        sa.ForeignKeyConstraint(
            ["city_id"],
            ["city.id"],
            name=op.f("fk_school_term_city_id_city"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("city_id", "starts_on", name=op.f("pk_school_term")),
        postgresql.ExcludeConstraint(
            ("city_id", "="),
            (sa.text("daterange(starts_on, ends_on, '[]')"), "&&"),
            name="ex_school_term_one_at_a_time",
            using="gist",
        ),
    )
    op.create_table(
        "schedule",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("opportunity_id", sa.BigInteger(), nullable=False),
        sa.Column("rrule", sa.Text(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("start_time", sa.Time(), nullable=False),
        sa.Column("end_time", sa.Time(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column(
            "school",
            sa.Enum(
                "always",
                "term",
                "holidays",
                name="schooldays",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.Column("left_out", postgresql.ARRAY(sa.Date()), nullable=False),
        sa.Column("added", postgresql.ARRAY(sa.Date()), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("end_time > start_time", name=op.f("ck_schedule_ends_after_start")),
        sa.CheckConstraint("until >= first_on", name=op.f("ck_schedule_until_after_first")),
        sa.CheckConstraint("places BETWEEN 1 AND 500", name=op.f("ck_schedule_places")),
        sa.CheckConstraint("char_length(rrule) <= 200", name=op.f("ck_schedule_rrule_short")),
        sa.ForeignKeyConstraint(
            ["opportunity_id"],
            ["opportunity.id"],
            name=op.f("fk_schedule_opportunity_id_opportunity"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedule")),
        sa.UniqueConstraint("opportunity_id", name=op.f("uq_schedule_opportunity_id")),
    )
    op.create_table(
        "schedule_occurrence",
        sa.Column("schedule_id", sa.BigInteger(), nullable=False),
        sa.Column("occurs_on", sa.Date(), nullable=False),
        sa.Column("scheduled_session_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["schedule_id"],
            ["schedule.id"],
            name=op.f("fk_schedule_occurrence_schedule_id_schedule"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["scheduled_session_id"],
            ["scheduled_session.id"],
            name=op.f("fk_schedule_occurrence_scheduled_session_id_scheduled_session"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("schedule_id", "occurs_on", name=op.f("pk_schedule_occurrence")),
        sa.UniqueConstraint(
            "scheduled_session_id", name=op.f("uq_schedule_occurrence_scheduled_session_id")
        ),
    )
    op.add_column(
        "scheduled_session", sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.execute(COMING)
    op.execute(CALLER.replace("{more}", " OR OLD.cancelled_at IS DISTINCT FROM NEW.cancelled_at"))


def downgrade() -> None:
    op.execute(OLD_COMING)
    op.execute(CALLER.replace("{more}", ""))
    op.drop_column("scheduled_session", "cancelled_at")
    op.drop_table("schedule_occurrence")
    op.drop_table("schedule")
    op.drop_table("school_term")
