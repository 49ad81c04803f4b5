// Rates by slider: which pixels of its field a stack of dilated layers reads.

import { coverage } from "./coverage.js";
import { fill, html, put, squares, svg } from "./drawing.js";
import { Explorable } from "./explorable.js";
import { range } from "./fields.js";

const RATES = [1, 2, 3, 4];

class DilationMap extends Explorable {
  static fields = {
    kernel: range("Kernel side", 2, 5, 3),
    layers: range("Layers", 1, RATES.length, 3),
    ...Object.fromEntries(
      RATES.map((n) => [`rate${n}`, range(`Rate of layer ${n}`, 1, 8, 2)]),
    ),
  };

  /** @param {import("./fields.js").State} state */
  compute(state) {
    const rates = RATES.slice(0, state.layers).map((n) => state[`rate${n}`]);
    return { rates, ...coverage(rates, state.kernel) };
  }

  /** @param {ReturnType<DilationMap["compute"]>} result @param {import("./fields.js").State} state */
  draw({ axis }, state) {
    for (const n of RATES)
      put(this.control(`rate${n}`), { disabled: n > state.layers });
    const every = axis.flatMap((_, y) => axis.map((_, x) => [x, y]));
    const [read, missed] = [1, 0].map((want) =>
      every.filter(([x, y]) => axis[x] * axis[y] === want),
    );
    const side = axis.length;
    const map = svg(
      "svg",
      { viewBox: `0 0 ${side} ${side}`, "aria-hidden": true },
      svg("path", { class: "fill-input", d: squares(read) }),
      svg("path", { class: "fill-rule", d: squares(missed, 0.75) }),
    );
    fill(this.stage, html("div", { class: "explorable-map" }, map));
  }

  /** @param {ReturnType<DilationMap["compute"]>} result @param {import("./fields.js").State} state */
  words({ rates, axis, read, pixels, share, weights }, { kernel }) {
    const side = axis.length;
    const percent = share === 1 ? "all of them" : `${(100 * share).toFixed(1)} %`;
    return (
      `Rates ${rates.join(", ")} with ${kernel} × ${kernel} kernels: ${weights} weights per pair of channels, ` +
      `a field of ${side} × ${side} pixels, ${read} of ${pixels} read: ${percent}.`
    );
  }
}

customElements.define("dilation-map", DilationMap);
