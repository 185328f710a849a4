// Every operation of the contract as a call of the official JavaScript SDK, by its operation id.
//
// `kept` and `spare` are the ids of one of everything: the one stays, the other may be deleted. Whatever a call needs
// is there before it, so that their order doesn't matter. Nothing else speaks with tone_high, so that it may go.

import { Buffer } from "node:buffer";

const TEXT = "Mind the gap.";
const LINES = [
    { text: "Is it late?", voiceId: "tone_low" },
    { text: "No.", voiceId: "tone_low" },
];
const RULE = {
    type: "alias",
    stringToReplace: "quay",
    alias: "key",
    caseSensitive: true,
    wordBoundaries: true,
};
const PROJECT = {
    name: "Tides",
    defaultTitleVoiceId: "tone_low",
    defaultParagraphVoiceId: "tone_low",
};
const PODCAST = {
    modelId: "eleven_multilingual_v2",
    mode: { type: "bulletin", bulletin: { hostVoiceId: "tone_low" } },
    source: { type: "text", text: "The ferry was late. Nobody minded at all. The captain made tea. ".repeat(10) },
    durationScale: "short",
};
const BOOK = "CHAPTER I\n\nThe ferry was late.\n\n\nCHAPTER II\n\nNobody minded at all.\n";
const PLS = `<?xml version="1.0" encoding="UTF-8"?>
<lexicon version="1.0" xmlns="http://www.w3.org/2005/01/pronunciation-lexicon" alphabet="ipa" xml:lang="en-US">
  <lexeme><grapheme>buoy</grapheme><alias>boy</alias></lexeme>
</lexicon>`;

/** A node of a block. */
function spoken(text) {
    return { type: "tts_node", voiceId: "tone_low", text };
}

/** A file to be sent. */
function file(text, filename) {
    return { data: Buffer.from(text), filename };
}

/** The dictionary of some belongings, in the version that they have. */
function locator(belongings) {
    return {
        pronunciationDictionaryId: belongings.pronunciationDictionaryId,
        versionId: belongings.versionId,
    };
}

