// The graph of the loss as the library draws it, laid out by Graphviz: patched while knobs turn,
// stepped through, and seen from near or as a whole.
import { $, real, svg } from "./dom.js";
import { app, draws, isAt, pin, pinned, point, shape, veiledHere } from "./store.js";

const host = $("scalars");
const root = host.attachShadow({ mode: "open" });
const ALLOWED = new Set(
  ("svg g path polygon polyline ellipse circle rect line text tspan title " + "desc a").split(" "),
);
const XLINK = "http://www.w3.org/1999/xlink";
const OWN = `
svg { width: 100%; height: 100%; display: block; cursor: grab; }
g.flow { visibility: hidden; } g.flow.now { visibility: visible; }
g.node { cursor: pointer; }
g.node.seen path, g.node.seen polygon { stroke: var(--hi) !important; stroke-width: 3; }
g.node.gives path { stroke: var(--hi) !important; stroke-width: 3; }
g.node.gives path { stroke-dasharray: 0.1 5; stroke-linecap: round; }
g.node.faint, g.edge.faint { opacity: .28; }
`;
let drawing = null,
  content = null,
  cards = new Map(),
  slopes = [],
  view = null;
let byRef = {},
  refOf = {},
  into = new Map();

// SVG as data: only shapes and texts, without links, styles or scripts. It comes from the worker,
// where learners' code runs.
export function cleaned(text) {
  // Rules are taken out before: styles in parsed text would be against the page's policy.
  const rules = [];
  const plain = text.replace(/\sstyle="[^"]*"/g, "");
  const bare = plain.replace(/<style[^>]*>([^]*?)<\/style>/g, (_, rule) => {
    rules.push(rule);
    return "";
  });
  const given = new DOMParser().parseFromString(bare, "image/svg+xml").documentElement;
  const copy = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return document.createTextNode(node.data);
    if (node.nodeType !== Node.ELEMENT_NODE) return null;
    if (!ALLOWED.has(node.localName)) return null;
    const made = svg(node.localName === "a" ? "g" : node.localName);
    for (const { name, value } of node.attributes) {
      if (!/^on|href|^style$|^xmlns|^xlink/i.test(name) && !/url\s*\(/i.test(value)) {
        made.setAttribute(name, value);
      }
    }
    const tip = node.getAttributeNS(XLINK, "title");
    made.append(...[...node.childNodes].map(copy).filter(Boolean));
    if (tip) made.prepend(svg("title", {}, document.createTextNode(tip)));
    return made;
  };
  return { picture: copy(given) ?? svg("svg"), rules: rules.join("\n") };
}

// Where dark is chosen on the page, whatever the viewer prefers.
export function themed(rules) {
  const chosen = document.documentElement.dataset.theme;
  if (!chosen) return rules;
  const media = chosen === "dark" ? "@media all" : "@media not all";
  return rules.replaceAll("@media (prefers-color-scheme:dark)", media);
}
export function dress(shadow, rules) {
  const sheet = new CSSStyleSheet();
  // Rules cannot leave the shadow root, and the page's policy keeps them from loading anything.
  sheet.replaceSync(themed(rules));
  shadow.adoptedStyleSheets = [sheet];
}

let rules = "";
export const redress = () => dress(root, rules + OWN);

function fields(group) {
  const texts = [...group.querySelectorAll("text")];
  const said = texts.map((part) => part.textContent.trim());
  const at = said.lastIndexOf("grad");
  return at < 1 ? null : { data: texts[at - 1], grad: texts[at + 1] };
}
function load(given) {
  content = given;
  const made = cleaned(given.svg);
  drawing = made.picture;
  rules = made.rules;
  for (const name of ["width", "height"]) drawing.removeAttribute(name);
  root.replaceChildren(drawing);
  redress();
  cards = new Map(
    [...drawing.querySelectorAll("g.value")].map((group) => [
      group.id,
      {
        group,
        fields: fields(group),
        outlines: [...group.querySelectorAll("path, polygon")].filter(isOutline),
      },
    ]),
  );
  const scope = [...cards.keys()][0]?.replace(/v\d+$/, "") ?? "";
  byRef = Object.fromEntries(Object.entries(given.ids ?? {}).map(([ref, id]) => [ref, scope + id]));
  refOf = {};
  for (const [ref, id] of Object.entries(byRef)) refOf[id] ??= ref;
  slopes = [...drawing.querySelectorAll("g.edge")].filter((group) => /e\d+$/.test(group.id));
  into = new Map();
  const [, , width, height] = drawing.getAttribute("viewBox").split(/\s+/).map(Number);
  view = { x: 0, y: 0, width, height, whole: [width, height] };
  drawing.addEventListener("pointerover", (event) => point(refOf[cardAt(event)] ?? null));
  drawing.addEventListener("pointerleave", () => point(null));
}
// The line below a title is a polygon without height; what has a colour to fill is the card.
function isOutline(part) {
  const ys = (part.getAttribute("points") ?? "")
    .trim()
    .split(/\s+/)
    .map((point) => point.split(",")[1]);
  return part.localName === "path" || new Set(ys).size > 1;
}
function paint(outlines, fill, dashed) {
  for (const part of outlines) {
    const now = part.getAttribute("fill");
    if (now && now !== "none" && now !== fill) part.setAttribute("fill", fill);
    if (dashed) part.setAttribute("stroke-dasharray", "5,2");
    else part.removeAttribute("stroke-dasharray");
  }
}
const cardAt = (event) => event.target.closest?.("g.node")?.id;

