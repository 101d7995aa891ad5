"""Lay out steps to a goal, let learners set out on them, and keep what was started as it is."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0030"
branch_labels = None
depends_on = None

_GOES_WITH_IT = {"ondelete": "CASCADE"}

#: What whoever set out was promised: all but whether others may still set out.
_PROMISED = (
    *("slug", "version", "earlier_id", "provider_id", "title", "description"),
    *("min_age", "max_age", "achievement_id", "published_at"),
)

_FUNCTIONS = """
CREATE FUNCTION refuse_change_of_started(the_pathway bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    -- Whoever sets out at this moment holds the row: this waits, and then sees them.
    PERFORM FROM pathway WHERE id = the_pathway FOR UPDATE;
    IF EXISTS (SELECT FROM pathway_start WHERE pathway_id = the_pathway) THEN
        RAISE EXCEPTION 'A pathway that somebody has started stays as it is.'
            USING ERRCODE = 'restrict_violation';
    END IF;
END $$;

CREATE FUNCTION pathway_started_for_good() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM refuse_change_of_started(OLD.id);
    RETURN NEW;
END $$;

CREATE FUNCTION step_started_for_good() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN PERFORM refuse_change_of_started(OLD.pathway_id); END IF;
    IF TG_OP <> 'DELETE' THEN PERFORM refuse_change_of_started(NEW.pathway_id); END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER started_for_good BEFORE INSERT OR UPDATE OR DELETE ON pathway_step
FOR EACH ROW EXECUTE FUNCTION step_started_for_good();

CREATE FUNCTION item_started_for_good() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    of_step bigint := CASE TG_OP WHEN 'DELETE' THEN OLD.step_id ELSE NEW.step_id END;
BEGIN
    PERFORM refuse_change_of_started(pathway_id) FROM pathway_step WHERE id = of_step;
    IF TG_OP = 'UPDATE' AND OLD.step_id <> NEW.step_id THEN
        PERFORM refuse_change_of_started(pathway_id) FROM pathway_step WHERE id = OLD.step_id;
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER started_for_good BEFORE INSERT OR UPDATE OR DELETE ON pathway_step_item
FOR EACH ROW EXECUTE FUNCTION item_started_for_good();

CREATE FUNCTION set_out_where_open() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM pathway
    WHERE id = NEW.pathway_id AND published_at IS NOT NULL AND ended_at IS NULL FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'Nobody sets out on a pathway that is not open.'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER set_out_where_open BEFORE INSERT ON pathway_start
FOR EACH ROW EXECUTE FUNCTION set_out_where_open();

CREATE FUNCTION pathway_badge_is_own() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM achievement WHERE id = NEW.achievement_id AND issuer_id = NEW.provider_id
    ) THEN
        RAISE EXCEPTION 'The badge of a pathway is of the organisation that sets it.'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER badge_is_own BEFORE INSERT OR UPDATE OF achievement_id, provider_id ON pathway
FOR EACH ROW WHEN (NEW.achievement_id IS NOT NULL) EXECUTE FUNCTION pathway_badge_is_own();

CREATE FUNCTION refuse_unfinishable(the_pathway bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM pathway WHERE id = the_pathway AND published_at IS NOT NULL) THEN
        RETURN;
    END IF;
    IF NOT EXISTS (SELECT FROM pathway_step WHERE pathway_id = the_pathway) OR EXISTS (
        SELECT FROM pathway_step step
        CROSS JOIN LATERAL (
            SELECT count(*) AS things, count(achievement_id) AS badges
            FROM pathway_step_item WHERE step_id = step.id
        ) item
        WHERE step.pathway_id = the_pathway AND (
            step.needed > item.things
            OR step.kind = 'hours' AND item.badges > 0
            OR step.kind = 'evidence' AND item.things > 0
        )
    ) THEN
        RAISE EXCEPTION 'Nobody could finish this pathway.' USING ERRCODE = 'restrict_violation';
    END IF;
END $$;

