// The list of things is open beside what is edited, and folded above it where the screen is narrow.

const things = document.querySelector(".things");
const narrow = matchMedia("(max-width: 56rem)");
const fold = () => { things.open = !narrow.matches; };
narrow.addEventListener("change", fold);
fold();
