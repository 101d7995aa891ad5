"""Keep a table to search in: one narrow row for each thing on offer, exact by triggers."""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

EXTENSIONS = ("pg_trgm", "btree_gist", "unaccent", "fuzzystrmatch")

#: A Morton key: the bits of a tile's x and y at zoom 24, in turn. All points of a tile of any zoom
#: then lie in one range of keys.
QUADKEY = """
CREATE FUNCTION quadkey_of(mercator geometry) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    half CONSTANT float8 := 20037508.342789244;
    tiles CONSTANT float8 := 16777216;
    x bigint := least(greatest(floor((ST_X(mercator) + half) / (2 * half) * tiles), 0), tiles - 1);
    y bigint := least(greatest(floor((half - ST_Y(mercator)) / (2 * half) * tiles), 0), tiles - 1);
BEGIN
    x := (x | (x << 16)) & x'0000FFFF0000FFFF'::bigint;
    x := (x | (x << 8)) & x'00FF00FF00FF00FF'::bigint;
    x := (x | (x << 4)) & x'0F0F0F0F0F0F0F0F'::bigint;
    x := (x | (x << 2)) & x'3333333333333333'::bigint;
    x := (x | (x << 1)) & x'5555555555555555'::bigint;
    y := (y | (y << 16)) & x'0000FFFF0000FFFF'::bigint;
    y := (y | (y << 8)) & x'00FF00FF00FF00FF'::bigint;
    y := (y | (y << 4)) & x'0F0F0F0F0F0F0F0F'::bigint;
    y := (y | (y << 2)) & x'3333333333333333'::bigint;
    y := (y | (y << 1)) & x'5555555555555555'::bigint;
    RETURN x | (y << 1);
END $$
"""

#: The whole text that words are looked for in, with what it weighs.
WORDS = """
CREATE FUNCTION words_of(
    title text, description text, badge text, skills text[], provider text, place text,
    kind text, category text
) RETURNS tsvector LANGUAGE sql STABLE AS $$
    SELECT setweight(to_tsvector('english', unaccent(title)), 'A')
        || setweight(to_tsvector('english', unaccent(
            badge || ' ' || replace(array_to_string(skills, ' '), '_', ' '))), 'B')
        || setweight(to_tsvector('english', unaccent(
            provider || ' ' || place || ' ' || replace(kind || ' ' || category, '_', ' '))), 'C')
        || setweight(to_tsvector('english', unaccent(description)), 'D')
$$
"""

#: What of the sessions can still be booked, soonest first, and the first session of each start.
#: Everything before the provider last looked is past, and so is left out: the database's own clock
#: is not asked, which a test may not set.
COMING = """
CREATE FUNCTION coming_of(
    opportunity bigint, since timestamptz, OUT starts timestamptz[], OUT session_ids bigint[]
) LANGUAGE sql STABLE AS $$
    SELECT array_agg(starts_at ORDER BY starts_at), array_agg(id ORDER BY starts_at) FROM (
        SELECT starts_at, min(id) AS id FROM scheduled_session
        WHERE opportunity_id = opportunity AND remaining_capacity > 0 AND starts_at >= since
        GROUP BY starts_at
    ) coming
$$
"""

