// Filters and searches the findings that are in the page; everything else
// works without.
(() => {
  "use strict";
  const form = document.getElementById("filter");
  if (form) {
    const lower = (element) => element.textContent.toLowerCase();
    const rules = [...document.querySelectorAll("section.rule")].map((section) => ({
      section,
      severity: section.dataset.severity,
      title: lower(section.querySelector("h3")),
      beyond: section.querySelectorAll(".beyond"),
      parts: [...section.querySelectorAll(".part")].map((part) => ({
        part,
        file: part.dataset.file,
        title: lower(part.querySelector(".what")),
        details: part.querySelector("details"),
        tables: [...part.querySelectorAll("table")].map((table) => ({
          table,
          rows: [...table.tBodies[0].rows].map((row) => ({ row, text: lower(row) })),
        })),
      })),
    }));
    const [shownAs, nothing] = ["shown", "nothing"].map((id) => document.getElementById(id));
    const controls = form.elements;

    // Hides the rows of a part that do not hold every word, and tells how many
    // are left and how many there are. A part without rows is one itself.
    const narrow = (one, wanted, words, filtered) => {
      let [shown, all] = [0, 0];
      const fits = (text) => wanted && words.every((word) => text.includes(word));
      for (const { table, rows } of one.tables) {
        let here = 0;
        for (const { row, text } of rows) {
          row.hidden = !fits(text);
          here += !row.hidden;
        }
        table.hidden = here === 0;
        if (one.details && one.details.contains(table)) {
          one.details.hidden = here === 0;
          one.details.open = filtered && here > 0;
        }
        shown += here;
        all += rows.length;
      }
      if (one.tables.length === 0) [shown, all] = [Number(fits("")), 1];
      one.part.hidden = shown === 0;
      return [shown, all];
    };

    const apply = () => {
      const words = controls.search.value.toLowerCase().split(/\s+/).filter(Boolean);
      const [severity, rule, file] = ["severity", "rule", "file"].map((name) => controls[name].value);
      const filtered = Boolean(words.length || severity || rule || file);
      let [shown, all] = [0, 0];
      for (const one of rules) {
        const wanted = (!severity || one.severity === severity) && (!rule || one.section.id === rule);
        let here = 0;
        for (const part of one.parts) {
          const left = words.filter((word) => !one.title.includes(word) && !part.title.includes(word));
          const [some, of] = narrow(part, wanted && (!file || part.file === file), left, filtered);
          here += some;
          all += of;
        }
        one.section.hidden = !wanted || (here === 0 && filtered && one.parts.length > 0);
        for (const line of one.beyond) line.hidden = words.length > 0;
        shown += here;
      }
      shownAs.textContent = filtered ? `${shown} of ${all} listed findings fit.` : "";
      nothing.hidden = shown > 0 || !filtered;
    };
    form.addEventListener("input", apply);
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("reset", () => setTimeout(apply));
    form.hidden = false;
    // A browser that was here before may have kept what was typed.
    apply();
  }
  // On paper nothing can be unfolded.
  addEventListener("beforeprint", () => {
    for (const details of document.querySelectorAll("details.fill")) details.open = true;
  });
})();
