// Shows the chosen embedder in the line above the folded cards.

document.addEventListener("change", ({ target }) => {
  const line = target.closest?.(".offers");
  const card = target.closest?.(".choice");
  if (!line || !card) return;
  line.querySelector("[data-chosen]").textContent = card.querySelector("[data-label]").textContent;
  line.querySelector("[data-chosen-summary]").textContent = card.querySelector("[data-summary]").textContent;
});
