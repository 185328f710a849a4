import pytest

from rhapsode.audio.tags import iso_639_2


@pytest.mark.parametrize(
    ("language", "code"),
    [
        ("en", "eng"),
        ("en-GB", "eng"),
        ("de_AT", "deu"),
        ("PT-br", "por"),
        ("zh-Hant-TW", "zho"),
        ("grc", "grc"),
        ("xx", None),
        ("", None),
        ("english", None),
    ],
)
def test_a_language_tag_has_a_three_letter_code(language: str, code: str | None) -> None:
    """A BCP 47 tag is reduced to its language, in the code that audio tags use."""

    assert iso_639_2(language) == code
