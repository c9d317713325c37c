// A token that was just made: copied with one key, and gone from the history, so that a reload does not make another.

const secret = document.getElementById("secret");

// Browsers give the clipboard to pages that came encrypted, or from this machine; the others copy what is selected.
const copied = async () => {
  secret.select();
  try {
    await navigator.clipboard.writeText(secret.value);
    return true;
  } catch {
    return document.execCommand("copy");
  }
};

if (secret) {
  history.replaceState(null, "", "/tokens");
  const copy = document.getElementById("copy");
  copy.hidden = false; // before, it could do nothing
  if (document.activeElement === document.body) copy.focus();
  copy.addEventListener("click", async () => {
    const said = (await copied()) ? "Copied." : "Your browser does not copy for us: the token is selected, press Ctrl+C.";
    document.getElementById("copied").textContent = said;
  });
}
