// The network: weights as lines, units with their activation and the map of it, δ as rings.
import {
  $,
  css,
  el,
  isKnob,
  nameOf,
  parts,
  real,
  shade,
  still,
  svg,
  text,
  wordsOf,
} from "./dom.js";
import {
  app,
  draws,
  endTurn,
  grad,
  hasGrad,
  hasValue,
  pin,
  pinned,
  point,
  rebind,
  redraw,
  shape,
  turn,
  value,
} from "./store.js";
import { say } from "./words.js";

const stage = $("net");
const canvas = el("canvas", { "aria-hidden": "true" });
const picture = svg("svg", { tabindex: 0, role: "application", id: "stage-net" });
stage.append(canvas, picture);

let size = [0, 0],
  drawn = "",
  places = {},
  wires = [],
  units = [],
  widest = 0,
  moving = null;
const widthOf = (w) => 1 + 6 * Math.min(1, Math.abs(w) / (widest || 1));

new ResizeObserver(() => {
  size = [stage.clientWidth, stage.clientHeight];
  drawn = "";
  redraw(); // with the numbers in it
}).observe(stage);

const unitRef = (layer, unit) => (layer < 0 ? `x.${unit}` : `layers.${layer}.neurons.${unit}.a`);

function layOut() {
  const [width, height] = size,
    { sizes } = app.view;
  const left = 64,
    right = 70,
    columns = sizes.length;
  const across = (width - left - right) / columns;
  const room = Math.min(...sizes.map((count) => (height - 24) / count));
  const dense = room < 62;
  const side = Math.max(16, Math.min(52, room - (dense ? 8 : 38), across * 0.42));
  places = {};
  sizes.forEach((count, column) => {
    const top = dense ? 2 : 20,
      step = (height - top - 4) / count;
    for (let unit = 0; unit < count; unit++) {
      const y = top + step * (unit + 0.5) - (dense ? 0 : 9);
      places[unitRef(column - 1, unit)] = { x: left + across * column, y, side };
    }
  });
  places.L = { x: width - 46, y: height / 2 - 8, side: Math.min(46, side + 6) };
  return { side, dense, tight: across < 105 };
}

function label(x, y, num, attributes = {}) {
  return svg("text", { x, y, "text-anchor": "middle", "data-num": num, ...attributes });
}

