// The legend of the map: values in view with their colour, and how many of their domains are selected.
import { counted } from "./format.js";

export const NONE = "None"; // of points without a value
const MOST_ROWS = 200;

/** Draw the rows [code, n]; `on` has isolate(code), open(code). */
export function drawLegend(list, { rows, mode, colour, isolated, selected }, on) {
  list.replaceChildren(...rows.slice(0, MOST_ROWS).map(([code, n]) => {
    const item = document.createElement("li");
    const button = Object.assign(document.createElement("button"), { className: "menu-item", type: "button" });
    button.title = mode.isCluster ? "Click to show only this cluster, double-click to open it" : "Click to show only these";
    button.setAttribute("aria-pressed", String(isolated === code));
    const k = selected.get(code) ?? 0;
    const total = words("muted small push", k ? `${k} / ${n}` : String(n));
    if (k) total.title = `${counted(k, "domain")} of ${n} selected`;
    button.append(dot(colour(mode.names[mode.fills[code]] ?? "outlier")), words("ellipsis", mode.texts[code] ?? NONE), total);
    button.addEventListener("click", () => on.isolate(code));
    if (mode.isCluster) button.addEventListener("dblclick", () => on.open(code));
    item.append(button);
    return item;
  }));
}

function dot(fill) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  for (const side of ["width", "height"]) svg.setAttribute(side, "10");
  svg.setAttribute("aria-hidden", "true");
  const circle = document.createElementNS("http://www.w3.org/2000/svg", "circle");
  for (const [name, value] of Object.entries({ cx: 5, cy: 5, r: 5, fill })) circle.setAttribute(name, value);
  svg.append(circle);
  return svg;
}

function words(css, text) {
  return Object.assign(document.createElement("span"), { className: css, textContent: text });
}
