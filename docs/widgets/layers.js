// A stack of layers as text, one a line: in a short form, or as PyTorch prints it.

import { Refusal } from "./fields.js";

/** Options in PyTorch's order; behind the bar those that go by name only. @type {Record<string, string>} */
const OPTIONS = {
  Conv2d: "in_channels channels kernel stride padding dilation groups | bias",
  MaxPool2d: "kernel stride padding dilation | ceil",
  AvgPool2d: "kernel stride padding | ceil count_include_pad",
  BatchNorm2d: "num_features eps momentum affine track_running_stats | bias",
};
const NAMES =
  "Conv2d MaxPool2d AvgPool2d BatchNorm2d Dropout2d Identity ReLU ReLU6 LeakyReLU ELU GELU SiLU Mish " +
  "Sigmoid Tanh Softplus Hardswish Hardsigmoid LocalResponseNorm";
/** PyTorch's names, shorter. @type {Record<string, string>} */
const SHORT = {
  kernel_size: "kernel",
  out_channels: "channels",
  ceil_mode: "ceil",
  pool: "maxpool",
};
const UNEQUAL =
  /transpose|upsampl|shuffle|unpool|adaptive|linear|flatten|(group|layer|instance)norm/i;
// Each matches where it begins to read, if only nothing.
const LAYER = /(\s*(?:\([^()]*\):)?\s*(?:torch\.)?(?:nn\.)?)([a-z]\w*|)(\(?)/gi;
const OPTION = /[\s,]*(?:(?:([a-z_]\w*)(?:\s*=\s*|\s+))?(\([^()]*\)|[^\s,()=]+)|)/gi;

/** What is wrong with a text, and from which character to which. */
export class Fault extends Refusal {
  /** @param {string} said @param {number} from @param {number} to */
  constructor(said, from, to) {
    super(said);
    this.from = from;
    this.to = to;
  }
}

/** @typedef {[number, number]} Pair height and width, or the ends of a piece of text */
/** @typedef {ReturnType<typeof layer>} Layer */

/** The layer of a line. @param {string} row @param {number} line @param {number} start where it begins in the text */
function layer(row, line, start) {
  /** @param {string} said @param {number} at @param {number} [length] */
  const wrong = (said, at, length = 1) =>
    new Fault(
      `line ${line}, column ${at + 1}: ${said}`,
      start + at,
      start + at + length,
    );
  /** @param {string} what @param {number} at */
  const expected = (what, at) => {
    const [[, space, found]] = row.slice(at).matchAll(/([\s,]*)(\w+|.?)/gu);
    const said = found ? `'${found.slice(0, 20)}'` : "nothing";
    return wrong(
      `expected ${what}, found ${said}`,
      found ? at + space.length : at,
      found.length,
    );
  };

  const [[, before, word, bracket]] = row.matchAll(LAYER);
  /** @param {string} one */
  const plain = (one) => one.toLowerCase().replace(/2d$/, "");
  const name = NAMES.split(" ").find(
    (one) => plain(one) === (SHORT[word] ?? plain(word)),
  );
  if (UNEQUAL.test(word))
    throw wrong(
      `${word} has no place here: its outputs do not read equal windows at equal steps`,
      before.length,
      word.length,
    );
  if (!name)
    throw expected("a layer such as conv, pool, avgpool or ReLU", before.length);

  const known = OPTIONS[name] ?? "";
  const begin = before.length + word.length + bracket.length;
  const end = bracket ? row.lastIndexOf(")") : known ? row.trimEnd().length : begin;
  if (end < begin) throw expected(")", row.length);
  if (/[^\s,]/.test(row.slice(end + bracket.length)))
    throw expected("the end of the line", end + bracket.length);
  const free = bracket ? known.split(" |")[0].split(" ") : ["kernel"];
  /** @type {Map<string, { words: string[], role: string, at: number, span: Pair }>} */
  const given = new Map();
  let stop = begin;
  while (known && /[^\s,]/.test(row.slice(stop, end))) {
    const at = stop;
    const [[found, said, value]] = row.slice(at).matchAll(OPTION);
    stop += found.length;
    const key = said ? (SHORT[said] ?? said) : (free.shift() ?? "");
    const left = known.split(/[ |]+/).filter((one) => !given.has(one));
    if (!key && left.includes(SHORT[value] ?? value))
      throw expected(`a value after ${value}`, stop);
    if (!value || !left.includes(key)) throw expected(left.join(", "), at);
    given.set(key, {
      words: value.replace(/[()]/g, "").split(","),
      role: said ? `after ${said}` : bracket ? `as ${key}` : `after ${word}`,
      at: stop - value.length,
      span: [start + stop - value.length, start + stop],
    });
  }
  if (bracket && stop > end) throw expected(")", row.length);
  const windows = /kernel/.test(known);
  if (windows && !given.has("kernel")) throw expected(`a number after ${word}`, end);

  /** @param {string} key @param {number} otherwise @returns {Pair} */
  const sides = (key, otherwise) => {
    const option = given.get(key);
    if (!option) return [otherwise, otherwise];
    const { words, role, at } = option;
    const most = /channels|groups|features/.test(key) ? [65_536] : [99, 99];
    const least = Number(key !== "padding");
    const [high, wide = high] = words.map((one, n) => {
      const digits = /^ *\d+$/.test(one) ? Number(one) : NaN;
      if (digits >= least && digits <= most[n]) return digits;
      throw expected(`a number ${role}, from ${least} to ${most[0]}`, at);
    });
    return [high, wide];
  };
  /** @param {string} key @param {boolean} otherwise */
  const truth = (key, otherwise) => {
    const option = given.get(key);
    if (!option) return otherwise;
    const { words, role, at } = option;
    if (/^(true|false)$/i.test(words[0])) return /t/i.test(words[0]);
    throw expected(`True or False ${role}`, at);
  };
  const bias = truth("bias", true);
  const step = name.endsWith("Pool2d") && !given.has("stride") ? "kernel" : "stride";
  return {
    ...{ name, line, known, bias, bracket },
    from: start + before.length,
    to: start + end + bracket.length,
    spans: Object.fromEntries([...given].map(([key, { span }]) => [key, span])),
    kernel: sides("kernel", 1),
    stride: sides(step, 1),
    padding: sides("padding", 0),
    dilation: sides("dilation", 1),
    groups: sides("groups", 1)[0],
    into: sides(windows ? "in_channels" : "num_features", 0)[0],
    channels: sides("channels", 0)[0],
    ceil: truth("ceil", false),
    each: known && !windows && truth("affine", true) ? 1 + Number(bias) : 0,
  };
}

/** The layers that a text asks for. @param {string} text */
export function stack(text) {
  if (text.length > 20_000)
    throw new Refusal("a text of at most 20,000 characters is read");
  /** @type {Layer[]} */
  const layers = [];
  let [open, start, line] = [0, 0, 0];
  /** @param {string} said */
  const wrong = (said) =>
    new Fault(`line ${line}: ${said}`, Math.min(start, text.length), text.length);
  for (const row of text.split("\n")) {
    line++;
    const code = row.replace(/#.*/, "");
    if (open && /^\s*\),?\s*$/.test(code)) open--;
    else if (/(^|\W)Sequential\(\s*$/.test(code)) open++;
    else if (code.trim()) layers.push(layer(code, line, start));
    if (layers.length > 200) throw wrong("a stack of at most 200 layers is read");
    start += row.length + 1;
  }
  if (open) throw wrong("expected ), found nothing");
  if (!layers.length) throw wrong("expected a layer such as conv 3, found nothing");
  return layers;
}

/** One number where height and width are alike. @param {Pair} pair */
export const side = ([high, wide]) => (high === wide ? `${high}` : `${high} × ${wide}`);

/** A layer in few words. @param {Layer} layer */
export function label({ name, known, kernel, stride, dilation }) {
  if (!/kernel/.test(known)) return name;
  /** @type {[string, Pair][]} */
  const steps = [
    ["stride", stride],
    ["dilation", dilation],
  ];
  const more = steps.map(([said, sides]) =>
    side(sides) === "1" ? "" : `, ${said} ${side(sides)}`,
  );
  return `${name.slice(0, -2).toLowerCase()} ${side(kernel)}${more.join("")}`;
}

/** The text with an option of a layer set. @param {string} text @param {Layer} layer @param {string} key @param {string} value */
export function edited(text, { bracket, spans, to }, key, value) {
  const end = to - bracket.length;
  const [from, till] = spans[key] ?? [end, end];
  const name = key in spans ? "" : bracket ? `, ${key}=` : ` ${key} `;
  const sides = value.includes("×") ? `(${value.replace(" ×", ",")})` : value;
  return text.slice(0, from) + name + sides + text.slice(till);
}

/** The text with other lines after a line, or in its place. @param {string} text @param {number} line @param {boolean} away @param {...string} lines */
export const spliced = (text, line, away, ...lines) =>
  text
    .split("\n")
    .toSpliced(line - Number(away), Number(away), ...lines)
    .join("\n");
