"""How quick the Studio page is in a browser: to open, to open a chapter, to type in, to scroll, and to follow by ear.

Chromium, headless, before `rhapsode serve` on this machine. What is slow on a busy machine is slow in everything, so
each figure stands beside another of the same run: an empty page of the same server, a chapter of 50 paragraphs, the
same paragraphs in a page without any script. Times are from what a person does to the next picture.

    python -m benchmarks.page
"""

import argparse
import contextlib
import json
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Browser, BrowserContext, Page
from tests.browsers import chromium

from benchmarks.server import Server, convert, serving

FEW, LONG, LONGEST = 50, 2_043, 5_000
"""Paragraphs of chapters. 2,043 are as many as the longest chapter of a real book that was tried has."""
ROUNDS = 9
KEYS = 200
SCROLLED_S = 5.0
HEARD_S = 20.0
TEXT = "The boat came in at six, and nobody stood on the quay to see who it was that had been rowing all night. {}."
FRAME_MS = 1000 / 60
_CONTEXT: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}, "reduced_motion": "reduce"}

_PAINTED = """
window.painted = (work) => new Promise((done) => {
  const began = performance.now();
  work?.();
  requestAnimationFrame(() => { const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => done(performance.now() - began); port2.postMessage(0); });
});
window.shown = (selector) => new Promise((done) => {
  const look = () => document.querySelector(selector) ? window.painted().then(() => done(performance.now())) :
    requestAnimationFrame(look);
  look();
});
"""
"""painted: milliseconds from now until the next picture is there.    shown: when an element's first picture was."""

_TYPED = """
() => { window.took = []; window.worked = [];
  let pressed = 0;
  addEventListener("keydown", ({ timeStamp }) => {
    pressed = timeStamp;
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => window.took.push(performance.now() - timeStamp); port2.postMessage(0); });
  }, true);
  // Behind everything that the page does with a key, and with the text laid out anew.
  addEventListener("input", () => { document.body.offsetHeight; window.worked.push(performance.now() - pressed); }); }
"""
"""took: milliseconds from a key to the next picture.    worked: to when the page has done its part."""

_SCROLLED = """
([selector, seconds]) => new Promise((done) => {
  const scroller = document.querySelector(selector), frames = [];
  let before = performance.now();
  const until = before + 1000 * seconds, next = (now) => {
    frames.push(now - before);
    before = now;
    const end = scroller.scrollHeight - scroller.clientHeight;
    scroller.scrollTop = scroller.scrollTop >= end - 1 ? 0 : scroller.scrollTop + 160;
    if (now < until) requestAnimationFrame(next); else done(frames.slice(1));
  };
  requestAnimationFrame(next);
})
"""

_HEARD = """
(seconds) => new Promise((done) => {
  const audio = document.querySelector("audio"), seen = [], until = performance.now() + 1000 * seconds;
  const look = () => {
    const [range] = CSS.highlights.get("lit") ?? [];
    const block = range?.startContainer.parentElement?.dataset.text;
    if (block) seen.push([audio.currentTime, block, range.startOffset]);
    if (performance.now() < until && !audio.ended) requestAnimationFrame(look); else done(seen);
  };
  requestAnimationFrame(look);
})
"""

_ONSETS = """
async ([url, starts]) => {
  const bytes = await (await fetch(url)).arrayBuffer();
  const sound = await new OfflineAudioContext(1, 1, 44100).decodeAudioData(bytes);
  const samples = sound.getChannelData(0), off = [];
  for (const start of starts) {
    // Before a word it is silent for 60 ms.
    let at = Math.round((start - 0.03) * 44100);
    while (at < samples.length && Math.abs(samples[at]) < 0.01) at += 1;
    off.push(1000 * (at / 44100 - start));
  }
  return off;
}
"""


@dataclass(frozen=True)
class Chapter:
    """A chapter of a project."""

    project_id: str
    chapter_id: str

    @property
    def address(self) -> str:
        """Behind the server's."""
        return f"/#/projects/{self.project_id}/{self.chapter_id}"

    @property
    def path(self) -> str:
        """In the contract."""
        return f"/v1/studio/projects/{self.project_id}/chapters/{self.chapter_id}"


