
// The steps: what each card and each edge shows at each of them.
const { steps, names, quiz } = content;
const XLINK = "http://www.w3.org/1999/xlink";
let at = 0, timer = null;

// A card's texts end with: "data", its number, "grad", its number (and perhaps a mark).
function fields(id) {
  const texts = [...$(id).querySelectorAll("text")];
  const grad = texts.map(t => t.textContent.trim()).lastIndexOf("grad");
  return grad < 1 ? null : { data: texts[grad - 1], grad: texts[grad + 1] };
}
const tipOf = part => part.getAttributeNS(XLINK, "title") ?? "";
const tip = (part, text) => part.setAttributeNS(XLINK, "xlink:title", text);
const values = [...document.querySelectorAll("g.value")];
const cards = new Map(values.map(g => [g.id, fields(g.id)]).filter(([, f]) => f));
const said = fields => ({ data: fields.data.textContent, grad: fields.grad.textContent });
const final = new Map([...cards].map(([id, fields]) => [id, said(fields)]));
const made = new Set(steps.flatMap(s => s.data.map(([id]) => id)));
const timed = new Set(steps.flatMap(s => s.slopes ?? []));  // edges that say their slope in time
const tips = new Map([...cards.keys()].map(id => [id, tipOf($(id).querySelector("a") ?? $(id))]));
const edges = new Map(Object.keys(content.ends).map(id => {
  const links = [...$(id).querySelectorAll("a")], text = $(id).querySelector("text");
  return [id, { text, slope: text?.textContent ?? "", links, tips: links.map(tipOf) }];
}));
// The line below a title is a polygon without height; all others are outlines.
function isRule(line) {
  if (line.tagName !== "polygon") return false;
  const ys = line.getAttribute("points").trim().split(/\s+/).map(point => point.split(",")[1]);
  return new Set(ys).size === 1;
}
for (const line of svg.querySelectorAll("g.value a > path, g.value a > polygon")) {
  if (!isRule(line)) line.classList.add("outline");
}

// A number that is longer than the drawn one is squeezed into the room that its card has for it.
function write(text, said) {
  text.textContent = said;
  const room = +text.dataset.room, wide = +text.dataset.sign * said.length;
  if (wide > room) text.setAttribute("textLength", room);
  else text.removeAttribute("textLength");
}
// A tooltip has all digits of both numbers: only once the card shows both.
function card(id, data, grad) {
  const f = cards.get(id), last = final.get(id);
  write(f.data, data);
  write(f.grad, grad);
  $(id).classList.toggle("blank", grad !== last.grad);  // its colour is that of the end
  const link = $(id).querySelector("a");
  if (link) tip(link, data === last.data && grad === last.grad ? tips.get(id) : names[id]);
}
// Before its op has run an edge says nothing of its slope: not in words, nor by its looks.
function edge(id, known) {
  const { links, tips } = edges.get(id);
  $(id).classList.toggle("unrun", !known);
  links.forEach((link, i) => tip(link, known ? tips[i] : ""));
}
// In a training every step has its own colours and slopes; CSS turns them into those of dark pages.
function dash(line, dashed) {
  if (dashed) line.setAttribute("stroke-dasharray", "5,2");
  else line.removeAttribute("stroke-dasharray");
}
function paint(step) {
  for (const [id, fill] of Object.entries(step.fills)) {
    $(id).classList.remove("blank");
    $(id).querySelector(".outline").setAttribute("fill", fill);
    for (const line of $(id).querySelectorAll(".outline")) dash(line, step.dashed.includes(id));
  }
  for (const [id, [text, textColour, colour, width, dashed]] of Object.entries(step.edges)) {
    for (const line of $(id).querySelectorAll("path, polygon")) {
      line.setAttribute("stroke", colour);
      line.setAttribute("stroke-width", width);
      if (line.tagName === "polygon") line.setAttribute("fill", colour);
      else dash(line, dashed);
      tip(line.parentNode, "slope " + text);
    }
    for (const said of $(id).querySelectorAll("text")) {
      said.textContent = text;
      said.setAttribute("fill", textColour);
      tip(said.parentNode, "slope " + text);
    }
  }
}
// The loss of a training, where there is one: its point goes with the steps.
function point(step) {
  const [x, y] = step.point;
  set($("line-now"), { x1: x, x2: x });
  set($("here-now"), { cx: x, cy: y ?? 0 });
  $("here-now").toggleAttribute("hidden", y === null);
}
function mark(kind, ...ids) {
  document.querySelectorAll("g." + kind).forEach(g => g.classList.remove(kind));
  for (const id of ids) if (id) $(id)?.classList.add(kind);
}
// The longest sentences stand there unseen, one over the other, so that none moves the drawing.
function makeRoom(texts) {
  for (const text of [...texts].sort((a, b) => b.length - a.length).slice(0, 20)) {
    const unseen = document.createElement("p");
    unseen.className = "room";
    unseen.setAttribute("aria-hidden", true);
    unseen.textContent = text;
    $("said").append(unseen);
  }
}

