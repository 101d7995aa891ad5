// Shows the picture of a badge as it will be, while it is being made. Without this script a button does.
(() => {
  const picture = document.getElementById("picture");
  const form = picture?.closest("form");
  if (!form) return;
  let timer;
  const draw = () => {
    const address = new URL(picture.dataset.address, location);
    for (const name of ["strand", "level"]) address.searchParams.set(name, form.elements[name].value);
    address.searchParams.set("icon", form.elements.icon.value || picture.dataset.icon);
    if (address.searchParams.has("seed")) address.searchParams.set("name", form.elements.name.value);
    picture.src = address;
  };
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(draw, 300);
  });
  form.querySelector("[name=look]").hidden = true;
})();
