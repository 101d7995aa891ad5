"""Let a friend say they saw it, and say what sort of thing it was and what one practised."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0037"
down_revision = "0035"
branch_labels = None
depends_on = None

_CONSTRAINTS = (
    "pk_{}",
    "uq_{}_uuid",
    "uq_{}_token_hash",
    "fk_{}_activity_id_logged_activity",
    "ck_{}_expires_later",
    "ck_{}_name_short",
    "ck_{}_role_short",
)
_KINDS = ("activity", "volunteering", "work", "project", "course")


def upgrade() -> None:
    op.add_column(
        "logged_activity",
        sa.Column(
            "kind",
            sa.Enum(*_KINDS, name="loggedkind", native_enum=False, length=40),
            server_default="activity",
            nullable=False,
        ),
    )
    op.create_check_constraint(
        op.f("ck_logged_activity_loggedkind"),
        "logged_activity",
        sa.column("kind").in_(_KINDS),
    )
    op.add_column(
        "logged_activity",
        sa.Column("skills", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
    )
    _rename("adults_word", "witness")
    op.drop_index("uq_adults_word_open", table_name="witness")
    op.drop_constraint(op.f("ck_adults_word_answered_whole"), "witness", type_="check")
    op.add_column(
        "witness", sa.Column("is_friend", sa.Boolean(), server_default="false", nullable=False)
    )
    op.create_check_constraint(
        op.f("ck_witness_answered_whole"),
        "witness",
        "(answered_at IS NULL) = (was_so IS NULL) AND (name IS NULL) = (role IS NULL)"
        " AND (name IS NULL) = (answered_at IS NULL OR is_friend)",
    )
    op.create_index(
        "uq_witness_open",
        "witness",
        ["activity_id", "is_friend"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL AND was_so IS NOT FALSE"),
    )


def downgrade() -> None:
    op.execute("DELETE FROM witness WHERE is_friend")
    op.drop_index("uq_witness_open", table_name="witness")
    op.drop_constraint(op.f("ck_witness_answered_whole"), "witness", type_="check")
    op.drop_column("witness", "is_friend")
    _rename("witness", "adults_word")
    op.create_check_constraint(
        op.f("ck_adults_word_answered_whole"),
        "adults_word",
        "(answered_at IS NULL) = (was_so IS NULL) AND (answered_at IS NULL) = (name IS NULL)"
        " AND (answered_at IS NULL) = (role IS NULL)",
    )
    op.create_index(
        "uq_adults_word_open",
        "adults_word",
        ["activity_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL AND was_so IS NOT FALSE"),
    )
    op.drop_column("logged_activity", "skills")
    op.drop_constraint(op.f("ck_logged_activity_loggedkind"), "logged_activity", type_="check")
    op.drop_column("logged_activity", "kind")


def _rename(old: str, new: str) -> None:
    """Rename a table, and all that is called after it."""
    op.rename_table(old, new)
    op.execute(f"ALTER SEQUENCE {old}_id_seq RENAME TO {new}_id_seq")
    op.execute(f"ALTER INDEX ix_{old}_activity_id RENAME TO ix_{new}_activity_id")
    for name in _CONSTRAINTS:
        op.execute(f"ALTER TABLE {new} RENAME CONSTRAINT {name.format(old)} TO {name.format(new)}")
