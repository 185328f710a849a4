// Make a voice of files through the official JavaScript SDK, speak with it, and take it away.
//
// Standard input: {url, key, model, config} as JSON, the last two names of files. Standard output: {made, found, timed,
// voice, afterwards} as JSON.

import { createReadStream } from "node:fs";
import { text } from "node:stream/consumers";

import { ElevenLabsClient } from "@elevenlabs/elevenlabs-js";

const given = JSON.parse(await text(process.stdin));
const client = new ElevenLabsClient({ apiKey: given.key, baseUrl: given.url });

const made = await client.voices.ivc.create({
    name: "Ida Strand",
    files: [createReadStream(given.model), createReadStream(given.config)],
    labels: { gender: "female" },
    description: "Reads the tide tables.",
});
const found = await client.voices.search({ voiceType: "personal", sort: "created_at_unix" });
const timed = await client.textToSpeech.convertWithTimestamps(made.voiceId, { text: "The tide is low." });
await client.voices.update(made.voiceId, { name: "Ida the Elder" });
const voice = await client.voices.get(made.voiceId);
await client.voices.delete(made.voiceId);
const afterwards = await client.voices.search({ voiceType: "personal" });
console.log(JSON.stringify({ made, found, timed: timed.alignment, voice, afterwards }));
