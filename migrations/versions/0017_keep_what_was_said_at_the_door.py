"""Keep what was said at the door, by whom and how, and who came without an account."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0021"
branch_labels = None
depends_on = None

AGE_BANDS = ("11-12", "13-15", "16-17", "18-24")
METHODS = ("tap", "everyone", "scan", "typed_code", "walk_in", "paper", "learner_says")

#: What was said goes with its booking, and never otherwise.
FOR_GOOD = """
CREATE FUNCTION said_for_good() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND NOT EXISTS (SELECT FROM booking WHERE id = OLD.booking_id) THEN
        RETURN OLD;
    END IF;
    RAISE restrict_violation USING MESSAGE = 'what was said at the door is never changed';
END $$;
CREATE TRIGGER said_for_good BEFORE UPDATE OR DELETE ON attendance_mark
    FOR EACH ROW EXECUTE FUNCTION said_for_good();
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column(
        "attendance",
        sa.Column("method", one_of("method", METHODS), server_default="tap", nullable=False),
    )
    op.create_table(
        "absence",
        sa.Column("booking_id", sa.BigInteger(), nullable=False),
        sa.Column("recorded_by_id", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        of("absence", "booking_id", "booking", "CASCADE"),
        of("absence", "recorded_by_id", "user_account"),
        sa.PrimaryKeyConstraint("booking_id", name=op.f("pk_absence")),
    )
    op.create_table(
        "attendance_mark",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("booking_id", sa.BigInteger(), nullable=False),
        sa.Column("said", one_of("said", ("here", "away", "nothing")), nullable=False),
        sa.Column("method", one_of("method", METHODS), nullable=False),
        sa.Column("marked_by_id", sa.BigInteger(), nullable=False),
        sa.Column("device_uuid", sa.Uuid(), nullable=True),
        sa.Column("device_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        of("attendance_mark", "booking_id", "booking", "CASCADE"),
        of("attendance_mark", "marked_by_id", "user_account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attendance_mark")),
        sa.UniqueConstraint("uuid", name=op.f("uq_attendance_mark_uuid")),
    )
    op.create_index(
        "ix_attendance_mark_booking_id",
        "attendance_mark",
        ["booking_id", "marked_by_id", "device_uuid"],
    )
    op.execute(FOR_GOOD)
    op.create_table(
        "guest",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("scheduled_session_id", sa.BigInteger(), nullable=False),
        sa.Column("first_name", sa.Text(), nullable=True),
        sa.Column("age_band", one_of("ageband", AGE_BANDS), nullable=False),
        sa.Column("added_by_id", sa.BigInteger(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "char_length(first_name) BETWEEN 1 AND 40", name=op.f("ck_guest_first_name_short")
        ),
        of("guest", "scheduled_session_id", "scheduled_session", "CASCADE"),
        of("guest", "added_by_id", "user_account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guest")),
        sa.UniqueConstraint("uuid", name=op.f("uq_guest_uuid")),
    )
    op.create_index(op.f("ix_guest_scheduled_session_id"), "guest", ["scheduled_session_id"])
    op.create_table(
        "booking_care",
        sa.Column("booking_id", sa.BigInteger(), nullable=False),
        sa.Column("contact_name", sa.Text(), nullable=False),
        sa.Column("contact_phone", sa.Text(), nullable=False),
        sa.Column("leaves_alone", sa.Boolean(), nullable=True),
        sa.CheckConstraint(
            "char_length(contact_name) <= 60 AND char_length(contact_phone) <= 30",
            name=op.f("ck_booking_care_short"),
        ),
        sa.CheckConstraint(
            "(contact_name = '') = (contact_phone = '')",
            name=op.f("ck_booking_care_contact_is_whole"),
        ),
        of("booking_care", "booking_id", "booking", "CASCADE"),
        sa.PrimaryKeyConstraint("booking_id", name=op.f("pk_booking_care")),
    )


def one_of(name: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def of(table: str, column: str, other: str, ondelete: str | None = None):
    return sa.ForeignKeyConstraint(
        [column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}"), ondelete=ondelete
    )


def downgrade() -> None:
    for table in ("booking_care", "guest", "attendance_mark", "absence"):
        op.drop_table(table)
    op.execute("DROP FUNCTION said_for_good()")
    op.drop_column("attendance", "method")
