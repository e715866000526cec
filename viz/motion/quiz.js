
// The quiz: data is shown; slopes, and then gradients, are blank until they are found.
function startQuiz() {
  const open = new Map(quiz.map(q => [q.id, q])), total = open.size;
  let found = 0;
  const tell = (text, kind) => {
    $("say").textContent = text;
    $("say").className = kind ?? "";
    $("answer").setAttribute("aria-invalid", kind === "bad");
  };
  function pick(id) {
    const q = open.get(id);
    const card = q.edge ? q.source : id, others = q.edge ? [q.target] : q.targets;
    $("ask").value = id;
    mark("now", card);
    mark("asked", q.edge ? id : "");
    mark("gives", ...others);
    aim({ card, others, outward: true }, true);
  }
  function blank(q) {
    if (!q.edge) return card(q.id, final.get(q.id).data, "?");
    edge(q.id, false);
    edges.get(q.id).text.textContent = "×?";
    $(q.id).classList.add("sought");
  }
  function reveal(q) {
    if (!q.edge) return card(q.id, final.get(q.id).data, final.get(q.id).grad);
    edge(q.id, true);
    edges.get(q.id).text.textContent = edges.get(q.id).slope;
    $(q.id).classList.remove("sought");
  }
  function close(id) {
    reveal(open.get(id));
    $(id).classList.remove("ask");
    open.delete(id);
    $("ask").querySelector(`option[value="${id}"]`).remove();
    $("answer").value = "";
    $("score").textContent = found + " of " + total + " found";
    if (open.size) return pick($("ask").value);
    for (const kind of ["now", "asked", "gives"]) mark(kind);
    for (const control of $("quiz").elements) control.disabled = true;
    const sum = " All done: " + found + " of " + total + " found by yourself.";
    tell($("say").textContent + sum, "good");
  }
  for (const [id, q] of open) {
    blank(q);
    $(id).classList.add("ask");
    $("ask").add(new Option(q.name, id));
    $(id).addEventListener("click", () => {
      if (!open.has(id)) return;
      pick(id);
      $("answer").focus({ preventScroll: true });
    });
  }
  $("ask").onchange = e => pick(e.target.value);
  $("quiz").addEventListener("submit", e => {
    e.preventDefault();
    const q = open.get($("ask").value);
    const text = $("answer").value.trim().replace(",", ".").replaceAll("−", "-");
    const answer = text === "" ? NaN : Number(text);
    if (Number.isNaN(answer)) return tell("Type a number, such as 0.5 or -2.", "bad");
    const most = q.value ? 0.01 * Math.abs(q.value) : 5e-5;
    if (Math.abs(answer - q.value) > most) return tell(q.hint, "bad");
    found += 1;
    tell("Right: " + q.text + ".", "good");
    close(q.id);
  });
  $("reveal").onclick = () => {
    const q = open.get($("ask").value);
    tell("The " + q.name + " is " + q.text + ".");
    close(q.id);
  };
  makeRoom(quiz.map(q => q.hint));
  $("quiz").hidden = !total;
  const first = quiz.some(q => q.edge) ? "the slope on every edge, and then " : "";
  const task = "Find " + first + "the gradient of every card.";
  const start = " The last one's is 1; go back from there.";
  tell(total ? task + start : "There is no gradient to find here.");
  if (total) pick($("ask").value);
}

if (quiz) {
  document.querySelector("nav").hidden = true;
  show(steps.length - 1, false);
  mark("on");
  startQuiz();
} else {
  makeRoom(steps.map(s => s.text));
  show(0, false);
}