#: What programs are told of an opportunity, as JSON text without its last brace: what changes with
#: the hour or with who asks is put behind it. In pieces: the site's own address stands between two.
TOLD = """
CREATE FUNCTION told_of(opportunity bigint) RETURNS text[] LANGUAGE sql STABLE AS $$
    SELECT ARRAY[
        '{"id":' || to_json(o.uuid) || ',"title":' || to_json(o.title) || ',"url":"',
        '/a/' || o.slug || '","kind":' || to_json(o.kind) || ',"category":' || to_json(o.category)
            || ',"mode":' || to_json(o.mode)
            || ',"provider":{"name":' || to_json(p.name) || ',"slug":' || to_json(p.slug)
            || ',"url":"',
        '/p/' || p.slug || '"},"place":{"name":' || to_json(v.name)
            || ',"address":' || to_json(v.address)
            || ',"lon":' || round(ST_X(v.point::geometry)::numeric, 5)
            || ',"lat":' || round(ST_Y(v.point::geometry)::numeric, 5)
            || ',"step_free":' || to_json(v.step_free)
            || '},"min_age":' || o.min_age || ',"max_age":' || o.max_age
            || ',"suits_min_age":' || coalesce(o.suits_min_age, o.min_age)
            || ',"suits_max_age":' || coalesce(o.suits_max_age, o.max_age)
            || ',"cost_pence":' || o.cost_pence || ',"is_free":' || to_json(o.cost_pence = 0)
            || ',"welcome":' || array_to_json(o.welcome)
            || ',"skills":' || array_to_json(coalesce(a.skills, '{}'))
            || ',"checked_at":' || rtrim(to_json(timezone('UTC', o.checked_at))::text, '"')
            || 'Z","badge":'
            || CASE WHEN a.id IS NULL THEN 'null'
                ELSE '{"name":' || to_json(a.name) || ',"url":"' END
    ] || CASE WHEN a.id IS NULL THEN '{}'::text[]
        ELSE ARRAY['/achievements/' || a.slug || '/v1"}'] END
    FROM opportunity o
    JOIN provider p ON p.id = o.provider_id
    JOIN place v ON v.id = o.place_id
    LEFT JOIN achievement a ON a.id = o.achievement_id
    WHERE o.id = opportunity
$$
"""

#: What a map of somebody else's is told of an opportunity: a feature of GeoJSON (RFC 7946) up to
#: where its next start is written.
FEATURE = """
CREATE FUNCTION feature_of(opportunity bigint) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT '{"type":"Feature","id":' || to_json(o.uuid)
        || ',"geometry":{"type":"Point","coordinates":['
        || round(ST_X(v.point::geometry)::numeric, 5) || ','
        || round(ST_Y(v.point::geometry)::numeric, 5)
        || ']},"properties":{"title":' || to_json(o.title) || ',"path":' || to_json('/a/' || o.slug)
        || ',"kind":' || to_json(o.kind) || ',"category":' || to_json(o.category)
        || ',"provider":' || to_json(p.name) || ',"place":' || to_json(v.name)
        || ',"min_age":' || o.min_age || ',"max_age":' || o.max_age
        || ',"cost_pence":' || o.cost_pence || ',"next_start":"'
    FROM opportunity o
    JOIN provider p ON p.id = o.provider_id
    JOIN place v ON v.id = o.place_id
    WHERE o.id = opportunity
$$
"""

REFRESH = """
CREATE FUNCTION refresh_opportunity_search(ids bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    -- Held until the transaction ends: two writers of one opportunity each see what the other did.
    PERFORM 1 FROM opportunity WHERE id = ANY(ids) ORDER BY id FOR NO KEY UPDATE;
    DELETE FROM opportunity_search s WHERE s.opportunity_id = ANY(ids) AND NOT EXISTS (
        SELECT FROM opportunity o JOIN provider p ON p.id = o.provider_id
        WHERE o.id = s.opportunity_id AND o.status = 'published' AND p.status = 'verified'
            AND (coming_of(o.id, o.checked_at)).starts IS NOT NULL
    );
    INSERT INTO opportunity_search
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

#: Who calls it. A booking touches nothing unless it takes the last place or gives the first back.
CALLERS = """
CREATE FUNCTION search_after_many() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'scheduled_session' THEN
        PERFORM refresh_opportunity_search(array(SELECT DISTINCT opportunity_id FROM changed));
    ELSE
        PERFORM refresh_opportunity_search(array(SELECT DISTINCT id FROM changed));
    END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION search_after_session() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM refresh_opportunity_search(ARRAY[NEW.opportunity_id, OLD.opportunity_id]);
    RETURN NULL;
END $$;
CREATE FUNCTION search_after_owner() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM refresh_opportunity_search(array(
        SELECT id FROM opportunity WHERE CASE TG_TABLE_NAME
            WHEN 'provider' THEN provider_id = NEW.id
            WHEN 'place' THEN place_id = NEW.id
            ELSE achievement_id = NEW.id
        END));
    RETURN NULL;
END $$;
CREATE TRIGGER search_after_insert AFTER INSERT ON scheduled_session
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION search_after_many();
CREATE TRIGGER search_after_delete AFTER DELETE ON scheduled_session
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION search_after_many();
CREATE TRIGGER search_after_update AFTER UPDATE ON scheduled_session FOR EACH ROW
    WHEN ((OLD.remaining_capacity > 0) <> (NEW.remaining_capacity > 0)
        OR OLD.starts_at <> NEW.starts_at OR OLD.opportunity_id <> NEW.opportunity_id)
    EXECUTE FUNCTION search_after_session();
