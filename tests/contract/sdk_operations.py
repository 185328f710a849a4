"""Every operation of the contract as a call of the official Python SDK, by its operation id.

The synchronous and the asynchronous client have the same methods, so that one table serves both.
"""

import io
import json
from collections.abc import Callable, Mapping
from typing import Any

from elevenlabs.types import (
    DialogueInput,
    PronunciationDictionaryLocator,
    PronunciationDictionaryVersionLocator,
    VoiceSettings,
    WebhookHmacSettings,
)

from .belongings import BOOK, PAGE, PLS, RULE, Belongings, content, spoken
from .given import Given

SPOKEN = "Mind the gap."
_LINES = [
    DialogueInput(text="Is it late?", voice_id="tone_low"),
    DialogueInput(text="No.", voice_id="tone_low"),
]
_ARTICLE = "The ferry was late. Nobody minded at all. The captain made tea for everybody. " * 10
_PODCAST = {
    "model_id": "eleven_multilingual_v2",
    "mode": {"type": "bulletin", "bulletin": {"host_voice_id": "tone_low"}},
    "source": {"type": "text", "text": _ARTICLE},
    "duration_scale": "short",
}
_PROJECT = {
    "name": "Tides",
    "default_title_voice_id": "tone_low",
    "default_paragraph_voice_id": "tone_low",
}


def _locator(belongings: Belongings) -> Any:
    return PronunciationDictionaryLocator(
        pronunciation_dictionary_id=belongings.pronunciation_dictionary_id, version_id=belongings.version_id
    )


def _version_locator(belongings: Belongings) -> Any:
    return PronunciationDictionaryVersionLocator(
        pronunciation_dictionary_id=belongings.pronunciation_dictionary_id, version_id=belongings.version_id
    )


