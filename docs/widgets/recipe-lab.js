// A training recipe by slider: learning rates, smoothed labels, mixed images.

import { fill, html, svg } from "./drawing.js";
import { Explorable } from "./explorable.js";
import { choice, range } from "./fields.js";
import { density, mixture, rates, targets, top } from "./recipe.js";

const BATCHES = ["32", "64", "128", "256", "512", "1024", "2048", "4096"];
const SHARES = Array.from({ length: 99 }, (_, at) => (at + 1) / 100);
const [WIDE, HIGH] = [240, 110];

/** @param {number} part */
const percent = (part) => `${(100 * part).toFixed(part < 0.0995 ? 1 : 0)} %`;

/** Three digits that count. @param {number} value */
const short = (value) => (value === 0 ? "0" : String(Number(value.toPrecision(3))));

/**
 * A chart: a curve or bars within a frame of two lines, its highest value and its ends named.
 * @param {string} title @param {string} highest @param {[string, string]} ends @param {...SVGElement} marks
 */
const chart = (title, highest, ends, ...marks) =>
  html(
    "figure",
    { class: "recipe-chart" },
    html("figcaption", {}, title),
    svg(
      "svg",
      { viewBox: `-40 -16 ${WIDE + 50} ${HIGH + 34}` },
      svg("path", { class: "recipe-frame", d: `M0 0V${HIGH}H${WIDE}` }),
      svg("text", { x: -4, y: 4, "text-anchor": "end" }, highest),
      svg("text", { x: -4, y: HIGH, "text-anchor": "end" }, "0"),
      svg("text", { x: 0, y: HIGH + 13 }, ends[0]),
      svg("text", { x: WIDE, y: HIGH + 13, "text-anchor": "end" }, ends[1]),
      ...marks,
    ),
  );

/**
 * A curve through values at even distances.
 * @param {number[]} values @param {number} highest
 */
function curve(values, highest) {
  /** @param {number} value @param {number} at */
  const place = (value, at) =>
    `${((WIDE * at) / (values.length - 1)).toFixed(1)} ${(HIGH - (HIGH * Math.min(value, highest)) / highest).toFixed(1)}`;
  return svg("path", { class: "recipe-curve", d: `M${values.map(place).join("L")}` });
}

/** A labelled bar. @param {number} x @param {number} part @param {string} role @param {string} label */
const bar = (x, part, role, label) =>
  svg(
    "g",
    {},
    svg("rect", {
      class: `fill-${role}`,
      x,
      y: HIGH - HIGH * part,
      width: 60,
      height: HIGH * part,
    }),
    svg(
      "text",
      { x: x + 30, y: HIGH - HIGH * part - 4, "text-anchor": "middle" },
      label,
    ),
  );

class RecipeLab extends Explorable {
  static fields = {
    epochs: range("Epochs", 20, 200, 120, 4),
    epoch: range("Look at epoch", 0, 199, 40),
    batch: choice("Images in a batch", BATCHES, "256"),
    warm: range("Epochs of warm-up", 0, 19, 5),
    schedule: choice("Then", ["cosine", "steps"]),
    classes: range("Classes", 2, 1000, 10),
    epsilon: range("Smoothing ε", 0, 0.5, 0.1, 0.01),
    shared: choice("ε is shared among", [
      "all classes (torch)",
      "wrong classes (paper)",
    ]),
    alpha: range("Mixup α", 0.05, 2, 0.2, 0.05),
  };

  /** @param {import("./fields.js").State} state */
  compute({ epochs, warm, schedule, batch, classes, epsilon, shared, ...state }) {
    const run = rates(epochs, warm, schedule, Number(batch));
    const epoch = Math.min(state.epoch, epochs - 1);
    return {
      epoch,
      rates: run,
      mean: run.reduce((sum, rate) => sum + rate, 0) / epochs / top(batch),
      target: targets(classes, epsilon, shared.startsWith("wrong")),
      densities: SHARES.map((at) => density(at, state.alpha)),
      mixture: mixture(state.alpha),
    };
  }

  /** @param {ReturnType<RecipeLab["compute"]>} result @param {import("./fields.js").State} state */
  draw({ rates: run, epoch, target, densities }, state) {
    const highest = Math.max(...run);
    const x = (WIDE * epoch) / (run.length - 1);
    const y = HIGH - (HIGH * run[epoch]) / highest;
    // it has no end where α < 1
    const cut = Math.max(...densities) > 4;
    const peak = cut ? 4 : Math.max(...densities);
    fill(
      this.stage,
      html(
        "div",
        { class: "recipe-charts" },
        chart(
          "Learning rate",
          short(highest),
          ["epoch 0", `${run.length - 1}`],
          curve(run, highest),
          svg("circle", { class: "fill-accent", cx: x, cy: y, r: 5 }),
        ),
        chart(
          "Target of a class",
          "1",
          ["", ""],
          bar(45, target.right, "output", `right: ${target.right.toFixed(3)}`),
          bar(140, target.wrong, "kernel", `each wrong: ${short(target.wrong)}`),
        ),
        chart(
          "Density of the mixing share",
          cut ? `over ${peak}` : short(peak),
          ["0", "1"],
          curve(densities, peak),
        ),
      ),
    );
  }

  /** @param {ReturnType<RecipeLab["compute"]>} result @param {import("./fields.js").State} state */
  words({ epoch, rates: run, mean, target, mixture: mix }, { batch, epochs, alpha }) {
    const best = Number.isFinite(target.gap)
      ? `The loss is least where the right logit leads by ${target.gap.toFixed(2)}.`
      : "No lead of the right logit is enough.";
    return (
      `Epoch ${epoch} of ${epochs}: rate ${short(run[epoch])}, with a top of ${short(top(batch))} ` +
      `for ${batch} images; the mean over the run is ${percent(mean)} of the top. ${best} ` +
      `With α = ${alpha}, ${percent(mix.pure)} of the mixed images are at least 90 % one image; ` +
      `the smaller part is ${percent(mix.smaller)} on average.`
    );
  }
}

customElements.define("recipe-lab", RecipeLab);
