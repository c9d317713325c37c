// The form of a new fax: a file is dropped or chosen, its way to the server is shown, and what is wrong stands beside
// its field without anything written being lost.

const form = document.getElementById("order");
const file = document.getElementById("document");
const drop = document.getElementById("drop");
const chosen = document.getElementById("chosen");
const send = document.getElementById("send");
const uploading = document.getElementById("uploading");
const bar = uploading.querySelector("progress");
const uploaded = document.getElementById("uploaded");
const usual = chosen.textContent;
const largest = Number(form.dataset.largest);

// ---- what is wrong

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

// ---- the document

const inWords = (bytes) => (bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(1)} MB`);

const show = () => {
  const [given] = file.files;
  chosen.textContent = given ? `${given.name}, ${inWords(given.size)}` : usual;
  drop.classList.toggle("full", Boolean(given));
  const tooLarge = given && given.size > largest;
  mark("document", tooLarge ? `This file has ${inWords(given.size)}; at most ${largest / 1e6} MB can be sent. Make it smaller, or send it in parts.` : "");
};
file.addEventListener("change", show);

const holdsFiles = (event) => event.dataTransfer?.types.includes("Files");
for (const kind of ["dragenter", "dragover"]) {
  document.addEventListener(kind, (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault(); // a file that misses the field must not take the place of the page
    drop.classList.toggle("over", drop.contains(event.target));
  });
}
document.addEventListener("dragleave", (event) => event.relatedTarget || drop.classList.remove("over"));
document.addEventListener("drop", (event) => {
  if (!holdsFiles(event)) return;
  event.preventDefault();
  drop.classList.remove("over");
  const given = event.dataTransfer.files;
  if (given.length > 1) {
    mark("document", "Drop one file: each document is a fax of its own.");
    return;
  }
  file.files = given;
  show();
  file.focus();
});

// ---- on its way

let under = null;

const progress = ({ loaded, total }) => {
  bar.max = total;
  bar.value = loaded;
  const tenth = Math.floor((loaded / total) * 10) * 10;
  const words = loaded < total ? `Uploading, ${tenth} % of ${inWords(total)}` : "Uploaded; it is being looked at";
  if (uploaded.textContent !== words) uploaded.textContent = words;
};

const over = () => {
  under = null;
  uploading.hidden = true;
  send.disabled = false;
  form.removeAttribute("aria-busy");
};

const answered = (request) => {
  const goal = new URL(request.responseURL || location.href);
  if (request.status === 200 && goal.pathname !== location.pathname) {
    location.assign(goal); // queued, or the login is over
    return;
  }
  over();
  const page = new DOMParser().parseFromString(request.responseText, "text/html");
  if (page.getElementById("order")) {
    const wrong = {};
    for (const place of page.querySelectorAll("[data-wrong]:not([hidden])")) wrong[place.dataset.wrong] = place.textContent.trim();
    markAll(wrong);
    return;
  }
  const [title, hint] = [page.querySelector("main h1"), page.querySelector("main h1 + p")];
  const said = [title, hint].filter(Boolean).map((line) => line.textContent.trim().replace(/\.?$/, "."));
  markAll({ [request.status === 413 ? "document" : "form"]: said.join(" ") || `The server refused this (${request.status}).` });
};

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (under) return;
  const [given] = file.files;
  if (!given) return markAll({ document: "Choose the document to send.", form: "Nothing was sent yet: look at what is marked below." });
  if (given.size > largest) return show();
  under = new XMLHttpRequest();
  under.open("POST", form.action);
  under.setRequestHeader("Accept", "text/html");
  under.upload.addEventListener("progress", progress);
  under.addEventListener("load", () => answered(under));
  under.addEventListener("error", () => {
    over();
    markAll({ form: "The server cannot be reached. Nothing was sent; try again." });
  });
  under.addEventListener("abort", () => {
    over();
    send.focus();
  });
  progress({ loaded: 0, total: given.size || 1 });
  uploading.hidden = false;
  send.disabled = true;
  form.setAttribute("aria-busy", "true");
  under.send(new FormData(form));
});

document.getElementById("stop").addEventListener("click", () => under?.abort());
