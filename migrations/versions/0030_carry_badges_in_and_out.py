"""Keep badges from elsewhere, and let programs in that a learner says yes to."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)
_TEXTS = postgresql.ARRAY(sa.Text())
_CAME_BY = ("upload", "paste", "address", "program")
_KINDS = ("json", "jwt", "png", "svg")
_OUTCOMES = ("passed", "failed", "could_not_check", "noted")


def upgrade() -> None:
    _create_program()
    _create_connection()
    _create_code()
    _create_token()
    _create_imported_credential()


def _create_program() -> None:
    op.create_table(
        "program",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("redirect_uris", _TEXTS, nullable=False),
        sa.Column("scopes", _TEXTS, nullable=False),
        sa.Column("registered_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_program")),
        sa.UniqueConstraint("client_id", name=op.f("uq_program_client_id")),
    )


def _create_connection() -> None:
    op.create_table(
        "program_connection",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.BigInteger(), nullable=False),
        sa.Column("learner_id", sa.BigInteger(), nullable=False),
        sa.Column("scopes", _TEXTS, nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("connected_at", _INSTANT, nullable=False),
        sa.Column("last_used_at", _INSTANT, nullable=True),
        sa.Column("stopped_at", _INSTANT, nullable=True),
        _belongs_to("program_connection", "program_id", "program"),
        _belongs_to("program_connection", "learner_id", "user_account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_program_connection")),
        sa.UniqueConstraint("uuid", name=op.f("uq_program_connection_uuid")),
    )
    for column in ("program_id", "learner_id"):
        op.create_index(op.f(f"ix_program_connection_{column}"), "program_connection", [column])
    op.create_index(
        "uq_program_connection_live",
        "program_connection",
        ["learner_id", "program_id"],
        unique=True,
        postgresql_where=sa.text("stopped_at IS NULL"),
    )


def _create_code() -> None:
    op.create_table(
        "connection_code",
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("connection_id", sa.BigInteger(), nullable=False),
        sa.Column("family", sa.Uuid(), nullable=False),
        sa.Column("redirect_uri", sa.Text(), nullable=False),
        sa.Column("scopes", _TEXTS, nullable=False),
        sa.Column("challenge", sa.Text(), nullable=False),
        sa.Column("expires_at", _INSTANT, nullable=False),
        sa.Column("used_at", _INSTANT, nullable=True),
        _belongs_to("connection_code", "connection_id", "program_connection"),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_connection_code")),
        sa.UniqueConstraint("family", name=op.f("uq_connection_code_family")),
    )
    op.create_index(op.f("ix_connection_code_connection_id"), "connection_code", ["connection_id"])


def _create_token() -> None:
    op.create_table(
        "connection_token",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("connection_id", sa.BigInteger(), nullable=False),
        sa.Column("family", sa.Uuid(), nullable=False),
        sa.Column("access_hash", sa.Text(), nullable=False),
        sa.Column("refresh_hash", sa.Text(), nullable=True),
        sa.Column("scopes", _TEXTS, nullable=False),
        sa.Column("expires_at", _INSTANT, nullable=False),
        sa.Column("refresh_expires_at", _INSTANT, nullable=True),
        sa.Column("refreshed_at", _INSTANT, nullable=True),
        sa.Column("revoked_at", _INSTANT, nullable=True),
        sa.CheckConstraint(
            "(refresh_hash IS NULL) = (refresh_expires_at IS NULL)",
            name=op.f("ck_connection_token_refreshed_until_a_time"),
        ),
        _belongs_to("connection_token", "connection_id", "program_connection"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_connection_token")),
        sa.UniqueConstraint("access_hash", name=op.f("uq_connection_token_access_hash")),
        sa.UniqueConstraint("refresh_hash", name=op.f("uq_connection_token_refresh_hash")),
    )
    for column in ("connection_id", "family"):
        op.create_index(op.f(f"ix_connection_token_{column}"), "connection_token", [column])


def _create_imported_credential() -> None:
    table = "imported_credential"
    op.create_table(
        table,
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("learner_id", sa.BigInteger(), nullable=False),
        sa.Column("original", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("issuer_id", sa.Text(), nullable=False),
        sa.Column("issuer_domain", sa.Text(), nullable=False),
        sa.Column("credential_id", sa.Text(), nullable=False),
        sa.Column("issuer_name", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("has_hidden_words", sa.Boolean(), nullable=False),
        sa.Column("is_older", sa.Boolean(), nullable=False),
        sa.Column("valid_from", _INSTANT, nullable=True),
        sa.Column("came_by", sa.String(40), nullable=False),
        sa.Column("program_id", sa.BigInteger(), nullable=True),
        sa.Column("program_name", sa.Text(), nullable=True),
        sa.Column("imported_at", _INSTANT, nullable=False),
        sa.Column("checks", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("outcome", sa.String(40), nullable=False),
        sa.Column("checked_at", _INSTANT, nullable=False),
        sa.CheckConstraint(
            "octet_length(original) BETWEEN 1 AND 262144",
            name=op.f("ck_imported_credential_small"),
        ),
        sa.CheckConstraint(
            "came_by <> 'program' OR program_name IS NOT NULL",
            name=op.f("ck_imported_credential_by_a_named_program"),
        ),
        _one_of(table, "kind", "filekind", _KINDS),
        _one_of(table, "came_by", "cameby", _CAME_BY),
        _one_of(table, "outcome", "outcome", _OUTCOMES),
        _belongs_to(table, "learner_id", "user_account"),
        _belongs_to(table, "program_id", "program", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imported_credential")),
        sa.UniqueConstraint("uuid", name=op.f("uq_imported_credential_uuid")),
        sa.UniqueConstraint(
            "learner_id",
            "issuer_id",
            "credential_id",
            name=op.f("uq_imported_credential_learner_id_issuer_id_credential_id"),
        ),
    )
    op.create_index(op.f("ix_imported_credential_program_id"), table, ["program_id"])


def _belongs_to(
    table: str, column: str, other: str, *, ondelete: str = "CASCADE"
) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name, ondelete=ondelete)


def _one_of(table: str, column: str, kind: str, values: tuple[str, ...]) -> sa.CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=op.f(f"ck_{table}_{kind}"))


def downgrade() -> None:
    for table in (
        "imported_credential",
        "connection_token",
        "connection_code",
        "program_connection",
        "program",
    ):
        op.drop_table(table)
