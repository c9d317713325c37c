// A diagram of a site: its size by buttons, keys and wheel; it is moved by dragging, scrolling and arrow keys.

const LEAST = 0.15, MOST = 2.5, STEP = 1.25, READABLE = 0.68;

for (const diagram of document.querySelectorAll("[data-diagram]")) {
  const room = diagram.querySelector(".diagram-room");
  const drawing = room.querySelector("svg");
  const shown = diagram.querySelector("[data-zoom-shown]");
  const [, , width, height] = drawing.getAttribute("viewBox").split(" ").map(Number);
  let scale = 1;

  const size = (wanted, x = room.clientWidth / 2, y = room.clientHeight / 2) => {
    const before = scale;
    scale = Math.min(MOST, Math.max(LEAST, wanted));
    // What is under the pointer, or in the middle, stays there.
    const left = (room.scrollLeft + x) * (scale / before) - x;
    const top = (room.scrollTop + y) * (scale / before) - y;
    drawing.setAttribute("width", Math.round(width * scale));
    drawing.setAttribute("height", Math.round(height * scale));
    room.scrollTo({ left, top, behavior: "instant" });
    shown.textContent = `${Math.round(scale * 100)} %`;
  };
  const fitting = () => (room.clientWidth - 2) / width;
  const fit = () => size(Math.min(1, fitting()));

  diagram.querySelector(".diagram-tools").hidden = false;
  diagram.addEventListener("click", (event) => {
    const wanted = event.target.closest("[data-zoom]")?.dataset.zoom;
    if (wanted === "in") size(scale * STEP);
    if (wanted === "out") size(scale / STEP);
    if (wanted === "fit") fit();
  });
  room.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "+" || event.key === "=") size(scale * STEP);
    else if (event.key === "-") size(scale / STEP);
    else if (event.key === "0") fit();
    else return;
    event.preventDefault();
  });
  room.addEventListener("wheel", (event) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    const box = room.getBoundingClientRect();
    size(scale * (event.deltaY < 0 ? 1.1 : 1 / 1.1), event.clientX - box.left, event.clientY - box.top);
  }, { passive: false });

  // A drag that begins beside the links moves the drawing.
  room.addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "mouse" || event.button !== 0 || event.target.closest("a")) return;
    const from = { x: event.clientX + room.scrollLeft, y: event.clientY + room.scrollTop };
    const move = (at) => room.scrollTo({ left: from.x - at.clientX, top: from.y - at.clientY, behavior: "instant" });
    const end = () => {
      room.classList.remove("held");
      room.removeEventListener("pointermove", move);
    };
    room.classList.add("held");
    room.setPointerCapture(event.pointerId);
    room.addEventListener("pointermove", move);
    room.addEventListener("pointerup", end, { once: true });
    room.addEventListener("pointercancel", end, { once: true });
  });

  // As large as the window allows, but not so small that nobody can read it.
  if (room.clientWidth) size(Math.min(1, Math.max(READABLE, fitting())));
  // What is asked about is in the middle, or where calls begin.
  const wanted = drawing.querySelector(".box.lit") ?? drawing.querySelector(".box.chosen") ?? drawing.querySelector(".box");
  if (wanted) {
    const at = wanted.getBoundingClientRect(), box = room.getBoundingClientRect();
    const top = room.scrollTop + at.top - box.top - (room.clientHeight - at.height) / 2;
    room.scrollTo({ left: room.scrollLeft + at.left - box.left - 40, top, behavior: "instant" });
  }
}