CREATE FUNCTION published_whole() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed jsonb := to_jsonb(CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END);
BEGIN
    PERFORM refuse_unfinishable(CASE TG_TABLE_NAME
        WHEN 'pathway' THEN (changed->>'id')::bigint
        WHEN 'pathway_step' THEN (changed->>'pathway_id')::bigint
        ELSE (SELECT pathway_id FROM pathway_step WHERE id = (changed->>'step_id')::bigint)
    END);
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER published_whole AFTER INSERT OR UPDATE ON pathway
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION published_whole();
CREATE CONSTRAINT TRIGGER published_whole AFTER INSERT OR UPDATE OR DELETE ON pathway_step
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION published_whole();
CREATE CONSTRAINT TRIGGER published_whole AFTER INSERT OR UPDATE OR DELETE ON pathway_step_item
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION published_whole();
"""


def upgrade() -> None:
    _create_pathways()
    _create_starts()
    op.execute(_FUNCTIONS)
    old, new = (", ".join(f"{row}.{column}" for column in _PROMISED) for row in ("OLD", "NEW"))
    op.execute(
        "CREATE TRIGGER started_for_good BEFORE UPDATE ON pathway FOR EACH ROW "
        f"WHEN (({old}) IS DISTINCT FROM ({new})) EXECUTE FUNCTION pathway_started_for_good()"
    )


def downgrade() -> None:
    for table in ("words", "item"):
        op.drop_table(f"pathway_step_{table}")
    for table in ("pathway_start", "pathway_step", "pathway"):
        op.drop_table(table)
    for function in (
        *("published_whole()", "refuse_unfinishable(bigint)", "pathway_badge_is_own()"),
        *("set_out_where_open()", "item_started_for_good()", "step_started_for_good()"),
        *("pathway_started_for_good()", "refuse_change_of_started(bigint)"),
    ):
        op.execute(f"DROP FUNCTION {function}")


def _create_pathways() -> None:
    op.create_table(
        "pathway",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("earlier_id", sa.BigInteger()),
        sa.Column("provider_id", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("min_age", sa.Integer(), nullable=False),
        sa.Column("max_age", sa.Integer(), nullable=False),
        sa.Column("achievement_id", sa.BigInteger()),
        _time("created_at", nullable=False, server_default=sa.text("now()")),
        _time("published_at"),
        _time("ended_at"),
        _check("pathway", "version_from_one", "version >= 1"),
        _check(
            "pathway",
            "earlier_than_all_but_the_first",
            "(earlier_id IS NULL) = (version = 1)",
        ),
        _check("pathway", "age_range", "min_age >= 5 AND max_age <= 25 AND min_age <= max_age"),
        _check("pathway", "title_short", "char_length(title) BETWEEN 1 AND 80"),
        _check("pathway", "description_short", "char_length(description) <= 3000"),
        _check("pathway", "ended_once_published", "ended_at IS NULL OR published_at IS NOT NULL"),
        _key("pathway", "earlier_id", "pathway"),
        _key("pathway", "provider_id", "provider"),
        _key("pathway", "achievement_id", "achievement"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pathway")),
        sa.UniqueConstraint("slug", "version", name=op.f("uq_pathway_slug_version")),
        sa.UniqueConstraint("earlier_id", name=op.f("uq_pathway_earlier_id")),
    )
    for column in ("provider_id", "achievement_id"):
        op.create_index(op.f(f"ix_pathway_{column}"), "pathway", [column])
    op.create_index(
        "uq_pathway_open",
        "pathway",
        ["slug"],
        unique=True,
        postgresql_where=sa.text("published_at IS NOT NULL AND ended_at IS NULL"),
    )
    op.create_table(
        "pathway_step",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("pathway_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("needed", sa.Integer()),
        sa.Column("hours", sa.Integer()),
        _check("pathway_step", "twelve_at_most", "position BETWEEN 1 AND 12"),
        _check("pathway_step", "title_short", "char_length(title) BETWEEN 1 AND 80"),
        _check("pathway_step", "stepkind", "kind IN ('any_of', 'hours', 'evidence')"),
        _check("pathway_step", "how_many_of_which", "(kind = 'any_of') = (needed IS NOT NULL)"),
        _check("pathway_step", "needed_bounds", "needed BETWEEN 1 AND 10"),
        _check("pathway_step", "how_many_hours", "(kind = 'hours') = (hours IS NOT NULL)"),
        _check("pathway_step", "hours_bounds", "hours BETWEEN 1 AND 600"),
        _key("pathway_step", "pathway_id", "pathway", **_GOES_WITH_IT),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pathway_step")),
        sa.UniqueConstraint("id", "pathway_id", name=op.f("uq_pathway_step_id_pathway_id")),
        sa.UniqueConstraint(
            "pathway_id", "position", name=op.f("uq_pathway_step_pathway_id_position")
        ),
    )
    op.create_table(
        "pathway_step_item",
        sa.Column("step_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("opportunity_id", sa.BigInteger()),
        sa.Column("achievement_id", sa.BigInteger()),
        _check("pathway_step_item", "ten_at_most", "position BETWEEN 1 AND 10"),
        _check(
            "pathway_step_item",
            "one_thing",
            "(opportunity_id IS NULL) <> (achievement_id IS NULL)",
        ),
        _key("pathway_step_item", "step_id", "pathway_step", **_GOES_WITH_IT),
        _key("pathway_step_item", "opportunity_id", "opportunity"),
        _key("pathway_step_item", "achievement_id", "achievement"),
        sa.PrimaryKeyConstraint("step_id", "position", name=op.f("pk_pathway_step_item")),
        sa.UniqueConstraint(
            "step_id", "opportunity_id", name=op.f("uq_pathway_step_item_step_id_opportunity_id")
        ),
        sa.UniqueConstraint(
            "step_id", "achievement_id", name=op.f("uq_pathway_step_item_step_id_achievement_id")
        ),
    )
    for column in ("opportunity_id", "achievement_id"):
        op.create_index(op.f(f"ix_pathway_step_item_{column}"), "pathway_step_item", [column])


def _create_starts() -> None:
    op.create_table(
        "pathway_start",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("learner_id", sa.BigInteger(), nullable=False),
        sa.Column("pathway_id", sa.BigInteger(), nullable=False),
        _time("started_at", nullable=False),
        _time("left_at"),
        _time("gave_badge_at"),
        _check("pathway_start", "left_after_start", "left_at >= started_at"),
        _key("pathway_start", "learner_id", "user_account", **_GOES_WITH_IT),
        _key("pathway_start", "pathway_id", "pathway"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pathway_start")),
        sa.UniqueConstraint(
            "learner_id", "pathway_id", name=op.f("uq_pathway_start_learner_id_pathway_id")
        ),
        sa.UniqueConstraint("id", "pathway_id", name=op.f("uq_pathway_start_id_pathway_id")),
    )
    op.create_index(op.f("ix_pathway_start_pathway_id"), "pathway_start", ["pathway_id"])
    op.create_table(
        "pathway_step_words",
        sa.Column("start_id", sa.BigInteger(), nullable=False),
        sa.Column("step_id", sa.BigInteger(), nullable=False),
        sa.Column("pathway_id", sa.BigInteger(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        _time("written_at", nullable=False),
        _check("pathway_step_words", "words_short", "char_length(words) BETWEEN 1 AND 600"),
        *(
            sa.ForeignKeyConstraint(
                [f"{of}_id", "pathway_id"],
                [f"pathway_{of}.id", f"pathway_{of}.pathway_id"],
                name=f"fk_pathway_step_words_{of}",
                ondelete="CASCADE",
            )
            for of in ("start", "step")
        ),
        sa.PrimaryKeyConstraint("start_id", "step_id", name=op.f("pk_pathway_step_words")),
    )
    op.create_index("ix_pathway_step_words_step_id", "pathway_step_words", ["step_id"])


def _time(name: str, *, nullable: bool = True, **given) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable, **given)


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def _key(table: str, column: str, other: str, **more) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}"), **more
    )
