// One fax: its pages stay as they are looked at while all else is shown anew.

import { keepItem } from "../item.js";
import { move } from "./lines.js";
import { viewer } from "./viewer.js";

const article = document.querySelector("article.fax");
let pages = viewer(document.getElementById("viewer"));

const item = keepItem({
  kind: "fax",
  home: article.dataset.home,
  parts: ["head", "word", "attempts", "about", "ledger", "actions", "deliveries"],
  gone: "This fax is not here any more: it was moved, or its time is over.",
  keys: (event) => pages.key(event),
  news: {
    fax_progress: (told) => {
      if (told.id !== article.dataset.item) return;
      if (told.over || !move(told)) item.look();
    },
  },
  shown: (page) => {
    // Its pages were made meanwhile.
    const [old, fresh] = [document.getElementById("viewer"), page.getElementById("viewer")];
    if (!fresh || fresh.dataset.sheets === old.dataset.sheets) return;
    old.replaceWith(fresh);
    pages = viewer(fresh);
  },
});
