// Python in a worker: a module worker, started from a data: URL. All that it needs arrives as bytes
// from the page; it fetches nothing. Learners' code runs here and nowhere else.
const send = (message) => self.postMessage(message);
const imported = (text) =>
  import(URL.createObjectURL(new Blob([text], { type: "text/javascript" })));
let python,
  graphviz,
  cell = null,
  stopAsked = false,
  lastTick = 0,
  written = 0,
  said = {};
let turn = Promise.resolve();

const MOST = 200_000; // characters that a cell may print: a page has to hold them

// Python looks at this "interrupt buffer" every few bytecodes. Ten times a second it reads SIGALRM
// there. The handler of that signal, in prelude.py, suspends the stack for a moment, so that
// messages such as "stop" come in: on file:// there is no shared memory to write into.
const clock = {
  get 0() {
    const now = performance.now();
    if (cell === null || now - lastTick < 100) return 0;
    lastTick = now;
    return 14;
  },
  set 0(_) {},
};

function breathe() {
  flush();
  return new Promise((resume) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resume();
    };
    port2.postMessage(0);
  });
}

const dead = (error) => send({ type: "dead", cell, why: String(error?.message ?? error) });
self.addEventListener("unhandledrejection", (event) => dead(event.reason));
self.addEventListener("error", (event) => dead(event.message));

const DOES = { start, ask, run };
self.onmessage = ({ data }) => {
  if (data.type === "stop") stopAsked = true;
  else turn = turn.then(() => DOES[data.type](data)).catch(dead);
};

function serve(kit) {
  const served = {
    "pyodide.asm.wasm": [kit.wasm, "application/wasm"],
    "python_stdlib.zip": [kit.stdlib, "application/zip"],
  };
  self.fetch = async (what) => {
    const [bytes, type] =
      served[
        String(what.href ?? what)
          .split("/")
          .pop()
      ] ?? [];
    if (!bytes) throw new TypeError(kit.said.offline);
    return new Response(bytes, { headers: { "content-type": type } });
  };
}

// A restart takes the module that was compiled the first time.
function keepModule(kit) {
  const native = WebAssembly.instantiateStreaming.bind(WebAssembly);
  WebAssembly.instantiateStreaming = async (response, imports) => {
    if (kit.module) {
      const instance = await WebAssembly.instantiate(kit.module, imports);
      return { module: kit.module, instance };
    }
    const made = await native(response, imports);
    send({ type: "module", module: made.module });
    return made;
  };
}

async function start({ kit }) {
  said = kit.said;
  serve(kit);
  keepModule(kit);
  const { default: createPyodideModule } = await imported(kit.asm);
  const { loadPyodide } = await imported(kit.lib);
  const nowhere = "https://offline.invalid/";
  python = await loadPyodide({
    indexURL: nowhere,
    packageBaseUrl: nowhere,
    createPyodideModule,
    checkAPIVersion: false,
    lockFileContents: { info: kit.info, packages: {} },
    env: { HOME: "/home/learner", PYTHONHASHSEED: "0" },
  });
  python.setStdout(stream("out"));
  python.setStderr(stream("err"));
  const extractDir = `/lib/python${kit.python}/site-packages`;
  python.unpackArchive(kit.packages, "zip", { extractDir });
  graphviz = await (await imported(kit.graphviz)).instance();
  python.registerJsModule("_page", {
    breathe,
    asked: () => stopAsked,
    heard: () => {
      stopAsked = false;
    },
    soon: () => {
      lastTick = 0;
    },
    layout: (dot, engine) => graphviz.renderString(dot, { format: "svg", engine }),
    film: (text) => flush() ?? send({ type: "film", cell, text }),
    show: (text, svg) => flush() ?? send({ type: "show", cell, text, svg }),
  });
  python.runPython(kit.prelude);
  python.setInterruptBuffer(clock);
  send({ type: "ready", cells: python.globals.get("cells")() });
}

// What is printed goes to the page line by line, but not more often than it can be read.
let printed = [],
  lastFlush = 0;
function flush() {
  lastFlush = performance.now();
  for (const [name, text] of printed.splice(0)) send({ type: "text", cell, stream: name, text });
}
function stream(name) {
  const decoder = new TextDecoder();
  return {
    write(bytes) {
      written += bytes.length;
      if (written - bytes.length > MOST) return bytes.length;
      let text = decoder.decode(bytes);
      if (written > MOST) text += `\n${said.more}\n`;
      if (printed.at(-1)?.[0] === name) printed.at(-1)[1] += text;
      else printed.push([name, text]);
      if (performance.now() - lastFlush > 40) flush();
      return bytes.length;
    },
  };
}

function ask({ id, text }) {
  send({ type: "answer", id, text: python.globals.get("answer")(text) });
}

async function run({ name, code }) {
  [cell, stopAsked, written] = [name, false, 0];
  try {
    python.globals.set("_name", name);
    python.globals.set("_code", code);
    const text = await python.runPythonAsync("await run_cell(_name, _code)");
    flush();
    send({ type: "done", cell, text });
  } catch (error) {
    flush();
    send({ type: "done", cell, text: null, why: String(error?.message ?? error) });
  }
  cell = null;
}
