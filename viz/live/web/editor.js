// The editor of the cells: CodeMirror, in a shadow root, where its styles need no exception from
// the page's policy.
import { python } from "@codemirror/lang-python";
import { HighlightStyle, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { tags } from "@lezer/highlight";
import { EditorState } from "@codemirror/state";
import { EditorView, keymap } from "@codemirror/view";
import { indentWithTab } from "@codemirror/commands";
import { basicSetup } from "codemirror";

const look = EditorView.theme({
  "&": { fontSize: "14px", backgroundColor: "var(--bg)", color: "var(--text)" },
  ".cm-content": { caretColor: "var(--text)", fontFamily: "ui-monospace, monospace" },
  ".cm-gutters": { backgroundColor: "var(--neutral)", color: "var(--quiet)", border: "none" },
  "&.cm-focused": { outline: "3px solid var(--hi)" },
  ".cm-cursor": { borderLeftColor: "var(--text)" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "var(--neutral)" },
  "&.cm-focused .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "var(--p1) !important",
  },
});

// The colours of the page, which follow its theme.
const colours = syntaxHighlighting(
  HighlightStyle.define([
    { tag: tags.keyword, color: "var(--hi)" },
    { tag: [tags.number, tags.bool, tags.null], color: "var(--pos)" },
    { tag: [tags.string, tags.special(tags.string)], color: "var(--neg)" },
    { tag: tags.comment, color: "var(--quiet)", fontStyle: "italic" },
    { tag: tags.function(tags.definition(tags.variableName)), color: "var(--pos)" },
  ]),
);

// Tab leaves the editor after Escape, so that nobody is caught in it.
export function editor(root, code, { label, onRun, onChange }) {
  const run = {
    key: "Mod-Enter",
    run: () => {
      onRun();
      return true;
    },
  };
  const extensions = [
    keymap.of([run, indentWithTab]),
    basicSetup,
    python(),
    colours,
    indentUnit.of("    "),
    look,
    EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0" }),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) onChange();
    }),
  ];
  const view = new EditorView({ state: EditorState.create({ doc: code, extensions }), root });
  root.append(view.dom);
  return {
    get code() {
      return view.state.doc.toString();
    },
    set code(text) {
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
    },
    focus: () => view.focus(),
  };
}
