"use strict";
(() => {
  const form = document.querySelector(".filter");
  const search = document.getElementById("search");
  const status = document.getElementById("status");
  const place = document.getElementById("place");
  const clear = document.getElementById("clear");
  const unfold = document.getElementById("unfold");
  const chips = [...document.querySelectorAll(".chip")];
  const rows = [...document.querySelectorAll(".row")].map((element) => ({
    element,
    verdict: element.dataset.verdict,
    stack: element.dataset.stack,
    area: element.dataset.area,
    text: `${element.id} ${element.textContent}`.toLowerCase().replace(/\s+/g, " "),
  }));
  const groups = [...document.querySelectorAll(".group")];
  const wanted = { verdicts: new Set(), stack: "", area: "", text: "" };

  const matches = (row) =>
    (!wanted.verdicts.size || wanted.verdicts.has(row.verdict)) &&
    (!wanted.stack || row.stack === wanted.stack) &&
    (!wanted.area || row.area === wanted.area) &&
    wanted.text.split(" ").every((word) => row.text.includes(word));

  const shown = () => rows.filter((row) => !row.element.hidden);

  function apply() {
    for (const row of rows) row.element.hidden = !matches(row);
    for (const group of groups) group.hidden = !group.querySelector(".row:not([hidden])");
    for (const chip of chips) chip.setAttribute("aria-pressed", wanted.verdicts.has(chip.dataset.verdict));
    const count = shown().length;
    const filtered = wanted.verdicts.size || wanted.area || wanted.text;
    status.textContent = filtered ? `${count} of ${rows.length} promises` : `${rows.length} promises`;
    place.hidden = !wanted.area;
    place.textContent = `${wanted.area} × `;
    place.setAttribute("aria-label", `Show all areas, not only ${wanted.area}`);
    clear.hidden = !filtered;
    document.getElementById("nothing").hidden = count > 0;
    unfold.textContent = shown().some((row) => row.element.open) ? "fold" : "unfold";
  }

  function only(verdict, stack = "", area = "") {
    Object.assign(wanted, { verdicts: new Set(verdict ? [verdict] : []), stack, area, text: "" });
    search.value = "";
    apply();
    const heading = document.getElementById("promises");
    heading.scrollIntoView();
    heading.focus({ preventScroll: true });
  }

  function open() {
    const row = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!row || !row.matches(".row")) return;
    if (row.hidden) { only(""); }
    row.open = true;
    row.scrollIntoView();
  }

  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => {
    Object.assign(wanted, { verdicts: new Set(), stack: "", area: "", text: "" });
    setTimeout(apply);
  });
  search.addEventListener("input", () => {
    wanted.text = search.value.trim().toLowerCase().replace(/\s+/g, " ");
    apply();
  });
  for (const chip of chips) {
    chip.addEventListener("click", () => {
      const verdict = chip.dataset.verdict;
      if (!wanted.verdicts.delete(verdict)) wanted.verdicts.add(verdict);
      apply();
    });
  }
  place.addEventListener("click", () => {
    wanted.stack = wanted.area = "";
    apply();
  });
  unfold.addEventListener("click", () => {
    const some = shown().some((row) => row.element.open);
    for (const row of shown()) row.element.open = !some;
    apply();
  });
  for (const button of document.querySelectorAll("[data-show]")) {
    button.addEventListener("click", () => only(button.dataset.show));
  }
  for (const button of document.querySelectorAll(".cell button")) {
    button.addEventListener("click", () => only(button.dataset.verdict, button.dataset.stack, button.dataset.area));
  }
  for (const button of document.querySelectorAll(".copy")) {
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(button.dataset.copy);
        button.textContent = "copied";
      } catch {
        getSelection().selectAllChildren(button.previousElementSibling);
        button.textContent = "selected";
      }
      setTimeout(() => { button.textContent = "copy"; }, 1500);
    });
  }
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && event.target !== search && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      search.focus();
    }
  });
  addEventListener("hashchange", open);
  apply();
  open();
})();
