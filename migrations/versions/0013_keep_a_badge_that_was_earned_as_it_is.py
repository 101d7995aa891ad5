"""Keep what a badge stands for as it is, once somebody has earned it."""

from alembic import op

revision = "0013"
down_revision = "0010"
branch_labels = None
depends_on = None

#: What a holder was given: all but the keys and the time.
SAID = ("name", "description", "criteria", "strand", "level", "icon", "skills")


def upgrade() -> None:
    op.execute(
        """
        CREATE FUNCTION refuse_change_of_earned() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF EXISTS (SELECT FROM achievement_credential WHERE achievement_id = OLD.id) THEN
                RAISE EXCEPTION 'A badge that somebody has earned stays as it is.'
                    USING ERRCODE = 'restrict_violation';
            END IF;
            RETURN NEW;
        END $$
        """
    )
    old, new = (", ".join(f"{row}.{column}" for column in SAID) for row in ("OLD", "NEW"))
    op.execute(
        f"CREATE TRIGGER earned_for_good BEFORE UPDATE OF {', '.join(SAID)} ON achievement "
        f"FOR EACH ROW WHEN (({old}) IS DISTINCT FROM ({new})) "
        "EXECUTE FUNCTION refuse_change_of_earned()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER earned_for_good ON achievement")
    op.execute("DROP FUNCTION refuse_change_of_earned()")
