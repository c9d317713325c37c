// The time machine's sounds: each prompt by itself or the whole call in order; and its link for others.

const said = document.getElementById("said");
const player = new Audio();
let playing = null, finish = null;

const silence = () => {
  player.pause();
  finish?.(false);
  finish = null;
  playing?.classList.remove("playing");
  playing?.removeAttribute("aria-busy");
  playing = null;
};

// A prompt that nobody has heard yet is spoken first, which takes some seconds.
const play = (button) => new Promise((over) => {
  silence();
  finish = over;
  playing = button;
  button.setAttribute("aria-busy", "true");
  said.textContent = "Fetching the sound …";
  const end = (words) => {
    if (playing !== button) return;
    over(words === "");
    silence();
    said.textContent = words;
  };
  player.onplaying = () => {
    button.removeAttribute("aria-busy");
    button.classList.add("playing");
    said.textContent = "";
  };
  player.onended = () => end("");
  player.onerror = () => end("This cannot be played now.");
  player.src = button.dataset.sound;
  player.play().catch(() => {
    if (!player.error) end("The browser does not play it.");
  });
});

const buttons = [...document.querySelectorAll("[data-sound]")];
for (const button of buttons) {
  button.hidden = false;
  button.addEventListener("click", () => {
    if (playing === button) silence();
    else play(button);
  });
}

const all = document.querySelector("[data-play-all]");
if (buttons.length) {
  all.hidden = false;
  let going = false;
  all.addEventListener("click", async () => {
    if (going) {
      going = false;
      silence();
      all.textContent = "Listen to it all";
      return;
    }
    going = true;
    all.textContent = "Stop";
    for (const button of buttons) {
      if (!going) break;
      button.scrollIntoView({ block: "nearest" });
      if (!(await play(button))) break;
    }
    going = false;
    all.textContent = "Listen to it all";
  });
}

const copy = document.querySelector("[data-copy]");
if (navigator.clipboard) {
  copy.hidden = false;
  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(location.href);
      said.textContent = "Copied.";
    } catch {
      said.textContent = "Copy the address of this page.";
    }
  });
}

// Who presses one key after the other stays on the keys.
if (location.hash === "#keypad") document.querySelector(".pad button:enabled")?.focus({ preventScroll: true });
