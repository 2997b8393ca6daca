// Pictures come from anywhere on the page: dropped, pasted, or taken with the camera.
(() => {
  const field = () => document.querySelector("#g-box input[type=file]");

  function attach(files) {
    const input = field();
    if (!input || !files.length) return;
    const carried = new DataTransfer();
    for (const file of files) carried.items.add(file);
    input.files = carried.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
    document.querySelector("#g-box textarea")?.focus();
  }

  // Dropped
  const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
  let depth = 0;
  const hint = (shown) => {
    const page = document.querySelector(".gradio-container");
    page?.classList.toggle("g-dropping", shown);
    if (shown) page.style.setProperty("--g-drop", JSON.stringify(galenoWords().drop));
  };
  document.addEventListener("dragenter", (event) => hasFiles(event) && (depth++, hint(true)));
  document.addEventListener("dragleave", (event) => hasFiles(event) && --depth <= 0 && hint(false));
  document.addEventListener("dragover", (event) => hasFiles(event) && event.preventDefault());
  document.addEventListener(
    "drop",
    (event) => {
      depth = 0;
      hint(false);
      if (!hasFiles(event)) return;
      event.preventDefault();
      event.stopPropagation();
      attach(event.dataTransfer.files);
    },
    true,
  );

  // Pasted where no text is being written; Gradio itself looks after its own box.
  document.addEventListener("paste", (event) => {
    if (event.target.closest?.("#g-box, .g-edit")) return;
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length) {
      event.preventDefault();
      attach(files);
    }
  });

  // Taken: a telephone opens its own camera, a computer shows what its camera sees.
  async function shoot() {
    const said = galenoWords();
    if (document.querySelector("dialog.g-camera")) return;
    if (matchMedia("(pointer: coarse)").matches || !navigator.mediaDevices?.getUserMedia) {
      const input = Object.assign(document.createElement("input"), { type: "file", accept: "image/*" });
      input.setAttribute("capture", "environment");
      input.onchange = () => attach(input.files);
      input.click();
      return;
    }
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 1920 } } });
    } catch {
      galenoNotice(said.no_camera);
      return;
    }
    const dialog = Object.assign(document.createElement("dialog"), { className: "g-camera" });
    dialog.setAttribute("aria-label", said.camera);
    const video = Object.assign(document.createElement("video"), {
      srcObject: stream,
      autoplay: true,
      muted: true,
      playsInline: true,
    });
    const take = Object.assign(document.createElement("button"), { type: "button", textContent: said.shoot });
    const close = Object.assign(document.createElement("button"), { type: "button", textContent: said.close });
    take.className = "g-main";
    take.onclick = () => {
      if (!video.videoWidth) return; // it is not there yet
      const canvas = Object.assign(document.createElement("canvas"), {
        width: video.videoWidth,
        height: video.videoHeight,
      });
      canvas.getContext("2d").drawImage(video, 0, 0);
      canvas.toBlob((blob) => {
        dialog.close();
        attach([new File([blob], "camera.jpg", { type: "image/jpeg" })]);
      }, "image/jpeg", 0.92);
    };
    close.onclick = () => dialog.close();
    dialog.onclose = () => {
      stream.getTracks().forEach((track) => track.stop());
      dialog.remove();
    };
    dialog.append(video, take, close);
    document.querySelector(".gradio-container").append(dialog);
    dialog.showModal();
  }

  // The button stands beside Gradio's own, which has no camera for pictures.
  const LENS =
    '<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linejoin="round" aria-hidden="true"><path d="M4 8h3l2-3h6l2 3h3v11H4z"/><circle cx="12" cy="13" r="3.500"/></svg>';
  document.addEventListener("galeno:changed", () => {
    const beside = document.querySelector("#g-box .upload-button");
    let button = document.getElementById("g-camera");
    if (!beside) return;
    if (!button) {
      button = Object.assign(document.createElement("button"), { id: "g-camera", type: "button", innerHTML: LENS });
      button.onclick = shoot;
      beside.after(button);
    }
    const said = galenoWords().camera;
    if (said && button.title !== said) {
      button.title = said;
      button.setAttribute("aria-label", said);
    }
  });
})();
