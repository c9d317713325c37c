// The lists of faxes: those that came and those that go out, with what is on the line now.

import { isPlainKey, isWriting } from "../live.js";
import { keepList } from "../list.js";
import { move } from "./lines.js";

const inbox = document.getElementById("inbox");

const list = keepList({
  kind: "fax",
  boxOf: ({ box }) => box,
  news: {
    fax_progress: (told) => {
      if (told.direction !== inbox.dataset.way || !list.isOurs(told)) return;
      if (told.over || !move(told)) list.look(); // it is on the line no more, or only now
    },
  },
});

document.addEventListener("keydown", (event) => {
  const goal = document.querySelector('a.button[href="/fax/new"]');
  if (event.key !== "n" || !goal || event.shiftKey || !isPlainKey(event) || isWriting(event.target)) return;
  event.preventDefault();
  location.assign(goal.href);
});
