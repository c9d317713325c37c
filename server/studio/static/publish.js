// While a publication is under way its bar moves; once it is over the page is fetched anew and says what came of it.

const PAUSE = 400;
const job = document.getElementById("job");

const look = async () => {
  try {
    const answer = await fetch("/site/publish/progress", { headers: { Accept: "application/json" } });
    if (answer.status === 401) return location.reload(); // logged out: by way of the login back here
    if (answer.ok) {
      const now = await answer.json();
      if (!now.under_way) return location.reload();
      document.getElementById("job-what").textContent = now.what;
      const bar = document.getElementById("job-bar");
      if (now.done < 0) bar.removeAttribute("value");
      else bar.value = now.done;
    }
  } catch {
    // The server may be starting anew: ask again.
  }
  setTimeout(look, PAUSE);
};

if (job) setTimeout(look, PAUSE);
