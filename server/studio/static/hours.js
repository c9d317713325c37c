// The calendar is one stop of the Tab key: arrow keys go from day to day and from week to week.

const year = document.querySelector(".year");
const days = year ? [...year.querySelectorAll("a.cell")] : [];
const STEPS = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 7, ArrowUp: -7 };

const stop = (wanted) => {
  for (const day of days) day.tabIndex = day === wanted ? 0 : -1;
};

if (days.length) {
  stop(days.find((day) => day.hasAttribute("aria-current")) ?? days[0]);
  year.addEventListener("focusin", (event) => {
    if (event.target.matches("a.cell")) stop(event.target);
  });
  year.addEventListener("keydown", (event) => {
    const here = days.indexOf(event.target);
    if (here < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    const ends = { Home: 0, End: days.length - 1 };
    const to = event.key in ends ? ends[event.key] : here + (STEPS[event.key] ?? NaN);
    if (!days[to]) return;
    event.preventDefault();
    days[to].focus();
  });
}
