"""Multibase base58btc: how Data Integrity writes keys and signatures, always beginning with `z`."""

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
#: A signature takes 88 characters. Decoding is quadratic, so nothing much longer is tried.
_LONGEST = 128


def encode(data: bytes) -> str:
    """Return `data` as a base58btc multibase text."""
    number, digits = int.from_bytes(data), ""
    while number:
        number, digit = divmod(number, 58)
        digits = _ALPHABET[digit] + digits
    zeros = len(data) - len(data.lstrip(b"\0"))
    return "z" + "1" * zeros + digits


def decode(text: str) -> bytes:
    """Return the bytes that a base58btc multibase text stands for.

    :raises ValueError: it is another base, too long, or holds a character outside the alphabet.
    """
    digits = text.removeprefix("z")
    if digits == text or len(text) > _LONGEST or not set(digits) <= set(_ALPHABET):
        raise ValueError("Not a short base58btc multibase text.")
    number = 0
    for digit in digits:
        number = number * 58 + _ALPHABET.index(digit)
    zeros = len(digits) - len(digits.lstrip("1"))
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8)
