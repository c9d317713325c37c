// One message: its player, its forms without reloading, and what others do with it meanwhile.

import { enhance, fetched, isPlainKey, isWriting, listen, onceAtATime, quietAddress, showNavigation, toast, toastOf } from "./live.js";
import { player } from "./player.js";

const article = document.querySelector("article.message");
const PARTS = ["head", "transcript", "about", "ledger", "actions", "mails"];

const deck = player(document.getElementById("player"), () => document.querySelector("#transcript .words"));

// ---- showing the page that was fetched; the player goes on

// What somebody is choosing or writing is not taken from under their hands.
const isBusy = (part) =>
  (part.contains(document.activeElement) && isWriting(document.activeElement)) ||
  [...part.querySelectorAll("textarea")].some((area) => area.value !== area.defaultValue);

const show = (page, { force = false } = {}) => {
  for (const name of PARTS) {
    const old = document.getElementById(name);
    const fresh = page.getElementById(name);
    if (!old || !fresh || old.innerHTML === fresh.innerHTML || (!force && isBusy(old))) continue;
    const focused = old.contains(document.activeElement);
    const deed = document.activeElement?.closest("form")?.dataset.deed;
    old.replaceWith(fresh);
    if (focused) (fresh.querySelector(`form[data-deed=${deed}] button`) ?? fresh.querySelector("button") ?? fresh).focus();
  }
  const outline = page.getElementById("outline");
  const drawn = document.getElementById("outline");
  if (outline && outline.querySelector(".rest").getAttribute("d") !== drawn.querySelector(".rest").getAttribute("d")) {
    drawn.replaceWith(outline); // it was examined meanwhile
  }
  showNavigation(page);
  deck.show();
};

const look = onceAtATime(async () => {
  try {
    const { ok, status, page } = await fetched(location.pathname);
    if (ok) show(page);
    else if (status === 404) toast("This message is not here any more: it was moved, or its time is over.");
  } catch {
    // The server is away; the news will tell when it is back.
  }
});

listen(article.dataset.position, {
  changed: ({ id }) => id === article.dataset.message && look(),
  everything: look,
});
quietAddress();

enhance(({ page, address }, form) => {
  if (address.pathname !== location.pathname) {
    location.assign(address); // deleted, or forwarded to where one does not read: the list says so
    return;
  }
  form.reset();
  show(page, { force: true });
  toastOf(page);
});

// ---- the way back leads to the list as it was left

const back = document.getElementById("back");
const list = "voicemail list";
try {
  const before = document.referrer && new URL(document.referrer);
  if (before && before.origin === location.origin && before.pathname === "/voicemail") {
    for (const name of ["did", "with"]) before.searchParams.delete(name);
    sessionStorage.setItem(list, before.search);
  }
  const search = sessionStorage.getItem(list);
  if (search) back.href = `/voicemail${search}`;
} catch {
  // A browser that keeps nothing leads to the whole list.
}
const leadBack = () => {
  for (const field of document.querySelectorAll("input[name=list]")) field.value = back.getAttribute("href");
};
leadBack();
new MutationObserver(leadBack).observe(article, { childList: true, subtree: true });

// ---- keyboard

const press = (...deeds) => {
  const button = deeds.map((deed) => document.querySelector(`#actions form[data-deed=${deed}] button`)).find(Boolean);
  button?.click();
  return Boolean(button);
};

document.addEventListener("keydown", (event) => {
  if (!isPlainKey(event) || isWriting(event.target)) return;
  const done =
    deck.key(event) ||
    {
      e: () => press("handled", "reopened"),
      Delete: () => press("deleted"),
      u: () => (location.assign(back.href), true),
    }[event.key]?.();
  if (done) event.preventDefault();
});
