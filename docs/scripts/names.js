// Two things that Material leaves without a name for a screen reader: the search dialog, and a
// <nav> around every copy button, which would make each code block a landmark of the page.
const name = () => {
  document.querySelector(".md-search")?.setAttribute("aria-label", "Search");
  for (const nav of document.querySelectorAll(".md-code__nav")) nav.setAttribute("role", "none");
};
name();
new MutationObserver(name).observe(document.body, { childList: true, subtree: true });
