// What a step of the passes looks like in the network. Terms leave along the lines, their numbers
// changing on the way, and stack up beside the unit that adds them: values, filled, to its left;
// gradients, hollow, to its right. A step that is only shown has the same marks, and no motion.
import { $, real, still, svg, text } from "./dom.js";
import { gateOf, lossPlace, onRebuilt, unitsOf, wiresOf } from "./network.js";
import { app, draws, grad, value } from "./store.js";

const TRAVEL = 700; // milliseconds, at the speed 1

const path = (layer, unit, what) => `layers.${layer}.neurons.${unit}.${what}`;
const fed = (layer, k) => (layer ? path(layer - 1, k, "a") : `x.${k}`);
const number = (of, ref) => real(of(ref));

// The terms that meet in each unit of a layer. Forward they are w·a and b, and add up to z;
// backward δ·w of each unit that it feeds, and add up to ∂L/∂a.
function forwardTerms(layer) {
  return unitsOf(layer).map(({ unit }) => {
    const terms = wiresOf(layer)
      .filter((wire) => wire.unit === unit)
      .map(({ ref, ends, few, place, k }) => {
        const a = number(value, fed(layer, k));
        return { from: a, to: a * number(value, ref), ends, few, place };
      });
    return [...terms, { to: number(value, path(layer, unit, "b")) }];
  });
}
function backwardTerms(layer) {
  const last = layer === app.view.sizes.length - 2;
  return unitsOf(layer).map((entry) => {
    if (last) {
      const { x, y, half } = lossPlace();
      const ends = { x1: entry.x + entry.half, y1: entry.y, x2: x - half, y2: y };
      const place = { x: (ends.x1 + ends.x2) / 2, y: (ends.y1 + ends.y2) / 2 - 4 };
      return [{ from: 1, to: number(grad, entry.ref), ends, few: true, place }];
    }
    return wiresOf(layer + 1)
      .filter((wire) => wire.k === entry.unit)
      .map(({ ref, ends, few, place, unit }) => {
        const delta = number(grad, path(layer + 1, unit, "z"));
        return { from: delta, to: delta * number(value, ref), ends, few, place };
      });
  });
}

const sign = (x) => (x < 0 ? "neg" : "pos");
// One term on the other, from the middle of the unit: those above zero upwards, the rest down.
function stacked(terms, scale, x, y, hollow) {
  let [above, below] = [y, y];
  return terms.map(({ to }) => {
    const height = Math.abs(to) * scale;
    const top = to < 0 ? below : above - height;
    if (to < 0) below += height;
    else above -= height;
    const kind = hollow ? "hollow" : "filled";
    return svg("rect", { class: `term ${kind} ${sign(to)}`, x, y: top, width: 8, height });
  });
}
const reach = (terms) => {
  const sum = (list) => list.reduce((total, { to }) => total + Math.abs(to), 0);
  return Math.max(sum(terms.filter(({ to }) => to > 0)), sum(terms.filter(({ to }) => to < 0)));
};

function marksOf(step) {
  const backward = step.phase === "backward";
  const terms = backward ? backwardTerms(step.layer) : forwardTerms(step.layer);
  const finite = terms.flat().every(({ to }) => Number.isFinite(to));
  const largest = Math.max(...terms.map(reach));
  if (!finite || !largest) return { terms: terms.map((list) => ({ list })), drawn: [] };
  const drawn = unitsOf(step.layer).map(({ x, y, half, unit }, i) => {
    const scale = (half + 10) / largest;
    const at = backward ? x + half + 5 : x - half - 15;
    const total = terms[i].reduce((sum, { to }) => sum + to, 0);
    const stack = stacked(terms[i], scale, at, y, backward);
    const line = svg("line", {
      class: "total",
      x1: at - 3,
      x2: at + 11,
      y1: y - total * scale,
      y2: y - total * scale,
    });
    const gate = backward && gateOf(step.layer, unit);
    return [...stack, line, ...(gate ? [gate] : [])];
  });
  return { terms: terms.map((list) => ({ list })), drawn };
}

