// What the page knows, and the one loop by which it asks Python and draws.
import { isKnob, nameOf, names, real } from "./dom.js";
import { SCENES } from "./words.js";

export const app = {
  scene: 0,
  view: null,
  cards: null,
  scalars: null,
  slice: null,
  gate: null,
  formula: null,
  contour: null,
  maps: null,
  points: { x: [], y: [] },
  why: null,
  curve: [],
  saved: null, // the state to come back to, and which start it belongs to
  savedOf: null,
  wanted: null, // the start that was asked for last, and the one that Python has
  loaded: null,
  starts: {},
  lesson: "",
  kept: {},
  pins: [],
  hover: null,
  lens: "scalars",
  tab: "net",
  known: null,
  step: null,
  before: null,
  wrong: {},
  engine: null,
  ready: false,
  done: new Set(),
  passed: new Set(),
  asked: new Set(),
  film: null,
  theirs: null,
  told: {},
  roads: "assign",
  problem: "",
};

export const drawers = [];
export const draws = (drawer) => drawers.push(drawer);
let asked = 0;
export function redraw() {
  asked ||= requestAnimationFrame(drawNow);
}
export function drawNow() {
  cancelAnimationFrame(asked);
  asked = 0;
  names.single = app.view?.sizes.join() === "1,1";
  for (const drawer of drawers) drawer();
}

export const value = (ref) => app.view?.refs[ref]?.value;
// Of a learner's backward pass, as long as it is of the numbers that are shown.
const theirs = () => (app.theirs?.of === app.view && isAt("code") ? app.theirs.grads : null);
export const grad = (ref) => theirs()?.[ref] ?? app.view?.refs[ref]?.grad;
// A scene names its pin at once, but the network that has it comes with Python's answer.
export const pinned = () => app.pins.findLast((ref) => app.view?.refs[ref]) ?? null;
export const shape = () => `${app.view.sizes}|${app.view.activations}|${app.view.loss}`;
export const hasValue = (ref) => !app.known || app.known.value(ref);
export const isAt = (name) => SCENES[app.scene].name === name;
// In the first scene no gradient is seen before it has been guessed; in the second, not before it
// was found step by step, or was measured. In the last one, three are asked for.
const VEILS = {
  knob: () => !app.done.has(`${app.scene}.1`),
  chain: () => !app.done.has("task.walked") && !app.done.has(`${app.scene}.2`),
};
export const veiled = () => VEILS[SCENES[app.scene].name]?.() ?? false;
export const veiledHere = () => veiled() && !(isAt("chain") && app.known);
export const isAsked = (ref) => isAt("code") && app.asked.has(ref);
export const hasGrad = (ref) =>
  !veiledHere() && !isAsked(ref) && (!app.known || app.known.grad(ref));

// What follows from a state: asked together with what changes it, so that all views change at once.
const SPAN = 2,
  FINE = 16;
export const REACH = 2.5; // of the data plane, from its middle
export const zOf = (ref) => ref.replace(/a$/, "z");
const gateHolds = (pin) =>
  app.gate?.ref === pin && Math.abs(real(value(zOf(pin)))) < real(app.gate.x.at(-1));
function follows(moved, updates) {
  const list = [];
  const pin = pinned();
  if (app.lens === "scalars") list.push({ do: "cards" });
  // Paths take longer: while a knob of a larger network turns, they wait until it rests.
  const small = app.view.sizes.length === 2;
  if (pin && (small || !moved)) list.push({ do: "why", ref: pin, limit: 6 });
  const kept = moved === pin && app.slice?.ref === pin;
  if (pin && isKnob(pin) && !kept) {
    // The window on the loss stays, so that the ball is seen to move.
    const stays =
      updates && app.slice?.ref === pin && Math.abs(real(grad(pin))) * app.view.rate < 1;
    const centre = stays ? { centre: real(app.slice.x[app.slice.x.length >> 1]) } : {};
    list.push({ do: "slice", ref: pin, span: SPAN, ...centre });
  }
  // The curve of a gate stays, too: only its ball moves, unless it leaves the picture.
  if (pin && /\.[az]$/.test(pin) && !(moved && gateHolds(pin))) list.push({ do: "gate", ref: pin });
  if (pin && !isKnob(pin)) list.push({ do: "formula", ref: pin });
  if (app.view.sizes[0] === 2) list.push({ do: "plane", n: FINE, span: REACH });
  return list;
}

