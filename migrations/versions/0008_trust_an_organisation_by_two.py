"""Let an organisation be trusted by two officers, for as long as all that it must have holds."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

#: When the first of all that must be in place lapses: midnight in London after its last day. What
#: counts is what two officers have accepted. A kind of which there is nothing leaves it empty.
ASSURED = """
CREATE FUNCTION assured_until_of(organisation bigint) RETURNS timestamptz
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN count(last_day) = count(*)
        THEN (min(last_day) + 1)::timestamp AT TIME ZONE 'Europe/London' END
    FROM (
        SELECT needed, max(a.expires_on) AS last_day
        FROM unnest(ARRAY['safeguarding_policy', 'safeguarding_lead', 'insurance',
            'risk_assessment', 'staff_check']) needed
        LEFT JOIN assurance a ON a.provider_id = organisation AND a.kind = needed
            AND a.seconded_at IS NOT NULL AND a.refused_at IS NULL AND a.withdrawn_at IS NULL
        GROUP BY needed
    ) kinds
$$;
CREATE FUNCTION assured_after_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE provider SET assured_until = assured_until_of(id)
    WHERE id IN (NEW.provider_id, OLD.provider_id)
        AND assured_until IS DISTINCT FROM assured_until_of(id);
    RETURN NULL;
END $$;
CREATE TRIGGER assured_after_change AFTER INSERT OR UPDATE OR DELETE ON assurance
    FOR EACH ROW EXECUTE FUNCTION assured_after_change();
"""

#: Nobody decides on what they are or were in, whatever their account has become since. What is asked
#: of is who decides now: whoever decided once and joined later must stand in nobody's way to stop it.
BY_OTHERS = """
CREATE FUNCTION refuse_own_decision() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    deciding bigint[] := ARRAY[NEW.identity_checked_by_id, NEW.approved_by_id, NEW.verified_by_id];
    decided bigint[] := '{}';
BEGIN
    IF TG_OP = 'UPDATE' AND (NEW.status <> 'verified' OR OLD.status = 'verified') THEN
        decided := ARRAY[OLD.identity_checked_by_id, OLD.approved_by_id, OLD.verified_by_id];
    END IF;
    IF EXISTS (
        SELECT FROM provider_member m
        WHERE m.provider_id IN (NEW.id, NEW.umbrella_id)
            AND m.user_id = ANY(deciding) AND m.user_id <> ALL(array_remove(decided, NULL))
    ) THEN
        RAISE check_violation USING MESSAGE = 'decided by someone of the organisation itself';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER refuse_own_decision BEFORE INSERT OR UPDATE OF
    identity_checked_by_id, approved_by_id, verified_by_id, status ON provider
    FOR EACH ROW EXECUTE FUNCTION refuse_own_decision();
CREATE FUNCTION refuse_own_evidence() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM provider_member m
        WHERE m.provider_id = NEW.provider_id
            AND m.user_id IN (NEW.accepted_by_id, NEW.seconded_by_id)
    ) THEN
        RAISE check_violation USING MESSAGE = 'accepted by someone of the organisation itself';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER refuse_own_evidence BEFORE INSERT OR UPDATE OF accepted_by_id, seconded_by_id
    ON assurance FOR EACH ROW EXECUTE FUNCTION refuse_own_evidence();
"""

#: A decision goes with its organisation, and never otherwise.
FOR_GOOD = """
CREATE FUNCTION decided_for_good() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND NOT EXISTS (SELECT FROM provider WHERE id = OLD.provider_id) THEN
        RETURN OLD;
    END IF;
    RAISE restrict_violation USING MESSAGE = 'a decision is never changed';
END $$;
CREATE TRIGGER decided_for_good BEFORE UPDATE OR DELETE ON decision
    FOR EACH ROW EXECUTE FUNCTION decided_for_good();
