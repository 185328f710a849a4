import { readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig, type Plugin } from "vite";

const OUTPUT = "../src/rhapsode/web/page_files";
const COMPRESSED = /\.(html|js|css|svg|webmanifest)$/;

/** Writes each file compressed beside itself, so that the server sends bytes and compresses nothing. */
function compressed(): Plugin {
  return {
    name: "compressed",
    apply: "build",
    async closeBundle() {
      for (const entry of await readdir(join(import.meta.dirname, OUTPUT), { recursive: true })) {
        if (!COMPRESSED.test(entry)) continue;
        const path = join(import.meta.dirname, OUTPUT, entry);
        const content = await readFile(path);
        const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } };
        await writeFile(`${path}.br`, await promisify(brotliCompress)(content, quality));
        await writeFile(`${path}.gz`, await promisify(gzip)(content, { level: 9 }));
      }
    },
  };
}

export default defineConfig({
  // The server may be reached below a path that nobody knows when the page is built.
  base: "./",
  plugins: [svelte(), compressed()],
  build: {
    outDir: OUTPUT,
    emptyOutDir: true,
    target: "es2023",
    // The policy forbids scripts in the page and data: addresses.
    modulePreload: { polyfill: false },
    license: { fileName: "licenses.md" },
    assetsInlineLimit: 0,
  },
  server: { proxy: { "^/(v1|v2|rhapsode|docs)/": process.env.RHAPSODE_URL ?? "http://127.0.0.1:8000" } },
});