function build() {
  const { sizes, activations } = app.view;
  const { side, dense, tight } = layOut();
  wires = [];
  units = [];
  picture.replaceChildren();
  const back = svg("g"),
    marks = svg("g", { id: "marks" }),
    front = svg("g");
  const few = !tight && !dense && sizes.slice(1).every((count, i) => count * sizes[i] <= 6);
  const last = sizes.length - 2;
  for (let layer = 0; layer <= last; layer++) {
    for (let unit = 0; unit < sizes[layer + 1]; unit++) {
      const to = places[unitRef(layer, unit)];
      for (let k = 0; k < sizes[layer]; k++) {
        const from = places[unitRef(layer - 1, k)];
        const ref = `layers.${layer}.neurons.${unit}.w.${k}`;
        const ends = {
          x1: from.x + side / 2,
          y1: from.y,
          x2: to.x - side / 2 - (dense ? 2 : 4),
          y2: to.y,
        };
        const wire = svg("line", { class: "wire", ...ends });
        const hit = svg("line", { class: "hit", "data-ref": ref, ...ends });
        const share = 0.24 + (0.52 * (k + 0.5)) / sizes[layer];
        const x = ends.x1 + share * (ends.x2 - ends.x1);
        const y = ends.y1 + share * (ends.y2 - ends.y1) - 3;
        const said = label(x, y, `value:${ref}`);
        back.append(wire, hit);
        front.append(said);
        wires.push({ ref, wire, said, few, ends, place: { x, y }, layer, unit, k, widthOf });
      }
    }
  }
  for (const [ref, { x, y }] of Object.entries(places)) {
    const { kind, layer, unit, i } = parts(ref);
    const half = (kind === "L" ? places.L.side : side) / 2;
    const round = kind !== "a";
    const body = svg("rect", {
      class: "unit",
      "data-ref": ref,
      x: x - half,
      y: y - half,
      width: 2 * half,
      height: 2 * half,
      rx: round ? half : 7,
    });
    back.append(body);
    const below = dense && kind === "a" ? y + 5 : y + half + 16;
    const middle = dense && kind === "a" ? x + half + 30 : x;
    const inside = dense && kind === "x";
    const said = label(
      kind === "x" && inside ? x - half - 22 : middle,
      inside ? y + 5 : below,
      `value:${ref}`,
    );
    front.append(said);
    const entry = { ref, kind, layer, unit, body, said, x, y, half };
    if (kind === "L") front.append(svg("text", { x, y: y + 5, "text-anchor": "middle" }, "L"));
    if (kind === "x") {
      if (!dense && side > 38)
        front.append(
          svg("text", { x, y: y + 5, "text-anchor": "middle" }, nameOf(ref)),
        );
    }
    if (kind === "a") {
      Object.assign(entry, { tight, cramped: dense && tight });
      entry.ring = svg("circle", { class: "ring", cx: x + half + 9, cy: y - half + 2, r: 0 });
      entry.gate = svg("line", { class: "gate", y1: y + half + 1, y2: y + half + 1, x1: x, x2: x });
      front.append(entry.ring);
      if (!dense) {
        const delta = { "text-anchor": "start", class: "quiet" };
        const z = `layers.${layer}.neurons.${unit}.z`;
        entry.delta = label(x + half + 20, y - half + 6, `grad:${z}`, delta);
        front.append(entry.gate, entry.delta);
      } else {
        front.append(entry.gate);
      }
      const bias = `layers.${layer}.neurons.${unit}.b`;
      const lines = [-0.5, 0, 0.5].map((at) => {
        const [left, top] = [
          x - half + Math.max(0, at) * 2 * half,
          y - half - Math.min(0, at) * 2 * half,
        ];
        const length = (1 - Math.abs(at)) * 2 * half;
        return `M${left} ${top + length}l${length} ${-length}`;
      });
      entry.shut = svg("path", { class: "shut", d: lines.join(""), visibility: "hidden" });
      front.append(entry.shut);
      const edge = Math.min(12, side / 2);
      entry.bias = svg("rect", {
        class: "bias",
        "data-ref": bias,
        x: x - half - edge / 2,
        y: y + half - edge / 2,
        width: edge,
        height: edge,
      });
      front.append(entry.bias);
      if (layer === last && sizes.at(-1) > 1) entry.target = true;
      back.append(
        svg("line", {
          class: "wire zero",
          x1: x + half,
          y1: y,
          x2: places.L.x - places.L.side / 2,
          y2: places.L.y,
          visibility: layer === last ? "visible" : "hidden",
        }),
      );
    }
    units.push(entry);
  }
  const { L } = places;
  Object.keys(app.view.refs)
    .filter((ref) => ref.startsWith("y."))
    .forEach((ref, i) => {
      const y = L.y + L.side / 2 + 40 + 20 * i;
      front.append(svg("text", { x: L.x - 26, y, "text-anchor": "end", class: "quiet" }, "y"));
      front.append(label(L.x, y, `value:${ref}`, { "data-ref": ref }));
    });
  sizes.slice(1).forEach((_, layer) => {
    const { x } = places[unitRef(layer, 0)];
    if (dense || (tight && activations[layer] === activations[layer - 1])) return;
    front.append(
      svg("text", { x, y: 14, "text-anchor": "middle", class: "quiet" }, activations[layer]),
    );
  });
  const layer = (id) => svg("g", { id });
  picture.append(layer("ghosts"), back, layer("stacks"), front, marks, layer("motion"));
  drawn = `${shape()}|${size}`;
  rebind();
  for (const hears of rebuilt) hears();
}

