// Which logos to draw on the map: those that do not cover each other.

/** Return the first `most` boxes {x, y, width, height} (centres) that overlap no earlier one, and lie within `area`. */
export function apart(boxes, most, area) {
  const placed = [];
  for (const box of boxes) {
    if (placed.length === most) break;
    const isWithin = box.x > 0 && box.y > 0 && box.x < area.width && box.y < area.height;
    if (isWithin && !placed.some((other) => overlaps(box, other))) placed.push(box);
  }
  return placed;
}

function overlaps(a, b) {
  return 2 * Math.abs(a.x - b.x) < a.width + b.width && 2 * Math.abs(a.y - b.y) < a.height + b.height;
}
