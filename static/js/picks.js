// What is selected, as words that the server reads (clustering/selectors/picks.py), without the document.
// A word may name what another one contains: p7.3, a picture, is in c3, its cluster. Of a word that contains
// others, single ones can be left out.

export const EMPTY = Object.freeze({ seen: "", picks: {}, without: {} });

/** Return the words that contain a word by its form: its cluster, or all outliers. */
export function containers(word) {
  const place = /^p\d+\.(-?\d+)$/.exec(word)?.[1];
  if (place === undefined) return [];
  return [place === "-1" ? "o" : `c${place}`];
}

const within = (state, word, around) => [...around, ...containers(word), ...around.flatMap(containers)].filter((one) => one in state.picks);

/** Whether a word is selected, by itself or by a word of `around`, which contains it. */
export function isPicked(state, word, around = []) {
  if (word in state.picks) return true;
  return !(word in state.without) && !around.some((one) => one in state.without) && within(state, word, around).length > 0;
}

/** Return the state with items {word, n, around} selected or not; `seen` is the version of the page. */
export function picked(state, items, isOn, seen) {
  const next = { seen: state.seen || seen, picks: { ...state.picks }, without: { ...state.without } };
  for (const { word, n = 1, around = [] } of items) {
    const isContained = within(next, word, around).length > 0;
    if (isOn && isContained) delete next.without[word];
    else if (isOn) next.picks[word] = n;
    else {
      delete next.picks[word];
      if (isContained) next.without[word] = n;
    }
  }
  if (isOn) forgetContained(next, items);
  return Object.keys(next.picks).length ? next : EMPTY;
}

// One pass for all items: a lasso selects thousands, and one pass for each took minutes.
function forgetContained(state, items) {
  const added = new Set(items.map(({ word }) => word).filter((word) => word in state.picks && !containers(word).length));
  if (!added.size) return;
  for (const words of [state.picks, state.without]) {
    for (const word of Object.keys(words)) if (containers(word).some((one) => added.has(one))) delete words[word];
  }
}

export const words = (state) => [...Object.keys(state.picks), ...Object.keys(state.without).map((word) => `-${word}`)];

/** Return the numbers of clusters, of single logos, and of domains; null where only the server knows. */
export function counts(state) {
  const found = { clusters: 0, logos: 0, domains: 0, hasAll: false };
  for (const [word, n] of Object.entries(state.picks)) {
    const kind = word[0];
    if (kind === "g") found.clusters += n;
    else found.clusters += kind === "c" ? 1 : 0;
    found.logos += kind === "p" || kind === "d" ? 1 : kind === "o" || kind === "s" ? n : 0;
    found.domains += kind === "g" ? 0 : n;
    found.hasAll ||= "gos".includes(kind);
  }
  const left = Object.values(state.without).reduce((sum, n) => sum + n, 0);
  return { ...found, domains: found.domains - left, logos: Math.max(0, found.logos - (found.hasAll ? left : 0)) };
}
