// A report of a time that goes on keeps itself up to date: nobody loses the keyboard's place, what was opened, or where
// a table was scrolled to. All HTML comes escaped from the server.

import { bring, steadily } from "../keep.js";
import { listen, looked, onceAtATime, showNavigation } from "../live.js";
import { oneStop } from "./map.js";

const report = document.getElementById("report");
const LATER = 1500; // the records follow the news
const PARTS = ["said", "head", "rule"];

const scrolls = () => new Map([...report.querySelectorAll("[id^=scroll-]")].map((one) => [one.id, [one.scrollLeft, one.scrollTop]]));

const show = (page) => {
  const fresh = page.getElementById("report");
  if (!fresh) return;
  const places = scrolls();
  oneStop(fresh);
  steadily("#report > .part", () => {
    const ids = [...PARTS, ...[...report.querySelectorAll("section.part")].map((one) => one.id)];
    for (const id of ids) {
      const [old, found] = [document.getElementById(id), fresh.querySelector(`#${CSS.escape(id)}`)];
      if (old && found && old.innerHTML !== found.innerHTML) bring(old, found); // what stays is not read out again
    }
  });
  for (const [id, [left, top]] of places) document.getElementById(id)?.scrollTo({ left, top, behavior: "instant" });
  showNavigation(page);
};

const look = onceAtATime(async () => {
  try {
    const { ok, page } = await looked(location.href);
    if (ok) show(page);
  } catch {
    // The server is away; the news will tell when it is back.
  }
}, 2000);

let timer = 0;
const soon = () => {
  if (timer) return;
  timer = setTimeout(() => {
    timer = 0;
    look();
  }, LATER);
};

if (report.dataset.position) listen(report.dataset.position, { news: { call: soon, ended: soon }, everything: look });

// Paper has the definitions, too.
addEventListener("beforeprint", () => document.getElementById("terms")?.setAttribute("open", ""));
