"""Fetch a learner's badges from other hosts: who we are to those, and what becomes of each badge."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)
_WAYS = ("upload", "paste", "address", "program")
_STAGES = ("away", "back", "reading", "checking", "done", "ended")
_ENDS = ("said_no", "not_let_in", "no_answer", "not_understood", "broken_off")
_KEPT = ("new", "replaced", "same")
_WHY_NOT = (
    *("given_here", "too_many", "too_large", "not_newer", "less_sure"),
    *("check_failed", "issuer_unknown", "unreadable"),
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _say_where_from()
    _create_host()
    _create_fetch()
    _create_fetched()


def _say_where_from() -> None:
    op.add_column("imported_credential", sa.Column("host", sa.Text(), nullable=True))
    _let_come_by((*_WAYS, "host"))
    op.create_check_constraint(
        op.f("ck_imported_credential_from_a_named_host"),
        "imported_credential",
        "(came_by = 'host') = (host IS NOT NULL)",
    )


def _let_come_by(ways: tuple[str, ...]) -> None:
    name = op.f("ck_imported_credential_cameby")
    op.drop_constraint(name, "imported_credential", type_="check")
    op.create_check_constraint(name, "imported_credential", _in("came_by", ways))


def _create_host() -> None:
    op.create_table(
        "badge_host",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("described", sa.Text(), nullable=False),
        sa.Column("server_url", sa.Text(), nullable=False),
        sa.Column("authorization_url", sa.Text(), nullable=False),
        sa.Column("token_url", sa.Text(), nullable=False),
        sa.Column("revocation_url", sa.Text(), nullable=True),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("sealed_secret", sa.LargeBinary(), nullable=False),
        sa.Column("secret_expires_at", _INSTANT, nullable=True),
        sa.Column("registered_at", _INSTANT, nullable=False),
        sa.Column("proven_at", _INSTANT, nullable=True),
        sa.Column("ended_at", _INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_badge_host")),
    )
    op.create_index(
        "uq_badge_host_live",
        "badge_host",
        ["described"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )


def _create_fetch() -> None:
    table = "badge_fetch"
    op.create_table(
        table,
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("learner_id", sa.BigInteger(), nullable=False),
        sa.Column("host_id", sa.BigInteger(), nullable=False),
        sa.Column("stage", sa.String(40), nullable=False),
        sa.Column("ended_why", sa.String(40), nullable=True),
        sa.Column("started_at", _INSTANT, nullable=False),
        sa.Column("sealed_code", sa.LargeBinary(), nullable=True),
        sa.Column("is_cut", sa.Boolean(), nullable=False),
        sa.Column("is_given_back", sa.Boolean(), nullable=False),
        _one_of(table, "stage", "fetchstage", _STAGES),
        _one_of(table, "ended_why", "fetchend", _ENDS),
        sa.CheckConstraint(
            "(stage = 'ended') = (ended_why IS NOT NULL)",
            name=op.f("ck_badge_fetch_ended_for_a_reason"),
        ),
        sa.CheckConstraint(
            "(stage = 'back') = (sealed_code IS NOT NULL)",
            name=op.f("ck_badge_fetch_code_until_it_is_used"),
        ),
        _belongs_to(table, "learner_id", "user_account"),
        _belongs_to(table, "host_id", "badge_host"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_badge_fetch")),
        sa.UniqueConstraint("uuid", name=op.f("uq_badge_fetch_uuid")),
    )
    for column in ("learner_id", "host_id"):
        op.create_index(op.f(f"ix_badge_fetch_{column}"), table, [column])
    op.create_index(
        "uq_badge_fetch_live",
        table,
        ["learner_id"],
        unique=True,
        postgresql_where=sa.text("stage NOT IN ('done', 'ended')"),
    )


def _create_fetched() -> None:
    table = "fetched_badge"
    op.create_table(
        table,
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("fetch_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("original", sa.LargeBinary(), nullable=True),
        sa.Column("kept", sa.String(40), nullable=True),
        sa.Column("why_not", sa.String(40), nullable=True),
        sa.Column("findings", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("imported_id", sa.BigInteger(), nullable=True),
        _one_of(table, "kept", "kept", _KEPT),
        _one_of(table, "why_not", "whynot", _WHY_NOT),
        sa.CheckConstraint(
            "num_nonnulls(original, kept, why_not) = 1",
            name=op.f("ck_fetched_badge_waits_or_is_settled"),
        ),
        sa.CheckConstraint("octet_length(original) <= 262144", name=op.f("ck_fetched_badge_small")),
        _belongs_to(table, "fetch_id", "badge_fetch"),
        _belongs_to(table, "imported_id", "imported_credential", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fetched_badge")),
        sa.UniqueConstraint(
            "fetch_id", "position", name=op.f("uq_fetched_badge_fetch_id_position")
        ),
    )
    op.create_index(op.f("ix_fetched_badge_imported_id"), table, ["imported_id"])


def _belongs_to(
    table: str, column: str, other: str, *, ondelete: str = "CASCADE"
) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name, ondelete=ondelete)


def _one_of(table: str, column: str, kind: str, values: tuple[str, ...]) -> sa.CheckConstraint:
    return sa.CheckConstraint(_in(column, values), name=op.f(f"ck_{table}_{kind}"))


def _in(column: str, values: tuple[str, ...]) -> str:
    listed = ", ".join(f"'{value}'" for value in values)
    return f"{column} IN ({listed})"


def downgrade() -> None:
    for table in ("fetched_badge", "badge_fetch", "badge_host"):
        op.drop_table(table)
    # What was fetched stays, as if it had been brought as a file.
    op.drop_constraint(
        op.f("ck_imported_credential_from_a_named_host"), "imported_credential", type_="check"
    )
    op.execute("UPDATE imported_credential SET came_by = 'upload' WHERE came_by = 'host'")
    _let_come_by(_WAYS)
    op.drop_column("imported_credential", "host")
