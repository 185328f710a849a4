"""What tests of text-to-speech and history do again and again: speak a text and keep its id."""

from typing import Any

import httpx


def speak(
    http: httpx.Client,
    text: str,
    *,
    voice_id: str = "tone_low",
    output_format: str = "mp3_44100_128",
    **body: Any,
) -> str:
    """Speak a text; the id of its history item."""
    response = http.post(
        f"/v1/text-to-speech/{voice_id}", params={"output_format": output_format}, json={"text": text, **body}
    )
    assert response.status_code == 200, response.text
    return response.headers["history-item-id"]
