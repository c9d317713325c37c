// The text editor: CodeMirror over the page's own text field, which stays for whoever has no script.
// It lives in a shadow root: there its style sheets are objects, and the page's content policy need not allow <style>.

import {
  EditorState, EditorView, HighlightStyle, autocompletion, bracketMatching, completionKeymap, defaultKeymap,
  drawSelection, highlightActiveLine, highlightActiveLineGutter, highlightSelectionMatches, history, historyKeymap,
  indentOnInput, keymap, lineNumbers, lintGutter, lintKeymap, linter, searchKeymap, syntaxHighlighting, tags, yaml,
} from "./codemirror.bundle.js";
import "./edit_things.js";
import {LOGGED_OUT, stay} from "../stay.js";
import {completing} from "./edit_complete.js";

const form = document.getElementById("file");
const field = document.getElementById("text");
const place = document.getElementById("editor");
const state = document.getElementById("state");
const listed = document.getElementById("findings");
const PAUSE = 500; // milliseconds without a key, before the draft is checked
const PATIENCE = 15000;
let saved = "unsaved" in form.dataset ? null : field.value;
form.addEventListener("submit", (event) => {
  if (new Blob([view.state.doc.toString()]).size <= Number(form.dataset.largest)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  state.textContent = `Not saved: this is larger than ${form.dataset.largest >> 20} MiB. Move a part of it to another file.`;
});
stay(form, state, "/site/publish/progress");

const colours = HighlightStyle.define([
  {tag: [tags.propertyName, tags.definition(tags.propertyName)], color: "var(--accent)"},
  {tag: [tags.string, tags.special(tags.string)], color: "var(--good)"},
  {tag: tags.comment, color: "var(--muted)", fontStyle: "italic"},
  {tag: [tags.separator, tags.punctuation, tags.squareBracket, tags.brace], color: "var(--muted)"},
]);
const look = EditorView.theme({
  "&": {height: "100%", color: "var(--ink)", backgroundColor: "var(--paper)"},
  "&.cm-focused": {outline: "none"},
  ".cm-scroller": {fontFamily: '"JetBrains Mono", ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace', fontSize: "0.875rem", lineHeight: "1.55"},
  ".cm-content": {caretColor: "var(--ink)"},
  ".cm-cursor": {borderLeftColor: "var(--ink)"},
  ".cm-gutters": {backgroundColor: "var(--paper)", color: "var(--muted)", border: "none"},
  ".cm-activeLine, .cm-activeLineGutter": {backgroundColor: "color-mix(in srgb, var(--accent) 7%, transparent)"},
  ".cm-selectionBackground, &.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground": {backgroundColor: "color-mix(in srgb, var(--focus) 30%, transparent)"},
  ".cm-tooltip, .cm-panels": {backgroundColor: "var(--paper)", color: "var(--ink)", border: "1px solid var(--line)", borderRadius: "6px"},
  ".cm-tooltip-autocomplete > ul > li[aria-selected]": {backgroundColor: "var(--accent)", color: "var(--accent-ink)"},
  ".cm-completionInfo": {maxWidth: "20rem", padding: "0.375rem 0.625rem"},
  // The package draws its marks as pictures in the style sheet, which the page's content policy does not load.
  ...Object.fromEntries([["error", "bad"], ["warning", "warn"], ["info", "muted"], ["hint", "muted"]].flatMap(([kind, colour]) => [
    [`.cm-lintRange-${kind}`, {backgroundImage: "none", textDecoration: `underline wavy var(--${colour})`, textDecorationSkipInk: "none"}],
    [`.cm-lint-marker-${kind}`, {content: "normal", width: "0.5rem", height: "0.5rem", margin: "0.4rem 0.1rem", borderRadius: kind === "error" ? "50%" : "1px", backgroundColor: `var(--${colour})`}],
  ])),
  ".cm-diagnostic": {padding: "0.25rem 0.625rem"},
  ".cm-diagnostic-error": {borderLeftColor: "var(--bad)"},
  ".cm-diagnostic-warning": {borderLeftColor: "var(--warn)"},
});

const words = (one) => `${one.message}${one.mend ? ` → ${one.mend}` : ""} (${one.rule})`;

// A finding has a line and a column; what it is about goes on to the end of the word.
const diagnostic = (document_) => (one) => {
  const line = document_.line(Math.min(Math.max(one.line, 1), document_.lines));
  const from = Math.min(line.from + [...line.text].slice(0, one.column - 1).join("").length, line.to);
  const word = /^(?:"[^"]*"|'[^']*'|[^\s,{}[\]:]+)/.exec(document_.sliceString(from, line.to));
  return {from, to: from + (word ? word[0].length : Math.min(1, line.to - from)), severity: one.severity, message: words(one)};
};

const list = (findings) => {
  listed.replaceChildren(...findings.map((one) => {
    const item = document.createElement("li");
    item.className = one.severity;
    const goal = document.createElement("a");
    goal.href = `?line=${one.line}`;
    goal.textContent = `${one.line}:${one.column}`;
    goal.dataset.line = one.line;
    goal.dataset.column = one.column;
    const severity = document.createElement("b");
    severity.textContent = one.severity;
    item.append(goal, " ", severity, ` ${one.message}`);
    if (one.mend) {
      const mend = document.createElement("span");
      mend.className = "mend";
      mend.textContent = one.mend;
      item.append(" ", mend);
    }
    return item;
  }));
};

const came = {text: field.value, findings: JSON.parse(form.dataset.known)};
const check = async (view) => {
  const text = view.state.doc.toString();
  if (text === came.text && state.dataset.checked === undefined) return came.findings.map(diagnostic(view.state.doc));
  state.dataset.checked = "";
  try {
    const body = new URLSearchParams({text});
    const answer = await fetch(form.dataset.check, {method: "POST", body, signal: AbortSignal.timeout(PATIENCE)});
    const said = answer.ok ? await answer.json() : {error: answer.status === 401 ? LOGGED_OUT : "The draft could not be checked."};
    if (said.error) {
      state.textContent = said.error;
      return [];
    }
    const name = decodeURIComponent(form.getAttribute("action").split("/").pop());
    const here = said.findings.filter((one) => one.file === name);
    list(here);
    const others = said.findings.length - here.length;
    const count = here.length ? `${here.length} ${here.length === 1 ? "finding" : "findings"} here` : "Nothing found here";
    state.textContent = `${text === saved ? "" : "Not saved yet. "}${count}${others ? `, ${others} in other files` : ""}.`;
    return here.map(diagnostic(view.state.doc));
  } catch {
    state.textContent = "The draft could not be checked: the server does not answer.";
    return [];
  }
};

const save = (view) => {
  field.value = view.state.doc.toString();
  saved = field.value;
  form.requestSubmit();
  return true;
};

const root = place.attachShadow({mode: "open"});
const box = document.createElement("div");
box.style.height = "100%";
root.append(box);
const view = new EditorView({
  root,
  parent: box,
  state: EditorState.create({
    doc: field.value,
    extensions: [
      lineNumbers(), lintGutter(), history(), drawSelection(), indentOnInput(), bracketMatching(),
      highlightActiveLine(), highlightActiveLineGutter(), highlightSelectionMatches(), EditorView.lineWrapping,
      yaml(), syntaxHighlighting(colours), look,
      autocompletion({override: [completing(form.dataset.schema, JSON.parse(form.dataset.names))]}),
      linter(check, {delay: PAUSE}),
      EditorState.tabSize.of(2),
      EditorView.contentAttributes.of({"aria-label": document.querySelector("label[for=text]").textContent, spellcheck: "false"}),
      // Tab is not among them: it leads on, as everywhere on the page.
      keymap.of([{key: "Mod-s", run: save, preventDefault: true}, ...completionKeymap, ...searchKeymap, ...historyKeymap, ...lintKeymap, ...defaultKeymap]),
    ],
  }),
});
field.hidden = true;
place.hidden = false;
document.querySelector(".keys-help").hidden = false;

const goTo = (line, column = 1) => {
  const there = view.state.doc.line(Math.min(Math.max(line, 1), view.state.doc.lines));
  const at = Math.min(there.from + column - 1, there.to);
  view.dispatch({selection: {anchor: at}, effects: EditorView.scrollIntoView(at, {y: "center"})});
  view.focus();
};
listed.addEventListener("click", (event) => {
  const goal = event.target.closest("a[data-line]");
  if (!goal) return;
  event.preventDefault();
  goTo(Number(goal.dataset.line), Number(goal.dataset.column));
});
if (form.dataset.line) goTo(Number(form.dataset.line));
form.addEventListener("submit", () => { saved = field.value = view.state.doc.toString(); });
addEventListener("beforeunload", (event) => { if (view.state.doc.toString() !== saved) event.preventDefault(); });
addEventListener("keydown", (event) => {
  if (event.key === "s" && (event.ctrlKey || event.metaKey) && !event.altKey && !event.defaultPrevented) {
    event.preventDefault();
    save(view);
  }
});
