"""What the examples of the documentation send: for each operation no more than makes it do something."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class SampleFile:
    """A file that an example sends, by its name in the reader's folder."""

    name: str


_RULE = {"type": "alias", "string_to_replace": "Thames", "alias": "Temz"}
_LOCATOR = {"pronunciation_dictionary_id": "<pronunciation_dictionary_id>"}
_SPEECH: Mapping[str, Any] = {"text": "The lamps are lit."}
_LINES: Mapping[str, Any] = {
    "inputs": [
        {"text": "Are the lamps lit?", "voice_id": "espeak_alder"},
        {"text": "All of them.", "voice_id": "espeak_rowan"},
    ]
}
_TEXT = "The ferry was late again. Nobody minded, because the captain made tea for everybody on the pier."
_BLOCKS = '[{"name": "One", "blocks": [{"nodes": [{"type": "tts_node", "text": "The lamps are lit."}]}]}]'

BODIES: Mapping[str, Mapping[str, Any]] = {
    "audio_native.create": {"name": "Lamps", "file": SampleFile("article.html"), "auto_convert": True},
    "audio_native.update": {"file": SampleFile("article.html"), "auto_convert": True, "auto_publish": True},
    "audio_native.update_content_from_url": {"url": "https://example.com/article"},
    "forced_alignment.create": {"file": SampleFile("reading.mp3"), "text": "The lamps are lit."},
    "history.download": {"history_item_ids": ["<history_item_id>"]},
    "pronunciation_dictionaries.create_from_file": {"name": "Rivers", "file": SampleFile("rivers.pls")},
    "pronunciation_dictionaries.create_from_rules": {"name": "Rivers", "rules": [_RULE]},
    "pronunciation_dictionaries.rules.add": {"rules": [_RULE]},
    "pronunciation_dictionaries.rules.remove": {"rule_strings": ["Thames"]},
    "pronunciation_dictionaries.rules.set": {"rules": [_RULE]},
    "pronunciation_dictionaries.update": {"name": "Rivers"},
    "studio.create_podcast": {
        "model_id": "eleven_multilingual_v2",
        "mode": {"type": "bulletin", "bulletin": {"host_voice_id": "espeak_alder"}},
        "source": {"type": "text", "text": _TEXT},
    },
    "studio.projects.chapters.create": {"name": "Chapter two"},
    "studio.projects.chapters.update": {"name": "Chapter two"},
    "studio.projects.content.update": {"from_content_json": _BLOCKS},
    "studio.projects.create": {
        "name": "The Lamp Keepers",
        "from_document": SampleFile("the-lamp-keepers.epub"),
    },
    "studio.projects.pronunciation_dictionaries.create": {"pronunciation_dictionary_locators": [_LOCATOR]},
    "studio.projects.update": {
        "name": "The Lamp Keepers",
        "default_title_voice_id": "espeak_alder",
        "default_paragraph_voice_id": "espeak_alder",
    },
    "text_to_dialogue.convert": _LINES,
    "text_to_dialogue.convert_with_timestamps": _LINES,
    "text_to_dialogue.stream": _LINES,
    "text_to_dialogue.stream_with_timestamps": _LINES,
    "text_to_speech.convert": _SPEECH,
    "text_to_speech.convert_with_timestamps": _SPEECH,
    "text_to_speech.stream": _SPEECH,
    "text_to_speech.stream_with_timestamps": _SPEECH,
    "voices.settings.update": {"speed": 1.1},
    "voices.update": {"name": "Storyteller"},
    "webhooks.create": {
        "settings": {"auth_type": "hmac", "name": "Builds", "webhook_url": "https://example.com/told"}
    },
    "webhooks.update": {"name": "Builds", "is_disabled": True},
}
"""By the name of the method in the Python SDK."""

OWN_BODIES: Mapping[str, Mapping[str, Any]] = {
    "PUT /rhapsode/v1/studio/projects/{project_id}/chapters/{chapter_id}/muted": {"muted": True},
    "PATCH /rhapsode/v1/studio/projects/{project_id}/chapters/{chapter_id}/content": {
        "edits": [{"op": "move", "block_id": "00VbiJmLt5kGd7YMBF5x", "after_block_id": None}]
    },
    "PUT /rhapsode/v1/studio/projects/{project_id}/chapters/order": {"chapter_ids": ["00VbiJm5jAQnw4Ku0cM4"]},
}
"""By method and path, of operations that are ours alone."""

WHOLE_BODIES: Mapping[str, str] = {"voices.settings.update": "request"}
"""Methods of the Python SDK that take the whole body as one argument, and the name of that."""

VALUES: Mapping[str, str] = {"voice_id": "espeak_alder"}
"""Of parameters of paths; others are shown as <name>."""
