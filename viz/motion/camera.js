
"use strict";
const content = JSON.parse(document.getElementById("steps").textContent);
const { boxes } = content;
const $ = id => document.getElementById(id);
const still = matchMedia("(prefers-reduced-motion: reduce)");
const SPACE = "http://www.w3.org/2000/svg";

// The camera: which part of the drawing is seen, as the viewBox of its SVG. Boxes are in the
// coordinates of the group of the graph, which is moved by `offset` against those of the SVG.
const stage = $("stage"), svg = stage.querySelector("svg"), graph = svg.querySelector("g.graph");
const [offsetX, offsetY] = content.offset;
const world = { x: svg.viewBox.baseVal.x, y: svg.viewBox.baseVal.y, w: svg.viewBox.baseVal.width, h: svg.viewBox.baseVal.height };
const LEAST = 14;  // pixels: text that is as high as that is legible on a phone
const sizes = [...svg.querySelectorAll("g.value text, g.flow text")].map(t => parseFloat(t.getAttribute("font-size")) || 11);
const legible = LEAST / Math.min(11, ...sizes);  // pixels to a unit of the drawing
const LARGEST = 2.5 * legible;  // a graph of two cards need not fill a wall

let view = { ...world };  // what is seen now
let mode = "follow";  // follow the steps; show the whole; or stay where the viewer has moved to: free
let wanted = null;  // what a step has to show
let gliding = 0;

const room = () => ({ w: stage.clientWidth, h: stage.clientHeight });
const fitting = ({ w, h }) => Math.min(room().w / w, room().h / h);
const centre = box => [box.x + box.w / 2, box.y + box.h / 2];
const around = ([x, y], scale) => {
  const { w, h } = room();
  return { x: x - w / scale / 2, y: y - h / scale / 2, w: w / scale, h: h / scale };
};
// Not beyond the drawing, where it can be helped: there is nothing to see.
function within(seen) {
  const keep = (low, size, least, most) => size > most ? low : Math.max(least, Math.min(least + most - size, low));
  return { ...seen, x: keep(seen.x, seen.w, world.x, world.w), y: keep(seen.y, seen.h, world.y, world.h) };
}
const whole = () => around(centre(world), Math.min(fitting(world), LARGEST));
const scaleOf = seen => room().w / seen.w;
const holds = (seen, box) => seen.x <= box.x && seen.y <= box.y && seen.x + seen.w >= box.x + box.w && seen.y + seen.h >= box.y + box.h;

function hull(some, rim = 0) {
  const x = Math.min(...some.map(b => b.x)) - rim, y = Math.min(...some.map(b => b.y)) - rim;
  const right = Math.max(...some.map(b => b.x + b.w)) + rim, bottom = Math.max(...some.map(b => b.y + b.h)) + rim;
  return { x, y, w: right - x, h: bottom - y };
}
const boxOf = id => { const [x, y, w, h] = boxes[id]; return { x, y, w, h } };
const inDrawing = box => ({ ...box, x: box.x + offsetX, y: box.y + offsetY });

function see(target) {
  view = target;
  svg.setAttribute("viewBox", [view.x, view.y, view.w, view.h].map(n => n.toFixed(2)).join(" "));
  const here = $("here");
  for (const [name, n] of [["x", view.x], ["y", view.y], ["width", view.w], ["height", view.h]]) here.setAttribute(name, n);
  $("map").classList.toggle("idle", holds(view, world));
}
function glide(target, smooth) {
  cancelAnimationFrame(gliding);
  if (!smooth || still.matches) return see(target);
  const from = view, start = performance.now(), time = 350;
  const tick = now => {
    const t = Math.min(1, Math.max(0, (now - start) / time)), s = t * t * (3 - 2 * t);
    const mix = name => from[name] + s * (target[name] - from[name]);
    see({ x: mix("x"), y: mix("y"), w: mix("w"), h: mix("h") });
    if (t < 1) gliding = requestAnimationFrame(tick);
  };
  gliding = requestAnimationFrame(tick);
}

