// A drawing with links in it, such as a heat map, is one stop of the Tab key; arrow keys go from one link to the next,
// Home and End to the ends of the row. Without scripts each link is a stop of its own.

import { isPlainKey } from "../live.js";

const linksIn = (map) => [...map.querySelectorAll("a[href]")];
const drawingOf = (map) => map.closest(".drawing");

const stopAt = (map, link) => linksIn(map).forEach((one) => one.setAttribute("tabindex", one === link ? "0" : "-1"));

// Makes each drawing in a part one stop; where the page shows the same drawing already, the stop stays where it is.
export const oneStop = (part) => {
  for (const map of part.querySelectorAll(".drawing svg")) {
    const links = linksIn(map);
    if (links.length < 2) continue;
    drawingOf(map).removeAttribute("tabindex"); // whoever goes to a link scrolls
    const shown = document.getElementById(drawingOf(map).id)?.querySelector('a[tabindex="0"]')?.getAttribute("href");
    stopAt(map, links.find((one) => one.getAttribute("href") === shown) ?? links[0]);
  }
};

// ---- from one link to the next

const middleOf = (link) => {
  const spot = link.querySelector("rect");
  const [x, y, width, height] = ["x", "y", "width", "height"].map((name) => Number(spot.getAttribute(name)));
  return { x: x + width / 2, y: y + height / 2, width, height };
};

// What lies in the same row or column comes before all else that lies that way.
const ways = {
  ArrowRight: (from, to) => ({ ahead: to.x - from.x, aside: Math.abs(to.y - from.y), straight: from.height / 2 }),
  ArrowLeft: (from, to) => ({ ahead: from.x - to.x, aside: Math.abs(to.y - from.y), straight: from.height / 2 }),
  ArrowDown: (from, to) => ({ ahead: to.y - from.y, aside: Math.abs(to.x - from.x), straight: from.width / 2 }),
  ArrowUp: (from, to) => ({ ahead: from.y - to.y, aside: Math.abs(to.x - from.x), straight: from.width / 2 }),
};

const next = (link, links, way) => {
  const from = middleOf(link);
  const found = links
    .map((one) => ({ one, ...way(from, middleOf(one)) }))
    .filter(({ ahead }) => ahead > 1)
    .map((goal) => ({ ...goal, far: goal.aside < goal.straight ? goal.ahead : 10_000 + goal.ahead + 2 * goal.aside }));
  return found.sort((one, other) => one.far - other.far)[0]?.one;
};

const endOf = (link, links, last) => {
  const { y, height } = middleOf(link);
  const row = links.filter((one) => Math.abs(middleOf(one).y - y) < height / 2);
  return row[last ? row.length - 1 : 0];
};

document.addEventListener("keydown", (event) => {
  const link = event.target.closest?.(".drawing svg a[href]");
  if (!link || !isPlainKey(event)) return;
  const links = linksIn(link.closest("svg"));
  const way = ways[event.key];
  const goal = way ? next(link, links, way) : /^(Home|End)$/.test(event.key) ? endOf(link, links, event.key === "End") : null;
  if (!goal) return;
  event.preventDefault();
  goal.focus();
});

// The stop is where the keyboard was last, also after a click.
document.addEventListener("focusin", ({ target }) => {
  const link = target.closest?.(".drawing svg a[href]");
  if (link && link.getAttribute("tabindex") !== "0") stopAt(link.closest("svg"), link);
});

oneStop(document);
