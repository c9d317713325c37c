// What is to be done, kept up to date; done without reloading, and taken back by the toast.

import { bring, steadily } from "../keep.js";
import { enhance, isPlainKey, isWriting, listen, looked, onceAtATime, quietAddress, showNavigation, toastOf } from "../live.js";

const root = document.getElementById("due");
const ticks = () => [...document.querySelectorAll("#items button.tick")];

const show = (page) => {
  const at = ticks().indexOf(document.activeElement);
  const standing = document.activeElement?.closest("li[data-activity]")?.id;
  const [old, fresh] = [document.getElementById("items"), page.getElementById("items")];
  if (fresh && old.innerHTML !== fresh.innerHTML) {
    steadily("li[data-activity]", () => bring(old, fresh));
    // Where one went, the keyboard goes to the one that took its place.
    if (at >= 0 && !document.getElementById(standing)) ticks()[Math.min(at, ticks().length - 1)]?.focus();
  }
  showNavigation(page);
};

const look = onceAtATime(async () => {
  try {
    const { ok, page } = await looked(location.href);
    if (ok) show(page);
  } catch {
    // The server is away; the news will tell when it is back.
  }
});

listen(root.dataset.position, {
  news: { customer: ({ change }) => /^(activity|merge|changed|erased)/.test(change) && look() },
  everything: look,
});
quietAddress();
enhance(({ page }) => {
  show(page);
  toastOf(page);
});

document.addEventListener("keydown", (event) => {
  if (!isPlainKey(event) || isWriting(event.target)) return;
  const by = { j: 1, k: -1, ArrowDown: 1, ArrowUp: -1 }[event.key];
  const at = ticks().indexOf(document.activeElement);
  if (!by || (event.key.startsWith("Arrow") && at < 0)) return;
  ticks()[Math.max(0, Math.min(at + by, ticks().length - 1))]?.focus();
  event.preventDefault();
});
