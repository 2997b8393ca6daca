// The transcript: where it stands while a reply is written, citations, copying, and changing a message.
(() => {
  const log = () => document.querySelector("#g-transcript [role=log]");

  // A new message goes to the top and its reply grows below it, in room that is already there: nothing jumps.
  let messages = 0;
  function follow() {
    const list = log();
    const rows = list ? [...list.querySelectorAll(".message-row")] : [];
    const asked = rows.filter((row) => row.classList.contains("user-row"));
    const last = asked.at(-1);
    if (!last) {
      messages = 0;
      return;
    }
    const reply = rows.at(-1) === last ? null : rows.at(-1);
    const room = `${Math.max(0, list.clientHeight - last.offsetHeight - 48)}px`;
    rows.forEach((row) => {
      const wanted = row === reply && asked.length > 1 ? room : "";
      if (row.style.minHeight !== wanted) row.style.minHeight = wanted;
    });
    if (asked.length > messages && asked.length > 1 && reply) {
      messages = asked.length;
      const top = last.getBoundingClientRect().top - list.getBoundingClientRect().top + list.scrollTop - 16;
      list.scrollTo({ top, behavior: "instant" });
    } else if (asked.length < messages || asked.length === 1) {
      messages = asked.length;
    }
  }
  document.addEventListener("galeno:changed", follow);
  addEventListener("resize", follow);

  // A mark opens the passage and its source.
  document.addEventListener("click", (event) => {
    const mark = event.target.closest('a[href*="#g-source-"]');
    if (!mark) return;
    const source = document.getElementById(mark.hash.slice(1));
    if (!source) return;
    event.preventDefault();
    const dialog = document.createElement("dialog");
    dialog.className = "g-passage";
    dialog.lang = source.closest("[lang]").lang;
    dialog.setAttribute("aria-labelledby", "g-passage-heading");
    const heading = Object.assign(document.createElement("h2"), {
      id: "g-passage-heading",
      textContent: source.dataset.heading,
      tabIndex: -1,
      autofocus: true,
    });
    const close = Object.assign(document.createElement("button"), {
      type: "button",
      textContent: galenoWords().close,
    });
    const body = document.createElement("div");
    body.append(...source.cloneNode(true).childNodes);
    dialog.append(heading, body, close);
    close.onclick = () => dialog.close();
    dialog.onclick = (pressed) => pressed.target === dialog && dialog.close();
    dialog.onclose = () => {
      dialog.remove();
      mark.focus();
    };
    document.querySelector(".gradio-container").append(dialog);
    dialog.showModal();
  });

  // A reply as text: its prose, then its sources.
  window.galenoCopy = async (button) => {
    const row = button.closest(".message-row");
    const prose = [...row.querySelectorAll(".md")].map((part) => part.innerText.trim());
    const sources = [...row.querySelectorAll(".g-sources li")].map((item, number) => {
      const link = item.querySelector("a");
      const title = (link ?? item.querySelector(".g-title")).firstChild.textContent.trim();
      const publisher = item.querySelector(".g-publisher").textContent;
      return `[${number + 1}] ${title} · ${publisher}${link ? ` · ${link.href}` : ""}`;
    });
    const text = [prose.join("\n\n"), sources.join("\n")].filter(Boolean).join("\n\n");
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const area = Object.assign(document.createElement("textarea"), { value: text });
      document.body.append(area);
      area.select();
      document.execCommand("copy"); // pages without https have no clipboard of their own
      area.remove();
      button.focus();
    }
    galenoNotice(galenoWords().copied);
  };

  // A message is changed where it stands; what came after it gives way to the new answer.
  window.galenoEdit = (button) => {
    const row = button.closest(".message-row");
    if (row.querySelector(".g-edit")) return;
    const { turn, text, send, cancel, edit_label, edit_note } = button.dataset;
    const form = document.createElement("form");
    form.className = "g-edit";
    const area = Object.assign(document.createElement("textarea"), { value: text, rows: 3 });
    area.setAttribute("aria-label", edit_label);
    const keep = Object.assign(document.createElement("button"), { type: "submit", textContent: send });
    const drop = Object.assign(document.createElement("button"), { type: "button", textContent: cancel });
    const note = Object.assign(document.createElement("p"), { textContent: edit_note });
    note.hidden = row.nextElementSibling === row.parentElement.lastElementChild;
    form.append(area, note, drop, keep);
    const end = (focused) => {
      form.remove();
      row.classList.remove("g-editing");
      focused?.focus();
    };
    drop.onclick = () => end(button);
    form.onsubmit = (event) => {
      event.preventDefault();
      const changed = area.value.trim();
      if (!changed || galenoBusy()) return;
      galenoAsk({ do: "edit", turn, text: changed });
      // The form goes once the turn has begun: if it does not, what was written is still there.
      document.addEventListener("galeno:changed", function begun() {
        if (!galenoAnswering()) return;
        document.removeEventListener("galeno:changed", begun);
        end();
      });
    };
    form.onkeydown = (event) => {
      if (event.key === "Escape") end(button);
      if (event.key === "Enter" && !event.shiftKey && event.target === area && !event.isComposing) {
        event.preventDefault();
        form.requestSubmit();
      }
    };
    row.classList.add("g-editing");
    row.append(form);
    area.focus();
    area.setSelectionRange(text.length, text.length);
  };
})();
