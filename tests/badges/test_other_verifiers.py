"""Do verifiers that nobody here wrote agree? Digital Bazaar's libraries, by way of `verify.mjs`.

A verifier in the same language, with the same library, shares its faults: only another one counts.
"""

import copy
import json
import shutil
import subprocess
from pathlib import Path

import pytest

from badges import guards, keys, openbadges, rdfc
from badges.findings import Finding, UnsoundDocument
from tests.badges import samples

ROOT = Path(__file__).parents[2]
VERIFY = Path(__file__).with_name("verify.mjs")

pytestmark = pytest.mark.skipif(
    not (ROOT / "node_modules/@digitalbazaar/vc").is_dir(),
    reason="the npm packages for cross-checking are not installed (script/setup installs them)",
)


def node() -> str:
    """Return the node of the virtual environment, or the machine's own."""
    ours = ROOT / ".venv/bin/node"
    return str(ours) if ours.exists() else shutil.which("node") or "node"


def verified_by_others(folder, *documents, did=None, listed=None):
    """Return what Digital Bazaar's verifier says of each document: true or false."""
    paths = [folder / f"{number}.json" for number in range(len(documents))]
    for path, document in zip(paths, documents, strict=True):
        path.write_bytes(openbadges.as_bytes(document))
    (folder / "did.json").write_text(json.dumps(did or samples.did_document()))
    (folder / "list.json").write_text(json.dumps(listed or samples.status_list()))
    command = [node(), VERIFY, "--now", samples.NOW.isoformat()]
    command += ["--did", folder / "did.json", "--status", folder / "list.json", *paths]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return [json.loads(line)["verified"] for line in done.stdout.splitlines()]


def with_change(document, path, value):
    """Return a copy of the document with another value at `path`."""
    changed = copy.deepcopy(document)
    part = changed
    for step in path[:-1]:
        part = part[step]
    part[path[-1]] = value
    return changed


#: A small change to each kind of part that a badge has.
CHANGES = [
    (("name",), "My first poT"),
    (("validFrom",), "2026-05-31T12:00:01Z"),
    (("awardedDate",), "2026-05-30T12:00:01Z"),
    (("issuer", "name"), "Pot Hous"),
    (("credentialSubject", "id"), "urn:uuid:0e4f28c4-5d6b-4a53-8a3e-1d2f3a4b5c6e"),
    (("credentialSubject", "achievement", "criteria", "narrative"), "You: nothing."),
    (("credentialSubject", "achievement", "tag", 1), "claz"),
    (("credentialSubject", "activityEndDate"), "2026-05-30T13:00:00Z"),
    (("evidence", 0, "narrative"), "Came to Pottery on 31 May 2026."),
    (("credentialStatus", "statusListIndex"), "94568"),
    (("proof", 0, "created"), "2026-06-01T12:00:01Z"),
]

ODDITIES = {
    "welsh": "Ŵyth ŷd a glöyn byw, hyd y môr",
    "emoji": "Pottery 🏺👩🏽‍🎨 and flags 🏴󠁧󠁢󠁷󠁬󠁳󠁿",
    "right-to-left": "‏أول إناء لي‏ - הכד הראשון שלי",
    "combining": "e\u0301 and é are not the same text",
    "white": "tab\tline\nreturn\r\nnbsp\u00a0ls\u2028ps\u2029bom\ufeff",
    "quotes": "\"quoted\" \\ back\\slash 'n' <b>&amp;</b> {curly} ^caret `tick`",
    "c1": "next line\u0085 and soft hyphen\u00ad",
    "zero-width": "a\u200bb\u200cc\u200dd",
}


def test_a_badge_verifies_in_digital_bazaars_library(tmp_path):
    assert verified_by_others(tmp_path, samples.signed()) == [True]


def test_the_least_badge_verifies_as_well(tmp_path):
    least = openbadges.CredentialFacts(
        id=samples.FACTS.id,
        subject_id=samples.FACTS.subject_id,
        issuer=openbadges.IssuerFacts(did=samples.DID, name="Pot House"),
        achievement=openbadges.AchievementFacts(
            id=samples.ACHIEVEMENT.id, name="Pot", description="A pot.", criteria="Make a pot."
        ),
        awarded_at=samples.NOW,
        valid_from=samples.NOW,
    )

    assert verified_by_others(tmp_path, samples.signed(openbadges.open_badge(least))) == [True]


def test_one_small_change_anywhere_fails(tmp_path):
    badge = samples.signed()
    changed = [with_change(badge, path, value) for path, value in CHANGES]

    assert verified_by_others(tmp_path, badge, *changed) == [True, *(False for _ in changed)]
    assert [samples.checked(document).is_valid for document in changed] == [False] * len(changed)


def test_odd_texts_verify_everywhere(tmp_path):
    badges = [
        samples.signed(evidence=(openbadges.EvidenceFacts(narrative=text, name=text),))
        for text in ODDITIES.values()
    ]

    assert verified_by_others(tmp_path, *badges) == [True] * len(badges)


def test_a_key_that_was_replaced_still_verifies_what_it_signed(tmp_path):
    newer = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"
    did = openbadges.did_document(samples.DID, [newer, samples.MULTIKEY])

    assert verified_by_others(tmp_path, samples.signed(), did=did) == [True]


def test_a_key_for_tokens_beside_it_does_not_matter(tmp_path):
    jwk = keys.public_jwk(keys.generate_token_key())
    did = openbadges.did_document(samples.DID, [samples.MULTIKEY], jwks={"rsa-2026": jwk})

    assert verified_by_others(tmp_path, samples.signed(), did=did) == [True]


def test_a_key_that_was_withdrawn_verifies_no_more(tmp_path):
    newer = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"
    did = openbadges.did_document(samples.DID, [newer])

    assert verified_by_others(tmp_path, samples.signed(), did=did) == [False]


def test_a_badge_taken_back_fails_and_its_neighbours_stand(tmp_path):
    index = samples.INDEX
    badge = samples.signed()

    taken_back = samples.status_list([0, index, openbadges.STATUS_LIST_LENGTH - 1])
    neighbours = samples.status_list([index - 1, index + 1])
    assert verified_by_others(tmp_path, badge, listed=taken_back) == [False]
    assert verified_by_others(tmp_path, badge, listed=neighbours) == [True]


@pytest.mark.parametrize(
    ("tags", "guard", "finding"),
    [
        pytest.param(
            ("bell \x07",), (guards, "_require_readable"), Finding.UNREADABLE_CHARACTER, id="bell"
        ),
        pytest.param(
            ("\uff21 wide", "🏺 pot"),
            (rdfc, "_require_same_order_everywhere"),
            Finding.UNSTABLE_ORDER,
            id="order",
        ),
    ],
)
def test_what_a_guard_refuses_would_not_verify_elsewhere(
    tmp_path, monkeypatch, tags, guard, finding
):
    document = openbadges.open_badge(samples.FACTS)
    document["credentialSubject"]["achievement"]["tag"] = list(tags)
    with pytest.raises(UnsoundDocument) as refused:
        samples.signed(document)
    assert refused.value.finding is finding

    monkeypatch.setattr(*guard, lambda text: None)
    unguarded = samples.signed(document)
    assert samples.checked(unguarded).is_valid
    assert verified_by_others(tmp_path, unguarded) == [False]
