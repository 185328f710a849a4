"""Speaking as a command asks for it."""

from rhapsode.api.own_wire import SpeechOrder
from rhapsode.rendering.speak import SpeakRequest
from rhapsode.studio.ids import new_id
from rhapsode.studio.models import DEFAULT_MODEL_ID
from rhapsode.voices.catalogue import Catalogue

_OUTPUT_FORMAT = "mp3_44100_128"


def speak_request(order: SpeechOrder, catalogue: Catalogue) -> SpeakRequest:
    """What is spoken for it, with the defaults that the API has. Raises: UnknownVoice."""
    return SpeakRequest(
        text=order.text,
        voice_id=catalogue.get(order.voice).voice_id,
        output_format=_OUTPUT_FORMAT,
        model_id=DEFAULT_MODEL_ID,
        request_id=new_id(),
    )