function write(part, said) {
  if (part.textContent === said) return;
  part.textContent = said;
  const room = +part.dataset.room,
    wide = +part.dataset.sign * said.length;
  if (wide > room) part.setAttribute("textLength", room);
  else part.removeAttribute("textLength");
}

// Up to which step of the ops: what has run, and what has flowed.
export function knownAt(at) {
  const data = new Map(),
    back = new Map(),
    run = new Set();
  steps()
    .slice(0, at + 1)
    .forEach((step) => {
      for (const [id, said] of step.data) data.set(id, said);
      for (const [id, said] of step.grad) back.set(id, said);
      for (const id of step.slopes) run.add(id);
    });
  return { data, back, run };
}
const current = () => (isAt("roads") ? app.roadsPicture : app.scalars);
export const steps = () => current()?.steps ?? [];
export const idsOf = () => current()?.ids ?? {};
export const nameOfCard = (id) => current()?.names?.[id] ?? id;
const made = () => new Set(steps().flatMap((step) => step.data.map(([id]) => id)));

function draw() {
  const given = current();
  // Cards of another state, or of another graph, are not to be written on this one.
  const fits = app.cards?.of === app.view && app.scalars?.shape === shape();
  const fresh = !isAt("roads") && fits ? app.cards : null;
  if (!given || host.hidden) return;
  if (given !== content) load(given);
  const at =
    app.mode === "op" && app.at !== undefined ? Math.min(app.at, steps().length - 1) : null;
  const step = at === null ? null : steps()[at];
  const known = at === null ? null : knownAt(at);
  const computed = known && made();
  for (const [id, { group, fields, outlines }] of cards) {
    if (!fields) continue;
    const now = fresh?.cards[id];
    const data = now
      ? now[0]
      : (said(id, "data") ?? fields.data.dataset.last ?? fields.data.textContent);
    const back = now
      ? now[1]
      : (said(id, "grad") ?? fields.grad.dataset.last ?? fields.grad.textContent);
    if (now) paint(outlines, now[2], real(now[1].replaceAll("\u2212", "-")) < 0);
    const run = !known || !computed.has(id) || known.data.has(id);
    fields.data.dataset.last ??= data;
    fields.grad.dataset.last ??= back;
    write(fields.data, run ? data : "?");
    write(
      fields.grad,
      veiledHere() || (app.blank && step?.node === id)
        ? "?"
        : known
          ? (known.back.get(id) ?? "?")
          : back,
    );
    const ref = refOf[id];
    const shown = ref && (app.pins.includes(ref) || app.hover === ref);
    group.classList.toggle("seen", Boolean(shown) || step?.node === id);
    group.classList.toggle("gives", step?.giver === id);
  }
  slopes.forEach((group) => {
    const i = +group.id.match(/e(\d+)$/)[1];
    const part = group.querySelector("text");
    if (!part) return;
    part.dataset.last ??= part.textContent;
    const [now, colour] = fresh?.slopes[i] ?? [part.dataset.last];
    for (const line of colour ? group.querySelectorAll("path, polygon") : []) {
      if (line.getAttribute("stroke") === colour) continue;
      line.setAttribute("stroke", colour);
      if (line.localName === "polygon") line.setAttribute("fill", colour);
    }
    if (colour) part.setAttribute("fill", colour);
    write(part, !known || known.run.has(`e${i}`) ? now : "");
  });
  drawing.querySelectorAll("g.flow").forEach((flow) => {
    flow.classList.toggle("now", at !== null && flow.id === `flow${at}`);
    if (app.blank)
      flow.querySelectorAll("text").forEach((part) => {
        part.style.visibility = "hidden";
      });
    else
      flow.querySelectorAll("text").forEach((part) => {
        part.style.visibility = "";
      });
  });
  look(step);
}
const said = (id, kind) => {
  for (const step of content.steps.toReversed()) {
    const found = step[kind].find(([other]) => other === id);
    if (found) return found[1];
  }
  return undefined;
};

