// A service of the supervisor for tests. `brief.behaviour`: `serve`, `crash`, `server-away` (refuses to begin), `deaf`
// (ignores SIGTERM), `parent` (starts a child in a session of its own, and tells its pid), `deaf-parent`. `brief.patience`:
// for how long it goes on without a supervisor, ms.
import { spawn } from 'node:child_process';
import { SERVICE_MARK } from '../../../lib/os/process-mark.ts';
import { linkToSupervisor } from '../../../supervisor/ipc/client.ts';

interface Brief {
  readonly behaviour: string;
  readonly patience?: number;
}

/** In a session of its own, and out of reach of a signal to the process group. */
const escape = (): number | undefined =>
  spawn(process.execPath, ['-e', 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000)'], {
    detached: true,
    stdio: 'ignore',
  }).pid;

const link = linkToSupervisor({
  dataDir: process.argv[2] ?? '',
  mark: process.env[SERVICE_MARK] ?? '',
  begin: ({ owner, brief }) => {
    const { behaviour, patience = 5000 } = brief as unknown as Brief;
    if (behaviour === 'crash') process.exit(3);
    if (behaviour === 'server-away') {
      void link
        .sayLast({ type: 'refused', code: 'QUEUE_UNREACHABLE', message: 'no route to the broker' })
        .then(() => process.exit(1));
      return patience;
    }
    process.on('SIGTERM', () => {
      if (!behaviour.startsWith('deaf')) process.exit(0);
    });
    setInterval(() => undefined, 1000);
    const child = behaviour.endsWith('parent') ? { child: escape() ?? 0 } : {};
    link.say({ type: 'news', news: { pid: process.pid, owner, ...child } }, 'news');
    link.say({ type: 'ready' }, 'ready');
    return patience;
  },
  stop: () => process.exit(0),
});
