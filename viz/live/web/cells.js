// The cells: an editor, Run, Stop, Reset, Hint, the output as it comes, and what was checked.
import { $, el } from "./dom.js";
import { functionPlot } from "./evidence.js";
import { cleaned, dress } from "./scalars.js";
import { app, draws, redraw } from "./store.js";

let tasks = {},
  boxes = {},
  loading = null;
export const codes = {}; // what the learner has written, by cell: kept in the address

async function editorOf(host, code, options) {
  const shadow = host.attachShadow({ mode: "open" });
  loading ??= import(
    URL.createObjectURL(new Blob([app.engine.kit.editor], { type: "text/javascript" }))
  );
  return (await loading).editor(shadow, code, options);
}

export function prepare(given) {
  tasks = given;
  if (!$("code").hidden) open();
}

export function open() {
  if (!Object.keys(tasks).length) {
    $("code").replaceChildren(
      el("p", { class: "quiet" }, "The cells come with Python, which is starting."),
    );
    return;
  }
  if (Object.keys(boxes).length) return;
  $("code").replaceChildren();
  for (const [name, task] of Object.entries(tasks)) $("code").append(box(name, task));
}

function box(name, { title, task, code, hint }) {
  const host = el("div", { class: "editor" }),
    out = el("div", { class: "out", hidden: true, "aria-live": "polite" });
  const checks = el("ul"),
    tip = el("p", { class: "hint", hidden: true }, hint);
  const button = (said, id, onclick) =>
    el("button", { type: "button", id: `${id}-${name}`, onclick }, said);
  const run = button("Run", "run", () => start(name));
  const stop = button("Stop", "stop", () => app.engine.stop());
  stop.disabled = true;
  run.className = "main";
  const reset = button("Reset", "reset", () => {
    boxes[name].editor.code = code;
  });
  const help = button("Hint", "hint", () => {
    tip.hidden = !tip.hidden;
  });
  boxes[name] = { out, checks, run, stop };
  const begun = codes[name] ?? code;
  editorOf(host, begun, {
    label: `Code: ${title}`,
    onRun: () => start(name),
    onChange: () => {
      codes[name] = boxes[name].editor.code;
    },
  }).then((editor) => {
    boxes[name].editor = editor;
  });
  return el(
    "section",
    { class: "cellbox", "aria-label": title },
    el("h2", {}, title),
    el("p", {}, task),
    host,
    el(
      "div",
      { class: "bar" },
      run,
      stop,
      reset,
      help,
      el("span", { class: "quiet" }, "Ctrl Enter runs"),
    ),
    tip,
    out,
    checks,
  );
}

function start(name) {
  if (app.engine.running !== null || !boxes[name].editor) return;
  const { out, checks, run, stop } = boxes[name];
  out.replaceChildren();
  out.hidden = false;
  checks.replaceChildren();
  for (const other of Object.values(boxes)) other.run.disabled = true;
  run.disabled = true;
  stop.disabled = false;
  app.wrong = {};
  app.engine.run(name, boxes[name].editor.code);
}

export const editing = () =>
  Object.values(boxes).length > 0 && Object.values(boxes).every((box) => box.editor);

export function write(name, wrong, said) {
  const out = boxes[name]?.out;
  if (!out) return;
  out.append(wrong ? el("span", { class: "err" }, said) : said);
  scrolled.add(out);
  redraw();
}

const scrolled = new Set();
draws(() => {
  for (const out of scrolled) out.scrollTop = out.scrollHeight;
  scrolled.clear();
});

export function show(name, said, isPicture) {
  const out = boxes[name]?.out;
  if (!out) return;
  if (!isPicture) {
    out.append(said + "\n");
    return;
  }
  const host = el("div"),
    { picture, rules } = cleaned(said);
  const shadow = host.attachShadow({ mode: "open" });
  dress(shadow, `${rules}\nsvg { max-width: 100%; height: auto; }`);
  shadow.append(picture);
  out.append(host);
}

export function finished(name, result, why) {
  const found = boxes[name];
  for (const other of Object.values(boxes)) {
    other.run.disabled = false;
    other.stop.disabled = true;
  }
  if (!found) return;
  if (why) write(name, true, `${why}\n`);
  if (!found.out.textContent && !found.out.children.length) found.out.hidden = true;
  const checks = Array.isArray(result?.checks) ? result.checks : [];
  found.checks.replaceChildren(
    ...checks.map((check) =>
      el("li", { class: check.ok ? "" : "err" }, check.ok ? "✓ " : "✗ ", String(check.text)),
    ),
  );
  for (const check of checks) if (!check.ok && check.ref) app.wrong[String(check.ref)] = true;
  if (result?.curve) found.checks.append(el("li", {}, functionPlot(result.curve)));
  redraw();
}
