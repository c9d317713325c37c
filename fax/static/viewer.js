// The pages of a fax: which one is looked at, how large, which side up, and on paper.

const SIZES = [0.5, 0.75, 1, 1.25, 1.5, 2, 3, 4];
const WIDE = "50rem"; // what a page is on a wide screen when it fits

export const viewer = (section) => {
  const desk = section.querySelector(".desk");
  if (!desk) return { key: () => false };
  const figures = [...desk.querySelectorAll("figure")];
  const which = section.querySelector("#sheet");
  const shown = section.querySelector("#shown");
  for (const group of section.querySelectorAll(".group[hidden]")) group.hidden = false;

  let at = 1;
  let size = 1;
  let turned = 0;

  // ---- which page

  const say = () => {
    if (document.activeElement !== which) which.value = String(at);
    shown.textContent = `Page ${at} of ${figures.length}`;
  };

  // The page that takes most of what is seen is the one that is looked at.
  const seen = new Map();
  const watcher = new IntersectionObserver(
    (entries) => {
      for (const entry of entries) seen.set(entry.target, entry.intersectionRect.height);
      const most = figures.reduce((best, one) => ((seen.get(one) ?? 0) > (seen.get(best) ?? 0) ? one : best));
      const now = Number(most.dataset.page);
      if (now === at) return;
      at = now;
      say();
    },
    { threshold: Array.from({ length: 21 }, (_, n) => n / 20) },
  );
  for (const figure of figures) watcher.observe(figure);

  const scrolls = () => desk.scrollHeight > desk.clientHeight + 1;

  const go = (page) => {
    const goal = figures[Math.max(1, Math.min(figures.length, page)) - 1];
    at = Number(goal.dataset.page);
    if (scrolls()) desk.scrollTo({ top: goal.offsetTop - 12 });
    else goal.scrollIntoView({ block: "start" });
    say();
  };

  // ---- how large, which side up

  const fitted = (figure) => {
    const img = figure.querySelector("img");
    const across = turned % 180 !== 0;
    const ratio = img.naturalWidth ? img.naturalWidth / img.naturalHeight : 210 / 297;
    figure.style.aspectRatio = across ? `${1 / ratio}` : "";
    img.style.width = across ? `${ratio * 100}%` : "";
    img.style.transform = turned ? `${across ? "translate(-50%, -50%) " : ""}rotate(${turned}deg)` : "";
    figure.classList.toggle("across", across);
  };

  const draw = () => {
    const here = at;
    desk.style.setProperty("--size", String(size));
    for (const figure of figures) {
      const img = figure.querySelector("img");
      img.sizes = size > 1 ? `calc(${size} * ${WIDE})` : `(min-width: 64rem) ${WIDE}, 100vw`;
      fitted(figure);
    }
    go(here);
  };

  const resize = (by) => {
    const step = SIZES.indexOf(size) + by;
    size = by ? SIZES[Math.max(0, Math.min(SIZES.length - 1, step))] : 1;
    draw();
  };

  const rotate = () => {
    turned = (turned + 90) % 360;
    draw();
  };

  for (const figure of figures) {
    const img = figure.querySelector("img");
    img.addEventListener("load", () => fitted(figure));
    const failed = () => {
      const word = document.createElement("figcaption");
      word.textContent = `${img.alt} cannot be shown here. Download the original instead.`;
      figure.replaceChildren(word);
      figure.classList.add("failed");
    };
    if (img.complete && !img.naturalWidth && img.loading !== "lazy") failed();
    img.addEventListener("error", failed);
  }

  // ---- on paper: every page must be there first

  // A page that nobody has scrolled to yet is fetched now; one that cannot be shown says so in its place.
  const arrived = (img) =>
    new Promise((settled) => {
      if (img.complete && img.naturalWidth) return settled();
      for (const word of ["load", "error"]) img.addEventListener(word, settled, { once: true });
      img.loading = "eager";
    });

  const print = async (button) => {
    button.disabled = true;
    await Promise.all([...desk.querySelectorAll("img")].map(arrived));
    button.disabled = false;
    window.print();
  };

  // ---- what is pressed

  const deeds = {
    back: () => go(at - 1),
    on: () => go(at + 1),
    smaller: () => resize(-1),
    larger: () => resize(1),
    fit: () => resize(0),
    rotate,
    print: () => print(section.querySelector("[data-do=print]")),
  };
  section.addEventListener("click", (event) => deeds[event.target.closest("[data-do]")?.dataset.do]?.());
  which.addEventListener("change", () => go(Number(which.value) || at));
  which.addEventListener("keydown", (event) => {
    if (event.key === "Enter") go(Number(which.value) || at);
  });
  which.addEventListener("blur", say);
  say();

  const keys = {
    PageDown: deeds.on,
    PageUp: deeds.back,
    ArrowRight: deeds.on,
    ArrowLeft: deeds.back,
    Home: () => go(1),
    End: () => go(figures.length),
    "+": deeds.larger,
    "=": deeds.larger,
    "-": deeds.smaller,
    0: deeds.fit,
    r: deeds.rotate,
    p: deeds.print,
  };
  return {
    // Returns whether the key meant something.
    key: (event) => {
      // Enlarged, the arrows move the page under the window.
      if (event.key.startsWith("Arrow") && size > 1) return false;
      const deed = event.shiftKey && event.key !== "+" ? null : keys[event.key];
      if (!deed) return false;
      deed();
      return true;
    },
  };
};
