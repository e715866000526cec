// Evidence: the loss along the pinned number, or over two; the curve of a training; the data plane.
import { $, el, nameOf, real, svg, text } from "./dom.js";
import { classImage, mapImage } from "./network.js";
import {
  REACH,
  app,
  ask,
  draws,
  endTurn,
  grad,
  hasGrad,
  isAt,
  pinned,
  turn,
  value,
  veiled,
  zOf,
} from "./store.js";
import { say } from "./words.js";

const WIDE = 316,
  HIGH = 160,
  LEFT = 44,
  BOTTOM = 24;

function scale(from, to, low, high) {
  const span = high - low || 1;
  return (x) => from + ((x - low) / span) * (to - from);
}
const finite = (list) => list.map(real).filter(Number.isFinite);
const path = (points) =>
  points.map(([x, y], i) => `${i ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");

function axes(x, y, xs, ys, name, unit) {
  return [
    svg("line", { class: "axis", x1: LEFT, x2: WIDE - 6, y1: HIGH - BOTTOM, y2: HIGH - BOTTOM }),
    svg("line", { class: "axis", x1: LEFT, x2: LEFT, y1: 6, y2: HIGH - BOTTOM }),
    ...xs.map((at, i) => {
      const anchor = i === xs.length - 1 ? "end" : "middle";
      const said = text(at, Number.isInteger(at) ? 0 : 1);
      const right = i === xs.length - 1 ? WIDE - 2 : x(at);
      return svg("text", { class: "quiet", x: right, y: HIGH - 6, "text-anchor": anchor }, said);
    }),
    ...ys.map((at) =>
      svg("text", { class: "quiet", x: LEFT - 4, y: y(at) + 5, "text-anchor": "end" }, text(at, 1)),
    ),
    svg(
      "text",
      { class: "quiet", x: (LEFT + WIDE) / 2, y: HIGH - 6, "text-anchor": "middle" },
      name,
    ),
    svg("text", { class: "quiet", x: LEFT + 6, y: 18 }, unit),
  ];
}
function plot(label, ...children) {
  return svg(
    "svg",
    { class: "plot", viewBox: `0 0 ${WIDE} ${HIGH}`, role: "img", "aria-label": label },
    ...children,
  );
}

// The slice: it stays where it is while the pinned number moves along it.
let sliced = null;
function slicePlot() {
  const { slice } = app,
    ref = slice.ref;
  const xs = slice.x.map(real),
    ys = slice.y.map(real);
  const at = real(value(ref)),
    loss = real(value("L")),
    slope = real(grad(ref));
  const top = Math.max(...finite(ys), loss) || 1;
  const x = scale(LEFT + 8, WIDE - 12, Math.min(xs[0], at), Math.max(xs.at(-1), at));
  const y = scale(HIGH - BOTTOM - 4, 12, 0, top);
  const points = xs.map((one, i) => [x(one), y(ys[i])]).filter(([, b]) => Number.isFinite(b));
  const parts = [svg("path", { class: "curve", d: path(points) })];
  const reach = (xs.at(-1) - xs[0]) / 7;
  if (!veiled() && hasGrad(ref) && Number.isFinite(slope)) {
    parts.push(
      svg("line", {
        class: "tangent",
        x1: x(at - reach),
        y1: y(loss - slope * reach),
        x2: x(at + reach),
        y2: y(loss + slope * reach),
      }),
    );
  }
  if (app.before) {
    const [from, above] = [real(app.before[ref].value), real(app.before.L.value)];
    parts.push(svg("circle", { class: "was", cx: x(from), cy: y(above), r: 8 }));
  }
  parts.push(svg("circle", { class: "ball", cx: x(at), cy: y(loss), r: 8 }));
  const values = { name: nameOf(ref), loss: text(loss, 3), at: text(at, 2) };
  const said = say("loss.slice.label", values);
  const shown = plot(said, ...axes(x, y, [xs[0], xs.at(-1)], [0, top], nameOf(ref), "L"), ...parts);
  sliced = { ref, x, xs };
  return shown;
}

function contourPlot() {
  const { contour } = app,
    [first, second] = app.pins;
  const rows = contour.loss.map((row) => row.map(real));
  const all = rows.flat().filter(Number.isFinite);
  const low = Math.min(...all),
    high = Math.max(...all) || 1;
  const xs = contour.x.map(real),
    ys = contour.y.map(real);
  const x = scale(LEFT, WIDE - 6, xs[0], xs.at(-1)),
    y = scale(HIGH - BOTTOM, 6, ys[0], ys.at(-1));
  const [w, h] = [(WIDE - 6 - LEFT) / rows.length, (HIGH - BOTTOM - 6) / rows.length];
  const cells = rows.flatMap((row, i) =>
    row.map((loss, j) => {
      const level = Math.round(10 * Math.sqrt((loss - low) / (high - low || 1))) / 10;
      return svg("rect", {
        x: LEFT + j * w,
        y: HIGH - BOTTOM - (i + 1) * h,
        width: w + 0.5,
        height: h + 0.5,
        fill: "var(--text)",
        "fill-opacity": (0.08 + 0.6 * level).toFixed(2),
      });
    }),
  );
  const at = [real(value(first)), real(value(second))];
  const g = [real(grad(first)), real(grad(second))],
    size = Math.hypot(...g) || 1;
  const to = [x(at[0]) - (34 * g[0]) / size, y(at[1]) + (34 * g[1]) / size];
  return plot(
    say("loss.contour.label", { first: nameOf(first), second: nameOf(second) }),
    ...cells,
    ...axes(x, y, [xs[0], xs.at(-1)], [ys[0], ys.at(-1)], nameOf(first), nameOf(second)),
    svg("line", { class: "tangent", x1: x(at[0]), y1: y(at[1]), x2: to[0], y2: to[1] }),
    svg("circle", { class: "ball", cx: x(at[0]), cy: y(at[1]), r: 7 }),
  );
}

// The losses of a training by epoch: of what it was trained on, and of test data, which is dashed.
export function curvePlot(curve, step) {
  const lines = [["curve", say("curve.training"), curve.map(({ epoch, loss }) => [epoch, loss])]];
  const tested = curve.filter((point) => point.test_loss !== undefined);
  if (tested.length) {
    lines.push([
      "second",
      say("curve.test"),
      tested.map(({ epoch, test_loss }) => [epoch, test_loss]),
    ]);
  }
  const top = Math.max(...finite(lines.flatMap(([, , points]) => points.map(([, y]) => y))), 1e-9);
  const [first, last] = [curve[0].epoch, curve.at(-1).epoch];
  const x = scale(LEFT, WIDE - 8, first, Math.max(first + 1, last)),
    y = scale(HIGH - BOTTOM, 26, 0, top);
  const drawn = lines.map(([name, , points]) =>
    svg("path", {
      class: name,
      d: path(points.map(([a, b]) => [x(a), y(b)]).filter(([, b]) => Number.isFinite(b))),
    }),
  );
  const here = curve[step];
  const legend = lines.flatMap(([name, said], i) => {
    const at = 116 + 106 * i;
    return [
      svg("line", { class: name, x1: at, x2: at + 26, y1: 13, y2: 13 }),
      svg("text", { x: at + 31, y: 18 }, said),
    ];
  });
  return plot(
    say("curve.label"),
    ...axes(x, y, [first, last], [0, top], say("curve.epoch"), say("curve.loss")),
    ...drawn,
    ...(here ? [svg("circle", { class: "ball", cx: x(here.epoch), cy: y(here.loss), r: 6 })] : []),
    ...legend,
  );
}
const percent = (share) => `${Math.round(100 * share)}%`;
function measured(name, number, share) {
  const loss = text(number, 3);
  if (share === undefined) return say("curve.measured.loss", { name, loss });
  return say("curve.measured", { name, loss, right: percent(share) });
}
function curveTold(curve) {
  const last = curve.at(-1);
  const told = [measured(say("curve.training"), last.loss, last.accuracy)];
  if (last.test_loss !== undefined) {
    told.push(measured(say("curve.test"), last.test_loss, last.test_accuracy));
  }
  return told;
}
// A function with its slope dotted, and a ball on both where it is used.
export function functionPlot({ x: xs, f, slope, at, names = [] }) {
  const all = finite([...f, ...slope]);
  const x = scale(LEFT, WIDE - 8, xs[0], xs.at(-1));
  const low = Math.min(0, ...all),
    high = Math.max(1, ...all);
  const y = scale(HIGH - BOTTOM, 10, Math.max(low, -4), Math.min(high, 4));
  const line = (name, ys) =>
    svg("path", { class: name, d: path(xs.map((one, i) => [x(one), y(real(ys[i]))])) });
  const balls = (at ?? []).map(([one, height], i) =>
    svg("circle", { class: i ? "was" : "ball", cx: x(real(one)), cy: y(real(height)), r: 7 }),
  );
  const [name = "", unit = "", said = say("function.label")] = names;
  return plot(
    said,
    ...axes(x, y, [xs[0], xs.at(-1)], [low, high], name, unit),
    line("second", slope),
    line("curve", f),
    ...balls,
  );
}

// The gate of a unit: where z stands on f, and how far f′ is open there.
function gatePlot() {
  const z = zOf(app.gate.ref),
    a = z.replace(/z$/, "a");
  const [here, height, open] = [value(z), value(a), app.view.refs[z].slope];
  const said = say("gate.label", { z: text(here, 2), a: text(height, 2), open: text(open, 2) });
  const at = [
    [here, height],
    [here, open],
  ];
  return functionPlot({ ...app.gate, at, names: ["z", "f, f′", said] });
}

function drawLoss() {
  const ref = pinned(),
    shown = [];
  if (app.pins.length === 2 && app.contour?.pins === app.pins.join()) {
    shown.push(el("h3", {}, say("loss.contour")), contourPlot());
  } else if (app.slice && app.slice.ref === ref) {
    shown.push(el("h3", {}, say("loss.slice", { name: nameOf(ref) })), slicePlot());
  } else if (app.gate && app.gate.ref === ref) {
    shown.push(el("h3", {}, say("gate.head", { name: nameOf(ref) })), gatePlot());
  } else if (!app.curve.length) {
    shown.push(el("p", { class: "quiet" }, say("loss.none")));
  }
  const film = filmed();
  const curve = film?.curve ?? app.curve;
  if (curve.length > 1) {
    shown.push(
      el("h3", {}, say("curve.head", { epoch: curve.at(-1).epoch })),
      curvePlot(curve, film && app.at),
      ...curveTold(curve).map((said) => el("p", { class: "quiet figures" }, said)),
    );
  }
  if (!holding) $("loss").replaceChildren(...shown);
  else if (sliced) {
    // the picture that the pointer holds stays, its ball moves
    const fresh = slicePlot();
    $("loss")
      .querySelector(".plot")
      .replaceChildren(...fresh.childNodes);
  }
}
let holding = false;
$("loss").addEventListener("pointerdown", (event) => {
  if (!sliced || !event.target.closest(".plot") || app.pins.length === 2) return;
  holding = true;
  $("loss").setPointerCapture(event.pointerId);
  event.preventDefault();
  slide(event);
});
function slide(event) {
  const box = $("loss").querySelector(".plot").getBoundingClientRect();
  const share = (((event.clientX - box.left) / box.width) * WIDE - LEFT - 8) / (WIDE - 20 - LEFT);
  const { xs } = sliced;
  const number = xs[0] + Math.max(0, Math.min(1, share)) * (xs.at(-1) - xs[0]);
  turn(sliced.ref, Math.round(number * 1000) / 1000);
}
$("loss").addEventListener("pointermove", (event) => {
  if (holding) slide(event);
});
for (const name of ["pointerup", "pointercancel"]) {
  $("loss").addEventListener(name, () => {
    holding = false;
    endTurn();
  });
}

// The data plane.
const canvas = el("canvas", { "aria-hidden": "true" });
const over = svg("svg", {
  class: "plot",
  id: "points",
  tabindex: 0,
  role: "application",
  viewBox: [-REACH, -REACH, 2 * REACH, 2 * REACH].join(" "),
});
const frame = el("div", { class: "frame" }, canvas, over);
const which = el(
  "select",
  { "aria-label": say("click.label"), id: "f-class" },
  el("option", { value: "none" }, say("click.moves")),
  el("option", { value: "0" }, say("click.adds", { n: 0 })),
  el("option", { value: "1" }, say("click.adds", { n: 1 })),
);
const clicks = el("label", { class: "quiet" }, say("click.head"), " ", which);
const planeHead = el("h3", {});
const hollow = el("p", { class: "quiet figures" }, say("plane.hollow"));
$("plane").replaceChildren(planeHead, frame, hollow, clicks);

let cross = [0, 0];
function drawPlane() {
  const film = filmed();
  const two = app.view.sizes[0] === 2 && !isAt("roads");
  $("plane").hidden = !film && (!two || !app.maps);
  if ($("plane").hidden) return;
  planeHead.textContent = say(film ? "plane.film" : "plane.head");
  clicks.hidden = Boolean(film);
  const last = app.view.sizes.length - 2;
  const rows = film?.rows ?? app.maps?.maps[`layers.${last}.neurons.0.a`] ?? [[0]];
  const image = film?.classes ? classImage(film.classes) : mapImage(rows);
  if (canvas.width !== 320) canvas.width = canvas.height = 320;
  const pen = canvas.getContext("2d");
  pen.clearRect(0, 0, 320, 320);
  pen.drawImage(image, 0, 0, 320, 320);
  const test = film ? film.test : app.points.test;
  const points = pointsOf(film ? film.points : app.points, "");
  const tested = test?.x ? pointsOf(test, " hollow") : [];
  hollow.hidden = !tested.length;
  const [x, y] = [real(value("x.0")), real(value("x.1"))];
  const sample = svg("circle", { class: "sample", cx: x, cy: -y, r: 0.12, "stroke-width": 0.04 });
  const adds = !film && which.value !== "none";
  over.replaceChildren(...tested, ...points, ...(film ? [] : [sample]));
  if (adds && document.activeElement === over) {
    const [left, above] = [cross[0], -cross[1]];
    over.append(
      svg("path", {
        class: "cross",
        d: `M${left - 0.12} ${above}h.24M${left} ${above - 0.12}v.24`,
      }),
    );
  }
  const count = points.length + tested.length;
  const said = film ? "plane.label.film" : adds ? "plane.label.cross" : "plane.label";
  const [left, above] = cross.map((one) => text(one));
  over.setAttribute("aria-label", say(said, { count, x: text(x), y: text(y), left, above }));
}
// What a cell shows of its training, at the step of the timeline.
function filmed() {
  const { film } = app;
  if (!isAt("code") || !film?.frames.length) return null;
  const frame = film.frames[Math.min(app.at ?? Infinity, film.frames.length - 1)];
  return { ...film, rows: frame.map, classes: frame.classes };
}
const CLASSES = ["teal", "magenta", "olive"];
function pointsOf({ x: places, y: labels }, kind) {
  return places.map(([x, y], i) => {
    const of = { class: CLASSES[labels[i] % 3] + kind, "stroke-width": kind ? 0.03 : 0.02 };
    if (labels[i] % 3 === 1) {
      return svg("rect", { ...of, x: x - 0.05, y: -y - 0.05, width: 0.1, height: 0.1 });
    }
    if (labels[i] % 3 === 2) {
      return svg("path", { ...of, d: `M${x} ${-y - 0.07}l0.07 0.13h-0.14Z` });
    }
    return svg("circle", { ...of, cx: x, cy: -y, r: 0.055 });
  });
}
// A place on the plane: the sample goes there, or a point is added.
function place([x, y]) {
  if (filmed()) return;
  if (which.value !== "none") {
    ask({ do: "point", x, y, label: +which.value }, { do: "points" });
    return;
  }
  turn("x.0", x);
  turn("x.1", y);
}
const held = (x) => Math.round(Math.max(-REACH, Math.min(REACH, x)) * 100) / 100;
let dragging = false;
function placeAt(event) {
  const box = over.getBoundingClientRect();
  const x = ((2 * (event.clientX - box.left)) / box.width - 1) * REACH;
  const y = (1 - (2 * (event.clientY - box.top)) / box.height) * REACH;
  return [held(x), held(y)];
}
over.addEventListener("pointerdown", (event) => {
  place(placeAt(event));
  if (which.value !== "none") return;
  dragging = true;
  over.setPointerCapture(event.pointerId);
});
// By keys: arrows move the sample, or a cross, where Enter adds a point.
over.addEventListener("keydown", (event) => {
  const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[
    event.key
  ];
  if (event.key === "Enter") {
    place(cross);
    event.preventDefault();
  }
  if (!step || event.ctrlKey || event.altKey) return;
  event.preventDefault();
  const by = event.shiftKey ? 0.01 : 0.1;
  cross = cross.map((x, i) => held(x + by * step[i]));
  if (which.value === "none") place(cross);
  else drawPlane();
});
over.addEventListener("focus", () => {
  cross = [real(value("x.0")), real(value("x.1"))];
});
which.addEventListener("change", () => drawPlane());
over.addEventListener("pointermove", (event) => {
  if (!dragging) return;
  place(placeAt(event));
});
for (const name of ["pointerup", "pointercancel"]) {
  over.addEventListener(name, () => {
    dragging = false;
    endTurn();
  });
}

draws(() => {
  if (!app.view) return;
  drawLoss();
  drawPlane();
});
