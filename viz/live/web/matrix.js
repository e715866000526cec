// The same numbers as matrices, z = W x + b and δ = Wᵀ δ ⊙ f′, and as a table with fields.
import { $, el, isKnob, nameOf, parts, real, shade, typed, wordsOf } from "./dom.js";
import { rich } from "./formulas.js";
import { app, draws, endTurn, pin, pinned, point, rebind, shape, turn, value } from "./store.js";
import { say } from "./words.js";

let drawn = "",
  tabled = "";

function cell(kind, ref) {
  return el("button", {
    type: "button",
    class: "cell num",
    tabindex: -1,
    "data-num": `${kind}:${ref}`,
    "data-cell": "",
    "data-ref": ref,
    title: kind === "grad" ? say("matrix.gradient", { name: nameOf(ref) }) : nameOf(ref),
  });
}
function part(name, rows, columns, cells, kind = "value") {
  const grid = el(
    "div",
    { class: "grid", role: "group", "aria-label": name },
    ...cells.map((ref) => cell(kind, ref)),
  );
  grid.style.gridTemplateColumns = `repeat(${columns}, auto)`;
  return el("div", { class: "part" }, grid, el("small", {}, name));
}
// The cells that a number was multiplied with, or made of: the row of a matrix, and the column that
// it meets. Of a gradient they are δ and what the weight was multiplied with, or Wᵀ and δ.
function related(ref) {
  const { kind, layer, unit, i } = parts(ref),
    { sizes } = app.view,
    found = new Set();
  if (layer === undefined) return found;
  const own = (l, j, what) => `layers.${l}.neurons.${j}.${what}`;
  const fed = (k) => (layer ? own(layer - 1, k, "a") : `x.${k}`);
  if (kind === "w" || kind === "b") {
    found.add(`grad:${own(layer, unit, "z")}`);
    if (kind === "w") found.add(`value:${fed(i)}`);
    return found;
  }
  for (const k of range(sizes[layer])) {
    found.add(`value:${own(layer, unit, `w.${k}`)}`);
    found.add(`value:${fed(k)}`);
  }
  found.add(`value:${own(layer, unit, "b")}`).add(`slope:${own(layer, unit, "z")}`);
  for (const j of layer < sizes.length - 2 ? range(sizes[layer + 2]) : []) {
    found.add(`value:${own(layer + 1, j, `w.${unit}`)}`).add(`grad:${own(layer + 1, j, "z")}`);
  }
  return found;
}

const sign = (said) => el("span", { class: "quiet" }, said);
const range = (n) => Array.from({ length: n }, (_, i) => i);

function build() {
  const { sizes, activations } = app.view;
  const rows = [];
  for (const layer of range(sizes.length - 1)) {
    const [n, m] = [sizes[layer], sizes[layer + 1]],
      i = layer + 1;
    const own = (what) => range(m).map((unit) => `layers.${layer}.neurons.${unit}.${what}`);
    const W = range(m * n).map((at) => `layers.${layer}.neurons.${Math.floor(at / n)}.w.${at % n}`);
    const fed = layer
      ? range(n).map((unit) => `layers.${layer - 1}.neurons.${unit}.a`)
      : range(n).map((at) => `x.${at}`);
    const f = activations[layer];
    rows.push(
      el(
        "div",
        { class: "layer" },
        el("h3", {}, ...rich(say("matrix.forward", { i, f: f.replaceAll("_", " ") }))),
        part(`W${i}`, m, n, W),
        sign("·"),
        part(layer ? `a${layer}` : "x", n, 1, fed),
        sign("+"),
        part(`b${i}`, m, 1, own("b")),
        sign("="),
        part(`z${i}`, m, 1, own("z")),
        sign("→"),
        part(`a${i}`, m, 1, own("a")),
      ),
    );
    rows.push(
      el(
        "div",
        { class: "layer" },
        el(
          "h3",
          {},
          ...rich(
            say(layer < sizes.length - 2 ? "matrix.backward" : "matrix.last", { i, n: i + 1 }),
          ),
        ),
        part(`∂L/∂a${i}`, m, 1, own("a"), "grad"),
        sign("⊙"),
        part(`f′(z${i})`, m, 1, own("z"), "slope"),
        sign("="),
        part(`δ${i}`, m, 1, own("z"), "grad"),
        sign(say("matrix.so")),
        part(`∂W${i}`, m, n, W, "grad"),
        part(`∂b${i}`, m, 1, own("b"), "grad"),
      ),
    );
  }
  $("matrices").replaceChildren(...rows);
  $("matrices").querySelector(".cell").tabIndex = 0;
  drawn = shape();
  rebind();
}

