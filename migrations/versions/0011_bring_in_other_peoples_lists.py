"""Remember the lists that organisations bring in, what each row became, and where it came from."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "source",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "csv",
                "json",
                "ical",
                "rpde",
                "openreferral",
                "schema_org",
                name="sourcekind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "takes",
            sa.Enum(
                "activities",
                "places",
                name="takes",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("mapping", postgresql.JSONB(), nullable=False),
        sa.Column("licence", sa.Text(), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=False),
        sa.Column("last_read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "active",
                "stopped",
                name="sourcestate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(address = '') <> (file_name = '')", name=op.f("ck_source_file_or_address")
        ),
        sa.ForeignKeyConstraint(
            ["provider_id"],
            ["provider.id"],
            name=op.f("fk_source_provider_id_provider"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source")),
        sa.UniqueConstraint(
            "provider_id",
            "address",
            "file_name",
            name=op.f("uq_source_provider_id_address_file_name"),
        ),
        sa.UniqueConstraint("uuid", name=op.f("uq_source_uuid")),
    )
    op.create_table(
        "import_run",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("source_id", sa.BigInteger(), nullable=False),
        sa.Column("is_dry", sa.Boolean(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("made", sa.Integer(), nullable=False),
        sa.Column("updated", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("withdrawn", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("remarks", postgresql.JSONB(), nullable=False),
        sa.CheckConstraint(
            "rows = made + updated + unchanged + withdrawn + refused",
            name=op.f("ck_import_run_every_row_accounted_for"),
        ),
        sa.ForeignKeyConstraint(
            ["source_id"],
            ["source.id"],
            name=op.f("fk_import_run_source_id_source"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_run")),
        sa.UniqueConstraint("uuid", name=op.f("uq_import_run_uuid")),
    )
    op.create_index(
        "ix_import_run_source_id_started_at",
        "import_run",
        ["source_id", "started_at"],
        unique=False,
    )
    op.create_table(
        "source_upload",
        sa.Column("source_id", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("mapping", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "octet_length(content) <= 10485760", name=op.f("ck_source_upload_not_too_large")
        ),
        sa.ForeignKeyConstraint(
            ["source_id"],
            ["source.id"],
            name=op.f("fk_source_upload_source_id_source"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("source_id", name=op.f("pk_source_upload")),
    )
    op.create_index("ix_source_upload_expires_at", "source_upload", ["expires_at"], unique=False)
    op.create_table(
        "imported_row",
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column(
            "verdict",
            sa.Enum(
                "made",
                "updated",
                "unchanged",
                "withdrawn",
                "refused",
                name="verdict",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("notes", postgresql.JSONB(), nullable=False),
        sa.CheckConstraint(
            "(verdict = 'refused') = (reason <> '')",
            name=op.f("ck_imported_row_refused_for_a_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["import_run.id"],
            name=op.f("fk_imported_row_run_id_import_run"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("run_id", "position", name=op.f("pk_imported_row")),
    )
    op.create_index(
        "ix_imported_row_run_id_verdict",
        "imported_row",
        ["run_id", "verdict", "position"],
        unique=False,
    )
    op.create_table(
        "opportunity_origin",
        sa.Column("opportunity_id", sa.BigInteger(), nullable=False),
        sa.Column("source_name", sa.Text(), nullable=False),
        sa.Column("source_url", sa.Text(), nullable=False),
        sa.Column("licence", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "source_url = '' OR source_url ~* '^https?://'",
            name=op.f("ck_opportunity_origin_web_address"),
        ),
        sa.ForeignKeyConstraint(
            ["opportunity_id"],
            ["opportunity.id"],
            name=op.f("fk_opportunity_origin_opportunity_id_opportunity"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("opportunity_id", name=op.f("pk_opportunity_origin")),
    )
    op.create_table(
        "source_item",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("source_id", sa.BigInteger(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("series_id", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("opportunity_id", sa.BigInteger(), nullable=True),
        sa.Column("place_id", sa.BigInteger(), nullable=True),
        sa.Column("is_date_only", sa.Boolean(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "present",
                "withdrawn",
                name="itemstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("seen_in", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "num_nonnulls(opportunity_id, place_id) = 1",
            name=op.f("ck_source_item_became_one_thing"),
        ),
        sa.ForeignKeyConstraint(
            ["opportunity_id"],
            ["opportunity.id"],
            name=op.f("fk_source_item_opportunity_id_opportunity"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["place_id"],
            ["place.id"],
            name=op.f("fk_source_item_place_id_place"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["source_id"],
            ["source.id"],
            name=op.f("fk_source_item_source_id_source"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source_item")),
        sa.UniqueConstraint(
            "source_id", "external_id", name=op.f("uq_source_item_source_id_external_id")
        ),
    )
    op.create_index(
        op.f("ix_source_item_opportunity_id"), "source_item", ["opportunity_id"], unique=False
    )
    op.create_index(op.f("ix_source_item_place_id"), "source_item", ["place_id"], unique=False)
    op.create_index(
        "ix_source_item_series_id", "source_item", ["series_id", "source_id"], unique=False
    )
    op.create_index(
        "ix_source_item_source_id_state", "source_item", ["source_id", "state"], unique=False
    )
    op.create_table(
        "source_sitting",
        sa.Column("scheduled_session_id", sa.BigInteger(), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"],
            ["source_item.id"],
            name=op.f("fk_source_sitting_item_id_source_item"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["scheduled_session_id"],
            ["scheduled_session.id"],
            name=op.f("fk_source_sitting_scheduled_session_id_scheduled_session"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("scheduled_session_id", name=op.f("pk_source_sitting")),
    )
    op.create_index(op.f("ix_source_sitting_item_id"), "source_sitting", ["item_id"], unique=False)


def downgrade() -> None:
    op.drop_table("source_sitting")
    op.drop_table("source_item")
    op.drop_table("opportunity_origin")
    op.drop_table("imported_row")
    op.drop_table("source_upload")
    op.drop_table("import_run")
    op.drop_table("source")
