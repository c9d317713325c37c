// Keeps the bar of a running back-test moving, and shows the result when it is there.

const EVERY = 700;
const running = document.getElementById("running");

async function look() {
  let said;
  try {
    const answer = await fetch("/site/backtest/progress", { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(String(answer.status));
    said = await answer.json();
  } catch {
    setTimeout(look, 5 * EVERY);
    return;
  }
  if (!said.running) {
    location.replace("/site/backtest");
    return;
  }
  running.querySelector("progress").value = said.done;
  running.querySelector('[data-figure="calls"]').textContent = said.calls.toLocaleString("en");
  setTimeout(look, EVERY);
}

if (running) setTimeout(look, EVERY);
