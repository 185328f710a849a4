"""Voices that are suggested for a language."""

import httpx
import pytest
from tests.factories import need_espeak


def suggested(http: httpx.Client, language: str) -> list[str]:
    answer = http.get("/rhapsode/v1/voices/suggested", params={"language": language})
    return [voice["voice_id"] for voice in answer.raise_for_status().json()["voices"]]


@pytest.mark.parametrize(
    ("language", "voice_id"), [("de", "espeak_linden"), ("fr-FR", "espeak_acacia"), ("it", "espeak_cypress")]
)
def test_a_languages_own_voice_is_first(http: httpx.Client, language: str, voice_id: str) -> None:
    """Others that speak it follow; each is a voice as any list has it, with its licence."""
    need_espeak()
    found = suggested(http, language)

    assert found[0] == voice_id
    assert 1 < len(found) <= 20
    assert len(set(found)) == len(found)


def test_a_deleted_voice_is_suggested_to_nobody_but_others(
    http: httpx.Client, other_http: httpx.Client
) -> None:
    """Of the one workspace; another still has it."""
    need_espeak()
    http.delete("/v1/voices/espeak_linden").raise_for_status()

    assert "espeak_linden" not in suggested(http, "de")
    assert suggested(other_http, "de")[0] == "espeak_linden"


def test_a_language_must_be_named(http: httpx.Client, anonymous: httpx.Client) -> None:
    """By whoever has a key."""
    assert http.get("/rhapsode/v1/voices/suggested").status_code == 422
    assert anonymous.get("/rhapsode/v1/voices/suggested?language=de").status_code == 401
