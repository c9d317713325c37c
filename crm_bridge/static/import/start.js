// Bringing a file with customers: what is wrong with it stands beside it.

import { keepUpload } from "../upload.js";

const file = document.getElementById("document");
const place = document.getElementById("wrong");

const wrong = (text) => {
  place.textContent = text;
  place.hidden = !text;
  if (text) file.setAttribute("aria-invalid", "true");
  else file.removeAttribute("aria-invalid");
};

keepUpload({
  form: document.getElementById("bring"),
  wrong,
  several: "Drop one file: each is an import of its own.",
  smaller: "Split it.",
  refused: (page, status) => {
    const said = page.querySelector("#wrong:not([hidden])") ?? page.querySelector("main h1");
    wrong(said?.textContent.trim() || `The server refused this (${status}).`);
  },
  unreachable: () => wrong("The server cannot be reached. Nothing was brought; try again."),
});
