"""Let learners take all that is theirs along, bring it to another site, and keep it at any age."""

import re

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0047"
down_revision = "0056"
branch_labels = None
depends_on = None

_BANDS, _LINES, _PURPOSES, _NOTICES = ("25+",), ("brought",), ("bundle",), ("bundle_ready",)
#: What takes one more word than before: the table, its column, the name of the rule, and the words.
_WIDER = (
    ("user_account", "age_band", "ageband", _BANDS),
    ("guest", "age_band", "ageband", _BANDS),
    ("line_choice", "kind", "linekind", _LINES),
    ("pack_line", "kind", "linekind", _LINES),
    ("pack_strength", "kind", "linekind", _LINES),
    ("pack_sentence", "kind", "linekind", _LINES),
    ("logged_signature", "purpose", "signaturepurpose", _PURPOSES),
    ("notice", "kind", "noticekind", _NOTICES),
)
_SORTS = (
    *("foundation", "skill", "work", "volunteering", "project", "course", "elsewhere", "other"),
)
_RUNGS = ("said", "seen", "confirmed", "observed", "endorsed")
_BUNDLE_STATES = ("waiting", "ready", "failed")
_BROUGHT_STATES = ("waiting", "kept", "refused")
_WHY_NOT = (
    *("no_bundle", "too_large", "unsafe", "changed", "signature", "unreadable", "newer", "own"),
    *("taken", "failed"),
)
_ONE_BAND, _BOTH_BANDS = "band = '18-24'", "band IN ('18-24', '25+')"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table, column, rule, words in _WIDER:
        _take(table, column, rule, _taken(table, rule) | set(words))
    _reword("supporter_link_holds", _ONE_BAND, _BOTH_BANDS)
    op.add_column(
        "pack", sa.Column("shows_number", sa.Boolean(), server_default="false", nullable=False)
    )
    _create_learner_number()
    _create_brought_line()
    _create_bundle()
    _create_brought_bundle()


def _create_learner_number() -> None:
    table = "learner_number"
    op.create_table(
        table,
        sa.Column("learner_id", sa.BigInteger(), nullable=False),
        sa.Column("uln", sa.Text(), nullable=False),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("uln ~ '^[1-9][0-9]{9}$'", name=op.f(f"ck_{table}_ten_digits")),
        _of_learner(table),
        sa.PrimaryKeyConstraint("learner_id", name=op.f(f"pk_{table}")),
    )


