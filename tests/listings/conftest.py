"""A provider, and the browser of someone who speaks for it."""

import pytest

from geo.models import Postcode
from tests import factories
from tests.factories import YORK


@pytest.fixture
def provider(db):
    return factories.provider()


@pytest.fixture
def staff(sign_in, provider):
    """The browser of someone who speaks for the provider."""
    area = factories.area()
    factories._saved(
        Postcode(postcode="YO17HH", lsoa_code=area.lsoa_code, lon=YORK[0], lat=YORK[1])
    )
    return sign_in(factories.member(of=provider))
