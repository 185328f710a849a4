"""What a child process of the pool does to find out how loud a voice is."""

from rhapsode.audio.loudness import measure_level
from rhapsode.audio.mastering import Level
from rhapsode.rendering.aloud import speak
from rhapsode.rendering.draft import SpeechRequest
from rhapsode.rendering.speakers import Speakers


def measure(request: SpeechRequest, speakers: Speakers) -> Level:
    """Speak and measure; nothing is kept. Raises: what `aloud.speak` raises."""
    return measure_level(speak(request, speakers).samples)
