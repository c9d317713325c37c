// The page of prompts: one sound at a time, words tried out, and a recording spoken here or sent.

import { inWords, keepUpload } from "../upload.js";

const trouble = document.getElementById("trouble");
const audio = new Audio();
let playing = null;

const stopped = () => {
  playing?.setAttribute("aria-pressed", "false");
  playing?.removeAttribute("aria-busy");
  playing = null;
};

const play = (sound, button) => {
  audio.pause();
  stopped();
  trouble.hidden = true;
  playing = button;
  button?.setAttribute("aria-pressed", "true");
  button?.setAttribute("aria-busy", "true"); // it may have to be made first
  audio.src = sound;
  audio.play().catch((error) => error.name !== "AbortError" && failed());
};

const failed = () => {
  stopped();
  trouble.textContent = "This cannot be played: it cannot be made just now, or somebody has changed it. Load the page again.";
  trouble.hidden = false;
};

audio.addEventListener("playing", () => playing?.removeAttribute("aria-busy"));
audio.addEventListener("ended", stopped);

document.addEventListener("click", (event) => {
  const button = event.target.closest(".listen");
  if (!button) return;
  if (button === playing) {
    audio.pause();
    stopped();
  } else play(button.dataset.sound, button);
});

// ---- words tried out

const say = document.getElementById("say");
const saying = document.getElementById("saying");
const sentence = (said) => `${said[0].toUpperCase()}${said.slice(1)}.`;

say.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = say.querySelector("button");
  button.disabled = true;
  saying.textContent = "Making the sound …";
  try {
    const answer = await fetch(say.action, { method: "POST", body: new URLSearchParams(new FormData(say)) });
    const told = await answer.json();
    saying.textContent = answer.ok ? `${told.seconds.toFixed(1)} s` : sentence(told.wrong ?? told.error);
    if (told.sound) play(told.sound, null);
  } catch {
    saying.textContent = "The server did not answer. Try again.";
  } finally {
    button.disabled = false;
  }
});

// The words of a row are tried out above, and saved wherever the draft says the old ones.
const goes = document.getElementById("goes");
const save = document.getElementById("save");
let reworded = null;

for (const button of document.querySelectorAll(".reword")) {
  button.addEventListener("click", () => {
    reworded = button;
    say.elements.text.value = button.dataset.text;
    say.elements.language.value = button.dataset.language;
    const link = goes.querySelector("a");
    link.href = button.dataset.path;
    link.textContent = button.dataset.place + (button.dataset.more > 0 ? ` and ${button.dataset.more} more` : "");
    goes.querySelector("span").firstChild.textContent = "ours" in button.dataset ? "These are our words; yours become the " : "Said in ";
    goes.hidden = false;
    saying.textContent = "";
    say.scrollIntoView({ block: "center" });
    say.elements.text.focus();
  });
}

// Words of another language are not written where these stand.
say.elements.language.addEventListener("change", () => {
  goes.hidden = true;
});

save.addEventListener("click", async () => {
  if (!say.reportValidity()) return;
  const { text, language } = reworded.dataset;
  const wanted = say.elements.text.value;
  save.disabled = true;
  saying.textContent = "Saving …";
  try {
    const body = new URLSearchParams({ before: text, text: wanted, language });
    const answer = await fetch(save.dataset.path, { method: "POST", body });
    const told = await answer.json();
    if (!answer.ok) saying.textContent = sentence(told.wrong ?? told.error);
    else {
      const row = reworded.closest("tr");
      row.querySelector(".words span[lang]").textContent = wanted;
      row.querySelector(".listen").dataset.sound = told.sound;
      reworded.dataset.text = wanted;
      saying.textContent = `Saved in the draft (${told.files.join(", ")}). Callers hear it once it is published.`;
    }
  } catch {
    saying.textContent = "The server did not answer. Load the page again to see whether it was saved.";
  } finally {
    save.disabled = false;
  }
});

// ---- a recording: chosen, spoken, sent

const form = document.getElementById("take");
const file = document.getElementById("document");
const wrong = document.getElementById("wrong");
const tell = (text) => {
  wrong.textContent = text;
  wrong.hidden = !text;
};

for (const button of document.querySelectorAll(".choose")) {
  button.addEventListener("click", () => {
    form.elements.name.value = button.dataset.name;
    form.elements.language.value = button.dataset.language;
    form.scrollIntoView({ block: "center" });
    (document.getElementById("record").hidden ? file : document.getElementById("record")).focus();
  });
}

const upload = keepUpload({
  form,
  wrong: tell,
  several: "Send one recording at a time.",
  smaller: "Save it as MP3 or Ogg, or cut it.",
  missing: () => tell("Record something, or choose a file."),
  refused: (page, status) => tell(page.getElementById("refused")?.textContent ?? page.querySelector("main p")?.textContent ?? `It was refused (${status}).`),
  unreachable: () => tell("The server did not answer. Try again."),
});
document.getElementById("stop").addEventListener("click", () => upload.stop());

const record = document.getElementById("record");
const status = document.getElementById("recording");
const LONGEST = 300;
let recorder = null;

const begin = async () => {
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1, echoCancellation: false, noiseSuppression: true } });
  } catch {
    status.textContent = "There is no microphone, or this page may not use it.";
    return;
  }
  const pieces = [];
  recorder = new MediaRecorder(stream);
  const began = Date.now();
  const clock = setInterval(() => {
    const seconds = Math.floor((Date.now() - began) / 1000);
    status.textContent = `Recording, ${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    if (seconds >= LONGEST) recorder.stop();
  }, 250);
  recorder.addEventListener("dataavailable", ({ data }) => pieces.push(data));
  recorder.addEventListener("stop", () => {
    clearInterval(clock);
    for (const track of stream.getTracks()) track.stop();
    const sound = new File(pieces, "recorded.webm", { type: recorder.mimeType });
    recorder = null;
    record.classList.remove("on");
    record.querySelector(".does").textContent = "Record again";
    status.textContent = `Recorded, ${inWords(sound.size)}`;
    const given = new DataTransfer();
    given.items.add(sound);
    file.files = given.files;
    file.dispatchEvent(new Event("change"));
    document.getElementById("send").focus();
  });
  recorder.start();
  record.classList.add("on");
  record.querySelector(".does").textContent = "Stop";
};

// Browsers give the microphone to pages with https, or of this machine, only.
if (navigator.mediaDevices?.getUserMedia && window.MediaRecorder) {
  record.hidden = false;
  record.addEventListener("click", () => (recorder ? recorder.stop() : begin()));
}
