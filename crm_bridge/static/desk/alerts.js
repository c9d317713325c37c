// A sound and a notification when the phone rings: each only after somebody has asked for it in this browser, once for
// a call, however often the page is loaded and in however many windows it stands open.

const CHOSEN = "switchroom-alerts"; // what was asked for: { sound, notice }
const RUNG = "switchroom-rung"; // the calls that were told, the newest last
const MOST = 50;
const TONES = [660, 880]; // hertz, one after the other
const LENGTH = 0.22; // seconds of one
const LOUD = 0.12;

const panel = document.getElementById("alerts");
const said = panel?.querySelector("[role=status]");
const notices = new Map(); // by call, until it is answered

// ---- what this browser remembers

const read = (key, otherwise) => {
  try {
    return JSON.parse(localStorage.getItem(key)) ?? otherwise;
  } catch {
    return otherwise; // it keeps nothing, or something else wrote there
  }
};

const write = (key, value) => {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // Then it is asked again next time.
  }
};

const chosen = { sound: false, notice: false, ...read(CHOSEN, {}) };

// Windows take turns, so that only the first of them tells of a call.
const isFirst = async (call) => {
  const look = () => {
    const rung = read(RUNG, []);
    if (!Array.isArray(rung) || !rung.includes(call)) write(RUNG, [...(Array.isArray(rung) ? rung : []), call].slice(-MOST));
    return !Array.isArray(rung) || !rung.includes(call);
  };
  return navigator.locks ? navigator.locks.request(RUNG, look) : look();
};

// ---- the sound

let audio = null;

const wake = async () => {
  audio ??= new AudioContext();
  // Without a press on this page browsers stay silent, and the promise stays open.
  await Promise.race([audio.resume(), new Promise((done) => setTimeout(done, 1000))]);
  return audio.state === "running";
};

const play = () => {
  TONES.forEach((pitch, place) => {
    const [tone, volume, at] = [audio.createOscillator(), audio.createGain(), audio.currentTime + place * LENGTH];
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(0, at);
    volume.gain.linearRampToValueAtTime(LOUD, at + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.001, at + LENGTH);
    tone.connect(volume).connect(audio.destination);
    tone.start(at);
    tone.stop(at + LENGTH);
  });
};

// ---- the notification

const mayNotify = () => "Notification" in window && Notification.permission === "granted";

const notify = (call, words) => {
  if (document.visibilityState === "visible" && document.hasFocus()) return; // who looks here sees it
  try {
    const notice = new Notification("Your phone rings", { body: words, tag: `switchroom-${call}`, silent: true });
    notice.onclick = () => {
      window.focus();
      notice.close();
    };
    notices.set(call, notice);
  } catch {
    say("This browser shows notifications for installed pages only.");
  }
};

// ---- what the desk tells us

export const rings = async (call, words) => {
  if (!chosen.sound && !chosen.notice) return;
  if (!(await isFirst(call))) return;
  if (chosen.notice && mayNotify()) notify(call, words);
  if (chosen.sound && (await wake())) play();
};

export const ringsNoMore = (call) => {
  notices.get(call)?.close();
  notices.delete(call);
};

// ---- the buttons

const say = (words) => {
  if (said) said.textContent = words;
};

const show = () => {
  for (const button of panel.querySelectorAll("button[data-alert]")) {
    const on = chosen[button.dataset.alert] && (button.dataset.alert !== "notice" || mayNotify());
    button.setAttribute("aria-pressed", String(on));
  }
};

const turns = {
  sound: async (on) => {
    if (!on) return true;
    if (!(await wake())) {
      say("This browser plays no sound here.");
      return false;
    }
    play();
    say("It sounds like this.");
    return true;
  },
  notice: async (on) => {
    if (!on) return true;
    if (!("Notification" in window)) say("This browser shows no notifications, or only over https.");
    else if ((await Notification.requestPermission()) === "granted") {
      say("Shown while you look at something else.");
      return true;
    } else say("This browser does not allow them: allow notifications in its settings for this address.");
    return false;
  },
};

panel?.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-alert]");
  if (!button) return;
  const [name, on] = [button.dataset.alert, button.getAttribute("aria-pressed") !== "true"];
  say("");
  if (await turns[name](on)) {
    chosen[name] = on;
    write(CHOSEN, chosen);
  }
  show();
});

if (panel) {
  panel.hidden = false;
  show();
  // A page that was loaded anew may sound from the first press on.
  if (chosen.sound) for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, wake, { once: true });
}
