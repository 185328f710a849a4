"""What licences say of selling: only what is well known is allowed."""

from dataclasses import replace

import pytest
from tests.factories import make_voice

from rhapsode.studio.voice import CommercialUse
from rhapsode.voices.licenses import commercial_use_of, describe_use, find_license

CARD = """\
# Model card for tides (medium)

* Language: en_US (English, United States)
* Speakers: 1

## Dataset

* URL: https://example.org/tides
* License: {}

## Training

Trained from scratch.
"""


@pytest.mark.parametrize(
    ("name", "use"),
    [
        ("CC0", "yes"),
        ("CC0-1.0", "yes"),
        ("Public Domain", "yes"),
        ("public domain", "yes"),
        ("CC BY 4.0", "yes"),
        ("CC-BY-SA-4.0", "yes"),
        ("Creative Commons Attribution 4.0 International License", "yes"),
        ("https://creativecommons.org/licenses/by/4.0/", "yes"),
        ("https://creativecommons.org/publicdomain/zero/1.0/", "yes"),
        ("https://creativecommons.org/licenses/by-sa/3.0/deed.en", "yes"),
        ("MIT", "yes"),
        ("The MIT License", "yes"),
        ("Apache-2.0", "yes"),
        ("Apache License, Version 2.0", "yes"),
        ("BSD-3-Clause", "yes"),
        ("CC BY-NC-SA 4.0", "no"),
        ("https://creativecommons.org/licenses/by-nc/4.0/", "no"),
        ("Free for non-commercial use", "no"),
        ("for research purposes", "no"),
        ("CC BY-ND 4.0", "unknown"),
        ("mit Namensnennung", "unknown"),
        ("See URL", "unknown"),
        ("https://example.org/license.html", "unknown"),
        ("MIT or something like it", "unknown"),
        ("GPL-3.0-or-later", "unknown"),
        ("", "unknown"),
    ],
)
def test_a_licence_says_whether_selling_is_allowed(name: str, use: CommercialUse) -> None:
    """What isn't recognised as a whole is unknown; what forbids it anywhere is no."""
    assert commercial_use_of(name) == use


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("CC0", "CC0"),
        ("[CC BY 4.0](https://creativecommons.org/licenses/by/4.0/)", "CC BY 4.0"),
        (
            "https://creativecommons.org/licenses/by-nc/4.0/  ",
            "https://creativecommons.org/licenses/by-nc/4.0/",
        ),
    ],
)
def test_a_card_names_its_licence(line: str, found: str) -> None:
    """The line that says so, without its markup."""
    assert find_license(CARD.format(line)) == found


def test_a_card_without_a_licence_names_none() -> None:
    """Neither an empty line nor a word about licences is one."""
    assert find_license("# Card\n\nThe licence is told elsewhere.\n* License:\n") == ""


def test_whoever_may_sell_is_told_what_is_known() -> None:
    """Nothing of a voice that may be sold; of others whether it is forbidden or nobody knows."""
    free, forbidden = make_voice("free"), make_voice("strict", commercial_use="no")

    assert describe_use(free) is None
    assert "may not be sold: its licence (CC BY-NC 4.0)" in str(
        describe_use(replace(forbidden, license="CC BY-NC 4.0"))
    )
    assert "it names no licence" in str(describe_use(make_voice("vague", commercial_use="unknown")))
