// Shows who is calling while the phone rings, and keeps what somebody writes when anything else on the desk changes.
// All HTML comes escaped from the server.

import { changedIn, emptied } from "../keep.js";
import { rings, ringsNoMore } from "./alerts.js";
import { enhance, fetched, listen, looked, onceAtATime, quietAddress, showNavigation, toast, toastOf } from "../live.js";

const desk = document.getElementById("desk");
const announced = document.getElementById("announced");
const quietTitle = document.title;
let ahead = Date.now() - Number(desk.dataset.now);

// ---- clocks

const languages = new Intl.DisplayNames(["en"], { type: "language" });

const written = (seconds) => {
  const two = (n) => String(n).padStart(2, "0");
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
};

const tick = () => {
  for (const clock of desk.querySelectorAll("time.clock")) {
    clock.textContent = written(Math.max(0, Math.floor((Date.now() - ahead - Number(clock.dataset.since)) / 1000)));
  }
  for (const code of desk.querySelectorAll("[data-language]")) {
    try {
      code.textContent = languages.of(code.dataset.language);
    } catch {
      // Not a code that browsers know: it stands there as it is.
    }
  }
};

setInterval(tick, 1000);

// ---- what is under somebody's hands stays

const fields = "input:not([type=hidden]), textarea, select";
const isBusy = (part) => Boolean(part) && (Boolean(part.querySelector(`:is(${fields}):focus`)) || changedIn(part).length > 0);

const shown = new Map(); // what the server said last of each part, since clocks and look-ups change what stands there
const elsewhere = new Map(); // what other systems said, by call

const partOf = (page, id) => page.querySelector(`[id="${CSS.escape(id)}"]`) ?? page.getElementById?.(id);

const swap = (page, id) => {
  const [old, fresh] = [document.getElementById(id), partOf(page, id)];
  if (!old || !fresh || shown.get(id) === fresh.innerHTML || isBusy(old)) return;
  shown.set(id, fresh.innerHTML);
  old.replaceWith(fresh);
};

// ---- calls

// What the server said, without what ticks, what others said, and what is another in every look.
const bare = (card) => {
  const copy = card.cloneNode(true);
  for (const part of copy.querySelectorAll("time.clock, .elsewhere, [data-language]")) part.replaceChildren();
  for (const once of copy.querySelectorAll("input[name=once]")) once.remove();
  copy.classList.remove("fresh");
  return copy.outerHTML;
};

const askElsewhere = async (card) => {
  const call = card.dataset.call;
  if (!("elsewhere" in card.dataset) || elsewhere.has(call)) return;
  elsewhere.set(call, "");
  try {
    const { ok, page } = await fetched(`/desk/calls/${encodeURIComponent(call)}/elsewhere`);
    if (!ok) return;
    elsewhere.set(call, page.body.innerHTML);
    fill(document.getElementById(card.id));
  } catch {
    elsewhere.delete(call); // the server is away; the next look asks again
  }
};

const fill = (card) => {
  const place = card?.querySelector(".elsewhere");
  if (place) place.innerHTML = elsewhere.get(card.dataset.call) ?? "";
};

const showCards = (page) => {
  const pops = document.getElementById("pops");
  const fresh = [...partOf(page, "pops").children];
  const there = new Set(fresh.map((card) => card.id));
  for (const old of [...pops.children]) {
    if (!there.has(old.id)) {
      old.remove();
      shown.delete(old.id);
      ringsNoMore(old.dataset.call);
    }
  }
  fresh.forEach((card, place) => {
    const old = document.getElementById(card.id);
    const said = bare(card);
    if (old && (shown.get(card.id) === said || isBusy(old))) return;
    const [staged, focused] = [old?.dataset.stage !== card.dataset.stage, old?.contains(document.activeElement)];
    for (const details of old?.querySelectorAll("details[open]") ?? []) {
      card.querySelector(`details[data-key="${details.dataset.key}"]`)?.setAttribute("open", "");
    }
    shown.set(card.id, said);
    if (old) old.replaceWith(card);
    else pops.insertBefore(card, pops.children[place] ?? null);
    fill(card);
    if (focused) (card.querySelector("h2 a, summary, button") ?? card).focus();
    if (!old) card.classList.add("fresh");
    if (!old || staged) announce(card);
    askElsewhere(card);
  });
  const ringing = pops.querySelector("[data-stage=ringing], [data-stage=asked]");
  document.title = ringing ? `☎ ${ringing.dataset.announce}` : quietTitle;
};

