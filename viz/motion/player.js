
// The steps: what each card and each edge shows at each of them.
const player = (() => {
  const { content, find, setAttributes } = page, { steps, names, dashes } = content;
  let at = 0, timer = null, shown = null;

  const fields = new Map();  // of each card with a gradient, the texts of its two numbers
  for (const group of document.querySelectorAll("g.value")) {
    const data = group.querySelector('[data-role="data"]');
    const grad = group.querySelector('[data-role="grad"]');
    if (data && grad) fields.set(group.id, { group, data, grad, link: group.querySelector("a") });
  }
  const final = new Map();
  for (const [id, { data, grad, link, group }] of fields) {
    const tooltip = page.tooltip(link ?? group);
    final.set(id, { data: data.textContent, grad: grad.textContent, tooltip });
  }
  const edges = new Map(Object.keys(content.ends).map(id => {
    const links = [...find(id).querySelectorAll("a")], text = find(id).querySelector("text");
    const tooltips = links.map(page.tooltip);
    return [id, { text, slope: text?.textContent ?? "", links, tooltips }];
  }));

  // The line below a title is a polygon without height; all others are outlines.
  function isRule(line) {
    if (line.tagName !== "polygon") return false;
    const points = line.getAttribute("points").trim().split(/\s+/);
    return new Set(points.map(point => point.split(",")[1])).size === 1;
  }
  for (const line of document.querySelectorAll("g.value a > path, g.value a > polygon")) {
    if (!isRule(line)) line.classList.add("outline");
  }

  // At which steps each card and each edge changes, so that a step touches those that do.
  const changes = { data: new Map(), grad: new Map() }, slopeKnownAt = new Map();
  steps.forEach((step, k) => {
    for (const kind of ["data", "grad"]) {
      for (const [id, text] of step[kind]) {
        if (!changes[kind].has(id)) changes[kind].set(id, []);
        changes[kind].get(id).push([k, text]);
      }
    }
    for (const id of step.slopes ?? []) slopeKnownAt.set(id, k);
  });
  function textAt(kind, id, k) {
    const found = changes[kind].get(id) ?? [];
    let low = 0, high = found.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (found[middle][0] <= k) low = middle + 1;
      else high = middle;
    }
    return found[low - 1]?.[1];
  }
  function changedBetween(from, to) {
    const some = steps.slice(Math.min(from, to) + 1, Math.max(from, to) + 1);
    return {
      cards: new Set(some.flatMap(step => [...step.data, ...step.grad].map(([id]) => id))),
      slopes: new Set(some.flatMap(step => step.slopes ?? [])),
    };
  }

  // A number that is longer than the drawn one is squeezed into the room its card has for it.
  function writeNumber(text, number) {
    text.textContent = number;
    const room = +text.dataset.room, width = +text.dataset.sign * number.length;
    if (width > room) text.setAttribute("textLength", room);
    else text.removeAttribute("textLength");
  }
  // A tooltip has all digits of both numbers: only once the card shows both.
  function writeCard(id, data, grad) {
    const parts = fields.get(id), last = final.get(id);
    writeNumber(parts.data, data);
    writeNumber(parts.grad, grad);
    parts.group.classList.toggle("blank", grad !== last.grad);  // its colour is that of the end
    const complete = data === last.data && grad === last.grad;
    if (parts.link) page.setTooltip(parts.link, complete ? last.tooltip : names[id]);
  }
  function showCard(id, k) {
    const last = final.get(id), made = changes.data.has(id), data = textAt("data", id, k);
    writeCard(id, data ?? (made ? "?" : last.data), textAt("grad", id, k) ?? "?");
    find(id).classList.toggle("later", made && data === undefined);
  }
  // Before its op has run an edge says nothing of its slope: not in words, nor by its looks.
  function showEdge(id, known) {
    const { links, tooltips } = edges.get(id);
    find(id).classList.toggle("unrun", !known);
    links.forEach((link, i) => page.setTooltip(link, known ? tooltips[i] : ""));
  }

  // In a training every step has its own colours and slopes; CSS turns them into those of dark
  // pages.
  function setDashes(line, dashed) {
    if (dashed) line.setAttribute("stroke-dasharray", dashes);
    else line.removeAttribute("stroke-dasharray");
  }
  function paintCard(id, fill, dashed) {
    find(id).classList.remove("blank");
    find(id).querySelector(".outline").setAttribute("fill", fill);
    for (const line of find(id).querySelectorAll(".outline")) setDashes(line, dashed);
  }
  function paintEdge(id, [text, textColour, colour, width, dashed]) {
    for (const line of find(id).querySelectorAll("path, polygon")) {
      setAttributes(line, { stroke: colour, "stroke-width": width });
      if (line.tagName === "polygon") line.setAttribute("fill", colour);
      else setDashes(line, dashed);
      page.setTooltip(line.parentNode, "slope " + text);
    }
    for (const slope of find(id).querySelectorAll("text")) {
      slope.textContent = text;
      slope.setAttribute("fill", textColour);
      page.setTooltip(slope.parentNode, "slope " + text);
    }
  }
  function paint(step) {
    for (const [id, fill] of Object.entries(step.fills)) {
      paintCard(id, fill, step.dashed.includes(id));
    }
    for (const [id, look] of Object.entries(step.edges)) paintEdge(id, look);
  }
  // The loss of a training, where there is one: its point goes with the steps.
  function movePoint([x, y]) {
    setAttributes(find("line-now"), { x1: x, x2: x });
    setAttributes(find("here-now"), { cx: x, cy: y ?? 0 });
    find("here-now").toggleAttribute("hidden", y === null);
  }

  const marked = new Map();  // by class, the groups that have it
  function mark(kind, ...ids) {
    for (const group of marked.get(kind) ?? []) group.classList.remove(kind);
    const groups = ids.filter(Boolean).map(find).filter(Boolean);
    for (const group of groups) group.classList.add(kind);
    marked.set(kind, groups);
  }
  // The longest sentences stand there unseen, one over the other, so that none moves the drawing.
  function makeRoom(texts) {
    for (const text of [...texts].sort((a, b) => b.length - a.length).slice(0, 20)) {
      const unseen = document.createElement("p");
      unseen.className = "room";
      unseen.setAttribute("aria-hidden", true);
      unseen.textContent = text;
      find("said").append(unseen);
    }
  }

  const sources = ids => [...new Set((ids ?? []).map(id => content.ends[id][0]))];
  const givers = step => step.giver ? [step.giver] : sources(step.slopes);
  function subjectAt(k) {
    const step = steps[k], flow = page.flows.get("flow" + k);
    if (step.node) return { card: step.node, others: givers(step), flow };
    const next = steps.find(s => s.node);  // at the start, the inputs of what comes first
    if (next && step.phase === "start") return { card: next.node, others: givers(next) };
    return { card: content.root, others: [], loose: true };
  }

  // What flows back: a dot that goes the whole way, from the giver to the receiver.
  let running = 0, dot = null;
  function sendDot(flow, time) {
    cancelAnimationFrame(running);
    dot?.remove();
    if (!flow || flow.classList.contains("blocked") || page.prefersStillness.matches) return;
    const way = page.graph.querySelector("#dock .way") ?? flow.querySelector(".way");
    dot = page.addElement("circle", { class: "dot", r: 6 }, way.parentNode);
    const length = way.getTotalLength(), start = performance.now();
    const tick = now => {
      const t = Math.min(1, Math.max(0, (now - start) / time));
      const { x, y } = way.getPointAtLength(length * t * t * (3 - 2 * t));
      setAttributes(dot, { cx: x, cy: y });
      if (t < 1) running = requestAnimationFrame(tick);
      else dot.remove();
    };
    tick(start);
  }

  function showNumbers() {
    if (shown === null) {
      for (const id of fields.keys()) showCard(id, at);
      for (const [id, k] of slopeKnownAt) showEdge(id, k <= at);
    } else {
      const { cards, slopes } = changedBetween(shown, at);
      for (const id of cards) showCard(id, at);
      for (const id of slopes) showEdge(id, slopeKnownAt.get(id) <= at);
    }
    shown = at;
  }
  function show(k, smooth = true) {
    at = Math.max(0, Math.min(steps.length - 1, k));
    showNumbers();
    const step = steps[at], subject = subjectAt(at), last = steps.at(-1).count ?? steps.length;
    if (step.fills) paint(step);
    if (step.point) movePoint(step.point);
    mark("now", step.node, step.edge);
    mark("gives", ...givers(step));
    find("say").textContent = step.text;
    find("at").value = at;
    find("at").setAttribute("aria-valuetext", step.text);
    find("count").textContent = (step.count ?? at + 1) + " / " + last;
    camera.aim(subject, smooth);
    sendDot(smooth ? subject.flow : null, Math.min(900, 0.8 * find("speed").value));
  }

  function setPlaying(on) {
    find("play").textContent = on ? "Pause" : "Play";
    find("play").setAttribute("aria-label", on ? "Pause" : "Play");
  }
  function stop() {
    clearInterval(timer);
    timer = null;
    setPlaying(false);
  }
  function play() {
    if (timer) return stop();
    if (at === steps.length - 1) show(0);
    setPlaying(true);
    const tick = () => at === steps.length - 1 ? stop() : show(at + 1);
    timer = setInterval(tick, +find("speed").value);
  }
  function go(k) {
    stop();
    show(k);
  }
  function listen() {
    find("first").onclick = () => go(0);
    find("back").onclick = () => go(at - 1);
    find("next").onclick = () => go(at + 1);
    find("last").onclick = () => go(steps.length - 1);
    find("play").onclick = play;
    find("speed").onchange = () => {
      if (!timer) return;
      stop();
      play();
    };
    find("at").max = steps.length - 1;
    find("at").oninput = e => go(+e.target.value);
    addEventListener("keydown", e => {
      if (page.isTyping(e.target)) return;
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
  }
  function start() {
    listen();
    makeRoom(steps.map(step => step.text));
    if (content.fitted) camera.showWhole(true);
    show(0, false);
  }
  return { start, show, mark, makeRoom, writeCard, showEdge, final, edges, last: steps.length - 1 };
})();
