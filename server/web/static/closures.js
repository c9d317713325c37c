// The form that closes: what is chosen by a field beside it is chosen by writing there, and the way of the sound is shown.

import { stay } from "./stay.js";

const form = document.getElementById("close");
stay(form, document.getElementById("sending"), "/closures/progress");
const making = document.getElementById("making");

const choosing = (field, name, value) =>
  field?.addEventListener("input", () => {
    const choice = form.querySelector(`input[name="${name}"][value="${value}"]`);
    if (choice) choice.checked = true;
  });

choosing(form.elements.time, "until", "at");
choosing(form.elements.play, "how", "recording");
for (const text of form.querySelectorAll("textarea")) choosing(text, "how", "words");

const look = async () => {
  try {
    const answer = await fetch("/closures/progress");
    if (!answer.ok) return;
    const { what, done } = await answer.json();
    const bar = making.querySelector("progress");
    if (done !== null) bar.value = done;
    if (what) making.querySelector("span").textContent = `${what[0].toUpperCase()}${what.slice(1)} …`;
  } catch {
    // The answer to the form itself will say what is wrong.
  }
};

form.addEventListener("submit", () => {
  making.hidden = false;
  for (const button of form.querySelectorAll("button")) button.disabled = true;
  setInterval(look, 400);
});
