"""Where a browser may be sent on to."""

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.browser import path_within

HERE = "https://tirnod.example/sign-in"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("/me", "/me"),
        ("/a/pottery-x7/book?session=1&x=%2F", "/a/pottery-x7/book?session=1&x=%2F"),
        ("/cy/me", "/cy/me"),
        ("/me#top", "/me"),
        ("/me?", "/me"),
        ("/me//x", "/me/x"),
        ("/@evil.example", "/@evil.example"),
        ("/.//evil.example", "/./evil.example"),
    ],
)
def test_an_address_of_this_site_is_kept(given, expected):
    assert path_within(given) == expected


@pytest.mark.parametrize(
    "given",
    [
        None,
        "",
        "me",
        "//evil.example",
        "///evil.example",
        "////evil.example/x",
        "\\\\evil.example",
        "/\\evil.example",
        "\\/evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "/\r\nLocation: https://evil.example",
        "\t//evil.example",
        " //evil.example",
        "https://evil.example",
        "https:evil.example",
        "https:/evil.example",
        "HTTPS://evil.example",
        "javascript:alert(1)",
        "data:text/html,x",
        "//[evil",
        "?next=//evil.example",
        "/\u2028/evil.example",
        "/\x00/evil.example",
    ],
)
def test_any_other_address_is_refused(given):
    found = path_within(given)

    assert found is None or urlsplit(urljoin(HERE, found)).netloc == "tirnod.example"
    assert found is None or not found.startswith("//")


@given(
    st.text(alphabet=st.sampled_from("/\\\t\n\r :@?#.abhtps%0[]\x00\u2028"), max_size=20),
)
def test_nobody_is_ever_sent_to_another_host(address):
    found = path_within(address)

    if found is not None:
        assert urlsplit(urljoin(HERE, found))[:2] == ("https", "tirnod.example")
        assert not found.startswith(("//", "/\\"))
