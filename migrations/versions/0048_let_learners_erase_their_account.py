"""Let learners erase their account: what others confirmed stays, without who."""

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

_METHODS = ("tap", "everyone", "scan", "typed_code", "walk_in", "paper", "learner_says")
_BANDS = ("11-12", "13-15", "16-17", "18-24", "25+")

_FOR_GOOD = """
CREATE FUNCTION traced_for_good() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- It goes with its session, and never otherwise.
    IF TG_OP = 'DELETE' AND TG_TABLE_NAME = 'attendance_trace' THEN
        IF NOT EXISTS (
            SELECT FROM scheduled_session WHERE id = (to_jsonb(OLD) ->> 'scheduled_session_id')::bigint
        ) THEN
            RETURN OLD;
        END IF;
    END IF;
    RAISE EXCEPTION 'What stays of somebody who is gone is never changed.'
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER traced_for_good BEFORE UPDATE OR DELETE ON attendance_trace
    FOR EACH ROW EXECUTE FUNCTION traced_for_good();
CREATE TRIGGER traced_for_good BEFORE UPDATE OR DELETE ON erasure
    FOR EACH ROW EXECUTE FUNCTION traced_for_good();
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    table = "attendance_trace"
    op.create_table(
        table,
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("scheduled_session_id", sa.BigInteger(), nullable=False),
        sa.Column("confirmed_by_id", sa.BigInteger(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "method",
            sa.Enum(*_METHODS, name="method", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("home_lsoa_code", sa.Text(), nullable=False),
        sa.Column(
            "age_band",
            sa.Enum(*_BANDS, name="ageband", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("pseudonym", sa.Uuid(), nullable=False),
        sa.CheckConstraint(sa.column("method").in_(_METHODS), name=op.f(f"ck_{table}_method")),
        sa.CheckConstraint(sa.column("age_band").in_(_BANDS), name=op.f(f"ck_{table}_ageband")),
        sa.CheckConstraint("minutes > 0", name=op.f(f"ck_{table}_minutes_positive")),
        _to(table, "scheduled_session_id", "scheduled_session", "id", "CASCADE"),
        _to(table, "confirmed_by_id", "user_account", "id"),
        _to(table, "home_lsoa_code", "area", "lsoa_code"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("uuid", name=op.f(f"uq_{table}_uuid")),
    )
    for column in ("scheduled_session_id", "home_lsoa_code"):
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])
    op.create_table(
        "erasure",
        sa.Column("learner_hash", sa.Text(), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("learner_hash", name=op.f("pk_erasure")),
    )
    op.execute(_FOR_GOOD)


def _to(
    table: str, column: str, other: str, key: str, ondelete: str | None = None
) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.{key}"], name=name, ondelete=ondelete)


def downgrade() -> None:
    op.drop_table("erasure")
    op.drop_table("attendance_trace")
    op.execute("DROP FUNCTION traced_for_good")
