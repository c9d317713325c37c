// Follows reports that are being made: the server's page is fetched every second, and the last time when all have ended.

import { looked } from "../live.js";

const SECOND = 1000;

const step = async () => {
  const old = document.getElementById("issued");
  if (!old.dataset.making) return;
  try {
    const { ok, page } = await looked(location.pathname + location.search);
    const fresh = page.getElementById("issued");
    if (ok && fresh && fresh.innerHTML !== old.innerHTML) {
      const standing = old.contains(document.activeElement) && document.activeElement.closest("form")?.getAttribute("action");
      // The bar moves on; a new one would begin anew.
      for (const bar of old.querySelectorAll("progress[id]")) {
        const now = fresh.querySelector(`#${bar.id}`);
        if (!now) continue;
        bar.value = now.value;
        now.replaceWith(bar);
      }
      old.replaceWith(fresh);
      document.title = page.title;
      if (standing) (fresh.querySelector(`form[action="${standing}"] button`) ?? document.getElementById("main")).focus();
    }
  } catch {
    // The server is away; the next look will tell.
  }
  setTimeout(step, SECOND);
};

if (document.getElementById("issued").dataset.making) setTimeout(step, SECOND / 2);
