// While tests run or a publication is under way their bars move; once that is over the page says what came of it.

const PAUSE = 400;
const AGAIN = { headers: { Accept: "application/json" } };

// The page as it is now takes the place of what is shown; what somebody has begun to write stays, and so does the keyboard.
const renew = async () => {
  const answer = await fetch("/site/publish", { headers: { Accept: "text/html" } });
  if (!answer.ok || answer.redirected) return location.reload(); // logged out: by way of the login back here
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of [".way", ".publish"]) {
    const why = document.getElementById("why");
    const fresh = page.querySelector(part);
    if (!fresh) return location.reload();
    const field = fresh.querySelector("#why");
    if (field && why) field.value = why.value;
    const writes = why !== null && why === document.activeElement;
    document.querySelector(part).replaceWith(fresh);
    if (writes && field) field.focus();
  }
};

const told = async (address) => {
  const answer = await fetch(address, AGAIN);
  if (answer.status === 401) location.reload();
  return answer.ok ? answer.json() : null;
};

const lookAtTests = async (running) => {
  const now = await told("/site/tests/progress");
  if (now === null) return;
  if (!now.running) return renew();
  running.querySelector("progress").value = now.done;
  running.querySelector('[data-figure="done"]').textContent = now.done.toLocaleString("en");
};

const lookAtJob = async () => {
  const now = await told("/site/publish/progress");
  if (now === null) return;
  if (!now.under_way) return location.reload();
  document.getElementById("job-what").textContent = now.what;
  const bar = document.getElementById("job-bar");
  if (now.done < 0) bar.removeAttribute("value");
  else bar.value = now.done;
};

const look = async () => {
  const running = document.getElementById("tests-running");
  const job = document.getElementById("job");
  if (!running && !job) return;
  try {
    await (job ? lookAtJob() : lookAtTests(running));
  } catch {
    // The server may be starting anew: ask again.
  }
  setTimeout(look, PAUSE);
};

setTimeout(look, PAUSE);