const sources = ids => [...new Set((ids ?? []).map(id => content.ends[id][0]))];
const givers = step => step.giver ? [step.giver] : sources(step.slopes);
function scene(k) {
  const step = steps[k];
  if (step.node) return { card: step.node, others: givers(step), flow: $("flow" + k) };
  const next = steps.find(s => s.node);  // at the start, the inputs of what comes first
  if (next && step.phase === "start") return { card: next.node, others: givers(next) };
  return { card: content.root, others: [], loose: true };
}

function show(k, smooth = true) {
  at = Math.max(0, Math.min(steps.length - 1, k));
  const data = new Map(), grad = new Map(), known = new Set();
  for (const step of steps.slice(0, at + 1)) {
    for (const [id, text] of step.data) data.set(id, text);
    for (const [id, text] of step.grad) grad.set(id, text);
    for (const id of step.slopes ?? []) known.add(id);
  }
  for (const id of cards.keys()) {
    const last = final.get(id);
    const first = made.has(id) ? "?" : last.data, none = last.grad === "—" ? "—" : "?";
    card(id, data.get(id) ?? first, grad.get(id) ?? none);
    $(id).classList.toggle("later", made.has(id) && !data.has(id));
  }
  for (const id of timed) edge(id, known.has(id));
  const step = steps[at], flow = $("flow" + at);
  if (step.fills) paint(step);
  if (step.point) point(step);
  mark("now", step.node, step.edge);
  mark("gives", ...givers(step));
  mark("on");
  $("say").textContent = step.text;
  $("at").value = at;
  $("at").setAttribute("aria-valuetext", step.text);
  $("count").textContent = (step.count ?? at + 1) + " / " + (steps.at(-1).count ?? steps.length);
  aim(scene(at), smooth);
  send(smooth ? flow : null, Math.min(900, 0.8 * $("speed").value));
}
function stop() {
  clearInterval(timer);
  timer = null;
  $("play").textContent = "Play";
  $("play").setAttribute("aria-label", "Play");
}
function play() {
  if (timer) return stop();
  if (at === steps.length - 1) show(0);
  $("play").textContent = "Pause";
  $("play").setAttribute("aria-label", "Pause");
  const tick = () => at === steps.length - 1 ? stop() : show(at + 1);
  timer = setInterval(tick, +$("speed").value);
}
const go = k => { stop(); show(k) };
$("first").onclick = () => go(0);
$("back").onclick = () => go(at - 1);
$("next").onclick = () => go(at + 1);
$("last").onclick = () => go(steps.length - 1);
$("play").onclick = play;
$("speed").onchange = () => { if (timer) { stop(); play() } };
$("at").max = steps.length - 1;
$("at").oninput = e => go(+e.target.value);
addEventListener("keydown", e => {
  if (quiz || e.target.matches("select, input[type=text]")) return;
  if (e.ctrlKey || e.metaKey || e.altKey || e.shiftKey) return;
  const places = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: steps.length - 1 };
  if (e.key in places) {
    e.preventDefault();
    go(places[e.key]);
  } else if (e.key === " " && !e.target.matches("button")) {
    e.preventDefault();
    play();
  }
});
