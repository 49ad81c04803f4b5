// A kernel, cell by cell, on a picture: its response, and the products behind one pixel of it.

import { fill, grey, html, paint, signed, squares, svg } from "./drawing.js";
import { Explorable } from "./explorable.js";
import { choice, held, range, tick } from "./fields.js";
import {
  admitted,
  DIVISORS,
  EDGES,
  KERNELS,
  LARGEST,
  read,
  resized,
  response,
  SIDES,
  told,
  written,
  WRITTEN,
} from "./kernels.js";
import { cat, greys } from "./picture.js";

/** @typedef {ReturnType<typeof response>} Response */
/** @typedef {import("./fields.js").State} State */

const CAT = await cat();
const OWN = "your own";
const TAPS = "The products behind the marked pixel of the response: pixel × weight";
// bytes of a file: a larger one may fill the memory
const HEAVIEST = 20_000_000;

/** A map with marks over it, and a line below. */
function view() {
  const canvas = html("canvas", { "aria-hidden": true });
  const marks = svg("svg", { "aria-hidden": true });
  const frame = html("div", { class: "kernels-map" }, canvas, marks);
  const line = html("figcaption");
  return { canvas, marks, frame, line, figure: html("figure", {}, frame, line) };
}

/** @param {ReturnType<typeof view>} on @param {number} width @param {number} height @param {...Node} marks */
function fit({ frame, marks: over }, width, height, ...marks) {
  frame.style.width = `min(100%, ${(16 * Math.min(1, width / height)).toFixed(2)}rem)`;
  frame.style.aspectRatio = `${width} / ${height}`;
  over.setAttribute("viewBox", `0 0 ${width} ${height}`);
  fill(over, ...marks);
}

/** @param {number} x @param {number} y @param {number} width @param {number} height */
const outline = (x, y, width, height) =>
  svg("rect", { class: "line-accent", x, y, width, height });

/** How colours stand for the response. @param {Response} result */
function scale({ lowest, highest }) {
  if (lowest >= 0) return `black 0, white ${told(highest)}`;
  const above = highest > 0 ? `; orange above it, up to ${told(highest)}` : "";
  return `blue below 0, down to ${told(lowest)}${above}`;
}

class ImageKernels extends Explorable {
  static fields = {
    kernel: held(WRITTEN, KERNELS["Sobel, columns"]),
    divide: choice("Divide by", DIVISORS),
    border: choice("Padding", EDGES),
    turn: tick("Turn the kernel first: convolution"),
    stride: range("Stride", 1, 4, 1),
    dilation: range("Dilation", 1, 4, 1),
    row: range("Row of the picture", 1, 100, 42),
    column: range("Column of the picture", 1, 100, 36),
  };

