// Live refresh, dialogs, toasts, the clock and keyboard moves. Pages work without it; it makes them pleasant.
(() => {
  const content = () => document.getElementById('content');
  const dialog = () => document.getElementById('dialog');
  // Where the dashboard lies below a path of a proxy.
  const base = document.documentElement.dataset.base;

  // --- Morphing: change what differs, leave the rest alone, so that scroll, focus and open parts survive.

  // What a person opened or pressed stays; elements name further attributes that scripts own.
  const keptOf = (element) =>
    element.tagName === 'DETAILS' ? ['open'] : (element.dataset.kept ?? '').split(' ');

  const syncAttributes = (from, to) => {
    const kept = keptOf(from);
    for (const { name } of [...from.attributes]) {
      if (!to.hasAttribute(name) && !kept.includes(name)) from.removeAttribute(name);
    }
    for (const { name, value } of to.attributes) {
      if (!kept.includes(name) && from.getAttribute(name) !== value) from.setAttribute(name, value);
    }
  };

  const alike = (a, b) =>
    a.nodeType === b.nodeType && a.nodeName === b.nodeName && (a.nodeType !== Node.ELEMENT_NODE || a.id === b.id);

  const morph = (from, to) => {
    if (from.nodeType !== Node.ELEMENT_NODE) {
      if (from.nodeValue !== to.nodeValue) from.nodeValue = to.nodeValue;
      return;
    }
    if (from.isEqualNode(to)) return;
    syncAttributes(from, to);
    if (!from.hasAttribute('data-keep')) morphChildren(from, to);
  };

  const morphChildren = (from, to) => {
    const byId = new Map([...from.children].filter((child) => child.id).map((child) => [child.id, child]));
    let at = from.firstChild;
    for (const wanted of [...to.childNodes]) {
      const known = wanted.nodeType === Node.ELEMENT_NODE && wanted.id ? byId.get(wanted.id) : undefined;
      if (known !== undefined && known !== at) from.insertBefore(known, at);
      const match = known ?? (at !== null && alike(at, wanted) ? at : undefined);
      if (match === undefined) {
        from.insertBefore(wanted, at);
      } else {
        morph(match, wanted);
        at = match.nextSibling;
      }
    }
    while (at !== null) {
      const next = at.nextSibling;
      at.remove();
      at = next;
    }
  };

  htmx.defineExtension('morph', {
    isInlineSwap: (style) => style === 'morph',
    handleSwap: (style, target, fragment) => {
      if (style !== 'morph') return false;
      const wanted = [...fragment.children].find((child) => child.id === target.id);
      if (wanted === undefined) return false;
      morph(target, wanted);
      return [target];
    },
  });

  // --- Live: the server says that something changed; the page asks for itself again.

  const QUIET = 1000; // no more than one refresh in so many milliseconds
  const POLL = 10; // seconds after which a page looks again by itself: of the clock alone nothing is told
  let stream;
  let waiting; // for a refresh to start or to end
  let stale = false; // since the last refresh was sent
  let lastRefresh = Date.now();
  let shownAt = Date.now(); // when the scheduler said what is shown

  const here = () => location.pathname + location.search;
  const isStill = () => content()?.hasAttribute('data-still') ?? true;

  // A request that failed has been told of by an event of htmx.
  const ask = (path, options) => htmx.ajax('GET', path, options).catch(() => undefined);

  const refresh = async () => {
    stale = false;
    await ask(here(), { target: '#content', swap: 'morph', headers: { 'X-Live': '1' } });
    lastRefresh = Date.now();
    waiting = undefined;
    if (stale) refreshSoon();
  };

  const refreshSoon = () => {
    if (document.hidden || isStill() || isLost()) return;
    stale = true;
    waiting ??= setTimeout(() => void refresh(), Math.max(0, lastRefresh + QUIET - Date.now()));
  };

  setInterval(() => {
    if (Date.now() - lastRefresh > Number(content()?.dataset.poll ?? POLL) * 1000) refreshSoon();
  }, 1000);

  // A refresh that was under way when the person moved on would bring the old page back.
  document.addEventListener('htmx:beforeSwap', ({ detail }) => {
    if (detail.requestConfig.headers['X-Live'] && detail.requestConfig.path !== here()) detail.shouldSwap = false;
    // The page itself says that the scheduler lacks a server, and looks again until it is back.
    else if (detail.xhr.status === 503 && detail.target.id === 'content') {
      detail.shouldSwap = true;
      detail.isError = false;
    }
  });

  /** Pages that show a few jobs name them; others follow everything. */
  const concerns = ({ changed, total }) => {
    const watched = content()?.dataset.watch?.split(' ');
    return watched === undefined || total > changed.length || changed.some((key) => watched.includes(key));
  };

  /** Pages that show event triggers. */
  const followsEvents = () => /^\/(?:triggers|executions)\b/.test(location.pathname.slice(base.length));

  const setLink = (state) => document.documentElement.setAttribute('data-link', state);
  const isLost = () => document.documentElement.dataset.link === 'lost';
  let heardAt = Date.now();

  const openStream = () => {
    stream?.close();
    heardAt = Date.now();
    stream = new EventSource(`${base}/events`);
    stream.addEventListener('open', () => {
      if (isLost()) found();
      setLink('live');
    });
    stream.addEventListener('error', () => void check());
    for (const kind of ['open', 'heartbeat', 'changed']) stream.addEventListener(kind, () => (heardAt = Date.now()));
    stream.addEventListener('changed', (event) => {
      if (concerns(JSON.parse(event.data))) refreshSoon();
    });
    for (const kind of ['trigger', 'execution'])
      stream.addEventListener(kind, () => {
        heardAt = Date.now();
        if (followsEvents()) refreshSoon();
      });
    stream.addEventListener('reload', refreshSoon);
  };

  const closeStream = () => {
    stream?.close();
    stream = undefined;
    if (!isLost()) setLink('paused');
  };

  const resume = () => {
    openStream();
    if (isLost()) void check();
    else refreshSoon();
  };

  // --- Without the scheduler: what is shown is dated and dimmed, and nothing can be sent or left for.

  const PROBE = 2000; // milliseconds between two questions whether the scheduler is there again
  const PATIENCE = 5000; // for its answer
  const SILENCE = 40_000; // its stream says something every 15 s
  const blocked = new Set();
  let checking;

  const block = () => {
    for (const button of document.querySelectorAll('main button, dialog button')) {
      if (button.disabled || button.closest('[data-close], [data-by-button]')) continue;
      button.disabled = true;
      blocked.add(button);
    }
  };

  const lose = () => {
    if (isLost()) return;
    setLink('lost');
    const note = document.getElementById('stale');
    note.querySelector('[data-as-of]').textContent = timeOf(serverTime(shownAt));
    note.querySelector('[data-since]').textContent = timeOf(serverTime(Date.now()));
    note.hidden = false;
    block();
  };

  const found = () => {
    setLink('connecting');
    document.getElementById('stale').hidden = true;
    for (const button of blocked) button.disabled = false;
    blocked.clear();
    lastRefresh = 0;
    refreshSoon();
  };

  const isThere = async () => {
    try {
      const { status } = await fetch(`${base}/health`, { cache: 'no-store', signal: AbortSignal.timeout(PATIENCE) });
      return status !== 502 && status !== 504; // a proxy's words for: it is gone
    } catch {
      return false;
    }
  };

  /** Asks whether the scheduler is there, until it is. */
  const check = () => (checking ??= untilThere().finally(() => (checking = undefined)));
  const untilThere = async () => {
    while (!(await isThere())) {
      if (document.hidden) return;
      lose();
      await new Promise((resolve) => setTimeout(resolve, PROBE));
    }
    if (isLost()) found();
    // A stream that was refused, unlike one that broke, is not opened again by itself. The page is asked for as well: when
    // the session has ended, its answer leads to where one signs in.
    if (!document.hidden && stream?.readyState !== EventSource.OPEN) {
      refreshSoon();
      setTimeout(reopen, PROBE);
    }
  };
  const reopen = () => {
    if (!document.hidden && stream?.readyState === EventSource.CLOSED) openStream();
  };

  setInterval(() => {
    if (stream !== undefined && Date.now() - heardAt > SILENCE) void check();
  }, PATIENCE);

  const refuse = (event) => {
    const actor = event.target.closest?.('a[href], button, form');
    if (!isLost() || actor == null || actor.closest('[data-theme-toggle], [data-close], [data-by-button], .skip')) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    document.getElementById('stale').focus();
  };
  for (const kind of ['click', 'auxclick', 'submit']) document.addEventListener(kind, refuse, true);

  document.addEventListener('visibilitychange', () => (document.hidden ? closeStream() : resume()));
  addEventListener('pagehide', closeStream);
  addEventListener('pageshow', ({ persisted }) => persisted && resume());
  if (!document.hidden) openStream();

  // --- Dialogs and toasts.

  const toast = (text, kind) => {
    const note = document.createElement('p');
    note.className = `toast ${kind}`;
    note.textContent = text;
    document.getElementById('toasts').append(note);
    setTimeout(() => note.remove(), 6000);
  };

  document.addEventListener('click', (event) => {
    const link = event.target.closest('a[data-dialog]');
    if (link === null || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    // Asked by the dialog itself: requests of one source wait for each other, and refreshes come from the body.
    void ask(link.getAttribute('href'), { source: '#dialog', target: '#dialog', swap: 'innerHTML' });
  });
  document.addEventListener('htmx:afterSwap', ({ detail }) => {
    if (detail.target.id === 'content') shownAt = Date.now();
    if (detail.target.id !== 'dialog' || dialog().open) return;
    dialog().showModal();
  });
  document.addEventListener('done', ({ detail }) => {
    if (dialog().open) dialog().close();
    toast(detail.text, 'good');
    lastRefresh = 0;
    refreshSoon();
  });
  document.addEventListener('htmx:responseError', ({ detail }) => {
    toast(`The scheduler answered ${detail.xhr.status}: ${detail.xhr.statusText || 'see its log'}`, 'bad');
  });
  document.addEventListener('htmx:sendError', () => void check());
  document.addEventListener('click', (event) => {
    const isBackdrop = event.target === dialog();
    const isCancel = event.target.closest('[data-close]') !== null && dialog().open;
    if (isCancel) event.preventDefault();
    if (isBackdrop || isCancel) dialog().close();
  });

  // Browsers let pages copy where the connection cannot be listened to.
  const readySecret = () => {
    for (const button of document.querySelectorAll('[data-copy]')) button.hidden = navigator.clipboard === undefined;
  };
  readySecret();
  document.addEventListener('htmx:afterSwap', readySecret);
  document.addEventListener('click', ({ target }) => {
    const button = target.closest('[data-copy]');
    if (button === null) return;
    const { value } = button.parentElement.querySelector('[data-secret]');
    navigator.clipboard.writeText(value).then(
      () => (button.textContent = 'Copied'),
      () => toast('The browser did not let it be copied: select and copy it', 'bad'),
    );
  });

  document.querySelector('.rail [aria-current]')?.scrollIntoView({ inline: 'center', block: 'nearest' });

  // --- A state diagram wider than the window begins at its current state.

  for (const state of document.querySelectorAll('.machine .lit')) {
    const box = state.closest('.machine');
    const [at, within] = [state.getBoundingClientRect(), box.getBoundingClientRect()];
    box.scrollLeft += at.left + at.width / 2 - (within.left + within.width / 2);
  }

  // --- The clock ticks between refreshes; what the server said last is where it starts from.

  const pad = (number) => String(number).padStart(2, '0');
  const timeOf = (ms) => {
    const at = new Date(ms);
    return `${pad(at.getUTCHours())}:${pad(at.getUTCMinutes())}:${pad(at.getUTCSeconds())}`;
  };
  const face = document.querySelector('[data-clock]');
  const loadedAt = Date.now();
  const serverTime = (ms) => Number(face.dataset.now) + ms - loadedAt;
  const tick = () => {
    if (isLost()) return;
    face.querySelector('[data-time]').textContent = timeOf(Number(face.dataset.clock) + Date.now() - loadedAt);
  };
  tick();
  setInterval(tick, 1000);

  // --- The slash key leads to where one searches.

  document.addEventListener('keydown', (event) => {
    const isTyping = event.target.matches?.('input, textarea, select, [contenteditable]');
    const find = document.getElementById('find');
    if (event.key !== '/' || isTyping || find === null || dialog().open || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    find.focus();
    find.select();
  });

  // --- Arrow keys walk over the tiles of a band, which the tab key passes in one step.

  const rove = (band) => {
    const stop = band.querySelector(':scope > .tile:focus') ?? band.querySelector(':scope > .tile.focused') ?? band.querySelector(':scope > .tile');
    for (const tile of band.querySelectorAll(':scope > a.tile')) tile.tabIndex = tile === stop ? 0 : -1;
  };
  const roveAll = () => new Set([...document.querySelectorAll('a.tile')].map((tile) => tile.parentElement)).forEach(rove);
  roveAll();
  document.addEventListener('htmx:afterSwap', roveAll);
  document.addEventListener('focusin', ({ target }) => target.matches('a.tile') && rove(target.parentElement));

  const moves = { ArrowRight: 1, ArrowLeft: -1, Home: -Infinity, End: Infinity };
  document.addEventListener('keydown', (event) => {
    const tile = event.target.closest?.('.tile');
    const move = moves[event.key];
    if (tile == null || move === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    const tiles = [...tile.parentElement.querySelectorAll('a.tile')];
    const to = Math.min(tiles.length - 1, Math.max(0, tiles.indexOf(tile) + move));
    event.preventDefault();
    tiles[to].focus();
  });
})();
