from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.segments import is_gsm7, segments


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("a", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("a" * 1600, 11),
        ("á", 1),
        ("á" * 70, 1),
        ("á" * 71, 2),
        ("á" * 134, 2),
        ("á" * 135, 3),
        ("a" * 70 + "’", 2),
    ],
)
def test_counts_segments(text: str, count: int) -> None:
    assert segments(text) == count


@pytest.mark.parametrize("letter", list("^{}[]~|\\€\f"))
def test_extension_letters_take_two_septets(letter: str) -> None:
    assert is_gsm7(letter)
    assert segments(letter * 80) == 1
    assert segments(letter * 80 + "a") == 2


def test_an_escaped_pair_is_not_split() -> None:
    # 306 septets would fill two parts, but the pair at the seam moves to the second whole.
    assert segments("a" * 152 + "€" + "a" * 152) == 3
    assert segments("a" * 151 + "€" + "a" * 153) == 2


def test_a_surrogate_pair_is_not_split() -> None:
    assert segments("😀" * 35) == 1
    assert segments("😀" * 36) == 2
    assert segments("a" * 66 + "😀" + "a" * 66) == 3
    assert segments("a" * 65 + "😀" + "a" * 67) == 2


def test_the_alphabet_is_the_standard_one() -> None:
    assert all(is_gsm7(letter) for letter in "éèùìòàñÑüÜöÖäÄÇ¿¡@£$¥§ΔΩß\n\r")
    assert not any(is_gsm7(letter) for letter in "áíóúÁÍÓÚçÀ’‘“”—–…\t\u00a0\u202f`😀")
    assert sum(is_gsm7(chr(code)) for code in range(0x10000)) == 127 + 10


@given(st.text(max_size=400))
def test_parts_are_neither_too_few_nor_wasteful(text: str) -> None:
    units = len(text.encode("utf-16-le", "surrogatepass")) // 2
    count = segments(text)
    assert (count == 0) == (text == "")
    if not is_gsm7(text):
        assert (count <= 1) == (units <= 70)
        assert count <= 1 or units / 67 <= count <= 1 + units / 66
