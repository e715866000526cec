// What the scenes say in a notebook, in the place of words.js: they are about the learner's network.
import * as words from "./words.js";

const start = "yours";

export const SCENES = [
  {
    title: "Your network",
    start,
    pin: "layers.0.neurons.0.w.0",
    lens: "matrices",
    build: true,
    blocks: [
      {
        say: [
          "This is your model, on your sample. Its loss is $L = {v L}$. Drag a line of the " +
            "network up and down, or type in a cell: the number changes in Python, too.",
          "Click a unit: its value, its gradient, and why. The gate under a unit is as wide " +
            "as f′(z).",
        ],
      },
      {
        say: [
          "What you do in Python shows here after each cell, and at " +
            "every refresh() of the widget. Undo takes back both.",
        ],
      },
      {
        ask: "If the first weight grows by 0.01, does the loss go up or down?",
        options: ["up", "down"],
        then: "nudge",
        tell: [
          "Measured: the loss changed by {t change}: {t verdict} Divided by 0.01 that is " +
            "{t ratio}. The gradient says {g layers.0.neurons.0.w.0}.",
        ],
      },
    ],
  },
  {
    title: "Forward and backward",
    start,
    pin: "layers.0.neurons.0.z",
    lens: "matrices",
    mode: "layer",
    build: true,
    blocks: [
      {
        say: [
          "Forward, layer by layer; then the loss; then backward. The gradient of a " +
            "weighted sum z has a name, δ. Step back and watch δ go from layer to layer, " +
            "through the weights and through the gate: $δ = Wᵀ δ ⊙ f′(z)$, with the δ of the " +
            "layer behind it on the right.",
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
            "with: $∂W = δ aᵀ$.",
        ],
        do: [
          ["As scalars", "scalars"],
          ["As matrices", "matrices"],
        ],
      },
    ],
  },
  {
    title: "Downhill",
    start,
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
      ...words.CURVED,
      {
        say: [
          "Training is many steps on many samples: those of data=, and points that you add " +
            "with a click on the plane.",
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
];

export const KEYS = words.KEYS.map(([key, said]) => {
  if (key === "1 … 9") return ["1 2 3", said];
  return [key.replace(" d c", " d"), said.replace(", code", "")];
}).filter(([key]) => !key.startsWith("Esc, then Tab"));

export const HELP = words.HELP;
export const say = words.say;
