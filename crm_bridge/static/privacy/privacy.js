// Looks again while something is under way, and shows how far it is. All HTML comes escaped from the server.

import { looked, quietAddress } from "../live.js";

const EVERY = 1500;
const root = document.getElementById("privacy");

const look = async () => {
  if (!("underWay" in root.dataset)) return;
  try {
    const { ok, page } = await looked(location.href);
    const [old, fresh, there] = [document.getElementById("exports"), page.getElementById("exports"), page.getElementById("privacy")];
    if (ok && there) {
      if (fresh && old.innerHTML !== fresh.innerHTML && !old.contains(document.activeElement)) old.replaceWith(fresh);
      if (!("underWay" in there.dataset)) delete root.dataset.underWay;
    }
  } catch {
    // The server is away for a moment: it goes on when it is back, and so do we.
  }
  setTimeout(look, EVERY);
};

setTimeout(look, EVERY);
quietAddress();