const strongest = (refs, of) =>
  Math.max(0, ...refs.map((ref) => Math.abs(real(of(ref)))).filter(Number.isFinite));

function draw() {
  if (!app.view || size[0] < 80 || size[1] < 60) return;
  if (drawn !== `${shape()}|${size}`) build();
  const refs = Object.keys(app.view.refs);
  widest = strongest(
    refs.filter((ref) => ref.includes(".w.")),
    value,
  );
  const warmest = strongest(
    refs.filter((ref) => ref.endsWith(".z")),
    grad,
  );
  const brightest = strongest(
    refs.filter((ref) => /^x|\.a$/.test(ref)),
    value,
  );
  const shown = [app.hover, pinned(), app.step?.ref];
  const { phase, layer: reached } = (app.mode === "layer" && app.step) || {};
  const passed = phase === "backward" ? reached + 1 : reached; // the lines that a step goes over
  for (const { ref, wire, said, few, layer } of wires) {
    const w = real(value(ref));
    const sign = w > 0 ? "pos" : "neg";
    wire.setAttribute("class", `wire ${w ? sign : "zero"}`);
    wire.setAttribute("stroke-width", widthOf(w));
    const seen = (few && layer !== passed) || shown.includes(ref);
    said.setAttribute("visibility", seen ? "visible" : "hidden");
  }
  for (const entry of units) {
    const { ref, kind, layer, unit, body, x, half } = entry;
    const depth = kind === "L" ? "" : shade(value(ref), kind === "y" ? 1 : brightest);
    const mapped = kind === "a" && app.maps?.maps[ref] && app.view.sizes[0] === 2;
    const fill = hasValue(ref) && depth ? `var(--${depth})` : "var(--neutral)";
    body.setAttribute("fill", mapped && hasValue(ref) ? "transparent" : fill);
    body.setAttribute("stroke-dasharray", real(value(ref)) < 0 && kind !== "L" ? "5 3" : "none");
    if (kind !== "a") continue;
    const z = `layers.${layer}.neurons.${unit}.z`,
      delta = real(grad(z));
    const share = hasGrad(z) && warmest ? Math.sqrt(Math.abs(delta) / warmest) : 0;
    entry.ring.setAttribute("r", Math.min(9, half * 0.6) * share);
    entry.ring.setAttribute("stroke", delta < 0 ? "var(--neg)" : "var(--pos)");
    entry.ring.setAttribute("stroke-dasharray", delta < 0 ? "3 2" : "none");
    const open = hasValue(ref) ? Math.min(1, Math.abs(real(app.view.refs[z].slope))) : 0;
    const near = [ref, z].some((one) => shown.includes(one));
    entry.said.setAttribute("visibility", !entry.cramped || near ? "visible" : "hidden");
    entry.delta?.setAttribute("visibility", !entry.tight || near ? "visible" : "hidden");
    entry.shut.setAttribute("visibility", hasValue(ref) && !open ? "visible" : "hidden");
    entry.gate.setAttribute("x1", x - half * open);
    entry.gate.setAttribute("x2", x + half * open);
    const b = real(value(`layers.${layer}.neurons.${unit}.b`));
    entry.bias.setAttribute("fill", `var(--${shade(b, widest || 1) || "bg"})`);
    entry.bias.setAttribute("stroke-dasharray", b < 0 ? "2 2" : "none");
  }
  mark();
  paintMaps();
  const at = pinned() ?? "L";
  picture.setAttribute(
    "aria-label",
    say("network.label", { sizes: app.view.sizes.join(", "), spoken: spoken(at) }),
  );
}

