// Looks again at the draft while the page is looked at: who saves in an editor beside it sees the figures change.
const EVERY_MS = 10000;
const PATIENCE_MS = 20000;

async function lookAgain() {
  const answer = await fetch(location.href, { signal: AbortSignal.timeout(PATIENCE_MS), headers: { Accept: "text/html" } });
  if (!answer.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const there = page.getElementById("findings");
  const here = document.getElementById("findings");
  if (there === null || there.dataset.digest === here.dataset.digest) return;
  const inside = here.contains(document.activeElement);
  here.replaceWith(there);
  const way = document.querySelector(".way ol");
  if (!way.contains(document.activeElement)) way.replaceChildren(...page.querySelector(".way ol").children);
  // Who was at a finding with the keyboard stays near it, and not at the top of the page.
  if (inside) there.querySelector("a")?.focus();
  const said = ["errors", "warnings"].map((id) => `${document.getElementById(id).textContent} ${id}`);
  document.getElementById("changed").textContent = `The draft has changed: ${said.join(", ")}.`;
}

async function watch() {
  for (;;) {
    await new Promise((done) => setTimeout(done, EVERY_MS));
    if (document.visibilityState !== "visible") continue;
    try {
      await lookAgain();
    } catch {
      // The server is away for a moment; the next look tells.
    }
  }
}

watch();
