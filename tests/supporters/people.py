"""Links between learners and adults, made as people make them."""

from accounts.models import Role
from supporters import service
from supporters.models import SupportKind, SupportScope
from supporters.service import Lasting
from tests import factories
from tests.factories import NOW

SECRET = "a secret that only tests know"
ALL = tuple(SupportScope)


def invited(db, learner, kind=SupportKind.TEACHER, scopes=ALL, now=NOW):
    return service.invite(db, learner=learner, kind=kind, scopes=scopes, secret=SECRET, now=now)


def taken_up(db, learner, adult, kind=SupportKind.TEACHER, scopes=ALL, now=NOW):
    link = invited(db, learner, kind, scopes, now)
    return service.take_up(db, adult=adult, token_hash=link.token_hash, now=now)


def helped(db, learner, adult, kind=SupportKind.TEACHER, scopes=ALL, now=NOW, lasting=Lasting.YEAR):
    """A link to which both said yes."""
    link = taken_up(db, learner, adult, kind, scopes, now)
    return service.agree(db, learner=learner, uuid=link.uuid, lasting=lasting, now=now)


def supporter(**given):
    return factories.adult(Role.SUPPORTER, **given)


def guardian(**given):
    return factories.adult(Role.GUARDIAN, **given)
