// The element that every explorable extends: controls made from its fields, state kept in the
// form and in the address, one drawing for each change, the result in words.

import { fill, html, THEMES } from "./drawing.js";
import { asked, asking, initial, LONGEST, Refusal, settled } from "./fields.js";

/** @typedef {import("./fields.js").Fields} Fields */
/** @typedef {import("./fields.js").State} State */
/** @typedef {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} Control */

// ms without a change: then the words are spoken and the address follows
const REST = 300;

export class Explorable extends HTMLElement {
  /** @type {Fields} */
  static fields = {};

  stage = html("div", { class: "explorable-stage" });
  /** The last answer of `compute`, or nothing where it refused. @type {any} */
  result = undefined;
  /** Why `compute` refused, or "". */
  error = "";

  #form = html("form", { class: "explorable-controls" });
  #words = html("p", { class: "explorable-words", role: "status" });
  #link = html("a");
  /** @type {Record<string, any>} */
  #named = {};
  /** @type {State} */
  #start = {};
  #timer = 0;
  #path = "";
  /** What the address asks of this element, as it was last read or written. */
  #known = "";
  #repaint = () => this.update();
  #theme = new MutationObserver(this.#repaint);

  /** The answer to a state: numbers, no drawing. @param {State} state @returns {any} */
  compute(state) {
    return state;
  }

  /** Redraw the whole stage. @param {any} result @param {State} state */
  draw(result, state) {}

  /** The answer in a sentence or two. @param {any} result @param {State} state @returns {string} */
  words(result, state) {
    return "";
  }

