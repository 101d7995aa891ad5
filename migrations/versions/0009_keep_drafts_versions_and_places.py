"""Keep drafts, versions and places of listings, and what placements are made of."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

STATUS = "ck_opportunity_opportunitystatus"


def upgrade() -> None:
    _allow_statuses("draft", "review", "published", "paused", "withdrawn")
    _add_terms()
    op.add_column(
        "place",
        sa.Column("access", postgresql.ARRAY(sa.Text()), nullable=False, server_default="{}"),
    )
    _create_placement()
    _create_draft()
    _create_version()
    _create_provider_place()


def _allow_statuses(*statuses: str) -> None:
    op.drop_constraint(op.f(STATUS), "opportunity")
    listed = ", ".join(f"'{status}'" for status in statuses)
    op.create_check_constraint(op.f(STATUS), "opportunity", f"status IN ({listed})")


def _add_terms() -> None:
    for column in (
        sa.Column("cost_help", sa.Text(), nullable=False, server_default=""),
        sa.Column("has_waiting_list", sa.Boolean(), nullable=False, server_default="false"),
        sa.Column("booking_opens_days", sa.Integer(), nullable=True),
        sa.Column("booking_closes_hours", sa.Integer(), nullable=True),
        sa.Column("is_instant", sa.Boolean(), nullable=False, server_default="true"),
        sa.Column("questions", postgresql.ARRAY(sa.Text()), nullable=False, server_default="{}"),
    ):
        op.add_column("opportunity", column)
    for name, rule in (
        ("three_questions", "cardinality(questions) <= 3"),
        ("opens_within_a_year", "booking_opens_days BETWEEN 1 AND 365"),
        ("closes_within_two_weeks", "booking_closes_hours BETWEEN 1 AND 336"),
    ):
        op.create_check_constraint(op.f(f"ck_opportunity_{name}"), "opportunity", rule)


def _create_placement() -> None:
    op.create_table(
        "placement",
        sa.Column("opportunity_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("hours_total", sa.Integer(), nullable=True),
        sa.Column("hours_a_week", sa.Integer(), nullable=True),
        sa.Column("tasks", sa.Text(), nullable=False),
        sa.Column("outcomes", sa.Text(), nullable=False),
        sa.Column("expenses", sa.Text(), nullable=False),
        sa.Column("points", postgresql.JSONB(), nullable=False),
        sa.Column("insured_until", sa.Date(), nullable=True),
        sa.Column("risks_assessed_on", sa.Date(), nullable=True),
        sa.CheckConstraint("hours_total BETWEEN 1 AND 600", name=op.f("ck_placement_hours_in_all")),
        sa.CheckConstraint(
            "hours_a_week BETWEEN 1 AND 40", name=op.f("ck_placement_hours_in_a_week")
        ),
        sa.ForeignKeyConstraint(
            ["opportunity_id"],
            ["opportunity.id"],
            name=op.f("fk_placement_opportunity_id_opportunity"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("opportunity_id", name=op.f("pk_placement")),
    )


def _create_draft() -> None:
    op.create_table(
        "listing_draft",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.BigInteger(), nullable=False),
        sa.Column("typed_by_id", sa.BigInteger(), nullable=False),
        sa.Column("typed", postgresql.JSONB(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "octet_length(typed::text) <= 65536", name=op.f("ck_listing_draft_small")
        ),
        sa.ForeignKeyConstraint(
            ["provider_id"],
            ["provider.id"],
            name=op.f("fk_listing_draft_provider_id_provider"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["typed_by_id"],
            ["user_account.id"],
            name=op.f("fk_listing_draft_typed_by_id_user_account"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listing_draft")),
        sa.UniqueConstraint("uuid", name=op.f("uq_listing_draft_uuid")),
    )
    op.create_index(
        "ix_listing_draft_provider_id_updated_at", "listing_draft", ["provider_id", "updated_at"]
    )
    op.create_index(op.f("ix_listing_draft_typed_by_id"), "listing_draft", ["typed_by_id"])


def _create_version() -> None:
    op.create_table(
        "listing_version",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("opportunity_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("made_by_id", sa.BigInteger(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("values", postgresql.JSONB(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                *("live", "waiting", "refused", "replaced"),
                name="versionstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("reasons", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        *(
            sa.CheckConstraint(rule, name=op.f(f"ck_listing_version_{name}"))
            for name, rule in (
                ("counts_from_one", "number > 0"),
                ("decided_by_someone", "(decided_at IS NULL) = (decided_by_id IS NULL)"),
                ("nobody_decides_on_their_own", "decided_by_id <> made_by_id"),
                ("refused_by_someone", "state <> 'refused' OR decided_at IS NOT NULL"),
                ("waiting_is_undecided", "state <> 'waiting' OR decided_at IS NULL"),
            )
        ),
        sa.ForeignKeyConstraint(
            ["opportunity_id"],
            ["opportunity.id"],
            name=op.f("fk_listing_version_opportunity_id_opportunity"),
            ondelete="CASCADE",
        ),
        *(
            sa.ForeignKeyConstraint(
                [column],
                ["user_account.id"],
                name=op.f(f"fk_listing_version_{column}_user_account"),
            )
            for column in ("made_by_id", "decided_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listing_version")),
        sa.UniqueConstraint(
            "opportunity_id", "number", name=op.f("uq_listing_version_opportunity_id_number")
        ),
    )
    for column in ("made_by_id", "decided_by_id"):
        op.create_index(op.f(f"ix_listing_version_{column}"), "listing_version", [column])
    op.create_index(
        "uq_listing_version_waiting",
        "listing_version",
        ["opportunity_id"],
        unique=True,
        postgresql_where=sa.text("state = 'waiting'"),
    )


def _create_provider_place() -> None:
    op.create_table(
        "provider_place",
        sa.Column("provider_id", sa.BigInteger(), nullable=False),
        sa.Column("place_id", sa.BigInteger(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        *(
            sa.ForeignKeyConstraint(
                [f"{table}_id"],
                [f"{table}.id"],
                name=op.f(f"fk_provider_place_{table}_id_{table}"),
                ondelete="CASCADE",
            )
            for table in ("provider", "place")
        ),
        sa.PrimaryKeyConstraint("provider_id", "place_id", name=op.f("pk_provider_place")),
    )
    op.create_index(op.f("ix_provider_place_place_id"), "provider_place", ["place_id"])


def downgrade() -> None:
    for table in ("provider_place", "listing_version", "listing_draft", "placement"):
        op.drop_table(table)
    op.drop_column("place", "access")
    for name in ("closes_within_two_weeks", "opens_within_a_year", "three_questions"):
        op.drop_constraint(op.f(f"ck_opportunity_{name}"), "opportunity")
    for column in (
        *("questions", "is_instant", "booking_closes_hours", "booking_opens_days"),
        *("has_waiting_list", "cost_help"),
    ):
        op.drop_column("opportunity", column)
    # The version before knows neither of them: what is hidden stays hidden.
    op.execute("UPDATE opportunity SET status = 'draft' WHERE status IN ('review', 'paused')")
    _allow_statuses("draft", "published", "withdrawn")
