// The cells: an editor, Run, Stop, Reset, Hint, the output as it comes, and what was checked.
import { $, el, real, text } from "./dom.js";
import { functionPlot } from "./evidence.js";
import { cleaned, dress } from "./scalars.js";
import { app, draws, redraw } from "./store.js";
import { all, go, play, rest } from "./timeline.js";
import { say } from "./words.js";

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
    $("code").replaceChildren(el("p", { class: "quiet" }, say("cells.later")));
    return;
  }
  if (Object.keys(boxes).length) return;
  $("code").replaceChildren();
  for (const [name, task] of Object.entries(tasks)) $("code").append(box(name, task));
}

function box(name, given) {
  const { title, task, code, hint } = given;
  const host = el("div", { class: "editor" }),
    out = el("div", { class: "out", hidden: true, "aria-live": "polite" });
  const checks = el("ul"),
    tip = el("p", { class: "hint", hidden: true }, hint);
  const button = (said, id, onclick) =>
    el("button", { type: "button", id: `${id}-${name}`, onclick }, said);
  const run = button(say("cells.run"), "run", () => start(name));
  const stop = button(say("cells.stop"), "stop", () => app.engine.stop());
  stop.disabled = true;
  run.className = "main";
  let first = code;
  const reset = button(say("cells.reset"), "reset", () => {
    boxes[name].editor.code = first;
  });
  const others = Object.entries(given.others ?? {}).map(([said, other], i) =>
    button(said, `other${i}`, () => {
      first = boxes[name].editor.code = other;
    }),
  );
  const help = button(say("cells.hint"), "hint", () => {
    tip.hidden = !tip.hidden;
  });
  boxes[name] = { out, checks, run, stop };
  const begun = codes[name] ?? code;
  editorOf(host, begun, {
    label: say("cells.code", { title }),
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
      ...others,
      help,
      el("span", { class: "quiet" }, say("cells.keys")),
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
  run.textContent = say("cells.running");
  stop.disabled = false;
  app.wrong = {};
  app.theirs = null;
  if (name === "train") {
    app.film = null;
    rest();
  }
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
  if (app.theirs && app.theirs.of !== app.view) {
    app.theirs = null;
    app.wrong = {};
  }
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
  out.append(drawing(said));
}
function drawing(said) {
  const host = el("div"),
    { picture, rules } = cleaned(said);
  const shadow = host.attachShadow({ mode: "open" });
  dress(shadow, `${rules}\nsvg { max-width: 100%; height: auto; }`);
  shadow.append(picture);
  return host;
}

// What a training shows: points, and epochs with their numbers and maps. It is a learner's data.
const MOST = 2000;
const NUMBERS = ["epoch", "loss", "accuracy", "test_loss", "test_accuracy"];
const rowsOf = (rows) =>
  Array.isArray(rows) && rows.length && rows.every(Array.isArray)
    ? rows.map((row) => row.map((x) => real(x) || 0))
    : null;
function placed(points) {
  const [x, y] = [rowsOf(points?.x) ?? [], Array.isArray(points?.y) ? points.y : []];
  const near = x.slice(0, MOST).filter((row) => row.length > 1);
  return {
    x: near.map((row) => row.slice(0, 2)),
    y: y.map((one) => Math.abs(Math.trunc(one)) || 0),
  };
}
export function film(name, told) {
  if (told === null || typeof told !== "object") return;
  app.film ??= { curve: [], frames: [], steps: [], points: { x: [], y: [] }, test: null };
  const { curve, frames, steps } = app.film;
  if (told.points) app.film.points = placed(told.points);
  if (told.test) app.film.test = placed(told.test);
  const seen = {};
  if (rowsOf(told.map)) seen.map = rowsOf(told.map);
  if (rowsOf(told.classes)) seen.classes = rowsOf(told.classes);
  if (told.epoch !== undefined && curve.length < MOST) {
    const point = {};
    for (const key of NUMBERS) if (told[key] !== undefined) point[key] = real(told[key]);
    curve.push(point);
    frames.push({ ...frames.at(-1), ...seen });
    const values = { epoch: point.epoch, loss: text(point.loss, 4) };
    steps.push({ phase: "epoch", text: say("film.epoch", values) });
  } else if (frames.length) {
    Object.assign(frames.at(-1), seen);
  }
  redraw();
}

// The gradients of a learner's backward pass stand in the network, and go back through it.
function theirs({ grads, wrong }, found) {
  const known = Object.keys(app.view.refs);
  const own = Object.fromEntries(known.map((ref) => [ref, real(grads[ref] ?? NaN)]));
  app.theirs = { of: app.view, grads: own };
  for (const ref of known) if (wrong?.includes(ref)) app.wrong[ref] = true;
  const count = Object.keys(app.wrong).length;
  found.checks.append(el("li", {}, say(count ? "cells.rings.wrong" : "cells.rings", { count })));
  app.mode = "layer";
  app.film = null;
  rest();
  go(
    all().findIndex((step) => step.phase === "loss"),
    false,
  );
  play();
}

export function finished(name, result, why) {
  const found = boxes[name];
  for (const other of Object.values(boxes)) {
    other.run.disabled = false;
    other.run.textContent = say("cells.run");
    other.stop.disabled = true;
  }
  if (!found) return;
  if (why) write(name, true, `${why}\n`);
  if (!found.out.textContent && !found.out.children.length) found.out.hidden = true;
  const checks = Array.isArray(result?.checks) ? result.checks : [];
  const right = checks.length > 0 && checks.every((check) => check.ok);
  if (right) app.passed.add(name);
  app.cells = Object.keys(tasks).length;
  found.checks.replaceChildren(
    ...checks.map((check) =>
      el("li", { class: check.ok ? "" : "err" }, check.ok ? "✓ " : "✗ ", String(check.text)),
    ),
  );
  if (right) found.checks.append(el("li", { class: "all" }, say("cells.all")));
  if (typeof result?.fault?.svg === "string") {
    const expression = String(result.fault.text);
    found.checks.append(
      el("li", {}, say("cells.fault", { expression }), drawing(result.fault.svg)),
    );
  }
  if (name === "backward" && result?.grads) theirs(result, found);
  for (const check of checks) if (!check.ok && check.ref) app.wrong[String(check.ref)] = true;
  if (result?.curve) found.checks.append(el("li", {}, functionPlot(result.curve)));
  redraw();
}
