// Conversions between places of the map and pixels of the plot.

/** Return the conversions for a view of `ranges` on both axes that fills `width` x `height` pixels from `offset` on. */
export function viewOf(ranges, [width, height], [offsetX, offsetY] = [0, 0]) {
  const [[left, right], [low, high]] = ranges;
  const [perX, perY] = [(right - left) / width, (high - low) / height];
  return {
    x: (value) => offsetX + (value - left) / perX,
    y: (value) => offsetY + (high - value) / perY,
    place: (x, y) => [left + (x - offsetX) * perX, high - (y - offsetY) * perY],
    perX,
    perY,
    ranges,
    shape: width / height,
  };
}
