// The list of customers: found while one types, without reloading; arrows and Enter; kept up to date by the news.

import { steadily } from "../keep.js";
import { isPlainKey, isWriting, listen, looked, onceAtATime, quietAddress, showNavigation } from "../live.js";

const PAUSE = 100; // between two letters of somebody who types on
const page = document.getElementById("customers");
const form = document.getElementById("filters");
const field = document.getElementById("q");
let asked = null;
let timer = 0;

const links = () => [...document.querySelectorAll("#items tbody a.open")];

// ---- showing what was fetched

const show = (fresh) => {
  const standing = document.activeElement?.closest("tr[data-customer]")?.dataset.customer;
  steadily("tr[data-customer]", () => {
    for (const part of ["tabs", "items"]) {
      const [old, found] = [document.getElementById(part), fresh.getElementById(part)];
      if (old && found && old.innerHTML !== found.innerHTML) old.replaceWith(found);
    }
  });
  showNavigation(fresh);
  if (!standing) return;
  const same = document.querySelector(`#customer-${CSS.escape(standing)} a.open`);
  if (same) same.focus({ preventScroll: true }); // who has scrolled on is not fetched back
  else (links()[0] ?? field).focus();
};

const address = () => {
  const query = new URLSearchParams(new FormData(form));
  for (const [name, value] of [...query]) if (!value.trim()) query.delete(name);
  return `/customers${query.size ? `?${query}` : ""}`;
};

const find = async () => {
  asked?.abort();
  const mine = (asked = new AbortController());
  const goal = address();
  try {
    const { ok, page: fresh } = await looked(goal, { signal: mine.signal });
    if (!ok || mine.signal.aborted) return;
    history.replaceState(history.state, "", goal);
    show(fresh);
  } catch (error) {
    if (error.name !== "AbortError") timer = setTimeout(find, 2000); // the server is away
  }
};

const soon = () => {
  clearTimeout(timer);
  timer = setTimeout(find, PAUSE);
};

field.addEventListener("input", soon);
if (address() !== `${location.pathname}${location.search}`) soon(); // typed before we were here
form.addEventListener("change", (event) => event.target !== field && find());
form.addEventListener("submit", (event) => {
  event.preventDefault();
  clearTimeout(timer);
  // Enter opens the first of those who were found; before they are there, it looks for them.
  if (document.activeElement === field && address() === `${location.pathname}${location.search}` && field.value.trim()) {
    (links()[0] ?? document.getElementById("add-typed"))?.click();
  } else find();
});

const look = onceAtATime(async () => {
  try {
    const goal = location.href;
    const { ok, page: fresh } = await looked(goal);
    if (ok && goal === location.href) show(fresh); // else something else was found meanwhile
  } catch {
    // The server is away; the news will tell when it is back.
  }
}, 1000);

listen(page.dataset.position, { news: { customer: look }, everything: look });
quietAddress();

// ---- keyboard

const step = (by) => {
  const all = links();
  const at = all.indexOf(document.activeElement);
  if (at + by < 0 || (at < 0 && by < 0)) field.focus();
  else all[Math.min(at + by, all.length - 1)]?.focus();
};

document.addEventListener("keydown", (event) => {
  if (!isPlainKey(event)) return;
  const inList = document.activeElement?.matches("#items a.open");
  if (isWriting(event.target) && event.target !== field) return;
  const done = {
    ArrowDown: () => (inList || event.target === field || event.target === document.body ? (step(1), true) : false),
    ArrowUp: () => (inList ? (step(-1), true) : false),
    "/": () => (event.target === field ? false : (field.select(), true)),
    n: () => (event.target === field ? false : (document.querySelector("a[href='/customers/new']").click(), true)),
    Escape: () => (event.target === field && field.value ? ((field.value = ""), soon(), true) : false),
  }[event.key]?.();
  if (done) event.preventDefault();
});