CREATE TRIGGER search_after_update AFTER UPDATE ON opportunity
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION search_after_many();
CREATE TRIGGER search_after_update AFTER UPDATE ON provider FOR EACH ROW
    WHEN (OLD.status <> NEW.status OR OLD.name <> NEW.name OR OLD.city_id <> NEW.city_id
        OR OLD.slug <> NEW.slug)
    EXECUTE FUNCTION search_after_owner();
CREATE TRIGGER search_after_update AFTER UPDATE ON place FOR EACH ROW
    WHEN (OLD.name <> NEW.name OR OLD.address <> NEW.address OR OLD.step_free <> NEW.step_free
        OR OLD.lsoa_code <> NEW.lsoa_code OR NOT ST_Equals(OLD.point::geometry, NEW.point::geometry))
    EXECUTE FUNCTION search_after_owner();
CREATE TRIGGER search_after_update AFTER UPDATE ON achievement FOR EACH ROW
    WHEN (OLD.name <> NEW.name OR OLD.skills <> NEW.skills OR OLD.slug <> NEW.slug)
    EXECUTE FUNCTION search_after_owner();
"""


def upgrade() -> None:
    for extension in EXTENSIONS:
        op.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")
    op.add_column(
        "achievement",
        sa.Column("skills", postgresql.ARRAY(sa.Text()), nullable=False, server_default="{}"),
    )
    op.drop_index("ix_opportunity_words", "opportunity")
    op.drop_column("opportunity", "words")
    op.add_column("opportunity", sa.Column("suits_min_age", sa.Integer(), nullable=True))
    op.add_column("opportunity", sa.Column("suits_max_age", sa.Integer(), nullable=True))
    op.add_column(
        "opportunity",
        sa.Column(
            "mode",
            sa.Enum(
                "in_person",
                "online",
                "mixed",
                name="attendancemode",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
            server_default="in_person",
        ),
    )
    op.create_check_constraint(
        op.f("ck_opportunity_suits_within_ages"),
        "opportunity",
        "(suits_min_age IS NULL OR suits_min_age BETWEEN min_age AND max_age) "
        "AND (suits_max_age IS NULL OR suits_max_age BETWEEN min_age AND max_age) "
        "AND suits_min_age <= suits_max_age",
    )
    op.create_index(
        "ix_scheduled_session_starts_at", "scheduled_session", ["starts_at", "opportunity_id"]
    )
    op.create_table(
        "search_word",
        sa.Column("word", sa.Text(), primary_key=True),
        sa.Column("stem", sa.Text(), nullable=False),
    )
    op.create_index("ix_search_word_stem", "search_word", ["stem"])
    op.create_index(
        "ix_search_word_alike",
        "search_word",
        ["word"],
        postgresql_using="gin",
        postgresql_ops={"word": "gin_trgm_ops"},
    )
    for name in ("ward", "district"):
        op.create_index(
            f"ix_area_{name}_alike",
            "area",
            [sa.text(f"lower({name}_name) gin_trgm_ops")],
            postgresql_using="gin",
        )
    _create_search_table()
    for statement in (QUADKEY, WORDS, COMING, TOLD, FEATURE, REFRESH, CALLERS):
        op.execute(statement)
    op.execute("SELECT refresh_opportunity_search(array(SELECT id FROM opportunity))")


def _create_search_table() -> None:
    op.create_geospatial_table(
        "opportunity_search",
        sa.Column("opportunity_id", sa.BigInteger(), nullable=False),
        sa.Column("city_id", sa.BigInteger(), nullable=False),
        sa.Column("provider_id", sa.BigInteger(), nullable=False),
        sa.Column("achievement_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("min_age", sa.Integer(), nullable=False),
        sa.Column("max_age", sa.Integer(), nullable=False),
        sa.Column("suits_min_age", sa.Integer(), nullable=False),
        sa.Column("suits_max_age", sa.Integer(), nullable=False),
        sa.Column("is_free", sa.Boolean(), nullable=False),
        sa.Column("is_step_free", sa.Boolean(), nullable=False),
        sa.Column("is_online", sa.Boolean(), nullable=False),
        sa.Column("welcome", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("skills", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "spot",
            Geometry("POINT", srid=27700, dimension=2, spatial_index=False, nullable=False),
            nullable=False,
        ),
        sa.Column(
            "mercator",
            Geometry("POINT", srid=3857, dimension=2, spatial_index=False, nullable=False),
            nullable=False,
        ),
        sa.Column("quadkey", sa.BigInteger(), nullable=False),
        sa.Column("lon", sa.Double(), nullable=False),
        sa.Column("lat", sa.Double(), nullable=False),
        sa.Column("lsoa_code", sa.Text(), nullable=False),
        sa.Column("starts", postgresql.ARRAY(sa.DateTime(timezone=True)), nullable=False),
        sa.Column("last_starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("session_ids", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("feature", sa.Text(), nullable=False),
        sa.Column("words", postgresql.TSVECTOR(), nullable=False),
        sa.ForeignKeyConstraint(
            ["opportunity_id"],
            ["opportunity.id"],
            name=op.f("fk_opportunity_search_opportunity_id_opportunity"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("opportunity_id", name=op.f("pk_opportunity_search")),
    )
    op.create_index(
        "ix_opportunity_search_near",
        "opportunity_search",
        ["spot", "min_age", "max_age"],
        postgresql_using="gist",
    )
    # The narrowest of the common questions: near me, for my age, free.
    op.create_index(
        "ix_opportunity_search_near_free",
        "opportunity_search",
        ["spot", "min_age", "max_age"],
        postgresql_using="gist",
        postgresql_where=sa.text("is_free"),
    )
    op.create_index(
        "ix_opportunity_search_box", "opportunity_search", ["mercator"], postgresql_using="gist"
    )
    op.create_index(
        "ix_opportunity_search_words", "opportunity_search", ["words"], postgresql_using="gin"
    )
    for name in ("city_id", "provider_id", "achievement_id", "published_at", "quadkey"):
        op.create_index(f"ix_opportunity_search_{name}", "opportunity_search", [name])
    # Beside it, not in it: what is searched stays narrow.
    op.create_table(
        "opportunity_told",
        sa.Column("opportunity_id", sa.BigInteger(), nullable=False),
        sa.Column("pieces", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["opportunity_id"],
            ["opportunity_search.opportunity_id"],
            name=op.f("fk_opportunity_told_opportunity_id_opportunity_search"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("opportunity_id", name=op.f("pk_opportunity_told")),
    )


def downgrade() -> None:
    for table in ("scheduled_session", "opportunity", "provider", "place", "achievement"):
        op.execute(f"DROP TRIGGER search_after_update ON {table}")
    op.execute("DROP TRIGGER search_after_insert ON scheduled_session")
    op.execute("DROP TRIGGER search_after_delete ON scheduled_session")
    for function in (
        "search_after_many()",
        "search_after_session()",
        "search_after_owner()",
        "refresh_opportunity_search(bigint[])",
        "told_of(bigint)",
        "feature_of(bigint)",
        "coming_of(bigint, timestamptz)",
        "words_of(text, text, text, text[], text, text, text, text)",
        "quadkey_of(geometry)",
    ):
        op.execute(f"DROP FUNCTION {function}")
    op.drop_table("opportunity_told")
    op.drop_geospatial_table("opportunity_search")
    op.drop_table("search_word")
    for name in ("ward", "district"):
        op.drop_index(f"ix_area_{name}_alike", "area")
    op.drop_index("ix_scheduled_session_starts_at", "scheduled_session")
    op.drop_constraint(op.f("ck_opportunity_suits_within_ages"), "opportunity")
    for column in ("mode", "suits_max_age", "suits_min_age"):
        op.drop_column("opportunity", column)
    op.add_column(
        "opportunity",
        sa.Column(
            "words",
            postgresql.TSVECTOR(),
            sa.Computed(
                "setweight(to_tsvector('english', title), 'A') "
                "|| to_tsvector('english', description)",
                persisted=True,
            ),
            nullable=False,
        ),
    )
    op.create_index("ix_opportunity_words", "opportunity", ["words"], postgresql_using="gin")
    op.drop_column("achievement", "skills")
