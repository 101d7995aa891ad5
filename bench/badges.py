"""Badges: how long it takes to sign one, or a record of twenty, to issue a thousand, to check one.

`script/bench badges` runs this. Beside what we do stands what PyLD alone takes to canonicalize the
same documents in the same round: nearly all of a signature is that. Where one process does the work
its CPU time decides, which a busy machine changes little; time by the clock is told beside it.
"""

import argparse
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from statistics import median, quantiles
from time import perf_counter, process_time
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import Flask
from pyld import jsonld
from sqlalchemy.orm import Session

from accounts.models import AgeBand, Role, User
from app.db import current_db, unit_of_work
from app.jobs import work
from badges import clr, facts, keys, openbadges, proof, rdfc
from badges.art import badge_svg
from badges.bake import bake_png, draw_png
from badges.custody import withdraw_key
from badges.models import Achievement, AchievementCredential, Strand
from badges.queries import current_key_of, waiting_to_be_signed
from badges.service import award, show_publicly
from badges.signing import signed_document, signing_host
from bench.gauge.progress import console
from bench.gauge.report import Bar, Verdict, heading
from bench.importing import prepare
from providers.models import Provider
from tests.databases import fresh_database
from wsgi import create_app

#: Of issue 6: one signed and baked, a record of twenty, a thousand issued, the page of the verifier.
SIGN_MS, RECORD_MS, ISSUE_S, VERIFY_MS = 40.0, 1_000.0, 30.0, 150.0
RECORD_BADGES = 20
#: A key that is no longer safe: all its badges are signed anew in so long, lists' caches included.
ANEW_S = 15 * 60 - 6 * 60
_LIMIT = Bar(1.0, None)
NOW = datetime.now(UTC).replace(microsecond=0)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="of signing and checking")
    parser.add_argument("--awards", type=int, default=1_000)
    parser.add_argument("--signatures", type=int, default=100, help="in each round")
    asked = parser.parse_args()
    with fresh_database() as url:
        where = url.render_as_string(hide_password=False)
        prepare(where)
        app = create_app(os.environ | {"DATABASE_URL": where}, TESTING=True, WTF_CSRF_ENABLED=False)
        with app.app_context():
            verdicts = [
                *_measure_signing(asked.rounds, asked.signatures),
                *_measure_records(asked.rounds),
                *_measure_issuing(app, asked.awards),
                _measure_verifying(app, asked.rounds),
            ]
            current_db.remove()
    heading("Each bar: ours, the most allowed (or PyLD alone), ours of it (least to most)")
    for verdict in verdicts:
        print(verdict)
    return int(any(verdict.is_missed for verdict in verdicts))


def _measure_signing(rounds: int, count: int) -> Iterator[Verdict]:
    """Sign and bake badges, and canonicalize the same with PyLD alone, each round the other first."""
    sample, host = _sample(), signing_host()
    key = keys.generate_key()
    method = openbadges.verification_method(sample.issuer.did, keys.multikey(key.public_key()))
    png = draw_png(badge_svg("bench", "create", title="Bench"))

    as_quads: Any = rdfc.options() | {"algorithm": "URDNA2015", "format": "application/n-quads"}

    def ours(number: int) -> None:
        each = replace(sample, id=f"{host.base_url}/credentials/{number}")
        document = openbadges.open_badge(each)
        signed = proof.sign(document, private_key=key, verification_method=method, created=NOW)
        bake_png(png, openbadges.as_bytes(signed))

    def alone(number: int) -> None:
        document = openbadges.open_badge(
            replace(sample, id=f"{host.base_url}/credentials/{number}")
        )
        configuration = {"@context": document["@context"], **_configuration(method)}
        for each in (document, configuration):
            jsonld.normalize(each, as_quads)

    for warm in (ours, alone):
        warm(0)
    p95: list[float] = []
    clocks: list[float] = []
    middles: dict[Callable, list[float]] = {ours: [], alone: []}
    for round_ in range(rounds):
        console.print(f"signing, round {round_ + 1}")
        for do in (ours, alone) if round_ % 2 else (alone, ours):
            cpu, clock = _timed(do, count)
            middles[do].append(median(cpu))
            if do is ours:
                p95.append(quantiles(cpu, n=20)[-1])
                clocks.append(quantiles(clock, n=20)[-1])
    print(f"\nsign and bake, p95 by the clock: {median(clocks):.1f} ms (median of the rounds)")
    yield _within("one signed and baked, p95 (CPU)", p95, SIGN_MS, "ms")
    yield _beside("one signed and baked, beside PyLD alone (CPU)", middles[ours], middles[alone])