def make_chapter(client: httpx.Client, paragraph_count: int) -> Chapter:
    """A project with a chapter of so many paragraphs, which isn't converted."""
    nodes = [[{"type": "tts_node", "text": TEXT.format(number)}] for number in range(paragraph_count)]
    blocks = [{"sub_type": "p", "nodes": each} for each in nodes]
    voices = dict.fromkeys(("default_title_voice_id", "default_paragraph_voice_id"), "tone_low")
    content = json.dumps([{"name": "One", "blocks": blocks}])
    form = {"name": f"{paragraph_count} paragraphs", "from_content_json": content, **voices}
    project = client.post("/v1/studio/projects", data=form).raise_for_status().json()["project"]
    path = f"/v1/studio/projects/{project['project_id']}/chapters"
    (chapter,) = client.get(path).raise_for_status().json()["chapters"]
    return Chapter(project["project_id"], chapter["chapter_id"])


@contextlib.contextmanager
def signed_in(browser: Browser, server: Server) -> Iterator[BrowserContext]:
    """A browser with nothing in its memory but a session."""
    context = browser.new_context(**_CONTEXT)
    context.add_init_script(_PAINTED)
    headers = server.headers | {"sec-fetch-site": "same-origin"}
    assert context.request.post(f"{server.url}/rhapsode/v1/session", headers=headers, data={}).ok
    yield context
    context.close()


def cold_load(browser: Browser, server: Server, place: str, selector: str) -> tuple[int, float]:
    """Bytes over the wire, and milliseconds until an element is shown and can be used."""
    with signed_in(browser, server) as context:
        page, sizes = context.new_page(), []
        devtools = context.new_cdp_session(page)
        devtools.on("Network.loadingFinished", lambda done: sizes.append(done["encodedDataLength"]))
        devtools.send("Network.enable")
        page.goto(f"{server.url}{place}")
        took_ms: float = page.evaluate("(selector) => shown(selector)", selector)
        page.wait_for_timeout(300)
        return round(sum(sizes)), took_ms


def open_page(context: BrowserContext, server: Server, chapter: Chapter) -> Page:
    """A chapter in the editor."""
    page = context.new_page()
    page.goto(f"{server.url}{chapter.address}")
    page.evaluate("() => shown('[data-text]')")
    return page


def opening_ms(browser: Browser, server: Server, chapter: Chapter) -> float:
    """From the click on a chapter to its first picture."""
    with signed_in(browser, server) as context:
        page = context.new_page()
        page.goto(f"{server.url}/#/projects")
        page.evaluate("() => shown('h1')")
        # The editor itself is fetched with the first chapter, and this one isn't known yet.
        opened = """async (hash) => { const began = performance.now();
          location.hash = hash; return await shown('[data-text]') - began; }"""
        took_ms: float = page.evaluate(opened, chapter.address.removeprefix("/"))
        return took_ms


def typing_ms(page: Page, selector: str) -> tuple[list[float], list[float]]:
    """From each key to when the page was done with it, and to the next picture."""
    page.locator(selector).nth(10).click()
    page.keyboard.press("End")
    page.evaluate(_TYPED)
    for number in range(KEYS):
        page.keyboard.press("e" if number % 6 else "Space")
        time.sleep(0.02)
    page.wait_for_function(f"() => took.length >= {KEYS}")
    return page.evaluate("() => worked"), page.evaluate("() => took")


def plain_page(context: BrowserContext, paragraph_count: int) -> Page:
    """The same paragraphs in a page without any script."""
    page = context.new_page()
    one = "<p contenteditable=plaintext-only data-text style='font: 18px/1.65 serif; max-width: 42em'>{}</p>"
    paragraphs = "".join(one.format(TEXT.format(number)) for number in range(paragraph_count))
    page.set_content(f"<!doctype html><main style='height: 100vh; overflow: auto'>{paragraphs}</main>")
    return page


