// Keeps the bar of running tests moving, and shows the result when it is there.

const EVERY = 500;
const running = document.getElementById("running");

async function look() {
  try {
    const answer = await fetch("/site/tests/progress", { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(String(answer.status));
    const said = await answer.json();
    if (!said.running) return location.replace("/site/tests");
    running.querySelector("progress").value = said.done;
    running.querySelector('[data-figure="done"]').textContent = said.done.toLocaleString("en");
  } catch {
    // The server may be starting anew: ask again.
  }
  setTimeout(look, EVERY);
}

if (running) setTimeout(look, EVERY);
