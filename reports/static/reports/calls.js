// A list of calls by keyboard: j and k go from one to the next, Enter opens, u goes back to where one came from.

import { isPlainKey, isWriting } from "../live.js";

const links = () => [...document.querySelectorAll("#rows a.open")];

const step = (by) => {
  const all = links();
  const at = all.indexOf(document.activeElement);
  const goal = at < 0 ? (by > 0 ? 0 : all.length - 1) : at + by;
  all[goal]?.focus();
};

const back = () => {
  const came = document.referrer && new URL(document.referrer).origin === location.origin;
  if (came && history.length > 1) history.back();
  else document.querySelector("a[rel=up]").click();
};

document.addEventListener("keydown", (event) => {
  if (!isPlainKey(event)) return;
  if (isWriting(event.target)) return;
  const inList = document.activeElement?.matches("#rows a.open");
  const done = {
    ArrowDown: () => (inList ? (step(1), true) : false),
    ArrowUp: () => (inList ? (step(-1), true) : false),
    j: () => (step(1), true),
    k: () => (step(-1), true),
    u: () => (back(), true),
    "/": () => (document.getElementById("number") ? (document.getElementById("number").select(), true) : false),
  }[event.key]?.();
  if (done) event.preventDefault();
});
