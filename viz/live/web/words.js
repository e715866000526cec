// What the scenes say: the one table of their texts. {v ref} and {g ref} are a value and a gradient
// of the model, bound to it; {k ref} is a value that can be dragged; {s name} is a setting;
// {t name} what was measured on the way. Blocks are read in order: each may ask, and answers when
// it was done.
const w = "layers.0.neurons.0.w.0",
  b = "layers.0.neurons.0.b",
  a = "layers.0.neurons.0.a";

export const SCENES = [
  {
    name: "knob",
    title: "One knob",
    start: "knob",
    pin: w,
    lens: "scalars",
    blocks: [
      {
        say: [
          `This is the smallest network that can learn: one neuron. It takes x = {k x.0}, ` +
            `multiplies by a weight w = {k ${w}}, adds a bias b = {k ${b}}, and bends the ` +
            `sum: a = tanh(w·x + b) = {v ${a}}.`,
          "It should say y = {k y.0}. How wrong it is, is the loss: L = (a − y)² = {v L}. " +
            "Drag any underlined number, or a line of the network up and down. The dot " +
            "rides on L(w).",
        ],
      },
      {
        ask: "If w grows a little, does the loss go up or down?",
        options: ["up", "down"],
        then: "nudge",
        tell: [
          `w + 0.01 changed the loss by {t change}: {t verdict} For each step of w the ` +
            `loss changes by ΔL/Δw = {t ratio}.`,
          `The straight line on the loss has the slope ∂L/∂w = {g ${w}}. This slope is ` +
            `the gradient. It says what a nudge would do, without a nudge.`,
        ],
      },
      {
        say: [
          "Where on the picture is the gradient 0? Drag the ball there. What does the " +
            "network say then?",
        ],
      },
    ],
  },
  {
    name: "chain",
    title: "A chain",
    start: "knob",
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
            "is multiplied by the slope there. Say what arrives before you look; Show gives " +
            "it away.",
          `All factors on the way to w multiply to {g ${w}}.`,
        ],
      },
      {
        ask: "Will a nudge of w measure the same number?",
        options: ["the same", "another"],
        then: "nudge",
        tell: [
          `Measured: {t ratio}. By the chain of slopes: {g ${w}}. The rest is the size of ` +
            `the nudge: the loss is a curve.`,
        ],
      },
    ],
  },
  {
    name: "roads",
    title: "Two roads meet",
    start: "knob",
    lens: "scalars",
    mode: "op",
    needs: true,
    blocks: [
      {
        say: [
          "Here a = 1, b = a + a, and c = b + b. So c = 4·a, and ∂c/∂a is 4. Two roads " +
            "lead back from c to b, and two from b to a.",
        ],
      },
      {
        ask: "If what arrives is put in place with =, which gradient does a end with?",
        options: ["1", "2", "4"],
        then: "assign",
        tell: ["It ends with 1: the second arrival knocks the first off. Step through it."],
      },
      {
        do: [
          ["= (in place)", "assign"],
          ["+= (added)", "add"],
          ["+= without order", "unordered"],
        ],
        say: [
          "With += arrivals stack: a ends with {t roads}. Without order a node hands on " +
            "before all has arrived, and then again: what came first is counted twice, and " +
            "6 comes out.",
          "So there are two rules: add what arrives, and hand on only when all has arrived.",
        ],
      },
    ],
  },
  {
    title: "A layer",
    start: "net",
    pin: "layers.0.neurons.1.w.0",
    lens: "scalars",
    blocks: [
      {
        say: [
          "Two inputs, three neurons, one output. Each neuron does what the first one " +
            "did: the drawing repeats it three times.",
        ],
        do: [
          ["As scalars", "scalars"],
          ["As matrices", "matrices"],
        ],
      },
      {
        say: [
          "As matrices no number changes, only its place: the weights of a neuron are a " +
            "row of W, and z = W·x + b is all of them at once.",
          "W1[2,1] = {k layers.0.neurons.1.w.0} is outlined wherever it occurs: as a " +
            "line, a card, a cell, and a slice of the loss. Point at any other number.",
        ],
      },
      {
        ask:
          "W1[2,1] has the gradient {g layers.0.neurons.1.w.0}. How many paths lead from it " +
          "to L?",
        options: ["1", "3", "6"],
        then: "paths",
        tell: [
          "One: through unit 2, and its one weight to the output. An input has a path " +
            "through each of the three units: pin x[1] and see.",
        ],
      },
    ],
  },
  {
    title: "The explorer",
    start: "net",
    pin: "layers.0.neurons.0.a",
    lens: "matrices",
    build: true,
    blocks: [
      {
        say: [
          "Build what you like: layers, units, activations. Each unit shows the map of " +
            "its activation over both inputs, blue above zero and orange below; the gate " +
            "under it is as wide as f′(z).",
          "Click a unit: its value, its gradient, and why. Drag the ring on the data " +
            "plane to move the sample.",
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
        say: [
          "Task: silence unit 2 of the first layer, so that it no longer matters. Its " +
            "weight to the output is {k layers.1.neurons.0.w.1}.",
          "Task: turn the sign of the output with one single weight. " +
            "The output is {v layers.1.neurons.0.a}.",
        ],
        only: "2,3,1",
      },
    ],
  },
  {
    title: "All of it",
    start: "net",
    pin: "layers.0.neurons.0.z",
    lens: "matrices",
    mode: "layer",
    build: true,
    blocks: [
      {
        say: [
          "Forward, layer by layer; then the loss; then backward. The gradient of a " +
            "weighted sum z has a name, δ. Step back and watch δ go from layer to layer: " +
            "through Wᵀ, and through the gate f′.",
        ],
        do: [
          ["Play", "play"],
          ["Next step", "next"],
        ],
      },
      {
        say: [
          "δ of the first unit is {g layers.0.neurons.0.z}: " +
            "what arrives, {g layers.0.neurons.0.a}, times how far its gate is open.",
          "A weight's gradient is δ of its unit times what the weight was multiplied " +
            "with: ∂W = δ·aᵀ.",
        ],
      },
      {
        ask: "With which loss is δ of the output exactly a − y?",
        options: ["mse", "cross-entropy with logits"],
        then: "bce",
        tell: [
          "With bce_with_logits δ is σ(z) − y: the slope of the sigmoid cancels. With mse " +
            "after a sigmoid it does not, and f′ stays in: where the unit is sure and " +
            "wrong, it hardly learns.",
        ],
      },
    ],
  },
  {
    title: "Downhill",
    start: "downhill",
    pin: "layers.0.neurons.0.w.0",
    lens: "matrices",
    build: true,
    points: true,
    blocks: [
      {
        say: [
          "Every weight steps against its gradient: w ← w − rate · ∂L/∂w. " +
            "The rate is {s rate}. One step on this sample:",
        ],
        do: [
          ["Step", "update"],
          ["How far may it go?", "curvature"],
        ],
      },
      { say: ["{t curvature}"] },
      {
        say: [
          "Training is many steps on many samples. After {s epoch} epochs the map shows " +
            "what was learned. Click on the plane to add points where it is wrong, and " +
            "train on.",
        ],
        do: [
          ["Train 1 epoch", "train1"],
          ["Train 100", "train100"],
          ["Stop", "stop"],
          ["Draw weights again", "draw"],
        ],
      },
    ],
  },
  {
    title: "Where it breaks",
    start: "breaks",
    pin: "layers.0.neurons.0.z",
    lens: "matrices",
    build: true,
    bars: true,
    mode: "layer",
    blocks: [
      {
        say: [
          "Six layers of sigmoid units. The gate of a sigmoid is never wider than 1/4, so " +
            "δ shrinks at every layer. These bars are the mean size of δ, each step a power " +
            "of ten:",
          "{bars}",
        ],
      },
      {
        ask: "Which activation lets δ through?",
        options: ["relu", "sigmoid"],
        then: "relu",
        tell: [
          "The slope of ReLU is 1 where the unit is on. But where it is off, nothing " +
            "flows at all: a gate that is shut stays shut.",
        ],
      },
      {
        say: [
          "Try the others, and weights drawn for ReLU by He's rule. Which keeps the bars level?",
        ],
        do: [
          ["sigmoid", "sigmoid"],
          ["tanh", "tanh"],
          ["relu", "relu"],
          ["relu, He's weights", "he"],
          ["relu, biases −3", "shut"],
        ],
      },
    ],
  },
  {
    title: "Your code",
    start: "net",
    pin: "L",
    lens: "matrices",
    code: true,
    blocks: [
      {
        say: [
          "Now write it yourself. Your code runs here, in Python on this page, and is " +
            "compared with the engine number by number.",
          "What differs from the network is ringed in it. Stop ends a running cell, and " +
            "what it has computed stays.",
          "When all four cells are ✓: in the network that you built, what would a nudge " +
            "of its first weight do? Say it, and then measure it.",
        ],
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
