// Point at a letter of a formula: every place where it stands lights up, and so does its block in the tables of weights.
(() => {
  const letters = [...document.querySelectorAll("article .ri, article .rw, article .ro")];
  const name = (letter) => letter.textContent.trim().split("_")[0].toLowerCase();
  const column = (cell) => [...cell.closest("table").querySelectorAll("tbody tr")].map((row) => row.cells[cell.cellIndex])
    .filter((box) => box && box.textContent.trim() !== "·");
  const boxes = (letter) => {
    const cell = letter.closest("th, td");
    return !cell ? [] : cell.tagName === "TH" ? [cell, ...column(cell)] : [cell];
  };
  let shown = "";
  document.addEventListener("mouseover", (event) => {
    const here = event.target.closest(".ri, .rw, .ro") || event.target.closest(".msupsub")?.previousElementSibling;
    const wanted = here && letters.includes(here) ? name(here) : "";
    if (wanted === shown) return;
    document.querySelectorAll(".lit").forEach((lit) => lit.classList.remove("lit"));
    letters.filter((letter) => wanted && name(letter) === wanted)
      .forEach((letter) => [letter, ...boxes(letter)].forEach((lit) => lit.classList.add("lit")));
    shown = wanted;
  });
})();
