// Runs in a page before its own scripts: notes on the page's clock when something was pressed and
// when its answer was painted: the next card to look at, the one to answer, or the map with its hits.

window.review = { pressedAt: 0, seenAt: 0, cardAt: 0, mapAt: 0, hitsAt: 0 };
performance.setResourceTimingBufferSize(100_000);

const painted = (name) => requestAnimationFrame(() => setTimeout(() => { window.review[name] = performance.now(); }));
const pressed = ({ timeStamp }) => Object.assign(window.review, { pressedAt: timeStamp, seenAt: 0, cardAt: 0, mapAt: 0, hitsAt: 0 });

addEventListener("keydown", pressed, { capture: true });
addEventListener("click", pressed, { capture: true });
document.addEventListener("htmx:afterSettle", ({ target }) => target.id === "review" && painted("cardAt"));

// After a decision the map says how many logos it draws, then how many of them the search found.
new MutationObserver((changes) => {
  const found = changes.map(({ target }) => target).find(({ id }) => id === "map-found");
  if (changes.some(({ addedNodes }) => [...addedNodes].some(({ classList }) => classList?.contains("queue-next")))) painted("seenAt");
  if (found) painted(found.textContent.includes(" of ") ? "hitsAt" : "mapAt");
}).observe(document, { subtree: true, childList: true });
