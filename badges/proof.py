"""The signature inside a badge: W3C Data Integrity, cryptosuite `eddsa-rdfc-2022`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from badges import multibase
from badges.findings import Finding, UnsoundDocument
from badges.guards import require_sound
from badges.rdfc import canonical_form

CRYPTOSUITE = "eddsa-rdfc-2022"
_PURPOSE = "assertionMethod"
_SIGNATURE_BYTES = 64


@dataclass(frozen=True)
class ProofCheck:
    """Whether a signature holds, and if not, why. True when it holds."""

    holds: bool
    why: Finding

    def __bool__(self) -> bool:
        return self.holds


def sign(
    document: Mapping[str, Any],
    *,
    private_key: Ed25519PrivateKey,
    verification_method: str,
    created: datetime,
) -> dict[str, Any]:
    """Return the document with a `DataIntegrityProof` inside.

    The proof is an array of one: 1EdTech's schema asks for an array, and all verifiers take it.

    :param verification_method: the key's address in the issuer's DID document, `did:web:…#z6Mk…`.
    :param created: aware; kept to the second.
    :raises UnsoundDocument: some verifier would read the document differently, or not at all.
    """
    if "proof" in document:
        raise ValueError("This document is signed already.")
    require_sound(document)
    proof = {
        "type": "DataIntegrityProof",
        "cryptosuite": CRYPTOSUITE,
        "created": instant(created),
        "verificationMethod": verification_method,
        "proofPurpose": _PURPOSE,
    }
    signature = private_key.sign(_hash_data(document, proof))
    return {**document, "proof": [{**proof, "proofValue": multibase.encode(signature)}]}


def check_proof(document: Mapping[str, Any], public_key: Ed25519PublicKey) -> ProofCheck:
    """Tell whether the document is what the holder of `public_key` signed. Never raises.

    Whose key it is, is not asked here; `verifier` asks.
    """
    try:
        require_sound(document)
        proof = proof_of(document)
        signed = {name: value for name, value in document.items() if name != "proof"}
        public_key.verify(_signature(proof), _hash_data(signed, _configuration(proof, document)))
    except UnsoundDocument as problem:
        return ProofCheck(False, problem.finding)
    except InvalidSignature:
        return ProofCheck(False, Finding.SIGNATURE_BROKEN)
    return ProofCheck(True, Finding.SIGNATURE_HOLDS)


def proof_of(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the document's one proof, of the one kind we can check.

    :raises UnsoundDocument: there is none, there are several, or it is of another kind.
    """
    proofs = document.get("proof", [])
    proofs = proofs if isinstance(proofs, list) else [proofs]
    if not proofs:
        raise UnsoundDocument(Finding.NO_PROOF)
    proof = proofs[0]
    if len(proofs) > 1 or not isinstance(proof, Mapping) or not _is_of_our_kind(proof):
        raise UnsoundDocument(Finding.UNKNOWN_PROOF)
    return proof


def instant(moment: datetime) -> str:
    """Return an aware time as the standards write it, in UTC and to the second."""
    if moment.tzinfo is None:
        raise ValueError("A time in a badge needs its time zone.")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _is_of_our_kind(proof: Mapping[str, Any]) -> bool:
    kind = [proof.get(name) for name in ("type", "cryptosuite", "proofPurpose")]
    return (
        kind == ["DataIntegrityProof", CRYPTOSUITE, _PURPOSE]
        and isinstance(proof.get("verificationMethod"), str)
        # A chain of proofs binds this one to another, which we would have to check as well.
        and "previousProof" not in proof
    )


def _signature(proof: Mapping[str, Any]) -> bytes:
    try:
        signature = multibase.decode(proof["proofValue"])
    except (KeyError, AttributeError, ValueError):
        raise UnsoundDocument(Finding.SIGNATURE_BROKEN) from None
    if len(signature) != _SIGNATURE_BYTES:
        raise UnsoundDocument(Finding.SIGNATURE_BROKEN)
    return signature


def _configuration(proof: Mapping[str, Any], document: Mapping[str, Any]) -> dict[str, Any]:
    if proof.get("@context", document["@context"]) != document["@context"]:
        raise UnsoundDocument(Finding.UNKNOWN_CONTEXT)
    return {name: value for name, value in proof.items() if name not in ("proofValue", "@context")}


def _hash_data(document: Mapping[str, Any], proof: Mapping[str, Any]) -> bytes:
    """What is signed: the hash of the proof's own facts, then the hash of the document."""
    configuration = {"@context": document["@context"], **proof}
    parts = (canonical_form(configuration), canonical_form(document))
    return b"".join(sha256(part.encode()).digest() for part in parts)
