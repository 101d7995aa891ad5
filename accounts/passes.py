"""Pass codes and PINs: what a learner keeps instead of an e-mail address."""

import hmac
import secrets
from datetime import datetime
from uuid import UUID

import segno
from markupsafe import Markup

from accounts.throttle import keyed_hash

#: No vowels, so that no code spells a word; of signs that look alike, only one is used.
ALPHABET = "23456789CDFGHJKMNPQRTWXY"
#: Twelve of these 24 signs are 55 bits: nobody guesses a code, with or without its PIN.
LENGTH = 12
GROUP = 4
PIN_LENGTH = 6

#: Signs that no code has, read as the one they are mistaken for.
_MISREAD = str.maketrans("BSZ", "852")


def new_pass_code() -> str:
    """Return a code that nobody has yet and nobody can guess."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def new_pin() -> str:
    """Return six digits, any of a million."""
    return f"{secrets.randbelow(10**PIN_LENGTH):0{PIN_LENGTH}}"


def grouped(pass_code: str) -> str:
    """Return a code as people copy it: `7K4M-92QX-CDFG`."""
    return "-".join(pass_code[at : at + GROUP] for at in range(0, len(pass_code), GROUP))


def read_pass_code(typed: str) -> str:
    """Return the code that someone meant: any case, any spacing, look-alikes put right."""
    signs = "".join(sign for sign in typed.upper() if sign.isascii() and sign.isalnum())
    return signs.translate(_MISREAD)


def qr_svg(pass_code: str, *, title: str) -> Markup:
    """Return the code as a QR drawing for the page itself, without inline styles."""
    qr = segno.make(pass_code, error="m", micro=False)
    drawn = qr.svg_inline(
        svgclass="qr",
        lineclass=None,
        omitsize=True,
        title=title,
        border=2,
        dark="#000",
        light="#fff",
    )
    return Markup(drawn)  # segno escapes the title; the rest is its own drawing


#: A code on a phone is a new one this often, and is taken for as long again.
STEP_S = 30
DIGITS = 6
_MOVING = "TIRNOD"


def moving_code(secret: str, learner_uuid: UUID, now: datetime) -> str:
    """Return what a learner's phone shows to be scanned now; soon it is worth nothing."""
    step = _step(now)
    return f"{_MOVING}.{learner_uuid.hex}.{step}.{_seal(secret, learner_uuid, step)[:16]}"


def moving_digits(secret: str, learner_uuid: UUID, now: datetime) -> str:
    """Return six digits that mean a learner for a moment, among those who have a place."""
    return _digits(secret, learner_uuid, _step(now))


def is_moving_code(code: str) -> bool:
    return code.startswith(f"{_MOVING}.")


def learner_of_moving_code(secret: str, code: str, now: datetime) -> UUID | None:
    """Return whom a scanned code means; nothing where it is forged, or old."""
    try:
        _name, learner, step, seal = code.split(".")
        uuid, at = UUID(learner), int(step)
    except ValueError:
        return None
    is_true = hmac.compare_digest(seal.encode(), _seal(secret, uuid, at)[:16].encode())
    return uuid if is_true and at in _steps_taken(now) else None


def mean_digits(secret: str, typed: str, learner_uuid: UUID, now: datetime) -> bool:
    """Say whether six digits stand on a learner's phone now, or did a moment ago."""
    return any(_digits(secret, learner_uuid, step) == typed for step in _steps_taken(now))


def _step(now: datetime) -> int:
    return int(now.timestamp()) // STEP_S


def _steps_taken(now: datetime) -> tuple[int, int]:
    return _step(now), _step(now) - 1


def _digits(secret: str, learner_uuid: UUID, step: int) -> str:
    return f"{int(_seal(secret, learner_uuid, step), 16) % 10**DIGITS:0{DIGITS}}"


def _seal(secret: str, learner_uuid: UUID, step: int) -> str:
    return keyed_hash(secret, "moving pass", f"{learner_uuid.hex}.{step}")
