// Python in its worker: asked, stopped, and started again when it broke down.
import { $ } from "./dom.js";
import { say } from "./words.js";

const PARTS = [
  "wasm",
  "asm",
  "lib",
  "graphviz",
  "stdlib",
  "packages",
  "worker",
  "prelude",
  "editor",
];
const TEXTS = ["asm", "lib", "graphviz", "worker", "prelude", "editor"];
const SLOW = 30_000; // longer than that a start does not take

function bytesOf(base64) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(base64);
  return Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0));
}
async function unpacked(name) {
  const element = $(`part-${name}`);
  const packed = new Blob([bytesOf(element.textContent)]);
  element.remove();
  const stream = packed.stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

export class Engine {
  // `hears` is told what happens: status(text), ready(cells), text, show, done, lost(why).
  constructor(hears) {
    this.hears = hears;
    this.waiting = new Map();
    this.queue = [];
    this.next = 0;
    this.up = false;
    this.running = null;
  }

  async unpack() {
    const kit = JSON.parse($("part-facts").textContent);
    const found = await Promise.all(PARTS.map(unpacked));
    PARTS.forEach((name, i) => {
      kit[name] = found[i];
    });
    for (const name of TEXTS) kit[name] = new TextDecoder().decode(kit[name]);
    kit.packages = kit.packages.buffer;
    kit.said = { more: say("cells.more"), offline: say("python.offline") };
    this.kit = kit;
  }

  start() {
    const code = "data:text/javascript;charset=utf-8," + encodeURIComponent(this.kit.worker);
    const worker = new Worker(code, { type: "module" });
    this.worker = worker;
    this.up = false;
    this.slow = setTimeout(() => this.hears.status(say("python.never")), SLOW);
    worker.onerror = (event) => {
      event.preventDefault(); // it is told on the page
      // A worker that was ended may still send what broke when it ended.
      if (worker === this.worker) this.lost(event.message || say("python.worker"));
    };
    worker.onmessage = ({ data }) => {
      if (worker !== this.worker) return;
      try {
        this.heard(data);
      } catch (error) {
        this.hears.status(say("python.unread", { why: String(error.message).slice(0, 60) }));
      }
    };
    const { worker: _, editor: __, ...kit } = this.kit;
    worker.postMessage({ type: "start", kit });
  }

  // What comes from the worker may have been sent by a learner's code: texts, and no more.
  heard(data) {
    const { type } = data ?? {};
    if (type === "module" && data.module instanceof WebAssembly.Module) {
      this.kit.module ??= data.module;
    } else if (type === "ready" && !this.up) {
      clearTimeout(this.slow);
      this.up = true;
      this.hears.ready(JSON.parse(String(data.cells)));
      for (const message of this.queue.splice(0)) this.worker.postMessage(message);
    } else if (type === "answer") {
      const resolve = this.waiting.get(data.id);
      this.waiting.delete(data.id);
      resolve?.(JSON.parse(String(data.text)));
    } else if (type === "done") {
      this.running = null;
      this.hears.done(String(data.cell), JSON.parse(String(data.text)), data.why);
    } else if (type === "text") {
      this.hears.text(String(data.cell), data.stream === "err", String(data.text));
    } else if (type === "film") {
      this.hears.film(String(data.cell), JSON.parse(String(data.text)));
    } else if (type === "show") {
      this.hears.show(String(data.cell), String(data.text), data.svg === true);
    } else if (type === "dead") {
      this.lost(String(data.why));
    }
  }

  post(message) {
    if (this.up) this.worker.postMessage(message);
    else this.queue.push(message);
  }

  ask(requests) {
    const id = this.next++;
    return new Promise((resolve) => {
      this.waiting.set(id, resolve);
      this.post({ type: "ask", id, text: JSON.stringify(requests) });
    });
  }

  run(name, code) {
    this.running = name;
    this.post({ type: "run", name, code });
  }

  // Politely at first; what does not listen for a second is ended with its worker.
  async stop() {
    const mine = this.running,
      began = performance.now();
    if (mine === null) return "idle";
    for (let i = 0; this.running === mine && performance.now() - began < 1000; i++) {
      if (i % 15 === 0) this.worker.postMessage({ type: "stop" });
      await new Promise((resume) => setTimeout(resume, 20));
    }
    if (this.running !== mine) return "interrupted";
    this.again();
    this.hears.done(mine, null, say("python.stopped"));
    return "restarted";
  }

  lost(why) {
    const cell = this.running;
    this.again();
    if (cell !== null) this.hears.done(cell, null, say("python.broke", { why }));
    else this.hears.status(say("python.breaks"));
  }

  // Another worker; what was asked of the one before has no answer.
  again() {
    this.worker.terminate();
    clearTimeout(this.slow);
    this.running = null;
    for (const resolve of this.waiting.values()) resolve(null);
    this.waiting.clear();
    this.queue = [];
    this.deaths = (this.deaths ?? 0) + 1;
    if (this.deaths > 20) this.hears.status(say("python.lost"));
    else {
      this.start();
      this.hears.restarted();
    }
  }
}
