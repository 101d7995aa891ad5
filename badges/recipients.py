"""For whom is it? Most badges tell a number or a hash, and only who knows the address can compare."""

from collections.abc import Mapping
from hashlib import md5, sha256
from typing import Any

from badges.findings import Finding

#: Version 3 says `emailAddress`, the older ones `email`.
_KINDS = frozenset({"emailAddress", "email"})
_MOST_IDENTIFIERS = 20


def look_at_recipient(document: Mapping[str, Any], email: str) -> Finding:
    """Compare whom a badge of version 3 is for with an e-mail address; "" asks for nobody."""
    subject = document.get("credentialSubject")
    found = subject.get("identifier", []) if isinstance(subject, Mapping) else []
    found = found if isinstance(found, list) else [found]
    return compare(found[:_MOST_IDENTIFIERS], email, hash_name="identityHash", kind="identityType")


def compare(identifiers: list[Any], email: str, *, hash_name: str, kind: str) -> Finding:
    """Compare what a badge says of its holder with an e-mail address.

    :param hash_name: where the address, or its hash, stands in each.
    :param kind: where it stands what is meant by it.
    """
    addresses = [
        each for each in identifiers if isinstance(each, Mapping) and each.get(kind) in _KINDS
    ]
    if not email:
        return Finding.RECIPIENT_NOT_ASKED if addresses else Finding.RECIPIENT_UNNAMED
    if not addresses:
        return Finding.RECIPIENT_NOT_TO_COMPARE
    spellings = {email.strip(), email.strip().lower()}
    is_same = any(_is_of(each, hash_name, text) for each in addresses for text in spellings)
    return Finding.RECIPIENT_MATCHES if is_same else Finding.RECIPIENT_DIFFERS


def _is_of(identifier: Mapping[str, Any], hash_name: str, email: str) -> bool:
    said, salt = identifier.get(hash_name), identifier.get("salt", "")
    if not isinstance(said, str) or not isinstance(salt, str):
        return False
    if not identifier.get("hashed"):
        return said.strip().lower() == email.lower()
    salted = (email + salt).encode()
    # Open Badges 1 and 2 allow MD5; nobody's safety hangs on it here.
    hashes = {
        f"sha256${sha256(salted).hexdigest()}",
        f"md5${md5(salted, usedforsecurity=False).hexdigest()}",
    }
    return said.lower() in hashes
