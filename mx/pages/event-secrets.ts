import { z } from 'zod';
import { LOCAL_OWNER } from '../../domain/event/trigger.ts';
import type { SchedulerApi } from '../../scheduler/api/api.ts';
import { actionPath, withQuery } from '../present/link.ts';
import { clockText } from '../present/time-text.ts';
import { definePage } from './page.ts';

/** Secrets of one page. */
const PAGE = 100;
const PATH = '/triggers/secrets';

type Secrets = Awaited<ReturnType<SchedulerApi['secrets']>>;

/** Secrets of an owner, and one more that tells that there are others. Pure. */
export const present = (found: Secrets, { owner, after }: { owner: string; after?: string }) => {
  const shown = found.slice(0, PAGE);
  return {
    owner,
    add: actionPath('put-secret', { owner }),
    secrets: shown.map(({ name, fingerprint, createdAt, updatedAt }) => ({
      ...{ name, fingerprint, stored: clockText(createdAt), changed: clockText(updatedAt) },
      change: actionPath('put-secret', { owner, secretName: name }),
      remove: actionPath('remove-secret', { owner, secretName: name }),
    })),
    first: after === undefined ? undefined : withQuery(PATH, { owner }),
    next: found.length > PAGE ? withQuery(PATH, { owner, after: shown.at(-1)?.name }) : undefined,
  };
};

/** Secrets that headers of event triggers may name; what they are is shown nowhere. */
export const eventSecretsPage = definePage({
  path: PATH,
  available: ({ hasTriggers = false }) => hasTriggers,
  query: z.strictObject({
    owner: z.string().min(1).max(200).exactOptional(),
    after: z.string().min(1).max(64).exactOptional(),
  }),
  open: async ({ api, identity }, { owner: asked, ...turn }) => {
    const owner = asked ?? identity?.actor ?? LOCAL_OWNER;
    const found = await api.secrets({ owner, ...turn, limit: PAGE + 1 });
    return { view: 'event-secrets', title: 'Secrets', model: present(found, { owner, ...turn }) };
  },
});
