"""The programs that a learner lets in, and how to stop them."""

from uuid import UUID

from flask import redirect, render_template, url_for

from accounts.access import requires, signed_in_user
from accounts.models import Role
from app import clock
from app.db import current_db, unit_of_work
from wallet.models import Connection
from wallet.programs import stop
from wallet.queries import connections_of, may_connect
from wallet.scopes import Scope
from wallet.views.blueprint import bp


@bp.get("/me/programs")
@requires(Role.LEARNER)
def my_programs():
    learner = signed_in_user()
    return render_template(
        "wallet/programs.html",
        connections=connections_of(current_db(), learner),
        scopes_of=_scopes_of,
        may_connect=may_connect(learner),
    )


@bp.post("/me/programs/<uuid:uuid>/stop")
@requires(Role.LEARNER)
def stop_program(uuid: UUID):
    with unit_of_work() as db:
        stop(db, learner=signed_in_user(), uuid=uuid, now=clock.now())
    return redirect(url_for(".my_programs"), 303)


def _scopes_of(connection: Connection) -> list[Scope]:
    return [scope for scope in Scope if scope.value in connection.scopes]
