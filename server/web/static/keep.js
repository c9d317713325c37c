// What somebody has under their hands: fields half written, what was opened, the keyboard's place, the pointer that is
// down. A page that is shown anew waits for it, leaves it, or brings it along.

const FIELDS = "input:not([type=hidden], [type=file]), textarea, select";
const TYPED = "textarea, input:not([type=radio], [type=checkbox])";
const LONGEST = 30_000; // a button that was let go where we do not hear of it holds nothing for ever

// Where keys are letters, or where something is being chosen.
export const isWriting = (target) => target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");

// ---- fields

const isChosen = (field) => {
  const said = [...field.options].findLastIndex((option) => option.defaultSelected);
  return field.selectedIndex !== (said < 0 && !field.multiple ? 0 : said);
};

export const isChanged = (field) => {
  if (field.matches("select")) return isChosen(field);
  if (field.type === "radio" || field.type === "checkbox") return field.checked !== field.defaultChecked;
  return field.value !== field.defaultValue;
};

export const changedIn = (part) => [...part.querySelectorAll(FIELDS)].filter(isChanged);

// What somebody is choosing or writing is not taken from under their hands.
export const isBusy = (part) =>
  (part.contains(document.activeElement) && Boolean(isWriting(document.activeElement))) || changedIn(part).length > 0;

// Empties a form whose content was taken; what was written while it was on its way stays.
export const emptied = (form, sent) => {
  const wasSent = (field) => field.value === sent.get(field.name)?.replaceAll("\r\n", "\n");
  const later = changedIn(form).filter((field) => field.matches(TYPED) && !wasSent(field));
  const written = later.map((field) => field.value);
  form.reset();
  later.forEach((field, n) => {
    field.value = written[n];
    const around = field.closest("details");
    if (around) around.open = true;
  });
};

// ---- a part in the place of another

// A form is the same in another state of the page by where it leads and what it is about.
const aboutOf = (form) => form?.querySelector("input[type=hidden][name=about]")?.value ?? "";
const keyOfForm = (form) => (form ? `${form.getAttribute("action")} ${aboutOf(form)}` : "");
const keyOfField = (field) =>
  [keyOfForm(field.form), field.name || field.id, /^(radio|checkbox)$/.test(field.type) ? field.value : ""].join("\n");
const keyOfDetails = (details) =>
  keyOfForm(details.querySelector("form")) || details.querySelector("summary")?.textContent.trim();

const bringField = (field, now) => {
  if (now.matches("select")) {
    if ([...now.options].some((option) => option.value === field.value)) now.value = field.value;
  } else if (/^(radio|checkbox)$/.test(now.type)) now.checked = field.checked;
  else now.value = field.value;
  // Who goes on writing on an older state is told so by the server, and overwrites nobody.
  const [was, is] = [field, now].map(({ form }) => form?.querySelector("input[type=hidden][name=version]"));
  if (was && is) is.value = was.value;
};

// Returns what stands where `active` stood: the same field, link or button, or the button that took its place.
const counterpart = (active, fresh) => {
  const all = (selector) => [...fresh.querySelectorAll(selector)];
  if (active.matches(FIELDS)) return all(FIELDS).find((field) => keyOfField(field) === keyOfField(active));
  if (active.matches("summary")) {
    const key = keyOfDetails(active.parentElement);
    return all("details").find((details) => keyOfDetails(details) === key)?.querySelector("summary");
  }
  if (active.matches("a[href]")) return fresh.querySelector(`a[href="${CSS.escape(active.getAttribute("href"))}"]`);
  const form = active.closest("form");
  if (!form) return null;
  const forms = all("form");
  const same =
    forms.find((one) => keyOfForm(one) === keyOfForm(form)) ??
    (aboutOf(form) && forms.find((one) => aboutOf(one) === aboutOf(form))) ??
    fresh.querySelector(`form[data-deed="${form.dataset.deed ?? ""}"]`);
  return same ? same.querySelector("button") : null;
};

// Puts `fresh` in the place of `old`; what is half written in it, what was opened and where the keyboard stands comes along.
export const bring = (old, fresh) => {
  const active = old.contains(document.activeElement) ? document.activeElement : null;
  const written = changedIn(old);
  const opened = [...old.querySelectorAll("details[open]")].map(keyOfDetails);
  old.replaceWith(fresh);
  for (const details of fresh.querySelectorAll("details")) if (opened.includes(keyOfDetails(details))) details.open = true;
  const fields = new Map([...fresh.querySelectorAll(FIELDS)].map((field) => [keyOfField(field), field]));
  for (const field of written) {
    const now = fields.get(keyOfField(field));
    if (now) bringField(field, now);
  }
  if (!active) return;
  const place = counterpart(active, fresh) ?? fresh.querySelector("button, a[href], summary") ?? fresh;
  place.focus({ preventScroll: true });
  const caret = [active, place].every((field) => field.matches(TYPED) && field.selectionStart !== null);
  if (caret) place.setSelectionRange(active.selectionStart, active.selectionEnd);
};

// Changes a list; when the page is scrolled, what is read does not move away under what came above it.
export const steadily = (rows, change) => {
  const top = (row) => row.getBoundingClientRect().top;
  const isSeen = (row) => scrollY > 0 && row.getBoundingClientRect().bottom > 0;
  const read = [...document.querySelectorAll(rows)].filter(isSeen).slice(0, 20);
  const tops = read.map(top);
  change();
  const now = read.map((row) => (row.isConnected ? row : row.id && document.getElementById(row.id)));
  const n = now.findIndex(Boolean);
  if (n >= 0) scrollBy({ top: top(now[n]) - tops[n], behavior: "instant" });
};

// ---- the pointer

let pressed = 0;
let waiting = [];

const press = () => (pressed = Date.now());
const release = () => {
  if (!pressed) return;
  // What is let go becomes a click first.
  setTimeout(() => {
    pressed = 0;
    const all = waiting;
    waiting = [];
    all.forEach((go) => go());
  });
};

document.addEventListener("pointerdown", press, true);
document.addEventListener("keydown", (event) => event.key === " " && press(), true); // presses a button when it is let go
for (const end of ["pointerup", "pointercancel", "keyup"]) document.addEventListener(end, release, true);
addEventListener("blur", release);

// Waits while something is pressed: a button that is exchanged between down and up is never clicked.
export const released = () => {
  const left = pressed ? LONGEST - (Date.now() - pressed) : 0;
  if (left <= 0) return Promise.resolve();
  return new Promise((go) => {
    waiting.push(go);
    setTimeout(go, left);
  });
};
