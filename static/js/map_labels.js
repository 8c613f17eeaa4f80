// Names and thumbnails of map points, loaded when they are shown; all names of a small map at once, for its search.

const AT_ONCE = 25; // the web server answers several at a time

export class Labels {
  constructor(host, points) {
    this.address = host.dataset.labels;
    this.points = points;
    this.names = null;
    this.asked = new Map(); // by row: promises
  }

  /** Return a promise of the labels of rows, in their order; null where there is none. */
  of(rows) {
    const missing = rows.filter((row) => !this.asked.has(row));
    for (let at = 0; at < missing.length; at += AT_ONCE) this.ask(missing.slice(at, at + AT_ONCE));
    return Promise.all(rows.map((row) => this.asked.get(row)));
  }

  /** Return the first domain of a row if it is loaded, else "". */
  domain(row) {
    return this.names?.texts[row].split("\n", 1)[0] ?? "";
  }

  ask(rows) {
    const address = new URL(this.address, location.href);
    address.searchParams.set("logos", rows.map((row) => this.points.logos[row]).join(","));
    const answer = fetch(address).then((found) => (found.ok ? found.json() : {}), () => ({}));
    for (const row of rows) {
      this.asked.set(row, answer.then((labels) => {
        if (!labels[this.points.logos[row]]) this.asked.delete(row); // ask again next time
        return labels[this.points.logos[row]] ?? null;
      }));
    }
  }
}