CALLS: Mapping[str, Callable[[Any, Given], Any]] = {
    # History
    "get_speech_history": lambda c, g: c.history.list(page_size=10, sort_direction="asc", source="TTS"),
    "get_speech_history_item_by_id": lambda c, g: c.history.get(g.kept.history_item_id),
    "delete_speech_history_item": lambda c, g: c.history.delete(g.spare.history_item_id),
    "get_audio_full_from_speech_history_item": lambda c, g: c.history.get_audio(g.kept.history_item_id),
    "download_speech_history_items": lambda c, g: c.history.download(
        history_item_ids=[g.kept.history_item_id, g.kept.other_history_item_id], output_format="wav"
    ),
    # Text-to-speech
    "text_to_speech_full": lambda c, g: c.text_to_speech.convert(
        "tone_low", text=SPOKEN, voice_settings=VoiceSettings(speed=1.1), output_format="mp3_44100_64"
    ),
    "text_to_speech_full_with_timestamps": lambda c, g: c.text_to_speech.convert_with_timestamps(
        "tone_low", text=SPOKEN, pronunciation_dictionary_locators=[_version_locator(g.kept)]
    ),
    "text_to_speech_stream": lambda c, g: c.text_to_speech.stream("tone_low", text=SPOKEN, seed=7),
    "text_to_speech_stream_with_timestamps": lambda c, g: c.text_to_speech.stream_with_timestamps(
        "tone_low", text=SPOKEN
    ),
    # Text-to-dialogue
    "text_to_dialogue": lambda c, g: c.text_to_dialogue.convert(inputs=_LINES),
    "text_to_dialogue_stream": lambda c, g: c.text_to_dialogue.stream(inputs=_LINES),
    "text_to_dialogue_stream_with_timestamps": lambda c, g: c.text_to_dialogue.stream_with_timestamps(
        inputs=_LINES
    ),
    "text_to_dialogue_full_with_timestamps": lambda c, g: c.text_to_dialogue.convert_with_timestamps(
        inputs=_LINES
    ),
    # User, voices and models. Nothing else speaks with tone_high, so that it may go.
    "get_user_info": lambda c, g: c.user.get(),
    "get_user_subscription_info": lambda c, g: c.user.subscription.get(),
    "get_voice_settings_default": lambda c, g: c.voices.settings.get_default(),
    "get_voice_settings": lambda c, g: c.voices.settings.get("tone_low"),
    "edit_voice_settings": lambda c, g: c.voices.settings.update(
        "tone_low", request=VoiceSettings(stability=0.4)
    ),
    "get_voices": lambda c, g: c.voices.get_all(show_legacy=True),
    "get_voice_by_id": lambda c, g: c.voices.get("tone_low", with_settings=True),
    "delete_voice": lambda c, g: c.voices.delete("tone_high"),
    "edit_voice": lambda c, g: c.voices.update(
        "tone_low", name="Deep", description="A hum.", labels=json.dumps({"accent": "none"})
    ),
    "get_user_voices_v2": lambda c, g: c.voices.search(page_size=5, search="tone", sort="name"),
    "get_models": lambda c, g: c.models.list(),
    # Studio
    "create_podcast": lambda c, g: c.studio.create_podcast(**_PODCAST),
    "update_pronunciation_dictionaries": lambda c, g: c.studio.projects.pronunciation_dictionaries.create(
        g.spare.project_id, pronunciation_dictionary_locators=[_locator(g.spare)]
    ),
    "get_projects": lambda c, g: c.studio.projects.list(),
    "add_project": lambda c, g: c.studio.projects.create(
        **_PROJECT, from_document=("ferry.txt", io.BytesIO(BOOK)), auto_convert=True
    ),
    "edit_project": lambda c, g: c.studio.projects.update(
        g.spare.project_id, **_PROJECT, author="Ida Strand"
    ),
    "get_project_by_id": lambda c, g: c.studio.projects.get(g.kept.project_id),
    "delete_project": lambda c, g: c.studio.projects.delete(g.spare.player_id),
    "edit_project_content": lambda c, g: c.studio.projects.content.update(
        g.kept.player_id, from_content_json=json.dumps(content("The boat went out."))
    ),
    "convert_project_endpoint": lambda c, g: c.studio.projects.convert(g.kept.project_id),
    "get_project_snapshots": lambda c, g: c.studio.projects.snapshots.list(g.kept.project_id),
    "get_project_snapshot_endpoint": lambda c, g: c.studio.projects.snapshots.get(
        g.kept.project_id, g.kept.project_snapshot_id
    ),
    "stream_project_snapshot_audio_endpoint": lambda c, g: c.studio.projects.snapshots.stream(
        g.kept.project_id, g.kept.project_snapshot_id, convert_to_mpeg=True
    ),
    "stream_project_snapshot_archive_endpoint": lambda c, g: c.studio.projects.snapshots.stream_archive(
        g.kept.project_id, g.kept.project_snapshot_id
    ),
    "get_chapters": lambda c, g: c.studio.projects.chapters.list(g.kept.project_id),
    "add_chapter": lambda c, g: c.studio.projects.chapters.create(
        g.spare.project_id, name="Boats", from_url=g.page_url
    ),
    "get_chapter_by_id_endpoint": lambda c, g: c.studio.projects.chapters.get(
        g.kept.project_id, g.kept.chapter_id
    ),
    "edit_chapter": lambda c, g: c.studio.projects.chapters.update(
        g.kept.project_id,
        g.kept.chapter_id,
        name="The Pier",
        content={
            "blocks": [{"block_id": g.kept.block_id, "sub_type": "p", "nodes": [spoken("The boat left.")]}]
        },
    ),
    "delete_chapter_endpoint": lambda c, g: c.studio.projects.chapters.delete(
        g.spare.project_id, g.spare.chapter_id
    ),
    "convert_chapter_endpoint": lambda c, g: c.studio.projects.chapters.convert(
        g.kept.project_id, g.kept.chapter_id
    ),
    "get_chapter_snapshots": lambda c, g: c.studio.projects.chapters.snapshots.list(
        g.kept.project_id, g.kept.chapter_id
    ),
    "get_chapter_snapshot_endpoint": lambda c, g: c.studio.projects.chapters.snapshots.get(
        g.kept.project_id, g.kept.chapter_id, g.kept.chapter_snapshot_id
    ),
    "stream_chapter_snapshot_audio": lambda c, g: c.studio.projects.chapters.snapshots.stream(
        g.kept.project_id, g.kept.chapter_id, g.kept.chapter_snapshot_id
    ),
    "get_project_muted_tracks_endpoint": lambda c, g: c.studio.projects.get_muted_tracks(g.kept.project_id),
    # Audio Native
    "create_audio_native_project": lambda c, g: c.audio_native.create(
        name="Boats", voice_id="tone_low", file=("boats.html", io.BytesIO(PAGE)), auto_convert=True
    ),
    "get_audio_native_project_settings_endpoint": lambda c, g: c.audio_native.get_settings(g.kept.player_id),
    "audio_native_project_update_content_endpoint": lambda c, g: c.audio_native.update(
        g.kept.player_id, file=("boats.txt", io.BytesIO(BOOK)), auto_publish=True
    ),
    "audio_native_update_content_from_url": lambda c, g: c.audio_native.update_content_from_url(
        url=g.page_url
    ),
    # Pronunciation dictionaries
    "add_from_file": lambda c, g: c.pronunciation_dictionaries.create_from_file(
        name="From a file", file=("sea.pls", io.BytesIO(PLS))
    ),
    "add_from_rules": lambda c, g: c.pronunciation_dictionaries.create_from_rules(
        name="From rules", rules=[RULE]
    ),
    "patch_pronunciation_dictionary": lambda c, g: c.pronunciation_dictionaries.update(
        g.kept.pronunciation_dictionary_id, name="The sea"
    ),
    "get_pronunciation_dictionary_metadata": lambda c, g: c.pronunciation_dictionaries.get(
        g.kept.pronunciation_dictionary_id
    ),
    "set_rules": lambda c, g: c.pronunciation_dictionaries.rules.set(
        g.spare.pronunciation_dictionary_id, rules=[RULE]
    ),
    "add_rules": lambda c, g: c.pronunciation_dictionaries.rules.add(
        g.spare.pronunciation_dictionary_id, rules=[RULE | {"string_to_replace": "boat"}]
    ),
    "remove_rules": lambda c, g: c.pronunciation_dictionaries.rules.remove(
        g.kept.pronunciation_dictionary_id, rule_strings=["quay"]
    ),
    "get_pronunciation_dictionary_version_pls": lambda c, g: c.pronunciation_dictionaries.download(
        g.kept.dictionary_id, g.kept.version_id
    ),
    "get_pronunciation_dictionaries_metadata": lambda c, g: c.pronunciation_dictionaries.list(
        page_size=5, sort="name", sort_direction="ascending"
    ),
    # Webhooks and forced alignment
    "get_workspace_webhooks_route": lambda c, g: c.webhooks.list(include_usages=True),
    "create_workspace_webhook_route": lambda c, g: c.webhooks.create(
        settings=WebhookHmacSettings(name="Boats", webhook_url=g.page_url)
    ),
    "edit_workspace_webhook_route": lambda c, g: c.webhooks.update(
        g.kept.webhook_id, is_disabled=True, name="Quiet"
    ),
    "delete_workspace_webhook_route": lambda c, g: c.webhooks.delete(g.spare.webhook_id),
    "forced_alignment": lambda c, g: c.forced_alignment.create(file=io.BytesIO(g.recording), text=SPOKEN),
}
"""The call of each operation. Whatever it needs is there before it, so that each can be made by itself."""
