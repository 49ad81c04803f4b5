// What Material leaves to be done for those who do not use a mouse or a screen: a name for the
// search dialog and for the notes on lines of code; no landmark around each copy button; keys scroll
// code that is wider than its place, which Material sees to when it comes near.
const name = () => {
  document.querySelector(".md-search")?.setAttribute("aria-label", "Search");
  for (const nav of document.querySelectorAll(".md-code__nav:not([role])")) nav.setAttribute("role", "none");
  for (const note of document.querySelectorAll(".md-annotation__index:not([aria-label])")) note.ariaLabel = "Note on this line";
};
const reach = () => {
  const wide = [...document.querySelectorAll("pre > code:not([tabindex])")].filter((code) => code.scrollWidth > code.clientWidth);
  for (const code of wide) code.tabIndex = 0;
};
const holdsCode = ({ addedNodes }) => [...addedNodes].some((node) => node.querySelector?.("pre > code"));
name();
reach();
new MutationObserver((changes) => {
  name();
  if (changes.some(holdsCode)) reach(); // another page was swapped in
}).observe(document.body, { childList: true, subtree: true });
// Answers that were opened are printed, the others are not.
document.addEventListener("click", ({ target }) => target.closest?.("details.success > summary")?.parentElement.classList.add("read"));
