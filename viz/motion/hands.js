
// By hand: drag, wheel, two fingers, keys and buttons.
(() => {
  const { find, stage } = page;
  const KEYS = {
    "+": () => camera.zoom(1.25),
    "=": () => camera.zoom(1.25),
    "-": () => camera.zoom(0.8),
    "−": () => camera.zoom(0.8),
    0: camera.fit,
    ArrowLeft: () => camera.pan(-60, 0),
    ArrowRight: () => camera.pan(60, 0),
    ArrowUp: () => camera.pan(0, -60),
    ArrowDown: () => camera.pan(0, 60),
  };
  addEventListener("keydown", e => {
    if (page.isTyping(e.target) || e.ctrlKey || e.metaKey || e.altKey) return;
    if (!(e.key in KEYS) || e.key.startsWith("Arrow") && !e.shiftKey) return;
    e.preventDefault();
    KEYS[e.key]();
  });
  find("in").onclick = () => camera.zoom(1.25);
  find("out").onclick = () => camera.zoom(0.8);
  find("fit").onclick = camera.fit;

  function onStage([x, y]) {
    const { left, top } = stage.getBoundingClientRect();
    return [x - left, y - top];
  }
  // In a notebook the wheel is for the notebook, until the drawing has been clicked or tabbed into.
  const embedded = window !== window.parent;
  stage.addEventListener("wheel", e => {
    if (embedded && !e.ctrlKey && document.activeElement !== stage) return;
    e.preventDefault();
    const speed = (e.deltaMode ? 0.05 : 0.002) * (e.ctrlKey ? 4 : 1);  // lines or pixels; a pinch
    camera.zoom(Math.exp(-e.deltaY * speed), onStage([e.clientX, e.clientY]));
  }, { passive: false });

  const fingers = new Map();
  const distance = ([a, b], [c, d]) => Math.hypot(a - c, b - d);
  const between = ([a, b], [c, d]) => [(a + c) / 2, (b + d) / 2];
  stage.addEventListener("pointerdown", e => fingers.set(e.pointerId, [e.clientX, e.clientY]));
  stage.addEventListener("pointermove", e => {
    const before = fingers.get(e.pointerId);
    if (!before) return;
    const now = [e.clientX, e.clientY], dragged = stage.classList.contains("dragged");
    if (fingers.size === 1 && !dragged && distance(before, now) < 4) return;  // a shaky click
    stage.setPointerCapture(e.pointerId);
    stage.classList.add("dragged");
    const other = [...fingers].find(([id]) => id !== e.pointerId)?.[1];
    if (other) {
      const growth = distance(now, other) / Math.max(1, distance(before, other));
      camera.zoom(growth, onStage(between(now, other)));
    }
    const share = other ? 0.5 : 1;  // what lies between two fingers moves half as far as one
    camera.pan(share * (before[0] - now[0]), share * (before[1] - now[1]));
    fingers.set(e.pointerId, now);
  });
  function lift(e) {
    fingers.delete(e.pointerId);
    if (!fingers.size) stage.classList.remove("dragged");
  }
  stage.addEventListener("pointerup", lift);
  stage.addEventListener("pointercancel", lift);
})();
