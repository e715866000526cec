// The scenes: their prose with bound numbers, what they ask, and what their buttons do.
import { $, el, real, svg, text } from "./dom.js";
import { rich } from "./formulas.js";
import { nudged } from "./readout.js";
import { app, ask, draws, endTurn, pin, rebind, redraw, turn, value } from "./store.js";
import { deltas, task } from "./tasks.js";
import { three } from "./three.js";
import { all, go, next, play, rest } from "./timeline.js";
import { SCENES, say } from "./words.js";

const scene = () => SCENES[app.scene];
export const hooks = { lens: () => {} };

function block(one, i) {
  const key = `${app.scene}.${i}`;
  const parts = (one.say ?? []).map((said) => el("p", {}, ...rich(said)));
  if (one.ask) {
    const options = one.options.map((option, at) =>
      el(
        "button",
        {
          type: "button",
          "data-option": at,
          onclick: () => answer(one, key, at),
        },
        option,
      ),
    );
    parts.push(el("p", {}, ...rich(one.ask)), el("div", { class: "bar" }, ...options));
    const told = one.tell.map((said) => el("p", { class: "answer" }, ...rich(said)));
    told[0].prepend(el("strong", { "data-told": `verdict.${key}` }), " ");
    parts.push(el("div", { "data-told-of": key, "aria-live": "polite", hidden: true }, ...told));
  }
  if (one.do) {
    const buttons = one.do.map(([label, action]) =>
      el("button", { type: "button", "data-action": action, onclick: () => act(action) }, label),
    );
    parts.push(el("div", { class: "bar" }, ...buttons));
  }
  if (one.tasks) parts.push(el("ul", { class: "tasks" }, ...one.tasks.map(task)));
  if (one.three) parts.push(three());
  return el(
    "div",
    {
      class: i ? "block" : "",
      "data-only": one.only ?? null,
      "data-unless": one.unless ?? null,
      "data-when": one.when ?? null,
    },
    ...parts,
  );
}

// Where the lesson measures what the scene shows: links if it lies beside the page, else commands.
function measured(sections = []) {
  const links = sections.map((name) => {
    if (!app.lesson) return el("code", {}, say("lesson.command", { name }));
    const href = `section-${name}.html`;
    return el("a", { href }, say("lesson.section", { name }));
  });
  if (!links.length) return "";
  const parts = links.flatMap((link, i) => (i ? [", ", link] : [link]));
  return el("p", { class: "quiet" }, say("lesson.measured"), ...parts);
}

export function build() {
  const { title, blocks, sections } = scene();
  $("story").replaceChildren(
    el("p", { id: "told", "aria-live": "polite" }),
    el("h2", {}, say("scene.head", { n: app.scene + 1, title })),
    ...blocks.map(block),
    el(
      "div",
      { class: "bar" },
      (app.scene < SCENES.length - 1 &&
        el(
          "button",
          {
            type: "button",
            class: "main",
            id: "onward",
            onclick: () => hooks.open(app.scene + 1),
          },
          say("scene.next", { title: SCENES[app.scene + 1].title }),
        )) ||
        "",
    ),
    measured(sections),
  );
  $("story").scrollTop = 0;
  rebind();
}

async function answer(one, key, at) {
  await act(one.then);
  const right = one.right === "went" ? app.told.went : one.right;
  const verdict = at === right ? "verdict.right" : "verdict.wrong";
  app.told[`verdict.${key}`] = say(verdict, { answer: one.options[right] });
  app.done.add(key);
  redraw();
}

const sizes = () => [...app.view.sizes];
const reshape = (wanted) => ask({ do: "shape", sizes: wanted });
const everywhere = (activation) => {
  const names = app.view.activations.map((_, i, given) =>
    i < given.length - 1 ? activation : "identity",
  );
  return ask({ do: "choose", activations: names });
};
let training = false;
async function train(epochs) {
  if (training) return;
  training = true;
  const began = performance.now();
  let ran = 0;
  while (training && ran < epochs) {
    const answers = await ask({ do: "train", epochs: 1 });
    if (!answers || answers[0].error !== undefined) break;
    ran += 1;
  }
  app.rate = ran / ((performance.now() - began) / 1000);
  training = false;
}
export const isTraining = () => training;