// What a step has to show: a card, others that it is about, and perhaps what flows between them.
function aim(what, smooth) {
  wanted = what;
  for (const [id, box] of onMap) box.classList.toggle("lit", !what.loose && (id === what.card || what.others.includes(id)));
  const { w, h } = room();
  if (!w || !h) return;  // hidden: the observer below calls again once it is shown
  undock();
  if (mode === "whole" || fitting(world) >= legible) {
    if (mode === "follow") glide(whole(), smooth && !holds(view, world));
    else if (mode === "whole") glide(whole(), smooth);
    return;
  }
  if (what.loose && mode === "free") return;
  const parts = [what.card, ...what.others].flatMap(id => [id, id + "_op"]).filter(id => id in boxes);
  const all = inDrawing(hull([...parts.map(boxOf), ...(what.flow ? flowBoxes(what.flow) : [])], 8));
  const fits = fitting(all) >= legible;
  if (fits && mode === "free" && holds(view, all) && scaleOf(view) >= legible) return;
  mode = "follow";
  if (!fits && what.others.length) return glide(dock(what), smooth);
  if (holds(view, all) && scaleOf(view) >= legible && scaleOf(view) <= 1.6 * legible) return;  // no needless movement
  glide(within(around(centre(all), what.loose ? legible : Math.min(fitting(all), 1.2 * legible))), smooth);
}
function flowBoxes(flow) {
  const rect = flow.querySelector(".product rect"), size = name => +rect.getAttribute(name);
  const numbers = flow.querySelector(".way").getAttribute("d").match(/-?[\d.]+/g).map(Number);
  const xs = numbers.filter((_, i) => i % 2 === 0), ys = numbers.filter((_, i) => i % 2);
  const x = Math.min(...xs), y = Math.min(...ys);
  return [
    { x: size("x"), y: size("y"), w: size("width"), h: size("height") },
    { x, y, w: Math.max(...xs) - x, h: Math.max(...ys) - y },
  ];
}

