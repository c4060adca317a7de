/* KaTeX sets a formula as a tree of tags; this takes out those that a single subscript or superscript does not
   need. KaTeX puts it into a table with rows and struts, ten tags to move one letter; here the letter itself is
   moved, by the same length. A lecture has thousands of these. */
"use strict";

function lighter(node) {
  for (const child of node.children || []) lighter(child);
  if (!node.classes || !node.classes.includes("msupsub") || node.children.length !== 1) return;
  const scripts = node.children[0].children[0].children[0].children; // table, first row, cell
  if (scripts.length !== 1) return; // a superscript above a subscript
  const [strut, ...content] = scripts[0].children;
  const top = parseFloat(scripts[0].style.top) + parseFloat(strut.style.height);
  node.classes = [...node.classes, "alone"];
  node.style = {...node.style, ...scripts[0].style, top: `${top.toFixed(4)}em`};
  node.children = content;
}

/* As katex.renderToString. */
function setFormula(tex, options) {
  const tree = katex.__renderToDomTree(tex, options);
  lighter(tree);
  return tree.toMarkup();
}
