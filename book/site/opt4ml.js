/* Two conveniences that style sheets cannot give; no content depends on them. */
"use strict";

/* A formula, code or table that scrolls sideways can be reached and scrolled by keyboard. */
function reachScrollers() {
  const selector = ".katex-display, .highlight pre, .output pre, .pst-scrollable-table-container";
  for (const element of document.querySelectorAll(selector)) {
    const wide = element.scrollWidth > element.clientWidth, tall = element.scrollHeight > element.clientHeight;
    if (wide || tall) element.tabIndex = 0;
    else if (element.tabIndex === 0) element.removeAttribute("tabindex");
  }
}

/* Everything folded is printed. */
const foldedBeforePrint = [];
function unfoldForPrint() {
  for (const block of document.querySelectorAll("details:not([open])")) {
    if (!block.closest(".bd-article")) continue;
    foldedBeforePrint.push(block);
    block.open = true;
  }
}
function foldAgain() {
  while (foldedBeforePrint.length) foldedBeforePrint.pop().open = false;
}

document.addEventListener("DOMContentLoaded", reachScrollers);
document.addEventListener("toggle", reachScrollers, true);
window.addEventListener("load", reachScrollers);
/* The theme's own script judges tables again after each change of size, and a little later than this one. */
for (const event of ["load", "toggle"]) {
  window.addEventListener(event, () => setTimeout(reachScrollers, 100), true);
}
window.addEventListener("resize", reachScrollers);
window.addEventListener("beforeprint", unfoldForPrint);
window.addEventListener("afterprint", foldAgain);
