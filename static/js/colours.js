// Colours of map points, by cluster or by another value, and zooming.

export const N_SERIES = 12; // more cannot be told apart or named
const QUIET = 0; // the fill of points without a value: outliers
const FADED = 0.1;
const SHOWN = 0.92;
const QUIET_SHOWN = 0.75;
const QUIET_SCALE = 0.8;
const EVERYWHERE = [-Infinity, Infinity];

/** Return the colour of a cluster, from 1, by the first two bytes of its uid: the same on every page and in every run. */
export const seriesOf = (bytes) => 1 + ((256 * bytes[0] + bytes[1]) % N_SERIES);

/** Return [code, number of domains] of the values in view from code `least` on, largest first; code -1 is none. */
export function countsInView(codes, points, [left, right] = EVERYWHERE, [low, high] = EVERYWHERE, least = 0) {
  const counts = new Map();
  for (let row = 0; row < codes.length; row += 1) {
    const [code, x, y] = [codes[row], points.x[row], points.y[row]];
    if (code < least || x < left || x > right || y < low || y > high) continue;
    counts.set(code, (counts.get(code) || 0) + points.nDomains[row]);
  }
  return [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
}

/** Return the style of each row: 0 for no value, else 1 + the fill of its code; in the second half where `isHit`. */
export function stylesOfRows({ codes, fills, names }, isHit) {
  const n = 1 + names.length;
  return Uint8Array.from(codes, (code, row) => (code < 0 ? QUIET : 1 + fills[code]) + (isHit(row) ? n : 0));
}

/** Return the styles, faded ones first so that they are drawn beneath; `colour` reads a colour by its name. */
export function styles(names, colour, isQuietShown) {
  const ring = colour("ring");
  return [false, true].flatMap((isHit) => ["outlier", ...names].map((name, fill) => {
    const isQuiet = fill === QUIET;
    const shown = isQuiet ? QUIET_SHOWN : SHOWN;
    const opacity = isHit ? shown : FADED;
    return { color: colour(name), ring, opacity: isQuiet && !isQuietShown ? 0 : opacity, scale: isQuiet ? QUIET_SCALE : 1 };
  }));
}

/** Return the range scaled by `factor` around the point at the share `at` of it. */
export function zoomed([low, high], at, factor) {
  const centre = low + (high - low) * at;
  return [centre - (centre - low) * factor, centre + (high - centre) * factor];
}

/** Return ranges of both axes that show the rows with a margin, in a view of the same shape. */
export function framed(points, rows, shape) {
  const ends = (values) => rows.reduce(([low, high], row) => [Math.min(low, values[row]), Math.max(high, values[row])], [Infinity, -Infinity]);
  const [[left, right], [low, high]] = [ends(points.x), ends(points.y)];
  const least = 0.02 * Math.hypot(...[points.x, points.y].map((values) => extent(values)));
  const height = Math.max(1.4 * (high - low), (1.4 * (right - left)) / shape, least);
  const around = (from, to, size) => [(from + to - size) / 2, (from + to + size) / 2];
  return [around(left, right, height * shape), around(low, high, height)];
}

function extent(values) {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) [low, high] = [Math.min(low, value), Math.max(high, value)];
  return high - low;
}
