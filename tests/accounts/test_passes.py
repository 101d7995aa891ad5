"""Pass codes and PINs."""

import math

from hypothesis import given
from hypothesis import strategies as st

from accounts.passes import (
    ALPHABET,
    LENGTH,
    grouped,
    new_pass_code,
    new_pin,
    qr_svg,
    read_pass_code,
)

codes = st.text(ALPHABET, min_size=LENGTH, max_size=LENGTH)


def test_a_pass_code_cannot_be_guessed():
    assert LENGTH * math.log2(len(ALPHABET)) >= 50
    assert len({new_pass_code() for _ in range(1000)}) == 1000


def test_no_sign_can_be_mistaken_for_another_and_no_word_comes_out():
    assert set(ALPHABET).isdisjoint("AEIOU01LBSZV")
    assert set(new_pass_code()) <= set(ALPHABET)


def test_a_pin_has_six_figures_whatever_comes_first():
    assert {len(new_pin()) for _ in range(200)} == {6}


def test_a_pass_code_is_shown_in_groups():
    assert grouped("7K4M92QXCDFG") == "7K4M-92QX-CDFG"


@given(code=codes, gap=st.sampled_from(["", " ", "-", " - ", "\u2013", "\t"]), small=st.booleans())
def test_a_pass_code_is_read_however_it_is_written(code, gap, small):
    written = gap.join(code[at : at + 4] for at in range(0, LENGTH, 4))

    assert read_pass_code(written.lower() if small else written) == code
    assert read_pass_code(grouped(code)) == code


@given(code=codes)
def test_signs_that_look_alike_are_put_right(code):
    looks = code.replace("8", "B").replace("5", "S").replace("2", "Z")

    assert read_pass_code(looks) == code


@given(st.text())
def test_reading_never_fails(typed):
    assert read_pass_code(typed).isascii()


def test_the_picture_has_no_style_that_the_policy_would_block():
    svg = qr_svg("7K4M92QXCDFG", title="Your <pass>")

    assert "style" not in svg
    assert "<title>Your &lt;pass&gt;</title>" in svg
    assert 'class="qr' in svg
    assert len(svg) < 4000
