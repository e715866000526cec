
// Cards that lie too far apart to be read together: copies of the others stand beside the card of
// the step, and the rest of the drawing steps back.
function undock() {
  $("dock")?.remove();
  svg.classList.remove("docked");
}
function dock({ card, others, flow, outward }) {
  const layer = element("g", { id: "dock" }, graph), home = boxOf(card);
  const most = { w: room().w / legible - 16, h: room().h / legible - 16 };
  const product = flow?.querySelector(".product"), rect = product?.querySelector("rect");
  const pill = rect
    ? { w: +rect.getAttribute("width"), h: +rect.getAttribute("height") }
    : { w: 40, h: 12 };
  const widest = Math.max(...others.map(id => boxOf(id).w));
  const inRow = home.w + widest + pill.w + 24 <= most.w;
  const gap = inRow ? pill.w + 24 : pill.h + 40;
  // The others stand in a column: inputs in front of the card and outputs behind it, or above it
  // where the screen is narrow. Those for which there is no room are left out.
  let left = inRow ? most.h : most.h - home.h - gap;
  const placed = [];
  for (const id of others) {
    const { w, h } = boxOf(id);
    if (placed.length && left < h) break;
    left -= h + 10;
    placed.push({ id, w, h });
  }
  const high = placed.reduce((sum, p) => sum + p.h + 10, -10);
  let y = inRow ? home.y + home.h / 2 - high / 2 : home.y - gap - high;
  for (const p of placed) {
    p.x = home.x + (home.w - p.w) / 2;
    if (inRow) p.x = flow || outward ? home.x + home.w + gap : home.x - gap - p.w;
    p.y = y;
    y += p.h + 10;
  }
  const middles = placed.map(p => {
    if (flow) return flowBack(layer, p, home, inRow, flow.classList.contains("blocked"));
    return forward(layer, p, home, inRow, outward ? [card, p.id] : [p.id, card]);
  });
  for (const p of placed) standIn(layer, p);
  if (product) {
    const { x, y } = middles[0], copy = product.cloneNode(true);
    const at = [x - pill.w / 2, inRow ? y - pill.h - 9 : y - pill.h + 2];
    const by = [at[0] - rect.getAttribute("x"), at[1] - rect.getAttribute("y")];
    copy.setAttribute("transform", `translate(${by})`);
    layer.append(copy);
    placed.push({ x: at[0], y: at[1], w: pill.w, h: pill.h });
  }
  svg.classList.add("docked");
  const all = inDrawing(hull([home, ...placed], 8));
  return around(centre(all), Math.min(fitting(all), 1.2 * legible));
}
const leftOf = box => [box.x, box.y + box.h / 2];
const rightOf = box => [box.x + box.w, box.y + box.h / 2];
const topOf = box => [box.x + box.w / 2, box.y];
const bottomOf = box => [box.x + box.w / 2, box.y + box.h];

// From a giver to the card, against a grey arrow. Returns the middle of the way.
function flowBack(layer, giver, home, inRow, blocked) {
  const [from, to] = inRow ? [leftOf(giver), rightOf(home)] : [bottomOf(giver), topOf(home)];
  const dots = blocked ? { "stroke-dasharray": "1 6" } : {};
  const line = element("path", { class: "link way", d: `M${from}L${to}`, ...dots }, layer);
  const length = line.getTotalLength();
  head(layer, line, 0, "var(--line)");
  if (!blocked) head(layer, line, inRow ? length / 2 + 5 : length * 0.84);
  return line.getPointAtLength(length / 2);
}
// From an input of an op to its output, one of which is the card, with the slope if it is known.
function forward(layer, other, home, inRow, [source, target]) {
  const outward = target === other.id, [first, last] = outward ? [home, other] : [other, home];
  const from = rightOf(first), to = inRow ? leftOf(last) : rightOf(last);
  const bend = Math.max(from[0], to[0]) + 26;  // around the right, where one is above the other
  const way = inRow ? `M${from}L${to}` : `M${from}C${bend},${from[1]} ${bend},${to[1]} ${to}`;
  const line = element("path", { class: "link", d: way }, layer), length = line.getTotalLength();
  head(layer, line, length);
  const middle = line.getPointAtLength(length / 2), end = outward ? to : from;
  const above = outward ? end[1] <= from[1] : end[1] <= to[1];
  const beside = { x: end[0] + (outward ? -10 : 8), y: end[1] + (above ? -6 : 14) };
  const place = inRow ? beside : { x: middle.x + 4, y: middle.y };
  const anchor = inRow && outward ? "end" : "start";
  writeSlope(layer, [source, target], { ...place, "text-anchor": anchor });
  return middle;
}
function standIn(layer, p) {
  const rim = { x: p.x - 4, y: p.y - 4, width: p.w + 8, height: p.h + 8 };
  element("rect", { class: "halo", rx: 6, ...rim }, layer);
  const copy = $(p.id).cloneNode(true), [x, y] = boxes[p.id];
  for (const part of [copy, ...copy.querySelectorAll("[id]")]) part.removeAttribute("id");
  copy.classList.remove("value");
  copy.dataset.of = p.id;
  copy.setAttribute("transform", `translate(${p.x - x} ${p.y - y})`);
  layer.append(copy);
}
function head(layer, line, at, colour = "var(--now)") {
  const tip = line.getPointAtLength(at), tail = line.getPointAtLength(at ? Math.max(0, at - 9) : 9);
  const angle = Math.atan2(tip.y - tail.y, tip.x - tail.x) * 180 / Math.PI;
  const transform = `translate(${tip.x} ${tip.y}) rotate(${angle})`;
  element("path", { d: "M0,0L-11,-6L-8,0L-11,6Z", fill: colour, transform }, layer);
}
function writeSlope(layer, [source, target], place) {
  const joins = ([from, to]) => from === source && to === target;
  const id = Object.keys(content.ends).find(edge => joins(content.ends[edge]));
  const said = id && $(id).querySelector("text");
  if (!said || $(id).matches(".unrun:not(.sought)")) return;
  const copy = set(said.cloneNode(true), place);
  if ($(id).matches(".sought")) copy.classList.add("open");
  layer.append(copy);
}
