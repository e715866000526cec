// What the scenes say: the one table of their texts. {v ref} and {g ref} are a value and a gradient
// of the model, bound to it; {k ref} is a value that can be dragged; {s name} is a setting;
// {t name} what was measured on the way, {f ref} the slope f′ of a unit. Blocks are read in order:
// each may ask, and answers when it was done. `sections` are those of the lesson that measure what
// a scene shows.
const w = "layers.0.neurons.0.w.0",
  b = "layers.0.neurons.0.b",
  a = "layers.0.neurons.0.a";

// All other texts by their keys, with {names} for what is put in.
const TEXTS = {
  "settings.sizes.tip": "units of each layer, the inputs first",
  "settings.loss.tip": "how wrong the output is, as one number",
  "settings.init.tip": "the rule by which the first weights are drawn",
  "settings.seed.tip": "another seed, other random numbers; the same seed, the same ones",
  "settings.rewind.tip": "back to the first weights of this seed",
  "settings.rate.tip": "η: how far a step goes along minus the gradient",
  "settings.data.tip": "the points to train on",
  "settings.batch.tip": "how many points are averaged in a step",
  "settings.l2.tip": "a penalty: this times the sum of all squared parameters",
  "settings.dropout.tip": "the share of hidden units left out in each step of a training",
  "settings.sizes": "layers",
  "settings.activation": "activation",
  "settings.layer": "layers that the activation is of",
  "settings.hidden": "hidden",
  "settings.output": "output",
  "settings.nth": "layer {n}",
  "settings.loss": "loss",
  "settings.init": "weights",
  "settings.seed": "seed",
  "settings.rewind": "Rewind",
  "settings.rate": "rate",
  "settings.data": "data",
  "settings.batch": "batch",
  "settings.l2": "L2",
  "settings.dropout": "dropout",
  "curve.label": "The loss of each epoch",
  "curve.training": "training",
  "curve.test": "test",
  "curve.epoch": "epoch",
  "curve.loss": "loss",
  "curve.head": "Training: {epoch} epochs",
  "curve.measured": "{name}: loss {loss}, {right} right",
  "curve.measured.loss": "{name}: loss {loss}",
  "plane.head": "Data plane: the output for every input",
  "plane.film": "Data plane: what your model says",
  "plane.hollow": "Filled points are trained on, hollow ones only tested.",
  "plane.label": "{count} points; the sample is at {x}, {y}",
  "plane.label.cross": "{count} points; the sample is at {x}, {y}; the cross is at {left}, {above}",
  "plane.label.film": "{count} points, and what the model of your cell says everywhere",
  "film.epoch": "Epoch {epoch}: loss {loss}",
  "lesson.measured": "Measured in the lesson: ",
  "lesson.section": "section {name}",
  "lesson.command": "glassgrad lesson {name}",
  "task.open": "to do",
  "task.done": "done",
  "task.told": "Done: {task}",
  "cells.run": "Run",
  "cells.running": "Running …",
  "cells.stop": "Stop",
  "cells.reset": "Reset",
  "cells.hint": "Hint",
  "cells.keys": "Ctrl Enter runs",
  "cells.code": "Code: {title}",
  "cells.later": "The cells come with Python, which is starting.",
  "cells.all": "All of it is right.",
  "cells.fault": "The smallest expression that shows it: {expression}",
  "cells.rings": "The rings in the network are those of your pass: all are right.",
  "cells.rings.wrong":
    "The rings in the network are those of your pass; wrong ones ({count}) are red and dashed.",
  "three.number": "Type a number first, such as −0.2.",
  "three.field": "Your gradient of the {name}",
  "three.measure": "Measure",
  "three.right": "✓ right: a nudge measures {ratio}, the gradient is {grad}",
  "three.again": "✗ not that. Once more: δ of its unit, times what it is multiplied with",
  "three.wrong": "✗ not that: a nudge measures {ratio}, the gradient is {grad}",
  "three.others": "Ask about others",
  "only.x": "the input",
  "only.y": "the target",
  "only.L": "the loss",
  "only.b": "the bias",
  "only.w": "the weight",
  "only.z": "the weighted sum",
  "only.a": "the activation",
  "place.output": "output {unit}",
  "place.unit": "layer {layer}, unit {unit}",
  "name.x": "input {n}",
  "name.y": "target {n}",
  "name.L": "the loss",
  "name.b": "bias of {place}",
  "name.w": "weight of {place} for unit {n}",
  "name.w.input": "weight of {place} for input {n}",
  "name.z": "weighted sum of {place}",
  "name.a": "activation of {place}",
  "python.never": "Python does not start in this browser",
  "python.worker": "the worker did not start",
  "python.unread": "Python sent what cannot be read: {why}",
  "python.stopped": "stopped; Python was started again",
  "python.broke": "Python broke down ({why}) and started again",
  "python.breaks": "Python broke down and starts again",
  "python.lost": "Python breaks down again and again: reload the page",
  "cells.more": "… more was printed than this page can show",
  "python.offline": "this page is offline",
  "loss.slice.label": "The loss along {name}: {loss} at {at}",
  "loss.contour.label": "The loss over {first} and {second}; dark is high",
  "function.label": "Your function, and its slope dotted",
  "gate.label": "f at z = {z} is {a}; f′, the gate, is {open}",
  "loss.contour": "Loss over two numbers, and where −gradient points",
  "loss.slice": "Loss along {name}: drag the ball",
  "gate.head": "{name}: f, and f′ dotted",
  "loss.none": "Pin a weight, a bias or an input to see the loss along it.",
  "click.label": "What a click on the plane does",
  "click.moves": "moves the sample",
  "click.adds": "adds a point of class {n}",
  "click.head": "a click",
  "hash.large": "it is too large",
  "hash.long": "it is too long",
  "hash.empty": "it holds no page",
  "hash.damaged": "it is damaged",
  "kernel.asked": "Your kernel is asked",
  "kernel.none": "No kernel answers: run the cell again",
  "kernel.busy": "Your kernel is busy: it answers when its cell has run",
  "matrix.gradient": "gradient of {name}",
  "matrix.forward": "Layer {i} forward: $z = W a + b$, $a = {f}(z)$",
  "matrix.backward":
    "Layer {i} backward: $δ = ∂L/∂a ⊙ f′(z)$, $∂W = δ aᵀ$, with $∂L/∂a = W_{n}ᵀ δ_{n}$",
  "matrix.last": "Layer {i} backward: $δ = ∂L/∂a ⊙ f′(z)$, $∂W = δ aᵀ$",
  "matrix.so": "so",
  "table.value": "value",
  "table.gradient": "gradient",
  "field.number": "{name} must be a number, such as 0.5; you typed “{said}”",
  "network.label": "Network {sizes}. {spoken}",
  spoken: "{words}, {name}, value {value}",
  "spoken.grad": "{words}, {name}, value {value}, gradient {grad}",
  "spoken.inputs": "{words}, {name}, value {value}, {count} inputs",
  "spoken.grad.inputs": "{words}, {name}, value {value}, gradient {grad}, {count} inputs",
  "lens.scalars": "Scalars",
  "lens.matrices": "Matrices",
  "lens.table": "Table",
  "tab.net": "Net",
  "tab.lens": "Lens",
  "tab.loss": "Loss",
  "tab.plane": "Data",
  "tab.code": "Code",
  "scene.label": "Scene {n}: {title}",
  "scene.title": "{title}: Backpropagation, in your hands",
  "theme.light": "Light",
  "theme.dark": "Dark",
  "keys.title": "Keys",
  "keys.single": "single keys are shortcuts",
  "licences.title": "What this page is made of",
  close: "Close",
  "share.kept": "The address of this page now holds all of it",
  "share.copied": "The address of this page now holds all of it, and was copied",
  "share.unread": "The address of this page cannot be read ({why}): the first scene is shown",
  "python.again": "Python is ready again",
  "python.ready": "Python ready in {seconds} s",
  "python.restarts": "Python starts again",
  "python.cannot": "This browser cannot run Python: the first two scenes can be read and stepped",
  "page.failed": "The page could not start: {why}",
  "readout.less": "Less",
  "readout.more": "More",
  "readout.nudge": "Nudge +0.01",
  "readout.field": "Value of {words}",
  "readout.value": "value",
  "readout.measured": "measured ΔL/Δ",
  "readout.loss": "loss",
  "why.more": "and {left} more paths",
  "why.one": "Why? One path to L, the product of its slopes:",
  "why.many": "Why? The sum over {count} paths to L, each a product of slopes:",
  "scene.next": "Next: {title}",
  "scene.head": "{n}. {title}",
  "verdict.up": "up.",
  "verdict.down": "down.",
  "verdict.right": "✓ Right.",
  "verdict.wrong": "✗ No: {answer}.",
  "bars.label": "Mean size of δ by layer: {sizes}",
  "mode.layer": "by layer",
  "mode.op": "by op",
  "step.start": "The inputs are given.",
  "step.forward": "Forward, layer {i}: z = W·a + b, a = {f}(z): {numbers}",
  "step.loss": "Loss ({name}): L = {loss}",
  "step.backward.last": "Backward, layer {i}: δ = from the loss × f′(z): {numbers}",
  "step.backward": "Backward, layer {i}: δ = W{n}ᵀ·δ{n} × f′(z): {numbers}",
  "step.update": "Update: every weight and bias moves by −{rate} × its gradient.",
  play: "Play",
  pause: "Pause",
  "quiz.answer": "Your answer",
  "quiz.check": "Check",
  "quiz.show": "Show",
  "quiz.wrong": "Not yet: multiply what the giver has by the slope on the edge.",
  "quiz.gets": "{name} gets {product} =",
  "step.none": "Step through the pass with ◂ ▸, or drag any number.",
  "step.of": "{n} of {count}. {text}",
  "label.scenes": "Scenes",
  "label.help": "Keys and help",
  "label.story": "Story",
  "label.stage": "Stage",
  "label.views": "Views",
  "label.build": "Build the network",
  "label.lens": "Lens",
  "label.out": "Zoom out",
  "label.in": "Zoom in",
  "label.evidence": "Evidence",
  "label.steps": "Steps",
  "label.back": "Step back",
  "label.next": "Step forward",
  "label.modes": "Steps by",
  "label.at": "Step",
  title: "Backpropagation, in your hands",
  "python.starts": "Python is starting",
  undo: "Undo",
  redo: "Redo",
  share: "Share",
  fit: "Fit",
  speed: "speed",
  "licences.head": "glassgrad, under the MIT License, and:",
};
export function say(key, values = {}) {
  return TEXTS[key].replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
}

