// A cat that moves: where the maps of a small network do not move with it, and by how much.

import { fill, grey, html, paint, tint } from "./drawing.js";
import { Explorable } from "./explorable.js";
import { choice, range } from "./fields.js";
import { BORDERS } from "./filtering.js";
import { cat } from "./picture.js";
import {
  equivariance,
  features,
  highest,
  invariance,
  kernels,
  POOLS,
  rolled,
} from "./shifting.js";

/** @typedef {import("./fields.js").State} State */
/** @typedef {ReturnType<ShiftMeter["compute"]>} Result */

const CAT = await cat();
const WEIGHTS = kernels();
const whole = new Intl.NumberFormat("en");

/** @param {number} share */
function percent(share) {
  if (share < 1e-9) return "0%";
  return share < 0.0005 ? "less than 0.1%" : `${(100 * share).toFixed(1)}%`;
}

/** A move in words. @param {readonly number[]} by down, right */
function way([down, right]) {
  const parts = [
    [down, "down", "up"],
    [right, "right", "left"],
  ].filter(([far]) => far);
  return (
    parts
      .map(
        ([far, on, back]) => `${Math.abs(Number(far))} ${Number(far) > 0 ? on : back}`,
      )
      .join(" and ") || "nowhere"
  );
}

class ShiftMeter extends Explorable {
  static fields = {
    down: range("Down, pixels", -50, 50, 40),
    right: range("Right, pixels", -50, 50, -36),
    border: choice("Padding", BORDERS),
    depth: range("Layers", 1, 8, 4),
    stride: choice("Stride of the first layer", ["1", "2"]),
    pool: choice("Pooling at the end", POOLS),
  };

  /** The layers of the cat that stands still, and of the cat where it was moved last. @type {any[]} */
  #known = [];
  #moved = html("canvas", { "aria-hidden": true });
  #map = html("canvas", { "aria-hidden": true });
  #line = html("figcaption");
  #numbers = html("table", { class: "meter-numbers", "aria-label": "What differs" });
  #views = html(
    "div",
    { class: "meter-views" },
    html("figure", {}, this.#moved, html("figcaption", {}, "The cat x, moved")),
    html("figure", {}, this.#map, this.#line),
    this.#numbers,
  );

  /** @param {State} state */
  compute({ down, right, border, depth, stride, pool }) {
    const how = { border, depth, stride: Number(stride), pool };
    const places = [
      [0, 0],
      [down, right],
    ];
    const [still, maps] = places.map(([y, x], at) => {
      const key = [border, stride, y, x].join();
      if (this.#known[at]?.key !== key) this.#known[at] = { key, layers: [] };
      return features(rolled(CAT, y, x), how, WEIGHTS, this.#known[at].layers);
    });
    const step = how.stride * (pool === "none" ? 1 : 2);
    const { width, height } = maps[0];
    return {
      step,
      width,
      height,
      ...equivariance(maps, still, down, right, step),
      ...invariance(maps, still),
    };
  }

  /** @param {Result} result @param {State} state */
  draw({ width, height, map, wrong, size, mean, top }, { down, right }) {
    if (!this.#views.isConnected) this.stage.replaceChildren(this.#views);
    paint(this.#moved, CAT.width, rolled(CAT, down, right).values, grey());
    const accent = tint(this, "accent");
    const most = highest({ values: map });
    paint(this.#map, width, map, (value) => value && accent(70 + (185 * value) / most));
    fill(
      this.#line,
      wrong
        ? "Coloured: f(moved x) is not f(x) moved; stronger where it is further off"
        : "Nothing is coloured: f(moved x) is f(x) moved",
    );
    const positions = width * height;
    fill(
      this.#numbers,
      ...[
        [
          "Positions that differ",
          `${whole.format(wrong)} of ${whole.format(positions)}`,
        ],
        ["as a share", percent(wrong / positions)],
        ["Size of the difference", percent(size)],
        ["Change of the global mean", percent(mean)],
        ["Change of the global maximum", percent(top)],
      ].map(([name, value]) =>
        html("tr", {}, html("th", { scope: "row" }, name), html("td", {}, value)),
      ),
    );
  }

  /** @param {Result} result @param {State} state */
  words({ step, by, width, height, wrong, size, mean, top }, { down, right }) {
    const positions = whole.format(width * height);
    const law = wrong
      ? `${whole.format(wrong)} of ${positions} positions ${wrong === 1 ? "differs" : "differ"} ` +
        `(${percent(wrong / (width * height))}), in size by ${percent(size)}`
      : `All ${positions} positions agree`;
    const fit =
      step > 1
        ? ` One output stands for ${step} pixels: f(x) is moved ${way(by)}, which fits best.`
        : "";
    return (
      `The cat is moved ${way([down, right])}. ${law}. The global mean changes by ${percent(mean)}, ` +
      `the global maximum by ${percent(top)}.${fit}`
    );
  }
}

customElements.define("shift-meter", ShiftMeter);