def lit_ms(page: Page, client: httpx.Client, chapter: Chapter) -> tuple[list[float], list[float]]:
    """How far the lit word is from the audio's time, and how far the decoded sound from the timeline's."""
    snapshots = client.get(f"/rhapsode{chapter.path}/snapshots").raise_for_status().json()["snapshots"]
    place = f"{chapter.path}/snapshots/{snapshots[0]['chapter_snapshot_id']}"
    timeline = client.get(f"/rhapsode{place}/timeline").raise_for_status().json()["blocks"]
    words = [
        (block["words"][at + 2], block["block_id"], block["words"][at])
        for block in timeline
        for at in range(0, len(block["words"]), 4)
    ]
    page.locator("[data-text]").first.click()
    page.keyboard.press("Home")
    page.keyboard.press("ControlOrMeta+ ")
    page.wait_for_function("() => (CSS.highlights.get('lit')?.size ?? 0) > 0")
    seen = page.evaluate(_HEARD, HEARD_S)
    index = {(block, start): at for at, (_, block, start) in enumerate(words)}
    off_ms = []
    for now_s, block, start in seen:
        at = index[block, start]
        ends_s = words[at + 1][0] if at + 1 < len(words) else now_s
        off_ms.append(1000 * max(0.0, words[at][0] - now_s, now_s - ends_s))
    some = [start for start, *_ in words[:: max(1, len(words) // 200)]]
    return off_ms, page.evaluate(_ONSETS, [f"{place}/stream", some])


def percentile(values: Sequence[float], share: float) -> float:
    """The value that so much of them don't exceed. share: 0 to 1."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def said(values: Sequence[float]) -> str:
    """Median, 95 of 100, and the most, in milliseconds."""
    shares = (percentile(values, 0.5), percentile(values, 0.95), max(values))
    return " / ".join(f"{value:.1f}" for value in shares) + " ms"


def print_loading(browser: Browser, server: Server) -> None:
    """Bytes and time of a first visit."""
    ours = [cold_load(browser, server, "/#/projects", "h1") for _ in range(ROUNDS)]
    empty = [cold_load(browser, server, "/health", "body") for _ in range(ROUNDS)]
    took_ms, empty_ms = (statistics.median(ms for _, ms in each) for each in (ours, empty))
    print(
        f"cold load: {ours[0][0] / 1000:.1f} kB, {took_ms:.0f} ms to the list of projects;"
        f" an empty page {empty_ms:.0f} ms: {took_ms - empty_ms:.0f} ms more, {took_ms / empty_ms:.1f} times"
    )


def print_opening(browser: Browser, server: Server, chapters: dict[int, Chapter]) -> None:
    """From the click on a chapter to its first paragraphs."""
    took_ms = {
        count: statistics.median(opening_ms(browser, server, chapter) for _ in range(ROUNDS))
        for count, chapter in chapters.items()
    }
    for count in (LONG, LONGEST):
        print(
            f"opening {count:,} paragraphs: {took_ms[count]:.0f} ms; {FEW} paragraphs {took_ms[FEW]:.0f} ms:"
            f" {took_ms[count] / took_ms[FEW]:.1f} times"
        )


def print_writing(browser: Browser, server: Server, chapters: dict[int, Chapter]) -> None:
    """Keys and scrolling, in chapters of the page and in a plain one."""
    with signed_in(browser, server) as context:
        pages = {
            f"{count:,} paragraphs": open_page(context, server, chapters[count]) for count in (FEW, LONGEST)
        }
        pages["a plain page of them"] = plain_page(context, LONGEST)
        for name, page in pages.items():
            page.bring_to_front()
            worked, took = typing_ms(page, "[data-text]")
            print(
                f"typing, {name}: done after {said(worked)}, on the screen after {said(took)} (median / p95 / most)"
            )
        for name, page in list(pages.items())[1:]:
            page.bring_to_front()
            scroller = "section.scroller" if page.locator("section.scroller").count() else "main"
            frames = page.evaluate(_SCROLLED, [scroller, SCROLLED_S])
            long = sum(frame > 50 for frame in frames)
            print(f"scrolling, {name}: {said(frames)} a frame, {long} of {len(frames)} longer than 50 ms")


def print_hearing(browser: Browser, server: Server, client: httpx.Client, chapter: Chapter) -> None:
    """The lit word against the sound, in a chapter of exact tones."""
    convert(client, f"/v1/studio/projects/{chapter.project_id}")
    with signed_in(browser, server) as context:
        lit, onsets = lit_ms(open_page(context, server, chapter), client, chapter)
    exact = sum(off == 0 for off in lit)
    print(
        f"lit word: {exact / len(lit):.1%} of {len(lit)} pictures exact, else off by at most {max(lit):.0f} ms"
    )
    print(
        f"decoded sound against the timeline: {said([abs(off) for off in onsets])} off, {len(onsets)} words"
    )


def main() -> None:
    """Print a line for each thing that is done."""
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter).parse_args()
    with (
        tempfile.TemporaryDirectory() as directory,
        serving(Path(directory) / "data") as server,
        server.client() as client,
        chromium() as browser,
    ):
        chapters = {count: make_chapter(client, count) for count in (FEW, LONG, LONGEST)}
        print_loading(browser, server)
        print_opening(browser, server, chapters)
        print_writing(browser, server, chapters)
        print_hearing(browser, server, client, chapters[FEW])


if __name__ == "__main__":
    main()
