import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { identify } from '../../lib/os/process-stat.ts';
import type { ProcessIdentity } from '../../lib/os/process-stat.ts';

/** A process that is none of ours, in a group of its own, and tells when it is signalled. */
export interface Bystander {
  readonly identity: ProcessIdentity;
  /** Ends it, and returns the signals it got before. */
  end(): Promise<string>;
}

const script = `
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => process.stdout.write(signal));
  // Later: signals that came first are heard first.
  process.stdin.on('end', () => setTimeout(() => process.exit(0), 20)).resume();
  process.stdout.write('up ');
`;

export const startBystander = async (): Promise<Bystander> => {
  const child = spawn(process.execPath, ['-e', script], {
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await once(child.stdout, 'data');
  const exited = once(child, 'exit');
  const identity = identify(child.pid ?? 0);
  assert.ok(identity);
  return {
    identity,
    end: async () => {
      child.stdin.end();
      const [, signal] = (await exited) as [number | null, string | null];
      return signal ?? said.slice('up '.length);
    },
  };
};