/** What to call: (client, {kept, spare, pageUrl, recording}) => promise of a value, of a stream, or of bytes. */
export const operations = {
    // History
    get_speech_history: (c) => c.history.list({ pageSize: 10, sortDirection: "asc", source: "TTS" }),
    get_speech_history_item_by_id: (c, { kept }) => c.history.get(kept.historyItemId),
    delete_speech_history_item: (c, { spare }) => c.history.delete(spare.historyItemId),
    get_audio_full_from_speech_history_item: (c, { kept }) => c.history.getAudio(kept.historyItemId),
    download_speech_history_items: (c, { kept }) =>
        c.history.download({ historyItemIds: [kept.historyItemId, kept.otherHistoryItemId], outputFormat: "wav" }),

    // Text-to-speech
    text_to_speech_full: (c) =>
        c.textToSpeech.convert("tone_low", {
            text: TEXT,
            voiceSettings: { speed: 1.1 },
            outputFormat: "mp3_44100_64",
        }),
    text_to_speech_full_with_timestamps: (c, { kept }) =>
        c.textToSpeech.convertWithTimestamps("tone_low", {
            text: TEXT,
            pronunciationDictionaryLocators: [locator(kept)],
        }),
    text_to_speech_stream: (c) => c.textToSpeech.stream("tone_low", { text: TEXT, seed: 7 }),
    text_to_speech_stream_with_timestamps: (c) => c.textToSpeech.streamWithTimestamps("tone_low", { text: TEXT }),

    // Text-to-dialogue
    text_to_dialogue: (c) => c.textToDialogue.convert({ inputs: LINES }),
    text_to_dialogue_stream: (c) => c.textToDialogue.stream({ inputs: LINES }),
    text_to_dialogue_stream_with_timestamps: (c) => c.textToDialogue.streamWithTimestamps({ inputs: LINES }),
    text_to_dialogue_full_with_timestamps: (c) => c.textToDialogue.convertWithTimestamps({ inputs: LINES }),

    // User, voices and models
    get_user_info: (c) => c.user.get(),
    get_user_subscription_info: (c) => c.user.subscription.get(),
    get_voice_settings_default: (c) => c.voices.settings.getDefault(),
    get_voice_settings: (c) => c.voices.settings.get("tone_low"),
    edit_voice_settings: (c) => c.voices.settings.update("tone_low", { stability: 0.4 }),
    get_voices: (c) => c.voices.getAll({ showLegacy: true }),
    get_voice_by_id: (c) => c.voices.get("tone_low", { withSettings: true }),
    delete_voice: (c) => c.voices.delete("tone_high"),
    edit_voice: (c) => c.voices.update("tone_low", { name: "Deep", description: "A hum.", labels: "{}" }),
    get_user_voices_v2: (c) => c.voices.search({ pageSize: 5, search: "tone", sort: "name" }),
    get_models: (c) => c.models.list(),

    // Studio
    create_podcast: (c) => c.studio.createPodcast(PODCAST),
    update_pronunciation_dictionaries: (c, { spare }) =>
        c.studio.projects.pronunciationDictionaries.create(spare.projectId, {
            pronunciationDictionaryLocators: [locator(spare)],
        }),
    get_projects: (c) => c.studio.projects.list(),
    add_project: (c) =>
        c.studio.projects.create({ ...PROJECT, fromDocument: file(BOOK, "ferry.txt"), autoConvert: true }),
    edit_project: (c, { spare }) =>
        c.studio.projects.update(spare.projectId, { ...PROJECT, author: "Ida Strand" }),
    get_project_by_id: (c, { kept }) => c.studio.projects.get(kept.projectId),
    delete_project: (c, { spare }) => c.studio.projects.delete(spare.playerId),
    edit_project_content: (c, { kept }) =>
        c.studio.projects.content.update(kept.playerId, {
            fromContentJson: JSON.stringify([
                { name: "One", blocks: [{ sub_type: "p", nodes: [{ type: "tts_node", voice_id: "tone_low", text: TEXT }] }] },
            ]),
        }),
    convert_project_endpoint: (c, { kept }) => c.studio.projects.convert(kept.projectId),
    get_project_snapshots: (c, { kept }) => c.studio.projects.snapshots.list(kept.projectId),
    get_project_snapshot_endpoint: (c, { kept }) =>
        c.studio.projects.snapshots.get(kept.projectId, kept.projectSnapshotId),
    stream_project_snapshot_audio_endpoint: (c, { kept }) =>
        c.studio.projects.snapshots.stream(kept.projectId, kept.projectSnapshotId, { convertToMpeg: true }),
    stream_project_snapshot_archive_endpoint: (c, { kept }) =>
        c.studio.projects.snapshots.streamArchive(kept.projectId, kept.projectSnapshotId),
    get_chapters: (c, { kept }) => c.studio.projects.chapters.list(kept.projectId),
    add_chapter: (c, { spare, pageUrl }) =>
        c.studio.projects.chapters.create(spare.projectId, { name: "Boats", fromUrl: pageUrl }),
    get_chapter_by_id_endpoint: (c, { kept }) => c.studio.projects.chapters.get(kept.projectId, kept.chapterId),
    edit_chapter: (c, { kept }) =>
        c.studio.projects.chapters.update(kept.projectId, kept.chapterId, {
            name: "The Pier",
            content: { blocks: [{ blockId: kept.blockId, subType: "p", nodes: [spoken("The boat left.")] }] },
        }),
    delete_chapter_endpoint: (c, { spare }) => c.studio.projects.chapters.delete(spare.projectId, spare.chapterId),
    convert_chapter_endpoint: (c, { kept }) => c.studio.projects.chapters.convert(kept.projectId, kept.chapterId),
    get_chapter_snapshots: (c, { kept }) => c.studio.projects.chapters.snapshots.list(kept.projectId, kept.chapterId),
    get_chapter_snapshot_endpoint: (c, { kept }) =>
        c.studio.projects.chapters.snapshots.get(kept.projectId, kept.chapterId, kept.chapterSnapshotId),
    stream_chapter_snapshot_audio: (c, { kept }) =>
        c.studio.projects.chapters.snapshots.stream(kept.projectId, kept.chapterId, kept.chapterSnapshotId),
    get_project_muted_tracks_endpoint: (c, { kept }) => c.studio.projects.getMutedTracks(kept.projectId),

    // Audio Native
    create_audio_native_project: (c) =>
        c.audioNative.create({
            name: "Boats",
            voiceId: "tone_low",
            file: file("<html><body><p>Boats float.</p></body></html>", "boats.html"),
            autoConvert: true,
        }),
    get_audio_native_project_settings_endpoint: (c, { kept }) => c.audioNative.getSettings(kept.playerId),
    audio_native_project_update_content_endpoint: (c, { kept }) =>
        c.audioNative.update(kept.playerId, { file: file(BOOK, "ferry.txt"), autoPublish: true }),
    audio_native_update_content_from_url: (c, { pageUrl }) => c.audioNative.updateContentFromUrl({ url: pageUrl }),

    // Pronunciation dictionaries
    add_from_file: (c) =>
        c.pronunciationDictionaries.createFromFile({ name: "From a file", file: file(PLS, "sea.pls") }),
    add_from_rules: (c) => c.pronunciationDictionaries.createFromRules({ name: "From rules", rules: [RULE] }),
    patch_pronunciation_dictionary: (c, { kept }) =>
        c.pronunciationDictionaries.update(kept.pronunciationDictionaryId, { name: "The sea" }),
    get_pronunciation_dictionary_metadata: (c, { kept }) =>
        c.pronunciationDictionaries.get(kept.pronunciationDictionaryId),
    set_rules: (c, { spare }) =>
        c.pronunciationDictionaries.rules.set(spare.pronunciationDictionaryId, { rules: [RULE] }),
    add_rules: (c, { spare }) =>
        c.pronunciationDictionaries.rules.add(spare.pronunciationDictionaryId, {
            rules: [{ ...RULE, stringToReplace: "boat" }],
        }),
    remove_rules: (c, { kept }) =>
        c.pronunciationDictionaries.rules.remove(kept.pronunciationDictionaryId, { ruleStrings: ["quay"] }),
    get_pronunciation_dictionary_version_pls: (c, { kept }) =>
        c.pronunciationDictionaries.download(kept.pronunciationDictionaryId, kept.versionId),
    get_pronunciation_dictionaries_metadata: (c) =>
        c.pronunciationDictionaries.list({ pageSize: 5, sort: "name", sortDirection: "ascending" }),

    // Webhooks and forced alignment
    get_workspace_webhooks_route: (c) => c.webhooks.list({ includeUsages: true }),
    create_workspace_webhook_route: (c, { pageUrl }) =>
        c.webhooks.create({ settings: { authType: "hmac", name: "Boats", webhookUrl: pageUrl } }),
    edit_workspace_webhook_route: (c, { kept }) =>
        c.webhooks.update(kept.webhookId, { isDisabled: true, name: "Quiet" }),
    delete_workspace_webhook_route: (c, { spare }) => c.webhooks.delete(spare.webhookId),
    forced_alignment: (c, { recording }) =>
        c.forcedAlignment.create({
            file: { data: Buffer.from(recording, "base64"), filename: "gap.mp3" },
            text: TEXT,
        }),
};