const announce = (card) => {
  if (card.dataset.stage !== "talking") announced.textContent = `${card.dataset.announce}.`;
  if (["ringing", "asked"].includes(card.dataset.stage)) rings(card.dataset.call, card.dataset.announce);
  else ringsNoMore(card.dataset.call);
};

// ---- the work after a call: of the same call only what stands around the form is new; of another, all, unless
// somebody has begun to write.

const showAfter = (page, force) => {
  const place = document.getElementById("after");
  const [old, fresh] = [place.querySelector("section.after"), partOf(page, "after").querySelector("section.after")];
  const form = old?.querySelector("form[data-deed=after]");
  if (!force && old && old.dataset.call !== fresh?.dataset.call && isBusy(form)) return;
  if (old && fresh && old.dataset.call === fresh.dataset.call && !force) {
    for (const id of ["after-head", "after-foot"]) {
      const [was, is] = [old.querySelector(`#${id}`), fresh.querySelector(`#${id}`)];
      if (bare(was) !== bare(is) && !isBusy(was)) was.replaceWith(is);
    }
  } else {
    place.replaceChildren(...(fresh ? [fresh] : []));
  }
};

// ---- looking

const show = (page, { force = false } = {}) => {
  const now = partOf(page, "fresh") ?? partOf(page, "desk");
  if (now) ahead = Date.now() - Number(now.dataset.now);
  showCards(page);
  showAfter(page, force);
  for (const id of ["state", "went", "today"]) swap(page, id);
  tick();
};

// One look at a time, and no pause between: a phone rings.
const look = onceAtATime(async () => {
  try {
    // Not asked for as a page: nobody needs to count what waits behind the other doors while a phone rings.
    const { ok, status, page } = await looked("/desk/now", { headers: { Accept: "*/*" } });
    if (ok) show(page);
    else if (status === 401) location.reload();
  } catch {
    // The server is away; the news will tell when it is back.
  }
}, 0);

const lookAtAll = onceAtATime(async () => {
  try {
    const { ok, page } = await looked("/desk");
    if (!ok) return;
    show(page);
    showNavigation(page);
  } catch {
    // As above.
  }
}, 1000);

const calls = () => [...document.querySelectorAll("#pops article")].map((card) => card.dataset.call).join();
let before = calls();

listen(desk.dataset.position, {
  news: {
    desk: async () => {
      await look();
      if (calls() !== before) lookAtAll(); // one ended or began: the calls of the day are others
      before = calls();
    },
  },
  everything: lookAtAll,
});
quietAddress();
document.querySelectorAll("#pops article").forEach((card) => {
  shown.set(card.id, bare(card));
  announce(card);
  askElsewhere(card);
});

// ---- forms

enhance(({ page, address }, form, sent) => {
  if (address.pathname !== "/desk") {
    location.assign(address);
    return;
  }
  emptied(form, sent);
  if (form.contains(document.activeElement)) document.activeElement.blur();
  show(page, { force: ["after", "later"].includes(form.dataset.deed) });
  toastOf(page);
});

// Typing finds customers; what is typed stays when the call moves on.
let typing = 0;
const find = (form) => {
  clearTimeout(typing);
  typing = setTimeout(async () => {
    const words = form.elements.words.value;
    try {
      const { ok, page } = await fetched(`${form.getAttribute("action")}?words=${encodeURIComponent(words)}`);
      if (ok && words === form.elements.words.value) form.querySelector(".results").replaceChildren(...page.body.children);
    } catch {
      toast("The server cannot be reached. Try again.");
    }
  }, 120);
};
document.addEventListener("input", (event) => {
  const form = event.target.closest("form.find");
  if (form) find(form);
});
for (const form of document.querySelectorAll("form.find")) if (form.elements.words.value) find(form); // typed before we were here
document.addEventListener("submit", (event) => event.target.matches("form.find") && event.preventDefault());

// Control and Enter saves, from wherever one writes.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  const form = event.target.closest("form[data-deed=after]");
  if (form) {
    event.preventDefault();
    form.requestSubmit();
  }
});
