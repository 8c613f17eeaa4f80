// The table beside the map: the selection, or what is in view, with the same selection boxes as other pages.
import { counted } from "./format.js";
import { wordOf } from "./map_select.js";
import * as selection from "./selection.js";

const ROWS = 50;

export class Table {
  constructor(host) {
    this.host = host;
    this.area = document.getElementById("map-table");
    this.start = 0;
    for (const [name, step] of [["previous", -ROWS], ["next", ROWS]]) {
      this.area.querySelector(`[data-${name}]`).addEventListener("click", () => { this.start += step; this.show(this.content); });
    }
  }

  get isOpen() {
    return !this.area.hidden;
  }

  /** Show rows of {points, rows, labels, title}; `isNew` starts at the first page. */
  async show(content, isNew = false) {
    this.content = content;
    const { points, rows, labels, title } = content;
    if (isNew) this.start = 0;
    this.start = Math.max(0, Math.min(this.start, Math.floor((rows.length - 1) / ROWS) * ROWS));
    const part = rows.slice(this.start, this.start + ROWS);
    const found = await labels.of(part);
    if (content !== this.content) return;
    this.area.querySelector("caption").textContent = `${title}: ${counted(rows.length, "logo")}`;
    const last = this.start + part.length;
    this.area.querySelector("[data-places]").textContent = rows.length ? `${this.start + 1}–${last} of ${rows.length}` : "";
    this.area.querySelector("[data-previous]").disabled = this.start === 0;
    this.area.querySelector("[data-next]").disabled = last >= rows.length;
    this.area.querySelector("tbody").replaceChildren(...part.map((row, at) => this.line(points, row, found[at])));
    selection.mark();
  }

  line(points, row, label) {
    const line = document.getElementById("map-line").content.firstElementChild.cloneNode(true);
    const cluster = points.clusters[row];
    const box = line.querySelector(".pick-box");
    if (box) {
      Object.assign(box, { value: wordOf(points, row), ariaLabel: `Select ${label?.domain ?? "logo"}` });
      box.dataset.n = points.nDomains[row];
    }
    const tile = line.querySelector(".tile");
    tile.dataset.ground = label?.is_dark ? "dark" : "light";
    if (label?.picture) tile.append(Object.assign(new Image(), { src: label.picture, alt: "" }));
    const domain = line.querySelector("[data-domain]");
    Object.assign(domain, { textContent: label?.domain ?? "", href: this.host.dataset.domain.replace("DOMAIN", label?.domain ?? "") });
    const place = line.querySelector("[data-cluster]");
    place.textContent = points.names[cluster] ?? "Outlier";
    if (cluster >= 0) place.href = this.host.dataset.cluster.replace("00000000-0000-0000-0000-000000000000", points.uidOf(cluster));
    line.querySelector("td[data-n]").textContent = points.nDomains[row];
    return line;
  }
}
