// The page: scenes, lenses, settings, keys, the address; and Python, once it is up.
import * as cells from "./cells.js";
import { $, css, el, isKnob, nameOf, real, text, wordsOf } from "./dom.js";
import { Engine } from "./engine.js";
import "./evidence.js";
import * as hash from "./hash.js";
import { largestOf, shadeOf } from "./matrix.js";
import { forgetColours } from "./network.js";
import { change } from "./readout.js";
import { redress } from "./scalars.js";
import "./settings.js";
import {
  app,
  ask,
  drawers,
  drawNow,
  draws,
  endTurn,
  grad,
  hasGrad,
  hasValue,
  isAt,
  paintNumbers,
  pin,
  pinned,
  rebind,
  redraw,
  settle,
  told,
  turn,
  value,
} from "./store.js";
import * as story from "./story.js";
import { back, next, play, rest } from "./timeline.js";
import { HELP, KEYS, SCENES, say } from "./words.js";

const LENSES = ["scalars", "matrices", "table"];
const TABS = ["net", "lens", "loss", "plane", "code"];
// Texts that stand still: of an element, and its name for who does not see it.
for (const one of document.querySelectorAll("[data-say]")) one.textContent = say(one.dataset.say);
for (const one of document.querySelectorAll("[data-label]")) {
  one.setAttribute("aria-label", say(one.dataset.label));
}
const baked = JSON.parse($("baked").textContent);

// Numbers wherever they stand.
draws(() => {
  if (!app.view) return;
  const largest = largestOf();
  paintNumbers(({ element, kind, ref }) => {
    const facts = app.view.refs[ref];
    const number = kind === "grad" ? grad(ref) : facts?.[kind];
    const known = kind === "grad" ? hasGrad(ref) : hasValue(ref);
    const said =
      number === undefined ? "" : known ? text(number, element.closest("#story") ? 3 : 2) : "?";
    if (element.textContent !== said) element.textContent = said;
    if (element.dataset.cell !== undefined) {
      element.dataset.shade = known && number !== undefined ? shadeOf(number, kind, largest) : "";
    }
    if (element.dataset.knob) {
      element.setAttribute("aria-valuenow", String(real(number)));
      element.setAttribute("aria-label", wordsOf(ref, app.view.sizes));
    }
    if (kind === "grad") element.classList.toggle("wrong", Boolean(app.wrong[ref]));
    if (element.closest("#story")) element.classList.toggle("seen", ref === app.hover);
  });
});

// Lenses and tabs.
function lens(name) {
  const before = name === app.lens ? new Map() : places();
  app.lens = name;
  for (const one of LENSES) $(one).hidden = one !== name;
  $("camera").hidden = name !== "scalars";
  for (const button of $("lenses").children) {
    button.setAttribute("aria-selected", String(button.dataset.lens === name));
  }
  redraw();
  if (app.ready && name === "scalars") ask().then(() => settle(10));
  drawNow();
  if (before.size) fly(before);
}
story.hooks.lens = lens;

// Numbers fly from their cards to their cells and back: no number changes, only its place.
function places() {
  const found = new Map();
  if (app.lens === "matrices") {
    for (const one of $("matrices").querySelectorAll('[data-num^="value:"]')) {
      found.set(one.dataset.ref, one.getBoundingClientRect());
    }
  } else if (app.lens === "scalars") {
    const root = $("scalars").shadowRoot;
    for (const [ref, id] of Object.entries(app.scalars?.ids ?? {})) {
      const card = root.getElementById(id);
      if (card) found.set(ref, card.getBoundingClientRect());
    }
  }
  return found;
}
function fly(before) {
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  const frame = $("lens").getBoundingClientRect();
  const middle = (box) => [
    box.left + box.width / 2 - frame.left,
    box.top + box.height / 2 - frame.top,
  ];
  for (const [ref, to] of places()) {
    const from = before.get(ref);
    if (!from || !to.width || from.right < frame.left || from.left > frame.right) continue;
    const chip = el("span", { class: "num chip", "aria-hidden": "true" }, text(value(ref), 2));
    $("lens").append(chip);
    const at = (box) => ({
      transform: `translate(${middle(box)[0]}px, ${middle(box)[1]}px)`,
    });
    const gone = () => chip.remove();
    chip
      .animate(
        [
          { ...at(from), opacity: 1 },
          { ...at(to), opacity: 1 },
        ],
        { duration: 700, easing: "ease-in-out" },
      )
      .finished.then(gone, gone);
  }
}

function tab(name) {
  app.tab = name;
  document.body.dataset.tab = name;
  for (const button of $("tabs").children) {
    button.setAttribute("aria-selected", String(button.dataset.tab === name));
  }
  redraw();
}
for (const name of LENSES) {
  $("lenses").append(
    el(
      "button",
      { type: "button", role: "tab", "data-lens": name, onclick: () => lens(name) },
      say(`lens.${name}`),
    ),
  );
}
for (const name of TABS) {
  $("tabs").append(
    el(
      "button",
      { type: "button", role: "tab", "data-tab": name, onclick: () => tab(name) },
      say(`tab.${name}`),
    ),
  );
}