  picture = CAT;
  #picture = view();
  #response = view();
  #taps = html("table", { class: "kernels-taps", "aria-label": TAPS });
  #views = html(
    "div",
    { class: "kernels-views" },
    this.#picture.figure,
    this.#response.figure,
    html(
      "div",
      { class: "kernels-products" },
      html("p", {}, TAPS),
      html(
        "div",
        { class: "kernels-scroll", role: "region", "aria-label": TAPS, tabindex: 0 },
        this.#taps,
      ),
    ),
  );

  #named = html(
    "select",
    { input: () => this.#write(read(this.#choice)) },
    ...[...Object.keys(KERNELS), OWN].map((name) =>
      html("option", { disabled: name === OWN }, name),
    ),
  );
  #side = html(
    "select",
    {
      input: () =>
        this.#write(resized(read(this.state.kernel), Number(this.#side.value))),
    },
    ...SIDES.map((side) => html("option", { value: side }, `${side} × ${side}`)),
  );
  #cells = html("div", { class: "kernels-cells", input: () => this.#gather() });
  #file = html("input", {
    type: "file",
    accept: "image/*",
    change: () => this.#open(),
  });
  #back = html(
    "button",
    { type: "button", hidden: true, click: () => this.#show(CAT, "") },
    "Back to the cat",
  );
  #note = html("p", { class: "kernels-note", role: "status" });
  #editor = html(
    "fieldset",
    { class: "kernels-editor" },
    html("legend", {}, "Kernel"),
    html("label", {}, html("span", {}, "Named"), this.#named),
    html("label", {}, html("span", {}, "Side"), this.#side),
    this.#cells,
  );
  #source = html(
    "div",
    { class: "kernels-source" },
    html(
      "label",
      {},
      html("span", {}, "Your picture (it stays on this machine)"),
      this.#file,
    ),
    this.#back,
    this.#note,
  );

  update() {
    const form = /** @type {HTMLFormElement} */ (this.control("kernel").form);
    if (!this.#editor.isConnected) {
      form.prepend(this.#editor);
      form.append(this.#source);
      this.#listen();
    }
    this.#edit(this.state.kernel);
    super.update();
  }

  /** @param {State} state */
  compute(state) {
    const how = /** @type {any} */ (state);
    return response(this.picture, read(state.kernel), how);
  }

  /** @param {Response} result @param {State} state */
  draw(result, state) {
    if (!this.#views.isConnected) this.stage.replaceChildren(this.#views);
    const { width, height, values } = this.picture;
    const { x, y } = result.taps[0];
    const last = /** @type {Response["taps"][0]} */ (result.taps.at(-1));
    paint(this.#picture.canvas, width, values, grey());
    fit(
      this.#picture,
      width,
      height,
      svg("path", {
        class: "fill-accent",
        d: state.dilation > 1 ? squares(result.taps.map((tap) => [tap.x, tap.y])) : "",
      }),
      outline(x, y, last.x + 1 - x, last.y + 1 - y),
    );
    fill(this.#picture.line, `The picture, ${width} × ${height}: black 0, white 255`);
    this.#draw(result);
    this.#list(result);
  }

  /** @param {Response} result */
  #draw(result) {
    const { width, height, values, lowest, highest, row, column } = result;
    const top = Math.max(-lowest, highest);
    const shade = lowest < 0 ? signed(this, top) : grey(top || 1);
    // a mark that can be seen on a pixel that can not
    const size = width / 40;
    paint(this.#response.canvas, width, values, shade);
    fit(
      this.#response,
      width,
      height,
      outline(column - 0.5 - size, row - 0.5 - size, 2 * size, 2 * size),
    );
    fill(this.#response.line, `The response, ${width} × ${height}: ${scale(result)}`);
  }

  /** @param {Response} result */
  #list({ taps }) {
    const side = Math.sqrt(taps.length);
    const cells = taps.map(({ weight, pixel, product }) =>
      html(
        "td",
        {},
        html("b", {}, told(product)),
        html("small", {}, `${told(pixel)} × ${told(weight)}`),
      ),
    );
    fill(
      this.#taps,
      ...Array.from({ length: side }, (_, y) =>
        html("tr", {}, ...cells.slice(y * side, (y + 1) * side)),
      ),
    );
  }

  /** @param {Response} result @param {State} state */
  words(
    { width, height, lowest, highest, row, column, taps, sum, by },
    { turn, kernel },
  ) {
    const side = read(kernel).length;
    return (
      `${turn ? "Convolution" : "Correlation"} with a ${side} × ${side} kernel: a response of ${width} × ${height} ` +
      `from ${told(lowest)} to ${told(highest)}. At row ${row}, column ${column} of it, the ${taps.length} products ` +
      `sum to ${told(sum)}${by === 1 ? "" : `; divided by ${told(by)}, that is ${told(sum / by)}`}.`
    );
  }

  get #choice() {
    return KERNELS[/** @type {keyof typeof KERNELS} */ (this.#named.value)];
  }

  /** @param {import("./kernels.js").Kernel} kernel */
  #write(kernel) {
    this.control("kernel").value = written(kernel);
  }

  /** The kernel as its cells say it. */
  #gather() {
    const inputs = [...this.#cells.querySelectorAll("input")];
    const weights = inputs.map((input) => admitted(Number(input.value)));
    const side = Math.sqrt(weights.length);
    this.#write(
      Array.from({ length: side }, (_, y) => weights.slice(y * side, (y + 1) * side)),
    );
  }

  /** Show a kernel in the cells; one that says so already is left as it was typed. @param {string} text */
  #edit(text) {
    const weights = read(text).flat();
    const side = Math.sqrt(weights.length);
    if (this.#cells.childElementCount !== weights.length) this.#lay(side);
    this.#cells.querySelectorAll("input").forEach((input, at) => {
      if (
        Number(input.value) !== weights[at] ||
        (!input.value && !input.matches(":focus"))
      )
        input.value = String(weights[at]);
    });
    const known = Object.entries(KERNELS).find(([, kernel]) => kernel === text);
    this.#named.value = known ? known[0] : OWN;
    this.#side.value = String(side);
  }

  /** @param {number} side */
  #lay(side) {
    this.#cells.style.setProperty("--side", String(side));
    /** @param {number} at */
    const cell = (at) =>
      html("input", {
        type: "number",
        min: -LARGEST,
        max: LARGEST,
        step: "any",
        "aria-label": `row ${Math.floor(at / side) + 1}, column ${(at % side) + 1}`,
      });
    this.#cells.replaceChildren(
      ...Array.from({ length: side ** 2 }, (_, at) => cell(at)),
    );
  }

  /** A pixel is chosen by the mouse as it passes, by a tap, or by the sliders. */
  #listen() {
    for (const { frame, canvas } of [this.#picture, this.#response]) {
      /** @param {MouseEvent} event */
      const choose = (event) => {
        const box = frame.getBoundingClientRect();
        const at = [
          ((event.clientY - box.top) / box.height) * canvas.height,
          ((event.clientX - box.left) / box.width) * canvas.width,
        ].map(Math.floor);
        const { first } = this.result;
        const step = canvas === this.#response.canvas ? this.state.stride : 1;
        const offset = canvas === this.#response.canvas ? first : 0;
        const [row, column] = at.map((place) => place * step + offset + 1);
        this.set({ row, column });
      };
      frame.addEventListener("click", choose);
      frame.addEventListener("pointermove", (event) => {
        if (event.pointerType === "mouse") choose(event);
      });
    }
  }

  async #open() {
    const chosen = () => this.#file.files?.[0];
    const file = chosen();
    if (!file) return;
    const heavy = file.size > HEAVIEST;
    const bitmap = heavy ? null : await createImageBitmap(file).catch(() => null);
    if (!this.isConnected || file !== chosen()) return;
    const why = heavy
      ? "has more than 20 MB"
      : "is no picture that this browser can read";
    if (bitmap) this.#show(greys(bitmap), file.name);
    else this.#note.textContent = `${file.name} ${why}.`;
  }

  /** @param {import("./picture.js").Picture} picture @param {string} name */
  #show(picture, name) {
    this.picture = picture;
    this.#back.hidden = !name;
    this.#note.textContent =
      name && `Shown: ${name}. A link to this state shows the cat.`;
    if (!name) {
      this.#file.value = "";
      // the button is gone
      this.#file.focus();
    }
    this.changed();
  }
}

customElements.define("image-kernels", ImageKernels);
