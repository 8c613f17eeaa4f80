// Which points of a map a drawn line encloses, and which is nearest to the pointer.

export const rectangle = ([x0, y0], [x1, y1]) => [[x0, y0], [x1, y0], [x1, y1], [x0, y1]];

/** Whether a place is inside a polygon [[x, y], ...], by the even-odd rule. */
export function isInside(x, y, polygon) {
  let isIn = false;
  for (let at = 0, last = polygon.length - 1; at < polygon.length; last = at, at += 1) {
    const [[ax, ay], [bx, by]] = [polygon[at], polygon[last]];
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) isIn = !isIn;
  }
  return isIn;
}

/** Return the shown rows inside a polygon. */
export function rowsInside({ x, y }, polygon, isShown) {
  const [xs, ys] = [polygon.map((one) => one[0]), polygon.map((one) => one[1])];
  const [left, right, low, high] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const rows = [];
  for (let row = 0; row < x.length; row += 1) {
    if (x[row] < left || x[row] > right || y[row] < low || y[row] > high) continue;
    if (isShown(row) && isInside(x[row], y[row], polygon)) rows.push(row);
  }
  return rows;
}

/** Return the shown row nearest to a place, within `reach` of it on both axes; null if none. */
export function nearest({ x, y }, [atX, atY], [reachX, reachY], isShown) {
  let [found, least] = [null, 1];
  for (let row = 0; row < x.length; row += 1) {
    const [stepX, stepY] = [(x[row] - atX) / reachX, (y[row] - atY) / reachY];
    if (stepX > 1 || stepX < -1 || stepY > 1 || stepY < -1) continue; // Math.hypot of a million points takes 50 ms
    const away = Math.hypot(stepX, stepY);
    if (away < least && isShown(row)) [found, least] = [row, away];
  }
  return found;
}
