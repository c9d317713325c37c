// What somebody has written is not lost to a session that ended, or to a server that starts anew: a form goes only once
// the server says that it knows who sends it: at an address that only whoever may send the form may ask. Call this before
// anything else listens to the form.

const PATIENCE = 10000;
export const LOGGED_OUT = "You are logged out. Log in in another tab, then send this again: what you wrote stays.";
const AGAIN = 5000; // milliseconds: a second click within them is the same deed, and would meet the first as somebody else's
const UNREACHABLE = "The server does not answer. What you wrote stays here: try again.";

const trouble = async (address) => {
  try {
    const answer = await fetch(address, {signal: AbortSignal.timeout(PATIENCE)});
    if (answer.ok) return "";
    return answer.status === 401 ? LOGGED_OUT : UNREACHABLE;
  } catch {
    return UNREACHABLE;
  }
};

export const stay = (form, state, address) => {
  let goes = false;
  let asks = false;
  form.addEventListener("submit", async (event) => {
    if (goes) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (asks) return;
    asks = true;
    const said = await trouble(address);
    if (said) {
      asks = false;
      state.textContent = said;
      return;
    }
    setTimeout(() => { asks = false; }, AGAIN);
    goes = true;
    form.requestSubmit(event.submitter);
    goes = false;
  });
};