  connectedCallback() {
    this.#path = location.pathname;
    if (!this.#form.parentNode) this.#build();
    this.update();
    this.#theme.observe(document.body, { attributeFilter: ["data-md-color-scheme"] });
    this.#listen("addEventListener");
  }

  disconnectedCallback() {
    clearTimeout(this.#timer);
    this.#theme.disconnect();
    this.#listen("removeEventListener");
  }

  /** @param {"addEventListener" | "removeEventListener"} how */
  #listen(how) {
    for (const theme of THEMES) theme[how]("change", this.#repaint);
    document[how]("click", this.#leave, true);
    window[how]("popstate", this.#return);
  }

  /** The fields of this kind of element. @returns {Fields} */
  get fields() {
    return /** @type {typeof Explorable} */ (this.constructor).fields;
  }

  /** What the address calls it: its id, or its tag. */
  get called() {
    return this.id || this.localName;
  }

  /** What the controls say now. @returns {State} */
  get state() {
    return Object.fromEntries(
      Object.entries(this.fields).map(([key, field]) => {
        const { checked, value } = /** @type {HTMLInputElement} */ (this.control(key));
        return [key, settled(field, field.kind === "tick" ? checked : value)];
      }),
    );
  }

  /** The control of a field, and by `key-value` what says its value. @param {string} key @returns {Control} */
  control(key) {
    return this.#named[key];
  }

  /** Change fields and redraw; what a field does not admit becomes the nearest that it does. @param {State} changes */
  set(changes) {
    this.#fill(changes);
    this.changed();
  }

  /** Redraw after a change by the reader. */
  changed() {
    this.update();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#rest(), REST);
  }

  /** Compute and draw what the controls say. */
  update() {
    const state = this.state;
    this.#label(state);
    try {
      this.error = "";
      this.result = this.compute(state);
      this.draw(this.result, state);
    } catch (fault) {
      if (!(fault instanceof Refusal)) throw fault;
      [this.result, this.error] = [undefined, fault.message];
      this.stage.replaceChildren(
        html("p", { class: "explorable-refusal" }, fault.message),
      );
    }
    if (!this.#words.parentNode) this.#introduce();
    this.#link.href = this.#address();
    const long = Object.values(state).some(({ length }) => length > LONGEST);
    if (long) this.#link.removeAttribute("href");
    fill(this.#link, long ? "This state is too long for a link" : "Link to this state");
  }

  #build() {
    const given = Object.entries(this.fields).flatMap(([key, field]) =>
      this.hasAttribute(key) ? [[key, settled(field, this.getAttribute(key))]] : [],
    );
    this.#start = { ...initial(this.fields), ...Object.fromEntries(given) };
    this.#form.append(...Object.keys(this.fields).map((key) => this.#knob(key)));
    for (const control of /** @type {any} */ (this.#form.elements))
      this.#named[control.name] = control;
    this.#form.addEventListener("input", () => this.changed());
    this.#form.addEventListener("submit", (event) => event.preventDefault());
    this.replaceChildren(this.#form, this.stage);
    this.#fill({ ...this.#start, ...this.#asked() });
  }

  /** @param {string} key */
  #knob(key) {
    const field = this.fields[key];
    if (field.kind === "held") return html("input", { type: "hidden", name: key });
    const control = this.#native(key);
    if (field.kind === "tick")
      return html("label", { class: "explorable-tick" }, control, field.label);
    const value =
      field.kind === "range"
        ? [html("output", { name: `${key}-value`, "aria-hidden": true })]
        : [];
    return html(
      "label",
      { class: `explorable-${field.kind}` },
      html("span", {}, field.label),
      control,
      ...value,
    );
  }

  /** @param {string} name */
  #native(name) {
    const field = this.fields[name];
    if (field.kind === "choice")
      return html(
        "select",
        { name },
        ...field.options.map((word) => html("option", {}, word)),
      );
    if (field.kind === "text")
      return html("textarea", { name, rows: field.rows, spellcheck: "false" });
    if (field.kind === "tick") return html("input", { name, type: "checkbox" });
    const { min, max, step } = /** @type {import("./fields.js").RangeField} */ (field);
    return html("input", { name, type: "range", min, max, step });
  }

  /** @param {State} changes */
  #fill(changes) {
    for (const [key, field] of Object.entries(this.fields)) {
      if (!(key in changes)) continue;
      const [control, value] = [this.control(key), settled(field, changes[key])];
      if (field.kind === "tick")
        /** @type {HTMLInputElement} */ (control).checked = value;
      else control.value = value;
    }
  }

  /** @param {State} state */
  #label(state) {
    for (const [key, field] of Object.entries(this.fields))
      if (field.kind === "range")
        fill(this.control(`${key}-value`), String(state[key]));
  }

  /** The words come with the rest of the page: a screen reader hears them once, in place. */
  #introduce() {
    const reset = html(
      "button",
      { type: "button", click: () => this.set(this.#start) },
      "Reset",
    );
    this.#speak();
    this.append(
      this.#words,
      html("p", { class: "explorable-actions" }, reset, this.#link),
    );
  }

  #speak() {
    fill(this.#words, this.error || this.words(this.result, this.state));
  }

  /** Say the state, and have the address say it, unless that is the next page's already. */
  #rest() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    if (!this.isConnected || location.pathname !== this.#path) return;
    this.#speak();
    history.replaceState(history.state, "", this.#address());
    this.#asked();
  }

  /** What the address asks for now; it is known from then on. */
  #asked() {
    const state = asked(this.fields, this.called, location.search);
    this.#known = JSON.stringify(state);
    return state;
  }

  /** A link that is followed finds the last change in the address, and within the page keeps it: Material has
   * made it absolute, with what the address said when the page was loaded. @param {any} event */
  #leave = ({ target }) => {
    const link = target.closest?.("a[href]");
    if (!link) return;
    if (this.#timer) this.#rest();
    const { origin, pathname, search } = location;
    if (
      link.origin + link.pathname === origin + pathname &&
      (link.hash || link === this.#link) &&
      !link.closest(".md-search")
    )
      link.search = search;
  };

  /** Another entry of the history may ask for another state. */
  #return = () => {
    const before = this.#known;
    const state = this.#asked();
    if (location.pathname === this.#path && this.#known !== before)
      this.set({ ...this.#start, ...state });
  };

  #address() {
    const query = asking(
      this.fields,
      this.called,
      this.state,
      this.#start,
      location.search,
    );
    return `${location.pathname}${query && `?${query}`}${location.hash}`;
  }
}
