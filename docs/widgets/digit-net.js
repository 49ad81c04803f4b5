// Draw or shift a digit: what four small networks make of it, layer by layer, and at every place.

import { fetched, fill, html, paint, tint } from "./drawing.js";
import { Explorable } from "./explorable.js";
import { choice, held, range } from "./fields.js";
import { answer, answers, placed, run, shares, unpacked } from "./network.js";

/** @typedef {import("./fields.js").State} State */
/** @typedef {ReturnType<DigitNet["compute"]>} Result */
/** @typedef {ReturnType<typeof run>["layers"][number]} Layer */

const CANVAS = 24;
const REACH = 4;
// the darkest pixel of a digit
const INK = 16;
const FILE = await fetched(new URL("digits.bin", import.meta.url));
const { examples, pixels, networks } = unpacked(
  new Uint8Array(await FILE.arrayBuffer()),
);
const DIGITS = Array.from({ length: 10 }, (_, digit) => String(digit));
const STEPS = [-REACH, REACH];
/** @type {Record<string, [number, number]>} */
const ARROWS = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** The pixels that the reader has turned over: 64 bits as 16 hex digits. @param {string} hex */
const turned = (hex) =>
  [...hex].flatMap((word) => [8, 4, 2, 1].map((bit) => (parseInt(word, 16) & bit) > 0));

/** @param {boolean[]} bits */
const hexed = (bits) =>
  Array.from({ length: 16 }, (_, at) =>
    [0, 1, 2, 3].reduce((sum, bit) => 2 * sum + Number(bits[4 * at + bit]), 0),
  )
    .map((word) => word.toString(16))
    .join("");

/** A number of pixels and where to, or nothing. @param {number} by @param {string} to @param {string} from */
const moved = (by, to, from) => (by ? [`${Math.abs(by)} ${by > 0 ? to : from}`] : []);

/** The last answers at all places: the sliders of the shift do not change them. @type {[string, number[]]} */
let known = ["", []];

/** @param {string} network @param {number[]} values */
function everywhere(network, values) {
  const key = [network, ...values].join();
  if (known[0] !== key)
    known = [key, answers(network, networks[network], values, CANVAS, REACH)];
  return known[1];
}

class DigitNet extends Explorable {
  static fields = {
    network: choice("Network", Object.keys(networks)),
    digit: choice("Digit", DIGITS, "3"),
    example: range("Which of its examples (0: empty)", 0, examples, 1),
    right: range("Shift to the right", STEPS[0], STEPS[1], 2),
    down: range("Shift down", STEPS[0], STEPS[1], 1),
    turned: held(/^([0-9a-f]{16})?$/),
  };

  connectedCallback() {
    const fresh = !this.#cells.isConnected;
    super.connectedCallback();
    if (!fresh) return;
    // Another digit is another picture; an empty page keeps what is drawn on it.
    for (const key of ["digit", "example"])
      this.control(key).addEventListener("input", () => {
        if (key === "example" || this.state.example) this.control("turned").value = "";
      });
  }

  /** @param {State} state */
  compute({ network, digit, example, right, down, turned: hex }) {
    const at = (Number(digit) * examples + example - 1) * 64;
    const given = example ? pixels.subarray(at, at + 64) : new Uint8Array(64);
    const over = turned(hex);
    const page = Array.from(given, (ink, place) =>
      over[place] ? (ink > INK / 2 ? 0 : INK) : ink,
    );
    const values = page.map((ink) => ink / INK);
    const weights = networks[network];
    const canvas = placed(values, CANVAS, right, down);
    const { layers, scores } = run(network, weights, canvas);
    const places = everywhere(network, values);
    const [said, wanted] = [answer(scores), Number(digit)];
    const hits = places.filter((each) => each === wanted).length;
    return { page, layers, scores, shares: shares(scores), said, wanted, places, hits };
  }

