// The structure of the page: landmarks, headings, tables, lists, links, forms and images, with their names and counts.
// Digits become `#`, so that days, times and versions do not matter. Siblings of the same structure become one with a count.
const words = text => (text || '').trim().replace(/\s+/g, ' ').replace(/\d+/g, '#').slice(0, 80);
const quoted = text => text ? ` "${text}"` : '';
const named = element => quoted(words(element.getAttribute('aria-label')));
const flags = element => ['required', 'checked', 'disabled'].filter(name => element.hasAttribute(name)).map(name => ' ' + name).join('');
const containers = ['header', 'nav', 'main', 'footer', 'section', 'article', 'fieldset', 'figure', 'details', 'ul', 'ol'];

const label = element => {
  const tag = element.localName;
  if (/^h[1-6]$|^legend$|^summary$|^figcaption$|^caption$/.test(tag)) return tag + quoted(words(element.innerText));
  if (tag === 'a') return `link ${words(decodeURIComponent(element.getAttribute('href')))}${quoted(words(element.innerText))}`;
  if (tag === 'button') return 'button' + quoted(words(element.innerText));
  if (tag === 'input') return `input ${element.type} ${element.name}${flags(element)}`;
  if (tag === 'select') return `select ${element.name} of ${element.options.length}`;
  if (tag === 'form') return `form ${element.method} ${words(element.getAttribute('action'))}`;
  if (tag === 'table') {
    const columns = [...element.querySelectorAll('thead th')].map(it => words(it.innerText));
    return `table of ${columns.length}${quoted(columns.join(' | '))}, ${element.tBodies[0].rows.length} rows`;
  }
  if (tag === 'dl') return `facts: ${[...element.querySelectorAll('dt')].map(it => words(it.innerText)).join(' | ')}`;
  if (tag === 'img') return 'image' + quoted(words(element.alt));
  if (tag === 'label') return 'label' + quoted(words([...element.childNodes].filter(it => it.nodeType === 3 || it.localName === 'span').map(it => it.textContent).join(' ')));
  if (containers.includes(tag)) return tag + named(element) + (element.getAttribute('role') ? ` (${element.getAttribute('role')})` : '');
  return element.getAttribute('role') ? element.getAttribute('role') + named(element) : null;
};

const structure = (element, depth) => {
  if (element.type !== 'hidden' && !element.getClientRects().length) return [];
  const own = label(element);
  const inner = [...element.children].map(it => structure(it, own === null ? depth : depth + 1));
  const lines = [];
  for (let n = 0; n < inner.length;) {
    let same = 1;
    const text = inner[n].join('\n');
    while (text && n + same < inner.length && inner[n + same].join('\n') === text) same++;
    const [first, ...rest] = inner[n];
    if (first !== undefined) lines.push(same > 1 ? first.replace(/\S/, it => `${same} × ${it}`) : first, ...rest);
    n += same;
  }
  return own === null ? lines : ['  '.repeat(depth) + own, ...lines];
};
return structure(document.body, 0).join('\n');
