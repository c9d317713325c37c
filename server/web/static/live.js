// What the pages of features share: news from the server, a page fetched anew, forms without reloading, the toast.

import { showClosures } from "./closed.js";
import { isWriting, released } from "./keep.js";

export { isWriting };

const SILENCE = 40_000; // the server shows every 15 s that it lives
const MINUTE = 60_000;

// ---- news

const KINDS = ["reload", "beat", "closing", "call", "ended", "board", "voicemail", "fax", "fax_progress", "customer", "desk", "closures"];

// Calls `news[kind](told)` for each kind that a page knows, and `everything()` when what was missed cannot be told or a
// minute passed.
export const listen = (start, { news, everything }) => {
  const link = document.getElementById("link");
  let source = null;
  let position = start;
  let lastWord = Date.now();
  let lastLook = Date.now();

  const isLost = (lost) => {
    if (!link) return;
    link.hidden = false;
    link.classList.toggle("lost", lost);
    const text = lost ? "Connection lost. Trying again; what you see may be old." : "Live";
    if (link.textContent !== text) link.textContent = text;
  };

  const look = () => {
    lastLook = Date.now();
    everything();
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
    for (const kind of KINDS) {
      source.addEventListener(kind, (message) => {
        lastWord = Date.now();
        if (message.lastEventId) position = message.lastEventId;
        news[kind]?.(JSON.parse(message.data));
        if (kind === "reload") look();
        if (kind === "closures") showClosures();
        // What a receiver's server says is not told; who keeps the page open sees it within a minute or so.
        if (kind === "beat" && Date.now() - lastLook > MINUTE && !document.hidden) look();
      });
    }
    source.addEventListener("expired", () => location.reload());
  };

  connect();
  setInterval(() => {
    if (Date.now() - lastWord > SILENCE) {
      isLost(true);
      connect();
    }
  }, 5000);
};

// ---- fetching

// Returns the document at an address; goes to the login page when the login is over.
export const fetched = async (address, options = {}) => {
  const answer = await fetch(address, { headers: { Accept: "text/html" }, ...options });
  if (new URL(answer.url).pathname === "/login") location.reload();
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return { ok: answer.ok, status: answer.status, address: new URL(answer.url), page };
};

// Returns what is at an address, for a page that shows it by itself: not while something on it is being pressed.
export const looked = async (address, options) => {
  const found = await fetched(address, options);
  await released();
  return found;
};

// The count beside the page's name in the navigation belongs to every page.
export const showNavigation = (page) => {
  const fresh = page.querySelector(".top nav");
  const old = document.querySelector(".top nav");
  if (fresh && old && fresh.innerHTML !== old.innerHTML && !old.contains(document.activeElement)) old.replaceWith(fresh);
};

// One look at a time; who asks while one is under way gets another after it.
export const onceAtATime = (work, pause = 250) => {
  let running = false;
  let again = false;
  const run = async () => {
    if (running) {
      again = true;
      return;
    }
    running = true;
    try {
      await work();
    } finally {
      setTimeout(() => {
        running = false;
        if (again) {
          again = false;
          run();
        }
      }, pause);
    }
  };
  return run;
};

// ---- ages

export const ageing = (root, ahead) => {
  const written = (minutes) => {
    if (minutes < 1) return "now";
    if (minutes < 60) return `${minutes} min`;
    if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h`;
    return `${Math.floor(minutes / (24 * 60))} d`;
  };
  setInterval(() => {
    for (const time of root.querySelectorAll("time[data-at]")) {
      const minutes = Math.floor((Date.now() - ahead() - Number(time.dataset.at)) / MINUTE);
      if (minutes < 7 * 24 * 60) time.textContent = written(Math.max(0, minutes));
    }
  }, 15_000);
};

// ---- the toast

const STAYS = 12_000;
let leaving = 0;

const stay = () => clearTimeout(leaving);
const leave = () => {
  stay();
  leaving = setTimeout(() => document.getElementById("toast")?.replaceChildren(), STAYS);
};

// Shows what another page's toast says. Its undo stays as long as somebody points at it.
export const toastOf = (page) => {
  const toast = document.getElementById("toast");
  const said = page.getElementById("toast");
  if (!said?.children.length) return;
  toast.replaceChildren(...said.children);
  leave();
};

export const toast = (text) => {
  const line = document.createElement("p");
  line.textContent = text;
  document.getElementById("toast").replaceChildren(line);
  leave();
};

// The address says what was done only once: a reload says nothing.
export const quietAddress = () => {
  const address = new URL(location.href);
  if (!address.searchParams.has("did")) return;
  address.searchParams.delete("did");
  address.searchParams.delete("with");
  history.replaceState(history.state, "", address);
  leave();
};

document.addEventListener("pointerover", (event) => event.target.closest?.("#toast") && stay());
document.addEventListener("pointerout", (event) => event.target.closest?.("#toast") && leave());
document.addEventListener("focusin", (event) => (event.target.closest?.("#toast") ? stay() : 0));
document.addEventListener("focusout", (event) => event.target.closest?.("#toast") && leave());

// ---- forms

// Sends every POST form without leaving the page; `done(answer, form, sent)` gets the page the server leads to.
export const enhance = (done) => {
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (form.method !== "post" || form.closest(".top") || event.defaultPrevented) return;
    event.preventDefault();
    if (form.dataset.busy) return;
    form.dataset.busy = "yes";
    form.setAttribute("aria-busy", "true");
    try {
      const body = new URLSearchParams(new FormData(form, event.submitter));
      // A button may lead elsewhere than its form.
      const goal = event.submitter?.hasAttribute("formaction") ? event.submitter.formAction : form.action;
      const answer = await fetched(goal, { method: "POST", body });
      if (answer.ok) await done(answer, form, body);
      else toast(answer.page.querySelector("h1")?.textContent ?? `The server refused this (${answer.status}).`);
    } catch {
      toast("No answer came. It may have been saved all the same: look before you send it again.");
    }
    delete form.dataset.busy;
    form.removeAttribute("aria-busy");
  });
};

// Keys that mean something to the page, and nothing to the browser.
export const isPlainKey = (event) => !event.ctrlKey && !event.metaKey && !event.altKey && !event.isComposing;
