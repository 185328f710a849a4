"""What is sent to each operation that takes an id, with the ids of some belongings; all else about it is well."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from .belongings import PAGE, RULE, Belongings, spoken


def _locators(ids: Belongings) -> list[dict[str, str]]:
    return [{"pronunciation_dictionary_id": ids.pronunciation_dictionary_id, "version_id": ids.version_id}]


def _speech(ids: Belongings) -> dict[str, Any]:
    return {"json": {"text": "Hm.", "pronunciation_dictionary_locators": _locators(ids)}}


def _dialogue(ids: Belongings) -> dict[str, Any]:
    lines = [{"text": "Hm.", "voice_id": "tone_low"}, {"text": "Well.", "voice_id": ids.voice_id}]
    return {"json": {"inputs": lines, "pronunciation_dictionary_locators": _locators(ids)}}


def _project(ids: Belongings) -> dict[str, Any]:
    content = [{"name": "One", "blocks": [{"nodes": [spoken("Hm.", ids.voice_id)]}]}]
    return {
        "name": "Tides",
        "default_title_voice_id": ids.voice_id,
        "default_paragraph_voice_id": ids.voice_id,
        "from_content_json": json.dumps(content),
        "pronunciation_dictionary_locators": json.dumps(_locators(ids)[0]),
    }


def _player(ids: Belongings) -> dict[str, Any]:
    locators = json.dumps(_locators(ids)[0])
    return {
        "data": {"name": "A", "voice_id": ids.voice_id, "pronunciation_dictionary_locators": locators},
        "files": {"file": ("boats.html", PAGE)},
    }


def _podcast(ids: Belongings) -> dict[str, Any]:
    return {
        "model_id": "eleven_multilingual_v2",
        "mode": {"type": "bulletin", "bulletin": {"host_voice_id": ids.voice_id}},
        "source": {"type": "text", "text": "The ferry was late. Nobody minded at all. " * 5},
    }


def _chapter(ids: Belongings) -> dict[str, Any]:
    block = {"block_id": ids.block_id, "sub_type": "p", "nodes": [spoken("Hm.", ids.voice_id)]}
    return {"name": "The Pier", "content": {"blocks": [block]}}


_REQUESTS: Mapping[str, Callable[[Belongings], dict[str, Any]]] = {
    "get_speech_history": lambda ids: {
        "params": {"start_after_history_item_id": ids.history_item_id, "voice_id": ids.voice_id}
    },
    "download_speech_history_items": lambda ids: {
        "json": {"history_item_ids": [ids.history_item_id, ids.other_history_item_id]}
    },
    "text_to_speech_full": _speech,
    "text_to_speech_full_with_timestamps": _speech,
    "text_to_speech_stream": _speech,
    "text_to_speech_stream_with_timestamps": _speech,
    "text_to_dialogue": _dialogue,
    "text_to_dialogue_stream": _dialogue,
    "text_to_dialogue_stream_with_timestamps": _dialogue,
    "text_to_dialogue_full_with_timestamps": _dialogue,
    "edit_voice_settings": lambda ids: {"json": {"stability": 0.4}},
    "edit_voice": lambda ids: {"files": {"name": (None, "Deep")}},
    "get_user_voices_v2": lambda ids: {"params": {"voice_ids": ["tone_low", ids.voice_id]}},
    "create_podcast": lambda ids: {"json": _podcast(ids)},
    "update_pronunciation_dictionaries": lambda ids: {
        "json": {"pronunciation_dictionary_locators": _locators(ids)}
    },
    "add_project": lambda ids: {"data": _project(ids)},
    "edit_project": lambda ids: {"json": _project(ids)},
    "edit_project_content": lambda ids: {"data": {"from_content_json": "[]"}},
    "add_chapter": lambda ids: {"json": {"name": "The Pier"}},
    "edit_chapter": lambda ids: {"json": _chapter(ids)},
    "create_audio_native_project": _player,
    "audio_native_project_update_content_endpoint": lambda ids: {"files": {"file": ("boats.html", PAGE)}},
    "patch_pronunciation_dictionary": lambda ids: {"json": {"name": "The sea"}},
    "set_rules": lambda ids: {"json": {"rules": [RULE]}},
    "add_rules": lambda ids: {"json": {"rules": [RULE]}},
    "remove_rules": lambda ids: {"json": {"rule_strings": [RULE["string_to_replace"]]}},
    "edit_workspace_webhook_route": lambda ids: {"json": {"is_disabled": True, "name": "Quiet"}},
}


def request_of(operation_id: str, ids: Belongings) -> dict[str, Any]:
    """Arguments of `httpx.Client.request`; none for an operation whose ids are all in its path."""
    return _REQUESTS[operation_id](ids) if operation_id in _REQUESTS else {}
