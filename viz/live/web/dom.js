// Elements, numbers as text, and what refs are called.
import { say } from "./words.js";

export const $ = (id) => document.getElementById(id);
const SVG = "http://www.w3.org/2000/svg";

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}
export const el = (tag, attributes, ...children) =>
  filled(document.createElement(tag), attributes, children);
export const svg = (tag, attributes, ...children) =>
  filled(document.createElementNS(SVG, tag), attributes, children);

// Session sends nan and the infinities as texts.
export const real = (x) =>
  typeof x === "number" ? x : Number(String(x).replace("inf", "Infinity"));

export const MINUS = "\u2212";
export function text(x, digits = 2) {
  const number = real(x);
  if (!Number.isFinite(number)) return String(x).replace("-", MINUS);
  if (number === 0) return "0";
  const size = Math.abs(number);
  const small = 10 ** -digits / 2;
  const said = size < small || size >= 1e5 ? number.toExponential(1) : number.toFixed(digits);
  return said.replaceAll("-", MINUS);
}
export const typed = (said) => {
  const plain = said.trim().replaceAll(MINUS, "-").replace(",", ".");
  return plain === "" ? NaN : Number(plain);
};

export function parts(ref) {
  const [kind, i, , j, what, k] = ref.split(".");
  if (kind !== "layers") return { kind, i: i === undefined ? 0 : +i };
  return { kind: what, layer: +i, unit: +j, i: k === undefined ? 0 : +k };
}
// A network of one neuron with one input has no need of places.
export const names = { single: false };
export function nameOf(ref) {
  const { kind, layer, unit, i } = parts(ref);
  if (kind === "L" || names.single) return kind;
  if (layer === undefined) return `${kind}[${i + 1}]`;
  if (kind === "w") return `W${layer + 1}[${unit + 1},${i + 1}]`;
  return `${kind}${layer + 1}[${unit + 1}]`;
}
export function wordsOf(ref, sizes) {
  const { kind, layer, unit, i } = parts(ref);
  if (names.single) return say(`only.${kind}`);
  const last = layer === sizes.length - 2;
  const where = { layer: layer + 1, unit: unit + 1 };
  const place = layer === undefined ? "" : say(last ? "place.output" : "place.unit", where);
  const from = kind === "w" && !layer ? "name.w.input" : `name.${kind}`;
  return say(from, { n: i + 1, place });
}
export const isKnob = (ref) => /^[xy]\.|\.w\.|\.b$/.test(ref);
export const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

// A depth of colour from the sign and the share of the largest: p0 … p3, n0 … n3.
export function shade(x, largest) {
  const number = real(x);
  if (!number || !largest) return "";
  const share = Number.isFinite(number) ? Math.min(1, Math.abs(number) / largest) : 1;
  return (number > 0 ? "p" : "n") + Math.min(3, Math.floor(share * 4));
}
export const css = (name) =>
  getComputedStyle(document.documentElement).getPropertyValue(name).trim();
