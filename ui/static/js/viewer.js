// The sliders of a reading: how strong the heat map is, and how large the picture.
(() => {
  document.addEventListener("input", (event) => {
    const slider = event.target.closest("[data-sets]");
    if (!slider) return;
    const viewer = slider.closest(".g-viewer");
    const stage = viewer.querySelector(".g-stage");
    if (slider.dataset.sets === "opacity") {
      viewer.style.setProperty("--g-opacity", slider.value / 100);
      return;
    }
    // What was in the middle stays in the middle.
    const across = (stage.scrollLeft + stage.clientWidth / 2) / stage.scrollWidth;
    const down = (stage.scrollTop + stage.clientHeight / 2) / stage.scrollHeight;
    viewer.style.setProperty("--g-zoom", slider.value / 100);
    stage.scrollLeft = across * stage.scrollWidth - stage.clientWidth / 2;
    stage.scrollTop = down * stage.scrollHeight - stage.clientHeight / 2;
  });

  // A picture that was enlarged is moved with the pointer, as it is with the arrow keys and a finger.
  let held = null;
  document.addEventListener("pointerdown", (event) => {
    const stage = event.target.closest(".g-stage");
    if (stage && event.pointerType === "mouse") {
      held = { stage, x: event.clientX + stage.scrollLeft, y: event.clientY + stage.scrollTop };
      event.preventDefault();
      stage.focus({ preventScroll: true });
    }
  });
  document.addEventListener("pointermove", (event) => {
    if (!held) return;
    held.stage.scrollLeft = held.x - event.clientX;
    held.stage.scrollTop = held.y - event.clientY;
  });
  document.addEventListener("pointerup", () => (held = null));
})();
