// Keeps the page of one thing up to date: its parts, its forms without reloading, the way back, keys.

import { enhance, fetched, isPlainKey, isWriting, listen, onceAtATime, quietAddress, showNavigation, toast, toastOf } from "./live.js";

// `kind` is the kind of news that tells of a change; `news` are further kinds. `home` is where the list is, `parts` are the
// ids of what a change may touch, `shown(page)` is told of another state, `gone` is said when it is not there any more.
// `keys(event)` returns whether a key meant something. Returns how to look anew.
export const keepItem = ({ kind, home, parts, gone, news = {}, shown = () => {}, keys = () => false }) => {
  const article = document.querySelector("article.item");

  // ---- showing the page that was fetched

  // What somebody is choosing or writing is not taken from under their hands.
  const isBusy = (part) =>
    (part.contains(document.activeElement) && isWriting(document.activeElement)) ||
    [...part.querySelectorAll("textarea")].some((area) => area.value !== area.defaultValue);

  const show = (page, { force = false } = {}) => {
    for (const name of parts) {
      const old = document.getElementById(name);
      const fresh = page.getElementById(name);
      if (!old || !fresh || old.innerHTML === fresh.innerHTML || (!force && isBusy(old))) continue;
      const focused = old.contains(document.activeElement);
      const deed = document.activeElement?.closest("form")?.dataset.deed;
      old.replaceWith(fresh);
      if (focused) (fresh.querySelector(`form[data-deed=${deed}] button`) ?? fresh.querySelector("button") ?? fresh).focus();
    }
    showNavigation(page);
    shown(page);
  };

  const look = onceAtATime(async () => {
    try {
      const { ok, status, page } = await fetched(location.pathname, { headers: { Accept: "text/html", "X-Look": "again" } });
      if (ok) show(page);
      else if (status === 404) toast(gone);
    } catch {
      // The server is away; the news will tell when it is back.
    }
  });

  listen(article.dataset.position, {
    news: { [kind]: ({ id }) => id === article.dataset.item && look(), ...news },
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
  const list = `list at ${home}`;
  try {
    const before = document.referrer && new URL(document.referrer);
    if (before && before.origin === location.origin && before.pathname === home) {
      for (const name of ["did", "with"]) before.searchParams.delete(name);
      sessionStorage.setItem(list, before.search);
    }
    const search = sessionStorage.getItem(list);
    if (search) back.href = `${home}${search}`;
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
      keys(event) ||
      {
        e: () => press("handled", "reopened"),
        Delete: () => press("deleted"),
        u: () => (location.assign(back.href), true),
      }[event.key]?.();
    if (done) event.preventDefault();
  });

  return { look };
};
