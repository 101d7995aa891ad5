"""Let learners set goals, plan what to try, and say how it went, of badges as of everything else."""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

_SKILLS = (
    *("listening", "speaking", "problem_solving", "creativity"),
    *("adapting", "planning", "leadership", "teamwork"),
)
#: What of an item, and of a goal, stays as it is once it has ended.
_STAYS = {
    "plan_item": "words, skill, look_again_on, made_at, state, closed_at, because",
    "goal": "words, why, where_now, by, made_at, state, closed_at, because",
}

_FUNCTIONS = """
CREATE FUNCTION planned_of_one_learner() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM goal WHERE id = NEW.goal_id AND learner_id <> NEW.learner_id)
    OR EXISTS (SELECT FROM feedback WHERE id = NEW.feedback_id AND learner_id <> NEW.learner_id)
    OR EXISTS (SELECT FROM plan_item WHERE id = NEW.follows_id AND learner_id <> NEW.learner_id)
    THEN
        RAISE EXCEPTION 'What a learner plans hangs on nothing of anybody else''s.'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER of_one_learner BEFORE INSERT OR UPDATE OF learner_id, goal_id, feedback_id, follows_id
ON plan_item FOR EACH ROW EXECUTE FUNCTION planned_of_one_learner();

CREATE FUNCTION reflected_on_own() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM booking WHERE id = NEW.booking_id AND learner_id <> NEW.learner_id)
    OR EXISTS (SELECT FROM logged_activity
               WHERE id = NEW.logged_activity_id AND learner_id <> NEW.learner_id)
    OR EXISTS (SELECT FROM achievement_credential
               WHERE id = NEW.credential_id AND recipient_id <> NEW.learner_id)
    OR EXISTS (SELECT FROM plan_item WHERE id = NEW.plan_item_id AND learner_id <> NEW.learner_id)
    OR EXISTS (SELECT FROM goal WHERE id = NEW.goal_id AND learner_id <> NEW.learner_id)
    THEN
        RAISE EXCEPTION 'Learners say how it went of what is their own.'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER of_one_learner BEFORE INSERT OR UPDATE ON reflection
FOR EACH ROW EXECUTE FUNCTION reflected_on_own();

CREATE FUNCTION plan_ended_for_good() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'What has ended stays as it ended.' USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION plan_item_followed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- By the time of the commit the item may be gone: then nothing has to follow it.
    IF EXISTS (
        SELECT FROM plan_item item WHERE item.id = NEW.id AND item.state = 'still_working'
        AND NOT EXISTS (SELECT FROM plan_item WHERE follows_id = item.id)
    ) OR EXISTS (
        SELECT FROM plan_item item JOIN plan_item earlier ON earlier.id = item.follows_id
        WHERE item.id = NEW.id AND earlier.state <> 'still_working'
    ) THEN
        RAISE EXCEPTION 'An item follows what is still worked on, and nothing else.'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER followed AFTER INSERT OR UPDATE OF state ON plan_item
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION plan_item_followed();
"""


def upgrade() -> None:
    _create_goal()
    _create_item()
    _create_reflection()
    op.execute(_FUNCTIONS)
    for table, columns in _STAYS.items():
        old, new = (
            ", ".join(f"{row}.{column}" for column in columns.split(", ")) for row in ("OLD", "NEW")
        )
        op.execute(
            f"CREATE TRIGGER ended_for_good BEFORE UPDATE ON {table} FOR EACH ROW WHEN"
            f" (OLD.closed_at IS NOT NULL AND ({old}) IS DISTINCT FROM ({new}))"
            " EXECUTE FUNCTION plan_ended_for_good()"
        )
    op.execute(
        "INSERT INTO reflection (uuid, learner_id, credential_id, words, said_at)"
        " SELECT gen_random_uuid(), badge.recipient_id, badge.id, left(said.words, 600),"
        " said.written_at FROM badge_reflection said"
        " JOIN achievement_credential badge ON badge.id = said.credential_id"
    )
    op.drop_table("badge_reflection")


