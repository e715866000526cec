// The end: three gradients of the network that was built, said by the learner, then measured.
import { el, nameOf, real, text, typed, wordsOf } from "./dom.js";
import { app, ask, draws, isAt, redraw, value } from "./store.js";
import { say } from "./words.js";

const STEP = 0.001; // of the nudge that measures
let turn = 0, // which numbers are asked for
  about = "",
  rows = [];

// A weight of the first layer, a bias, and a weight of the last layer.
function refs() {
  const { sizes } = app.view;
  const at = (count) => turn % count;
  const last = sizes.length - 2;
  return [
    `layers.0.neurons.${at(sizes[1])}.w.${at(sizes[0])}`,
    `layers.0.neurons.${(turn + 1) % sizes[1]}.b`,
    `layers.${last}.neurons.${at(sizes.at(-1))}.w.${(turn + 1) % sizes.at(-2)}`,
  ];
}
const isRight = (said, wanted) =>
  Math.abs(said - wanted) <= Math.max(0.01, 0.02 * Math.abs(wanted));

async function measure(row) {
  const said = typed(row.field.value);
  if (!Number.isFinite(said)) {
    row.told.textContent = say("three.number");
    return;
  }
  const [found] = (await ask({ do: "nudge", ref: row.ref, by: STEP })) ?? [];
  if (!found || found.error !== undefined) return;
  row.right = isRight(said, real(found.grad));
  row.tries += 1;
  if (!row.right && row.tries < 2) {
    row.told.textContent = say("three.again");
    return;
  }
  app.asked.delete(row.ref);
  const values = { ratio: text(found.ratio, 4), grad: text(found.grad, 4) };
  row.told.textContent = say(row.right ? "three.right" : "three.wrong", values);
  row.button.disabled = true;
  if (rows.every((one) => one.right)) app.foretold = true;
  redraw();
}

function rowOf(ref) {
  const { sizes } = app.view;
  const field = el("input", {
    type: "text",
    inputmode: "decimal",
    "data-foretold": ref,
    "aria-label": say("three.field", { name: wordsOf(ref, sizes) }),
  });
  const button = el("button", { type: "button" }, say("three.measure"));
  const told = el("span", { class: "quiet", role: "status" });
  const row = { ref, field, button, told, right: false, tries: 0 };
  button.onclick = () => measure(row);
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter") measure(row);
  });
  const name = el("span", { "data-ref": ref }, `∂L/∂${nameOf(ref)} =`);
  row.element = el("div", {}, el("div", { class: "bar" }, name, field, button), told);
  return row;
}

const host = el("div", { class: "three" });
const others = el("button", { type: "button", id: "others" }, say("three.others"));
others.onclick = () => {
  turn += 1;
  about = "";
  redraw();
};
export const three = () => host;

// Other numbers have other gradients: asked again.
draws(() => {
  if (!app.view || !isAt("code")) return;
  const now = `${app.view.sizes}|${value("L")}|${turn}`;
  if (now === about) return;
  about = now;
  rows = [...new Set(refs())].map(rowOf);
  app.asked = new Set(rows.map(({ ref }) => ref));
  host.replaceChildren(...rows.map(({ element }) => element), others);
});
