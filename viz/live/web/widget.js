// The widget: the page in a frame that can run its own script and reach nothing else. What the page
// asks goes to the kernel, and what the kernel says goes to the page.
const PAGE = @PAGE@;

// Every notebook says in its own way that it is dark; its background says it in all of them.
function isDark(element) {
  for (let at = element; at; at = at.parentElement ?? at.getRootNode().host) {
    const found = getComputedStyle(at).backgroundColor.match(/[\d.]+/g)?.map(Number) ?? [];
    const [red, green, blue, opacity = 1] = found;
    if (found.length && opacity > 0.5) return 0.3 * red + 0.59 * green + 0.11 * blue < 128;
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
  const fromKernel = (content) => {
    if (content?.to === view) post(content);
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
    removeEventListener("message", fromPage);
    model.off("msg:custom", fromKernel);
    preference.removeEventListener("change", retheme);
    watch.disconnect();
    frame.remove();
  };
}

export default { render };
