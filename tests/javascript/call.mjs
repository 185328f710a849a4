// Call every operation through the official JavaScript SDK, which throws on whatever a response lacks.
//
// Standard input: {url, key, kept, spare, pageUrl, recording} as JSON. Standard output: one line of JSON for each
// operation, {operation, requests: [[method, path, status]], kind, value}; of bytes, the value is how they begin, and
// of what failed, {error: what it says}.

import { Buffer } from "node:buffer";
import { text } from "node:stream/consumers";

import { ElevenLabsClient } from "@elevenlabs/elevenlabs-js";

import { operations } from "./operations.mjs";

const BEGINNING_BYTES = 4;

let requests = [];
const send = globalThis.fetch;
globalThis.fetch = async (address, options) => {
    const response = await send(address, options);
    requests.push([options.method, new URL(address).pathname, response.status]);
    return response;
};

/** Read a value to its end, and say what it was. */
async function described(value) {
    if (value instanceof ReadableStream) {
        const bytes = Buffer.from(await new Response(value).arrayBuffer());
        return { kind: "bytes", value: bytes.subarray(0, BEGINNING_BYTES).toString("latin1"), size: bytes.length };
    }
    if (typeof value[Symbol.asyncIterator] === "function") {
        const parts = [];
        for await (const part of value) {
            parts.push(part);
        }
        return { kind: "parts", value: parts };
    }
    return { kind: "json", value };
}

async function outcome(call, client, given) {
    requests = [];
    try {
        return await described(await call(client, given));
    } catch (error) {
        return { error: String(error.stack ?? error) };
    }
}

const given = JSON.parse(await text(process.stdin));
const client = new ElevenLabsClient({ apiKey: given.key, baseUrl: given.url });
for (const [operation, call] of Object.entries(operations)) {
    const found = await outcome(call, client, given);
    console.log(JSON.stringify({ operation, requests, ...found }));
}
