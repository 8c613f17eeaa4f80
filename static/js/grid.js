// Positions in a grid of items that is read in rows.

/** Return the indices from one item to another, in either order. */
export function range(from, to) {
  const [start, end] = [Math.min(from, to), Math.max(from, to)];
  return Array.from({ length: end - start + 1 }, (_, offset) => start + offset);
}

/** Return the index that a key leads to from `at`, undefined if none; `boxes` are rectangles {left, top, width}. */
export function step(boxes, at, key) {
  const last = boxes.length - 1;
  const moves = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: last };
  if (key in moves) return moves[key] >= 0 && moves[key] <= last ? moves[key] : undefined;
  const sign = { ArrowDown: 1, ArrowUp: -1 }[key];
  return sign && nextRow(boxes, at, sign);
}

// The item of the nearest row below (sign 1) or above (sign -1) that is closest to the centre of the item.
function nextRow(boxes, at, sign) {
  const { left, top, width } = boxes[at];
  const centre = left + width / 2;
  const away = (index) => [Math.abs(boxes[index].top - top), Math.abs(boxes[index].left - centre)];
  return [...boxes.keys()]
    .filter((index) => sign * (boxes[index].top - top) > 1)
    .map((index) => [index, ...away(index)])
    .sort(([, rowA, sideA], [, rowB, sideB]) => rowA - rowB || sideA - sideB)[0]?.[0];
}

/** Return the indices of the boxes that a rectangle touches. */
export function touched(boxes, { left, top, right, bottom }) {
  return [...boxes.keys()].filter((index) => {
    const box = boxes[index];
    return box.left < right && box.right > left && box.top < bottom && box.bottom > top;
  });
}
