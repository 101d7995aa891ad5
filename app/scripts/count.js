// Says how long each section is while it is written; without it the page says so once it is saved.
const sections = document.querySelectorAll("[data-count]");
const all = document.querySelector("[data-now-all]");

function count() {
  let total = 0;
  for (const section of sections) {
    const parts = [...section.querySelectorAll("textarea")].map((box) => box.value.trim());
    // Characters as people count them, not the halves that a script sees.
    const length = [...parts.filter(Boolean).join(" ")].length;
    section.querySelector("[data-now]").textContent = length;
    total += length;
  }
  if (all) all.textContent = total;
}

document.addEventListener("input", count);
count();
