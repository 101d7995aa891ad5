"""Log every signature, let badges be issued anew, and keep an erased badge's place spent."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0022"
branch_labels = None
depends_on = None

_PURPOSES = ("badge", "badge_token", "status_list", "status_list_token")

_FUNCTIONS = """
CREATE FUNCTION logged_for_good() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The log of signatures is only ever added to.'
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER logged_for_good BEFORE UPDATE OR DELETE OR TRUNCATE ON logged_signature
FOR EACH STATEMENT EXECUTE FUNCTION logged_for_good();

CREATE FUNCTION spend_status() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO spent_status VALUES (OLD.issuer_id, OLD.status_index);
    RETURN OLD;
END $$;
CREATE TRIGGER spend_status AFTER DELETE ON achievement_credential
FOR EACH ROW EXECUTE FUNCTION spend_status();

CREATE FUNCTION refuse_spent_status() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM spent_status
        WHERE issuer_id = NEW.issuer_id AND status_index = NEW.status_index
    ) THEN
        RAISE EXCEPTION 'This place in the list belonged to a badge that was erased.'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER refuse_spent_status BEFORE INSERT OR UPDATE OF issuer_id, status_index
ON achievement_credential FOR EACH ROW EXECUTE FUNCTION refuse_spent_status();
"""


def upgrade() -> None:
    for table in ("issuer_key", "issuer_token_key"):
        op.add_column(table, sa.Column("compromised_at", sa.DateTime(timezone=True)))
    for column in ("reissued_at", "unsigned_since"):
        op.add_column("achievement_credential", sa.Column(column, sa.DateTime(timezone=True)))
    op.create_check_constraint(
        op.f("ck_achievement_credential_unsigned_until_signed"),
        "achievement_credential",
        "unsigned_since IS NULL OR signed_document IS NULL",
    )
    op.create_index(
        "ix_achievement_credential_unsigned",
        "achievement_credential",
        ["issuer_id"],
        postgresql_where=sa.text("unsigned_since IS NOT NULL"),
    )
    _create_log()
    op.create_table(
        "spent_status",
        sa.Column("issuer_id", sa.BigInteger(), nullable=False),
        sa.Column("status_index", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["issuer_id"],
            ["provider.id"],
            name=op.f("fk_spent_status_issuer_id_provider"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("issuer_id", "status_index", name=op.f("pk_spent_status")),
    )
    op.execute(_FUNCTIONS)


def _create_log() -> None:
    purposes = ", ".join(f"'{purpose}'" for purpose in _PURPOSES)
    op.create_table(
        "logged_signature",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("credential", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("purpose", sa.String(40), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("previous", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.CheckConstraint(
            f"purpose IN ({purposes})", name=op.f("ck_logged_signature_signaturepurpose")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_logged_signature")),
        sa.UniqueConstraint("digest", name=op.f("uq_logged_signature_digest")),
        sa.UniqueConstraint("previous", name=op.f("uq_logged_signature_previous")),
        sa.UniqueConstraint("hash", name=op.f("uq_logged_signature_hash")),
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER refuse_spent_status ON achievement_credential")
    op.execute("DROP TRIGGER spend_status ON achievement_credential")
    op.execute("DROP TRIGGER logged_for_good ON logged_signature")
    for function in ("refuse_spent_status", "spend_status", "logged_for_good"):
        op.execute(f"DROP FUNCTION {function}()")
    op.drop_table("spent_status")
    op.drop_table("logged_signature")
    op.drop_index("ix_achievement_credential_unsigned", table_name="achievement_credential")
    op.drop_constraint(
        op.f("ck_achievement_credential_unsigned_until_signed"), "achievement_credential"
    )
    for column in ("unsigned_since", "reissued_at"):
        op.drop_column("achievement_credential", column)
    for table in ("issuer_key", "issuer_token_key"):
        op.drop_column(table, "compromised_at")
