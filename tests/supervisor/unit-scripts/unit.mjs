// A unit of the supervisor for tests. `brief.behaviour`: `serve`, `crash`, `server-away` (refuses to begin), `deaf`
// (ignores SIGTERM), `parent` (starts a child in a session of its own, and tells its pid).
import { spawn } from 'node:child_process';

const news = (value) => process.send({ type: 'news', news: value });
process.on('disconnect', () => process.exit(0));
process.on('message', (message) => {
  if (message.type !== 'begin') return;
  const { behaviour } = message.brief;
  if (behaviour === 'crash') process.exit(3);
  if (behaviour === 'server-away') {
    const refusal = { type: 'refused', code: 'QUEUE_UNREACHABLE', message: 'no route to the broker' };
    process.send(refusal, () => process.exit(1));
    return;
  }
  process.on('SIGTERM', () => {
    if (behaviour !== 'deaf') process.exit(0);
  });
  globalThis.setInterval(() => undefined, 1000);
  if (behaviour === 'parent') {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], {
      detached: true,
      stdio: 'ignore',
    });
    news({ pid: process.pid, child: child.pid });
  } else {
    news({ pid: process.pid, owner: message.owner });
  }
  process.send({ type: 'ready' });
});
