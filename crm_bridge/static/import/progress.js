// Follows an import that is under way: the server's page is fetched every second, and the last time when it has ended.

import { looked } from "../live.js";

const SECOND = 1000;

const step = async () => {
  const old = document.getElementById("import");
  if (!old.dataset.underWay) return;
  try {
    const { ok, page } = await looked(location.pathname);
    const fresh = page.getElementById("import");
    if (ok && fresh && fresh.innerHTML !== old.innerHTML) {
      const standing = old.contains(document.activeElement) && document.activeElement.closest("form")?.getAttribute("action");
      // The bar moves on; a new one would begin anew.
      const [bar, now] = [old.querySelector(".running progress"), fresh.querySelector(".running progress")];
      if (bar && now) {
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

if (document.getElementById("import").dataset.underWay) setTimeout(step, SECOND / 2);
