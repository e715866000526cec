// The widget: the page in a frame that can run its own script and reach nothing else. What the page
// asks goes to the kernel, and what the kernel says goes to the page.
const PAGE = @PAGE@;

// Every notebook says in its own way that it is dark; its background says it in all of them. Colours
// have many notations, all of which a canvas can read.
const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: 1 });
const pen = canvas.getContext("2d", { willReadFrequently: true });
function isDark(element) {
  for (let at = element; at; at = at.parentElement ?? at.getRootNode().host) {
    pen.clearRect(0, 0, 1, 1);
    pen.fillStyle = getComputedStyle(at).backgroundColor;
    pen.fillRect(0, 0, 1, 1);
    const [red, green, blue, opacity] = pen.getImageData(0, 0, 1, 1).data;
    if (opacity > 127) return 0.3 * red + 0.59 * green + 0.11 * blue < 128;
  }
  return matchMedia("(prefers-color-scheme: dark)").matches;
}

function render({ model, el }) {
  const view = Array.from(crypto.getRandomValues(new Uint32Array(2))).join("-");
  const frame = document.createElement("iframe");
  frame.setAttribute("sandbox", "allow-scripts");
  frame.title = "glassgrad: your network";
  frame.style.cssText = "display: block; width: 100%; border: 0; border-radius: 6px";
  frame.style.height = `${model.get("height")}px`;

  let theme = null;
  const post = (message) => frame.contentWindow?.postMessage(message, "*");
  const retheme = () => {
    const now = isDark(el) ? "dark" : "light";
    if (now === theme) return;
    theme = now;
    post({ type: "theme", name: now });
  };
  const fromPage = ({ source, data }) => {
    if (source !== frame.contentWindow || !data) return;
    if (data.type === "hello") {
      theme = null;
      retheme();
    }
    model.send({ ...data, view });
  };
  // What reacts to a change, such as a cell of marimo, is told when the knob rests.
  let rests = 0;
  const changed = () => {
    clearTimeout(rests);
    rests = setTimeout(() => {
      model.set("changes", model.get("changes") + 1);
      model.save_changes();
    }, 300);
  };
  const fromKernel = (content) => {
    if (content?.to !== view) return;
    post(content);
    if (content.changed) changed();
  };
  addEventListener("message", fromPage);
  model.on("msg:custom", fromKernel);

  const watch = new MutationObserver(retheme);
  for (const whole of [document.documentElement, document.body]) {
    watch.observe(whole, { attributes: true });
  }
  const preference = matchMedia("(prefers-color-scheme: dark)");
  preference.addEventListener("change", retheme);

  el.append(frame);
  frame.srcdoc = PAGE;
  return () => {
    clearTimeout(rests);
    removeEventListener("message", fromPage);
    model.off("msg:custom", fromKernel);
    preference.removeEventListener("change", retheme);
    watch.disconnect();
    frame.remove();
  };
}

export default { render };