// Python names numbers by their refs; people, by their places.
const REFS = /layers\.\d+\.neurons\.\d+\.(w\.\d+|[bza])|\b[xy]\.\d+/g;
function take(requests, answers) {
  let problem = "";
  requests.forEach((request, i) => {
    const answer = answers[i];
    if (answer.error !== undefined) {
      if (!request.quiet) problem = String(answer.error).replace(REFS, nameOf);
      return;
    }
    if (answer.refs) {
      // A step downhill leaves a trace of where it came from, until there is another network.
      if (request.do !== "view") app.before = request.do === "update" ? app.view.refs : null;
      app.view = answer;
    }
    if (request.do === "cards") app.cards = { of: app.view, ...answer };
    if (request.do === "why") app.why = { ref: request.ref, L: value("L"), ...answer };
    if (request.do === "slice") app.slice = { ref: request.ref, ...answer };
    if (request.do === "gate") app.gate = { ref: request.ref, ...answer };
    if (request.do === "formula") app.formula = { ref: request.ref, text: answer.text };
    if (request.do === "contour") app.contour = { pins: app.pins.join(), ...answer };
    if (request.do === "plane") app.maps = answer;
    if (request.do === "points") app.points = answer;
    if (request.do === "save") Object.assign(app, { saved: answer.state, savedOf: app.loaded });
    if (request.do === "scalars") app.scalars = { shape: shape(), ...answer };
    if (request.do === "train") longer(answer);
  });
  // What was undone, or belongs to other weights, is no part of the curve.
  if (app.curve.at(-1)?.epoch > app.view.epoch) {
    app.curve = app.curve.filter(({ epoch }) => epoch <= app.view.epoch);
  }
  // A problem stays until something else was done.
  if (problem || requests.some((request) => ACTS.has(request.do))) app.problem = problem;
}
function longer({ curve, epoch }) {
  curve.forEach((point, i) => {
    const numbers = Object.entries(point).map(([name, x]) => [name, real(x)]);
    app.curve.push({ epoch: epoch - curve.length + 1 + i, ...Object.fromEntries(numbers) });
  });
}
const ACTS = new Set([
  "set",
  "shape",
  "choose",
  "draw",
  "point",
  "undo",
  "redo",
  "update",
  "train",
  "refresh",
]);

// Answers, to what was asked or unasked: a notebook's kernel tells of changes by itself.
export function told(requests, answers) {
  take(requests, answers);
  // The pinned number may be gone with the layer that it was in.
  const left = app.pins.filter((ref) => app.view.refs[ref]);
  if (left.length !== app.pins.length) {
    app.pins = left;
    app.slice = app.contour = app.why = null;
  }
  redraw();
}

// What waits for Python, in the order in which it came: knobs that were turned, or requests.
let busy = false,
  joined = null;
const waiting = [];

// A knob: of each that waits only the last number is sent.
export function turn(ref, number) {
  const last = waiting.at(-1);
  if (!last?.turned || last.ends) waiting.push({ turned: new Map() });
  waiting.at(-1).turned.set(ref, number);
  pump();
}
// A drag is one step of undo; what comes after it is another.
export function endTurn() {
  const last = waiting.at(-1);
  if (last?.turned) last.ends = true;
  else joined = null;
}

// Anything else: requests, and then what follows. Resolves to the answers of the requests.
export function ask(...requests) {
  return new Promise((resolve) => {
    waiting.push({ requests, resolve });
    pump();
  });
}

function setters(turned) {
  const list = [...turned];
  return list.map(([ref, number]) => ({ do: "set", ref, value: number, join: joined === ref }));
}

async function pump() {
  if (busy || !waiting.length) return;
  busy = true;
  const { turned, ends, resolve, ...asked } = waiting.shift();
  const requests = asked.requests ?? setters(turned);
  const moved = turned?.size === 1 ? [...turned.keys()][0] : null;
  joined = ends ? null : moved;
  // What follows was chosen for the shape before: another shape may have no answer to it.
  const updates = requests.some((request) => request.do === "update");
  const after = follows(moved, updates).map((request) => ({ ...request, quiet: true }));
  const all = [...requests, ...after];
  const answers = await app.engine.ask(all.map(({ quiet, ...request }) => request));
  busy = false;
  if (answers) told(all, answers);
  resolve?.(answers ? answers.slice(0, requests.length) : null);
  settle();
  pump();
}

// What may come a moment later: the state to keep, the drawing of the scalars, the contour.
let later = 0;
export function settle(delay = 180) {
  clearTimeout(later);
  later = setTimeout(async () => {
    if (busy || waiting.length) return settle();
    busy = true;
    const requests = [{ do: "save" }];
    const pin = pinned();
    if (pin && app.why?.L !== value("L")) requests.push({ do: "why", ref: pin, limit: 6 });
    // A new layout takes long: only for another graph, or to step through numbers that changed.
    const other = app.scalars?.shape !== shape() || app.mode === "op";
    const drawn = app.lens === "scalars" && !isAt("roads");
    if (drawn && other && app.stale !== app.view) requests.push({ do: "scalars" });
    if (app.pins.length === 2 && app.pins.every(isKnob)) {
      const [first, second] = app.pins;
      requests.push({ do: "contour", first, second, span: SPAN });
    }
    const marked = app.view;
    const answers = await app.engine.ask(requests);
    busy = false;
    if (answers) {
      take(requests, answers);
      if (requests.some((request) => request.do === "scalars")) app.stale = marked;
      redraw();
    }
    pump();
  }, delay);
}

export function pin(ref, also = false) {
  const others = app.pins.filter((other) => other !== ref);
  app.pins = also ? [...others.slice(-1), ref] : [ref];
  app.contour = null;
  redraw();
  if (app.ready) ask();
}
export function point(ref) {
  if (app.hover === ref) return;
  app.hover = ref;
  redraw();
}

// Numbers that stand anywhere on the page: <… data-num="value:ref"> or "grad:ref", "slope:ref".
let bound = null;
export const rebind = () => {
  bound = null;
};
export function paintNumbers(write) {
  bound ??= [...document.querySelectorAll("[data-num]")].map((element) => {
    const [kind, ref] = element.dataset.num.split(":");
    return { element, kind, ref };
  });
  for (const one of bound) write(one);
}
