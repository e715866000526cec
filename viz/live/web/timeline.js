// The timeline: forward, loss, backward, update; by layer in the network, or by op in the graph.
import { $, el, real, still, text } from "./dom.js";
import * as motion from "./motion.js";
import { idsOf, knownAt, nameOfCard, steps as ops } from "./scalars.js";
import { app, ask, drawNow, draws, grad, isAt, redraw, value } from "./store.js";
import { say } from "./words.js";

const MODES = ["layer", "op"];
app.mode = "layer";
let player = 0,
  drawnFor = "";

const list = (refs, of) => refs.map((ref) => text(of(ref), 2)).join(", ");
const own = (layer, what) =>
  Array.from(
    { length: app.view.sizes[layer + 1] },
    (_, unit) => `layers.${layer}.neurons.${unit}.${what}`,
  );

function byLayer() {
  const { sizes, activations, loss, rate } = app.view,
    last = sizes.length - 2;
  const found = [{ phase: "start", text: say("step.start") }];
  for (let layer = 0; layer <= last; layer++) {
    found.push({
      phase: "forward",
      layer,
      text: say("step.forward", {
        i: layer + 1,
        f: activations[layer],
        numbers: list(own(layer, "a"), value),
      }),
    });
  }
  found.push({
    phase: "loss",
    ref: "L",
    text: say("step.loss", { name: loss.replaceAll("_", " "), loss: text(value("L"), 4) }),
  });
  for (let layer = last; layer >= 0; layer--) {
    const form = layer === last ? "step.backward.last" : "step.backward";
    const numbers = list(own(layer, "z"), grad);
    found.push({
      phase: "backward",
      layer,
      text: say(form, { i: layer + 1, n: layer + 2, numbers }),
    });
  }
  found.push({
    phase: "update",
    text: say("step.update", { rate: text(rate, 2) }),
  });
  return found;
}
function byOp() {
  const { ids } = { ids: idsOf() };
  const refOf = {};
  for (const [ref, id] of Object.entries(ids)) refOf[id] ??= ref;
  return ops().map((step) => ({ ...step, ref: refOf[step.node], giver: refOf[step.giver] }));
}
const EVERYTHING = { value: () => true, grad: () => true };
export function all() {
  if (isAt("roads")) return ops();
  if (isAt("code") && app.film?.steps.length) return app.film.steps;
  return app.mode === "op" ? byOp() : byLayer();
}

// Which numbers are known at a step: forward up to a layer, back down to one.
function knowing(step, i) {
  if (step.phase === "epoch") return EVERYTHING;
  if (app.mode === "op" || isAt("roads")) {
    const { data, back } = knownAt(i),
      ids = idsOf();
    const computed = new Set(ops().flatMap((one) => one.data.map(([id]) => id)));
    return {
      value: (ref) => !computed.has(ids[ref]) || data.has(ids[ref]),
      grad: (ref) => back.has(ids[ref]),
    };
  }
  const layerOf = (ref) => (ref.startsWith("layers.") ? +ref.split(".")[1] : -1);
  const late = ["loss", "backward", "update"].includes(step.phase);
  const reached = step.phase === "forward" ? step.layer : late ? 99 : -1;
  const back = step.phase === "backward" ? step.layer : step.phase === "update" ? -1 : 99;
  const made = (ref) => /\.[az]$/.test(ref);
  return {
    value: (ref) => (ref === "L" ? late : !made(ref) || layerOf(ref) <= reached),
    grad: (ref) => (ref === "L" ? late : layerOf(ref) >= back),
  };
}

