// Runs in the page, before its document is read: gives the document what only the browser knows.
// Returns how many elements are to be photographed; they have data-shot="0", "1", ...
(maxShots) => {
  const LOGO = /logo|brand|masthead|wordmark/i;
  const home = (link) => {
    try {
      const at = new URL(link.href, document.baseURI);
      return at.host === location.host && /^\/([a-z]{2}([-_][a-z]{2})?\/?)?$/i.test(at.pathname);
    } catch { return false; }
  };
  const isShown = (element) => {
    const box = element.getBoundingClientRect();
    return box.width >= 16 && box.height >= 8 && box.width <= 800 && box.height <= 400;
  };
  // Shadow roots are not part of the document's text.
  for (const host of [...document.querySelectorAll("*")].filter((one) => one.shadowRoot).slice(0, 20)) {
    const inside = host.shadowRoot.innerHTML;
    if (inside.length < 300000) host.insertAdjacentHTML("beforeend", inside);
  }
  // Colours of drawings come from style sheets.
  const drawings = [...document.querySelectorAll("header svg, a svg, [class*=logo i] svg")].slice(0, 12);
  for (const drawing of drawings) {
    for (const shape of [drawing, ...drawing.querySelectorAll("*")].slice(0, 300)) {
      const style = getComputedStyle(shape);
      for (const name of ["fill", "stroke", "color"]) {
        if (style[name] && !style[name].includes("url(")) shape.style[name] = style[name];
      }
    }
  }
  // Painted elements: a background, a mask, generated content, a canvas.
  const places = [...document.querySelectorAll("a[href]")].filter(home).slice(0, 20);
  const named = [...document.querySelectorAll("[class*=logo i],[id*=logo i],[class*=brand i],[id*=brand i]")];
  const all = new Set([...places, ...named.slice(0, 40)].flatMap((one) => [one, ...one.children]));
  let shots = 0;
  for (const element of [...all].slice(0, 120)) {
    if (shots >= maxShots) break;
    if (element.querySelector("img, svg, picture") || element.matches("img, svg")) continue;
    if (element.parentElement && element.parentElement.closest("[data-shot]")) continue;
    const styles = [getComputedStyle(element), getComputedStyle(element, "::before"), getComputedStyle(element, "::after")];
    const paint = styles.map((one) => `${one.backgroundImage} ${one.maskImage} ${one.webkitMaskImage} ${one.content}`).join(" ");
    const isPainted = /url\(/.test(paint) || element.matches("canvas") || element.querySelector("canvas");
    if (!isPainted || !isShown(element)) continue;
    if (!element.closest("header, nav, a, [class*=head i], [class*=nav i]") && !LOGO.test(element.className)) continue;
    // A whole background is the file itself; what is cut out of a sprite or masked is photographed.
    const own = /^url\("?([^"()]+)"?\)$/.exec(styles[0].backgroundImage);
    if (own && styles[0].maskImage === "none" && !/-\d/.test(styles[0].backgroundPosition)) {
      element.append(Object.assign(document.createElement("img"), {src: own[1]}));
      continue;
    }
    element.setAttribute("data-shot", String(shots));
    shots += 1;
  }
  return shots;
}
