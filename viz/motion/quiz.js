
// The quiz: data is shown; slopes, and then gradients, are blank until they are found.
const quizForm = (() => {
  const { find } = page, { mark, final, edges } = player;
  const questions = page.content.quiz ?? [], total = questions.length;
  const open = new Map(questions.map(question => [question.id, question]));
  let found = 0;

  function say(text, kind) {
    find("say").textContent = text;
    find("say").className = kind ?? "";
    find("answer").setAttribute("aria-invalid", kind === "bad");
  }
  function pick(id) {
    const question = open.get(id);
    const card = question.edge ? question.source : id;
    const others = question.edge ? [question.target] : question.targets;
    find("ask").value = id;
    mark("now", card);
    mark("asked", question.edge ? id : "");
    mark("gives", ...others);
    camera.aim({ card, others, outward: true }, true);
  }

  // What is asked for, blank and then as it is.
  function blank({ id, edge }) {
    if (!edge) return player.writeCard(id, final.get(id).data, "?");
    player.showEdge(id, false);
    edges.get(id).text.textContent = "×?";
    find(id).classList.add("sought");
  }
  function reveal({ id, edge }) {
    if (!edge) return player.writeCard(id, final.get(id).data, final.get(id).grad);
    player.showEdge(id, true);
    edges.get(id).text.textContent = edges.get(id).slope;
    find(id).classList.remove("sought");
  }
  function close(id) {
    reveal(open.get(id));
    find(id).classList.remove("ask");
    open.delete(id);
    find("ask").querySelector(`option[value="${id}"]`).remove();
    find("answer").value = "";
    find("score").textContent = found + " of " + total + " found";
    if (open.size) pick(find("ask").value);
    else finish();
  }
  function finish() {
    for (const kind of ["now", "asked", "gives"]) mark(kind);
    for (const control of find("quiz").elements) control.disabled = true;
    const sum = " All done: " + found + " of " + total + " found on your own.";
    say(find("say").textContent + sum, "good");
  }

  // A number as people type it, or a fraction of two; NaN for anything else.
  function numberIn(text) {
    const parts = text.trim().replaceAll("−", "-").split("/").map(part => part.trim());
    if (parts.length > 2 || parts.includes("")) return NaN;
    const [above, below = 1] = parts.map(part => Number(part.replace(",", ".")));
    const number = above / below;
    return Number.isFinite(number) ? number : NaN;
  }
  function isRight(answer, value) {
    const most = value ? 0.01 * Math.abs(value) : 5e-5;
    return Math.abs(answer - value) <= most;
  }
  function fault(answer, value) {
    if (!value) return "it is smaller";
    if (!answer) return "it is not 0";
    if (answer > 0 === value > 0) return "the sign is right, the size is not";
    if (isRight(-answer, value)) return "the size is right, the sign is not";
    return "neither the sign nor the size is right";
  }
  function judge(question, text) {
    const answer = numberIn(text);
    if (Number.isNaN(answer)) return say("Type a number, such as 0.5, -2 or 1/2.", "bad");
    if (!isRight(answer, question.value)) {
      return say("Not yet: " + fault(answer, question.value) + ". " + question.hint, "bad");
    }
    found += 1;
    say("Right: the " + question.name + " is " + question.text + ".", "good");
    close(question.id);
  }

  function listen() {
    find("ask").onchange = e => pick(e.target.value);
    find("quiz").addEventListener("submit", e => {
      e.preventDefault();
      judge(open.get(find("ask").value), find("answer").value);
    });
    find("reveal").onclick = () => {
      const question = open.get(find("ask").value);
      say("The " + question.name + " is " + question.text + ".");
      close(question.id);
    };
    for (const id of open.keys()) {
      find(id).addEventListener("click", () => {
        if (!open.has(id)) return;
        pick(id);
        find("answer").focus({ preventScroll: true });
      });
    }
  }
  function start() {
    document.querySelector("nav").hidden = true;
    player.show(player.last, false);
    for (const question of questions) {
      blank(question);
      find(question.id).classList.add("ask");
      find("ask").add(new Option(question.name, question.id));
    }
    listen();
    const widest = "Not yet: neither the sign nor the size is right. ";
    player.makeRoom(questions.map(question => widest + question.hint));
    find("quiz").hidden = !total;
    const first = questions.some(question => question.edge) ? "the slope on every edge, then " : "";
    const task = "Find " + first + "the gradient of every card.";
    const last = " The last one's is 1; go back from there.";
    say(total ? task + last : "There is no gradient to find here.");
    if (total) pick(find("ask").value);
  }
  return { start };
})();

if (page.content.quiz) quizForm.start();
else player.start();
