// What is pressed in HTML of ours (`data-do`), the words of Gradio's own buttons, and short notices.
(() => {
  const words = () => {
    const note = document.querySelector(".g-note[data-words]");
    return note ? JSON.parse(note.dataset.words) : {};
  };
  window.galenoWords = words;

  const tell = (bridge, detail) =>
    document.dispatchEvent(new CustomEvent(`galeno:${bridge}`, { detail: { ...detail } }));

  // One turn at a time. From a press to the stop button that shows that it is being answered, `asking` holds.
  let asking = false;
  const answering = () => Boolean(document.querySelector("#g-box .stop-button"));
  window.galenoAnswering = answering;
  const page = () => document.querySelector(".gradio-container");
  window.galenoBusy = () => asking || answering();
  window.galenoAsk = (detail) => {
    if (galenoBusy()) return;
    ask(true);
    tell("again", detail);
  };
  function ask(whether) {
    asking = whether;
    page().classList.toggle("g-asking", whether);
  }
  document.addEventListener("galeno:asked", () => ask(true));
  document.addEventListener("galeno:changed", () => asking && answering() && ask(false));
  for (const end of ["over", "failed"]) document.addEventListener(`galeno:${end}`, () => ask(false));
  document.addEventListener(
    "keydown",
    (event) => {
      const sends = event.key === "Enter" && !event.shiftKey && event.target.closest?.("#g-box");
      if (!sends || !galenoBusy() || event.target.tagName !== "TEXTAREA") return;
      event.preventDefault();
      event.stopPropagation();
      notice(words().wait);
    },
    true,
  );

  // A line that comes and goes, and that a screen reader says.
  let silence;
  function notice(text) {
    let line = document.getElementById("g-notice");
    if (!line) {
      line = Object.assign(document.createElement("div"), { id: "g-notice" });
      line.setAttribute("role", "status");
      page().append(line);
    }
    line.textContent = text;
    clearTimeout(silence);
    silence = setTimeout(() => (line.textContent = ""), 3500);
  }
  window.galenoNotice = notice;

  const DO = {
    example: (button) => galenoAsk(button.dataset),
    retry: (button) => galenoAsk(button.dataset),
    undo: (button) => galenoBusy() || tell("again", button.dataset),
    edit: (button) => galenoBusy() || galenoEdit(button),
    copy: (button) => galenoCopy(button),
    thumb(button) {
      const pressed = button.getAttribute("aria-pressed") === "true";
      button.parentElement
        .querySelectorAll('[data-do="thumb"]')
        .forEach((thumb) => thumb.setAttribute("aria-pressed", String(thumb === button && !pressed)));
      tell("aside", { ...button.dataset, value: pressed ? "none" : button.dataset.value });
      if (!pressed) notice(words().thanks);
    },
    report(button) {
      button.closest("details")?.removeAttribute("open");
      tell("aside", button.dataset);
    },
    theme: () => notice(words()[galenoNext("theme")]),
    size: () => notice(words()[`size_${galenoNext("size")}`]),
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-do]");
    if (button && DO[button.dataset.do]) DO[button.dataset.do](button);
    document.querySelectorAll(".g-report-menu[open]").forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    document.querySelectorAll(".g-report-menu[open]").forEach((menu) => {
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  });

  // A section of the About page, without leaving it: Gradio sets a <base> without the address's query, so that
  // with one (?__theme=dark) a link to "#…" would load the page anew and end the conversation.
  document.addEventListener("click", (event) => {
    const link = event.target.closest(".g-contents a[href^='#']");
    const section = link && document.getElementById(link.getAttribute("href").slice(1));
    if (!section) return;
    event.preventDefault();
    section.scrollIntoView();
    section.querySelector("h2").focus({ preventScroll: true });
  });

  // A file that the server sent in its answer, saved without ever having had an address.
  document.addEventListener("galeno:save", (event) => {
    if (!event.detail) return;
    const file = JSON.parse(event.detail);
    if (file.error) return notice(file.error);
    const bytes = Uint8Array.from(atob(file.data), (letter) => letter.charCodeAt(0));
    const url = URL.createObjectURL(new Blob([bytes], { type: file.type }));
    Object.assign(document.createElement("a"), { href: url, download: file.name }).click();
    setTimeout(() => URL.revokeObjectURL(url), 60000);
  });

  // Gradio's own buttons are named in the browser's language, or not at all: they get our words.
  const NAMED = {
    "#g-box .upload-button": "attach",
    "#g-box .submit-button": "send",
    "#g-box .stop-button": "stop",
    "#g-box .delete-button": "remove",
    "#g-box textarea": "message_label",
    "#g-box :is(input[type=file], .upload-container)": "attach",
    "#g-box .thumbnails": "attached",
    "#g-box .thumbnail-wrapper": "file",
    "#g-transcript [role=log]": "chat",
    "#g-transcript .user-row": "you",
    "#g-transcript .bot-row": "galeno",
    "#g-transcript .scroll-down-button-container button": "scroll_down",
  };
  function name() {
    const said = words();
    for (const [selector, word] of Object.entries(NAMED)) {
      document.querySelectorAll(selector).forEach((element) => {
        if (said[word] && element.getAttribute("aria-label") !== said[word]) {
          element.setAttribute("aria-label", said[word]);
          if (element.tagName === "BUTTON") element.title = said[word];
        }
      });
    }
    // Gradio calls a file an item of a list that is none.
    document
      .querySelectorAll("#g-box .thumbnail-wrapper[role=listitem]")
      .forEach((file) => file.setAttribute("role", "group"));
    // Who speaks is said of the row; Gradio says it of each part, in English, with the whole text once more.
    document
      .querySelectorAll("#g-transcript .message-row:not([role])")
      .forEach((row) => row.setAttribute("role", "group"));
    document
      .querySelectorAll("#g-transcript [data-testid][aria-label]")
      .forEach((part) => part.removeAttribute("aria-label"));
    const spoken = document.querySelector(".g-note")?.lang;
    if (spoken && document.documentElement.lang !== spoken) document.documentElement.lang = spoken;
  }
  let waiting = false;
  function watch() {
    const changed = () => {
      if (!waiting) return;
      waiting = false;
      name();
      document.dispatchEvent(new CustomEvent("galeno:changed"));
    };
    const soon = () => {
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(changed);
      setTimeout(changed, 250); // a page that is not being drawn has no frames
    };
    new MutationObserver(soon).observe(document.body, {
      childList: true,
      subtree: true,
      attributeFilter: ["data-words", "class"],
    });
    soon();
  }
  if (document.body) watch();
  else document.addEventListener("DOMContentLoaded", watch);
})();

// The server keeps a conversation while its page is there. Gradio's own connection for that is not opened again
// after it broke, so the page says so itself, each minute.
setInterval(() => {
  const session = document.querySelector("#g-session :is(input, textarea)")?.value;
  if (session) navigator.sendBeacon(`here/${encodeURIComponent(session)}`);
}, 60_000);