def downgrade() -> None:
    op.create_table(
        "badge_reflection",
        sa.Column("credential_id", sa.BigInteger(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("words <> ''", name=op.f("ck_badge_reflection_says_something")),
        sa.ForeignKeyConstraint(
            ["credential_id"],
            ["achievement_credential.id"],
            name=op.f("fk_badge_reflection_credential_id_achievement_credential"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("credential_id", name=op.f("pk_badge_reflection")),
    )
    op.execute(
        "INSERT INTO badge_reflection (credential_id, words, written_at)"
        " SELECT credential_id, string_agg(words, E'\\n' ORDER BY id), max(said_at)"
        " FROM reflection WHERE credential_id IS NOT NULL AND words <> '' GROUP BY credential_id"
    )
    for table in ("reflection", "plan_item_session", "plan_item", "goal"):
        op.drop_table(table)
    for function in (
        *("plan_item_followed", "plan_ended_for_good", "reflected_on_own"),
        "planned_of_one_learner",
    ):
        op.execute(f"DROP FUNCTION {function}()")


def _create_goal() -> None:
    op.create_table(
        "goal",
        *_keys("goal"),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("where_now", sa.Text(), nullable=False),
        sa.Column("by", sa.Date()),
        _time("made_at", nullable=False),
        _choice("state", "goalstate", "open", "reached", "let_go"),
        _time("closed_at"),
        sa.Column("because", sa.Text(), nullable=False),
        _check("goal", "words_short", "char_length(words) BETWEEN 1 AND 200"),
        _check(
            "goal",
            "rest_short",
            "char_length(why) <= 300 AND char_length(where_now) <= 300"
            " AND char_length(because) <= 300",
        ),
        _check("goal", "closed_when_ended", "(closed_at IS NULL) = (state = 'open')"),
        _check("goal", "because_of_the_end", "because = '' OR state <> 'open'"),
    )
    op.create_index("ix_goal_learner_id", "goal", ["learner_id"])


def _create_item() -> None:
    op.create_table(
        "plan_item",
        *_keys("plan_item"),
        sa.Column("goal_id", sa.BigInteger()),
        sa.Column("feedback_id", sa.BigInteger()),
        sa.Column("words", sa.Text(), nullable=False),
        _choice("skill", "skill", *_SKILLS),
        sa.Column("look_again_on", sa.Date(), nullable=False),
        _time("made_at", nullable=False),
        _choice("state", "itemstate", "open", "tried", "done", "still_working", "dropped"),
        _time("closed_at"),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("follows_id", sa.BigInteger()),
        _check("plan_item", "words_short", "char_length(words) BETWEEN 1 AND 600"),
        _check("plan_item", "because_short", "char_length(because) <= 300"),
        _check(
            "plan_item", "closed_when_ended", "(closed_at IS NULL) = (state IN ('open', 'tried'))"
        ),
        _check("plan_item", "because_of_the_end", "because = '' OR closed_at IS NOT NULL"),
        _check("plan_item", "dropped_because", "because <> '' OR state <> 'dropped'"),
        _check("plan_item", "follows_another", "follows_id <> id"),
        _key("plan_item", "goal_id", "goal", ondelete="SET NULL"),
        _key("plan_item", "feedback_id", "feedback", ondelete="SET NULL"),
        _key("plan_item", "follows_id", "plan_item", ondelete="SET NULL"),
        sa.UniqueConstraint("follows_id", name=op.f("uq_plan_item_follows_id")),
    )
    op.create_index("ix_plan_item_learner_id", "plan_item", ["learner_id"])
    op.create_index("ix_plan_item_goal_id", "plan_item", ["goal_id"])
    op.create_index(
        "ix_plan_item_unended",
        "plan_item",
        ["learner_id"],
        postgresql_where=sa.text("state IN ('open', 'tried')"),
    )
    op.create_index(
        "uq_plan_item_feedback_unended",
        "plan_item",
        ["feedback_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('open', 'tried')"),
    )
    op.create_table(
        "plan_item_session",
        sa.Column("plan_item_id", sa.BigInteger(), nullable=False),
        sa.Column("scheduled_session_id", sa.BigInteger(), nullable=False),
        _time("picked_at", nullable=False),
        _key("plan_item_session", "plan_item_id", "plan_item"),
        _key("plan_item_session", "scheduled_session_id", "scheduled_session"),
        sa.PrimaryKeyConstraint(
            "plan_item_id", "scheduled_session_id", name=op.f("pk_plan_item_session")
        ),
    )
    op.create_index(
        "ix_plan_item_session_scheduled_session_id", "plan_item_session", ["scheduled_session_id"]
    )


def _create_reflection() -> None:
    about = {
        "booking_id": "booking",
        "logged_activity_id": "logged_activity",
        "credential_id": "achievement_credential",
        "plan_item_id": "plan_item",
        "goal_id": "goal",
    }
    op.create_table(
        "reflection",
        *_keys("reflection"),
        *(sa.Column(column, sa.BigInteger()) for column in about),
        _choice(
            "stem",
            "stem",
            *("new", "kept_going", "proud", "together", "differently", "not_for_me"),
            nullable=True,
        ),
        sa.Column("words", sa.Text(), nullable=False),
        _time("said_at", nullable=False),
        _check("reflection", "words_short", "char_length(words) <= 600"),
        _check("reflection", "says_something", "stem IS NOT NULL OR words <> ''"),
        _check("reflection", "about_one_thing", f"num_nonnulls({', '.join(about)}) <= 1"),
        *(_key("reflection", column, table) for column, table in about.items()),
    )
    for column in ("learner_id", *about):
        op.create_index(f"ix_reflection_{column}", "reflection", [column])


def _keys(table: str) -> tuple:
    return (
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("learner_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("uuid", name=op.f(f"uq_{table}_uuid")),
        _key(table, "learner_id", "user_account"),
    )


def _key(table: str, column: str, other: str, *, ondelete: str = "CASCADE"):
    name = op.f(f"fk_{table}_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name, ondelete=ondelete)


def _check(table: str, name: str, holds: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(holds, name=op.f(f"ck_{table}_{name}"))


def _choice(name: str, kind: str, *values: str, nullable: bool = False) -> sa.Column:
    choices = sa.Enum(*values, name=kind, native_enum=False, create_constraint=True, length=40)
    return sa.Column(name, choices, nullable=nullable)


def _time(name: str, *, nullable: bool = True) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)
