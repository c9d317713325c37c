// One customer: everything on the page stays as it is now, what somebody writes is not taken away.

import { isPlainKey, isWriting } from "../live.js";
import { keepItem } from "../item.js";
import { bringTimeline, keepTimeline } from "./timeline.js";

const CALLS = 5_000; // a call that ended is written down a moment later

const press = (name) => {
  const summary = document.querySelector(`#${name} > summary`);
  if (!summary) return false;
  summary.parentElement.open = true;
  summary.parentElement.querySelector("input:not([type=hidden])").focus();
  return true;
};

let calls = 0;
const item = keepItem({
  kind: "customer",
  home: "/customers",
  parts: ["head", "people", "activities", "matters", "card", "tags", "alike"],
  gone: "This customer is not here any more.",
  shown: bringTimeline,
  news: {
    ended: () => {
      calls ||= setTimeout(() => {
        calls = 0;
        item.look();
      }, CALLS);
    },
  },
  keys: (event) =>
    ({
      e: () => (document.querySelector("#head a[aria-keyshortcuts=e]")?.click(), true),
      w: () => (document.getElementById("note")?.focus(), true),
      a: () => press("new-activity"),
      o: () => press("new-matter"),
      "/": () => (location.assign("/customers"), true),
    })[event.key]?.() ?? false,
});
keepTimeline();

// What was added is in the list: the form that added it closes.
document.addEventListener("reset", (event) => {
  const around = event.target.closest("details");
  if (!around) return;
  around.open = false;
  around.querySelector("summary").focus({ preventScroll: true });
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && isPlainKey(event) && isWriting(event.target)) {
    const around = event.target.closest("details[open]");
    if (around) {
      around.open = false;
      around.querySelector("summary").focus();
    }
  }
  // A note is written down without reaching for the mouse.
  if (event.key === "Enter" && event.ctrlKey && event.target.matches("textarea")) event.target.form.requestSubmit();
});
