"use strict";

// Lets a listener who comes back within some minutes go on, and shows the audio when it is there.

const audio = document.querySelector("audio");
const waiting = document.querySelector("[data-making]");
const memoryMs = Number(document.body.dataset.minutes) * 60 * 1000;
const place = `rhapsode:${location.pathname}`;
const RELOAD_MS = 10 * 1000;

// Browsers that keep nothing for frames of other sites raise errors here.
function remembered() {
  try {
    return JSON.parse(localStorage.getItem(place) ?? "null");
  } catch {
    return null;
  }
}

function remember(seconds) {
  try {
    localStorage.setItem(place, JSON.stringify({ seconds, at: Date.now() }));
  } catch {
    // Then the listener begins again.
  }
}

if (audio && memoryMs > 0) {
  const last = remembered();
  if (last && Date.now() - last.at < memoryMs) {
    audio.addEventListener("loadedmetadata", () => { audio.currentTime = last.seconds; }, { once: true });
  }
  audio.addEventListener("timeupdate", () => remember(audio.ended ? 0 : audio.currentTime));
}

if (waiting) {
  setTimeout(() => location.reload(), RELOAD_MS);
}
