// Keeps a list of what came up to date, and makes it go by keyboard. All HTML comes escaped from the server.

import { steadily } from "./keep.js";
import { ageing, enhance, isPlainKey, isWriting, listen, looked, onceAtATime, quietAddress, showNavigation, toastOf } from "./live.js";

// `kind` is the kind of news that tells of a change, `boxOf` says whose it is; `news` are further kinds. `shown` is told
// when another state of the list is there. Returns how to look anew.
export const keepList = ({ kind, boxOf, news = {}, shown = () => {} }) => {
  const inbox = document.getElementById("inbox");
  let ahead = Date.now() - Number(inbox.dataset.now);

  const rowOf = (id) => document.getElementById(`item-${id}`);
  const links = () => [...inbox.querySelectorAll("tbody a.open")];

  // ---- showing a list that was fetched

  // Whoever stands on a row with the keyboard stays there; if the row went, on the one that took its place.
  const show = (page) => {
    const fresh = page.getElementById("inbox");
    if (!fresh) return;
    const standing = document.activeElement?.closest("tr[data-item]");
    const deed = document.activeElement?.closest("form")?.dataset.deed;
    const at = standing ? links().findIndex((link) => standing.contains(link)) : -1;
    const known = new Set([...inbox.querySelectorAll("tr[data-item]")].map((row) => row.id));
    steadily("tr[data-item]", () => {
      for (const part of ["alarm", "boxes", "on-the-line", "items"]) {
        const [old, found] = [document.getElementById(part), fresh.querySelector(`#${part}`)];
        if (old && old.innerHTML !== found.innerHTML) old.replaceWith(found); // what stays is not read out again
      }
    });
    if (known.size) {
      for (const row of inbox.querySelectorAll("tr[data-item]")) row.classList.toggle("fresh", !known.has(row.id));
    }
    showNavigation(page);
    document.title = page.title;
    inbox.dataset.boxes = fresh.dataset.boxes;
    ahead = Date.now() - Number(fresh.dataset.now);
    if (standing) {
      const row = rowOf(standing.dataset.item);
      const same = row?.querySelector(`form[data-deed="${deed}"] button`) ?? row?.querySelector("a.open");
      if (same) same.focus({ preventScroll: true }); // who has scrolled on is not fetched back
      else links()[Math.min(at, links().length - 1)]?.focus();
    }
    shown();
  };

  const look = onceAtATime(async () => {
    try {
      const { ok, page } = await looked(location.href);
      if (ok) show(page);
    } catch {
      // The server is away; the news will tell when it is back.
    }
  });

  const isOurs = (told) => Boolean(inbox.dataset.all || JSON.parse(inbox.dataset.boxes).includes(boxOf(told)));
  listen(inbox.dataset.position, {
    news: {
      [kind]: (told) => {
        if (isOurs(told) || rowOf(told.id)) look();
      },
      ...news,
    },
    everything: look,
  });
  ageing(inbox, () => ahead);
  quietAddress();

  // ---- forms

  enhance(({ page }, form) => {
    const row = form.closest("tr[data-item]");
    row?.querySelector("a.open").focus({ preventScroll: true });
    show(page);
    toastOf(page);
  });

  const filters = document.getElementById("filters");
  filters.addEventListener("change", (event) => {
    if (event.target.type === "checkbox") filters.requestSubmit();
  });

  filters.addEventListener("formdata", ({ formData }) => {
    for (const [name, value] of [...formData]) if (!value) formData.delete(name); // an address says what is asked, no more
  });

  // ---- keyboard

  const step = (by) => {
    const all = links();
    const at = all.findIndex((link) => link.closest("tr").contains(document.activeElement));
    const goal = at < 0 ? (by > 0 ? 0 : all.length - 1) : at + by;
    all[goal]?.focus();
  };

  const press = (row, deeds) => {
    const button = deeds.map((deed) => row?.querySelector(`form[data-deed=${deed}] button`)).find(Boolean);
    button?.click();
    return Boolean(button);
  };

  document.addEventListener("keydown", (event) => {
    if (!isPlainKey(event)) return;
    if (isWriting(event.target)) {
      if (event.key === "Escape" && event.target.id === "words") event.target.blur();
      return;
    }
    const row = document.activeElement?.closest("tr[data-item]");
    const done = {
      ArrowDown: () => (row ? (step(1), true) : false),
      ArrowUp: () => (row ? (step(-1), true) : false),
      j: () => (step(1), true),
      k: () => (step(-1), true),
      // Once for each press: a key that is held would do it to every row that takes the place.
      e: () => event.repeat || press(row, ["handled", "reopened"]),
      Delete: () => event.repeat || press(row, ["deleted"]),
      "/": () => (document.getElementById("words").select(), true),
    }[event.key]?.();
    if (done) event.preventDefault();
  });

  return { look, isOurs };
};
