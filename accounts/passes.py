"""Pass codes and PINs: what a learner keeps instead of an e-mail address."""

import secrets

import segno
from markupsafe import Markup

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