  #cells = html("div", {
    class: "digit-page",
    role: "group",
    "aria-label": "The digit, 8 by 8 pixels: arrow keys move, space turns a pixel over",
    keydown: (/** @type {KeyboardEvent} */ event) => this.#walk(event),
    pointerdown: (/** @type {PointerEvent} */ event) => this.#begin(event),
    pointermove: (/** @type {PointerEvent} */ event) => this.#stroke(event),
    click: (/** @type {MouseEvent} */ event) => this.#press(event),
  });
  #layers = html("div", { class: "digit-layers" });
  #scores = html("ol", { class: "digit-scores" });
  #places = html("div", {
    class: "digit-places",
    "aria-hidden": true,
    click: (/** @type {MouseEvent} */ event) => this.#go(event),
  });

  #build() {
    for (let at = 0; at < 64; at++)
      this.#cells.append(
        html("button", { type: "button", tabindex: at ? -1 : 0, "data-at": at }),
      );
    for (const digit of DIGITS)
      this.#scores.append(
        html(
          "li",
          {},
          html("b", {}, digit),
          html("span", { class: "digit-bar" }),
          html("span", {}),
        ),
      );
    /** @param {string} title @param {Node} body */
    const part = (title, body) => html("div", {}, html("p", {}, title), body);
    const left = [
      part("Draw on it", this.#cells),
      part("Its answer at each shift, framed where right", this.#places),
    ];
    const right = [
      part("Its feature maps, layer by layer", this.#layers),
      part("Share of each answer", this.#scores),
    ];
    const columns = [left, right].map((parts) => html("div", {}, ...parts));
    this.stage.append(html("div", { class: "digit-net" }, ...columns));
  }

  /** @param {Result} result @param {State} state */
  draw(result, state) {
    if (!this.#cells.childElementCount) this.#build();
    this.#drawPage(result);
    this.#drawLayers(result);
    this.#drawScores(result);
    this.#drawPlaces(result, state);
  }

  /** @param {Result} result */
  #drawPage({ page }) {
    page.forEach((ink, at) => {
      const cell = /** @type {HTMLElement} */ (this.#cells.children[at]);
      const label = `Row ${Math.floor(at / 8) + 1}, column ${(at % 8) + 1}: ink ${ink}`;
      if (cell.getAttribute("aria-label") === label) return;
      cell.setAttribute("aria-label", label);
      cell.setAttribute("aria-pressed", String(ink > INK / 2));
      cell.style.setProperty("--ink-share", `${(100 * ink) / INK}%`);
    });
  }

  /** @param {Result} result */
  #drawLayers({ layers }) {
    const [paper, input, output] = ["paper", "input", "output"].map((token) =>
      tint(this, token),
    );
    while (this.#layers.childElementCount > layers.length)
      this.#layers.lastElementChild?.remove();
    while (this.#layers.childElementCount < layers.length)
      this.#layers.append(
        html("div", {}, html("span", {}), html("canvas", { "aria-hidden": true })),
      );
    layers.forEach((layer, at) => {
      const [name, canvas] = this.#layers.children[at].children;
      const { maps, side } = layer;
      const size = side === 1 ? "one value each" : `${side} × ${side}`;
      fill(name, `${layer.name}: ${maps === 1 ? size : `${maps} maps, ${size}`}`);
      const [width, values] = sheet(layer);
      const top = Math.max(...Array.from(layer.values));
      /** @type {HTMLCanvasElement} */ (canvas).style.setProperty(
        "--across",
        String(Math.min(maps, 8)),
      );
      paint(/** @type {HTMLCanvasElement} */ (canvas), width, values, (value) =>
        value < 0 ? paper(255) : (at ? output : input)(top && (255 * value) / top),
      );
    });
  }

  /** @param {Result} result */
  #drawScores({ shares: sizes, said, wanted }) {
    sizes.forEach((size, digit) => {
      const row = /** @type {HTMLElement} */ (this.#scores.children[digit]);
      row.style.setProperty("--share", `${100 * size}%`);
      row.classList.toggle("said", digit === said);
      const percent = `${(100 * size).toFixed(1)} %`;
      fill(row.children[2], percent + (digit === wanted ? ", meant" : ""));
    });
  }

  /** @param {Result} result @param {State} state */
  #drawPlaces({ places, wanted }, { right, down }) {
    const here = (down + REACH) * (2 * REACH + 1) + right + REACH;
    const drawn = places.map((said, at) => {
      const role = `${said === wanted ? "hit" : "miss"}${at === here ? " here" : ""}`;
      return html("span", { class: role, "data-at": at }, String(said));
    });
    fill(this.#places, ...drawn);
  }

  /** @param {Result} result @param {State} state */
  words({ page, said, wanted, shares: sizes, places, hits }, { network, right, down }) {
    const by = [...moved(right, "right", "left"), ...moved(down, "down", "up")];
    const where = by.length ? `moved ${by.join(" and ")}` : "in the middle";
    const percent = `${(100 * sizes[said]).toFixed(1)} %`;
    const seen = page.some(Boolean);
    const [what, judged] = seen
      ? [`Digit ${wanted}`, `which is ${said === wanted ? "right" : "wrong"}`]
      : ["An empty page", "though there is nothing to see"];
    const all = places.length;
    const share = { 0: `none of the ${all}`, [all]: `all ${all}` }[hits];
    return (
      `${what}, ${where}: the network “${network}” answers ${said} with ${percent}, ${judged}. ` +
      `It answers ${wanted} at ${share ?? `${hits} of the ${all}`} places.`
    );
  }

  /** Turn pixels over. @param {number} at @param {boolean} [on] only if that makes it so */
  #turn(at, on) {
    if (on === this.result.page[at] > INK / 2) return;
    const bits = turned(this.state.turned || "0".repeat(16));
    bits[at] = !bits[at];
    this.control("turned").value = bits.includes(true) ? hexed(bits) : "";
    this.changed();
  }

  /** The cell of an event, or -1. @param {Element | null} target */
  #at(target) {
    const cell = target?.closest("[data-at]");
    return cell && this.#cells.contains(cell)
      ? Number(cell.getAttribute("data-at"))
      : -1;
  }

  /** Whether a stroke draws or wipes out, while there is one. @type {boolean | undefined} */
  #draws;

  /** @param {PointerEvent} event */
  #begin(event) {
    const at = this.#at(/** @type {Element} */ (event.target));
    if (at < 0 || event.button) return;
    this.#draws = this.result.page[at] <= INK / 2;
    this.#turn(at);
  }

  /** @param {PointerEvent} event */
  #stroke({ clientX, clientY, buttons }) {
    if (!buttons) this.#draws = undefined;
    const at = this.#at(document.elementFromPoint(clientX, clientY));
    if (this.#draws !== undefined && at >= 0) this.#turn(at, this.#draws);
  }

  /** A press without a pointer, by key or by a screen reader. @param {MouseEvent} event */
  #press({ target }) {
    const at = this.#at(/** @type {Element} */ (target));
    if (at >= 0) this.#focus(at);
    if (at >= 0 && this.#draws === undefined) this.#turn(at);
    this.#draws = undefined;
  }

  /** @param {KeyboardEvent} event */
  #walk(event) {
    this.#draws = undefined;
    const [across, along] = ARROWS[event.key] ?? [0, 0];
    const at = this.#at(/** @type {Element} */ (event.target));
    const [x, y] = [(at % 8) + across, Math.floor(at / 8) + along];
    if (!ARROWS[event.key] || at < 0) return;
    event.preventDefault();
    if (x >= 0 && x < 8 && y >= 0 && y < 8) this.#focus(8 * y + x);
  }

  /** One cell is in the order of the tab key: the last that was used. @param {number} at */
  #focus(at) {
    this.#cells.querySelector('[tabindex="0"]')?.setAttribute("tabindex", "-1");
    const cell = /** @type {HTMLElement} */ (this.#cells.children[at]);
    cell.tabIndex = 0;
    cell.focus();
  }

  /** The place that was pressed becomes the shift. @param {MouseEvent} event */
  #go({ target }) {
    const at = /** @type {HTMLElement} */ (target).dataset.at;
    const side = 2 * REACH + 1;
    if (at !== undefined)
      this.set({
        right: (Number(at) % side) - REACH,
        down: Math.floor(+at / side) - REACH,
      });
  }
}

/** Maps side by side, eight in a row, -1 between them; single values without gaps. @param {Layer} layer @returns {[number, Float32Array]} */
function sheet({ maps, side, values }) {
  const across = Math.min(maps, side === 1 ? 16 : 8);
  const step = side === 1 ? 1 : side + 1;
  const gap = step - side;
  const width = across * step - gap;
  const area = new Float32Array(width * (Math.ceil(maps / across) * step - gap)).fill(
    -1,
  );
  for (let at = 0; at < values.length; at++) {
    const map = Math.floor(at / side ** 2);
    const x = (map % across) * step + (at % side);
    const y = Math.floor(map / across) * step + (Math.floor(at / side) % side);
    area[y * width + x] = values[at];
  }
  return [width, area];
}

customElements.define("digit-net", DigitNet);
