"""Lay the foundations: areas, people, providers, opportunities, badges, records and the cube."""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geography, Geometry
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS postgis")
    op.create_geospatial_table(
        "area",
        sa.Column("lsoa_code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("district_code", sa.Text(), nullable=False),
        sa.Column("district_name", sa.Text(), nullable=False),
        sa.Column("ward_code", sa.Text(), nullable=True),
        sa.Column("ward_name", sa.Text(), nullable=True),
        sa.Column(
            "boundary",
            Geometry(
                geometry_type="MULTIPOLYGON",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column(
            "centre",
            Geography(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeogFromText",
                name="geography",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.CheckConstraint("lsoa_code ~ '^[A-Z][0-9]{8}$'", name=op.f("ck_area_official_code")),
        sa.PrimaryKeyConstraint("lsoa_code", name=op.f("pk_area")),
    )
    op.create_geospatial_index(
        "idx_area_boundary",
        "area",
        ["boundary"],
        unique=False,
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_geospatial_index(
        "idx_area_centre",
        "area",
        ["centre"],
        unique=False,
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_index(op.f("ix_area_district_code"), "area", ["district_code"], unique=False)
    op.create_index(op.f("ix_area_ward_code"), "area", ["ward_code"], unique=False)
    op.create_table(
        "city",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_cy", sa.Text(), nullable=False),
        sa.Column("authority_name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_city")),
        sa.UniqueConstraint("slug", name=op.f("uq_city_slug")),
    )
    op.create_table(
        "deprivation",
        sa.Column("edition", sa.Text(), nullable=False),
        sa.Column("lsoa_code", sa.Text(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("decile", sa.Integer(), nullable=False),
        sa.CheckConstraint("decile BETWEEN 1 AND 10", name=op.f("ck_deprivation_decile_range")),
        sa.CheckConstraint("rank > 0", name=op.f("ck_deprivation_rank_positive")),
        sa.PrimaryKeyConstraint("edition", "lsoa_code", name=op.f("pk_deprivation")),
    )
    op.create_table(
        "population_band",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("lsoa_code", sa.Text(), nullable=False),
        sa.Column("from_age", sa.Integer(), nullable=False),
        sa.Column("to_age", sa.Integer(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.CheckConstraint("people >= 0", name=op.f("ck_population_band_people_not_negative")),
        sa.CheckConstraint("to_age >= from_age", name=op.f("ck_population_band_age_order")),
        sa.PrimaryKeyConstraint("source", "lsoa_code", "from_age", name=op.f("pk_population_band")),
    )
    op.create_table(
        "postcode",
        sa.Column("postcode", sa.Text(), nullable=False),
        sa.Column("lsoa_code", sa.Text(), nullable=False),
        sa.Column("lon", sa.Double(), nullable=False),
        sa.Column("lat", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("postcode", name=op.f("pk_postcode")),
    )
    op.create_index(op.f("ix_postcode_lsoa_code"), "postcode", ["lsoa_code"], unique=False)
    op.create_table(
        "sign_in_attempt",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("window_started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_sign_in_attempt")),
    )
    op.create_table(
        "city_district",
        sa.Column("city_id", sa.BigInteger(), nullable=False),
        sa.Column("district_code", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["city_id"], ["city.id"], name=op.f("fk_city_district_city_id_city"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("city_id", "district_code", name=op.f("pk_city_district")),
        sa.UniqueConstraint("district_code", name=op.f("uq_city_district_district_code")),
    )
    op.create_geospatial_table(
        "place",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("step_free", sa.Boolean(), nullable=False),
        sa.Column(
            "point",
            Geography(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeogFromText",
                name="geography",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column("lsoa_code", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["lsoa_code"], ["area.lsoa_code"], name=op.f("fk_place_lsoa_code_area")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place")),
        sa.UniqueConstraint("uuid", name=op.f("uq_place_uuid")),
    )
    op.create_geospatial_index(
        "idx_place_point",
        "place",
        ["point"],
        unique=False,
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_index(op.f("ix_place_lsoa_code"), "place", ["lsoa_code"], unique=False)
    op.create_table(
        "reach_release",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("city_id", sa.BigInteger(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("deprivation_edition", sa.Text(), nullable=False),
        sa.Column("population_source", sa.Text(), nullable=False),
        sa.Column("sigma", sa.Double(), nullable=False),
        sa.Column("smallest_shown", sa.Integer(), nullable=False),
        sa.Column("rho", sa.Double(), nullable=False),
        sa.Column(
            "released_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("ends_on > starts_on", name=op.f("ck_reach_release_period_order")),
        sa.CheckConstraint("sigma > 0", name=op.f("ck_reach_release_noise_is_drawn")),
        sa.ForeignKeyConstraint(
            ["city_id"], ["city.id"], name=op.f("fk_reach_release_city_id_city")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reach_release")),
        sa.UniqueConstraint("city_id", "period", name=op.f("uq_reach_release_city_id_period")),
        sa.UniqueConstraint("uuid", name=op.f("uq_reach_release_uuid")),
    )
    op.create_table(
        "user_account",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "learner",
                "guardian",
                "supporter",
                "provider_staff",
                "provider_admin",
                "authority_officer",
                "city_admin",
                "platform_admin",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("city_id", sa.BigInteger(), nullable=True),
        sa.Column("pass_code", sa.Text(), nullable=True),
        sa.Column("pin_hash", sa.Text(), nullable=True),
        sa.Column(
            "age_band",
            sa.Enum(
                "11-12",
                "13-15",
                "16-17",
                "18-24",
                name="ageband",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("home_lsoa_code", sa.Text(), nullable=True),
        sa.Column("subject_uuid", sa.Uuid(), nullable=False),
        sa.Column("session_key", sa.Text(), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(role = 'learner') = (pass_code IS NOT NULL AND pin_hash IS NOT NULL AND age_band IS NOT NULL AND home_lsoa_code IS NOT NULL)",
            name=op.f("ck_user_account_learner_has_a_pass"),
        ),
        sa.CheckConstraint(
            "role = 'learner' OR email IS NOT NULL", name=op.f("ck_user_account_adult_has_an_email")
        ),
        sa.CheckConstraint(
            "email = lower(email)", name=op.f("ck_user_account_email_is_lower_case")
        ),
        sa.ForeignKeyConstraint(
            ["city_id"], ["city.id"], name=op.f("fk_user_account_city_id_city")
        ),
        sa.ForeignKeyConstraint(
            ["home_lsoa_code"], ["area.lsoa_code"], name=op.f("fk_user_account_home_lsoa_code_area")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_account")),
        sa.UniqueConstraint("email", name=op.f("uq_user_account_email")),
        sa.UniqueConstraint("pass_code", name=op.f("uq_user_account_pass_code")),
        sa.UniqueConstraint("session_key", name=op.f("uq_user_account_session_key")),
        sa.UniqueConstraint("subject_uuid", name=op.f("uq_user_account_subject_uuid")),
        sa.UniqueConstraint("uuid", name=op.f("uq_user_account_uuid")),
    )
    op.create_table(
        "provider",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "employer",
                "youth_group",
                "cultural_body",
                name="providerkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("city_id", sa.BigInteger(), nullable=False),
        sa.Column("safeguarding_lead", sa.Text(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "applied",
                "verified",
                "suspended",
                name="providerstatus",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "applied_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("verified_by_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "status <> 'verified' OR (verified_at IS NOT NULL AND verified_by_id IS NOT NULL)",
            name=op.f("ck_provider_verified_by_someone"),
        ),
        sa.ForeignKeyConstraint(["city_id"], ["city.id"], name=op.f("fk_provider_city_id_city")),
        sa.ForeignKeyConstraint(
            ["verified_by_id"],
            ["user_account.id"],
            name=op.f("fk_provider_verified_by_id_user_account"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provider")),
        sa.UniqueConstraint("slug", name=op.f("uq_provider_slug")),
        sa.UniqueConstraint("uuid", name=op.f("uq_provider_uuid")),
    )
    op.create_index(op.f("ix_provider_city_id"), "provider", ["city_id"], unique=False)
    op.create_table(
        "reach_cell",
        sa.Column("release_id", sa.BigInteger(), nullable=False),
        sa.Column("table", sa.Text(), nullable=False),
        sa.Column("cell", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("learners", sa.Integer(), nullable=True),
        sa.Column("young_people", sa.Integer(), nullable=True),
        sa.Column("decile", sa.Integer(), nullable=True),
        sa.CheckConstraint("learners >= 0", name=op.f("ck_reach_cell_learners_not_negative")),
        sa.CheckConstraint(
            "young_people >= 0", name=op.f("ck_reach_cell_young_people_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["release_id"],
            ["reach_release.id"],
            name=op.f("fk_reach_cell_release_id_reach_release"),
        ),
        sa.PrimaryKeyConstraint("release_id", "table", "cell", name=op.f("pk_reach_cell")),
    )
    op.create_table(
        "share_link",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("learner_id", sa.BigInteger(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("shows_name", sa.Boolean(), nullable=False),
        sa.Column("shows_hours", sa.Boolean(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("expires_at > created_at", name=op.f("ck_share_link_expires_later")),
        sa.ForeignKeyConstraint(
            ["learner_id"],
            ["user_account.id"],
            name=op.f("fk_share_link_learner_id_user_account"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_share_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_share_link_token_hash")),
        sa.UniqueConstraint("uuid", name=op.f("uq_share_link_uuid")),
    )
    op.create_index(op.f("ix_share_link_learner_id"), "share_link", ["learner_id"], unique=False)
    op.create_table(
        "sign_in_link",
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
            name=op.f("fk_sign_in_link_user_id_user_account"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_sign_in_link")),
    )
    op.create_index(op.f("ix_sign_in_link_user_id"), "sign_in_link", ["user_id"], unique=False)
    op.create_table(
        "achievement",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("issuer_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("criteria", sa.Text(), nullable=False),
        sa.Column(
            "strand",
            sa.Enum(
                "create",
                "explore",
                "help",
                "work",
                name="strand",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("icon", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("level BETWEEN 1 AND 4", name=op.f("ck_achievement_level_range")),
        sa.ForeignKeyConstraint(
            ["issuer_id"], ["provider.id"], name=op.f("fk_achievement_issuer_id_provider")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_achievement")),
        sa.UniqueConstraint("slug", name=op.f("uq_achievement_slug")),
    )
    op.create_index(op.f("ix_achievement_issuer_id"), "achievement", ["issuer_id"], unique=False)
    op.create_table(
        "issuer_key",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("issuer_id", sa.BigInteger(), nullable=False),
        sa.Column("multikey", sa.Text(), nullable=False),
        sa.Column("encrypted_private_key", sa.LargeBinary(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["issuer_id"],
            ["provider.id"],
            name=op.f("fk_issuer_key_issuer_id_provider"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issuer_key")),
        sa.UniqueConstraint("multikey", name=op.f("uq_issuer_key_multikey")),
    )
    op.create_index(
        "uq_issuer_key_current",
        "issuer_key",
        ["issuer_id"],
        unique=True,
        postgresql_where=sa.text("retired_at IS NULL"),
    )
    op.create_table(
        "provider_member",
        sa.Column("provider_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["provider_id"],
            ["provider.id"],
            name=op.f("fk_provider_member_provider_id_provider"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
            name=op.f("fk_provider_member_user_id_user_account"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("provider_id", "user_id", name=op.f("pk_provider_member")),
    )
    op.create_index(
        op.f("ix_provider_member_user_id"), "provider_member", ["user_id"], unique=False
    )
    op.create_table(
        "achievement_credential",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("achievement_id", sa.BigInteger(), nullable=False),
        sa.Column("issuer_id", sa.BigInteger(), nullable=False),
        sa.Column("recipient_id", sa.BigInteger(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("activity_started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("activity_ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("awarded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status_index", sa.Integer(), nullable=False),
        sa.Column("signed_document", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revocation_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(revoked_at IS NULL) = (revocation_reason IS NULL)",
            name=op.f("ck_achievement_credential_revoked_for_a_reason"),
        ),
        sa.CheckConstraint(
            "status_index BETWEEN 0 AND 131071",
            name=op.f("ck_achievement_credential_status_index_range"),
        ),
        sa.ForeignKeyConstraint(
            ["achievement_id"],
            ["achievement.id"],
            name=op.f("fk_achievement_credential_achievement_id_achievement"),
        ),
        sa.ForeignKeyConstraint(
            ["issuer_id"],
            ["provider.id"],
            name=op.f("fk_achievement_credential_issuer_id_provider"),
        ),
        sa.ForeignKeyConstraint(
            ["recipient_id"],
            ["user_account.id"],
            name=op.f("fk_achievement_credential_recipient_id_user_account"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_achievement_credential")),
        sa.UniqueConstraint(
            "achievement_id",
            "recipient_id",
            name=op.f("uq_achievement_credential_achievement_id_recipient_id"),
        ),
        sa.UniqueConstraint(
            "issuer_id",
            "status_index",
            name=op.f("uq_achievement_credential_issuer_id_status_index"),
        ),
        sa.UniqueConstraint("uuid", name=op.f("uq_achievement_credential_uuid")),
    )
    op.create_index(
        op.f("ix_achievement_credential_recipient_id"),
        "achievement_credential",
        ["recipient_id"],
        unique=False,
    )
    op.create_table(
        "opportunity",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("provider_id", sa.BigInteger(), nullable=False),
        sa.Column("place_id", sa.BigInteger(), nullable=False),
        sa.Column("achievement_id", sa.BigInteger(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "enrichment",
                "work_experience",
                "volunteering",
                name="opportunitykind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "category",
            sa.Enum(
                "civic",
                "arts_and_culture",
                "nature_and_adventure",
                "sport",
                "life_skills",
                name="category",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("min_age", sa.Integer(), nullable=False),
        sa.Column("max_age", sa.Integer(), nullable=False),
        sa.Column("cost_pence", sa.Integer(), nullable=False),
        sa.Column("welcome", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "draft",
                "published",
                "withdrawn",
                name="opportunitystatus",
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
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "words",
            postgresql.TSVECTOR(),
            sa.Computed(
                "setweight(to_tsvector('english', title), 'A') || to_tsvector('english', description)",
                persisted=True,
            ),
            nullable=False,
        ),
        sa.CheckConstraint(
            "status <> 'published' OR published_at IS NOT NULL",
            name=op.f("ck_opportunity_published_on_a_day"),
        ),
        sa.CheckConstraint("cost_pence >= 0", name=op.f("ck_opportunity_cost_not_negative")),
        sa.CheckConstraint(
            "min_age >= 5 AND max_age <= 25 AND min_age <= max_age",
            name=op.f("ck_opportunity_age_range"),
        ),
        sa.ForeignKeyConstraint(
            ["achievement_id"],
            ["achievement.id"],
            name=op.f("fk_opportunity_achievement_id_achievement"),
        ),
        sa.ForeignKeyConstraint(
            ["place_id"], ["place.id"], name=op.f("fk_opportunity_place_id_place")
        ),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["provider.id"], name=op.f("fk_opportunity_provider_id_provider")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opportunity")),
        sa.UniqueConstraint("slug", name=op.f("uq_opportunity_slug")),
        sa.UniqueConstraint("uuid", name=op.f("uq_opportunity_uuid")),
    )
    op.create_index(
        op.f("ix_opportunity_achievement_id"), "opportunity", ["achievement_id"], unique=False
    )
    op.create_index(op.f("ix_opportunity_place_id"), "opportunity", ["place_id"], unique=False)
    op.create_index(
        op.f("ix_opportunity_provider_id"), "opportunity", ["provider_id"], unique=False
    )
    op.create_index(
        "ix_opportunity_words", "opportunity", ["words"], unique=False, postgresql_using="gin"
    )
    op.create_table(
        "scheduled_session",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("opportunity_id", sa.BigInteger(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("maximum_capacity", sa.Integer(), nullable=False),
        sa.Column("remaining_capacity", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "ends_at > starts_at", name=op.f("ck_scheduled_session_ends_after_start")
        ),
        sa.CheckConstraint(
            "remaining_capacity BETWEEN 0 AND maximum_capacity",
            name=op.f("ck_scheduled_session_capacity"),
        ),
        sa.ForeignKeyConstraint(
            ["opportunity_id"],
            ["opportunity.id"],
            name=op.f("fk_scheduled_session_opportunity_id_opportunity"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scheduled_session")),
        sa.UniqueConstraint("uuid", name=op.f("uq_scheduled_session_uuid")),
    )
    op.create_index(
        "ix_scheduled_session_opportunity_id_starts_at",
        "scheduled_session",
        ["opportunity_id", "starts_at"],
        unique=False,
    )
    op.create_table(
        "share_link_badge",
        sa.Column("share_link_id", sa.BigInteger(), nullable=False),
        sa.Column("credential_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["credential_id"],
            ["achievement_credential.id"],
            name=op.f("fk_share_link_badge_credential_id_achievement_credential"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["share_link_id"],
            ["share_link.id"],
            name=op.f("fk_share_link_badge_share_link_id_share_link"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("share_link_id", "credential_id", name=op.f("pk_share_link_badge")),
    )
    op.create_table(
        "booking",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("learner_id", sa.BigInteger(), nullable=False),
        sa.Column("scheduled_session_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "confirmed",
                "cancelled",
                name="bookingstatus",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("access_needs", sa.Text(), nullable=False),
        sa.Column(
            "booked_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["learner_id"],
            ["user_account.id"],
            name=op.f("fk_booking_learner_id_user_account"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["scheduled_session_id"],
            ["scheduled_session.id"],
            name=op.f("fk_booking_scheduled_session_id_scheduled_session"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking")),
        sa.UniqueConstraint("uuid", name=op.f("uq_booking_uuid")),
    )
    op.create_index(
        op.f("ix_booking_scheduled_session_id"), "booking", ["scheduled_session_id"], unique=False
    )
    op.create_index(
        "uq_booking_live",
        "booking",
        ["learner_id", "scheduled_session_id"],
        unique=True,
        postgresql_where=sa.text("status = 'confirmed'"),
    )
    op.create_table(
        "attendance",
        sa.Column("booking_id", sa.BigInteger(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("confirmed_by_id", sa.BigInteger(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("home_lsoa_code", sa.Text(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("minutes > 0", name=op.f("ck_attendance_minutes_positive")),
        sa.ForeignKeyConstraint(
            ["booking_id"],
            ["booking.id"],
            name=op.f("fk_attendance_booking_id_booking"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["confirmed_by_id"],
            ["user_account.id"],
            name=op.f("fk_attendance_confirmed_by_id_user_account"),
        ),
        sa.ForeignKeyConstraint(
            ["home_lsoa_code"], ["area.lsoa_code"], name=op.f("fk_attendance_home_lsoa_code_area")
        ),
        sa.PrimaryKeyConstraint("booking_id", name=op.f("pk_attendance")),
        sa.UniqueConstraint("uuid", name=op.f("uq_attendance_uuid")),
    )
    op.create_index(
        op.f("ix_attendance_home_lsoa_code"), "attendance", ["home_lsoa_code"], unique=False
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_attendance_home_lsoa_code"), table_name="attendance")
    op.drop_table("attendance")
    op.drop_index(
        "uq_booking_live", table_name="booking", postgresql_where=sa.text("status = 'confirmed'")
    )
    op.drop_index(op.f("ix_booking_scheduled_session_id"), table_name="booking")
    op.drop_table("booking")
    op.drop_table("share_link_badge")
    op.drop_index("ix_scheduled_session_opportunity_id_starts_at", table_name="scheduled_session")
    op.drop_table("scheduled_session")
    op.drop_index("ix_opportunity_words", table_name="opportunity", postgresql_using="gin")
    op.drop_index(op.f("ix_opportunity_provider_id"), table_name="opportunity")
    op.drop_index(op.f("ix_opportunity_place_id"), table_name="opportunity")
    op.drop_index(op.f("ix_opportunity_achievement_id"), table_name="opportunity")
    op.drop_table("opportunity")
    op.drop_index(
        op.f("ix_achievement_credential_recipient_id"), table_name="achievement_credential"
    )
    op.drop_table("achievement_credential")
    op.drop_index(op.f("ix_provider_member_user_id"), table_name="provider_member")
    op.drop_table("provider_member")
    op.drop_index(
        "uq_issuer_key_current",
        table_name="issuer_key",
        postgresql_where=sa.text("retired_at IS NULL"),
    )
    op.drop_table("issuer_key")
    op.drop_index(op.f("ix_achievement_issuer_id"), table_name="achievement")
    op.drop_table("achievement")
    op.drop_index(op.f("ix_sign_in_link_user_id"), table_name="sign_in_link")
    op.drop_table("sign_in_link")
    op.drop_index(op.f("ix_share_link_learner_id"), table_name="share_link")
    op.drop_table("share_link")
    op.drop_table("reach_cell")
    op.drop_index(op.f("ix_provider_city_id"), table_name="provider")
    op.drop_table("provider")
    op.drop_table("user_account")
    op.drop_table("reach_release")
    op.drop_index(op.f("ix_place_lsoa_code"), table_name="place")
    op.drop_geospatial_index(
        "idx_place_point", table_name="place", postgresql_using="gist", column_name="point"
    )
    op.drop_geospatial_table("place")
    op.drop_table("city_district")
    op.drop_table("sign_in_attempt")
    op.drop_index(op.f("ix_postcode_lsoa_code"), table_name="postcode")
    op.drop_table("postcode")
    op.drop_table("population_band")
    op.drop_table("deprivation")
    op.drop_table("city")
    op.drop_index(op.f("ix_area_ward_code"), table_name="area")
    op.drop_index(op.f("ix_area_district_code"), table_name="area")
    op.drop_geospatial_index(
        "idx_area_centre", table_name="area", postgresql_using="gist", column_name="centre"
    )
    op.drop_geospatial_index(
        "idx_area_boundary", table_name="area", postgresql_using="gist", column_name="boundary"
    )
    op.drop_geospatial_table("area")
