
// By hand: drag, wheel, two fingers, keys, buttons, and the small map.
function byHand(target) {
  mode = "free";
  $("fit").setAttribute("aria-pressed", false);
  // A drawing smaller than the view stays in its middle; a larger one is never left behind.
  const inside = (middle, size, low, most) => {
    if (size >= 0.999 * most) return low + most / 2;  // as large, but for rounding
    return Math.max(low, Math.min(low + most, middle));
  };
  const [x, y] = centre(target);
  const right = inside(x, target.w, world.x, world.w) - x;
  const down = inside(y, target.h, world.y, world.h) - y;
  glide({ ...target, x: target.x + right, y: target.y + down }, false);
}
function onStage([x, y]) {
  const { left, top } = stage.getBoundingClientRect();
  return [x - left, y - top];
}
function zoom(factor, [px, py] = [room().w / 2, room().h / 2]) {
  const least = scaleOf(whole()), most = 2 * Math.max(LARGEST, least);
  const scale = Math.max(least, Math.min(most, scaleOf(view) * factor));
  const x = view.x + px / scaleOf(view), y = view.y + py / scaleOf(view);
  byHand({ x: x - px / scale, y: y - py / scale, w: room().w / scale, h: room().h / scale });
}
function pan(dx, dy) {
  const scale = scaleOf(view);
  byHand({ ...view, x: view.x + dx / scale, y: view.y + dy / scale });
}
function fit() {
  mode = mode === "whole" ? "follow" : "whole";
  $("fit").setAttribute("aria-pressed", mode === "whole");
  aim(wanted, true);
}
const CAMERA_KEYS = {
  "+": () => zoom(1.25),
  "=": () => zoom(1.25),
  "-": () => zoom(0.8),
  "−": () => zoom(0.8),
  0: fit,
  ArrowLeft: () => pan(-60, 0),
  ArrowRight: () => pan(60, 0),
  ArrowUp: () => pan(0, -60),
  ArrowDown: () => pan(0, 60),
};
addEventListener("keydown", e => {
  if (e.target.matches("select, input[type=text]") || e.ctrlKey || e.metaKey || e.altKey) return;
  if (!(e.key in CAMERA_KEYS) || e.key.startsWith("Arrow") && !e.shiftKey) return;
  e.preventDefault();
  CAMERA_KEYS[e.key]();
});
$("in").onclick = () => zoom(1.25);
$("out").onclick = () => zoom(0.8);
$("fit").onclick = fit;

// In a notebook the wheel is for the notebook, until the drawing has been clicked or tabbed into.
const embedded = window !== window.parent;
stage.addEventListener("wheel", e => {
  if (embedded && !e.ctrlKey && document.activeElement !== stage) return;
  e.preventDefault();
  const speed = (e.deltaMode ? 0.05 : 0.002) * (e.ctrlKey ? 4 : 1);  // lines or pixels; a pinch
  zoom(Math.exp(-e.deltaY * speed), onStage([e.clientX, e.clientY]));
}, { passive: false });

const fingers = new Map();
const distance = ([a, b], [c, d]) => Math.hypot(a - c, b - d);
const between = ([a, b], [c, d]) => [(a + c) / 2, (b + d) / 2];
stage.addEventListener("pointerdown", e => fingers.set(e.pointerId, [e.clientX, e.clientY]));
stage.addEventListener("pointermove", e => {
  const before = fingers.get(e.pointerId);
  if (!before) return;
  const now = [e.clientX, e.clientY], dragged = stage.classList.contains("dragged");
  if (fingers.size === 1 && !dragged && distance(before, now) < 4) return;  // a click that shakes
  stage.setPointerCapture(e.pointerId);
  stage.classList.add("dragged");
  const other = [...fingers].find(([id]) => id !== e.pointerId)?.[1];
  if (other) {
    const growth = distance(now, other) / Math.max(1, distance(before, other));
    zoom(growth, onStage(between(now, other)));
  }
  const share = other ? 0.5 : 1;  // what lies between two fingers moves half as far as one of them
  pan(share * (before[0] - now[0]), share * (before[1] - now[1]));
  fingers.set(e.pointerId, now);
});
function lift(e) {
  fingers.delete(e.pointerId);
  if (!fingers.size) stage.classList.remove("dragged");
}
stage.addEventListener("pointerup", lift);
stage.addEventListener("pointercancel", lift);
function fromMap(e) {
  if (e.type === "pointermove" && !e.buttons) return;
  const { left, top, width, height } = $("map").getBoundingClientRect();
  const scale = Math.min(width / world.w, height / world.h), [x, y] = centre(world);
  const right = (e.clientX - left - width / 2) / scale;
  const down = (e.clientY - top - height / 2) / scale;
  byHand(around([x + right, y + down], scaleOf(view)));
}
$("map").addEventListener("pointerdown", fromMap);
$("map").addEventListener("pointermove", fromMap);
$("map").setAttribute("viewBox", [world.x, world.y, world.w, world.h].join(" "));
// A live copy of the drawing would be made again with every number that changes.
const onMap = new Map(Object.keys(boxes).filter(id => !id.endsWith("_op")).map(id => {
  const { x, y, w, h } = inDrawing(boxOf(id));
  return [id, element("rect", { x, y, width: w, height: h, rx: 6 }, $("cards"))];
}));
