// Fetch an explorable when the reader comes near it: <x-y> is defined by x-y.js, beside this file.
/** @param {any} element @param {unknown} fault */
const failed = (element, fault) => {
  element.style.minHeight = 0;
  element.lastElementChild.append(
    " The explorable could not be fetched: load the page again.",
  );
  console.error(fault);
};

const near = new IntersectionObserver(
  (seen) => {
    for (const { target } of seen.filter((entry) => entry.isIntersecting)) {
      near.unobserve(target);
      import(`./${target.localName}.js`).catch((fault) => failed(target, fault));
    }
  },
  { rootMargin: "400px" },
);

const find = () => {
  for (const element of document.querySelectorAll(".explorable > :not(:defined)"))
    near.observe(element);
};

// With instant navigation Material changes the page without loading it, and says so here.
const pages = /** @type {any} */ (window).document$;
if (pages) pages.subscribe(find);
else find();
