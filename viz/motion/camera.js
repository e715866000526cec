
// The camera: which part of the drawing is seen, as the viewBox of its SVG.
const camera = (() => {
  const { find, stage, drawing, setAttributes, hasBox, boxOf, inDrawing } = page;
  const { x: worldX, y: worldY, width, height } = drawing.viewBox.baseVal;
  const world = { x: worldX, y: worldY, w: width, h: height };
  const LEAST = 14;  // pixels: text that is as high as that is legible on a phone
  const legible = LEAST / page.smallestText;  // pixels to a unit of the drawing
  const LARGEST = 2.5 * legible;  // a graph of two cards need not fill a wall

  let view = { ...world };  // what is seen now
  let goal = view;  // what is seen when the camera has come to rest
  let mode = "follow";  // follow the steps, show the whole, or be free: moved by the viewer
  let wanted = null;  // what a step has to show
  let gliding = 0;

  const room = () => ({ w: stage.clientWidth, h: stage.clientHeight });
  const fitting = ({ w, h }) => Math.min(room().w / w, room().h / h);
  const centre = box => [box.x + box.w / 2, box.y + box.h / 2];
  const scaleOf = seen => room().w / seen.w;
  function around([x, y], scale) {
    const { w, h } = room();
    return { x: x - w / scale / 2, y: y - h / scale / 2, w: w / scale, h: h / scale };
  }
  const whole = () => around(centre(world), Math.min(fitting(world), LARGEST));
  // Not beyond the drawing, where it can be helped: there is nothing to see.
  function within(seen) {
    const keep = (low, size, least, most) => {
      if (size > most) return low;
      return Math.max(least, Math.min(least + most - size, low));
    };
    const x = keep(seen.x, seen.w, world.x, world.w), y = keep(seen.y, seen.h, world.y, world.h);
    return { ...seen, x, y };
  }
  const spans = (low, size, inner, most) => low <= inner && low + size >= inner + most;
  const holds = (seen, box) =>
    spans(seen.x, seen.w, box.x, box.w) && spans(seen.y, seen.h, box.y, box.h);
  function hull(boxes, rim = 0) {
    const x = Math.min(...boxes.map(box => box.x)) - rim;
    const y = Math.min(...boxes.map(box => box.y)) - rim;
    const right = Math.max(...boxes.map(box => box.x + box.w)) + rim;
    const bottom = Math.max(...boxes.map(box => box.y + box.h)) + rim;
    return { x, y, w: right - x, h: bottom - y };
  }
  function flowBoxes(flow) {
    const rect = flow.querySelector(".product rect"), size = name => +rect.getAttribute(name);
    const numbers = flow.querySelector(".way").getAttribute("d").match(/-?[\d.]+/g).map(Number);
    const xs = numbers.filter((_, i) => i % 2 === 0), ys = numbers.filter((_, i) => i % 2);
    const x = Math.min(...xs), y = Math.min(...ys);
    return [
      { x: size("x"), y: size("y"), w: size("width"), h: size("height") },
      { x, y, w: Math.max(...xs) - x, h: Math.max(...ys) - y },
    ];
  }

  function look(target) {
    view = target;
    const box = [view.x, view.y, view.w, view.h].map(n => n.toFixed(2)).join(" ");
    if (drawing.getAttribute("viewBox") !== box) drawing.setAttribute("viewBox", box);
    setAttributes(find("here"), { x: view.x, y: view.y, width: view.w, height: view.h });
    find("map").classList.toggle("idle", holds(view, world));
  }
  function glide(target, smooth) {
    cancelAnimationFrame(gliding);
    goal = target;
    const rests = ["x", "y", "w", "h"].every(name => view[name] === goal[name]);
    if (!smooth || page.prefersStillness.matches || rests) return look(target);
    const from = view, start = performance.now(), time = 350;
    const tick = now => {
      const t = Math.min(1, Math.max(0, (now - start) / time)), s = t * t * (3 - 2 * t);
      const mix = name => from[name] + s * (target[name] - from[name]);
      look({ x: mix("x"), y: mix("y"), w: mix("w"), h: mix("h") });
      if (t < 1) gliding = requestAnimationFrame(tick);
    };
    gliding = requestAnimationFrame(tick);
  }

  // Show a card, the others that a step is about, and perhaps what flows between them.
  function aim(subject, smooth) {
    if (wanted?.flow !== subject.flow) hideFlow(wanted?.flow);
    wanted = subject;
    overview.light(subject.loose ? [] : [subject.card, ...subject.others]);
    dock.remove();
    const { w, h } = room();
    if (w && h) turnTo(subject, smooth);  // hidden: the observer below calls again once it is shown
    if (dock.isOpen()) hideFlow(subject.flow);
    else showFlow(subject.flow);
  }
  function showFlow(flow) {
    if (!flow) return;
    if (!flow.isConnected) page.graph.append(flow);
    flow.classList.add("on");
  }
  function hideFlow(flow) {
    flow?.classList.remove("on");
    flow?.remove();
  }
  function turnTo(subject, smooth) {
    const isSmall = fitting(world) >= legible;
    if (mode === "whole" || isSmall && mode === "follow") return glide(whole(), smooth);
    if (subject.loose && mode === "free") return;
    const parts = [subject.card, ...subject.others].flatMap(id => [id, id + "_op"]);
    const flow = subject.flow ? flowBoxes(subject.flow) : [];
    const all = inDrawing(hull([...parts.filter(hasBox).map(boxOf), ...flow], 8));
    const fits = fitting(all) >= legible, seen = holds(goal, all) && scaleOf(goal) >= legible;
    if (fits && mode === "free" && seen) return;
    mode = "follow";
    if (isSmall) return glide(whole(), smooth);
    if (!fits && subject.others.length) {
      const box = dock.open(subject);
      return glide(around(centre(box), Math.min(fitting(box), 1.2 * legible)), smooth);
    }
    if (seen && scaleOf(goal) <= 1.6 * legible) return;  // no needless movement
    const scale = subject.loose ? legible : Math.min(fitting(all), 1.2 * legible);
    glide(within(around(centre(all), scale)), smooth);
  }

  // Where the viewer moves it by hand. A drawing smaller than the view stays in its middle; a
  // larger one is never left behind.
  function move(target) {
    mode = "free";
    find("fit").setAttribute("aria-pressed", false);
    const inside = (middle, size, low, most) => {
      if (size >= 0.999 * most) return low + most / 2;  // as large, but for rounding
      return Math.max(low, Math.min(low + most, middle));
    };
    const [x, y] = centre(target);
    const right = inside(x, target.w, world.x, world.w) - x;
    const down = inside(y, target.h, world.y, world.h) - y;
    glide({ ...target, x: target.x + right, y: target.y + down }, false);
  }
  function zoom(factor, [px, py] = [room().w / 2, room().h / 2]) {
    const least = scaleOf(whole()), most = 2 * Math.max(LARGEST, least);
    const scale = Math.max(least, Math.min(most, scaleOf(view) * factor));
    const x = view.x + px / scaleOf(view), y = view.y + py / scaleOf(view);
    move({ x: x - px / scale, y: y - py / scale, w: room().w / scale, h: room().h / scale });
  }
  function pan(dx, dy) {
    const scale = scaleOf(view);
    move({ ...view, x: view.x + dx / scale, y: view.y + dy / scale });
  }
  const moveTo = point => move(around(point, scaleOf(view)));
  function fit() {
    showWhole(mode !== "whole");
    aim(wanted, true);
  }
  function showWhole(on) {
    mode = on ? "whole" : "follow";
    find("fit").setAttribute("aria-pressed", on);
  }

  // A frame that is hidden while it loads has no size; it is laid out when it gets one.
  let laidOut = false;
  new ResizeObserver(() => {
    const { w, h } = room();
    if (!w || !h || !wanted) return;
    if (mode === "free" && laidOut) {
      move(around(centre(view), Math.max(scaleOf(view), scaleOf(whole()))));
    } else {
      aim(wanted, false);
    }
    laidOut = true;
  }).observe(stage);

  return {
    world, legible, room, centre, hull, aim, zoom, pan, moveTo, fit, showWhole,
  };
})();
