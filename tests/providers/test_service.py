"""The rules of being an organisation here."""

import pytest

from accounts.models import Role, User
from accounts.service import recognise_adult
from providers import queries, service
from providers.models import Provider, ProviderKind, ProviderStatus
from tests import factories

PASSWORD = "three small words"


def _register(db, **given):
    return service.register_provider(
        db,
        name=given.pop("name", "Pot House"),
        kind=ProviderKind.YOUTH_GROUP,
        city=given.pop("city", None) or factories.city(),
        description="Make pots.",
        safeguarding_lead="Sam",
        member_name="Jo",
        email=given.pop("email", "Jo@Example.org"),
        password=PASSWORD,
    )


def test_an_organisation_and_its_first_person_come_together(db):
    provider = _register(db)

    jo = recognise_adult(db, email="jo@example.org", password=PASSWORD)
    assert (provider.status, provider.verified_at) == (ProviderStatus.APPLIED, None)
    assert jo.role is Role.PROVIDER_ADMIN
    assert queries.provider_of(db, jo) == provider
    assert queries.speaks_for(db, jo, provider)


def test_a_known_address_keeps_nothing_and_says_nothing(db):
    known = factories.adult(Role.GUARDIAN, email="jo@example.org")
    before = (known.role, known.name, known.password_hash)

    assert _register(db) is None

    assert (known.role, known.name, known.password_hash) == before
    assert db.query(Provider).count() == 0
    assert db.query(User).filter_by(role=Role.PROVIDER_ADMIN).count() == 0


def test_known_and_new_addresses_cost_the_same_statements(db, count_queries):
    factories.adult(Role.GUARDIAN, email="known@example.org")
    city = factories.city()
    sent = {}
    for email in ("known@example.org", "new@example.org"):
        db.flush()
        count_queries.clear()
        _register(db, city=city, email=email)
        sent[email] = [each.split("sa_savepoint")[0] for each in count_queries]

    written = [
        [each for each in statements if each.startswith(("INSERT", "SELECT"))]
        for statements in sent.values()
    ]
    assert written[0] == written[1]
    assert len(written[0]) >= 4


def test_two_applications_at_one_moment_make_one_account(db, monkeypatch):
    _register(db)
    monkeypatch.setattr(service, "user_by_email", lambda *_: None)

    assert _register(db) is None
    assert db.query(Provider).count() == 1


def test_two_organisations_of_one_name_have_addresses_of_their_own(db):
    first, second = _register(db), _register(db, email="sam@example.org")

    assert first.slug != second.slug
    assert first.slug.startswith("pot-house-")


@pytest.mark.parametrize("name", ["⚽", "Ŵyl Gŵyn", "../../etc", "x" * 80, "a/b?c#d"])
def test_every_name_gets_an_address_that_a_browser_takes(name):
    slug = service.slug_of(name)

    assert slug.replace("-", "").isalnum()
    assert slug.isascii()
    assert len(slug) < 60


def test_only_its_own_people_speak_for_an_organisation(db):
    provider, other = factories.provider(), factories.provider()
    member = factories.member(of=provider)

    assert not queries.speaks_for(db, member, other)
    assert not queries.speaks_for(db, factories.officer(), provider)


def test_whoever_lost_the_role_speaks_for_nobody(db):
    provider = factories.provider()
    member = factories.member(of=provider)
    member.role = Role.SUPPORTER

    assert not queries.speaks_for(db, member, provider)