// What arrives, in the place of the weight that it has passed.
function chip({ to, few, place }, backward) {
  if (!few || !place) return null;
  const said = backward ? `← ${text(to, 2)}` : `${text(to, 2)} →`;
  return svg("text", { class: "chipped", ...place, "text-anchor": "middle" }, said);
}

// A term on its way: it leaves as what the giver has, and becomes what arrives.
function travel(term, backward, milliseconds) {
  const { from, to, ends } = term;
  if (!ends) return;
  const [start, end] = [
    { x: ends.x1, y: ends.y1 },
    { x: ends.x2, y: ends.y2 },
  ];
  const way = backward ? [end, start] : [start, end];
  const size = 4 + 4 * Math.min(1, Math.sqrt(Math.abs(to)));
  const dot = svg("circle", { class: backward ? `going ${sign(to)}` : `dot ${sign(to)}`, r: size });
  const parts = [dot];
  if (term.few) {
    const attributes = { class: "chipped", y: -10, "text-anchor": "middle" };
    const [before, after] = [from, to].map((x) => svg("text", attributes, text(x, 2)));
    const timing = { duration: milliseconds, fill: "both" };
    before.animate({ opacity: [1, 1, 0, 0] }, timing);
    after.animate({ opacity: [0, 0, 1, 1] }, timing);
    parts.push(before, after);
  }
  const group = svg("g", {}, ...parts);
  $("motion").append(group);
  const frames = way.map(({ x, y }) => ({ transform: `translate(${x}px, ${y}px)` }));
  const gone = () => group.remove();
  group
    .animate(frames, { duration: milliseconds, easing: "ease-in-out" })
    .finished.then(gone, gone);
}

let drawnFor = "";
function drawStep() {
  const host = $("stacks");
  if (!host || !app.view) return;
  const { step } = app;
  const shown = step?.layer !== undefined && app.mode === "layer" && !app.blank;
  const key = shown ? `${app.at}|${app.view.refs.L.value}|${step.text}` : "";
  if (key === drawnFor) return;
  drawnFor = key;
  host.replaceChildren();
  if (!shown) return;
  const backward = step.phase === "backward";
  const { terms, drawn } = marksOf(step);
  for (const { list } of terms) {
    host.append(...list.map((term) => chip(term, backward)).filter(Boolean));
  }
  host.append(...drawn.flat());
}
onRebuilt(() => {
  drawnFor = "";
});

// Play a step: terms travel, then what they stack up to appears, then the gate lets through.
export function play(step, seconds) {
  drawStep();
  if (still() || !$("motion")) return;
  const backward = step.phase === "backward",
    milliseconds = TRAVEL * seconds;
  const { terms } = marksOf(step);
  for (const { list } of terms) for (const term of list) travel(term, backward, milliseconds);
  for (const part of $("stacks").children) {
    part.animate(
      { opacity: [0, 1] },
      { duration: 200 * seconds, delay: milliseconds, fill: "backwards" },
    );
  }
}

// After a step downhill each line keeps a ghost of what it was, and grows or shrinks from there.
let moved = null;
draws(() => {
  drawStep();
  const host = $("ghosts");
  if (!host || (moved === app.before && host.childElementCount > 0 === Boolean(moved))) return;
  const fresh = moved !== app.before;
  moved = app.before;
  host.replaceChildren();
  if (!moved) return;
  for (let layer = 0; layer < app.view.sizes.length - 1; layer++) {
    for (const { ref, wire, ends, widthOf } of wiresOf(layer)) {
      const before = widthOf(real(moved[ref]?.value));
      host.append(svg("line", { class: "ghost", "stroke-width": before + 5, ...ends }));
      if (fresh && !still()) {
        const now = Number(wire.getAttribute("stroke-width"));
        wire.animate({ strokeWidth: [before, now].map((width) => `${width}px`) }, TRAVEL);
      }
    }
  }
});