export function spoken(ref) {
  const { sizes } = app.view;
  const { kind, layer } = parts(ref);
  const slope = grad(ref) !== undefined && hasGrad(ref);
  const form = (slope ? "spoken.grad" : "spoken") + (kind === "a" ? ".inputs" : "");
  return say(form, {
    words: wordsOf(ref, sizes),
    name: nameOf(ref),
    value: text(value(ref), 2),
    grad: text(grad(ref) ?? 0, 2),
    count: sizes[layer],
  });
}

function outline(ref, name) {
  const { kind, layer, unit } = parts(ref);
  const at = kind === "z" ? unitRef(layer, unit) : ref;
  const wire = wires.find((one) => one.ref === at);
  if (wire)
    return svg("line", {
      class: name === "wrong" ? "wrong" : "glow",
      "stroke-width": 14,
      ...wire.ends,
    });
  const entry = units.find((one) => one.ref === at);
  if (entry) {
    const grow = name === "wrong" ? 7 : 4;
    return svg("rect", {
      class: name,
      x: entry.x - entry.half - grow,
      y: entry.y - entry.half - grow,
      width: 2 * (entry.half + grow),
      height: 2 * (entry.half + grow),
      rx: kind === "a" || kind === "z" ? 10 : entry.half + grow,
    });
  }
  const owner = kind === "b" && units.find((one) => one.layer === layer && one.unit === unit);
  if (!owner) return null;
  const { x, y, width } = owner.bias;
  const edge = width.baseVal.value + 8;
  return svg("rect", {
    class: name,
    x: x.baseVal.value - 4,
    y: y.baseVal.value - 4,
    width: edge,
    height: edge,
  });
}
function mark() {
  const wanted = new Set([...app.pins, app.hover, app.step?.ref, app.step?.giver].filter(Boolean));
  const marks = [...wanted].map((ref) => outline(ref, "mark"));
  const wrong = Object.keys(app.wrong).map((ref) => outline(ref, "wrong"));
  $("marks")?.replaceChildren(...[...marks, ...wrong].filter(Boolean));
}

// The map of each unit: its activation over the plane of both inputs, linear in colour.
let colours = null;
export const forgetColours = () => {
  colours = null;
};
const channels = (hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
export function mapColour(share) {
  colours ??= ["--n3", "--bg", "--p3"].map((name) => channels(css(name)));
  const [below, zero, above] = colours;
  const end = share < 0 ? below : above;
  return zero.map((c, i) => Math.round(c + Math.min(1, Math.abs(share)) * (end[i] - c)));
}
export function mapImage(rows) {
  const n = rows.length,
    image = new ImageData(n, n);
  const largest = Math.max(
    1e-9,
    ...rows
      .flat()
      .map((x) => Math.abs(real(x)))
      .filter(Number.isFinite),
  );
  rows.forEach((row, i) =>
    row.forEach((x, j) => {
      const share = Math.max(-1, Math.min(1, real(x) / largest)) || 0;
      image.data.set([...mapColour(share), 255], 4 * ((n - 1 - i) * n + j));
    }),
  );
  const small = new OffscreenCanvas(n, n);
  small.getContext("2d").putImageData(image, 0, 0);
  return small;
}
// Where each class leads, in a tint of its colour.
export function classImage(rows) {
  const n = rows.length,
    image = new ImageData(n, n);
  const ground = channels(css("--bg"));
  const tints = ["#00766b", "#c2289a", "#6d7819"].map((colour) =>
    channels(colour).map((c, i) => Math.round(ground[i] + 0.3 * (c - ground[i]))),
  );
  rows.forEach((row, i) =>
    row.forEach((of, j) => image.data.set([...tints[of % 3], 255], 4 * ((n - 1 - i) * n + j))),
  );
  const small = new OffscreenCanvas(n, n);
  small.getContext("2d").putImageData(image, 0, 0);
  return small;
}
function paintMaps() {
  const ratio = devicePixelRatio || 1;
  const [width, height] = size.map((x) => Math.round(x * ratio));
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const pen = canvas.getContext("2d");
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, ...size);
  if (app.view.sizes[0] !== 2 || !app.maps) return;
  for (const { ref, kind, x, y, half } of units) {
    const rows = app.maps.maps[ref];
    if (kind !== "a" || !rows || !hasValue(ref)) continue;
    pen.save();
    pen.beginPath();
    pen.roundRect(x - half, y - half, 2 * half, 2 * half, 7);
    pen.clip();
    pen.drawImage(mapImage(rows), x - half, y - half, 2 * half, 2 * half);
    pen.restore();
  }
}

