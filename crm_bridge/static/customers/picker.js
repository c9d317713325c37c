// A field that offers customers as one types: arrows, Enter and Escape, or a click. The server finds and escapes them.

const PAUSE = 120; // between two letters of somebody who types on
let names = 0;

export const picker = (root) => {
  const field = root.querySelector("input[role=combobox]");
  const chosen = root.querySelector("input[type=hidden]");
  const list = root.querySelector("[role=listbox]");
  let at = -1;
  let asked = null;
  let timer = 0;

  const options = () => [...list.querySelectorAll("[role=option]")];

  const close = () => {
    list.hidden = true;
    at = -1;
    field.setAttribute("aria-expanded", "false");
    field.removeAttribute("aria-activedescendant");
  };

  const stand = (index) => {
    const all = options();
    at = all.length ? (index + all.length) % all.length : -1;
    all.forEach((option, n) => option.setAttribute("aria-selected", String(n === at)));
    if (at >= 0) {
      field.setAttribute("aria-activedescendant", all[at].id);
      all[at].scrollIntoView({ block: "nearest" });
    }
  };

  const choose = (option) => {
    chosen.value = option.dataset.id;
    field.value = option.dataset.name;
    close();
    field.dispatchEvent(new CustomEvent("chosen", { bubbles: true }));
  };

  const look = async () => {
    asked?.abort();
    const typed = field.value.trim();
    if (!typed) return close();
    asked = new AbortController();
    const query = new URLSearchParams({ q: typed, kind: root.dataset.kind ?? "", without: root.dataset.without ?? "" });
    try {
      const answer = await fetch(`/customers/offer?${query}`, { signal: asked.signal, headers: { Accept: "text/html" } });
      if (!answer.ok || new URL(answer.url).pathname === "/login") return close();
      const found = new DOMParser().parseFromString(`<ul>${await answer.text()}</ul>`, "text/html").querySelectorAll("li");
      if (document.activeElement !== field) return close(); // gone on meanwhile
      list.replaceChildren(...found);
      for (const option of options()) option.id = `option-${++names}`;
      list.hidden = false;
      field.setAttribute("aria-expanded", "true");
      stand(0);
    } catch (error) {
      if (error.name !== "AbortError") close(); // the server is away; whoever types on asks again
    }
  };

  field.addEventListener("input", () => {
    chosen.value = "";
    clearTimeout(timer);
    timer = setTimeout(look, PAUSE);
  });
  field.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const open = !list.hidden;
    if (event.key === "ArrowDown" && !open) look();
    else if (event.key === "ArrowDown") stand(at + 1);
    else if (event.key === "ArrowUp" && open) stand(at - 1);
    else if (event.key === "Enter" && open && at >= 0) choose(options()[at]);
    else if (event.key === "Escape" && open) close();
    else return;
    event.preventDefault();
  });
  if (document.activeElement === field && field.value && !chosen.value) look(); // typed before we were here
  field.addEventListener("blur", () => setTimeout(close, 150));
  list.addEventListener("pointerdown", (event) => {
    const option = event.target.closest("[role=option]");
    event.preventDefault(); // the field keeps the focus
    if (option) choose(option);
  });
};

export const pickers = (root) => root.querySelectorAll("[data-picker]").forEach(picker);
