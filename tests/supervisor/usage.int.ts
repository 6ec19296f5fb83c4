import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { SERVICE_MARK } from '../../lib/os/process-mark.ts';
import { usageOf } from '../../lib/os/process-stat.ts';
import { sampleOf } from '../../supervisor/usage.ts';

const BALLAST = 50_000_000;
const busy = `
  const ballast = Buffer.alloc(${BALLAST}, 1);
  while (process.cpuUsage().user < 300_000) for (let i = 0; i < 10_000_000; i++);
  process.stdout.write('done');
  setInterval(() => ballast, 1000);
`;

describe('what a service uses', () => {
  const children: ChildProcess[] = [];
  const mark = randomUUID();

  const start = async (): Promise<number> => {
    const child = spawn(process.execPath, ['-e', busy], {
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, [SERVICE_MARK]: mark },
    });
    children.push(child);
    await once(child.stdout, 'data');
    return child.pid ?? 0;
  };
  after(() => children.forEach((child) => child.kill('SIGKILL')));

  it('is what all processes with its mark use, in whichever group', async () => {
    const first = await start();
    const before = sampleOf(mark, 1000, undefined);
    assert.ok(before);
    assert.equal(before.cpuPercent, null);
    assert.ok(before.rssBytes >= BALLAST && before.cpuMs >= 250, JSON.stringify(before));
    const second = await start();
    const then = sampleOf(mark, 2000, before);
    const rss = (pid: number): number => usageOf(pid)?.rssBytes ?? NaN;
    assert.ok(then && then.rssBytes > 0.9 * (rss(first) + rss(second)), JSON.stringify(then));
    const percent = then.cpuPercent ?? NaN;
    assert.ok(percent >= 25 && percent < 100, `${percent} % of a second`);
    assert.equal(then.cpuMs - before.cpuMs, Math.round(percent * 10));
  });

  it('never falls below nothing when a process that used much has ended', () => {
    const before = { at: 0, rssBytes: 1, cpuMs: Number.MAX_SAFE_INTEGER, cpuPercent: null };
    assert.equal(sampleOf(mark, 1000, before)?.cpuPercent, 0);
  });

  it('is unknown when there is none', () => {
    assert.equal(sampleOf(randomUUID(), 1000, undefined), undefined);
  });
});
