"""Let badges be earned in more ways: rules that award, asking with evidence, and codes for walk-ups."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0027"
branch_labels = None
depends_on = None

_RULES = ("sessions", "hours", "badges")
_STATES = ("asked", "given", "not_yet", "withdrawn")
_NEW_KINDS = ("badge_asked", "badge_answered")


def upgrade() -> None:
    op.add_column(
        "achievement",
        sa.Column("takes_requests", sa.Boolean(), server_default="false", nullable=False),
    )
    op.add_column(
        "achievement_credential",
        sa.Column("grounds", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
    )
    # Until now there was one way to a badge.
    op.execute("UPDATE achievement_credential SET grounds = '{attendance}'")
    _create_evidence()
    _create_rules()
    _create_requests()
    _create_codes()
    _take_kinds(*_kinds(), *_NEW_KINDS)


def _create_evidence() -> None:
    op.create_table(
        "evidence",
        sa.Column("credential_id", sa.BigInteger(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("open_until", sa.DateTime(timezone=True)),
        sa.CheckConstraint("words <> ''", name=op.f("ck_evidence_says_something")),
        sa.ForeignKeyConstraint(
            ["credential_id"],
            ["achievement_credential.id"],
            name=op.f("fk_evidence_credential_id_achievement_credential"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("credential_id", name=op.f("pk_evidence")),
        sa.UniqueConstraint("uuid", name=op.f("uq_evidence_uuid")),
    )


def _create_rules() -> None:
    op.create_table(
        "award_rule",
        *_numbered(),
        sa.Column("achievement_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("needed", sa.Integer(), nullable=False),
        sa.Column("made_by_id", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        _check("award_rule_rulekind", "kind", _RULES),
        sa.CheckConstraint("needed BETWEEN 1 AND 500", name=op.f("ck_award_rule_needed_bounds")),
        _belongs("award_rule", "achievement_id", "achievement"),
        _belongs("award_rule", "made_by_id", "user_account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_award_rule")),
        sa.UniqueConstraint("uuid", name=op.f("uq_award_rule_uuid")),
    )
    op.create_index(
        "uq_award_rule_live",
        "award_rule",
        ["achievement_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    for name, other in (("opportunity", "opportunity"), ("badge", "achievement")):
        table = f"award_rule_{name}"
        op.create_table(
            table,
            sa.Column("rule_id", sa.BigInteger(), nullable=False),
            sa.Column(f"{other}_id", sa.BigInteger(), nullable=False),
            _belongs(table, "rule_id", "award_rule", ondelete="CASCADE"),
            _belongs(table, f"{other}_id", other),
            sa.PrimaryKeyConstraint("rule_id", f"{other}_id", name=op.f(f"pk_{table}")),
        )
        op.create_index(op.f(f"ix_{table}_{other}_id"), table, [f"{other}_id"])


def _create_requests() -> None:
    op.create_table(
        "award_request",
        *_numbered(),
        sa.Column("achievement_id", sa.BigInteger(), nullable=False),
        sa.Column("learner_id", sa.BigInteger(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("assessed_by_id", sa.BigInteger()),
        sa.Column("assessed_at", sa.DateTime(timezone=True)),
        sa.Column("feedback", sa.Text(), server_default="", nullable=False),
        _check("award_request_requeststate", "state", _STATES),
        sa.CheckConstraint("words <> ''", name=op.f("ck_award_request_says_something")),
        sa.CheckConstraint(
            "(state IN ('given', 'not_yet')) = (assessed_at IS NOT NULL) "
            "AND (assessed_at IS NULL) = (assessed_by_id IS NULL)",
            name=op.f("ck_award_request_assessed_by_someone"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('given', 'not_yet') OR feedback <> ''",
            name=op.f("ck_award_request_answered_in_words"),
        ),
        _belongs("award_request", "achievement_id", "achievement"),
        _belongs("award_request", "learner_id", "user_account", ondelete="CASCADE"),
        _belongs("award_request", "assessed_by_id", "user_account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_award_request")),
        sa.UniqueConstraint("uuid", name=op.f("uq_award_request_uuid")),
    )
    op.create_index(
        "uq_award_request_open",
        "award_request",
        ["achievement_id", "learner_id"],
        unique=True,
        postgresql_where=sa.text("state = 'asked'"),
    )
    op.create_index(op.f("ix_award_request_learner_id"), "award_request", ["learner_id"])


def _create_codes() -> None:
    op.create_table(
        "claim_code",
        *_numbered(),
        sa.Column("achievement_id", sa.BigInteger(), nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.Column("used", sa.Integer(), server_default="0", nullable=False),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by_id", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("most BETWEEN 1 AND 500", name=op.f("ck_claim_code_most_bounds")),
        sa.CheckConstraint("used BETWEEN 0 AND most", name=op.f("ck_claim_code_used_within_most")),
        sa.CheckConstraint(
            "closes_at > opens_at AND closes_at <= opens_at + interval '31 days'",
            name=op.f("ck_claim_code_closes_soon"),
        ),
        _belongs("claim_code", "achievement_id", "achievement"),
        _belongs("claim_code", "made_by_id", "user_account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_code")),
        sa.UniqueConstraint("uuid", name=op.f("uq_claim_code_uuid")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_claim_code_code_hash")),
    )
    op.create_index(op.f("ix_claim_code_achievement_id"), "claim_code", ["achievement_id"])
    op.create_table(
        "code_claim",
        sa.Column("code_id", sa.BigInteger(), nullable=False),
        sa.Column("learner_id", sa.BigInteger(), nullable=False),
        _belongs("code_claim", "code_id", "claim_code", ondelete="CASCADE"),
        _belongs("code_claim", "learner_id", "user_account", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("code_id", "learner_id", name=op.f("pk_code_claim")),
    )
    op.create_index(op.f("ix_code_claim_learner_id"), "code_claim", ["learner_id"])


def _numbered() -> tuple[sa.Column, ...]:
    return (
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
    )


def _check(name: str, column: str, values: tuple[str, ...]) -> sa.CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=op.f(f"ck_{name}"))


def _belongs(
    table: str, column: str, other: str, ondelete: str | None = None
) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name, ondelete=ondelete)


def _kinds() -> list[str]:
    """Return the kinds of notice that the database takes now."""
    known = op.get_bind().scalars(
        sa.text(
            "SELECT (regexp_matches(pg_get_constraintdef(oid), '''([a-z_]+)''', 'g'))[1] "
            "FROM pg_constraint WHERE conname = 'ck_notice_noticekind'"
        )
    )
    return list(known)


def _take_kinds(*kinds: str) -> None:
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    op.drop_constraint(op.f("ck_notice_noticekind"), "notice", type_="check")
    op.create_check_constraint(op.f("ck_notice_noticekind"), "notice", f"kind IN ({listed})")


def downgrade() -> None:
    op.execute(f"DELETE FROM notice WHERE kind IN {_NEW_KINDS}")
    _take_kinds(*(kind for kind in _kinds() if kind not in _NEW_KINDS))
    for table in (
        *("code_claim", "claim_code", "award_request"),
        *("award_rule_badge", "award_rule_opportunity", "award_rule", "evidence"),
    ):
        op.drop_table(table)
    op.drop_column("achievement_credential", "grounds")
    op.drop_column("achievement", "takes_requests")
