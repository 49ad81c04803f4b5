// Layers as text: what an output sees of the image, and what each layer costs.

import { colour, fetched, fill, grey, html, paint, put, tint } from "./drawing.js";
import { Explorable } from "./explorable.js";
import { choice, range, text } from "./fields.js";
import { edited, label, side, spliced, stack } from "./layers.js";
import { cat } from "./picture.js";
import { receptive } from "./receptive.js";

/** @typedef {import("./fields.js").State} State */
/** @typedef {import("./layers.js").Layer} Layer */
/** @typedef {ReturnType<typeof receptive>} Result */

const START = [16, 32, 64, 128].map((n) => `conv 3 padding 1 channels ${n}\npool 2`);
const MIDDLE = "in the middle";
// a side of a panel
const DOTS = 600;
const HEADS = ["Layer", "Output", "Jump", "Field", "Parameters", "Multiplications"];
const SIDES = /** @type {const} */ (["kernel", "stride", "padding", "dilation"]);
const OFFERED = ["0", "1", "2", "3", "4", "5", "7", "11"];
const { format } = new Intl.NumberFormat("en");
/** @param {number[]} sides */
const area = (sides) => sides.map((n) => format(n)).join(" × ");
/** @param {string} said @param {() => void} input */
function menu(said, input) {
  const select = html("select", { input });
  html("label", { class: "explorable-choice" }, html("span", {}, said), select);
  return select;
}

/** @param {HTMLSelectElement} select @param {string[]} words */
function offer(select, words, chosen = "") {
  fill(select, ...words.map((word) => html("option", {}, word)));
  select.value = chosen;
}

/** A row of a table. @param {string[]} words */
const row = ([first, ...words], tag = /** @type {"td" | "th"} */ ("td")) =>
  html("tr", {}, html("th", {}, first), ...words.map((word) => html(tag, {}, word)));

/** Draw pictures and outlines to scale.
 * @param {HTMLCanvasElement} canvas @param {number[]} box @param {[any, number, number, number, number][]} parts */
function show(canvas, [left, top, right, bottom], parts) {
  canvas.width = canvas.height = DOTS;
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const scale = (0.97 * DOTS) / Math.max(right - left, bottom - top);
  pen.translate(DOTS / 2, DOTS / 2);
  pen.scale(scale, scale);
  pen.translate(-(left + right) / 2, -(top + bottom) / 2);
  pen.imageSmoothingEnabled = false;
  pen.lineWidth = 4 / scale;
  for (const [shape, ...at] of parts)
    if (shape.width) pen.drawImage(shape, ...at);
    else {
      pen.strokeStyle = `rgb(${shape})`;
      pen.strokeRect(...at);
      pen.setLineDash([12 / scale, 8 / scale]);
    }
}

class FieldBuilder extends Explorable {
  static fields = {
    size: range("Side of the image", 16, 512, 100),
    output: choice("Output", [MIDDLE, "in the corner"]),
    layers: text("Layers, one a line, or as PyTorch prints them", START.join("\n"), 8),
  };

