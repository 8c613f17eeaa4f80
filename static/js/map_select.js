// Selecting on the map: a lasso or a rectangle stays switched on; the rows of what is selected on any page.
import { nearest, rectangle, rowsInside } from "./lasso.js";

const CLICK_PX = 5;
const REACH_PX = 14;
const KEYS = { h: "pan", l: "lasso", r: "box" };

/** Return the word of a selection for the point of a row. */
export const wordOf = (points, row) => `p${points.logos[row]}.${numberOf(points, row)}`;
const numberOf = (points, row) => (points.clusters[row] < 0 ? -1 : points.numbers[points.clusters[row]]);

/** Return items of the selection for rows. */
export const itemsOf = (points, rows) => Array.from(rows, (row) => ({ word: wordOf(points, row), n: points.nDomains[row] }));

/** Return the rows that words name; null for words that only the server can read. */
export function rowsPicked(words, points) {
  const [on, off] = [words.filter((word) => word[0] !== "-"), words.filter((word) => word[0] === "-").map((word) => word.slice(1))].map(parsed);
  if (!on || !off) return null;
  const holds = (found, row) => {
    const number = numberOf(points, row);
    return (found.hasAll && number >= 0) || found.places.has(number) || found.pictures.get(number)?.has(points.logos[row]);
  };
  const rows = [];
  for (let row = 0; row < points.n; row += 1) if (holds(on, row) && !holds(off, row)) rows.push(row);
  return rows;
}

function parsed(words) {
  const found = { places: new Set(), pictures: new Map(), hasAll: false };
  for (const word of words) {
    const [, logo, place, cluster] = /^(?:p(\d+)\.(-?\d+)|c(\d+)|[og])$/.exec(word) ?? [];
    if (logo) found.pictures.set(Number(place), (found.pictures.get(Number(place)) ?? new Set()).add(Number(logo)));
    else if (cluster) found.places.add(Number(cluster));
    else if (word === "o") found.places.add(-1);
    else if (word === "g") found.hasAll = true;
    else return null;
  }
  return found;
}

/** Listen to the tools; `on` has points(), isShown(row), picked(rows, isOn), drawn(line), pointed(row, event). */
export function selectWith(dots, on) {
  const area = document.getElementById("map-lasso");
  const buttons = [...document.querySelectorAll("[data-tool]")];
  let tool = "pan";
  let line = null;

  function use(name) {
    tool = name;
    area.hidden = tool === "pan";
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.tool === tool));
  }

  const place = (event) => {
    const box = area.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  const under = (event) => {
    const view = dots.view();
    return nearest(on.points(), view.place(...place(event)), [REACH_PX * view.perX, REACH_PX * view.perY], on.isShown);
  };
  const outline = () => (tool === "box" ? rectangle(line[0], line.at(-1)) : line);

  area.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || !on.points()) return;
    area.setPointerCapture(event.pointerId);
    line = [place(event)];
  });
  area.addEventListener("pointermove", (event) => {
    if (!line) return on.points() && on.pointed(under(event), event);
    line.push(place(event));
    on.drawn(outline());
  });
  area.addEventListener("pointerup", (event) => {
    if (!line) return;
    const drawn = outline();
    const isClick = line.every(([x, y]) => Math.hypot(x - line[0][0], y - line[0][1]) < CLICK_PX);
    line = null;
    on.drawn([]);
    if (isClick) return on.toggled(under(event));
    const view = dots.view();
    on.picked(rowsInside(on.points(), drawn.map(([x, y]) => view.place(x, y)), on.isShown), !event.altKey);
  });
  area.addEventListener("pointercancel", () => { line = null; on.drawn([]); });
  area.addEventListener("pointerleave", (event) => on.pointed(null, event));
  for (const button of buttons) button.addEventListener("click", () => use(button.dataset.tool));
  return { use: (key) => { if (KEYS[key]) use(KEYS[key]); return Boolean(KEYS[key]); } };
}