// What is said of the curvature, once it was asked for.
export const CURVED = [
  {
    say: [
      "Along its gradient the loss bends by {t bend}. On a parabola that bends so, a step " +
        "beyond $[2/curvature] = {t limit}$ overshoots until the loss grows.",
    ],
    when: "limit",
  },
  {
    say: [
      "Along its gradient the loss bends by {t down}: downwards, so that no parabola has " +
        "a bottom here. Take a step, and ask again.",
    ],
    when: "down",
  },
];

export const SCENES = [
  {
    name: "knob",
    title: "One knob",
    sections: ["1"],
    start: "knob",
    pin: w,
    lens: "scalars",
    blocks: [
      {
        say: [
          `This is the smallest network that can learn: one neuron. It takes x = {k x.0}, ` +
            `multiplies by a weight w = {k ${w}}, adds a bias b = {k ${b}}, and bends the ` +
            `sum: $a = tanh(w · x + b) = {v ${a}}$.`,
          "It should say y = {k y.0}. How wrong it is, is the loss: $L = (a − y)^2 = {v L}$. " +
            "Drag an underlined number sideways, or a line of the network up and down. The dot " +
            "rides on L(w). What you click is pinned: its number stands at the side.",
        ],
      },
      {
        ask: "If w grows a little, does the loss go up or down?",
        options: ["up", "down"],
        right: "went",
        then: "nudge",
        tell: [
          `w + 0.01 changed the loss by {t change}: {t verdict} For each step of w the ` +
            `loss changes by $ΔL/Δw = {t ratio}$.`,
          `The straight line on the loss has the slope $∂L/∂w = {g ${w}}$. This slope is ` +
            `the gradient. It says what a nudge would do, without a nudge.`,
          "In all pictures blue is above zero, orange and dashed below. A filled square is a " +
            "value, a ring a gradient: the larger, the larger.",
        ],
      },
      {
        say: [
          "Where on the picture is the gradient 0? Drag the ball there. What does the " +
            `network say then? $a = {v ${a}}$, and $y = {v y.0}$.`,
        ],
        tasks: [["flat", "Make the gradient smaller than 0.01: the tangent lies flat."]],
      },
    ],
  },
  {
    name: "chain",
    title: "A chain",
    sections: ["6"],
    start: "chain",
    pin: w,
    lens: "scalars",
    mode: "op",
    blocks: [
      {
        say: [
          "The same neuron, one operation at a time. Each knows how fast its result " +
            "changes with its input: the slope on the edge. Step forward with ▸ and watch " +
            "the slopes land as operations run.",
        ],
        do: [
          ["First step", "first"],
          ["Next step", "next"],
        ],
      },
      {
        say: [
          "Then comes the way back. It starts with 1 at L, and at each edge the gradient " +
            "is multiplied by the slope there. Where the slope is not 1, say what arrives before " +
            "you look; Show gives it away.",
          `All factors on the way to w multiply to $∂L/∂w = {g ${w}}$.`,
        ],
        tasks: [["walked", "Step all the way back, from L to w."]],
      },
      {
        ask: "Will a nudge of w measure the same number?",
        options: ["the same", "another"],
        right: 0,
        then: "nudge",
        tell: [
          `Measured: {t ratio}. By the chain of slopes: {g ${w}}. The small difference is there ` +
            `because the nudge has a size, and the loss is a curve.`,
        ],
      },
    ],
  },
  {
    name: "roads",
    title: "Two roads meet",
    sections: ["wrong"],
    start: "knob",
    lens: "scalars",
    mode: "op",
    needs: true,
    blocks: [
      {
        say: [
          "Here $a = 1$, $b = a + a$, and $c = b + b$. So $c = 4 · a$, and $∂c/∂a = 4$. Two roads " +
            "lead back from c to b, and two from b to a. Each road brings a share of the gradient.",
        ],
      },
      {
        ask: "If what arrives is put in place with =, which gradient does a end with?",
        options: ["1", "2", "4"],
        right: 0,
        then: "assign",
        tell: [
          "With = a ends with {t assign}: at each node the second arrival knocks the first off. " +
            "Step through it.",
        ],
      },
      {
        do: [
          ["= (in place)", "assign"],
          ["+= (added)", "add"],
          ["+= without order", "unordered"],
        ],
        say: [
          "With += arrivals stack, and a ends with {t add}. That is right: a nudge of a travels " +
            "along all roads at once, so what it does at their ends adds up.",
          "Without order a node hands on before all has arrived, and then again: what came first " +
            "is counted twice, and {t unordered} comes out.",
          "So there are two rules: add what arrives, and hand on only when all has arrived.",
        ],
      },
    ],
  },
  {
    title: "A layer",
    sections: ["3"],
    start: "net",
    pin: "layers.0.neurons.1.w.0",
    lens: "scalars",
    blocks: [
      {
        say: [
          "Two inputs, three neurons, one output. Each neuron does what the first one " +
            "did: the drawing repeats it three times. The output only adds: its activation is the " +
            "identity, which bends nothing.",
        ],
        do: [
          ["As scalars", "scalars"],
          ["As matrices", "matrices"],
        ],
        only: "2,3,1",
      },
      {
        say: [
          "The network is the one that you built: {s sizes}. This scene is about two inputs, " +
            "three neurons and one output.",
        ],
        do: [
          ["Back to [2, 3, 1]", "small"],
          ["As scalars", "scalars"],
          ["As matrices", "matrices"],
        ],
        unless: "2,3,1",
      },
      {
        say: [
          "As matrices no number changes, only its place: the weights of a neuron are a " +
            "row of W, and $z = W x + b$ is all of them at once.",
          "W1[2,1] = {k layers.0.neurons.1.w.0} is outlined wherever it occurs: as a " +
            "line, a card, a cell, and a slice of the loss. Point at any other number.",
        ],
        only: "2,3,1",
      },
      {
        ask:
          "W1[2,1] has the gradient {g layers.0.neurons.1.w.0}. How many paths lead from it " +
          "to L?",
        options: ["1", "3", "6"],
        right: 0,
        then: "paths",
        tell: [
          "{t paths}: through unit 2, and its one weight to the output. An input has a path " +
            "through each of the three units: pin x[1] and see.",
        ],
        only: "2,3,1",
      },
    ],
  },
  {
    title: "The explorer",
    sections: ["2"],
    start: "net",
    pin: "layers.0.neurons.0.a",
    lens: "matrices",
    build: true,
    blocks: [
      {
        say: [
          "Build what you like: layers, units, activations. Each unit shows the map of " +
            "its activation over both inputs, blue above zero and orange below. The bar under it " +
            "is its gate, as wide as $f′(z)$: how much the activation changes when z does.",
          "Click a unit: its value, its gradient, and why. The data plane has the two inputs " +
            "as its axes; drag the ring there to move the sample.",
        ],
        do: [
          ["+ layer", "deeper"],
          ["− layer", "flatter"],
          ["+ unit", "wider"],
          ["[3, 4, 4, 2]", "large"],
          ["Back to [2, 3, 1]", "small"],
        ],
      },
      {
        tasks: [
          [
            "silent",
            "Silence unit 2 of the first layer, so that it no longer matters. Its " +
              "weight to the output is {k layers.1.neurons.0.w.1}.",
          ],
          [
            "flipped",
            "Turn the sign of the output with one other weight. " +
              "The output is {v layers.1.neurons.0.a}.",
          ],
        ],
        only: "2,3,1",
      },
    ],
  },
  {
    title: "All of it",
    sections: ["5", "6"],
    start: "net",
    pin: "layers.0.neurons.0.z",
    lens: "matrices",
    mode: "layer",
    build: true,
    blocks: [
      {
        say: [
          "Forward, layer by layer; then the loss; then backward. The gradient of a " +
            "weighted sum z has a name, δ. Step back and watch δ go from layer to layer, " +
            "through the weights and through the gate: $δ_1 = W_2ᵀ δ_2 ⊙ f′(z_1)$.",
          "A unit has a road to each unit of the next layer, and adds up what comes back over " +
            "them: each δ there, times the weight in between. Those weights are a column of " +
            "$W_2$, so a row of $W_2ᵀ$, which is $W_2$ with rows and columns exchanged. ⊙ " +
            "multiplies number by number.",
        ],
        do: [
          ["Play", "play"],
          ["Next step", "next"],
        ],
      },
      {
        say: [
          "δ of the first unit is $∂L/∂z = {g layers.0.neurons.0.z}$: what arrives, " +
            "$∂L/∂a = {g layers.0.neurons.0.a}$, times how far its gate is open, " +
            "$f′(z) = {f layers.0.neurons.0.z}$.",
          "A weight's gradient is δ of its unit times what the weight was multiplied " +
            "with: $∂W = δ aᵀ$.",
        ],
      },
      {
        ask:
          "To say yes or no, the output z is bent to a probability $p = σ(z) = [1/1 + exp(−z)]$, " +
          "and y is 1 or 0. With which loss is δ of the output exactly $p − y$?",
        options: ["mse of p", "cross-entropy of p"],
        right: 1,
        then: "bce",
        tell: [
          "The loss is cross-entropy now (bce_with_logits; Undo takes it back): $p = {t p}$, " +
            "and $p − y$ is {t off}, which is $δ = {g layers.1.neurons.0.z}$. The slope of the " +
            "sigmoid cancels.",
          "With mse of p it does not, and σ′ stays in: where the output is sure and wrong, it " +
            "hardly learns.",
        ],
        only: "2,3,1",
      },
    ],
  },
  {
    title: "Downhill",
    sections: ["7", "moons"],
    start: "downhill",
    pin: "layers.0.neurons.0.w.0",
    lens: "matrices",
    build: "training",
    points: true,
    blocks: [
      {
        say: [
          "Every weight steps against its gradient: $w ← w − η [∂L/∂w]$. " +
            "The rate is $η = {s rate}$. One step on this sample:",
        ],
        do: [
          ["Step", "update"],
          ["How far may it go?", "curvature"],
        ],
      },
      ...CURVED,
      {
        tasks: [
          ["climbs", "Set the rate to twice as far as it may go, and step: the loss climbs."],
        ],
      },
      {
        say: [
          "Training is many steps on many samples. It sets the loss that fits two classes, " +
            "bce_with_logits. An epoch is once through all points; after {s epoch} of them the " +
            "map shows what was learned.",
          "Choose beside the plane that a click adds a point, add some where the map is wrong, " +
            "and train on.",
        ],
        do: [
          ["Train 1 epoch", "train1"],
          ["Train 100", "train100"],
          ["Stop", "stop"],
          ["Draw weights again", "draw"],
        ],
        tasks: [["right", "Train until 95% of the points are right. Is a larger rate quicker?"]],
      },
    ],
  },
  {
    title: "Where it breaks",
    sections: ["8", "10"],
    start: "breaks",
    pin: "layers.0.neurons.0.z",
    lens: "matrices",
    build: "training",
    bars: true,
    mode: "layer",
    blocks: [
      {
        say: [
          "Six hidden layers of {s hidden} units. On its way back δ is multiplied by $f′(z)$ at " +
            "every layer. The gate of a sigmoid, $σ(z) = [1/1 + exp(−z)]$, is never wider than " +
            "$1/4$: through six of them hardly anything gets to the first layers, and they " +
            "hardly learn. That is the vanishing gradient.",
        ],
        only: "2,4,4,4,4,4,4,1",
      },
      {
        ask: "Which activation lets δ through?",
        options: ["relu", "sigmoid"],
        right: 0,
        then: "relu",
        tell: [
          "ReLU is $max(0, z)$: its slope is 1 where the unit is on. But where it is off, nothing " +
            "flows at all: a gate that is shut stays shut.",
        ],
      },
      {
        say: [
          "Try the others. He's rule draws weights twice as widely (with a variance of $2/n$ for " +
            "n inputs), since half of the units of ReLU are off. Which keeps the bars level?",
          "The bars are the mean size of δ in each layer; each line up is a power of ten.",
          "{bars}",
        ],
        do: [
          ["sigmoid", "sigmoid"],
          ["tanh", "tanh"],
          ["relu", "relu"],
          ["relu, He's weights", "he"],
          ["relu, biases −3", "shut"],
        ],
        tasks: [
          ["level", "Make the bars level: no δ less than a tenth of the largest, in 6 layers."],
        ],
        only: "2,4,4,4,4,4,4,1",
      },
      {
        say: [
          "Another way to fail is overfitting: a few points of two moons that overlap, and many " +
            "parameters. Now there are {s points} points and {s parameters} parameters. A network " +
            "that fits every one of a few noisy points is wrong about new ones. Watch the loss " +
            "on the test data, which are never trained on: the dotted curve.",
        ],
        do: [
          ["Noisy moons", "noisy"],
          ["Train 100", "train100"],
          ["Stop", "stop"],
          ["Six hidden layers", "six"],
        ],
        tasks: [["part", "Train until the curves part: the loss on test data 0.3 above that of training."]],
      },
      {
        say: [
          "L2 adds {s l2} times the sum of all squared parameters to what is minimised. Dropout " +
            "leaves out each hidden unit with a chance of {s dropout}, while it trains.",
        ],
        do: [
          ["L2 0.01", "l2"],
          ["Dropout 0.3", "dropout"],
          ["Neither", "neither"],
          ["Rewind", "rewind"],
        ],
        tasks: [["meet", "Train on with one of them, until the curves meet again."]],
      },
    ],
  },
  {
    name: "code",
    title: "Your code",
    sections: ["engine", "11"],
    start: "net",
    pin: "L",
    lens: "matrices",
    code: true,
    blocks: [
      {
        say: [
          "Now write it yourself. Your code runs here, in Python on this page, and is " +
            "compared with the engine number by number.",
          "Numbers that differ from the engine's are ringed in the network. Stop ends a running " +
            "cell, and what it has computed stays.",
        ],
        tasks: [["cells", "Bring every cell to ✓."]],
      },
      {
        say: [
          "And now without code: three gradients of the network that you built, {s sizes}. " +
            "Click a unit: its activation and its δ stand at the side. $∂W = δ aᵀ$: a weight's " +
            "gradient is δ of its unit times what the weight is multiplied with, and a bias's is " +
            "δ itself. Say what a nudge would measure.",
        ],
        three: true,
        tasks: [["gradients", "Predict all three, each to within 2%."]],
      },
    ],
  },
];

export const KEYS = [
  ["[ ]", "a step back, a step forward"],
  ["Space", "play or pause"],
  ["+ −", "the pinned number up or down by 0.1; with Shift by 0.01"],
  ["g m t l d c", "scalars, matrices, table, loss, data plane, code"],
  ["← → ↑ ↓", "on the network: between layers and units"],
  ["Shift ↑ ↓", "on the network: along the weights and the bias of a unit"],
  ["Enter", "pin what is pointed at; with Ctrl a second one: the loss over both"],
  ["1 … 9", "scenes"],
  ["u, Ctrl Z", "undo"],
  ["Esc, then Tab", "leave the code editor"],
  ["?", "this list"],
];
export const HELP =
  "Every number that can be dragged has a field: pin it, or open the table. Blue is " +
  "above zero; orange and dashed below. A filled square is a value, a hollow ring a gradient δ, " +
  "its area in proportion to |δ|. The bar under a unit is its gate, as wide as f′(z).";