const ACTIONS = {
  nudge: async () => {
    pin(scene().pin);
    const found = await nudged();
    if (!found) return;
    const went = real(found.after) - real(found.before);
    Object.assign(app.told, {
      change: text(went, 5),
      ratio: text(found.ratio, 4),
      went: went > 0 ? 0 : 1,
      verdict: say(went > 0 ? "verdict.up" : "verdict.down"),
    });
  },
  first: () => go(0),
  next,
  play,
  assign: () => roads("assign"),
  add: () => roads("add"),
  unordered: () => roads("unordered"),
  scalars: () => hooks.lens("scalars"),
  matrices: () => hooks.lens("matrices"),
  paths: async () => {
    const ref = "layers.0.neurons.1.w.0";
    pin(ref);
    const [found] = (await ask({ do: "why", ref })) ?? [];
    app.told.paths = String(found?.count ?? "");
  },
  deeper: () => reshape([...sizes().slice(0, -1), 3, sizes().at(-1)]),
  flatter: () => reshape([...sizes().slice(0, -2), sizes().at(-1)]),
  wider: () =>
    reshape(sizes().map((count, i, given) => (i && i === given.length - 2 ? count + 1 : count))),
  large: () => reshape([3, 4, 4, 2]),
  small: () => reshape([2, 3, 1]),
  bce: async () => {
    await ask({ do: "choose", loss: "bce_with_logits" });
    const z = `layers.${sizes().length - 2}.neurons.0.z`;
    pin(z);
    const p = 1 / (1 + Math.exp(-real(value(z))));
    Object.assign(app.told, { p: text(p, 3), off: text(p - real(value("y.0")), 3) });
  },
  update: () => ask({ do: "update" }),
  curvature: async () => {
    const [found] = (await ask({ do: "curvature" })) ?? [];
    if (!found || found.error !== undefined) return;
    const limit = real(found.limit);
    app.told.bend = text(found.curvature, 3);
    app.told.limit = Number.isFinite(limit) ? text(limit, 3) : undefined;
    app.told.down = Number.isFinite(limit) ? undefined : app.told.bend;
    redraw();
  },
  train1: () => train(1),
  train100: () => train(100),
  stop: () => {
    training = false;
  },
  noisy: () => {
    app.curve = [];
    return ask({ do: "load", state: app.starts.noisy }, { do: "points" });
  },
  six: () => {
    app.curve = [];
    return ask({ do: "load", state: app.starts.breaks }, { do: "points" });
  },
  l2: () => ask({ do: "choose", l2: 0.01, dropout: 0 }),
  dropout: () => ask({ do: "choose", l2: 0, dropout: 0.3 }),
  rewind: () => {
    app.curve = [];
    return ask({ do: "draw", seed: app.view.seed });
  },
  neither: () => ask({ do: "choose", l2: 0, dropout: 0 }),
  draw: () => {
    app.curve = [];
    return ask({ do: "draw" });
  },
  sigmoid: () => everywhere("sigmoid"),
  tanh: () => everywhere("tanh"),
  relu: () => everywhere("relu"),
  he: async () => {
    await ask({ do: "choose", init: "he_uniform" });
    return everywhere("relu");
  },
  shut: async () => {
    await everywhere("relu");
    for (const ref of Object.keys(app.view.refs)) {
      if (/^layers\.0\..*\.b$/.test(ref)) turn(ref, -3);
    }
    endTurn();
  },
};
const act = (name) => Promise.resolve(ACTIONS[name]?.());

async function roads(rule, at = Infinity) {
  const [found] = (await ask({ do: "roads", rule })) ?? [];
  if (!found || found.error !== undefined) return;
  app.roads = rule;
  app.roadsPicture = found;
  rest();
  app.mode = "op";
  go(at, false);
}
// The scene begins before the way back, with what each rule will end with at hand.
export async function openRoads() {
  const rules = ["assign", "add", "unordered"];
  const ends = (await ask(...rules.map((rule) => ({ do: "roads", rule })))) ?? [];
  ends.forEach((end, i) => {
    if (end.error === undefined) app.told[rules[i]] = text(end.grads.a, 0);
  });
  await roads(rules[0], 0);
}

