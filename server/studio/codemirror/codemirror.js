// What the text editor needs of CodeMirror, as one script; `edit_text.js` puts it together.
export {autocompletion, completionKeymap, startCompletion} from "@codemirror/autocomplete";
export {defaultKeymap, history, historyKeymap} from "@codemirror/commands";
export {yaml} from "@codemirror/lang-yaml";
export {bracketMatching, HighlightStyle, indentOnInput, syntaxHighlighting} from "@codemirror/language";
export {forceLinting, linter, lintGutter, lintKeymap, setDiagnostics} from "@codemirror/lint";
export {highlightSelectionMatches, openSearchPanel, searchKeymap} from "@codemirror/search";
export {EditorState} from "@codemirror/state";
export {drawSelection, EditorView, highlightActiveLine, highlightActiveLineGutter, keymap, lineNumbers} from "@codemirror/view";
export {tags} from "@lezer/highlight";
