"""Keys: written as the standards write them, and locked so that a stolen database holds none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from badges import keys, multibase
from tests.badges import samples

SECRET = "a secret that only tests know"
OWNER = samples.METHOD


def test_a_public_key_is_written_and_read_as_a_multikey():
    assert samples.MULTIKEY.startswith("z6Mk")
    assert keys.public_key(samples.MULTIKEY) == samples.PRIVATE_KEY.public_key()


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("z6Mk", id="too short"),
        pytest.param(samples.MULTIKEY[1:], id="without its base"),
        pytest.param(samples.MULTIKEY.replace("M", "0"), id="a digit that is none"),
        pytest.param("zDnaegE6RR3atJtHKwTRTWHsJ3kNHqFwv7n9YjTgmU7TyfU76", id="P-256"),
        pytest.param("z" + "2" * 10_000, id="very long"),
    ],
)
def test_what_is_no_ed25519_key_is_refused(text):
    with pytest.raises(ValueError, match=r"base58btc|Ed25519"):
        keys.public_key(text)


def test_a_sealed_key_opens_for_its_owner_with_the_same_secret():
    sealed = keys.seal(samples.PRIVATE_KEY, secret=SECRET, owner=OWNER)

    opened = keys.unseal(sealed, secret=SECRET, owner=OWNER)

    assert opened.private_bytes_raw() == samples.PRIVATE_KEY.private_bytes_raw()
    assert samples.PRIVATE_KEY.private_bytes_raw() not in sealed


def test_no_two_sealings_are_alike():
    first, second = (keys.seal(samples.PRIVATE_KEY, secret=SECRET, owner=OWNER) for _ in range(2))

    assert first != second


@pytest.mark.parametrize(
    "given_",
    [
        pytest.param({"secret": SECRET + "!", "owner": OWNER}, id="another secret"),
        pytest.param({"secret": SECRET, "owner": OWNER + "!"}, id="another owner"),
    ],
)
def test_a_sealed_key_opens_for_nobody_else(given_):
    sealed = keys.seal(samples.PRIVATE_KEY, secret=SECRET, owner=OWNER)

    with pytest.raises(keys.KeyLocked):
        keys.unseal(sealed, **given_)


def test_no_altered_byte_of_a_sealed_key_goes_unnoticed():
    sealed = keys.seal(samples.PRIVATE_KEY, secret=SECRET, owner=OWNER)
    altered = [
        sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :]
        for place in range(len(sealed))
    ]

    for spoilt in [*altered, sealed[:-1], sealed[:20], b""]:
        with pytest.raises(keys.KeyLocked):
            keys.unseal(spoilt, secret=SECRET, owner=OWNER)


def test_a_short_secret_is_refused():
    with pytest.raises(ValueError, match="16 characters"):
        keys.seal(samples.PRIVATE_KEY, secret="short", owner=OWNER)


@given(st.binary(max_size=64))
def test_multibase_reads_what_it_wrote(data):
    assert multibase.decode(multibase.encode(data)) == data


def test_multibase_keeps_leading_zeros_and_knows_the_published_example():
    assert multibase.encode(b"\0\0a") == "z112g"
    # IETF draft-msporny-base58, "Hello World!"
    assert multibase.encode(b"Hello World!") == "z2NEpo7TZRRrLZSi2U"