def _measure_records(rounds: int) -> Iterator[Verdict]:
    """Sign a record of twenty badges, and canonicalize the same with PyLD alone, in turn."""
    sample, host = _sample(), signing_host()
    key = keys.generate_key()
    badges = tuple(_signed_sample(sample, number, key) for number in range(RECORD_BADGES))
    by = facts.host_facts(host.base_url)
    method = openbadges.verification_method(by.did, keys.multikey(key.public_key()))
    unsigned = clr.learner_record(
        clr.RecordFacts(
            id=f"{host.base_url}/records/1",
            name=facts.RECORD_NAME,
            subject_id=sample.subject_id,
            issuer=by,
            valid_from=NOW,
            badges=badges,
        )
    )
    as_quads: Any = rdfc.options() | {"algorithm": "URDNA2015", "format": "application/n-quads"}

    def ours(_number: int) -> None:
        proof.sign(unsigned, private_key=key, verification_method=method, created=NOW)

    def alone(_number: int) -> None:
        configuration = {"@context": unsigned["@context"], **_configuration(method)}
        for each in (unsigned, configuration):
            jsonld.normalize(each, as_quads)

    for warm in (ours, alone):
        warm(0)
    most: list[float] = []
    middles: dict[Callable, list[float]] = {ours: [], alone: []}
    for round_ in range(rounds):
        console.print(f"records, round {round_ + 1}")
        for do in (ours, alone) if round_ % 2 else (alone, ours):
            cpu, _clock = _timed(do, 5)
            middles[do].append(median(cpu))
            if do is ours:
                most.append(max(cpu))
    size = len(openbadges.as_bytes(unsigned)) // 1024
    print(f"\na record of {RECORD_BADGES} badges is {size} KB as it is downloaded")
    yield _within("a record of 20 signed, the slowest of a round (CPU)", most, RECORD_MS, "ms")
    yield _beside("a record of 20 signed, beside PyLD alone (CPU)", middles[ours], middles[alone])


def _signed_sample(
    sample: openbadges.CredentialFacts, number: int, key: Ed25519PrivateKey
) -> openbadges.Document:
    """Return one of twenty badges of a learner, each of another organisation's."""
    issuer = replace(sample.issuer, did=f"{sample.issuer.did}-{number}")
    achievement = replace(sample.achievement, id=f"{sample.achievement.id}-{number}")
    said = replace(sample, id=f"{sample.id}-{number}", issuer=issuer, achievement=achievement)
    method = openbadges.verification_method(issuer.did, keys.multikey(key.public_key()))
    return proof.sign(
        openbadges.open_badge(said), private_key=key, verification_method=method, created=NOW
    )


def _measure_issuing(app: Flask, count: int) -> Iterator[Verdict]:
    """Award badges one by one and let one worker sign them, then let it sign them all anew."""
    with unit_of_work() as db:
        achievement, learners = _achievement(db), _learners(db, count)
    started, cpu_started = perf_counter(), process_time()
    for learner in learners:
        with unit_of_work() as db:
            _awarded(db, achievement, learner)
    print(f"{count} awarded: {perf_counter() - started:.1f} s by the clock")
    work(app, until_idle=True)
    assert not waiting_to_be_signed(current_db()), "A bench of what was not done says nothing."
    took, cpu_took = perf_counter() - started, process_time() - cpu_started
    print(f"{count} issued: {cpu_took:.1f} s of CPU, {took:.1f} s by the clock")
    scale = count / 1_000
    yield _within("1,000 issued by one worker (clock)", [took / scale], ISSUE_S, "s")

    with unit_of_work() as db:
        key = current_key_of(db, achievement.issuer)
        assert key is not None
        withdraw_key(db, key=key, now=datetime.now(UTC))
    started = perf_counter()
    work(app, until_idle=True)
    took, left = perf_counter() - started, len(waiting_to_be_signed(current_db()))
    assert left == 0, "A bench of what was not done says nothing."
    print(f"{count} signed anew by a worker: {took:.1f} s by the clock")
    yield _within("1,000 signed anew by a worker (clock)", [took / scale], ANEW_S, "s")


