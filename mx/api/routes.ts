import { commandRoutes } from './commands.ts';
import { readRoutes } from './reads.ts';
import type { Route } from './route.ts';
import { triggerRoutes } from './triggers.ts';
import { secretRoutes } from './trigger-secrets.ts';
import { workerRoutes } from './worker.ts';

/** Every endpoint of the JSON API. */
export const routes: readonly Route[] = [
  ...readRoutes,
  ...commandRoutes,
  ...triggerRoutes,
  ...secretRoutes,
  ...workerRoutes,
];
