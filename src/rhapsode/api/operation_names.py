"""What each operation is called: in the contract, and in the official Python SDK.

The JavaScript SDK has the same names in camel case. Source: `operationId`, `x-fern-sdk-group-name` and
`x-fern-sdk-method-name` of the contract.
"""

from collections.abc import Mapping
from typing import NamedTuple


class Names(NamedTuple):
    """operation_id: of the contract.    sdk: the method, after `client.`."""

    operation_id: str
    sdk: str


NAMES: Mapping[str, Names] = {
    "POST /v1/studio/podcasts": Names("create_podcast", "studio.create_podcast"),
    "GET /v1/studio/projects": Names("get_projects", "studio.projects.list"),
    "POST /v1/studio/projects": Names("add_project", "studio.projects.create"),
    "GET /v1/studio/projects/{project_id}": Names("get_project_by_id", "studio.projects.get"),
    "POST /v1/studio/projects/{project_id}": Names("edit_project", "studio.projects.update"),
    "DELETE /v1/studio/projects/{project_id}": Names("delete_project", "studio.projects.delete"),
    "POST /v1/studio/projects/{project_id}/convert": Names(
        "convert_project_endpoint",
        "studio.projects.convert",
    ),
    "GET /v1/studio/projects/{project_id}/chapters": Names("get_chapters", "studio.projects.chapters.list"),
    "POST /v1/studio/projects/{project_id}/chapters": Names("add_chapter", "studio.projects.chapters.create"),
    "GET /v1/studio/projects/{project_id}/chapters/{chapter_id}": Names(
        "get_chapter_by_id_endpoint",
        "studio.projects.chapters.get",
    ),
    "POST /v1/studio/projects/{project_id}/chapters/{chapter_id}": Names(
        "edit_chapter",
        "studio.projects.chapters.update",
    ),
    "DELETE /v1/studio/projects/{project_id}/chapters/{chapter_id}": Names(
        "delete_chapter_endpoint",
        "studio.projects.chapters.delete",
    ),
    "POST /v1/studio/projects/{project_id}/chapters/{chapter_id}/convert": Names(
        "convert_chapter_endpoint",
        "studio.projects.chapters.convert",
    ),
    "GET /v1/studio/projects/{project_id}/snapshots": Names(
        "get_project_snapshots",
        "studio.projects.snapshots.list",
    ),
    "GET /v1/studio/projects/{project_id}/snapshots/{project_snapshot_id}": Names(
        "get_project_snapshot_endpoint",
        "studio.projects.snapshots.get",
    ),
    "POST /v1/studio/projects/{project_id}/snapshots/{project_snapshot_id}/stream": Names(
        "stream_project_snapshot_audio_endpoint",
        "studio.projects.snapshots.stream",
    ),
    "POST /v1/studio/projects/{project_id}/snapshots/{project_snapshot_id}/archive": Names(
        "stream_project_snapshot_archive_endpoint",
        "studio.projects.snapshots.stream_archive",
    ),
    "GET /v1/studio/projects/{project_id}/chapters/{chapter_id}/snapshots": Names(
        "get_chapter_snapshots",
        "studio.projects.chapters.snapshots.list",
    ),
    "GET /v1/studio/projects/{project_id}/chapters/{chapter_id}/snapshots/{chapter_snapshot_id}": Names(
        "get_chapter_snapshot_endpoint",
        "studio.projects.chapters.snapshots.get",
    ),
    "POST /v1/studio/projects/{project_id}/chapters/{chapter_id}/snapshots/{chapter_snapshot_id}/stream": Names(
        "stream_chapter_snapshot_audio",
        "studio.projects.chapters.snapshots.stream",
    ),
    "POST /v1/text-to-dialogue": Names("text_to_dialogue", "text_to_dialogue.convert"),
    "POST /v1/text-to-dialogue/stream": Names("text_to_dialogue_stream", "text_to_dialogue.stream"),
    "POST /v1/text-to-dialogue/with-timestamps": Names(
        "text_to_dialogue_full_with_timestamps",
        "text_to_dialogue.convert_with_timestamps",
    ),
    "POST /v1/text-to-dialogue/stream/with-timestamps": Names(
        "text_to_dialogue_stream_with_timestamps",
        "text_to_dialogue.stream_with_timestamps",
    ),
    "POST /v1/text-to-speech/{voice_id}": Names("text_to_speech_full", "text_to_speech.convert"),
    "POST /v1/text-to-speech/{voice_id}/stream": Names("text_to_speech_stream", "text_to_speech.stream"),
    "POST /v1/text-to-speech/{voice_id}/with-timestamps": Names(
        "text_to_speech_full_with_timestamps",
        "text_to_speech.convert_with_timestamps",
    ),
    "POST /v1/text-to-speech/{voice_id}/stream/with-timestamps": Names(
        "text_to_speech_stream_with_timestamps",
        "text_to_speech.stream_with_timestamps",
    ),
    "GET /v1/history": Names("get_speech_history", "history.list"),
    "GET /v1/history/{history_item_id}": Names("get_speech_history_item_by_id", "history.get"),
    "DELETE /v1/history/{history_item_id}": Names("delete_speech_history_item", "history.delete"),
    "GET /v1/history/{history_item_id}/audio": Names(
        "get_audio_full_from_speech_history_item",
        "history.get_audio",
    ),
    "POST /v1/history/download": Names("download_speech_history_items", "history.download"),
    "GET /v1/voices": Names("get_voices", "voices.get_all"),
    "GET /v2/voices": Names("get_user_voices_v2", "voices.search"),
    "GET /v1/voices/settings/default": Names("get_voice_settings_default", "voices.settings.get_default"),
    "GET /v1/voices/{voice_id}": Names("get_voice_by_id", "voices.get"),
    "DELETE /v1/voices/{voice_id}": Names("delete_voice", "voices.delete"),
    "POST /v1/voices/{voice_id}/edit": Names("edit_voice", "voices.update"),
    "GET /v1/voices/{voice_id}/settings": Names("get_voice_settings", "voices.settings.get"),
    "POST /v1/voices/{voice_id}/settings/edit": Names("edit_voice_settings", "voices.settings.update"),
    "GET /v1/models": Names("get_models", "models.list"),
    "GET /v1/user": Names("get_user_info", "user.get"),
    "GET /v1/user/subscription": Names("get_user_subscription_info", "user.subscription.get"),
    "GET /v1/workspace/webhooks": Names("get_workspace_webhooks_route", "webhooks.list"),
    "POST /v1/workspace/webhooks": Names("create_workspace_webhook_route", "webhooks.create"),
    "PATCH /v1/workspace/webhooks/{webhook_id}": Names("edit_workspace_webhook_route", "webhooks.update"),
    "DELETE /v1/workspace/webhooks/{webhook_id}": Names("delete_workspace_webhook_route", "webhooks.delete"),
    "POST /v1/studio/projects/{project_id}/content": Names(
        "edit_project_content",
        "studio.projects.content.update",
    ),
    "GET /v1/studio/projects/{project_id}/muted-tracks": Names(
        "get_project_muted_tracks_endpoint",
        "studio.projects.get_muted_tracks",
    ),
    "POST /v1/pronunciation-dictionaries/add-from-rules": Names(
        "add_from_rules",
        "pronunciation_dictionaries.create_from_rules",
    ),
    "POST /v1/pronunciation-dictionaries/add-from-file": Names(
        "add_from_file",
        "pronunciation_dictionaries.create_from_file",
    ),
    "GET /v1/pronunciation-dictionaries": Names(
        "get_pronunciation_dictionaries_metadata",
        "pronunciation_dictionaries.list",
    ),
    "GET /v1/pronunciation-dictionaries/{pronunciation_dictionary_id}": Names(
        "get_pronunciation_dictionary_metadata",
        "pronunciation_dictionaries.get",
    ),
    "PATCH /v1/pronunciation-dictionaries/{pronunciation_dictionary_id}": Names(
        "patch_pronunciation_dictionary",
        "pronunciation_dictionaries.update",
    ),
    "POST /v1/pronunciation-dictionaries/{pronunciation_dictionary_id}/set-rules": Names(
        "set_rules",
        "pronunciation_dictionaries.rules.set",
    ),
    "POST /v1/pronunciation-dictionaries/{pronunciation_dictionary_id}/add-rules": Names(
        "add_rules",
        "pronunciation_dictionaries.rules.add",
    ),
    "POST /v1/pronunciation-dictionaries/{pronunciation_dictionary_id}/remove-rules": Names(
        "remove_rules",
        "pronunciation_dictionaries.rules.remove",
    ),
    "GET /v1/pronunciation-dictionaries/{dictionary_id}/{version_id}/download": Names(
        "get_pronunciation_dictionary_version_pls",
        "pronunciation_dictionaries.download",
    ),
    "POST /v1/studio/projects/{project_id}/pronunciation-dictionaries": Names(
        "update_pronunciation_dictionaries",
        "studio.projects.pronunciation_dictionaries.create",
    ),
    "POST /v1/forced-alignment": Names("forced_alignment", "forced_alignment.create"),
    "POST /v1/audio-native": Names("create_audio_native_project", "audio_native.create"),
    "GET /v1/audio-native/{project_id}/settings": Names(
        "get_audio_native_project_settings_endpoint",
        "audio_native.get_settings",
    ),
    "POST /v1/audio-native/content": Names(
        "audio_native_update_content_from_url",
        "audio_native.update_content_from_url",
    ),
    "POST /v1/audio-native/{project_id}/content": Names(
        "audio_native_project_update_content_endpoint",
        "audio_native.update",
    ),
}
"""By method and path, as this server's own document has them; what is ours alone isn't here."""