  #cat = html("canvas");
  #weights = html("canvas");
  #panels = [html("canvas"), html("canvas")];
  #told = html("figcaption");
  #body = html("tbody");
  #board = html(
    "div",
    {},
    html("figure", {}, this.#panels[0], this.#told),
    html(
      "figure",
      {},
      this.#panels[1],
      html(
        "figcaption",
        {},
        "The field by weight. Dashed: two standard deviations each way.",
      ),
    ),
    html(
      "div",
      { tabindex: 0, role: "region", "aria-label": "Layer by layer" },
      html(
        "table",
        { class: "field-rows" },
        html("caption", {}, "Layer by layer"),
        html("thead", {}, row(HEADS, "th")),
        this.#body,
      ),
    ),
  );
  #begin = menu("Begin with", () => this.set(this.#networks[this.#begin.value]));
  #layer = menu("Layer", () => (this.#at = this.#layer.selectedIndex));
  #menus = SIDES.map((key, at) =>
    menu(key, () =>
      this.#edit((text, layer) => edited(text, layer, key, this.#menus[at].value)),
    ),
  );
  #buttons = ["conv 3 padding 1", "pool 2", ""].map((line) => {
    const add = line ? [line] : [];
    const click = () =>
      this.#edit((text, layer) => spliced(text, layer.line, !line, ...add), add.length);
    return html(
      "button",
      { type: "button", click },
      line ? `Add ${line.slice(0, 4)}` : "Remove",
    );
  });
  #tools = html(
    "fieldset",
    {},
    html("legend", {}, "Change a layer"),
    ...[this.#layer, ...this.#menus].map(({ parentNode }) => parentNode ?? ""),
    ...this.#buttons,
  );
  // the layer in the menus
  #at = 0;
  /** @type {Layer[]} */
  #layers = [];
  /** @type {Record<string, State>} */
  #networks = {};
  /** @type {any} */
  #fault;

  /** @param {State} state */
  compute({ layers, size, output }) {
    try {
      this.#layers = [];
      this.#layers = stack(layers);
      return receptive(this.#layers, size, output !== MIDDLE);
    } catch (fault) {
      this.#fault = fault;
      throw fault;
    }
  }

  update() {
    if (!this.#tools.parentNode) this.#equip();
    super.update();
    this.#offer();
    this.#mark();
  }

  async #equip() {
    this.querySelector("form")?.prepend(this.#begin.parentNode ?? "");
    const control = this.control("layers");
    control.parentElement?.before(this.#tools);
    // a megabyte takes a browser seconds to lay out
    control.setAttribute("maxlength", "20001");
    try {
      const { width, values } = await cat();
      paint(this.#cat, width, values, grey());
      const answer = await fetched(new URL("networks.json", import.meta.url));
      this.#networks = await answer.json();
    } catch {
      // Without them the menu offers the reader's own layers alone.
    }
    if (this.isConnected) this.update();
  }

  /** @param {Result} result @param {State} state */
  draw({ maps, last, axes, parameters, macs }, { size }) {
    if (!this.#board.isConnected || this.#board.inert)
      this.stage.replaceChildren(this.#board);
    this.#board.inert = false;
    this.#picture(axes, last.field, size);
    fill(
      this.#body,
      ...maps.map((map, at) =>
        row([
          at ? label(this.#layers[at - 1]) : "image",
          area([map.channels, ...map.size]),
          side(map.jump),
          side(map.field),
          ...(at ? [map.parameters, map.macs].map((n) => format(n)) : ["", ""]),
        ]),
      ),
      row(["together", "", "", "", format(parameters), format(macs)]),
    );
  }

  /** @param {Result["axes"]} axes @param {number[]} field @param {number} size */
  #picture([down, across], [tall, wide], size) {
    const [left, top] = [across.first, down.first];
    const [right, bottom] = [left + wide, top + tall];
    /** @param {number} at */
    const clipped = (at) => Math.max(0, Math.min(at, size));
    const [x, y, far, low] = [left, top, right, bottom].map(clipped);
    const columns = across.shares.slice(x, far);
    const values = down.shares
      .slice(y, low)
      .flatMap((one) => columns.map((share) => one * share));
    const most = Math.max(...down.shares) * Math.max(...across.shares);
    const [kernel, ink] = ["kernel", "ink"].map((token) => colour(this, token));
    const shade = tint(this, "kernel");
    if (values.length)
      paint(
        this.#weights,
        far - x,
        values,
        (value) => value && shade(40 + (215 * value) / most),
      );
    const [bell, fall] = [4 * across.deviation, 4 * down.deviation];
    /** @type {Parameters<typeof show>[2]} */
    const seen = [
      [this.#weights, x, y, far - x, low - y],
      [kernel, left, top, wide, tall],
    ];
    const all = [
      Math.min(0, left),
      Math.min(0, top),
      Math.max(size, right),
      Math.max(size, bottom),
    ];
    show(this.#panels[0], all, [[this.#cat, 0, 0, size, size], ...seen]);
    show(
      this.#panels[1],
      [left, top, right, bottom],
      [
        ...seen,
        [ink, (left + right - bell) / 2, (top + bottom - fall) / 2, bell, fall],
      ],
    );
    const larger = wide > size || tall > size ? ": it is larger than the cat" : "";
    fill(this.#told, `The field on the cat, to scale${larger}.`);
  }

  /** @param {Result} result @param {State} state */
  words({ maps, last, axes }, { output }) {
    const [held, read] = [axes[0].held * axes[1].held, axes[0].read * axes[1].read];
    const bell = axes.map(({ deviation }) => (4 * deviation).toFixed(1));
    const [given, made] = [maps[0], last].map(({ channels, size }) =>
      area([channels, ...size]),
    );
    return (
      `From ${given} to ${made}. An output sees a field of ${area(last.field)}, the next one sees it ${side(last.jump)} further on. ` +
      `The output ${output} reads ${read === held ? "all" : format(read)} of the ${format(held)} pixel${held === 1 ? "" : "s"} ` +
      `of its field in the image. Four standard deviations of its weights are ${[...new Set(bell)].join(" × ")} pixels.`
    );
  }

  /** Change the text, and perhaps go on to the next layer. @param {(text: string, layer: Layer) => string} change */
  #edit(change, step = 0) {
    const layer = this.#layers[this.#at];
    this.#at += step;
    this.set({ layers: change(this.state.layers, layer) });
  }

  /** What the menus say of the text. */
  #offer() {
    const known = Object.keys(this.#networks);
    const now =
      known.find((name) => this.#networks[name].layers === this.state.layers) ??
      "your own";
    offer(this.#begin, [...new Set([now, ...known])], now);
    this.#at = Math.max(0, Math.min(this.#at, this.#layers.length - 1));
    const layer = this.#layers[this.#at];
    const said = this.#layers.map((one, at) => `${at + 1}: ${label(one)}`);
    offer(this.#layer, said, said[this.#at]);
    SIDES.forEach((key, at) => {
      const value = layer ? side(layer[key]) : "";
      const sides = OFFERED.slice(Number(key !== "padding"));
      offer(this.#menus[at], [...new Set([...sides, value])], value);
      put(this.#menus[at], { disabled: !layer?.known.includes(key) });
    });
    this.#buttons.forEach((button, at) => {
      const disabled = this.#layers.length <= at >> 1;
      if (disabled && button.matches(":focus")) this.#layer.focus();
      put(button, { disabled });
    });
  }

  /** Tell the text what is wrong with it, and where; what was drawn last stays, faint. */
  #mark() {
    const control = this.control("layers");
    const id = `${this.called}-fault`;
    control.setAttribute("aria-describedby", id);
    control.setAttribute("aria-invalid", `${Boolean(this.error)}`);
    if (!this.error) return;
    const { from, to } = this.#fault;
    this.stage.children[0].id = id;
    if (to) {
      const text = `${control.value}\n`;
      const [begin, end] = [
        text.lastIndexOf("\n", from - 1) + 1,
        text.indexOf("\n", from),
      ];
      const mark = html("mark", {}, text.slice(from, Math.min(to, end)) || " ");
      const rest = text.slice(Math.min(to, end), end);
      this.stage.append(
        html("pre", { "aria-hidden": true }, text.slice(begin, from), mark, rest),
      );
    }
    this.#board.inert = true;
    if (this.#body.firstChild) this.stage.append(this.#board);
  }
}

customElements.define("field-builder", FieldBuilder);
