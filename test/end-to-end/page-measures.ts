// What is measured of a page in the browser itself, as text that Playwright runs there: this project's types know no DOM.

/** Texts whose contrast is below WCAG 2.2's AA (1.4.3), against every colour that may lie behind them. */
export const lowContrasts = `(() => {
  const read = (text) => {
    const parts = text.match(/[\\d.]+/g).map(Number);
    return { rgb: parts.slice(0, 3), alpha: parts[3] ?? 1 };
  };
  const resolve = (value) => {
    const probe = document.body.appendChild(document.createElement('i'));
    probe.setAttribute('hidden', '');
    probe.style.color = value;
    const found = read(getComputedStyle(probe).color);
    probe.remove();
    return found.rgb;
  };
  const over = (top, below) => top.rgb.map((part, at) => part * top.alpha + below[at] * (1 - top.alpha));
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const ratio = (a, b) => {
    const [high, low] = [light(a), light(b)].sort((one, two) => two - one);
    return (high + 0.05) / (low + 0.05);
  };
  // The page's ground is a gradient: any of its colours may lie behind a text.
  const grounds = ['var(--ground)', 'var(--glow)', 'var(--glow-two)'].map(resolve);
  const behind = (element) => {
    const layers = [];
    for (let at = element; at !== null && at !== document.body; at = at.parentElement) {
      const layer = read(getComputedStyle(at).backgroundColor);
      layers.unshift(layer);
      if (layer.alpha === 1) layers.splice(0, layers.indexOf(layer));
    }
    const isCovered = layers.some((layer) => layer.alpha === 1);
    return (isCovered ? [layers.shift().rgb] : grounds).map((ground) => layers.reduce((below, layer) => over(layer, below), ground));
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  let looked = 0;
  while (walker.nextNode()) {
    const node = walker.currentNode;
    const element = node.parentElement;
    if (node.data.trim() === '' || element.closest('.unseen') || element.getClientRects().length === 0) continue;
    looked += 1;
    const style = getComputedStyle(element);
    const size = parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const lowest = Math.min(...behind(element).map((ground) => ratio(over(read(style.color), ground), ground)));
    if (lowest < (isLarge ? 3 : 4.5)) found.push(node.data.trim().slice(0, 40) + ' ' + lowest.toFixed(2));
  }
  return { looked, found };
})()`;

/** Everything that can be operated, in the order of the document: what a keyboard has to reach, in this order. */
export const operable = `(() => [...document.querySelectorAll('a[href], button, input:not([type=hidden])')]
  .map((element, at) => { element.setAttribute('data-at', String(at)); return at; }))()`;

export const focused = `document.activeElement?.getAttribute('data-at') ?? null`;

/** The width of what a keyboard user sees around the element that has the focus. */
export const focusRing = `(() => {
  const style = getComputedStyle(document.activeElement);
  return style.outlineStyle === 'none' ? 0 : parseFloat(style.outlineWidth);
})()`;

export const overflows = 'document.documentElement.scrollWidth > document.documentElement.clientWidth';

/** What can be operated and is smaller than WCAG 2.2's 24 pixels (2.5.8), links inside sentences apart. */
export const smallTargets = `[...document.querySelectorAll('a.button, a.pick, a.app, a.check, button, label.check')]
  .filter((element) => { const box = element.getBoundingClientRect(); return box.height < 24 || box.width < 24; })
  .map((element) => element.outerHTML.slice(0, 80))`;
