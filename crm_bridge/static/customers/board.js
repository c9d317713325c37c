// The board: cards are moved by drag, by keyboard and by their select; the server says where they are in the end.

import { enhance, isPlainKey, isWriting, listen, looked, onceAtATime, quietAddress, showNavigation, toast, toastOf } from "../live.js";

const board = document.getElementById("board");
const columns = () => [...document.querySelectorAll("#columns > .column")];
const cardsOf = (column) => [...column.querySelectorAll("li[data-card]")];
const cardOf = (id) => document.getElementById(`card-${id}`);

// ---- showing what was fetched

// A card that hangs in the air, or whose stages are being looked through, is not taken away by what others do meanwhile.
let dragged = null;
const isHeld = () => dragged || document.activeElement?.matches("#columns select");

const show = (page, { force = false } = {}) => {
  const standing = document.activeElement?.closest("li[data-card]")?.dataset.card;
  const [old, fresh] = [document.getElementById("columns"), page.getElementById("columns")];
  if (fresh && (force || !isHeld()) && old.innerHTML !== fresh.innerHTML) {
    const across = old.scrollLeft;
    old.replaceWith(fresh);
    fresh.scrollLeft = across;
    prepare();
    if (standing) cardOf(standing)?.focus({ preventScroll: true });
  }
  showNavigation(page);
};

const look = onceAtATime(async () => {
  try {
    const { ok, page } = await looked(location.href);
    if (ok) show(page);
  } catch {
    // The server is away; the news will tell when it is back.
  }
});

const OURS = /^(opportunity|offer|order|merge|changed|erased)/;
listen(board.dataset.position, { news: { customer: ({ change }) => OURS.test(change) && look() }, everything: look });
quietAddress();

enhance(({ page }) => {
  show(page, { force: true });
  toastOf(page);
  const said = document.getElementById("moved");
  said.textContent = document.querySelector("#toast p")?.textContent ?? "";
});

// ---- moving

const move = (card, stage) => {
  const select = card.querySelector("select");
  if (select.value === stage || ![...select.options].some((option) => option.value === stage)) return;
  select.value = stage;
  card.focus();
  card.querySelector("form").requestSubmit();
};

// A select that was changed moves its card; the button is for browsers without this script.
const prepare = () => {
  for (const button of document.querySelectorAll("#columns li form button")) button.hidden = true;
};
prepare();

document.addEventListener("change", (event) => {
  if (event.target.matches("#columns select")) event.target.form.requestSubmit();
  if (event.target.closest("#filters")) document.getElementById("filters").requestSubmit();
});
document.addEventListener("focusout", (event) => event.target.matches("#columns select") && look());
document.querySelector("#filters button").hidden = true;

document.addEventListener("dragstart", (event) => {
  dragged = event.target.closest?.("li[data-card]") ?? null;
  if (!dragged) return;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", dragged.dataset.card);
  dragged.classList.add("dragged");
});
const over = (event) => (dragged ? event.target.closest?.(".column:not([data-gone])") : null);
document.addEventListener("dragover", (event) => {
  const column = over(event);
  for (const one of columns()) one.classList.toggle("over", one === column);
  if (column) event.preventDefault();
});
document.addEventListener("drop", (event) => {
  const column = over(event);
  if (!column) return;
  event.preventDefault();
  const card = dragged;
  dragged = null;
  move(card, column.dataset.stage);
});
document.addEventListener("dragend", () => {
  dragged?.classList.remove("dragged");
  dragged = null;
  for (const one of columns()) one.classList.remove("over");
  look(); // what was told while it hung in the air
});

// ---- keyboard

document.addEventListener("keydown", (event) => {
  const card = event.target.closest?.("li[data-card]");
  if (!isPlainKey(event) || !card || event.target !== card || isWriting(event.target)) return;
  const column = card.closest(".column");
  const all = columns();
  const beside = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  const below = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (beside && event.shiftKey) {
    const goal = all[all.indexOf(column) + beside];
    if (goal && !goal.dataset.gone) move(card, goal.dataset.stage);
    else toast("There is no stage beyond this one.");
  } else if (beside) {
    const row = cardsOf(column).indexOf(card);
    for (let n = all.indexOf(column) + beside; all[n]; n += beside) {
      const there = cardsOf(all[n]);
      if (!there.length) continue;
      there[Math.min(row, there.length - 1)].focus();
      break;
    }
  } else if (below) {
    const cards = cardsOf(column);
    cards[cards.indexOf(card) + below]?.focus();
  } else if (event.key === "Enter") {
    card.querySelector("a")?.click();
  } else return;
  event.preventDefault();
});
