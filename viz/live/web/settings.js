// The settings: a form of fields, each of which asks for one change, and shows what holds.
import { $, el, typed } from "./dom.js";
import { app, ask, draws } from "./store.js";
import { say } from "./words.js";

const OPTIONS = {
  layer: [],
  activation: [
    "tanh",
    "sigmoid",
    "relu",
    "leaky_relu",
    "elu",
    "gelu",
    "silu",
    "softplus",
    "sin",
    "identity",
  ],
  loss: ["mse", "mae", "huber", "hinge", "bce_with_logits", "cross_entropy"],
  data: ["none", "xor", "moons", "noisy moons", "circles", "spirals"],
  init: ["auto", "uniform", "normal", "zeros", "xavier_uniform", "he_uniform"],
};
// What belongs to training is shown where there is something to train.
const TRAINING = ["data", "batch", "l2", "dropout"];
const TIPPED = ["sizes", "loss", "init", "seed", "rate", ...TRAINING];
// After these, a curve would go on that of another training.
const ANEW = ["sizes", "activation", "data", "init", "seed"];

const number = (said) => {
  const found = typed(said);
  return Number.isFinite(found) ? found : said;
};
const chosen = (name) => (said) => [{ do: "choose", [name]: number(said) }];
const named = (name) => (said) => [{ do: "choose", [name]: said }];
const SETTERS = {
  sizes: (said) => {
    const sizes = (said.match(/-?\d+(\.\d+)?/g) ?? []).map(Number);
    return [{ do: "shape", sizes }, { do: "points" }];
  },
  layer: () => [],
  activation: (said) => [{ do: "choose", activations: activationsWith(said) }],
  rate: chosen("rate"),
  loss: named("loss"),
  init: named("init"),
  seed: (said) => [{ do: "choose", seed: number(said) }, { do: "points" }],
  data: (said) => [{ do: "choose", data: said }, { do: "points" }],
  batch: chosen("batch"),
  l2: chosen("l2"),
  dropout: chosen("dropout"),
};

// Which layers the activation is of: all hidden ones, or one.
const isOf = (which, i, count) =>
  which === "hidden" ? i < count - 1 || count === 1 : +which === i + 1;
function activationsWith(said) {
  const which = $("f-layer").value;
  return app.view.activations.map((now, i, { length }) => (isOf(which, i, length) ? said : now));
}
function activationNow() {
  const which = $("f-layer").value;
  const found = app.view.activations.filter((_, i, { length }) => isOf(which, i, length));
  return new Set(found).size === 1 ? found[0] : "";
}

function fieldOf(name) {
  const id = `f-${name}`;
  const options = OPTIONS[name]?.map((option) => el("option", {}, option));
  const field = options ? el("select", { id }, ...options) : el("input", { id, type: "text" });
  field.addEventListener("change", () => {
    if (ANEW.includes(name)) app.curve = [];
    const requests = SETTERS[name](field.value);
    if (requests.length) ask(...requests);
    else show();
  });
  return field;
}

const fields = Object.fromEntries(Object.keys(SETTERS).map((name) => [name, fieldOf(name)]));
fields.layer.setAttribute("aria-label", say("settings.layer"));
const rewindTip = { title: say("settings.rewind.tip") };
const rewind = el("button", { type: "button", id: "rewind", ...rewindTip }, say("settings.rewind"));
rewind.onclick = () => {
  app.curve = [];
  ask({ do: "draw", seed: app.view.seed });
};
const parts = { activation: [fields.layer, fields.activation], seed: [fields.seed, rewind] };
for (const name of Object.keys(SETTERS).filter((name) => name !== "layer")) {
  const title = TIPPED.includes(name) ? say(`settings.${name}.tip`) : null;
  const label = el("label", { for: `f-${name}`, title }, say(`settings.${name}`));
  const group = el("span", { class: "setting" }, label, ...(parts[name] ?? [fields[name]]));
  if (TRAINING.includes(name)) group.dataset.training = "";
  $("build").append(group);
}
$("build").addEventListener("submit", (event) => event.preventDefault());

let layers = 0;
function relayer(count) {
  if (count === layers) return;
  layers = count;
  const each = Array.from({ length: count }, (_, i) =>
    el(
      "option",
      { value: i + 1 },
      i + 1 === count ? say("settings.output") : say("settings.nth", { n: i + 1 }),
    ),
  );
  fields.layer.replaceChildren(el("option", { value: "hidden" }, say("settings.hidden")), ...each);
}
function show() {
  const { sizes, activations, loss, rate, data, init, seed, batch, l2, dropout } = app.view;
  relayer(activations.length);
  const now = { sizes: sizes.join(", "), activation: activationNow(), loss, data, init };
  for (const [name, x] of Object.entries({ seed, rate, batch, l2, dropout })) now[name] = String(x);
  for (const [name, said] of Object.entries(now)) {
    if (document.activeElement !== fields[name]) fields[name].value = said;
  }
}
draws(() => {
  if (app.view && !$("build").hidden) show();
});
