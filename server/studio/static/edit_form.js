// A form of the editor: what the check would say stands beside the fields while somebody types. Saving needs no script.

import "./edit_things.js";
import {LOGGED_OUT, stay} from "../stay.js";

const form = document.getElementById("thing");
const state = document.getElementById("state");
const PAUSE = 400; // milliseconds without a key, before the draft is checked
const PATIENCE = 15000;
let timer = 0;
let asked = null;
let touched = "unsaved" in form.dataset;
stay(form, state, "/site/publish/progress");

const line = (one) => {
  const item = document.createElement("li");
  item.className = one.severity;
  const severity = document.createElement("b");
  severity.textContent = one.severity;
  item.append(severity, ` ${one.message}`);
  if (one.mend) {
    const mend = document.createElement("span");
    mend.className = "mend";
    mend.textContent = one.mend;
    item.append(" ", mend);
  }
  if (one.rule) {
    const rule = document.createElement("a");
    rule.href = `/site/rules/${one.rule}`;
    rule.textContent = one.rule;
    item.append(" ", rule);
  }
  return item;
};

const show = (said) => {
  const beside = new Map(Object.entries(said.fields));
  beside.set("v", [...said.thing, ...(beside.get("v") ?? [])]);
  let here = 0;
  for (const list of form.querySelectorAll(".said")) {
    const some = beside.get(list.dataset.for) ?? [];
    list.replaceChildren(...some.map(line));
    list.hidden = some.length === 0;
    here += some.length;
    if (some.length) list.closest("details")?.setAttribute("open", "");
  }
  const words = here ? `${here} ${here === 1 ? "finding" : "findings"} here` : "Nothing found here";
  state.textContent = `Not saved yet. ${words}${said.elsewhere ? `, ${said.elsewhere} elsewhere` : ""}.`;
};

const check = async () => {
  asked?.abort();
  const mine = new AbortController();
  asked = mine;
  const late = setTimeout(() => mine.abort(), PATIENCE);
  try {
    const body = new URLSearchParams(new FormData(form));
    const answer = await fetch(form.dataset.check, {method: "POST", body, signal: mine.signal});
    const said = answer.ok ? await answer.json() : {error: answer.status === 401 ? LOGGED_OUT : "The draft could not be checked."};
    if (asked !== mine) return;
    if (said.error) state.textContent = said.error;
    else show(said);
  } catch {
    if (asked === mine) state.textContent = "The draft could not be checked: the server does not answer.";
  } finally {
    clearTimeout(late);
  }
};

form.addEventListener("input", () => {
  touched = true;
  clearTimeout(timer);
  timer = setTimeout(check, PAUSE);
});
form.addEventListener("submit", () => { touched = false; });
addEventListener("beforeunload", (event) => { if (touched) event.preventDefault(); });
addEventListener("keydown", (event) => {
  if (event.key === "s" && (event.ctrlKey || event.metaKey) && !event.altKey) {
    event.preventDefault();
    form.requestSubmit(form.querySelector("button[value=save]"));
  }
});
