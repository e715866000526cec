
"use strict";
const $ = id => document.getElementById(id);
const { pieces, pictures } = JSON.parse($("pictures").textContent);
function source({ parts }) {
  const svg = parts.map(i => pieces[i]).join("");
  return "data:image/svg+xml;charset=utf-8," + encodeURIComponent(svg);
}
let at = 0;

function show(k) {
  at = Math.max(0, Math.min(pictures.length - 1, k));
  $("picture").src = source(pictures[at]);
  $("picture").alt = pictures[at].text;
  $("say").textContent = pictures[at].text;
  $("at").value = at;
  $("at").setAttribute("aria-valuetext", pictures[at].text);
  $("count").textContent = at + 1 + " / " + pictures.length;
}

$("first").onclick = () => show(0);
$("back").onclick = () => show(at - 1);
$("next").onclick = () => show(at + 1);
$("last").onclick = () => show(pictures.length - 1);
$("at").max = pictures.length - 1;
$("at").oninput = e => show(+e.target.value);
addEventListener("keydown", e => {
  if (e.ctrlKey || e.metaKey || e.altKey || e.shiftKey) return;
  const keys = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: pictures.length - 1 };
  if (!(e.key in keys)) return;
  e.preventDefault();
  show(keys[e.key]);
});
show(0);
