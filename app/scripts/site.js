// For every page, and only what a page can do without: the typeface after the first paint, the list
// of errors read out first, and a button that passes the page on.
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

  const share = document.getElementById("share-now");
  const done = document.getElementById("share-done");
  const passOn = async () => {
    const url = document.getElementById("address").value;
    if (navigator.share) return navigator.share({ title: document.title, url });
    await navigator.clipboard.writeText(url);
    done.textContent = done.dataset.words;
  };
  if (share && (navigator.share || navigator.clipboard)) {
    share.hidden = false;
    // Whoever closes the phone's list again has not met an error.
    share.addEventListener("click", () => passOn().catch(() => {}));
  }
})();
