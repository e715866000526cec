// Tasks that check themselves: each looks at the view, and once it was done it stays so.
import { $, el, real } from "./dom.js";
import { rich } from "./formulas.js";
import { app, draws, grad, pinned, redraw, value } from "./store.js";
import { all, quizzed } from "./timeline.js";
import { say } from "./words.js";

const sizeOf = (ref) => Math.abs(real(value(ref)));
const isWeight = (ref) => ref.includes(".w.");

// What a view has moved from: a single weight may turn for long, all else begins again.
const turned = { view: null, base: null, ref: null };
function follow() {
  const { view, ref } = turned;
  if (view === app.view) return;
  turned.view = app.view;
  const moved = view && view.sizes.join() === app.view.sizes.join() ? differing(view) : null;
  if (moved?.length === 1 && moved[0] === ref) return;
  const one = moved?.length === 1 && isWeight(moved[0]);
  Object.assign(turned, { base: one ? view : app.view, ref: one ? moved[0] : null });
}
const differing = ({ refs }) =>
  Object.keys(refs).filter(
    (ref) => /^[xy]\.|\.w\.|\.b$/.test(ref) && refs[ref].value !== app.view.refs[ref]?.value,
  );

// The mean size of δ of each layer.
export function deltas() {
  return app.view.activations.map((_, layer) => {
    const found = Object.keys(app.view.refs)
      .filter((ref) => ref.startsWith(`layers.${layer}.`) && ref.endsWith(".z"))
      .map((ref) => Math.abs(real(grad(ref))));
    return found.reduce((sum, x) => sum + x, 0) / found.length;
  });
}

// Of the last epochs, how far the test loss is above that of training.
const LATELY = 10;
function gap() {
  const lately = app.curve.slice(-LATELY).filter((point) => point.test_loss !== undefined);
  if (lately.length < LATELY) return NaN;
  return lately.reduce((sum, { loss, test_loss }) => sum + test_loss - loss, 0) / LATELY;
}

const OUT = "layers.1.neurons.0.a",
  SILENT = "layers.1.neurons.0.w.1";
const CHECKS = {
  flat: () => Math.abs(real(grad(pinned() ?? "L"))) < 0.01 && pinned()?.includes(".w."),
  // To the last step, with no blank left behind.
  walked: () => {
    const steps = all();
    if (app.mode !== "op" || app.at !== steps.length - 1) return false;
    return steps.every((step, i) => !quizzed(step) || app.solved.has(i));
  },
  silent: () => sizeOf(SILENT) < 0.005,
  flipped: () => {
    if (turned.ref === null || turned.ref === SILENT) return false;
    return real(turned.base.refs[OUT].value) * real(value(OUT)) < 0;
  },
  climbs: () => app.before !== null && real(value("L")) > real(app.before.L.value),
  right: () => app.curve.at(-1)?.accuracy >= 0.95,
  level: () => {
    const sizes = deltas();
    return app.view.sizes.length > 6 && Math.max(...sizes) < 10 * Math.min(...sizes);
  },
  part: () => gap() > 0.3,
  meet: () => {
    const { l2, dropout } = app.view;
    return (l2 > 0 || dropout > 0) && app.done.has("task.part") && Math.abs(gap()) < 0.15;
  },
  cells: () => app.passed.size > 0 && app.passed.size === app.cells,
  gradients: () => app.foretold === true,
};
export function task([name, said]) {
  const sign = el("span", { class: "sign", "aria-hidden": "true" });
  const state = el("span", { class: "state" });
  return el("li", { "data-task": name }, sign, el("span", {}, ...rich(said)), " ", state);
}

function paint(item, done) {
  const [sign, state] = [item.querySelector(".sign"), item.querySelector(".state")];
  const said = say(done ? "task.done" : "task.open");
  if (state.textContent === said) return false;
  const before = state.textContent;
  sign.textContent = done ? "✓" : "☐";
  state.textContent = said;
  item.classList.toggle("done", done);
  return done && before !== "";
}

draws(() => {
  if (!app.view) return;
  follow();
  for (const item of $("story").querySelectorAll("[data-task]")) {
    const name = item.dataset.task;
    const fits = !item.closest("[hidden]");
    if (fits && CHECKS[name]()) app.done.add(`task.${name}`);
    if (paint(item, app.done.has(`task.${name}`))) {
      $("told").textContent = say("task.told", { task: item.children[1].textContent });
      redraw(); // what was veiled until now
    }
  }
});
