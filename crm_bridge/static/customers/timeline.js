// The timeline: newer lines come in at its top, older ones are fetched by a button and stay.

import { isBusy, steadily } from "../keep.js";
import { fetched, toast } from "../live.js";

const place = () => document.getElementById("timeline");
const byId = (root) => new Map([...root.querySelectorAll(":scope > li[data-entry]")].map((line) => [line.dataset.entry, line]));

const isHeld = (line) => isBusy(line) || line.contains(document.activeElement) || line.querySelector("details[open]");

// Brings the newest lines of another state of the page in; what was fetched of older ones stays.
export const bringTimeline = (page) => {
  const fresh = page.getElementById("timeline");
  const list = place();
  if (!fresh || !list || new URLSearchParams(location.search).has("before")) return;
  const known = byId(list);
  const newest = byId(fresh);
  const lines = [...newest].map(([id, line]) => {
    const old = known.get(id);
    return old && (old.innerHTML === line.innerHTML || isHeld(old)) ? old : line;
  });
  // What stands below the last line that both have is older, and stays. Where the newest do not reach down to what is
  // there, there may be others between: the button fetches those.
  const there = [...known.values()];
  const reach = there.findLastIndex((line) => newest.has(line.dataset.entry));
  const older = reach < 0 ? [] : there.slice(reach + 1);
  for (const line of lines) if (known.size && !known.has(line.dataset.entry)) line.classList.add("fresh");
  const all = lines.length ? [...lines, ...older] : [...fresh.children];
  if (all.length === list.children.length && all.every((line, n) => line === list.children[n])) return;
  const focused = document.activeElement;
  steadily("#timeline > li[data-entry]", () => list.replaceChildren(...all));
  if (list.contains(focused)) focused.focus({ preventScroll: true });
  const [old, now] = [document.getElementById("older"), page.getElementById("older")];
  if (!older.length && old && now) old.replaceWith(now);
};

export const keepTimeline = () =>
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("a[data-older]");
    if (!button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (button.dataset.busy) return;
    button.dataset.busy = "yes";
    try {
      const { ok, page } = await fetched(button.href, { headers: { Accept: "text/html", "X-Look": "again" } });
      if (!ok) throw new Error();
      const known = byId(place());
      const more = [...page.querySelectorAll("#timeline > li[data-entry]")].filter((line) => !known.has(line.dataset.entry));
      place().append(...more);
      const next = page.querySelector("a[data-older]");
      document.getElementById("older").replaceChildren(...(next ? [next] : []));
      (more[0]?.querySelector("a") ?? next)?.focus({ preventScroll: true });
    } catch {
      delete button.dataset.busy;
      toast("Older ones cannot be fetched now. Try again.");
    }
  });
