// The search page works without this. Here: "use my location", and the map.
// The list is the truth: each pin is made from a card's own attributes and words, read as text.
(() => {
  const find = document.getElementById("find");
  const near = document.getElementById("near");
  const column = document.getElementById("mapcol");
  const isWide = matchMedia("(min-width: 60em)").matches;

  // A tap sends a position no finer than a hundred metres, in a form, so that it is in no address.
  function askWhere() {
    near.hidden = false;
    near.querySelector("button").addEventListener("click", () => {
      navigator.geolocation.getCurrentPosition(sendPosition, sayRefused, { timeout: 15000, maximumAge: 600000 });
    });
  }

  function sendPosition({ coords }) {
    addField("lon", coords.longitude.toFixed(3));
    addField("lat", coords.latitude.toFixed(3));
    find.submit();
  }

  function addField(name, value) {
    const field = document.createElement("input");
    field.type = "hidden";
    field.name = name;
    field.value = value;
    find.append(field);
  }

  function sayRefused() {
    const problem = document.getElementById("near-problem");
    problem.textContent = near.dataset.refused;
    problem.hidden = false;
    document.getElementById("where").focus();
  }

  // The map

  let isAskedFor = false;

  async function showMap() {
    if (isAskedFor) return;
    isAskedFor = true;
    const { leaflet, leafletStyles, map, failed } = column.dataset;
    try {
      await Promise.all([fetchStyles(leafletStyles), fetchScript(leaflet)]);
      await fetchScript(map);
    } catch {
      const words = document.createElement("p");
      words.textContent = failed;
      column.querySelector(".mapbox").replaceChildren(words);
    }
  }

  function fetchStyles(href) {
    return fetched(Object.assign(document.createElement("link"), { rel: "stylesheet", href }));
  }

  function fetchScript(src) {
    return fetched(Object.assign(document.createElement("script"), { src }));
  }

  function fetched(element) {
    return new Promise((done, failed) => {
      element.onload = done;
      element.onerror = failed;
      document.head.append(element);
    });
  }

  // Pins would cover each other where things lie close together: then they share one.
  const PIN_PX = 44;

  function attach(map, { label }) {
    const box = map.getContainer();
    box.setAttribute("role", "region");
    box.setAttribute("aria-label", label);
    map.attributionControl?.setPrefix(false);
    map.scrollWheelZoom.disable();
    map.options.zoomSnap = 0.5;
    const cards = [...document.querySelectorAll(".card[data-lat]")];
    const pins = L.layerGroup().addTo(map);
    // More room on the left, so that no pin lies under the buttons to zoom.
    const room = { paddingTopLeft: [88, 36], paddingBottomRight: [36, 36] };
    map.fitBounds(L.latLngBounds(cards.map(pointOf)), { ...room, maxZoom: 15, animate: false });
    drawPins(map, pins, cards);
    map.on("zoomend", () => drawPins(map, pins, cards));
  }

  function drawPins(map, pins, cards) {
    const focused = document.activeElement?.dataset?.n;
    pins.clearLayers();
    for (const group of groupsOf(map, cards)) addPin(pins, group, focused);
  }

  function groupsOf(map, cards) {
    const groups = [];
    for (const card of cards) {
      const at = map.latLngToLayerPoint(pointOf(card));
      const near = groups.find(
        (group) => Math.max(Math.abs(group.at.x - at.x), Math.abs(group.at.y - at.y)) < PIN_PX,
      );
      if (near) near.cards.push(card);
      else groups.push({ at, cards: [card] });
    }
    return groups.map((group) => group.cards);
  }

  function pointOf(card) {
    return [+card.dataset.lat, +card.dataset.lon];
  }

  function addPin(pins, cards, focused) {
    const { n, strand } = cards[0].dataset;
    const face = document.createElement("span");
    face.textContent = cards.length > 1 ? `${n}+` : n;
    const icon = L.divIcon({ className: `mk ${strand}`, iconSize: [44, 44], html: face });
    const pin = L.marker(pointOf(cards[0]), { icon, keyboard: true, autoPanOnFocus: false }).addTo(pins);
    const button = pin.getElement();
    button.dataset.n = n;
    button.setAttribute("role", "button");
    button.setAttribute("aria-label", nameOf(cards));
    let next = 0;
    const open = () => goTo(cards[next++ % cards.length]);
    pin.on("click", open);
    button.addEventListener("keydown", (event) => {
      if (event.key !== " " && event.key !== "Enter") return;
      event.preventDefault();
      open();
    });
    if (n === focused) button.focus();
    for (const card of cards) bind(card, button);
  }

  function nameOf(cards) {
    const names = cards.map((card) => {
      const title = card.querySelector("h2 a").textContent.trim();
      return `${card.dataset.n}. ${title}. ${card.querySelector(".w").textContent.trim()}`;
    });
    return cards.length > 1 ? `${cards.length} ${column.dataset.here}: ${names.join("; ")}` : names[0];
  }

  function goTo(card) {
    card.querySelector("h2 a").focus({ preventScroll: true });
    card.scrollIntoView({ block: "center" });
  }

  function bind(card, button) {
    const mark = (isOn) => () => {
      button.classList.toggle("on", isOn);
      card.classList.toggle("on", isOn);
    };
    // Set, not added: pins are drawn again at each zoom, and a card listens to its newest only.
    const link = card.querySelector("h2 a");
    card.onmouseenter = link.onfocus = mark(true);
    card.onmouseleave = link.onblur = mark(false);
  }

  function offerMap() {
    const holder = document.getElementById("showmap");
    const button = holder.querySelector("button");
    holder.hidden = false;
    button.addEventListener("click", () => {
      const isOpen = column.classList.toggle("open");
      button.setAttribute("aria-expanded", isOpen);
      button.textContent = isOpen ? button.dataset.hide : button.dataset.show;
      if (isOpen) showMap();
      (isOpen ? column : document.getElementById("count")).scrollIntoView();
    });
  }

  function offerMapInPlace() {
    const box = column.querySelector(".mapbox");
    box.hidden = true;
    const button = document.createElement("button");
    button.className = "btn";
    button.textContent = document.querySelector("#showmap button").dataset.show;
    button.addEventListener("click", () => {
      box.hidden = false;
      // Whoever came by keyboard stays where the button was.
      column.tabIndex = -1;
      column.focus();
      button.remove();
      showMap();
    });
    column.prepend(button);
  }

  window.tirnod = { attach };
  if (navigator.geolocation) askWhere();
  if (!column) return;
  offerMap();
  if (!isWide) return;
  // A wide screen shows the map by itself, unless its owner is saving data: then there is a button.
  if ("waits" in column.dataset || navigator.connection?.saveData) offerMapInPlace();
  else (window.requestIdleCallback ?? setTimeout)(showMap);
})();
