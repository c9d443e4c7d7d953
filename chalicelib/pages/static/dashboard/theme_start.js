// Runs before the first paint, so that a chosen theme never flashes the other one.
(() => {
  let chosen;
  try {
    chosen = localStorage.getItem("agent-metrics-theme");
  } catch {
    // Storage may be switched off: the system's theme it is.
  }
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
})();
