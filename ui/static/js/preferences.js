// Light or dark, and the size of the text: kept in this browser, and told to nobody.
(() => {
  const THEMES = ["system", "light", "dark"];
  const SIZES = ["1", "2", "3"];
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");

  const kept = (name, values) => {
    try {
      const value = localStorage.getItem(`galeno-${name}`);
      return values.includes(value) ? value : values[0];
    } catch {
      return values[0]; // a browser that keeps nothing
    }
  };
  const keep = (name, value) => {
    try {
      localStorage.setItem(`galeno-${name}`, value);
    } catch {
      // the choice holds until the page is closed
    }
  };
  const chosen = { theme: kept("theme", THEMES), size: kept("size", SIZES) };

  function apply() {
    const dark = chosen.theme === "dark" || (chosen.theme === "system" && system.matches);
    root.dataset.theme = chosen.theme;
    root.dataset.size = chosen.size;
    root.style.colorScheme = dark ? "dark" : "light";
    if (document.body && document.body.classList.contains("dark") !== dark) {
      document.body.classList.toggle("dark", dark);
    }
  }

  // Gradio sets the class of the body when it begins, and again when the system changes.
  apply();
  const watch = () => {
    apply();
    new MutationObserver(apply).observe(document.body, { attributeFilter: ["class"] });
  };
  if (document.body) watch();
  else document.addEventListener("DOMContentLoaded", watch);
  system.addEventListener("change", apply);

  window.galenoNext = (name) => {
    const values = name === "theme" ? THEMES : SIZES;
    chosen[name] = values[(values.indexOf(chosen[name]) + 1) % values.length];
    keep(name, chosen[name]);
    apply();
    return chosen[name];
  };
})();
