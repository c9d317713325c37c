// One fax: its pages stay as they are looked at while all else is shown anew.

import { keepItem } from "../item.js";
import { move } from "./lines.js";
import { viewer } from "./viewer.js";

const article = document.querySelector("article.fax");
const pages = viewer(document.getElementById("viewer"));

const item = keepItem({
  kind: "fax",
  home: article.dataset.home,
  parts: ["head", "word", "attempts", "about", "ledger", "actions", "deliveries"],
  gone: "This fax is not here any more: it was moved, or its time is over.",
  keys: pages.key,
  news: {
    fax_progress: (told) => {
      if (told.id !== article.dataset.item) return;
      if (told.over || !move(told)) item.look();
    },
  },
  shown: (page) => {
    // Its pages were made meanwhile, or its first attempt began: that changes more than a part.
    const sheets = page.getElementById("viewer")?.dataset.sheets;
    const isNew = (id) => page.getElementById(id) && !document.getElementById(id);
    const grown = sheets !== undefined && sheets !== document.getElementById("viewer").dataset.sheets;
    if (grown || isNew("attempts")) location.reload();
  },
});
