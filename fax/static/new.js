// The form of a new fax: what is wrong stands beside its field without anything written being lost.

import { keepUpload } from "../upload.js";

const form = document.getElementById("order");

const mark = (name, text) => {
  const place = form.querySelector(`[data-wrong="${name}"]`);
  if (!place) return;
  if (text) place.textContent = text;
  place.hidden = !text;
  const field = form.elements.namedItem(name);
  if (!(field instanceof Element)) return;
  if (text) field.setAttribute("aria-invalid", "true");
  else field.removeAttribute("aria-invalid");
};

// Takes texts by the names of fields; what is not among them is right.
const markAll = (wrong) => {
  for (const place of form.querySelectorAll("[data-wrong]")) mark(place.dataset.wrong, wrong[place.dataset.wrong] ?? "");
  const first = [...form.querySelectorAll("[aria-invalid]")].find((field) => field.offsetParent);
  if (first) first.focus();
  else if (wrong.form) form.querySelector("#wrong-form").scrollIntoView({ block: "center" });
};

form.addEventListener("input", (event) => event.target.name && mark(event.target.name, ""));

const refused = (page, status) => {
  if (page.getElementById("order")) {
    const wrong = {};
    for (const place of page.querySelectorAll("[data-wrong]:not([hidden])")) wrong[place.dataset.wrong] = place.textContent.trim();
    markAll(wrong);
    return;
  }
  const [title, hint] = [page.querySelector("main h1"), page.querySelector("main h1 + p")];
  const said = [title, hint].filter(Boolean).map((line) => line.textContent.trim().replace(/\.?$/, "."));
  markAll({ [status === 413 ? "document" : "form"]: said.join(" ") || `The server refused this (${status}).` });
};

const upload = keepUpload({
  form,
  wrong: (text) => mark("document", text),
  several: "Drop one file: each document is a fax of its own.",
  smaller: "Make it smaller, or send it in parts.",
  missing: () => markAll({ document: "Choose the document to send.", form: "Nothing was sent yet: look at what is marked below." }),
  refused,
  unreachable: () => markAll({ form: "The server cannot be reached. Nothing was sent; try again." }),
});

document.getElementById("stop").addEventListener("click", upload.stop);
