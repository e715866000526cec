// Formulas as MathML, written by hand: "$z = W x + b$" among words, with numbers of the model in
// them: "$L = (a − y)^2 = {v L}$". Signs: _ and ^ for what stands lower and higher, [over/under] for
// a fraction, ′ and ᵀ as they are. Names of several letters stand upright, as functions do.
import { el } from "./dom.js";

const MATH = "http://www.w3.org/1998/Math/MathML";
function math(tag, attributes, ...children) {
  const made = document.createElementNS(MATH, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

const SIGNS = /\{[^}]*\}|\d+(?:\.\d+)?|[A-Za-zα-ω]+|[′ᵀ]|\S/gu;
const CLOSES = { "(": ")", "[": "]" };
const SMALLER = { ᵀ: "msup", "^": "msup", _: "msub" };

export function formula(source) {
  const signs = source.match(SIGNS);
  const whole = row(signs, null);
  return math("math", {}, ...whole);
}
// All up to a sign that closes.
function row(signs, end) {
  const found = [];
  while (signs.length && signs[0] !== end) {
    const sign = signs[0];
    if (SMALLER[sign] && found.length) found.push(raised(found.pop(), signs));
    else found.push(atom(signs));
  }
  signs.shift();
  return found;
}
function raised(base, signs) {
  const sign = signs.shift();
  const script = sign === "ᵀ" ? math("mi", {}, "T") : atom(signs);
  // What stands lower and what stands higher stand one above the other.
  if (base.localName === "msub") return math("msubsup", {}, ...base.childNodes, script);
  return math(SMALLER[sign], {}, base, script);
}
function atom(signs) {
  const sign = signs.shift();
  if (sign === "[") {
    const inner = row(signs, "]");
    const at = inner.findIndex((one) => one.textContent === "/");
    const [over, under] = [inner.slice(0, at), inner.slice(at + 1)];
    const parts = [over, under].map((part) => math("mrow", {}, ...part));
    return math("mfrac", { displaystyle: "true" }, ...parts);
  }
  if (CLOSES[sign]) {
    const inner = row(signs, CLOSES[sign]);
    const fence = (one) => math("mo", { stretchy: "false" }, one);
    return math("mrow", {}, fence(sign), ...inner, fence(CLOSES[sign]));
  }
  if (sign.startsWith("{")) return bound(sign, (attributes) => math("mn", attributes));
  if (sign === "′") return math("mo", { class: "prime", lspace: "0", rspace: "0" }, sign);
  if (/^\d/.test(sign)) return math("mn", {}, sign);
  if (/^\p{L}/u.test(sign)) return math("mi", {}, sign);
  return sign === "∂" || sign === "Δ" ? math("mi", {}, sign) : math("mo", {}, sign);
}

// {v ref}, {g ref} and {f ref}: a value, a gradient and a slope f′ of the model; {k ref}: one that can be dragged;
// {s name}: a setting; {t name}: what was measured on the way.
const KINDS = {
  v: (what) => ({ "data-num": `value:${what}`, "data-ref": what }),
  g: (what) => ({ "data-num": `grad:${what}`, "data-ref": what }),
  k: (what) => ({
    "data-num": `value:${what}`,
    "data-ref": what,
    "data-knob": what,
    tabindex: 0,
    role: "spinbutton",
    "aria-label": what,
  }),
  f: (what) => ({ "data-num": `slope:${what}`, "data-ref": what }),
  s: (what) => ({ "data-setting": what }),
  t: (what) => ({ "data-told": what }),
};
function bound(sign, made) {
  const [, kind, what] = sign.match(/^\{(\w+) ?(.*)\}$/);
  if (!KINDS[kind]) return el("span", { id: kind });
  return made({ class: kind === "k" ? "num knob" : "num", ...KINDS[kind](what) });
}

// Words, with formulas and bound numbers among them.
export function rich(template) {
  // A formula is not parted from the comma or the full stop after it.
  return template
    .split(/(\$[^$]*\$[.,:;?]*|\{[^}]*\})/)
    .filter(Boolean)
    .map((piece) => {
      const [, source, stop] = piece.match(/^\$(.*)\$(.*)$/) ?? [];
      if (source && stop) return el("span", { class: "whole" }, formula(source), stop);
      if (source) return formula(source);
      if (piece.startsWith("{")) return bound(piece, (attributes) => el("span", attributes));
      return piece;
    });
}
