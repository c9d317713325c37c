// Keeps the page of one thing up to date: its parts, its forms without reloading, the way back, keys.

import { bring, emptied, isBusy } from "./keep.js";
import { enhance, isPlainKey, isWriting, listen, looked, onceAtATime, quietAddress, showNavigation, toast, toastOf } from "./live.js";

// `kind` is the kind of news that tells of a change; `news` are further kinds. `home` is where the list is, `parts` are the
// ids of what a change may touch, `shown(page)` is told of another state, `gone` is said when it is not there any more.
// `keys(event)` returns whether a key meant something. Returns how to look anew.
export const keepItem = ({ kind, home, parts, gone, news = {}, shown = () => {}, keys = () => false }) => {
  const article = document.querySelector("article.item");

  // ---- showing the page that was fetched

  // After one's own deed all is shown; what is half written elsewhere in a part goes along. What others did can wait.
  const show = (page, { force = false } = {}) => {
    for (const name of parts) {
      const old = document.getElementById(name);
      const fresh = page.getElementById(name);
      if (!fresh) continue;
      if (!old) document.getElementById(fresh.previousElementSibling?.id)?.after(fresh); // only now there is such a thing
      else if (old.innerHTML !== fresh.innerHTML && (force || !isBusy(old))) bring(old, fresh);
    }
    showNavigation(page);
    shown(page);
  };

  const look = onceAtATime(async () => {
    try {
      const { ok, status, page } = await looked(location.pathname, { headers: { Accept: "text/html", "X-Look": "again" } });
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

  enhance(({ page, address }, form, sent) => {
    if (address.pathname !== location.pathname) {
      location.assign(address); // deleted, or forwarded to where one does not read: the list says so
      return;
    }
    emptied(form, sent);
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
        e: () => event.repeat || press("handled", "reopened"),
        Delete: () => event.repeat || press("deleted"),
        u: () => (location.assign(back.href), true),
      }[event.key]?.();
    if (done) event.preventDefault();
  });

  return { look };
};
