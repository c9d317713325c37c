// A form that brings one document: dropped or chosen, its way to the server is shown. What its page says is its own.

export const inWords = (bytes) => (bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(1)} MB`);

// `wrong(text)` shows what is wrong with the document, '' for nothing; `several` is said when more than one is dropped, and
// `smaller` is what to do with one that is too large. `missing()` is called where none is chosen, `refused(page, status)`
// with the page that the server answered instead of another one, `unreachable()` where it did not answer.
export const keepUpload = ({ form, wrong, several, smaller, missing = () => {}, refused, unreachable }) => {
  const file = document.getElementById("document");
  const drop = document.getElementById("drop");
  const chosen = document.getElementById("chosen");
  const send = document.getElementById("send");
  const uploading = document.getElementById("uploading");
  const bar = uploading.querySelector("progress");
  const uploaded = document.getElementById("uploaded");
  const usual = chosen.textContent;
  const largest = Number(form.dataset.largest);

  // ---- the document

  const show = () => {
    const [given] = file.files;
    chosen.textContent = given ? `${given.name}, ${inWords(given.size)}` : usual;
    drop.classList.toggle("full", Boolean(given));
    const tooLarge = given && given.size > largest;
    wrong(tooLarge ? `This file has ${inWords(given.size)}; at most ${largest / 1e6} MB can be sent. ${smaller}` : "");
  };
  file.addEventListener("change", show);
  if (file.files.length) show(); // chosen before we were here

  const holdsFiles = (event) => event.dataTransfer?.types.includes("Files");
  for (const kind of ["dragenter", "dragover"]) {
    document.addEventListener(kind, (event) => {
      if (!holdsFiles(event)) return;
      event.preventDefault(); // a file that misses the field must not take the place of the page
      drop.classList.toggle("over", drop.contains(event.target));
    });
  }
  document.addEventListener("dragleave", (event) => event.relatedTarget || drop.classList.remove("over"));
  document.addEventListener("drop", (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    drop.classList.remove("over");
    const given = event.dataTransfer.files;
    if (given.length > 1) return wrong(several);
    file.files = given;
    show();
    file.focus();
  });

  // ---- on its way

  let under = null;

  const progress = ({ loaded, total }) => {
    bar.max = total;
    bar.value = loaded;
    const tenth = Math.floor((loaded / total) * 10) * 10;
    const words = loaded < total ? `Uploading, ${tenth} % of ${inWords(total)}` : "Uploaded; it is being looked at";
    if (uploaded.textContent !== words) uploaded.textContent = words;
  };

  const over = () => {
    under = null;
    uploading.hidden = true;
    send.disabled = false;
    form.removeAttribute("aria-busy");
  };

  const answered = (request) => {
    const goal = new URL(request.responseURL || location.href);
    if (request.status === 200 && goal.pathname !== location.pathname) {
      location.assign(goal); // taken, or the login is over
      return;
    }
    over();
    refused(new DOMParser().parseFromString(request.responseText, "text/html"), request.status);
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (under) return;
    const [given] = file.files;
    if (!given) return missing();
    if (given.size > largest) return show();
    under = new XMLHttpRequest();
    under.open("POST", form.action);
    under.setRequestHeader("Accept", "text/html");
    under.upload.addEventListener("progress", progress);
    under.addEventListener("load", () => answered(under));
    under.addEventListener("error", () => {
      over();
      unreachable();
    });
    under.addEventListener("abort", () => {
      over();
      send.focus();
    });
    progress({ loaded: 0, total: given.size || 1 });
    uploading.hidden = false;
    send.disabled = true;
    form.setAttribute("aria-busy", "true");
    under.send(new FormData(form));
  });

  return { stop: () => under?.abort() };
};
