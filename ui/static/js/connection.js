// When nothing can happen: one line above the message box says that others come first, that there are too many
// of them, or that the server is gone.
(() => {
  const page = () => document.querySelector(".gradio-container");
  const area = () => document.querySelector("#g-box textarea");
  const language = () => document.documentElement.lang;
  let told = []; // names of words, or a sentence of the server itself
  let lost = false;
  let going = false; // what breaks off when somebody leaves the page is nothing lost
  addEventListener("beforeunload", () => (going = true));

  function say(...what) {
    told = what;
    write();
  }

  // The line is not there while the About page is, and the page may change its language.
  function write() {
    const line = document.querySelector("#g-connection [role=status]");
    if (!line) return;
    const words = galenoWords();
    const text = told.map((one) => words[one] ?? one).join(" ");
    if (line.textContent !== text) line.textContent = text;
    line.classList.toggle("g-quiet", told[0] === "waiting");
  }

  // Somebody waits: for a moment that is nothing to speak of.
  let patience;
  let sent = "";
  document.addEventListener("galeno:asked", () => {
    if (lost) return;
    say();
    sent = area()?.value ?? "";
    patience = setTimeout(() => page().classList.contains("g-asking") && say("waiting"), 1000);
  });
  document.addEventListener("galeno:failed", () => lost || say(galenoAnswering() ? "failed" : "busy"));

  // Gradio tells of what went wrong in its own words and in English (`.toast-body.error`, which the style sheet
  // hides). The one that does not go by itself is of a lost connection: Gradio then loads the page anew as soon
  // as the server is back.
  document.addEventListener("galeno:changed", () => {
    if (told[0] === "waiting" && !page().classList.contains("g-asking")) say();
    write();
    const toast = document.querySelector(".toast-body.error:not([data-seen])");
    if (!toast || lost || going) return;
    toast.dataset.seen = "";
    if (!toast.querySelector(".timer")) {
      clearTimeout(patience);
      lost = true;
      page().classList.add("g-lost");
      say("lost");
      leave();
      document.addEventListener("input", leave);
    } else {
      const ours = toast.innerText.match(/HTTP 400: (.+)/)?.[1]; // the server's own sentence on an upload
      toast.querySelector("[data-testid=toast-close]").click();
      if (ours) say(ours);
      else if (!told.length) say("failed");
    }
  });

  // What was written goes along to the page that is loaded anew, in the state of this entry of the tab's history:
  // no other site can read it, and it is emptied there at once.
  function leave() {
    const asked = galenoAnswering() ? [...document.querySelectorAll("#g-transcript .user-row")].at(-1) : null;
    const unanswered = asked ? (asked.querySelector("[data-do=edit]")?.dataset.text ?? sent) : "";
    const text = [unanswered.trim(), area()?.value.trim()].filter(Boolean).join("\n\n");
    const files = Boolean(asked?.querySelector(".g-files") || document.querySelector("#g-box .thumbnail-item"));
    history.replaceState({ galeno: { language: language(), text, files } }, "");
  }

  const left = history.state?.galeno;
  if (!left) return;
  history.replaceState(null, "");
  document.addEventListener("galeno:changed", function arrive() {
    if (!area() || !language()) return;
    document.removeEventListener("galeno:changed", arrive);
    if (left.language !== language()) document.querySelector(`#g-language input[value="${left.language}"]`)?.click();
    if (left.text) {
      area().value = left.text;
      area().dispatchEvent(new Event("input", { bubbles: true }));
    }
    say("begun_anew", ...(left.text ? ["send_again"] : []), ...(left.files ? ["attach_again"] : []));
  });
})();