// Cards that lie too far apart to be read together: copies of the others stand beside the card of the step,
// and the rest of the drawing steps back.
function element(name, attributes, parent) {
  const made = document.createElementNS(SPACE, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  parent?.append(made);
  return made;
}
function undock() {
  $("dock")?.remove();
  svg.classList.remove("docked");
}
function dock({ card, others, flow, outward }) {
  const layer = element("g", { id: "dock" }, graph), home = boxOf(card);
  const most = { w: room().w / legible - 16, h: room().h / legible - 16 };
  const product = flow?.querySelector(".product"), rect = product?.querySelector("rect");
  const pill = rect
    ? { w: +rect.getAttribute("width"), h: +rect.getAttribute("height") }
    : { w: 40, h: 12 };
  const widest = Math.max(...others.map(id => boxOf(id).w));
  const inRow = home.w + widest + pill.w + 24 <= most.w;
  const gap = inRow ? pill.w + 24 : pill.h + 40;
  // The others stand in a column: inputs in front of the card and outputs behind it, or above it
  // where the screen is narrow. Those for which there is no room are left out.
  let left = inRow ? most.h : most.h - home.h - gap;
  const placed = [];
  for (const id of others) {
    const { w, h } = boxOf(id);
    if (placed.length && left < h) break;
    left -= h + 10;
    placed.push({ id, w, h });
  }
  const high = placed.reduce((sum, p) => sum + p.h + 10, -10);
  let y = inRow ? home.y + home.h / 2 - high / 2 : home.y - gap - high;
  for (const p of placed) {
    p.x = home.x + (home.w - p.w) / 2;
    if (inRow) p.x = flow || outward ? home.x + home.w + gap : home.x - gap - p.w;
    p.y = y;
    y += p.h + 10;
  }
  const middles = placed.map(p => {
    if (flow) return flowBack(layer, p, home, inRow, flow.classList.contains("blocked"));
    return forward(layer, p, home, inRow, outward ? [card, p.id] : [p.id, card]);
  });
  for (const p of placed) standIn(layer, p);
  if (product) {
    const { x, y } = middles[0], copy = product.cloneNode(true);
    const at = [x - pill.w / 2, inRow ? y - pill.h - 9 : y - pill.h + 2];
    const by = [at[0] - rect.getAttribute("x"), at[1] - rect.getAttribute("y")];
    copy.setAttribute("transform", `translate(${by})`);
    layer.append(copy);
    placed.push({ x: at[0], y: at[1], w: pill.w, h: pill.h });
  }
  svg.classList.add("docked");
  const all = inDrawing(hull([home, ...placed], 8));
  return around(centre(all), Math.min(fitting(all), 1.2 * legible));
}
const leftOf = box => [box.x, box.y + box.h / 2], rightOf = box => [box.x + box.w, box.y + box.h / 2];
const topOf = box => [box.x + box.w / 2, box.y], bottomOf = box => [box.x + box.w / 2, box.y + box.h];

// From a giver to the card, against a grey arrow. Returns the middle of the way.
function flowBack(layer, giver, home, inRow, blocked) {
  const [from, to] = inRow ? [leftOf(giver), rightOf(home)] : [bottomOf(giver), topOf(home)];
  const dots = blocked ? { "stroke-dasharray": "1 6" } : {};
  const line = element("path", { class: "link way", d: `M${from}L${to}`, ...dots }, layer);
  const length = line.getTotalLength();
  head(layer, line, 0, "var(--line)");
  if (!blocked) head(layer, line, inRow ? length / 2 + 5 : length * 0.84);
  return line.getPointAtLength(length / 2);
}
// From an input of an op to its output, one of which is the card, with the slope if it is known.
function forward(layer, other, home, inRow, [source, target]) {
  const outward = target === other.id, [first, last] = outward ? [home, other] : [other, home];
  const from = rightOf(first), to = inRow ? leftOf(last) : rightOf(last);
  const bend = Math.max(from[0], to[0]) + 26;  // around the right side, where one is above the other
  const way = inRow ? `M${from}L${to}` : `M${from}C${bend},${from[1]} ${bend},${to[1]} ${to}`;
  const line = element("path", { class: "link", d: way }, layer), length = line.getTotalLength();
  head(layer, line, length);
  const middle = line.getPointAtLength(length / 2), end = outward ? to : from;
  const above = outward ? end[1] <= from[1] : end[1] <= to[1];
  const place = inRow ? [end[0] + (outward ? -10 : 8), end[1] + (above ? -6 : 14)] : [middle.x + 4, middle.y];
  slopeAt(layer, source, target, place, inRow && outward ? "end" : "start");
  return middle;
}
function standIn(layer, p) {
  const rim = { x: p.x - 4, y: p.y - 4, width: p.w + 8, height: p.h + 8 };
  element("rect", { class: "halo", rx: 6, ...rim }, layer);
  const copy = $(p.id).cloneNode(true), [x, y] = boxes[p.id];
  for (const part of [copy, ...copy.querySelectorAll("[id]")]) part.removeAttribute("id");
  copy.classList.remove("value");
  copy.dataset.of = p.id;
  copy.setAttribute("transform", `translate(${p.x - x} ${p.y - y})`);
  layer.append(copy);
}
function head(layer, line, at, colour = "var(--now)") {
  const tip = line.getPointAtLength(at), tail = line.getPointAtLength(at ? Math.max(0, at - 9) : 9);
  const angle = Math.atan2(tip.y - tail.y, tip.x - tail.x) * 180 / Math.PI;
  element("path", { d: "M0,0L-11,-6L-8,0L-11,6Z", fill: colour, transform: `translate(${tip.x} ${tip.y}) rotate(${angle})` }, layer);
}
function slopeAt(layer, source, target, [x, y], anchor) {
  const id = Object.keys(content.ends).find(e => content.ends[e][0] === source && content.ends[e][1] === target);
  const said = id && $(id).querySelector("text");
  if (!said || $(id).matches(".unrun:not(.sought)")) return;
  const copy = said.cloneNode(true);
  for (const [name, value] of Object.entries({ x, y, "text-anchor": anchor })) copy.setAttribute(name, value);
  if ($(id).matches(".sought")) copy.classList.add("open");
  layer.append(copy);
}

// By hand: drag, wheel, two fingers, keys, buttons, and the small map.
function byHand(target) {
  mode = "free";
  $("fit").setAttribute("aria-pressed", false);
  // What is smaller than the view stays in its middle; of the rest, the middle of the view is a part.
  const inside = (x, size, low, most) => size >= most ? low + most / 2 : Math.max(low, Math.min(low + most, x));
  const [x, y] = centre(target);
  const dx = inside(x, target.w, world.x, world.w) - x, dy = inside(y, target.h, world.y, world.h) - y;
  glide({ ...target, x: target.x + dx, y: target.y + dy }, false);
}
function zoom(factor, [px, py] = [room().w / 2, room().h / 2]) {
  const least = scaleOf(whole()), scale = Math.max(least, Math.min(Math.max(LARGEST, least) * 2, scaleOf(view) * factor));
  const x = view.x + px / scaleOf(view), y = view.y + py / scaleOf(view);
  byHand({ x: x - px / scale, y: y - py / scale, w: room().w / scale, h: room().h / scale });
}
const pan = (dx, dy) => byHand({ ...view, x: view.x + dx / scaleOf(view), y: view.y + dy / scaleOf(view) });
function fit() {
  mode = mode === "whole" ? "follow" : "whole";
  $("fit").setAttribute("aria-pressed", mode === "whole");
  aim(wanted, true);
}
const CAMERA_KEYS = {
  "+": () => zoom(1.25), "=": () => zoom(1.25), "-": () => zoom(0.8), "−": () => zoom(0.8), 0: fit,
  ArrowLeft: () => pan(-60, 0), ArrowRight: () => pan(60, 0), ArrowUp: () => pan(0, -60), ArrowDown: () => pan(0, 60),
};
addEventListener("keydown", e => {
  if (e.target.matches("select, input[type=text]") || e.ctrlKey || e.metaKey || e.altKey) return;
  if (!(e.key in CAMERA_KEYS) || e.key.startsWith("Arrow") && !e.shiftKey) return;
  e.preventDefault();
  CAMERA_KEYS[e.key]();
});
$("in").onclick = () => zoom(1.25);
$("out").onclick = () => zoom(0.8);
$("fit").onclick = fit;

// In a notebook the wheel is for the notebook, until the drawing has been clicked or tabbed into.
const embedded = window !== window.parent;
stage.addEventListener("wheel", e => {
  if (embedded && !e.ctrlKey && document.activeElement !== stage) return;
  e.preventDefault();
  const { left, top } = stage.getBoundingClientRect();
  zoom(Math.exp(-e.deltaY * (e.deltaMode ? 0.05 : 0.002) * (e.ctrlKey ? 4 : 1)), [e.clientX - left, e.clientY - top]);
}, { passive: false });

const fingers = new Map();
stage.addEventListener("pointerdown", e => fingers.set(e.pointerId, [e.clientX, e.clientY]));
stage.addEventListener("pointermove", e => {
  const before = fingers.get(e.pointerId);
  if (!before) return;
  const now = [e.clientX, e.clientY], distance = ([a, b], [c, d]) => Math.hypot(a - c, b - d);
  if (fingers.size === 1 && !stage.classList.contains("dragged") && distance(before, now) < 4) return;  // a click that shakes
  stage.setPointerCapture(e.pointerId);
  stage.classList.add("dragged");
  const other = [...fingers].find(([id]) => id !== e.pointerId)?.[1];
  if (other) {
    const { left, top } = stage.getBoundingClientRect();
    zoom(distance(now, other) / Math.max(1, distance(before, other)), [(now[0] + other[0]) / 2 - left, (now[1] + other[1]) / 2 - top]);
  }
  const share = other ? 0.5 : 1;  // what lies between two fingers moves half as far as one of them
  pan(share * (before[0] - now[0]), share * (before[1] - now[1]));
  fingers.set(e.pointerId, now);
});
for (const name of ["pointerup", "pointercancel"]) stage.addEventListener(name, e => {
  fingers.delete(e.pointerId);
  if (!fingers.size) stage.classList.remove("dragged");
});
function fromMap(e) {
  if (e.type === "pointermove" && !e.buttons) return;
  const { left, top, width, height } = $("map").getBoundingClientRect(), scale = Math.min(width / world.w, height / world.h);
  const [x, y] = centre(world);
  byHand(around([x + (e.clientX - left - width / 2) / scale, y + (e.clientY - top - height / 2) / scale], scaleOf(view)));
}
$("map").addEventListener("pointerdown", fromMap);
$("map").addEventListener("pointermove", fromMap);
$("map").setAttribute("viewBox", [world.x, world.y, world.w, world.h].join(" "));
// A live copy of the drawing would be made again with every number that changes; boxes are as clear.
const onMap = new Map(Object.keys(boxes).filter(id => !id.endsWith("_op")).map(id => {
  const { x, y, w, h } = inDrawing(boxOf(id));
  return [id, element("rect", { x, y, width: w, height: h, rx: 6 }, $("cards"))];
}));

// A frame that is hidden while it loads has no size; it is laid out when it gets one.
let seenBefore = false;
new ResizeObserver(() => {
  const { w, h } = room();
  if (!w || !h || !wanted) return;
  if (mode === "free" && seenBefore) byHand(around(centre(view), Math.max(scaleOf(view), scaleOf(whole()))));
  else aim(wanted, false);
  seenBefore = true;
}).observe(stage);

// What flows back: a dot that goes the whole way, from the giver to the receiver.
let running = 0;
function send(flow, time) {
  cancelAnimationFrame(running);
  document.querySelectorAll(".dot").forEach(dot => dot.remove());
  const way = svg.querySelector("#dock .way") ?? flow?.querySelector(".way");
  if (!flow || flow.classList.contains("blocked") || still.matches) return;
  const dot = element("circle", { class: "dot", r: 6 }, way.parentNode), length = way.getTotalLength(), start = performance.now();
  const tick = now => {
    const t = Math.min(1, Math.max(0, (now - start) / time)), { x, y } = way.getPointAtLength(length * t * t * (3 - 2 * t));
    dot.setAttribute("cx", x);
    dot.setAttribute("cy", y);
    if (t < 1) running = requestAnimationFrame(tick);
    else dot.remove();
  };
  tick(start);
}
