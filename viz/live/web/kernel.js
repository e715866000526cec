// A notebook's kernel in the place of the worker: what the page asks goes through the widget to the
// learner's own Python, which also tells of changes by itself.
import { say } from "./words.js";

const BUSY = 1000; // longer than that an answer takes only while a cell runs
const LOST = 15_000; // and longer than that a kernel does not take to say that it is there
const OFTEN = 700; // how often it is asked for changes, where nothing tells it when a cell has run

export class Engine {
  // `hears` is told what happens: status(text), ready(cells), told(requests, answers), theme(name).
  constructor(hears) {
    this.hears = hears;
    this.waiting = new Map();
    this.next = 0;
    this.up = false;
    this.running = null;
  }

  // `then` is called once the kernel has said what its model is.
  start(then) {
    this.then = then;
    this.hears.status(say("kernel.asked"));
    this.slow = setTimeout(() => {
      this.hears.status(say("kernel.none"));
    }, LOST);
    addEventListener("message", ({ source, data }) => {
      if (source === parent && data) this.heard(data);
    });
    this.post({ type: "hello" });
  }

  heard({ type, id, requests, answers, name, polled, given }) {
    if (type === "theme") {
      this.hears.theme(name === "dark" ? "dark" : "light");
    } else if (type === "hello" && !this.up) {
      clearTimeout(this.slow);
      const { error } = answers[0];
      if (error !== undefined) return this.hears.status(error);
      this.up = true;
      document.body.classList.toggle("given", given);
      this.hears.told(requests, answers);
      this.hears.ready({});
      this.hears.status("");
      this.free();
      this.then();
      if (polled) this.poll();
    } else if (type === "polled") {
      setTimeout(() => this.poll(), OFTEN);
    } else if (type === "answer") {
      const resolve = this.waiting.get(id);
      this.waiting.delete(id);
      this.free();
      resolve?.(answers);
    } else if (type === "changed") {
      if (this.up) this.hears.told(requests, answers);
      else this.post({ type: "hello" }); // its model could not be shown, and now perhaps it can
    }
  }

  // The next question waits for the answer: a cell that runs for an hour leaves no queue of them.
  poll() {
    if (document.hidden) setTimeout(() => this.poll(), OFTEN);
    else this.post({ type: "poll" });
  }

  // While a cell runs, a kernel does not answer: what was asked waits, and the page says why.
  free() {
    clearTimeout(this.busy);
    if (this.waiting.size) {
      this.busy = setTimeout(() => {
        this.hears.status(say("kernel.busy"));
        this.late = true;
      }, BUSY);
    } else if (this.late) {
      this.late = false;
      this.hears.status("");
    }
  }

  post(message) {
    parent.postMessage(message, "*");
  }

  ask(requests) {
    const id = this.next++;
    return new Promise((resolve) => {
      this.waiting.set(id, resolve);
      this.free();
      this.post({ type: "ask", id, requests });
    });
  }

  stop() {
    return "idle";
  }
}
