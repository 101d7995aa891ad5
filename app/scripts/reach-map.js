// The zoomable map of reach: folium's script hands the map over, the list beside it has the words.
window.tirnod = {
  attach(map, options) {
    const box = map.getContainer();
    const said = document.getElementById("map-area");
    const address = box.closest("[data-area-address]").dataset.areaAddress;
    const names = new Map(
      [...document.querySelectorAll("[data-area]")].map((link) => [
        link.dataset.area,
        link.parentElement.textContent.trim(),
      ]),
    );
    const layers = new Map();
    let pressed = [0, 0];
    box.setAttribute("role", "application");
    box.setAttribute("aria-label", options.label);

    map.eachLayer((layer) => {
      const code = layer.feature?.id;
      if (!code) return;
      layers.set(code, layer);
      const path = layer.getElement();
      path?.addEventListener("mouseenter", () => point(code));
      path?.addEventListener("pointerdown", (event) => (pressed = [event.x, event.y]));
      path?.addEventListener("click", (event) => {
        // The end of a drag is a click too, but no choice of an area.
        if (Math.hypot(event.x - pressed[0], event.y - pressed[1]) > 5) return;
        location.assign(address.replace("CODE", code));
      });
    });

    let pointed;
    function point(code) {
      if (pointed) layers.get(pointed).getElement()?.classList.remove("is-pointed");
      pointed = code;
      const layer = layers.get(code);
      if (layer.getElement() !== layer.getElement()?.parentNode.lastChild) layer.bringToFront();
      layer.getElement()?.classList.add("is-pointed");
      said.textContent = names.get(code) ?? "";
    }

    // What has no rate is hatched or dotted, as on the map of the page before.
    for (const list of document.querySelectorAll("[data-without]")) {
      const look = list.dataset.without === "hidden" ? "no-rate-hidden" : "no-rate-unknown";
      for (const link of list.querySelectorAll("[data-area]")) {
        layers.get(link.dataset.area)?.getElement()?.classList.add(look);
      }
    }

    for (const link of document.querySelectorAll("[data-area]")) {
      const show = () => layers.has(link.dataset.area) && point(link.dataset.area);
      link.addEventListener("focus", show);
      link.addEventListener("mouseenter", show);
    }
  },
};
