
"use strict";
// What all scripts of the page share: its content, and how elements are found and made.
const page = (() => {
  const SPACE = "http://www.w3.org/2000/svg", XLINK = "http://www.w3.org/1999/xlink";
  const find = id => document.getElementById(id);
  const content = JSON.parse(find("steps").textContent);
  const stage = find("stage"), drawing = stage.querySelector("svg");
  const graph = drawing.querySelector("g.graph");

  function setAttributes(part, attributes) {
    for (const [name, value] of Object.entries(attributes)) part.setAttribute(name, value);
    return part;
  }
  function addElement(name, attributes, parent) {
    const made = setAttributes(document.createElementNS(SPACE, name), attributes);
    parent?.append(made);
    return made;
  }
  const tooltip = part => part.getAttributeNS(XLINK, "title") ?? "";
  const setTooltip = (part, text) => part.setAttributeNS(XLINK, "xlink:title", text);

  // Boxes are in the coordinates of the group of the graph, which is moved against the SVG.
  const [offsetX, offsetY] = content.offset;
  const hasBox = id => id in content.boxes;
  function boxOf(id) {
    const [x, y, w, h] = content.boxes[id];
    return { x, y, w, h };
  }
  const inDrawing = box => ({ ...box, x: box.x + offsetX, y: box.y + offsetY });
  const isTyping = target => target.matches("select, input[type=text]");
  const prefersStillness = matchMedia("(prefers-reduced-motion: reduce)");

  // What flows back in a step is in the page only while it shows: there is one for each step.
  const flows = new Map([...graph.querySelectorAll("g.flow")].map(flow => [flow.id, flow]));
  const sizes = [...graph.querySelectorAll("g.value text, g.flow text")].map(
    text => parseFloat(text.getAttribute("font-size")) || 11);
  const smallestText = sizes.reduce((least, size) => Math.min(least, size), 11);
  for (const flow of flows.values()) flow.remove();

  return {
    content, find, stage, drawing, graph, setAttributes, addElement, tooltip, setTooltip, hasBox,
    boxOf, inDrawing, isTyping, prefersStillness, flows, smallestText,
  };
})();
