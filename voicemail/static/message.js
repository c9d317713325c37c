// One message: its player goes on while all else is shown anew.

import { keepItem } from "../item.js";
import { player } from "./player.js";

const deck = player(document.getElementById("player"), () => document.querySelector("#transcript .words"));

keepItem({
  kind: "voicemail",
  home: "/voicemail",
  parts: ["head", "transcript", "about", "ledger", "actions", "deliveries"],
  gone: "This message is not here any more: it was moved, or its time is over.",
  keys: deck.key,
  shown: (page) => {
    const outline = page.getElementById("outline");
    const drawn = document.getElementById("outline");
    if (outline && outline.querySelector(".rest").getAttribute("d") !== drawn.querySelector(".rest").getAttribute("d")) {
      drawn.replaceWith(outline); // it was examined meanwhile
    }
    deck.show();
  },
});
