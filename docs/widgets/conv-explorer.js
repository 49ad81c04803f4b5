// Every argument of Conv2d by slider: one output pixel, the window it reads, each product.

import { convolution, PIXELS, TAPS } from "./convolution.js";
import { fill, html, put, squares, svg } from "./drawing.js";
import { Explorable } from "./explorable.js";
import { choice, range, tick } from "./fields.js";

/** @typedef {import("./convolution.js").Convolution} Result */
/** @typedef {{ side: number, ring: number, values: number[], role: string, framed: number[][], most: number }} Grid */

// rem: the least height of a number in a cell
const READABLE = 0.45;
// rem: a cell that has room
const CELL = 1.44;
const SHADES = 5;
const STEPS = /** @type {Record<string, number[]>} */ ({
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  Home: [0, -999],
  End: [0, 999],
});

/** @param {number} value */
const sign = (value) => String(value).replace("-", "−");
/** @param {number} value */
const factor = (value) => (value < 0 ? `(${sign(value)})` : String(value));

/** Cells a side, with the ring. @param {Grid} grid */
const breadth = ({ side, ring }) => side + 2 * ring;

/** The height of a grid's numbers, in cells; none where they are too many to be read. @param {Grid} grid */
function height(grid) {
  const widest = Math.max(...grid.values.map((value) => sign(value).length));
  const size = Math.min(0.5, 1.6 / widest);
  return size * Math.min(CELL, grid.most / breadth(grid)) < READABLE ? 0 : size;
}

/** Squares in a few strengths of colour: a path for each. @param {Grid} grid @param {number} strength */
function shades({ side, ring, values, role }, strength) {
  const top = Math.max(1, ...values.map(Math.abs));
  // unseen there, and whole numbers are shorter
  const gap = side > 32 ? 0 : undefined;
  /** @type {Map<number, number[][]>} */
  const levels = new Map();
  values.forEach((value, at) => {
    const level = Math.sign(value) * Math.ceil((SHADES * Math.abs(value)) / top);
    if (!levels.has(level)) levels.set(level, []);
    levels.get(level)?.push([ring + (at % side), ring + Math.floor(at / side)]);
  });
  return [...levels].map(([level, places]) =>
    svg("path", {
      class: level ? `fill-${level < 0 ? "accent" : role}` : "conv-cell",
      "fill-opacity": level ? (strength * Math.abs(level)) / SHADES : 1,
      d: squares(places, level < 0 ? 0.4 : gap),
    }),
  );
}

/** The hollow squares around a grid. @param {Grid} grid */
function around({ side, ring }) {
  const places = Array.from({ length: side + 2 * ring }, (_, at) => at);
  const outer = places.filter((at) => at < ring || at >= ring + side);
  const inner = places.slice(ring, ring + side);
  return squares(
    outer.flatMap((at) => [
      ...places.map((x) => [x, at]),
      ...inner.map((y) => [at, y]),
    ]),
    0.3,
  );
}

/** @param {Grid} grid @param {number} size */
const numbers = ({ side, ring, values }, size) =>
  values.map((value, at) =>
    svg(
      "text",
      {
        class: "fill-ink",
        x: ring + (at % side) + 0.5,
        y: ring + Math.floor(at / side) + 0.5 + 0.35 * size,
        "font-size": size,
      },
      sign(value),
    ),
  );

/** The squares of a grid, its ring hollow, some of its cells framed. @param {Grid} grid */
function cells(grid) {
  const [all, size] = [breadth(grid), height(grid)];
  const { ring } = grid;
  // a single cell of many is framed more widely
  const wide = Math.min(0, 1 - all / 32);
  const framed = grid.framed.map(([y, x]) => [x + ring, y + ring]);
  return [
    svg("path", { class: "conv-ring", d: around(grid) }),
    ...shades(grid, size ? 0.45 : 0.9),
    ...(size ? numbers(grid, size) : []),
    svg("path", { class: "conv-frame", d: squares(framed, wide) }),
  ];
}

/** @param {number} count */
const grouped = (count) => count.toLocaleString("en");
/** @param {number} count @param {string} word */
const many = (count, word) =>
  `${count ? grouped(count) : "no"} ${word}${count === 1 ? "" : "s"}`;

/** One picture with its name above. @param {Record<string, any>} attributes */
function panel(attributes) {
  const [name, picture] = [html("code"), svg("svg", attributes)];
  return { name, picture, whole: html("div", {}, name, picture) };
}

