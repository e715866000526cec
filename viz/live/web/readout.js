// The pinned number: its value, its gradient, why it is so, and what a nudge measures.
import { $, MINUS, el, isKnob, nameOf, names, real, text, wordsOf } from "./dom.js";
import { commit, fill } from "./matrix.js";
import {
  app,
  ask,
  draws,
  endTurn,
  grad,
  hasGrad,
  hasValue,
  isAsked,
  pinned,
  redraw,
  turn,
  value,
  veiled,
} from "./store.js";
import { say } from "./words.js";

const name = el("span", { class: "name" }),
  words = el("div", { class: "quiet" }),
  formula = el("div", { id: "pin-formula" });
const field = el("input", { type: "text", inputmode: "decimal", id: "pin-value" });
const less = el("button", { type: "button", "aria-label": say("readout.less"), id: "less" }, "−");
const more = el("button", { type: "button", "aria-label": say("readout.more"), id: "more" }, "+");
const facts = el("dl"),
  why = el("div", { class: "more" });
const nudge = el("button", { type: "button", id: "nudge" }, say("readout.nudge"));
$("readout").replaceChildren(
  el("div", { class: "head" }, name, less, field, more),
  words,
  formula,
  facts,
  nudge,
  why,
);

export function change(by) {
  const ref = pinned();
  if (!ref || !isKnob(ref)) return;
  turn(ref, Math.round((real(value(ref)) + by) * 1e6) / 1e6);
}
less.onclick = () => {
  change(-0.1);
  endTurn();
};
more.onclick = () => {
  change(0.1);
  endTurn();
};
field.addEventListener("input", () => {
  field.dataset.typing = "1";
});
field.addEventListener("change", () => {
  commit(field, pinned());
  redraw();
});
field.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    delete field.dataset.typing;
    redraw();
  }
  if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
  event.preventDefault();
  change((event.key === "ArrowUp" ? 1 : -1) * (event.shiftKey ? 0.01 : 0.1));
});
export async function nudged() {
  const ref = pinned();
  if (!ref || !isKnob(ref)) return null;
  const [answer] = (await ask({ do: "nudge", ref })) ?? [];
  if (answer && answer.error === undefined)
    app.nudge = { ref, at: value(ref), loss: value("L"), ...answer };
  redraw();
  return app.nudge;
}
nudge.onclick = nudged;

function fact(term, said, id) {
  return [el("dt", {}, term), el("dd", id ? { id } : {}, said)];
}
draws(() => {
  const ref = pinned();
  $("readout").hidden = !ref || !app.view;
  if ($("readout").hidden) return;
  const knob = isKnob(ref);
  name.textContent = nameOf(ref);
  words.textContent = wordsOf(ref, app.view.sizes);
  for (const part of [less, more, field]) part.hidden = !knob;
  const hidden = veiled() || isAsked(ref);
  nudge.hidden = !knob || hidden;
  field.setAttribute("aria-label", say("readout.field", { words: wordsOf(ref, app.view.sizes) }));
  fill(field, value(ref));
  // What it was computed from, with numbers; a number alone explains nothing.
  const written = app.formula?.ref === ref && hasValue(ref) ? app.formula.text : "";
  formula.textContent = /[*(+]/.test(written)
    ? `= ${written.replaceAll(" * ", " · ").replaceAll(" ** ", "^").replaceAll("-", MINUS)}`
        .replace(/\(\(([^()]*)\)\)/g, "($1)")
    : "";
  const known = (is, x) => (is ? text(x, 4) : "?");
  const told = knob ? [] : fact(say("readout.value"), known(hasValue(ref), value(ref)));
  const slope = known(hasGrad(ref), grad(ref));
  if (!hidden) told.push(...fact(`∂L/∂${nameOf(ref)}`, slope, "pin-grad"));
  const { nudge: last } = app;
  if (last && !hidden && last.ref === ref && last.loss === value("L")) {
    told.push(...fact(say("readout.measured"), text(last.ratio, 4), "pin-ratio"));
  }
  told.push(...fact(say("readout.loss"), known(hasValue("L"), value("L"))));
  const { kind } = { kind: ref.split(".").at(-1) };
  if (kind === "a" && !names.single) {
    const z = ref.replace(/a$/, "z");
    told.push(...fact(nameOf(z), known(hasValue(ref), value(z))));
    told.push(...fact(`δ = ∂L/∂${nameOf(z)}`, known(hasGrad(z), grad(z))));
  }
  if (kind === "z") told.push(...fact("f′(z)", text(app.view.refs[ref].slope, 4)));
  facts.replaceChildren(...told);
  if (app.why?.ref !== ref || ref === "L" || hidden || !hasGrad(ref)) {
    why.replaceChildren();
    return;
  }
  const { paths, count } = app.why;
  const lines = paths.map(({ text: said, product }) => {
    const factors = said
      .slice(said.lastIndexOf(": ") + 2)
      .replace(/ = .*$/, "")
      .split(" × ");
    const kept = factors.filter((factor) => factor !== "1");
    return el(
      "li",
      {},
      `${(kept.length ? kept : ["1"]).map((x) => text(x, 3)).join(" × ")} = ${text(product, 4)}`,
    );
  });
  const left = count - paths.length;
  if (left > 0) lines.push(el("li", {}, say("why.more", { left })));
  const head = say(count === 1 ? "why.one" : "why.many", { count });
  why.style.opacity = app.why.L === value("L") ? 1 : 0.4;
  why.replaceChildren(el("h3", {}, head), el("ul", { tabindex: 0 }, ...lines));
});
