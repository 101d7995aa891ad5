"""Let a learner pack what they show: things they did, strengths, and what they write of them."""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

_KINDS = (
    "show", "ucas", "cv", "apprenticeship", "interview", "moving_up", "work_experience", "project",
)  # fmt: skip
_LINES = ("came", "badge", "imported", "logged")


def upgrade() -> None:
    _rename("share_link", "pack")
    op.add_column(
        "pack",
        sa.Column(
            "kind",
            sa.Enum(*_KINDS, name="packkind", native_enum=False, length=40),
            server_default="show",
            nullable=False,
        ),
    )
    op.create_check_constraint(op.f("ck_pack_packkind"), "pack", sa.column("kind").in_(_KINDS))
    op.add_column("pack", sa.Column("intro", sa.Text(), server_default="", nullable=False))
    op.create_check_constraint(op.f("ck_pack_intro_short"), "pack", "char_length(intro) <= 300")
    op.create_table(
        "pack_line",
        sa.Column("pack_id", sa.BigInteger(), nullable=False),
        _line_kind(),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        _known("pack_line"),
        sa.ForeignKeyConstraint(
            ["pack_id"], ["pack.id"], name=op.f("fk_pack_line_pack_id_pack"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("pack_id", "kind", "uuid", name=op.f("pk_pack_line")),
    )
    op.create_table(
        "pack_strength",
        sa.Column("pack_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("skill", sa.String(length=40), nullable=True),
        _line_kind(),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        _known("pack_strength"),
        sa.CheckConstraint(
            "skill IN ('literacy', 'numeracy', 'oracy', 'digital', 'listening', 'speaking', "
            "'problem_solving', 'creativity', 'adapting', 'planning', 'leadership', 'teamwork')",
            name=op.f("ck_pack_strength_skill"),
        ),
        sa.CheckConstraint("position BETWEEN 1 AND 3", name=op.f("ck_pack_strength_three_at_most")),
        sa.CheckConstraint(
            "char_length(words) BETWEEN 1 AND 90", name=op.f("ck_pack_strength_words_short")
        ),
        *_of_a_line("pack_strength"),
        sa.PrimaryKeyConstraint("pack_id", "position", name=op.f("pk_pack_strength")),
    )
    op.create_table(
        "pack_sentence",
        sa.Column("pack_id", sa.BigInteger(), nullable=False),
        sa.Column("section", sa.Text(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        _line_kind(),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        _known("pack_sentence"),
        sa.CheckConstraint(
            "char_length(words) BETWEEN 1 AND 1000", name=op.f("ck_pack_sentence_words_short")
        ),
        sa.CheckConstraint("position BETWEEN 1 AND 20", name=op.f("ck_pack_sentence_few")),
        *_of_a_line("pack_sentence"),
        sa.PrimaryKeyConstraint("pack_id", "section", "position", name=op.f("pk_pack_sentence")),
    )


def downgrade() -> None:
    for table in ("pack_sentence", "pack_strength", "pack_line"):
        op.drop_table(table)
    op.drop_constraint(op.f("ck_pack_intro_short"), "pack", type_="check")
    op.drop_column("pack", "intro")
    op.drop_constraint(op.f("ck_pack_packkind"), "pack", type_="check")
    op.drop_column("pack", "kind")
    _rename("pack", "share_link")


def _line_kind() -> sa.Column:
    kinds = sa.Enum(*_LINES, name="linekind", native_enum=False, length=40)
    return sa.Column("kind", kinds, nullable=False)


def _known(table: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(sa.column("kind").in_(_LINES), name=op.f(f"ck_{table}_linekind"))


def _of_a_line(table: str) -> tuple[sa.Constraint, ...]:
    return (
        sa.ForeignKeyConstraint(
            ["pack_id", "kind", "uuid"],
            ["pack_line.pack_id", "pack_line.kind", "pack_line.uuid"],
            name=op.f(f"fk_{table}_pack_id_pack_line"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["pack_id"], ["pack.id"], name=op.f(f"fk_{table}_pack_id_pack"), ondelete="CASCADE"
        ),
    )


def _rename(old: str, new: str) -> None:
    """Rename the two tables, and all that is called after them."""
    op.rename_table(old, new)
    op.rename_table(f"{old}_badge", f"{new}_badge")
    op.alter_column(f"{new}_badge", f"{old}_id", new_column_name=f"{new}_id")
    op.execute(f"ALTER SEQUENCE {old}_id_seq RENAME TO {new}_id_seq")
    op.execute(f"ALTER INDEX ix_{old}_learner_id RENAME TO ix_{new}_learner_id")
    for name in ("pk_{}", "uq_{}_uuid", "uq_{}_token_hash", "ck_{}_expires_later"):
        _rename_constraint(new, name.format(old), name.format(new))
    _rename_constraint(
        new, f"fk_{old}_learner_id_user_account", f"fk_{new}_learner_id_user_account"
    )
    for name in (
        "pk_{0}_badge",
        "fk_{0}_badge_{0}_id_{0}",
        "fk_{0}_badge_credential_id_achievement_credential",
    ):
        _rename_constraint(f"{new}_badge", name.format(old), name.format(new))


def _rename_constraint(table: str, old: str, new: str) -> None:
    op.execute(f"ALTER TABLE {table} RENAME CONSTRAINT {old} TO {new}")
