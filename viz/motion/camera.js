
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
const { x: worldX, y: worldY, width, height } = svg.viewBox.baseVal;
const world = { x: worldX, y: worldY, w: width, h: height };
const LEAST = 14;  // pixels: text that is as high as that is legible on a phone
const texts = [...svg.querySelectorAll("g.value text, g.flow text")];
const sizes = texts.map(text => parseFloat(text.getAttribute("font-size")) || 11);
const legible = LEAST / Math.min(11, ...sizes);  // pixels to a unit of the drawing
const LARGEST = 2.5 * legible;  // a graph of two cards need not fill a wall

let view = { ...world };  // what is seen now
let goal = view;  // what is seen when the camera has come to rest
let mode = "follow";  // follow the steps, show the whole, or be free: where the viewer has moved to
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
  const keep = (low, size, least, most) => {
    if (size > most) return low;
    return Math.max(least, Math.min(least + most - size, low));
  };
  const x = keep(seen.x, seen.w, world.x, world.w), y = keep(seen.y, seen.h, world.y, world.h);
  return { ...seen, x, y };
}
const whole = () => around(centre(world), Math.min(fitting(world), LARGEST));
const scaleOf = seen => room().w / seen.w;
const span = (low, size, inner, most) => low <= inner && low + size >= inner + most;
const holds = (seen, box) =>
  span(seen.x, seen.w, box.x, box.w) && span(seen.y, seen.h, box.y, box.h);
const isLegible = seen => scaleOf(seen) >= legible;

function hull(some, rim = 0) {
  const x = Math.min(...some.map(box => box.x)) - rim;
  const y = Math.min(...some.map(box => box.y)) - rim;
  const right = Math.max(...some.map(box => box.x + box.w)) + rim;
  const bottom = Math.max(...some.map(box => box.y + box.h)) + rim;
  return { x, y, w: right - x, h: bottom - y };
}
const boxOf = id => { const [x, y, w, h] = boxes[id]; return { x, y, w, h } };
const inDrawing = box => ({ ...box, x: box.x + offsetX, y: box.y + offsetY });

function set(part, attributes) {
  for (const [name, value] of Object.entries(attributes)) part.setAttribute(name, value);
  return part;
}
function element(name, attributes, parent) {
  const made = set(document.createElementNS(SPACE, name), attributes);
  parent?.append(made);
  return made;
}

function see(target) {
  view = target;
  svg.setAttribute("viewBox", [view.x, view.y, view.w, view.h].map(n => n.toFixed(2)).join(" "));
  set($("here"), { x: view.x, y: view.y, width: view.w, height: view.h });
  $("map").classList.toggle("idle", holds(view, world));
}
function glide(target, smooth) {
  cancelAnimationFrame(gliding);
  goal = target;
  if (!smooth || still.matches || ["x", "y", "w", "h"].every(name => view[name] === goal[name])) {
    return see(target);
  }
  const from = view, start = performance.now(), time = 350;
  const tick = now => {
    const t = Math.min(1, Math.max(0, (now - start) / time)), s = t * t * (3 - 2 * t);
    const mix = name => from[name] + s * (target[name] - from[name]);
    see({ x: mix("x"), y: mix("y"), w: mix("w"), h: mix("h") });
    if (t < 1) gliding = requestAnimationFrame(tick);
  };
  gliding = requestAnimationFrame(tick);
}

const about = (what, id) => id === what.card || what.others.includes(id);
// What a step has to show: a card, others that it is about, and perhaps what flows between them.
function aim(what, smooth) {
  wanted = what;
  for (const [id, box] of onMap) box.classList.toggle("lit", !what.loose && about(what, id));
  undock();
  const { w, h } = room();
  if (w && h) turnTo(what, smooth);  // hidden: the observer below calls again once it is shown
  what.flow?.classList.toggle("on", !$("dock"));
}
function turnTo(what, smooth) {
  const small = fitting(world) >= legible;
  if (mode === "whole" || small && mode === "follow") return glide(whole(), smooth);
  if (what.loose && mode === "free") return;
  const parts = [what.card, ...what.others].flatMap(id => [id, id + "_op"]);
  const flow = what.flow ? flowBoxes(what.flow) : [];
  const all = inDrawing(hull([...parts.filter(id => id in boxes).map(boxOf), ...flow], 8));
  const fits = fitting(all) >= legible, seen = holds(goal, all) && isLegible(goal);
  if (fits && mode === "free" && seen) return;
  mode = "follow";
  if (small) return glide(whole(), smooth);
  if (!fits && what.others.length) return glide(dock(what), smooth);
  if (seen && scaleOf(goal) <= 1.6 * legible) return;  // no needless movement
  const scale = what.loose ? legible : Math.min(fitting(all), 1.2 * legible);
  glide(within(around(centre(all), scale)), smooth);
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

// A frame that is hidden while it loads has no size; it is laid out when it gets one.
let seenBefore = false;
new ResizeObserver(() => {
  const { w, h } = room();
  if (!w || !h || !wanted) return;
  const free = mode === "free" && seenBefore;
  if (free) byHand(around(centre(view), Math.max(scaleOf(view), scaleOf(whole()))));
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
  const dot = element("circle", { class: "dot", r: 6 }, way.parentNode);
  const length = way.getTotalLength(), start = performance.now();
  const tick = now => {
    const t = Math.min(1, Math.max(0, (now - start) / time));
    const { x, y } = way.getPointAtLength(length * t * t * (3 - 2 * t));
    set(dot, { cx: x, cy: y });
    if (t < 1) running = requestAnimationFrame(tick);
    else dot.remove();
  };
  tick(start);
}
