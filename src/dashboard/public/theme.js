// Runs before the first paint, so that a chosen theme never flashes. A file of its own, because the CSP allows no inline script.
try {
  const theme = localStorage.getItem("agonus-theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // The page may not use storage: the system's theme holds.
}