// Pointing, pinning and dragging: up is more.
const refAt = (event) => event.target.closest?.("[data-ref]")?.dataset.ref ?? null;
picture.addEventListener("pointerover", (event) => {
  if (!moving) point(refAt(event));
});
picture.addEventListener("pointerleave", () => {
  if (!moving) point(null);
});
picture.addEventListener("pointerdown", (event) => {
  const ref = refAt(event);
  if (!ref) return;
  pin(ref, event.ctrlKey || event.metaKey);
  if (!isKnob(ref)) return;
  moving = { ref, from: event.clientY, start: real(value(ref)) };
  picture.setPointerCapture(event.pointerId);
});
picture.addEventListener("pointermove", (event) => {
  if (!moving) return;
  const fine = event.shiftKey ? 0.001 : 0.01;
  const number = moving.start + (moving.from - event.clientY) * fine;
  turn(moving.ref, Math.round(number * 1000) / 1000);
});
for (const name of ["pointerup", "pointercancel"]) {
  picture.addEventListener(name, () => {
    moving = null;
    endTurn();
  });
}

// By keys: arrows between layers and units, Shift and up or down along the numbers of a unit.
picture.addEventListener("keydown", (event) => {
  const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[
    event.key
  ];
  if (event.key === "Enter") {
    pin(app.hover ?? "L", event.ctrlKey);
    event.preventDefault();
    return;
  }
  if (!step || event.ctrlKey || event.altKey) return;
  event.preventDefault();
  const at = parts(app.hover ?? pinned() ?? "x.0"),
    { sizes } = app.view;
  if (event.shiftKey && at.layer !== undefined && step[1]) {
    const own = `layers.${at.layer}.neurons.${at.unit}`;
    const list = [
      `${own}.a`,
      ...Array.from({ length: sizes[at.layer] }, (_, k) => `${own}.w.${k}`),
      `${own}.b`,
    ];
    const here = Math.max(0, list.indexOf(app.hover ?? pinned()));
    point(list[(here + step[1] + list.length) % list.length]);
  } else {
    const column = { x: 0, L: sizes.length, y: sizes.length }[at.kind] ?? at.layer + 1;
    const next = Math.max(0, Math.min(sizes.length, column + step[0]));
    if (next === sizes.length) point("L");
    else {
      const row = (at.unit ?? at.i ?? 0) + step[1];
      point(unitRef(next - 1, Math.max(0, Math.min(sizes[next] - 1, row))));
    }
  }
  $("say").textContent = spoken(app.hover);
});

// What moving parts need: the lines into a layer, its units, the loss, and the gate that δ passes.
export const wiresOf = (layer) => wires.filter((wire) => wire.layer === layer);
export const unitsOf = (layer) =>
  units.filter((entry) => entry.kind === "a" && entry.layer === layer);
export const lossPlace = () => units.find((entry) => entry.kind === "L");
export function gateOf(layer, unit) {
  const entry = unitsOf(layer)[unit];
  if (!entry?.delta || entry.tight) return null;
  const { x, y, half } = entry;
  const said = `× ${text(app.view.refs[`layers.${layer}.neurons.${unit}.z`].slope, 2)}`;
  return svg("text", { class: "quiet", x: x + 22, y: y + half + 16 }, said);
}
const rebuilt = [];
export const onRebuilt = (hears) => rebuilt.push(hears);
draws(draw);
