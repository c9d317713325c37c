// The player of one message: the wave, the words that follow the sound, and keys.

const SKIP = 5;
const SPEEDS = [1, 1.25, 1.5, 2];

const written = (seconds) => {
  const whole = Math.max(0, Math.floor(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
};

// Takes the place of the browser's own player in `section`. `transcript()` gives the words' parent as it is now.
export const player = (section, transcript) => {
  const audio = section.querySelector("audio");
  const wave = section.querySelector(".wave");
  const play = section.querySelector(".play");
  const speed = section.querySelector(".speed");
  const trouble = section.querySelector("#no-sound");
  audio.controls = false;
  section.querySelector(".deck").hidden = false;

  let wanted = null; // where to begin, chosen before the sound was there
  const seconds = () => (Number.isFinite(audio.duration) && audio.duration > 0 ? audio.duration : Number(section.dataset.seconds));
  const now = () => wanted ?? audio.currentTime;

  // ---- showing where it is

  let spoken = null;
  const wordAt = (time) => {
    let found = null;
    for (const word of transcript()?.querySelectorAll(".word") ?? []) {
      if (Number(word.dataset.start) > time + 0.02) break;
      found = word;
    }
    return found;
  };

  const show = () => {
    const at = now();
    const share = seconds() ? Math.min(1, at / seconds()) : 0;
    const svg = section.querySelector("#outline");
    svg.querySelector("clipPath rect").setAttribute("width", String(share * svg.viewBox.baseVal.width));
    section.querySelector(".times .now").textContent = written(at);
    wave.setAttribute("aria-valuenow", String(Math.round(at)));
    wave.setAttribute("aria-valuetext", `${written(at)} of ${written(seconds())}`);
    const word = at > 0 || !audio.paused ? wordAt(at) : null;
    if (word !== spoken || (word && !word.classList.contains("now"))) {
      spoken?.classList.remove("now");
      word?.classList.add("now");
      spoken = word;
    }
  };

  const follow = () => {
    show();
    if (!audio.paused) requestAnimationFrame(follow);
  };

  // ---- doing

  const seek = (time) => {
    const goal = Math.max(0, Math.min(time, seconds()));
    if (audio.readyState === 0) wanted = goal;
    else audio.currentTime = goal;
    show();
  };

  const start = () => {
    trouble.hidden = true;
    // A browser without a sound, or one that may not play yet, says so by refusing.
    audio.play().catch((error) => {
      if (error.name !== "AbortError") fail();
    });
  };

  const toggle = () => (audio.paused ? start() : audio.pause());

  const fail = () => {
    trouble.textContent = "The sound cannot be played. It may be gone, or the server is out of reach.";
    trouble.hidden = false;
  };

  audio.addEventListener("loadedmetadata", () => {
    if (wanted !== null) audio.currentTime = wanted;
    wanted = null;
    show();
  });
  const began = () => {
    section.classList.add("playing");
    play.setAttribute("aria-label", "Pause");
    follow();
  };
  audio.addEventListener("play", began);
  for (const end of ["pause", "ended"]) {
    audio.addEventListener(end, () => {
      section.classList.remove("playing");
      play.setAttribute("aria-label", "Play");
      show();
    });
  }
  audio.addEventListener("seeked", show);
  audio.addEventListener("timeupdate", show); // where frames are not drawn, in a tab behind another
  audio.addEventListener("error", fail);

  play.addEventListener("click", toggle);
  speed.addEventListener("click", () => {
    audio.playbackRate = SPEEDS[(SPEEDS.indexOf(audio.playbackRate) + 1) % SPEEDS.length];
    speed.textContent = `${audio.playbackRate}×`;
    speed.setAttribute("aria-label", `Speed ${audio.playbackRate}×`);
  });

  const placeOf = (event) => {
    const { left, width } = wave.getBoundingClientRect();
    return ((event.clientX - left) / width) * seconds();
  };
  wave.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    wave.setPointerCapture(event.pointerId);
    seek(placeOf(event));
  });
  wave.addEventListener("pointermove", (event) => {
    if (wave.hasPointerCapture(event.pointerId)) seek(placeOf(event));
  });

  // A word is a place in the sound.
  document.addEventListener("click", (event) => {
    const word = event.target.closest(".word");
    if (!word || !transcript()?.contains(word)) return;
    if (String(getSelection())) return; // somebody copies it
    seek(Number(word.dataset.start));
    start();
  });

  const nextWord = (by) => {
    const words = [...transcript().querySelectorAll(".word")];
    const at = words.indexOf(wordAt(now()));
    const goal = words[Math.max(0, Math.min(words.length - 1, at + by))];
    if (goal) seek(Number(goal.dataset.start));
  };

  show();
  if (!audio.paused) began(); // somebody was quicker than this script
  return {
    show,
    // Returns whether the key meant something.
    key: (event) => {
      const inWords = event.target.matches(".words");
      switch (event.key) {
        case " ":
          if (event.target.closest("button, a, label, summary")) return false;
          toggle();
          return true;
        case "ArrowLeft":
          if (inWords) nextWord(-1);
          else seek(now() - SKIP);
          return true;
        case "ArrowRight":
          if (inWords) nextWord(1);
          else seek(now() + SKIP);
          return true;
        case "Home":
          if (event.target !== wave) return false;
          seek(0);
          return true;
        case "End":
          if (event.target !== wave) return false;
          seek(seconds());
          return true;
        default:
          return false;
      }
    },
  };
};
