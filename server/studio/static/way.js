// Where the way is wider than the window, brings the step that is looked at into view.
function bring() {
  for (const here of document.querySelectorAll(".way [aria-current]")) {
    const row = here.closest("ol, ul");
    const from = here.getBoundingClientRect().left - row.getBoundingClientRect().left;
    row.scrollLeft += from - (row.clientWidth - here.offsetWidth) / 2;
  }
}

bring();
addEventListener("resize", bring);