/** @param {ReturnType<typeof panel>} into @param {string} name @param {Grid} grid */
function show({ name: title, picture, whole }, name, grid) {
  const all = breadth(grid);
  fill(title, name);
  whole.style.setProperty("--wide", `${Math.min(CELL * all, grid.most)}rem`);
  const viewBox = `0 0 ${all} ${all}`;
  if (picture.getAttribute("viewBox") !== viewBox)
    picture.setAttribute("viewBox", viewBox);
  fill(picture, ...cells(grid));
}

class ConvExplorer extends Explorable {
  static fields = {
    transposed: tick("Transposed"),
    bias: tick("Bias", true),
    size: range("Input size", 1, 16, 7),
    in_channels: range("In channels", 1, 8, 1),
    out_channels: range("Out channels", 1, 8, 1),
    kernel_size: range("Kernel size", 1, 7, 3),
    stride: range("Stride", 1, 5, 2),
    padding: range("Padding", 0, 6, 1),
    dilation: range("Dilation", 1, 4, 1),
    groups: range("Groups", 1, 8, 1),
    output_padding: range("Output padding", 0, 6, 0),
    pixels: choice("Pixels", Object.keys(PIXELS)),
    taps: choice("Weights", Object.keys(TAPS)),
    out: range("Output channel", 0, 7, 0),
    from: range("Input channel", 0, 7, 0),
    row: range("Output row", 0, 103, 0),
    column: range("Output column", 0, 103, 1),
  };

