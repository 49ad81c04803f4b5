// Fetch an explorable when the reader comes near it: <x-y> is defined by x-y.js, beside this file.
const near = new IntersectionObserver(
  (seen) => {
    for (const { target } of seen.filter((entry) => entry.isIntersecting)) {
      near.unobserve(target);
      import(`./${target.localName}.js`);
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
