
// The small map: where the cards are, which of them a step is about, and what is seen of them.
const overview = (() => {
  const { find, boxOf, inDrawing, addElement } = page;
  const map = find("map"), { x, y, width, height } = page.drawing.viewBox.baseVal;
  map.setAttribute("viewBox", [x, y, width, height].join(" "));
  // A live copy of the drawing would be made again with every number that changes.
  const places = new Map();
  for (const id of Object.keys(page.content.boxes).filter(id => !id.endsWith("_op"))) {
    const box = inDrawing(boxOf(id));
    const place = { x: box.x, y: box.y, width: box.w, height: box.h, rx: 6 };
    places.set(id, addElement("rect", place, find("cards")));
  }
  let lit = [];
  function light(ids) {
    for (const place of lit) place.classList.remove("lit");
    lit = ids.filter(id => places.has(id)).map(id => places.get(id));
    for (const place of lit) place.classList.add("lit");
  }
  function go(e) {
    if (e.type === "pointermove" && !e.buttons) return;
    const box = map.getBoundingClientRect();
    const scale = Math.min(box.width / width, box.height / height);
    const right = (e.clientX - box.left - box.width / 2) / scale;
    const down = (e.clientY - box.top - box.height / 2) / scale;
    camera.moveTo([x + width / 2 + right, y + height / 2 + down]);
  }
  map.addEventListener("pointerdown", go);
  map.addEventListener("pointermove", go);
  return { light };
})();
