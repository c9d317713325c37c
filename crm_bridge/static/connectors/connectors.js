// Keeps the pages of connectors up to date. Retries and answers are told to nobody, so the page looks again every few
// seconds while somebody sees it. All HTML comes escaped from the server.

import { ageing, enhance, listen, looked, onceAtATime, quietAddress, showNavigation, toast, toastOf } from "../live.js";

const EVERY = 3000;
const root = document.getElementById("connectors");
const PARTS = ["alarm", "receivers", "head", "about", "failed", "waiting", "actions", "done", "payload"];
let ahead = Date.now() - Number(root.dataset.now);

// What somebody has opened stays as it is until it is closed, and who stands somewhere with the keyboard stays there.
const show = (page, { force = false } = {}) => {
  const fresh = page.getElementById("connectors");
  if (!fresh) return;
  for (const name of PARTS) {
    const [old, found] = [document.getElementById(name), page.getElementById(name)];
    if (!old || !found) continue;
    const link = document.getElementById("link");
    if (old.contains(link)) found.querySelector("#link")?.replaceWith(link.cloneNode(true));
    if (old.innerHTML === found.innerHTML || (!force && old.querySelector("details[open]"))) continue;
    const active = old.contains(document.activeElement) ? document.activeElement : null;
    const [goal, deed] = [active?.getAttribute("href"), active?.closest("form")?.dataset.deed];
    const row = active?.closest("tr")?.id;
    old.replaceWith(found);
    if (!active) continue;
    const there = (row && document.getElementById(row)) || found;
    const again = goal ? there.querySelector(`a[href="${CSS.escape(goal)}"]`) : there.querySelector(`form[data-deed=${deed}] button`);
    (again ?? there.querySelector("a.open, button, summary"))?.focus({ preventScroll: true });
  }
  showNavigation(page);
  document.title = page.title;
  ahead = Date.now() - Number(fresh.dataset.now);
};

let gone = false;
const look = onceAtATime(async () => {
  if (gone) return;
  try {
    const { ok, status, page } = await looked(location.href, { headers: { Accept: "text/html", "X-Look": "again" } });
    if (ok) show(page);
    else if (status === 404) {
      gone = true;
      toast(root.dataset.gone ? "It is not kept any more: it has arrived, or was dropped." : "This connector is gone.");
    }
  } catch {
    // The server is away; the news will tell when it is back.
  }
});

listen(root.dataset.position, { news: { call: look, ended: look }, everything: look });
setInterval(() => !document.hidden && look(), EVERY);
ageing(root, () => ahead);
quietAddress();

enhance(({ page, address }, form) => {
  if (form.dataset.deed === "test") {
    document.getElementById("tested").replaceWith(page.getElementById("tested"));
    show(page, { force: true });
    return;
  }
  if (address.pathname !== location.pathname) {
    location.assign(address); // it is not here any more: where it was says so
    return;
  }
  show(page, { force: true });
  toastOf(page);
});