def _create_brought_line() -> None:
    table = "brought_line"
    op.create_table(
        table,
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("learner_id", sa.BigInteger(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("is_trusted", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("skills", postgresql.ARRAY(sa.Text()), nullable=False),
        _word("sort", "sort", _SORTS),
        _word("rung", "rung", _RUNGS),
        sa.Column("brought_at", sa.DateTime(timezone=True), nullable=False),
        _one_of(table, "sort", "sort", _SORTS),
        _one_of(table, "rung", "rung", _RUNGS),
        sa.CheckConstraint(
            "char_length(title) BETWEEN 1 AND 120", name=op.f(f"ck_{table}_title_short")
        ),
        sa.CheckConstraint("char_length(who) <= 170", name=op.f(f"ck_{table}_who_short")),
        sa.CheckConstraint(
            "char_length(host) BETWEEN 1 AND 253", name=op.f(f"ck_{table}_of_a_host")
        ),
        sa.CheckConstraint(
            "minutes BETWEEN 1 AND 100000", name=op.f(f"ck_{table}_minutes_positive")
        ),
        sa.CheckConstraint("rung <> 'endorsed'", name=op.f(f"ck_{table}_endorsed_by_nobody")),
        sa.CheckConstraint(
            "is_trusted OR rung = 'said'", name=op.f(f"ck_{table}_believed_of_known_hosts")
        ),
        sa.CheckConstraint(
            "rung = 'said' OR who <> ''", name=op.f(f"ck_{table}_confirmed_by_someone")
        ),
        _of_learner(table),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("uuid", name=op.f(f"uq_{table}_uuid")),
    )
    op.create_index(f"ix_{table}_learner_id", table, ["learner_id"])


def _create_bundle() -> None:
    table = "bundle"
    op.create_table(
        table,
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("learner_id", sa.BigInteger(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        _word("state", "bundlestate", _BUNDLE_STATES),
        sa.Column("ready_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=True),
        _one_of(table, "state", "bundlestate", _BUNDLE_STATES),
        sa.CheckConstraint(
            "(state = 'ready') = (ready_at IS NOT NULL)", name=op.f(f"ck_{table}_ready_at_a_time")
        ),
        sa.CheckConstraint(
            "(state = 'ready') = (bytes IS NOT NULL)", name=op.f(f"ck_{table}_ready_is_there")
        ),
        sa.CheckConstraint("expires_at > asked_at", name=op.f(f"ck_{table}_expires_later")),
        _of_learner(table),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("uuid", name=op.f(f"uq_{table}_uuid")),
        sa.UniqueConstraint("learner_id", name=op.f(f"uq_{table}_learner_id")),
    )


def _create_brought_bundle() -> None:
    table = "brought_bundle"
    op.create_table(
        table,
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("learner_id", sa.BigInteger(), nullable=False),
        sa.Column("came_at", sa.DateTime(timezone=True), nullable=False),
        _word("state", "broughtstate", _BROUGHT_STATES),
        _word("why_not", "whyrefused", _WHY_NOT, nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("subject_hash", sa.Text(), nullable=False),
        sa.Column("is_signed", sa.Boolean(), nullable=True),
        sa.Column("is_trusted", sa.Boolean(), nullable=False),
        sa.Column("report", postgresql.JSONB(), nullable=False),
        _one_of(table, "state", "broughtstate", _BROUGHT_STATES),
        _one_of(table, "why_not", "whyrefused", _WHY_NOT),
        sa.CheckConstraint(
            "(state = 'waiting') = (done_at IS NULL)", name=op.f(f"ck_{table}_done_at_a_time")
        ),
        sa.CheckConstraint(
            "(state = 'refused') = (why_not IS NOT NULL)",
            name=op.f(f"ck_{table}_refused_for_a_reason"),
        ),
        sa.CheckConstraint(
            "octet_length(report::text) <= 400000", name=op.f(f"ck_{table}_report_small")
        ),
        _of_learner(table),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("uuid", name=op.f(f"uq_{table}_uuid")),
    )
    for column in ("learner_id", "subject_hash"):
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])
    op.create_index(
        f"uq_{table}_waiting",
        table,
        ["learner_id"],
        unique=True,
        postgresql_where=sa.text("state = 'waiting'"),
    )


def _of_learner(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["learner_id"],
        ["user_account.id"],
        name=op.f(f"fk_{table}_learner_id_user_account"),
        ondelete="CASCADE",
    )


def _word(column: str, name: str, words: tuple[str, ...], *, nullable: bool = False) -> sa.Column:
    kind = sa.Enum(*words, name=name, native_enum=False, length=40)
    return sa.Column(column, kind, nullable=nullable)


def _one_of(table: str, column: str, name: str, words: tuple[str, ...]) -> sa.CheckConstraint:
    return sa.CheckConstraint(sa.column(column).in_(words), name=op.f(f"ck_{table}_{name}"))


def _taken(table: str, rule: str) -> set[str]:
    """Return the words that a column takes now: others may have added to them."""
    said = op.get_bind().scalar(
        sa.text("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = :name"),
        {"name": f"ck_{table}_{rule}"},
    )
    return set(re.findall("'([a-z0-9_+-]+)'", said))


def _take(table: str, column: str, rule: str, words: set[str]) -> None:
    listed = ", ".join(f"'{word}'" for word in sorted(words))
    op.drop_constraint(op.f(f"ck_{table}_{rule}"), table, type_="check")
    op.create_check_constraint(op.f(f"ck_{table}_{rule}"), table, f"{column} IN ({listed})")


def _reword(function: str, old: str, new: str) -> None:
    bind = op.get_bind()
    said = bind.scalar(sa.text(f"SELECT pg_get_functiondef('{function}'::regproc)"))
    if old not in said:
        raise ValueError(f"{function} does not say {old}")
    bind.exec_driver_sql(said.replace(old, new))


def downgrade() -> None:
    for table in ("brought_bundle", "bundle", "brought_line", "learner_number"):
        op.drop_table(table)
    op.drop_column("pack", "shows_number")
    _reword("supporter_link_holds", _BOTH_BANDS, _ONE_BAND)
    op.execute("UPDATE user_account SET age_band = '18-24' WHERE age_band = '25+'")
    op.execute("DELETE FROM notice WHERE kind = 'bundle_ready'")
    op.execute("DELETE FROM line_choice WHERE kind = 'brought'")
    op.execute("DELETE FROM pack_line WHERE kind = 'brought'")
    for table, column, rule, words in _WIDER:
        # A signature that was made stays in the log, whatever we know of its purpose.
        if table != "logged_signature":
            _take(table, column, rule, _taken(table, rule) - set(words))
