// For every page, and only what a page can do without: the typeface after the first paint, and the
// list of errors read out first.
(() => {
  const { fonts } = document.currentScript.dataset;
  const dressWords = () => {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = fonts;
    document.head.append(link);
  };
  // A person who asked to save data keeps the letters that the phone already has.
  if (!navigator.connection?.saveData) requestAnimationFrame(() => setTimeout(dressWords));

  document.querySelector(".govuk-error-summary")?.focus();
})();
