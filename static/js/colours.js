// Colours of map points, and zooming.

export const N_COLOURS = 12;
const OUTLIER = 0;
const REST = 1; // clusters beyond the largest in view
const FADED = 0.12;
const SHOWN = 0.9;
const N_FILLS = N_COLOURS + 2;
const EVERYWHERE = [-Infinity, Infinity];

/** Return [cluster, number of domains] of the clusters in view, largest first. */
export function clustersInView(points, [left, right] = EVERYWHERE, [low, high] = EVERYWHERE) {
  const counts = new Map();
  points.clusters.forEach((cluster, row) => {
    const [x, y] = [points.x[row], points.y[row]];
    if (cluster < 0 || x < left || x > right || y < low || y > high) return;
    counts.set(cluster, (counts.get(cluster) || 0) + points.nDomains[row]);
  });
  return [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
}

/** Return the colour index of each of the largest clusters. */
export function coloursOf(order) {
  return new Map(order.slice(0, N_COLOURS).map(([cluster], place) => [cluster, place]));
}

/** Return the style of each row: its fill, in the second half of the styles where `isHit`. */
export function stylesOfRows(clusters, colours, isHit) {
  return Uint8Array.from(clusters, (cluster, row) => {
    const fill = cluster < 0 ? OUTLIER : REST + 1 + (colours.get(cluster) ?? -1);
    return isHit(row) ? fill + N_FILLS : fill;
  });
}

/** Return the styles, faded ones first so that they are drawn beneath; `colour` reads a colour by its name. */
export function styles(colour, isOutlierShown) {
  const ring = colour("ring");
  const fills = ["outlier", "rest", ...Array.from({ length: N_COLOURS }, (_, place) => place + 1)].map(colour);
  return [FADED, SHOWN].flatMap((shown) => fills.map((color, fill) => (
    { color, ring, opacity: fill !== OUTLIER || isOutlierShown ? shown : 0 }
  )));
}

/** Return the range scaled by `factor` around the point at the share `at` of it. */
export function zoomed([low, high], at, factor) {
  const centre = low + (high - low) * at;
  return [centre - (centre - low) * factor, centre + (high - centre) * factor];
}