// Scenes.
SCENES.forEach(({ title }, i) => {
  const button = el(
    "button",
    {
      type: "button",
      title,
      "aria-label": say("scene.label", { n: i + 1, title }),
      onclick: () => open(i),
    },
    String(i + 1),
  );
  $("scenes").append(el("li", {}, button));
});
async function open(i, state = null) {
  if (!SCENES[i]) return;
  const { start, pin: pins, lens: first, mode, build, code } = SCENES[i];
  // What was saved belongs to the start that was loaded then, whatever was opened since.
  if (app.saved && app.ready && app.starts[app.savedOf]) app.kept[app.savedOf] = app.saved;
  const same = app.wanted === start && app.view && app.scene !== i && !state;
  app.wanted = start;
  rest();
  app.problem = "";
  app.scene = i;
  app.mode = mode ?? "layer";
  app.hover = null;
  if (!same) {
    app.curve = [];
    app.slice = app.contour = app.why = app.maps = null;
  }
  app.pins = pins ? [pins] : [];
  document.title = say("scene.title", { title: SCENES[i].title });
  [...$("scenes").querySelectorAll("button")].forEach((button, at) => {
    if (at === i) button.setAttribute("aria-current", "step");
    else button.removeAttribute("aria-current");
  });
  $("build").hidden = !build;
  document.body.classList.toggle("training", build === "training");
  $("code").hidden = !code;
  for (const part of ["net", "seam", "lens"]) $(part).hidden = false;
  document.body.classList.toggle("coding", Boolean(code));
  document.body.classList.toggle("roads", isAt("roads"));
  document.body.classList.toggle("points", Boolean(SCENES[i].points));
  story.build();
  tab(code ? "code" : isAt("roads") ? "lens" : "net");
  if (code) cells.open();
  const wanted = state ?? app.kept[start] ?? app.starts[start];
  if (!same && (app.ready || i > 1 || state)) {
    // In a notebook there is nothing to load: the model is the learner's.
    const request = wanted ? { do: "load", state: wanted } : { do: "view" };
    const [loaded] = (await ask(request, { do: "points" })) ?? [];
    if (loaded?.error !== undefined && wanted) await ask({ do: "load", state: app.starts[start] });
    app.loaded = start;
    if (app.scene !== i) return; // another scene was opened meanwhile
    // An answer that was under way when the scene changed may have found no such number.
    app.pins = pins && app.view.refs[pins] ? [pins] : [];
    if (app.pins.length) await ask();
  } else if (app.ready) {
    await ask();
  }
  if (app.scene !== i) return;
  lens(first);
  if (isAt("roads")) await story.openRoads();
  if (app.ready && app.mode === "op") settle(0);
  redraw();
}
story.hooks.open = open;