  #input = panel({ "aria-hidden": true });
  #weight = panel({ "aria-hidden": true });
  #output = panel({
    role: "slider",
    tabindex: 0,
    "aria-label": "Output pixel",
    "aria-valuemin": 0,
    click: (/** @type {MouseEvent} */ event) => this.#point(event),
    keydown: (/** @type {KeyboardEvent} */ event) => this.#step(event),
  });
  #legend = html("p", { class: "conv-legend" });
  #readout = html("dl", { class: "conv-readout" });
  #code = html("code");
  #copied = html("output");
  #kept = [
    html(
      "div",
      { class: "conv-panels" },
      ...[this.#input, this.#weight, this.#output].map(({ whole }) => whole),
    ),
    this.#legend,
    html(
      "p",
      { class: "conv-line" },
      this.#code,
      html("button", { type: "button", click: () => this.#copy() }, "Copy"),
      this.#copied,
    ),
    this.#readout,
  ];

  /** @param {import("./fields.js").State} changes */
  set(changes) {
    for (const [key, { min, max }] of Object.entries({
      out: ConvExplorer.fields.out,
      from: ConvExplorer.fields.from,
      row: ConvExplorer.fields.row,
      column: ConvExplorer.fields.column,
    }))
      Object.assign(this.control(key), { min, max });
    super.set(changes);
  }

  update() {
    put(this.control("output_padding"), { disabled: !this.state.transposed });
    super.update();
  }

  /** @param {import("./fields.js").State} state */
  compute(state) {
    return convolution(/** @type {any} */ (state));
  }

  /** @param {Result} result @param {import("./fields.js").State} state */
  draw(result, state) {
    const { side, at, sources, terms, slice } = result;
    this.#bound("out", at.out, 0, state.out_channels - 1);
    this.#bound("from", at.from, sources[0], sources[sources.length - 1]);
    this.#bound("row", at.row, 0, side - 1);
    this.#bound("column", at.column, 0, side - 1);
    if (!this.#legend.isConnected) this.stage.replaceChildren(...this.#kept);
    const [ring, cut] = state.transposed ? [0, state.padding] : [state.padding, 0];
    show(this.#input, `input[0, ${at.from}]`, {
      side: state.size,
      ring,
      values: result.image,
      role: "input",
      framed: terms.map(({ y, x }) => [y, x]),
      most: 13,
    });
    show(this.#weight, `weight[${slice.join(", ")}]`, {
      side: state.kernel_size,
      ring: 0,
      values: result.kernel,
      role: "kernel",
      framed:
        terms.length < result.kernel.length ? terms.map(({ i, j }) => [i, j]) : [],
      most: 7,
    });
    show(this.#output, `output[0, ${at.out}]`, {
      side,
      ring: cut,
      values: result.plane,
      role: "output",
      framed: [[at.row, at.column]],
      most: 13,
    });
    this.#tell(result, state);
  }

  /** Keep a slider within what there is to show. @param {string} key @param {number} value @param {number} min @param {number} max */
  #bound(key, value, min, max) {
    const control = this.control(key);
    put(control, { min, max, value, disabled: min === max });
    fill(this.control(`${key}-value`), String(value));
  }

  /** @param {Result} result @param {import("./fields.js").State} state */
  #tell(result, state) {
    const { side, at, value } = result;
    for (const [key, said] of Object.entries({
      valuemax: side * side - 1,
      valuenow: at.row * side + at.column,
      valuetext: `row ${at.row}, column ${at.column}: ${value}`,
    }))
      this.#output.picture.setAttribute(`aria-${key}`, String(said));
    fill(this.#code, result.line);
    fill(this.#copied);
    fill(this.#legend, legend(result, state));
    fill(this.#readout, ...readout(result, state));
  }

  /** @param {MouseEvent} event */
  #point({ clientX, clientY }) {
    const { left, top, width } = this.#output.picture.getBoundingClientRect();
    const { padding, transposed } = this.state;
    const ring = transposed ? padding : 0;
    const [row, column] = [clientY - top, clientX - left].map(
      (at) => Math.floor((at / width) * (this.result.side + 2 * ring)) - ring,
    );
    this.set({ row, column });
  }

  /** @param {KeyboardEvent} event */
  #step(event) {
    const step = STEPS[event.key];
    if (!step || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    const { row, column } = this.state;
    this.set({ row: row + step[0], column: column + step[1] });
  }

  async #copy() {
    try {
      await navigator.clipboard.writeText(this.result.line);
      this.#copied.value = "copied";
    } catch {
      getSelection()?.selectAllChildren(this.#code);
      this.#copied.value = "selected";
    }
  }

  /** @param {Result} result @param {import("./fields.js").State} state */
  words({ at, value, terms, sources, bias, side, parameters, macs }, { size }) {
    const count = terms.length * sources.length;
    const padded = terms.filter((term) => term.padded).length * sources.length;
    const part =
      padded === count ? (count === 1 ? "" : "all of them ") : `${padded} of them `;
    return (
      `output[0, ${at.out}, ${at.row}, ${at.column}] is ${sign(value)}: ` +
      many(count, "product") +
      (padded ? `, ${part}with padding` : "") +
      (bias ? `, and a bias of ${bias}` : "") +
      `. ${size} × ${size} pixels become ${side} × ${side}, ` +
      `with ${many(parameters, "parameter")} and ${many(macs, "multiplication")}.`
    );
  }
}

/** What frames, hollow squares and colours stand for. @param {Result} result @param {import("./fields.js").State} state */
function legend({ plane, kernel }, { transposed, padding }) {
  const hollow = transposed ? "cut off by padding" : "padding";
  return (
    "Framed: what the framed output pixel is made of. Stronger colour: larger number." +
    (padding ? ` Hollow: ${hollow}.` : "") +
    (Math.min(...plane, ...kernel) < 0 ? " Smaller square: negative." : "")
  );
}

/** @param {Result} result @param {import("./fields.js").State} state */
function readout(result, state) {
  const { at, terms, sources, sums, bias, value, weights, parameters } = result;
  const products = terms.flatMap(({ pixel, weight, padded }) => [
    " + ",
    html("span", { class: padded && "conv-padded" }, `${pixel}·${factor(weight)}`),
  ]);
  const summed = sums[sources.indexOf(at.from)];
  const parts = [...sums.map(factor), ...(bias ? [`${bias} (bias)`] : [])];
  const base = state.transposed ? state.size : result.side;
  const rows = [
    [
      `Channel ${at.from}`,
      ...(terms.length ? products.slice(1) : ["no weight reaches this pixel"]),
      ` = ${sign(summed)}`,
    ],
    ["Output pixel", `${parts.join(" + ")} = ${sign(value)}`],
    ["Output size", result.formula],
    [
      "Parameters",
      bias
        ? `${weights} + ${parameters - weights} (bias) = ${grouped(parameters)}`
        : grouped(weights),
    ],
    ["Multiplications", `${base}·${base}·${weights} = ${grouped(result.macs)}`],
  ];
  return rows.flatMap(([term, ...text]) => [
    html("dt", {}, term),
    html("dd", {}, ...text),
  ]);
}

customElements.define("conv-explorer", ConvExplorer);