"""

#: As in migration 0004, with what two officers trusted until when.
REFRESH = """
CREATE OR REPLACE FUNCTION refresh_opportunity_search(ids bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    -- Held until the transaction ends: two writers of one opportunity each see what the other did.
    PERFORM 1 FROM opportunity WHERE id = ANY(ids) ORDER BY id FOR NO KEY UPDATE;
    DELETE FROM opportunity_search s WHERE s.opportunity_id = ANY(ids) AND NOT EXISTS (
        SELECT FROM opportunity o JOIN provider p ON p.id = o.provider_id
        WHERE o.id = s.opportunity_id AND o.status = 'published' AND p.status = 'verified'
            AND p.assured_until IS NOT NULL AND (coming_of(o.id, o.checked_at)).starts IS NOT NULL
    );
    INSERT INTO opportunity_search (
        opportunity_id, city_id, provider_id, achievement_id, kind, category, min_age, max_age,
        suits_min_age, suits_max_age, is_free, is_step_free, is_online, welcome, skills,
        published_at, listed_until, spot, mercator, quadkey, lon, lat, lsoa_code,
        starts, last_starts_at, session_ids, feature, words
    )
    SELECT o.id, p.city_id, o.provider_id, o.achievement_id, o.kind, o.category,
        o.min_age, o.max_age,
        coalesce(o.suits_min_age, o.min_age), coalesce(o.suits_max_age, o.max_age),
        o.cost_pence = 0, v.step_free, o.mode <> 'in_person',
        o.welcome, coalesce(a.skills, '{}'), o.published_at,
        -- As many hours as 180 days have. What is set up in code is set up here too: freshness.py.
        least(o.checked_at + interval '4320 hours', p.assured_until),
        ST_Transform(v.point::geometry, 27700), at.mercator, quadkey_of(at.mercator),
        ST_X(v.point::geometry), ST_Y(v.point::geometry), v.lsoa_code,
        coming.starts, coming.starts[array_upper(coming.starts, 1)], coming.session_ids,
        feature_of(o.id),
        words_of(o.title, o.description, coalesce(a.name, ''), coalesce(a.skills, '{}'),
            p.name, v.name, o.kind, o.category)
    FROM opportunity o
    JOIN provider p ON p.id = o.provider_id
    JOIN place v ON v.id = o.place_id
    LEFT JOIN achievement a ON a.id = o.achievement_id
    CROSS JOIN LATERAL coming_of(o.id, o.checked_at) coming
    CROSS JOIN LATERAL (SELECT ST_Transform(v.point::geometry, 3857) AS mercator) at
    WHERE o.id = ANY(ids) AND o.status = 'published' AND p.status = 'verified'
        AND p.assured_until IS NOT NULL AND coming.starts IS NOT NULL
    -- Many at once are laid down as they lie on the map: who looks near one reads few pages.
    ORDER BY quadkey_of(at.mercator)
    ON CONFLICT (opportunity_id) DO UPDATE SET
        city_id = excluded.city_id, provider_id = excluded.provider_id,
        achievement_id = excluded.achievement_id,
        kind = excluded.kind, category = excluded.category,
        min_age = excluded.min_age, max_age = excluded.max_age,
        suits_min_age = excluded.suits_min_age, suits_max_age = excluded.suits_max_age,
        is_free = excluded.is_free, is_step_free = excluded.is_step_free,
        is_online = excluded.is_online, welcome = excluded.welcome, skills = excluded.skills,
        published_at = excluded.published_at, listed_until = excluded.listed_until,
        spot = excluded.spot, mercator = excluded.mercator, quadkey = excluded.quadkey,
        lon = excluded.lon, lat = excluded.lat, lsoa_code = excluded.lsoa_code,
        starts = excluded.starts, last_starts_at = excluded.last_starts_at,
        session_ids = excluded.session_ids, feature = excluded.feature, words = excluded.words;
    INSERT INTO opportunity_told
    SELECT s.opportunity_id, told_of(s.opportunity_id) FROM opportunity_search s
    WHERE s.opportunity_id = ANY(ids)
    ON CONFLICT (opportunity_id) DO UPDATE SET pieces = excluded.pieces
    -- The same again: a session that fills up says nothing new of the opportunity.
    WHERE opportunity_told.pieces <> excluded.pieces;
    -- Words as they are written, to find what a mistyped one was meant to be, and their stems, to
    -- ask for none that nothing has. One that is gone from the listings does no harm, so none is
    -- taken out.
    INSERT INTO search_word
    SELECT DISTINCT lexeme, coalesce((ts_lexize('english_stem', lexeme))[1], lexeme)
    FROM opportunity o
    JOIN provider p ON p.id = o.provider_id
    JOIN place v ON v.id = o.place_id
    LEFT JOIN achievement a ON a.id = o.achievement_id
    CROSS JOIN unnest(to_tsvector('simple', unaccent(concat_ws(' ', o.title, o.description, a.name,
        replace(array_to_string(a.skills, ' '), '_', ' '), p.name, v.name,
        replace(o.kind || ' ' || o.category, '_', ' '))))) found
    WHERE o.id = ANY(ids) AND lexeme ~ '^[a-z]{3,30}$'
        AND NOT EXISTS (SELECT FROM search_word w WHERE w.word = lexeme)
    ORDER BY lexeme
    ON CONFLICT DO NOTHING;
END $$
"""

OLD_REFRESH = """
CREATE OR REPLACE FUNCTION refresh_opportunity_search(ids bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    -- Held until the transaction ends: two writers of one opportunity each see what the other did.
    PERFORM 1 FROM opportunity WHERE id = ANY(ids) ORDER BY id FOR NO KEY UPDATE;
    DELETE FROM opportunity_search s WHERE s.opportunity_id = ANY(ids) AND NOT EXISTS (
        SELECT FROM opportunity o JOIN provider p ON p.id = o.provider_id
        WHERE o.id = s.opportunity_id AND o.status = 'published' AND p.status = 'verified'
            AND (coming_of(o.id, o.checked_at)).starts IS NOT NULL
    );
    INSERT INTO opportunity_search (
        opportunity_id, city_id, provider_id, achievement_id, kind, category, min_age, max_age,
        suits_min_age, suits_max_age, is_free, is_step_free, is_online, welcome, skills,
        published_at, checked_at, spot, mercator, quadkey, lon, lat, lsoa_code,
        starts, last_starts_at, session_ids, feature, words
    )
    SELECT o.id, p.city_id, o.provider_id, o.achievement_id, o.kind, o.category,
        o.min_age, o.max_age,
        coalesce(o.suits_min_age, o.min_age), coalesce(o.suits_max_age, o.max_age),
        o.cost_pence = 0, v.step_free, o.mode <> 'in_person',
        o.welcome, coalesce(a.skills, '{}'), o.published_at, o.checked_at,
        ST_Transform(v.point::geometry, 27700), at.mercator, quadkey_of(at.mercator),
        ST_X(v.point::geometry), ST_Y(v.point::geometry), v.lsoa_code,
        coming.starts, coming.starts[array_upper(coming.starts, 1)], coming.session_ids,
        feature_of(o.id),
        words_of(o.title, o.description, coalesce(a.name, ''), coalesce(a.skills, '{}'),
            p.name, v.name, o.kind, o.category)
    FROM opportunity o
    JOIN provider p ON p.id = o.provider_id
    JOIN place v ON v.id = o.place_id
    LEFT JOIN achievement a ON a.id = o.achievement_id
    CROSS JOIN LATERAL coming_of(o.id, o.checked_at) coming
    CROSS JOIN LATERAL (SELECT ST_Transform(v.point::geometry, 3857) AS mercator) at
    WHERE o.id = ANY(ids) AND o.status = 'published' AND p.status = 'verified'
        AND coming.starts IS NOT NULL
    -- Many at once are laid down as they lie on the map: who looks near one reads few pages.
    ORDER BY quadkey_of(at.mercator)
    ON CONFLICT (opportunity_id) DO UPDATE SET
        city_id = excluded.city_id, provider_id = excluded.provider_id,
        achievement_id = excluded.achievement_id,
        kind = excluded.kind, category = excluded.category,
        min_age = excluded.min_age, max_age = excluded.max_age,
        suits_min_age = excluded.suits_min_age, suits_max_age = excluded.suits_max_age,
        is_free = excluded.is_free, is_step_free = excluded.is_step_free,
        is_online = excluded.is_online, welcome = excluded.welcome, skills = excluded.skills,
        published_at = excluded.published_at, checked_at = excluded.checked_at,
        spot = excluded.spot, mercator = excluded.mercator, quadkey = excluded.quadkey,
        lon = excluded.lon, lat = excluded.lat, lsoa_code = excluded.lsoa_code,
        starts = excluded.starts, last_starts_at = excluded.last_starts_at,
        session_ids = excluded.session_ids, feature = excluded.feature, words = excluded.words;
    INSERT INTO opportunity_told
    SELECT s.opportunity_id, told_of(s.opportunity_id) FROM opportunity_search s
    WHERE s.opportunity_id = ANY(ids)
    ON CONFLICT (opportunity_id) DO UPDATE SET pieces = excluded.pieces
    -- The same again: a session that fills up says nothing new of the opportunity.
    WHERE opportunity_told.pieces <> excluded.pieces;
    -- Words as they are written, to find what a mistyped one was meant to be, and their stems, to
    -- ask for none that nothing has. One that is gone from the listings does no harm, so none is
    -- taken out.
    INSERT INTO search_word
    SELECT DISTINCT lexeme, coalesce((ts_lexize('english_stem', lexeme))[1], lexeme)
    FROM opportunity o
    JOIN provider p ON p.id = o.provider_id
    JOIN place v ON v.id = o.place_id
    LEFT JOIN achievement a ON a.id = o.achievement_id
    CROSS JOIN unnest(to_tsvector('simple', unaccent(concat_ws(' ', o.title, o.description, a.name,
        replace(array_to_string(a.skills, ' '), '_', ' '), p.name, v.name,
        replace(o.kind || ' ' || o.category, '_', ' '))))) found
    WHERE o.id = ANY(ids) AND lexeme ~ '^[a-z]{3,30}$'
        AND NOT EXISTS (SELECT FROM search_word w WHERE w.word = lexeme)
    ORDER BY lexeme
    ON CONFLICT DO NOTHING;
END $$
"""

OWNER = """
CREATE OR REPLACE TRIGGER search_after_update AFTER UPDATE ON provider FOR EACH ROW
    WHEN (OLD.status <> NEW.status OR OLD.name <> NEW.name OR OLD.city_id <> NEW.city_id
        OR OLD.slug <> NEW.slug{more})
    EXECUTE FUNCTION search_after_owner();
"""

_KINDS = ("employer", "youth_group", "cultural_body")
_MORE_KINDS = ("sport", "school", "council", "other")
_STATES = ("applied", "verified", "suspended")

_NUMBERS = """
registered_with IS NULL
OR (registered_with = 'charity_england_wales' AND registration_number ~ '^[0-9]{6,7}$')
OR (registered_with = 'charity_scotland' AND registration_number ~ '^SC[0-9]{6}$')
OR (registered_with = 'charity_northern_ireland' AND registration_number ~ '^NIC[0-9]{6}$')
OR (registered_with = 'company' AND registration_number ~ '^([0-9]{8}|[A-Z]{2}[0-9]{6})$')
OR (registered_with = 'school' AND registration_number ~ '^[0-9]{6}$')
"""


def upgrade() -> None:
    op.create_table(
        "assurance",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "safeguarding_policy",
                "safeguarding_lead",
                "insurance",
                "risk_assessment",
                "staff_check",
                name="assurancekind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column(
            "level",
            sa.Enum(
                "basic",
                "standard",
                "enhanced",
                "enhanced_barred",
                name="checklevel",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("seen_on", sa.Date(), nullable=False),
        sa.Column("seen_by", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("sent_by_id", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_by_id", sa.BigInteger(), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seconded_by_id", sa.BigInteger(), nullable=True),
        sa.Column("seconded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(kind = 'staff_check') = (level IS NOT NULL)",
            name=op.f("ck_assurance_check_has_a_level"),
        ),
        sa.CheckConstraint(
            "kind NOT IN ('staff_check', 'safeguarding_lead') OR person <> ''",
            name=op.f("ck_assurance_about_someone"),
        ),
        sa.CheckConstraint(
            "(seconded_by_id IS NULL) = (seconded_at IS NULL) AND (accepted_by_id IS NULL) = (accepted_at IS NULL) AND (seconded_at IS NULL OR accepted_at IS NOT NULL)",
            name=op.f("ck_assurance_accepted_in_turn"),
        ),
        sa.CheckConstraint(
            "expires_on >= seen_on", name=op.f("ck_assurance_expires_after_it_was_seen")
        ),
        sa.CheckConstraint(
            "seconded_by_id <> accepted_by_id", name=op.f("ck_assurance_accepted_by_two")
        ),
        sa.ForeignKeyConstraint(
            ["accepted_by_id"],
            ["user_account.id"],
            name=op.f("fk_assurance_accepted_by_id_user_account"),
        ),
        sa.ForeignKeyConstraint(
            ["provider_id"],
            ["provider.id"],
            name=op.f("fk_assurance_provider_id_provider"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["seconded_by_id"],
            ["user_account.id"],
            name=op.f("fk_assurance_seconded_by_id_user_account"),
        ),
        sa.ForeignKeyConstraint(
            ["sent_by_id"], ["user_account.id"], name=op.f("fk_assurance_sent_by_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assurance")),
        sa.UniqueConstraint("uuid", name=op.f("uq_assurance_uuid")),
    )
    op.create_index(
        "ix_assurance_provider_id_kind", "assurance", ["provider_id", "kind"], unique=False
    )
    op.create_table(
        "decision",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by_id", sa.BigInteger(), nullable=False),
        sa.Column("provider_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "identity_checked",
                "evidence_accepted",
                "evidence_refused",
                "approved",
                "published",
                "refused",
                "suspended",
                "listing_approved",
                "listing_sent_back",
                "listing_paused",
                "listing_withdrawn",
                name="decisionkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("about", sa.Uuid(), nullable=True),
        sa.Column("about_name", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint("char_length(reason) <= 500", name=op.f("ck_decision_reason_short")),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["user_account.id"], name=op.f("fk_decision_made_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["provider_id"],
            ["provider.id"],
            name=op.f("fk_decision_provider_id_provider"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
    )
    op.create_index(op.f("ix_decision_made_by_id"), "decision", ["made_by_id"], unique=False)
    op.create_index(
        "ix_decision_provider_id_made_at",
        "decision",
        ["provider_id", sa.literal_column("made_at DESC")],
        unique=False,
    )
    op.create_table(
        "invitation",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("provider_id", sa.BigInteger(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "admin",
                "organiser",
                "door",
                "safeguarding_lead",
                name="memberrole",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("invited_by_id", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["invited_by_id"],
            ["user_account.id"],
            name=op.f("fk_invitation_invited_by_id_user_account"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["provider_id"],
            ["provider.id"],
            name=op.f("fk_invitation_provider_id_provider"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitation_token_hash")),
        sa.UniqueConstraint("uuid", name=op.f("uq_invitation_uuid")),
    )
    op.create_index(op.f("ix_invitation_provider_id"), "invitation", ["provider_id"], unique=False)
    op.add_column(
        "provider",
        sa.Column(
            "registered_with",
            sa.Enum(
                "charity_england_wales",
                "charity_scotland",
                "charity_northern_ireland",
                "company",
                "school",
                name="register",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
    )
    op.add_column(
        "provider", sa.Column("registration_number", sa.Text(), server_default="", nullable=False)
    )
    op.add_column("provider", sa.Column("umbrella_id", sa.BigInteger(), nullable=True))
    op.add_column(
        "provider", sa.Column("evidence_in_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column("provider", sa.Column("identity_checked_by_id", sa.BigInteger(), nullable=True))
    op.add_column(
        "provider", sa.Column("identity_checked_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column("provider", sa.Column("approved_by_id", sa.BigInteger(), nullable=True))
    op.add_column("provider", sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("provider", sa.Column("assured_until", sa.DateTime(timezone=True), nullable=True))
    op.create_index(op.f("ix_provider_umbrella_id"), "provider", ["umbrella_id"], unique=False)
    op.create_foreign_key(
        op.f("fk_provider_approved_by_id_user_account"),
        "provider",
        "user_account",
        ["approved_by_id"],
        ["id"],
    )
    op.create_foreign_key(
        op.f("fk_provider_umbrella_id_provider"), "provider", "provider", ["umbrella_id"], ["id"]
    )
    op.create_foreign_key(
        op.f("fk_provider_identity_checked_by_id_user_account"),
        "provider",
        "user_account",
        ["identity_checked_by_id"],
        ["id"],
    )
    op.add_column(
        "provider_member",
        sa.Column(
            "role",
            sa.Enum(
                "admin",
                "organiser",
                "door",
                "safeguarding_lead",
                name="memberrole",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            server_default="admin",
            nullable=False,
        ),
    )
    op.add_column(
        "provider_member",
        sa.Column(
            "joined_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
    )
    op.add_column(
        "provider_member", sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True)
    )
    _let_be("provider", "kind", "providerkind", _KINDS + _MORE_KINDS)
    _let_be("provider", "status", "providerstatus", (*_STATES, "refused"))
    op.drop_constraint(op.f("ck_provider_verified_by_someone"), "provider")
    # One officer's yes is the first of two now. Until the second, and the evidence, nothing is found.
    op.execute(
        "UPDATE provider SET status = 'applied', approved_by_id = verified_by_id, "
        "approved_at = verified_at WHERE status = 'verified'"
    )
    op.create_check_constraint(
        op.f("ck_provider_verified_by_two"),
        "provider",
        "status <> 'verified' OR (identity_checked_by_id IS NOT NULL "
        "AND approved_by_id IS NOT NULL AND verified_by_id IS NOT NULL "
        "AND verified_at IS NOT NULL AND approved_by_id <> verified_by_id)",
    )
    op.create_check_constraint(
        op.f("ck_provider_registered_with_number"),
        "provider",
        "(registered_with IS NULL) = (registration_number = '')",
    )
    op.create_check_constraint(op.f("ck_provider_number_of_register"), "provider", _NUMBERS)
    op.create_check_constraint(
        op.f("ck_provider_not_its_own_umbrella"), "provider", "umbrella_id <> id"
    )
    for statement in (ASSURED, BY_OTHERS, FOR_GOOD):
        op.execute(statement)
    _trust_in_search(
        "listed_until", REFRESH, " OR OLD.assured_until IS DISTINCT FROM NEW.assured_until"
    )


def downgrade() -> None:
    _trust_in_search("checked_at", OLD_REFRESH, "")
    for trigger, table in (
        ("decided_for_good", "decision"),
        ("refuse_own_evidence", "assurance"),
        ("refuse_own_decision", "provider"),
        ("assured_after_change", "assurance"),
    ):
        op.execute(f"DROP TRIGGER {trigger} ON {table}")
        op.execute(f"DROP FUNCTION {trigger}()")
    op.execute("DROP FUNCTION assured_until_of(bigint)")
    for name in (
        "not_its_own_umbrella",
        "number_of_register",
        "registered_with_number",
        "verified_by_two",
    ):
        op.drop_constraint(op.f(f"ck_provider_{name}"), "provider")
    op.execute("UPDATE provider SET status = 'applied' WHERE status = 'refused'")
    op.execute(
        "UPDATE provider SET kind = 'youth_group' WHERE kind IN ('sport', 'school', 'council', 'other')"
    )
    op.create_check_constraint(
        op.f("ck_provider_verified_by_someone"),
        "provider",
        "status <> 'verified' OR (verified_at IS NOT NULL AND verified_by_id IS NOT NULL)",
    )
    _let_be("provider", "kind", "providerkind", _KINDS)
    _let_be("provider", "status", "providerstatus", _STATES)

    op.drop_column("provider_member", "ended_at")
    op.drop_column("provider_member", "joined_at")
    op.drop_column("provider_member", "role")
    op.drop_constraint(
        op.f("fk_provider_identity_checked_by_id_user_account"), "provider", type_="foreignkey"
    )
    op.drop_constraint(op.f("fk_provider_umbrella_id_provider"), "provider", type_="foreignkey")
    op.drop_constraint(
        op.f("fk_provider_approved_by_id_user_account"), "provider", type_="foreignkey"
    )
    op.drop_index(op.f("ix_provider_umbrella_id"), table_name="provider")
    op.drop_column("provider", "assured_until")
    op.drop_column("provider", "approved_at")
    op.drop_column("provider", "approved_by_id")
    op.drop_column("provider", "identity_checked_at")
    op.drop_column("provider", "identity_checked_by_id")
    op.drop_column("provider", "evidence_in_at")
    op.drop_column("provider", "umbrella_id")
    op.drop_column("provider", "registration_number")
    op.drop_column("provider", "registered_with")
    op.drop_index(op.f("ix_invitation_provider_id"), table_name="invitation")
    op.drop_table("invitation")
    op.drop_index("ix_decision_provider_id_made_at", table_name="decision")
    op.drop_index(op.f("ix_decision_made_by_id"), table_name="decision")
    op.drop_table("decision")
    op.drop_index("ix_assurance_provider_id_kind", table_name="assurance")
    op.drop_table("assurance")


def _let_be(table: str, column: str, kind: str, values: tuple[str, ...]) -> None:
    """Let a column hold these values and no others."""
    op.drop_constraint(op.f(f"ck_{table}_{kind}"), table)
    listed = ", ".join(f"'{value}'" for value in values)
    op.create_check_constraint(op.f(f"ck_{table}_{kind}"), table, f"{column} IN ({listed})")


def _trust_in_search(column: str, refresh: str, more: str) -> None:
    """Let the table to search in say until when a row counts, in `column`, and fill it anew."""
    old = "checked_at" if column == "listed_until" else "listed_until"
    op.execute("DELETE FROM opportunity_search")
    op.drop_index("ix_opportunity_search_quadkey", "opportunity_search")
    op.drop_column("opportunity_search", old)
    op.add_column(
        "opportunity_search", sa.Column(column, sa.DateTime(timezone=True), nullable=False)
    )
    op.create_index(
        "ix_opportunity_search_quadkey",
        "opportunity_search",
        ["quadkey"],
        postgresql_include=["last_starts_at", column, "city_id", "is_free", "lon", "lat"],
    )
    op.execute(refresh)
    op.execute(OWNER.replace("{more}", more))
    op.execute("SELECT refresh_opportunity_search(array(SELECT id FROM opportunity))")
