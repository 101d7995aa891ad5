"""Background work of badges: signing anew what a key signed that is no longer safe."""

from flask import current_app

from app import clock
from app.db import current_db, unit_of_work
from app.jobs import job, regularly
from badges import custody
from badges.endorsement_queries import waiting_to_be_signed_anew
from badges.queries import waiting_to_be_signed
from badges.views import issuing_host


@job
def sign_anew(issuer_id: int) -> None:
    """Sign anew what waits for it, of one issuer."""
    sign_what_waits(issuer_id)


@regularly("* * * * *")
def sign_what_is_left() -> None:
    """Sign anew what waits, of all issuers: what failed a minute ago, or what a dead worker left."""
    sign_what_waits()


@regularly("* * * * *")
def take_back_unsigned() -> None:
    """Take back what has waited too long. It waits for nothing: signing may take longer than that."""
    with unit_of_work() as db:
        custody.take_back_unsigned(db, now=clock.now())


def sign_what_waits(issuer_id: int | None = None) -> int:
    """Sign anew badge by badge, say how many were, and leave those that fail for another try.

    What organisations say for badges comes first, so that it stands in those badges again. Commits
    each.
    """
    _sign_endorsements()
    signed, host = 0, issuing_host()
    for credential_id in waiting_to_be_signed(current_db(), issuer_id):
        try:
            with unit_of_work() as db:
                signed += custody.sign_anew(db, credential_id=credential_id, host=host)
        except Exception:
            # One that cannot be signed must not keep the others waiting; its time runs out.
            current_app.logger.exception("Badge %s could not be signed anew.", credential_id)
    return signed


def _sign_endorsements() -> None:
    for endorsement_id in waiting_to_be_signed_anew(current_db()):
        try:
            with unit_of_work() as db:
                custody.sign_endorsement_anew(
                    db, endorsement_id=endorsement_id, host=issuing_host()
                )
        except Exception:
            current_app.logger.exception("Endorsement %s could not be signed anew.", endorsement_id)
