"""ARPAbet as IPA."""

import pytest

from rhapsode.text.arpabet import arpabet_to_ipa


@pytest.mark.parametrize(
    ("arpabet", "ipa"),
    [
        ("T AH0 M EY1 T OW2", "təmˈeɪtˌoʊ"),
        ("M AE1 D IH0 S AH0 N", "mˈædɪsən"),
        ("B ER1 D", "bˈɝd"),
        ("B AH1 T ER0", "bˈʌtɚ"),
        ("ch iy1 z", "tʃˈiːz"),
        ("NG-G", "ŋɡ"),
        ("T XX7 AA1 ?", "tˈɑː"),
        ("", ""),
        ("1 0", ""),
    ],
)
def test_each_symbol_has_its_sound(arpabet: str, ipa: str) -> None:
    """With the stress before its vowel; what is no symbol is left out."""
    assert arpabet_to_ipa(arpabet) == ipa
