/* A few conveniences that style sheets cannot give; no content depends on them. */
"use strict";

/* A formula, code or table that scrolls sideways can be reached and scrolled by keyboard. To find out which one
   does, the browser must lay it out: those near the screen it does anyway, the others from the first key on. */
const scrollers = ".katex-display, .highlight pre, .output pre, .cell_output > .output, .pst-scrollable-table-container";
const whenIdle = window.requestIdleCallback || setTimeout;

function judge(element) {
  const wide = element.scrollWidth > element.clientWidth, tall = element.scrollHeight > element.clientHeight;
  if (wide || tall) element.tabIndex = 0;
  else if (element.tabIndex === 0) element.removeAttribute("tabindex");
}
function judgeAll(waiting = [...document.querySelectorAll(scrollers)]) {
  const until = performance.now() + 20;
  while (waiting.length && performance.now() < until) judge(waiting.shift());
  if (waiting.length) whenIdle(() => judgeAll(waiting));
}
function reachScrollers() {
  const resized = new ResizeObserver((entries) => entries.forEach((entry) => judge(entry.target)));
  for (const element of document.querySelectorAll(scrollers)) resized.observe(element);
}

/* Paper is white and does not scroll, and everything folded is printed. */
const paper = {width: 675, letter: 14}; // px: A4 between a browser's margins; the size of text in opt4ml.css
const foldedBeforePrint = [];
let themeBeforePrint = "";

function fitToPaper(formula) {
  const letter = parseFloat(getComputedStyle(document.documentElement).fontSize);
  const around = formula.closest(".bd-article").clientWidth - formula.clientWidth;
  const range = document.createRange();
  range.selectNodeContents(formula.querySelector(".katex-html"));
  const width = Math.max(...[...range.getClientRects()].map((box) => box.right)) - range.getBoundingClientRect().left;
  const scale = (paper.width - around) / ((width * paper.letter) / letter);
  if (scale < 1) formula.style.fontSize = `${scale}em`;
}
function prepareForPrint() {
  themeBeforePrint = document.documentElement.dataset.theme;
  document.documentElement.dataset.theme = "light";
  for (const block of document.querySelectorAll(".bd-article details:not([open])")) {
    foldedBeforePrint.push(block);
    block.open = true;
  }
  document.querySelectorAll(".bd-article .katex-display").forEach(fitToPaper);
}
function backToScreen() {
  document.documentElement.dataset.theme = themeBeforePrint;
  while (foldedBeforePrint.length) foldedBeforePrint.pop().open = false;
  for (const formula of document.querySelectorAll(".bd-article .katex-display")) formula.style.fontSize = "";
}

/* A page that is opened from a folder may not read others, so the search shows their titles alone. */
if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;

document.addEventListener("DOMContentLoaded", reachScrollers);
document.addEventListener("keydown", () => judgeAll(), {once: true});
window.addEventListener("beforeprint", prepareForPrint);
window.addEventListener("afterprint", backToScreen);
