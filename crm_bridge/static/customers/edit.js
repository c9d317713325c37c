// Forms of customers: rows that grow, fields that offer customers, and what is wrong comes into view.

import { changedIn } from "../keep.js";
import { picker, pickers } from "./picker.js";

pickers(document);

// ---- rows of one kind: the last one is always empty

for (const rows of document.querySelectorAll("[data-rows]")) {
  const more = rows.querySelector("[data-more]");
  const all = () => [...rows.querySelectorAll("[data-row]")];
  const blank = all().at(-1).cloneNode(true);
  let count = all().length;

  const clear = (row) => {
    for (const field of row.querySelectorAll("input")) field.value = "";
  };

  const ready = (row) => {
    const take = row.querySelector("[data-take]");
    take.hidden = false;
    take.addEventListener("click", () => {
      const others = all();
      const next = others[others.indexOf(row) + 1] ?? others[others.indexOf(row) - 1];
      if (others.length > 1) row.remove();
      else clear(row);
      (next ?? row).querySelector("input:not([type=hidden])").focus();
    });
  };
  all().forEach(ready);

  more.hidden = false;
  more.addEventListener("click", () => {
    const row = blank.cloneNode(true);
    const number = count++;
    for (const part of row.querySelectorAll("[id], [name], [for], [aria-controls]")) {
      for (const name of ["id", "name", "for", "aria-controls"]) {
        const value = part.getAttribute(name);
        if (value) part.setAttribute(name, value.replace(/([.-])\d+/, `$1${number}`));
      }
    }
    all().at(-1).after(row);
    ready(row);
    row.querySelectorAll("[data-picker]").forEach(picker);
    row.querySelector("input:not([type=hidden])").focus();
  });
}

// An organisation belongs to no other.
const belongs = document.getElementById("belongs");
if (belongs) {
  const show = () => {
    belongs.hidden = document.querySelector("input[name=kind]:checked")?.value === "organisation";
  };
  document.addEventListener("change", show);
  show();
}

// Somebody who was chosen with the keyboard is looked at with the next Enter: nobody has to reach for the button.
document.getElementById("choose")?.addEventListener("submit", (event) => {
  if (event.target.querySelector("[data-picker] input[type=hidden]").value) return;
  event.preventDefault();
  event.target.querySelector("input[role=combobox]").focus();
});

// Who was quicker than this script is not led away from where they write.
if (document.activeElement === document.body) {
  (document.querySelector("[aria-invalid]") ?? document.getElementById("conflict") ?? document.getElementById("mistakes"))?.focus();
}

// What was typed is not lost by a slip of the finger.
const form = document.getElementById("edit");
if (form) {
  let sent = false;
  const written = () => new URLSearchParams(new FormData(form)).toString();
  const before = document.querySelector("#conflict, #mistakes") || changedIn(form).length ? "" : written();
  form.addEventListener("submit", () => (sent = true));
  addEventListener("beforeunload", (event) => {
    if (!sent && written() !== before) event.preventDefault();
  });
  addEventListener("pageshow", () => (sent = false));
}