def _measure_verifying(app: Flask, rounds: int) -> Verdict:
    """Bring a badge of ours to the page that checks badges."""
    with unit_of_work() as db:
        badge = db.query(AchievementCredential).first()
        assert badge is not None
        show_publicly(db, credential=badge, is_public=True)
        file = openbadges.as_bytes(signed_document(db, badge, host=signing_host())).decode()
    client = app.test_client()

    def check(_number: int) -> None:
        page = client.post("/verify", data={"text": file})
        assert page.status_code == 200, page.text

    _timed(check, 5)
    clocks = []
    for round_ in range(rounds):
        console.print(f"checking, round {round_ + 1}")
        clocks.append(median(_timed(check, 30)[1]))
    return _within("the page that checks a badge, warm (clock)", clocks, VERIFY_MS, "ms")


def _within(what: str, measured: list[float], most: float, unit: str) -> Verdict:
    ratios = [each / most for each in measured]
    return Verdict("3", what, _LIMIT, ours=median(measured), theirs=most, unit=unit, ratios=ratios)


def _beside(what: str, ours: list[float], theirs: list[float]) -> Verdict:
    """Return what we take beside what PyLD alone takes, round by round. It has no bar."""
    ratios = [a / b for a, b in zip(ours, theirs, strict=True)]
    return Verdict(
        "3", what, Bar(None, None), ours=median(ours), theirs=median(theirs), ratios=ratios
    )


def _timed(do: Callable[[int], None], count: int) -> tuple[list[float], list[float]]:
    """Return what each call took, in ms: of CPU, and by the clock."""
    cpu, clock = [], []
    for number in range(count):
        started, cpu_started = perf_counter(), process_time()
        do(number)
        clock.append((perf_counter() - started) * 1000)
        cpu.append((process_time() - cpu_started) * 1000)
    return cpu, clock


def _configuration(method: str) -> dict[str, str]:
    return {
        "type": "DataIntegrityProof",
        "cryptosuite": proof.CRYPTOSUITE,
        "created": proof.instant(NOW),
        "verificationMethod": method,
        "proofPurpose": "assertionMethod",
    }


def _sample() -> openbadges.CredentialFacts:
    """Return what one of our badges says, with all that it may say."""
    with unit_of_work() as db:
        [learner] = _learners(db, 1)
        badge = _awarded(db, _achievement(db), learner)
        said = facts.credential_facts(badge, signing_host().base_url)
        db.rollback()
    return said


def _achievement(db: Session) -> Achievement:
    achievement = Achievement(
        slug=f"bench-{db.query(Achievement).count()}",
        issuer=db.query(Provider).one(),
        name="Clay Hand",
        description="Made something of clay, and fired it.",
        criteria="Come once and make one thing.",
        strand=Strand.CREATE,
    )
    db.add(achievement)
    db.flush()
    return achievement


def _learners(db: Session, count: int) -> list[User]:
    learners = [
        User(
            role=Role.LEARNER,
            name="Seren",
            age_band=AgeBand.FROM_13_TO_15,
            home_lsoa_code="E01000001",
            pass_code=f"BENCH{number:05}",
            pin_hash="none",
        )
        for number in range(count)
    ]
    db.add_all(learners)
    db.flush()
    return learners


def _awarded(db: Session, achievement: Achievement, learner: User) -> AchievementCredential:
    return award(
        db,
        achievement=achievement,
        recipient=learner,
        evidence="Came to Pottery, says Bench.",
        activity_started_at=NOW - timedelta(hours=2),
        activity_ended_at=NOW - timedelta(hours=1),
        now=NOW,
    )


if __name__ == "__main__":
    sys.exit(main())
