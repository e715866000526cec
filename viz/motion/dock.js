
// Cards that lie too far apart to be read together: copies of the others stand beside the card of
// the step, and the rest of the drawing steps back.
const dock = (() => {
  const { content, find, drawing, graph, addElement, setAttributes, boxOf, inDrawing } = page;
  const leftOf = box => [box.x, box.y + box.h / 2];
  const rightOf = box => [box.x + box.w, box.y + box.h / 2];
  const topOf = box => [box.x + box.w / 2, box.y];
  const bottomOf = box => [box.x + box.w / 2, box.y + box.h];
  const isOpen = () => Boolean(find("dock"));

  function remove() {
    find("dock")?.remove();
    drawing.classList.remove("docked");
  }
  // Put the copies there; returns the box around all of it, in the drawing.
  function open(subject) {
    const { card, flow, outward } = subject;
    const layer = addElement("g", { id: "dock" }, graph), home = boxOf(card);
    const pill = pillOf(flow), { copies, inRow } = arrange(subject, home, pill);
    const middles = copies.map(copy => {
      if (flow) return drawBack(layer, copy, home, inRow, flow.classList.contains("blocked"));
      return drawForward(layer, copy, home, inRow, outward ? [card, copy.id] : [copy.id, card]);
    });
    for (const copy of copies) standIn(layer, copy);
    const boxes = [home, ...copies];
    if (pill.product) boxes.push(copyProduct(layer, pill, middles[0], inRow));
    drawing.classList.add("docked");
    return inDrawing(camera.hull(boxes, 8));
  }
  function pillOf(flow) {
    const product = flow?.querySelector(".product"), rect = product?.querySelector("rect");
    if (!rect) return { w: 40, h: 12 };
    const [x, y, w, h] = ["x", "y", "width", "height"].map(name => +rect.getAttribute(name));
    return { product, x, y, w, h };
  }
  // The others stand in a column: inputs in front of the card and outputs behind it, or above it
  // where the screen is narrow. Those for which there is no room are left out.
  function arrange({ others, flow, outward }, home, pill) {
    const { w: width, h: height } = camera.room();
    const most = { w: width / camera.legible - 16, h: height / camera.legible - 16 };
    const widest = Math.max(...others.map(id => boxOf(id).w));
    const inRow = home.w + widest + pill.w + 24 <= most.w;
    const gap = inRow ? pill.w + 24 : pill.h + 40;
    let left = inRow ? most.h : most.h - home.h - gap;
    const copies = [];
    for (const id of others) {
      const { w, h } = boxOf(id);
      if (copies.length && left < h) break;
      left -= h + 10;
      copies.push({ id, w, h });
    }
    const high = copies.reduce((sum, copy) => sum + copy.h + 10, -10);
    let y = inRow ? home.y + home.h / 2 - high / 2 : home.y - gap - high;
    for (const copy of copies) {
      copy.x = home.x + (home.w - copy.w) / 2;
      if (inRow) copy.x = flow || outward ? home.x + home.w + gap : home.x - gap - copy.w;
      copy.y = y;
      y += copy.h + 10;
    }
    return { copies, inRow };
  }
  function copyProduct(layer, pill, { x, y }, inRow) {
    const left = x - pill.w / 2, top = inRow ? y - pill.h - 9 : y - pill.h + 2;
    const copy = pill.product.cloneNode(true);
    copy.setAttribute("transform", `translate(${left - pill.x},${top - pill.y})`);
    layer.append(copy);
    return { x: left, y: top, w: pill.w, h: pill.h };
  }

  // From a giver to the card, against a grey arrow. Returns the middle of the way.
  function drawBack(layer, giver, home, inRow, blocked) {
    const [from, to] = inRow ? [leftOf(giver), rightOf(home)] : [bottomOf(giver), topOf(home)];
    const dots = blocked ? { "stroke-dasharray": "1 6" } : {};
    const line = addElement("path", { class: "link way", d: `M${from}L${to}`, ...dots }, layer);
    const length = line.getTotalLength();
    drawHead(layer, line, 0, "var(--line)");
    if (!blocked) drawHead(layer, line, inRow ? length / 2 + 5 : length * 0.84);
    return line.getPointAtLength(length / 2);
  }
  // From an input of an op to its output, one of which is the card, with the slope if it is known.
  function drawForward(layer, other, home, inRow, [source, target]) {
    const outward = target === other.id, [first, last] = outward ? [home, other] : [other, home];
    const from = rightOf(first), to = inRow ? leftOf(last) : rightOf(last);
    const bend = Math.max(from[0], to[0]) + 26;  // around the right, where one is above the other
    const way = inRow ? `M${from}L${to}` : `M${from}C${bend},${from[1]} ${bend},${to[1]} ${to}`;
    const line = addElement("path", { class: "link", d: way }, layer);
    const length = line.getTotalLength();
    drawHead(layer, line, length);
    const middle = line.getPointAtLength(length / 2), end = outward ? to : from;
    const above = outward ? end[1] <= from[1] : end[1] <= to[1];
    const beside = { x: end[0] + (outward ? -10 : 8), y: end[1] + (above ? -6 : 14) };
    const place = inRow ? beside : { x: middle.x + 4, y: middle.y };
    const anchor = inRow && outward ? "end" : "start";
    writeSlope(layer, [source, target], { ...place, "text-anchor": anchor });
    return middle;
  }
  function standIn(layer, copy) {
    const rim = { x: copy.x - 4, y: copy.y - 4, width: copy.w + 8, height: copy.h + 8 };
    addElement("rect", { class: "halo", rx: 6, ...rim }, layer);
    const card = find(copy.id).cloneNode(true), { x, y } = boxOf(copy.id);
    for (const part of [card, ...card.querySelectorAll("[id]")]) part.removeAttribute("id");
    card.classList.remove("value");
    card.dataset.of = copy.id;
    card.setAttribute("transform", `translate(${copy.x - x} ${copy.y - y})`);
    layer.append(card);
  }
  function drawHead(layer, line, at, colour = "var(--now)") {
    const tip = line.getPointAtLength(at);
    const tail = line.getPointAtLength(at ? Math.max(0, at - 9) : 9);
    const angle = Math.atan2(tip.y - tail.y, tip.x - tail.x) * 180 / Math.PI;
    const transform = `translate(${tip.x} ${tip.y}) rotate(${angle})`;
    addElement("path", { d: "M0,0L-11,-6L-8,0L-11,6Z", fill: colour, transform }, layer);
  }
  function writeSlope(layer, [source, target], place) {
    const joins = ([from, to]) => from === source && to === target;
    const id = Object.keys(content.ends).find(edge => joins(content.ends[edge]));
    const slope = id && find(id).querySelector("text");
    if (!slope || find(id).matches(".unrun:not(.sought)")) return;
    const copy = setAttributes(slope.cloneNode(true), place);
    if (find(id).matches(".sought")) copy.classList.add("open");
    layer.append(copy);
  }
  return { open, remove, isOpen };
})();
