// For every page, and only what a page can do without: the typeface after the first paint, the list
// of errors read out first, a button that passes the page on, and what works without a network.
(() => {
  // No address is given to a person who asked to save data: they keep the letters that the phone
  // already has. A worker's is given to learners only, since only their own pages are ever kept.
  const { fonts, worker, later } = document.currentScript.dataset;
  const isSaving = navigator.connection?.saveData;
  const whenIdle = window.requestIdleCallback ?? setTimeout;

  const dressWords = () => {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = fonts;
    document.head.append(link);
  };
  // Words have stood on the screen, for certain: what is fetched sooner takes the line from them.
  const afterFirstPaint = (act) => {
    if (!window.PerformanceObserver?.supportedEntryTypes?.includes("paint"))
      return addEventListener("load", () => whenIdle(act));
    new PerformanceObserver((list, observer) => {
      if (!list.getEntriesByName("first-contentful-paint").length) return;
      observer.disconnect();
      act();
    }).observe({ type: "paint", buffered: true });
  };
  if (fonts && !isSaving) afterFirstPaint(dressWords);

  // What a page's own script adds can wait as well: the page works without it.
  const fetchLater = () => document.head.append(Object.assign(document.createElement("script"), { src: later }));
  if (later) afterFirstPaint(fetchLater);

  // Where the connection is not safe, a browser has no such thing; some people forbid it.
  const keepForLater = () => navigator.serviceWorker?.register(worker).catch(() => {});
  if (worker && !isSaving) addEventListener("load", () => whenIdle(keepForLater));

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
