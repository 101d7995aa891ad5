"""Let funds of a city pay for places, one at a time for each listing."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0059"
down_revision = "0058"
branch_labels = None
depends_on = None

_OWN_CITY = """
CREATE FUNCTION fund_of_own_city() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM fund
        JOIN provider ON provider.city_id = fund.city_id
        JOIN opportunity ON opportunity.provider_id = provider.id
        WHERE fund.id = NEW.fund_id AND opportunity.id = NEW.opportunity_id
    ) THEN
        RAISE EXCEPTION 'A fund pays for listings of its own city.'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER fund_of_own_city BEFORE INSERT OR UPDATE OF fund_id, opportunity_id ON funded_listing
FOR EACH ROW EXECUTE FUNCTION fund_of_own_city();
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "fund",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("city_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "char_length(name) BETWEEN 1 AND 80 AND name = btrim(name)",
            name=op.f("ck_fund_name_short"),
        ),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_fund_ends_after_start")),
        sa.ForeignKeyConstraint(
            ["city_id"], ["city.id"], name=op.f("fk_fund_city_id_city"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fund")),
        sa.UniqueConstraint("uuid", name=op.f("uq_fund_uuid")),
        sa.UniqueConstraint("city_id", "name", name=op.f("uq_fund_city_id_name")),
        sa.UniqueConstraint(
            "id", "starts_on", "ends_on", name=op.f("uq_fund_id_starts_on_ends_on")
        ),
    )
    op.create_table(
        "funded_listing",
        sa.Column("fund_id", sa.BigInteger(), nullable=False),
        sa.Column("opportunity_id", sa.BigInteger(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("pence_a_place", sa.Integer(), nullable=False),
        sa.Column("chosen_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "pence_a_place BETWEEN 1 AND 1000000", name=op.f("ck_funded_listing_paid_something")
        ),
        sa.ForeignKeyConstraint(
            ["fund_id", "starts_on", "ends_on"],
            ["fund.id", "fund.starts_on", "fund.ends_on"],
            name="fk_funded_listing_fund",
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["opportunity_id"],
            ["opportunity.id"],
            name=op.f("fk_funded_listing_opportunity_id_opportunity"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("fund_id", "opportunity_id", name=op.f("pk_funded_listing")),
        postgresql.ExcludeConstraint(
            ("opportunity_id", "="),
            (sa.text("daterange(starts_on, ends_on, '[]')"), "&&"),
            name="ex_funded_listing_one_at_a_time",
            using="gist",
        ),
    )
    op.execute(_OWN_CITY)


def downgrade() -> None:
    op.drop_table("funded_listing")
    op.drop_table("fund")
    op.execute("DROP FUNCTION fund_of_own_city")