// The whole if it can be read, else the cards that the step or the pin is about.
function look(step) {
  const [width, height] = [host.clientWidth || 600, host.clientHeight || 300];
  const [w, h] = view.whole,
    fits = Math.min(width / w, height / h);
  $("fit").setAttribute("aria-pressed", String(Boolean(app.whole)));
  const wanted = `${app.at}|${app.mode}|${pinned()}|${width}|${height}|${app.whole}|${w}`;
  if (view.for === wanted) return frame();
  const first = !view.for;
  view.for = wanted;
  if (fits > 0.9 || app.whole) {
    view.scale = fits;
    view.x = (w - width / fits) / 2;
    view.y = (h - height / fits) / 2;
    return frame();
  }
  view.scale = Math.max(fits, width < 500 ? 1.3 : 1);
  const ids = step ? [step.giver, step.node] : [byRef[pinned()] ?? [...cards.keys()].at(-1)];
  const boxes = ids
    .map((id) => cards.get(id)?.group)
    .filter(Boolean)
    .map(boxOf);
  if (!boxes.length) return frame();
  const left = Math.min(...boxes.map((box) => box.x));
  const right = Math.max(...boxes.map((box) => box.x + box.width));
  const top = Math.min(...boxes.map((box) => box.y));
  const bottom = Math.max(...boxes.map((box) => box.y + box.height));
  const seen =
    !first &&
    left > view.x &&
    top > view.y &&
    right < view.x + width / view.scale &&
    bottom < view.y + height / view.scale;
  if (!seen) {
    view.scale = Math.max(
      fits,
      Math.min(view.scale, width / (right - left + 40), height / (bottom - top + 30)),
    );
    view.x = (left + right) / 2 - width / view.scale / 2;
    view.y = (top + bottom) / 2 - height / view.scale / 2;
  }
  frame();
}
function boxOf(group) {
  const box = group.getBBox();
  const shift = drawing.querySelector("g.graph")?.transform.baseVal.consolidate()?.matrix;
  return {
    x: box.x + (shift?.e ?? 0),
    y: box.y + (shift?.f ?? 0),
    width: box.width,
    height: box.height,
  };
}
function frame() {
  const [width, height] = [host.clientWidth || 600, host.clientHeight || 300];
  // No more emptiness than there must be.
  const held = (at, seen, whole) =>
    seen >= whole ? (whole - seen) / 2 : Math.max(0, Math.min(whole - seen, at));
  view.x = held(view.x, width / view.scale, view.whole[0]);
  view.y = held(view.y, height / view.scale, view.whole[1]);
  const box = [view.x, view.y, width / view.scale, height / view.scale];
  const said = box.map((x) => x.toFixed(1)).join(" ");
  if (drawing.getAttribute("viewBox") !== said) drawing.setAttribute("viewBox", said);
}
function zoom(by, x = host.clientWidth / 2, y = host.clientHeight / 2) {
  if (!view) return;
  const [w, h] = view.whole;
  const least = Math.min(host.clientWidth / w, host.clientHeight / h);
  const scale = Math.max(least, Math.min(4, view.scale * by));
  view.x += x / view.scale - x / scale;
  view.y += y / view.scale - y / scale;
  view.scale = scale;
  frame();
}
$("in").onclick = () => zoom(1.3);
$("out").onclick = () => zoom(1 / 1.3);
$("fit").onclick = () => {
  app.whole = !app.whole;
  if (view) view.for = "";
  draw();
};
host.addEventListener(
  "wheel",
  (event) => {
    event.preventDefault();
    const box = host.getBoundingClientRect();
    zoom(1.0015 ** -event.deltaY, event.clientX - box.left, event.clientY - box.top);
  },
  { passive: false },
);
let held = null;
host.addEventListener("pointerdown", (event) => {
  held = {
    x: event.clientX,
    y: event.clientY,
    moved: false,
    id: event.composedPath().find((part) => part.classList?.contains("node"))?.id,
  };
  host.setPointerCapture(event.pointerId);
});
host.addEventListener("pointermove", (event) => {
  if (!held || !view) return;
  const [dx, dy] = [event.clientX - held.x, event.clientY - held.y];
  if (!held.moved && Math.hypot(dx, dy) < 4) return;
  Object.assign(held, { x: event.clientX, y: event.clientY, moved: true });
  view.x -= dx / view.scale;
  view.y -= dy / view.scale;
  frame();
});
host.addEventListener("pointerup", () => {
  const ref = held && !held.moved && refOf[held.id];
  if (ref) pin(ref);
  held = null;
});
new ResizeObserver(() => {
  if (view) {
    view.for = "";
    draw();
  }
}).observe(host);
draws(draw);
