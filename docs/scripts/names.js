// What Material leaves to be done for those who do not use a mouse or a screen: a name for the
// search dialog; no landmark around each copy button; tables that scroll can be scrolled by keys.
const name = () => {
  document.querySelector(".md-search")?.setAttribute("aria-label", "Search");
  for (const nav of document.querySelectorAll(".md-code__nav")) nav.setAttribute("role", "none");
  for (const table of document.querySelectorAll(".md-typeset__scrollwrap")) table.tabIndex = 0;
};
name();
new MutationObserver(name).observe(document.body, { childList: true, subtree: true });
