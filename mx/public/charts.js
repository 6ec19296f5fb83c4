// Draws the charts of the traffic page from the data in their attributes; redrawn when those or the theme change.
(() => {
  const count = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
  const formats = { count: (value) => count.format(value), bytes: (value) => `${count.format(value)}B` };
  const charts = new Map();

  const day = new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', day: 'numeric', month: 'short' });
  const dateText = (seconds) => (seconds % 86400 === 0 ? day.format(seconds * 1000) : `${new Date(seconds * 1000).toISOString().slice(11, 13)}h`);

  const colour = (name) => {
    const probe = document.createElement('span');
    probe.style.color = `var(${name})`;
    document.body.append(probe);
    const found = getComputedStyle(probe).color;
    probe.remove();
    return found;
  };

  const options = (box, data, span) => {
    const format = formats[box.dataset.format];
    const [ink, line, bar] = [colour('--muted'), colour('--line'), colour('--chart')];
    const axis = { stroke: ink, font: '11px Geist, sans-serif', grid: { stroke: line, width: 1 }, ticks: { show: false } };
    return {
      width: box.clientWidth,
      height: 200,
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), 'UTC'),
      legend: { show: false },
      cursor: { y: false, points: { size: 7 }, drag: { x: true, y: false } },
      scales: { x: { range: (_, min, max) => [min - span / 2, max + span / 2] }, y: { range: (_, __, max) => [0, max * 1.08 || 1] } },
      axes: [
        { ...axis, grid: { show: false }, size: 28, space: 64, values: (_, seconds) => seconds.map(dateText) },
        { ...axis, size: 56, values: (_, values) => values.map(format) },
      ],
      series: [
        {},
        { stroke: bar, fill: bar, width: 0, paths: uPlot.paths.bars({ size: [0.82, 60], gap: 1 }), points: { show: false } },
      ],
      hooks: { setCursor: [(plot) => readOut(box, plot, format)] },
      data,
    };
  };

  const readOut = (box, plot, format) => {
    const out = box.parentElement.querySelector('output');
    const at = plot.cursor.idx;
    if (at == null) {
      out.textContent = out.dataset.total;
      return;
    }
    const time = new Date(plot.data[0][at] * 1000).toISOString();
    out.textContent = `${time.slice(0, 10)} ${box.dataset.by === 'hourly' ? `${time.slice(11, 13)}h` : ''} · ${format(plot.data[1][at])}`;
  };

  const draw = (box) => {
    charts.get(box)?.destroy();
    const data = JSON.parse(box.dataset[box.dataset.by]);
    const { data: values, ...rest } = options(box, data, box.dataset.by === 'hourly' ? 3600 : 86400);
    charts.set(box, new uPlot(rest, values, box));
  };

  const boxes = () => [...document.querySelectorAll('[data-chart]')];
  const drawAll = () => boxes().forEach(draw);

  document.addEventListener('click', (event) => {
    const button = event.target.closest?.('[data-by-button]');
    if (!button) return;
    for (const other of document.querySelectorAll('[data-by-button]')) {
      other.setAttribute('aria-pressed', String(other === button));
    }
    for (const box of boxes()) box.dataset.by = button.dataset.byButton;
    drawAll();
  });

  let drawnWidth = 0;
  new ResizeObserver(([entry]) => {
    if (Math.abs(entry.contentRect.width - drawnWidth) < 1) return;
    drawnWidth = entry.contentRect.width;
    drawAll();
  }).observe(document.getElementById('content'));
  new MutationObserver(drawAll).observe(document.getElementById('content'), {
    subtree: true,
    attributes: true,
    attributeFilter: ['data-hourly', 'data-daily'],
  });
  addEventListener('themechange', drawAll);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawAll);
})();
