// How far a fax on the line is: every bar of it on the page moves when a page is through.

// Returns whether there is a bar of this fax.
export const move = ({ id, pages, of, words }) => {
  const bars = [...document.querySelectorAll(".progress[data-line]")].filter((bar) => bar.dataset.line === id);
  for (const bar of bars) {
    const progress = bar.querySelector("progress");
    if (of) {
      progress.max = of;
      progress.value = pages;
    } else progress.removeAttribute("value");
    const said = bar.querySelector(".how-far");
    if (said.textContent !== words) said.textContent = words; // the same again is not read out again
  }
  return bars.length > 0;
};
