// Keeps the page of calls up to date, and opens a call's story over it. All HTML comes escaped from the server.

import { showClosures } from "./closed.js";
import { bring, released } from "./keep.js";

const SILENCE = 40_000; // the server shows every 15 s that it lives
const MOST_ROWS = 300;
const live = document.getElementById("live");
const dialog = document.getElementById("story");
const link = document.getElementById("link");
let ahead = Date.now() - Number((live ?? document.querySelector(".story")).dataset.now);

// ---- clocks

const written = (seconds) => {
  const two = (n) => String(n).padStart(2, "0");
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
};

const tick = () => {
  for (const clock of document.querySelectorAll("time.clock")) {
    const seconds = Math.max(0, Math.floor((Date.now() - ahead - Number(clock.dataset.since)) / 1000));
    clock.textContent = written(seconds);
  }
};

setInterval(tick, 1000);

// ---- rows

const parsed = (html) => {
  const template = document.createElement("template");
  template.innerHTML = html.trim();
  return template.content.firstElementChild;
};

const rowOf = (id) => document.getElementById(`call-${id}`);

// Puts a row where it belongs; who was on the old one with the keyboard stays on the new one.
const place = (id, html, table, atStart) => {
  const old = rowOf(id);
  const fresh = parsed(html);
  const focused = old?.contains(document.activeElement);
  const body = document.getElementById(table);
  if (old?.parentElement === body) {
    old.replaceWith(fresh);
  } else {
    old?.remove();
    fresh.classList.add("fresh");
    if (atStart) body.prepend(fresh);
    else body.append(fresh);
  }
  while (body.rows.length > MOST_ROWS) body.lastElementChild.remove();
  if (focused) fresh.querySelector("a.open").focus();
  tick();
};

const show = (figures) => {
  for (const place of live.querySelectorAll("[data-figure]")) {
    place.textContent = figures[place.dataset.figure];
  }
  live.querySelector("[data-figure=waiting]").classList.toggle("warn", figures.waiting > 0);
  document.getElementById("unreachable").hidden = figures.reachable;
  if (figures.day !== live.dataset.day) refetch();
};

// ---- fetching everything anew, when what was missed cannot be told

let waiting = null; // messages that came while we fetch; they are newer than what is fetched

const refetch = async () => {
  if (waiting) return;
  waiting = [];
  try {
    const answer = await fetch("/calls", { headers: { Accept: "text/html" } });
    if (answer.redirected || !answer.ok) throw new Error(String(answer.status));
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("live");
    const focused = document.activeElement?.closest("tr")?.dataset.call;
    for (const part of ["#now", "#ended", "#day-title", ".board", ".days"]) {
      live.querySelector(part).replaceWith(fresh.querySelector(part));
    }
    live.dataset.day = fresh.dataset.day;
    ahead = Date.now() - Number(fresh.dataset.now);
    if (focused) rowOf(focused)?.querySelector("a.open").focus();
    tick();
  } catch {
    setTimeout(() => location.reload(), 5000); // logged out, or the server is just starting
  }
  const missed = waiting;
  waiting = null;
  missed.forEach(([kind, data]) => heard(kind, data));
};

// ---- what the server tells

const heard = (kind, data) => {
  if (waiting && kind !== "reload") {
    waiting.push([kind, data]);
    return;
  }
  if (kind === "board") show(data);
  else if (kind === "call") place(data.id, data.row, "now", false);
  else if (kind === "ended" && data.day === live.dataset.day) place(data.id, data.row, "ended", true);
  else if (kind === "ended") rowOf(data.id)?.remove();
  else if (kind === "reload") refetch();
  if (data.id && dialog?.open && dialog.dataset.call === data.id) fill(data.id);
};

let source = null;
let position = live?.dataset.position;
let lastWord = 0;

const isLost = (lost) => {
  link.hidden = false;
  link.classList.toggle("lost", lost);
  const text = lost ? "Connection lost. Trying again; what you see may be old." : "Live";
  if (link.textContent !== text) link.textContent = text;
};

const connect = () => {
  source?.close();
  source = new EventSource(`/events?after=${encodeURIComponent(position)}`);
  lastWord = Date.now();
  source.onopen = () => isLost(false);
  source.onerror = () => {
    isLost(true);
    // A refused stream stays closed: the server has restarted or our login is over, and the page will show it.
    if (source.readyState === EventSource.CLOSED) setTimeout(connect, 3000);
  };
  for (const kind of ["board", "call", "ended", "reload", "beat", "closing"]) {
    source.addEventListener(kind, (message) => {
      lastWord = Date.now();
      if (message.lastEventId) position = message.lastEventId;
      // A row that is pressed is not exchanged before it is let go.
      released().then(() => heard(kind, JSON.parse(message.data)));
    });
  }
  source.addEventListener("closures", showClosures);
  source.addEventListener("expired", () => location.reload());
};

if (position) {
  connect();
  setInterval(() => {
    if (Date.now() - lastWord > SILENCE) {
      isLost(true);
      connect();
    }
  }, 5000);
}

// ---- the story over the page

const fill = async (id) => {
  const answer = await fetch(`/calls/${encodeURIComponent(id)}`, { headers: { Accept: "text/html" } });
  if (answer.redirected) location.reload();
  if (!answer.ok) return false;
  const story = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("article.story");
  await released();
  if (dialog.dataset.call !== id) return true; // another was opened meanwhile
  const old = dialog.querySelector("article.story");
  if (!old) {
    const close = parsed('<button class="close" autofocus>Close</button>');
    close.onclick = () => dialog.close();
    dialog.replaceChildren(close, story);
  } else if (old.innerHTML !== story.innerHTML) bring(old, story);
  tick();
  return true;
};

live?.addEventListener("click", async (event) => {
  const opened = event.target.closest("a.open");
  if (!opened || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  const id = opened.closest("tr").dataset.call;
  dialog.dataset.call = id;
  if (!(await fill(id).catch(() => false))) location.assign(opened.href);
  else if (!dialog.open) dialog.showModal();
});

dialog?.addEventListener("click", (event) => {
  if (event.target === dialog) dialog.close(); // beside the story
});
dialog?.addEventListener("close", () => rowOf(dialog.dataset.call)?.querySelector("a.open").focus());

// Up and down lead from row to row.
live?.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || !event.target.matches("a.open")) return;
  const all = [...live.querySelectorAll("a.open")];
  all[all.indexOf(event.target) + step]?.focus();
  event.preventDefault();
});