function buildTable() {
  const { sizes } = app.view;
  const head = el(
    "tr",
    {},
    ...["", "", say("table.value"), say("table.gradient")].map((said) => el("th", {}, said)),
  );
  const rows = Object.keys(app.view.refs).map((ref) => {
    const field = isKnob(ref)
      ? el("input", {
          type: "text",
          inputmode: "decimal",
          "data-field": ref,
          "aria-label": wordsOf(ref, sizes),
        })
      : el("span", { "data-num": `value:${ref}` });
    return el(
      "tr",
      { "data-ref": ref },
      el("th", { scope: "row" }, el("button", { type: "button", "data-ref": ref }, nameOf(ref))),
      el("td", { class: "quiet" }, wordsOf(ref, sizes)),
      el("td", {}, field),
      el("td", {}, el("span", { "data-num": `grad:${ref}` })),
    );
  });
  $("table").replaceChildren(el("table", {}, el("thead", {}, head), el("tbody", {}, ...rows)));
  tabled = shape();
  rebind();
}

// In a field a number has all the digits that tell it from others, unless it is being typed.
export function fill(field, number) {
  if (document.activeElement === field && field.dataset.typing) return;
  field.value = String(Math.round(real(number) * 1e6) / 1e6);
  field.removeAttribute("aria-invalid");
}
export function commit(field, ref) {
  const number = typed(field.value);
  delete field.dataset.typing;
  if (Number.isFinite(number)) {
    turn(ref, number);
    endTurn();
    return true;
  }
  field.setAttribute("aria-invalid", "true");
  const said = field.value.slice(0, 20);
  app.problem = say("field.number", { name: nameOf(ref), said });
  return false;
}

const lens = $("lens");
lens.addEventListener("pointerover", (event) => {
  if (event.target.closest("#scalars")) return;
  point(event.target.closest("[data-ref]")?.dataset.ref ?? null);
});
lens.addEventListener("focusin", (event) => {
  const ref = event.target.dataset.ref;
  if (ref) point(ref);
});
// All matrices are one stop of Tab; arrows go from cell to cell, up and down within a matrix.
lens.addEventListener("keydown", (event) => {
  const here = event.target.closest?.("#matrices .cell");
  if (!here || event.ctrlKey || event.altKey) return;
  const columns = here.parentElement.style.gridTemplateColumns.match(/\d+/)[0];
  const within = [...here.parentElement.children],
    every = [...$("matrices").querySelectorAll(".cell")];
  const next = {
    ArrowLeft: every[every.indexOf(here) - 1],
    ArrowRight: every[every.indexOf(here) + 1],
    ArrowUp: within[within.indexOf(here) - columns],
    ArrowDown: within[within.indexOf(here) + Number(columns)],
  }[event.key];
  if (!event.key.startsWith("Arrow")) return;
  event.preventDefault();
  next?.focus();
});
lens.addEventListener("focusin", (event) => {
  if (!event.target.matches(".cell")) return;
  for (const one of $("matrices").querySelectorAll('.cell[tabindex="0"]')) one.tabIndex = -1;
  event.target.tabIndex = 0;
});
lens.addEventListener("click", (event) => {
  const ref = event.target.closest("button[data-ref]")?.dataset.ref;
  if (ref) pin(ref, event.ctrlKey || event.metaKey);
});
lens.addEventListener("input", (event) => {
  event.target.dataset.typing = "1";
});
lens.addEventListener("change", (event) => {
  const ref = event.target.dataset.field;
  if (ref) commit(event.target, ref);
});

// A cell is shaded against the largest of its kind.
export function largestOf() {
  const found = { value: 0, grad: 0, slope: 1 };
  for (const [ref, { value, grad }] of Object.entries(app.view.refs)) {
    if (ref === "L") continue;
    if (Math.abs(real(value)) < Infinity)
      found.value = Math.max(found.value, Math.abs(real(value)));
    if (Math.abs(real(grad)) < Infinity) found.grad = Math.max(found.grad, Math.abs(real(grad)));
  }
  return found;
}
export const shadeOf = (number, kind, largest) => shade(number, largest[kind]);

function draw() {
  if (!app.view) return;
  if (!$("matrices").hidden) {
    if (drawn !== shape()) build();
    const lit = pinned() ? related(pinned()) : new Set();
    for (const one of $("matrices").querySelectorAll("[data-cell]")) {
      const { ref, num } = one.dataset;
      one.classList.toggle("lit", lit.has(num));
      one.classList.toggle("seen", ref === app.hover);
      one.classList.toggle("pinned", app.pins.includes(ref));
    }
  }
  if (!$("table").hidden) {
    if (tabled !== shape()) buildTable();
    for (const field of $("table").querySelectorAll("[data-field]")) {
      fill(field, value(field.dataset.field));
    }
  }
}
draws(draw);