// Numbers in the prose are dragged sideways, or changed by keys.
let held = null;
const story = $("story");
story.addEventListener("pointerdown", (event) => {
  const ref = event.target.dataset?.knob;
  if (!ref) return;
  pin(ref);
  held = { ref, x: event.clientX, start: real(value(ref)) };
  story.setPointerCapture(event.pointerId);
  event.preventDefault();
  event.target.focus();
});
story.addEventListener("pointermove", (event) => {
  if (!held) return;
  const fine = event.shiftKey ? 0.001 : 0.01;
  turn(held.ref, Math.round((held.start + (event.clientX - held.x) * fine) * 1000) / 1000);
});
for (const name of ["pointerup", "pointercancel"]) {
  story.addEventListener(name, () => {
    held = null;
    endTurn();
  });
}
story.addEventListener("keydown", (event) => {
  const ref = event.target.dataset?.knob;
  const by = { ArrowUp: 1, ArrowRight: 1, ArrowDown: -1, ArrowLeft: -1 }[event.key];
  if (!ref || !by) return;
  event.preventDefault();
  turn(ref, Math.round((real(value(ref)) + by * (event.shiftKey ? 0.01 : 0.1)) * 1000) / 1000);
});
story.addEventListener("pointerover", (event) => {
  const ref = event.target.dataset?.ref;
  if (ref) {
    app.hover = ref;
    redraw();
  }
});

// The size of δ by layer, on a logarithmic scale.
function bars() {
  const host = $("bars");
  if (!host) return;
  const count = app.view.sizes.length - 1,
    high = 120,
    wide = 280,
    step = wide / count;
  const sizes = deltas();
  const drawn = sizes.flatMap((size, layer) => {
    const decades = Math.max(0, Math.min(8, 8 + Math.log10(size || 1e-99)));
    const height = (decades / 8) * (high - 40),
      x = layer * step;
    return [
      svg("rect", {
        x: x + 4,
        y: high - 20 - height,
        width: step - 8,
        height,
        fill: "var(--quiet)",
      }),
      svg(
        "text",
        { x: x + step / 2, y: high - 24 - height, "text-anchor": "middle" },
        size ? size.toExponential(0).replace("-", "−") : "0",
      ),
      svg(
        "text",
        { class: "quiet", x: x + step / 2, y: high - 4, "text-anchor": "middle" },
        `δ${layer + 1}`,
      ),
    ];
  });
  host.replaceChildren(
    svg(
      "svg",
      {
        class: "plot",
        viewBox: `0 0 ${wide} ${high}`,
        role: "img",
        "aria-label": say("bars.label", { sizes: sizes.map((x) => text(x, 6)).join(", ") }),
      },
      ...drawn,
    ),
  );
}

function settingOf(name) {
  const { sizes, activations } = app.view;
  if (name === "points") return app.points.x.length;
  if (name === "parameters") {
    return Object.keys(app.view.refs).filter((ref) => /\.w\.|\.b$/.test(ref)).length;
  }
  if (name === "hidden") return [...new Set(activations.slice(0, -1))].join(", ");
  return name === "sizes" ? `[${sizes.join(", ")}]` : app.view[name];
}
draws(() => {
  if (!app.view) return;
  for (const part of story.querySelectorAll("[data-told-of]")) {
    part.hidden = !app.done.has(part.dataset.toldOf);
  }
  for (const part of story.querySelectorAll("[data-told]")) {
    part.textContent = app.told[part.dataset.told] ?? "";
  }
  for (const part of story.querySelectorAll("[data-setting]")) {
    part.textContent = String(settingOf(part.dataset.setting));
  }
  for (const part of story.querySelectorAll("[data-only]")) {
    part.hidden = part.dataset.only !== app.view.sizes.join();
  }
  for (const part of story.querySelectorAll("[data-unless]")) {
    part.hidden = part.dataset.unless === app.view.sizes.join();
  }
  for (const part of story.querySelectorAll("[data-when]")) {
    part.hidden = app.told[part.dataset.when] === undefined;
  }
  for (const part of story.querySelectorAll("[data-action]")) {
    if (["assign", "add", "unordered"].includes(part.dataset.action)) {
      part.setAttribute(
        "aria-pressed",
        String(part.dataset.action === app.roads && Boolean(app.roadsPicture)),
      );
    }
  }
  bars();
});