export function go(i, animate = true) {
  const steps = all();
  const before = app.at ?? steps.length - 1;
  app.at = Math.max(0, Math.min(steps.length - 1, i));
  const step = steps[app.at];
  if (!step) return;
  app.step = step;
  app.known = app.at === steps.length - 1 ? null : knowing(step, app.at);
  app.blank = quizzed(step) && !app.solved?.has(app.at);
  if (animate && app.at === before + 1 && step.layer !== undefined) {
    motion.play(step, 1 / $("speed").value);
  }
  redraw();
}
export function rest() {
  stop();
  app.at = undefined;
  app.step = app.known = null;
  app.blank = false;
  app.solved = new Set();
  redraw();
}
export const next = () => {
  const steps = all();
  if (app.at === undefined) return go(0);
  if (app.blank) return answer.focus();
  if (app.at < steps.length - 1) return go(app.at + 1);
  if (app.mode === "layer" && steps[app.at]?.phase === "update") update();
};
export const back = () => go((app.at ?? all().length) - 1);
async function update() {
  await ask({ do: "update" });
  rest();
  $("say").textContent = "";
}
export function stop() {
  clearInterval(player);
  player = 0;
  $("play").textContent = say("play");
}
export function play() {
  if (player) return stop();
  if (app.at === undefined || app.at >= all().length - 1) go(0);
  $("play").textContent = say("pause");
  player = setInterval(
    () => {
      if (app.at >= all().length - 1 || app.blank) return stop();
      go(app.at + 1);
    },
    (still() ? 1400 : 1000) / $("speed").value,
  );
}

// In the second scene what flows back is asked for, unless a factor is 1 or −1.
export const quizzed = (step) =>
  isAt("chain") && app.mode === "op" && / = /.test(step.product ?? "") && !TRIVIAL(step.product);
const TRIVIAL = (product) =>
  product.split(" = ")[0].split(" × ").some((factor) => /^\(?[−-]?1(\.0*)?\)?$/.test(factor.trim()));
const answer = el("input", {
  type: "text",
  inputmode: "decimal",
  id: "answer",
  "aria-label": say("quiz.answer"),
});
const check = el("button", { type: "button", id: "check" }, say("quiz.check"));
const show = el("button", { type: "button", id: "show" }, say("quiz.show"));
const verdict = el("span", { role: "status" });
function solve() {
  app.solved.add(app.at);
  app.blank = false;
  drawNow(); // at once: the next key must not go into the field that is about to go
}
function judge() {
  const step = all()[app.at];
  const wanted = real(step.product.split("= ")[1].replaceAll("−", "-"));
  const given = Number(answer.value.trim().replaceAll("−", "-").replace(",", ".") || NaN);
  if (Math.abs(given - wanted) <= 0.011 * Math.abs(wanted) + 5e-4) return solve();
  verdict.textContent = say("quiz.wrong");
}
check.onclick = judge;
show.onclick = solve;
answer.addEventListener("keydown", (event) => {
  if (event.key === "Enter") judge();
});

$("back").onclick = back;
$("next").onclick = next;
$("play").onclick = play;
$("at").oninput = () => go(+$("at").value, false);
$("modes").replaceChildren(
  ...MODES.map((mode) =>
    el(
      "button",
      {
        type: "button",
        role: "radio",
        "data-mode": mode,
        onclick: () => {
          app.mode = mode;
          app.solved = new Set();
          rest();
          go(0);
        },
      },
      say(`mode.${mode}`),
    ),
  ),
);

draws(() => {
  if (!app.view) return;
  const steps = all();
  $("at").max = Math.max(0, steps.length - 1);
  $("at").value = app.at ?? steps.length - 1;
  $("modes").hidden = isAt("roads") || steps[0]?.phase === "epoch";
  for (const button of $("modes").children) {
    button.setAttribute("aria-checked", String(button.dataset.mode === app.mode));
  }
  if (app.at !== undefined && steps[app.at]) {
    app.step = steps[app.at];
    app.known = app.at === steps.length - 1 ? null : knowing(steps[app.at], app.at);
  }
  const step = app.at === undefined ? null : steps[app.at];
  const key = `${app.at}|${app.mode}|${app.scene}|${app.blank}|${step?.text}`;
  if (key === drawnFor) return;
  drawnFor = key;
  if (!step) {
    $("say").textContent = say("step.none");
  } else if (app.blank) {
    const receiver = nameOfCard(step.node);
    const said = say("quiz.gets", { name: receiver, product: step.product.split(" = ")[0] });
    answer.value = "";
    verdict.textContent = "";
    $("say").replaceChildren(said, " ", answer, " ", check, " ", show, " ", verdict);
  } else {
    $("say").textContent = say("step.of", { n: app.at + 1, count: steps.length, text: step.text });
  }
});
