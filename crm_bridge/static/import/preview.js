// What the rows become: every choice is shown at once, and the keyboard stays where it was.

import { looked } from "../live.js";

const busy = () => document.getElementById("busy");
let asked = 0;

const form = () => document.getElementById("preview");

const chosen = () => new URLSearchParams(new FormData(form()));

const look = async () => {
  const mine = ++asked;
  const sent = chosen();
  form().setAttribute("aria-busy", "true");
  busy().textContent = "Looking …";
  try {
    const { page } = await looked(form().action, { method: "POST", body: sent });
    if (mine !== asked) return; // something else was chosen meanwhile
    if (String(chosen()) !== String(sent)) return look();
    const focused = document.activeElement?.id;
    const scrolled = document.querySelector(".columns-card")?.scrollTop ?? 0;
    const fresh = page.getElementById("preview");
    if (!fresh) {
      busy().textContent = page.querySelector("main h1")?.textContent ?? "The server refused this.";
      form().removeAttribute("aria-busy");
      return;
    }
    form().replaceWith(fresh);
    begin();
    const card = document.querySelector(".columns-card");
    if (card) card.scrollTop = scrolled;
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  } catch {
    form().removeAttribute("aria-busy");
    busy().textContent = "The server cannot be reached; try again.";
  }
};

const begin = () => {
  form().dataset.live = "yes";
  form().addEventListener("change", look);
};

begin();