// Header.
draws(() => {
  $("undo").disabled = !app.view?.can.undo;
  $("redo").disabled = !app.view?.can.redo;
  $("problem").hidden = !app.problem;
  if ($("problem").textContent !== app.problem) $("problem").textContent = app.problem;
});
$("undo").onclick = () => ask({ do: "undo" }, { do: "points" });
$("redo").onclick = () => ask({ do: "redo" }, { do: "points" });
const isDark = () =>
  (document.documentElement.dataset.theme ??
    (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
function retheme() {
  forgetColours();
  redress();
  $("theme").textContent = say(isDark() ? "theme.light" : "theme.dark");
  redraw();
}
$("theme").onclick = () => {
  document.documentElement.dataset.theme = isDark() ? "light" : "dark";
  retheme();
};
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", retheme);
$("help").onclick = () => $("keys").showModal();
$("keys").append(
  el("h2", { id: "keys-title" }, say("keys.title")),
  el(
    "dl",
    {},
    ...KEYS.flatMap(([key, said]) => [el("dt", {}, el("kbd", {}, key)), el("dd", {}, said)]),
  ),
  el("p", {}, HELP),
  el(
    "p",
    {},
    el(
      "label",
      {},
      el("input", { type: "checkbox", id: "letters", checked: true }),
      " ",
      say("keys.single"),
    ),
  ),
  el(
    "p",
    {},
    el(
      "button",
      { type: "button", onclick: () => $("licences").showModal() },
      say("licences.title"),
    ),
  ),
  el("form", { method: "dialog" }, el("button", {}, say("close"))),
);

// The address.
$("share").onclick = async () => {
  const [{ state } = {}] = (await ask({ do: "save" })) ?? [];
  const [done, passed] = [[...app.done], [...app.passed]];
  const content = { version: 1, scene: app.scene, state, codes: cells.codes, done, passed };
  history.replaceState(null, "", `#${await hash.packed(content)}`);
  let said = "share.kept";
  try {
    await navigator.clipboard.writeText(location.href);
    said = "share.copied";
  } catch {
    /* not allowed here */
  }
  $("status").classList.remove("ready");
  $("status").textContent = say(said);
};
async function fromAddress() {
  try {
    const content = await hash.unpacked(location.hash);
    if (content === null) return false;
    const scene = Number.isInteger(content.scene) && SCENES[content.scene] ? content.scene : 0;
    for (const [name, code] of Object.entries(content.codes ?? {})) {
      if (typeof code === "string" && code.length < 50_000) cells.codes[String(name)] = code;
    }
    for (const [kept, given] of [
      [app.done, content.done],
      [app.passed, content.passed],
    ]) {
      const names = Array.isArray(given) ? given.slice(0, 100).map(String) : [];
      for (const name of names) if (/^[\w.]{1,40}$/.test(name)) kept.add(name);
    }
    await open(scene, content.state ?? null);
  } catch (error) {
    app.problem = say("share.unread", { why: String(error.message).slice(0, 80) });
    redraw();
    return false;
  }
  return true;
}
addEventListener("hashchange", fromAddress);

// Keys.
const LETTERS = {
  "[": back,
  "]": next,
  " ": play,
  "?": () => $("keys").showModal(),
  u: () => $("undo").click(),
  g: () => lens("scalars"),
  m: () => lens("matrices"),
  t: () => lens("table"),
  l: () => {
    tab("loss");
    pin(pinned() ?? "x.0");
  },
  d: () => tab("plane"),
  c: () => open(SCENES.findIndex(({ code }) => code)),
  "+": () => change(0.1),
  "=": () => change(0.1),
  "-": () => change(-0.1),
  "*": () => change(0.01),
  _: () => change(-0.01),
};
addEventListener("keydown", (event) => {
  if (
    (event.ctrlKey || event.metaKey) &&
    event.key === "z" &&
    !event.target.closest("input, .editor")
  ) {
    event.preventDefault();
    $(event.shiftKey ? "redo" : "undo").click();
  }
  if (event.ctrlKey || event.metaKey || event.altKey || !$("letters").checked) return;
  if (event.target.closest("input, select, textarea, .editor, dialog")) return;
  if (event.key === " " && event.target.closest("button")) return;
  if (app.blank && /^[\d.,\u2212-]$/.test(event.key)) return $("answer").focus(); // and into it
  const scene = /^[1-9]$/.test(event.key) ? +event.key - 1 : null;
  if (scene !== null) open(scene);
  else if (LETTERS[event.key]) {
    LETTERS[event.key]();
    endTurn();
  } else return;
  event.preventDefault();
});

// Python.
const engine = new Engine({
  status: (said) => {
    $("status").classList.remove("ready");
    $("status").textContent = said;
  },
  ready: (given) => {
    const seconds = (performance.now() / 1000).toFixed(1);
    setTimeout(() => $("status").classList.add("ready"), 4000);
    $("status").textContent = say(app.ready ? "python.again" : "python.ready", { seconds });
    app.ready = true;
    app.readyAt ??= performance.now();
    cells.prepare(given);
  },
  theme: (name) => {
    document.documentElement.dataset.theme = name;
    retheme();
  },
  told: (requests, answers) => {
    told(requests, answers);
    settle();
  },
  text: cells.write,
  show: cells.show,
  film: cells.film,
  done: cells.finished,
  restarted: () => {
    $("status").classList.remove("ready");
    $("status").textContent = say("python.restarts");
    app.loaded = app.wanted;
    const last = app.savedOf === app.wanted ? app.saved : null;
    const state = last ?? app.kept[app.wanted] ?? app.starts[app.wanted];
    ask({ do: "load", state }, { do: "points" });
  },
});
app.engine = engine;

async function boot() {
  if (!baked) return engine.start(() => open(0)); // in a notebook all comes from its kernel
  Object.assign(app, {
    starts: baked.starts,
    lesson: baked.lesson,
    view: baked.view,
    cards: { of: baked.view, ...baked.cards },
  });
  app.scalars = { shape: "1,1|tanh|mse", ...baked.scalars };
  app.why = { ref: SCENES[0].pin, ...baked.why };
  app.stale = baked.view;
  app.saved = baked.starts.knob;
  app.wanted = app.loaded = app.savedOf = SCENES[0].start;
  retheme();
  await open(0);
  app.slice = { ref: SCENES[0].pin, ...baked.slice };
  app.why = { ref: SCENES[0].pin, L: value("L"), ...baked.why };
  app.pins = [SCENES[0].pin];
  drawNow();
  app.painted = performance.now();
  if (document.readyState === "loading") {
    await new Promise((resolve) => addEventListener("DOMContentLoaded", resolve, { once: true }));
  }
  if (typeof WebAssembly === "undefined" || typeof DecompressionStream === "undefined") {
    $("status").textContent = say("python.cannot");
    return;
  }
  await engine.unpack();
  engine.start();
  const { start } = SCENES[0];
  ask({ do: "load", state: baked.starts[start], quiet: true });
  await fromAddress();
}
// What tests look at; nothing on the page needs it.
window.live = {
  editing: cells.editing,
  dark: isDark,
  app,
  ask,
  drawers,
  drawNow,
  turn,
  open,
  lens,
  real,
  isKnob,
  nameOf,
  css,
  rebind,
  engine,
};
boot().catch((error) => {
  $("status").textContent = say("page.failed", { why: error.message });
});
