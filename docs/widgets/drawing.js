// What the explorables draw with: elements, unit squares, pictures. Colours are tokens.

/**
 * @param {Element} node @param {Record<string, any>} attributes @param {(Node | string)[]} children
 */
function filled(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(name, value);
    else if (value !== false && value !== undefined)
      node.setAttribute(name, String(value));
  }
  node.append(...children);
  return node;
}

/**
 * An HTML element; an attribute that is a function listens to the event of that name.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag @param {Record<string, any>} [attributes] @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export const html = (tag, attributes = {}, ...children) =>
  /** @type {any} */ (filled(document.createElement(tag), attributes, children));

/**
 * An SVG element, likewise.
 * @param {string} tag @param {Record<string, any>} [attributes] @param {...(Node | string)} children
 * @returns {SVGElement}
 */
export const svg = (tag, attributes = {}, ...children) =>
  /** @type {any} */ (
    filled(
      document.createElementNS("http://www.w3.org/2000/svg", tag),
      attributes,
      children,
    )
  );

/**
 * The path of unit squares whose upper left corners are given, each smaller by `gap`.
 * @param {Iterable<readonly number[]>} corners (x, y)
 */
export function squares(corners, gap = 0.08) {
  const side = 1 - gap;
  let path = "";
  for (const [x, y] of corners)
    path += `M${x + gap / 2} ${y + gap / 2}h${side}v${side}h${-side}z`;
  return path;
}

/**
 * Make these the children of a node. Only what changed is touched: even the same text, set again, would be
 * laid out and painted again.
 * @param {Element} node @param {...(Node | string)} children
 */
export function fill(node, ...children) {
  children.forEach((child, at) => {
    const old = node.childNodes[at];
    const fresh = typeof child === "string" ? new Text(child) : child;
    if (!old) node.append(fresh);
    else if (!patched(old, fresh)) old.replaceWith(fresh);
  });
  while (node.childNodes.length > children.length) node.lastChild?.remove();
}

/** Make a node like a fresh one, and say whether that can be done. @param {any} old @param {any} fresh */
function patched(old, fresh) {
  if (old.nodeName !== fresh.nodeName) return false;
  if (old.isEqualNode(fresh)) return true;
  if (old instanceof Text) old.data = fresh.data;
  else {
    for (const { name } of [...old.attributes])
      if (!fresh.hasAttribute(name)) old.removeAttribute(name);
    for (const { name, value } of fresh.attributes)
      if (old.getAttribute(name) !== value) old.setAttribute(name, value);
    fill(old, ...fresh.childNodes);
  }
  return true;
}

/** Set those properties of a node that differ. @param {any} node @param {Record<string, any>} values */
export function put(node, values) {
  for (const [key, value] of Object.entries(values))
    if (String(node[key]) !== String(value)) node[key] = value;
}

/** A file, or an error where there is none. @param {string | URL} url */
export async function fetched(url) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${answer.status}: ${url}`);
  return answer;
}

/** What the shown colours depend on, beside the scheme that the reader chose. */
export const THEMES = ["(prefers-color-scheme: dark)", "print"].map((query) =>
  matchMedia(query),
);
/** @type {Map<string, number[]>} */
const known = new Map();

/** The red, green and blue of a token, as the page shows it now. @param {Element} at @param {string} token */
export function colour(at, token) {
  const { mdColorScheme } = document.body.dataset;
  const key = [token, mdColorScheme, ...THEMES.map(({ matches }) => matches)].join();
  const found = known.get(key) ?? measured(at, token);
  known.set(key, found);
  return found;
}

/** @param {Element} at @param {string} token */
function measured(at, token) {
  const probe = html("span", { hidden: true });
  probe.style.cssText = `color: var(--${token}); forced-color-adjust: none`;
  at.append(probe);
  const found = getComputedStyle(probe).color.match(/[\d.]+/g) ?? [];
  probe.remove();
  return found.slice(0, 3).map(Number);
}

/** A pixel of a token by its opacity (0–255). @param {Element} at @param {string} token */
export function tint(at, token) {
  const [red, green, blue] = colour(at, token);
  const shown = red + (green << 8) + (blue << 16);
  return (/** @type {number} */ opacity) => shown + (Math.round(opacity) << 24);
}

/**
 * Paint values on a canvas, one pixel each: `shade` turns a value into a byte each of opacity, blue, green, red.
 * @param {HTMLCanvasElement} canvas @param {number} width
 * @param {ArrayLike<number>} values row by row
 * @param {(value: number) => number} shade
 */
export function paint(canvas, width, values, shade) {
  const height = values.length / width;
  put(canvas, { width, height });
  const image = new ImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  for (let at = 0; at < values.length; at++) pixels[at] = shade(values[at]);
  /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d")).putImageData(
    image,
    0,
    0,
  );
}

/** A shade for grey pictures of values from 0 to `top`. */
export const grey =
  (top = 255) =>
  (/** @type {number} */ value) =>
    Math.round((255 * value) / top) * 0x10101 - 0x1000000;

/**
 * A shade for signed maps: one token below zero, another above, transparent at zero.
 * @param {Element} at @param {number} top the size that is opaque
 */
export function signed(at, top, below = "input", above = "kernel") {
  const [low, high] = [tint(at, below), tint(at, above)];
  return (/** @type {number} */ value) =>
    (value < 0 ? low : high)(top > 0 ? (255 * Math.abs(value)) / top : 0);
}
