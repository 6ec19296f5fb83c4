import { demoPageData } from '../../demo/page-data.ts';
import type { Troubles } from '../../mx/outage.ts';
import type { Mx, MxOptions } from '../../mx/server.ts';
import type { ApiFor } from '../../scheduler/api/api.ts';
import { createApiSwitch } from '../../scheduler/api/api-switch.ts';
import type { ApiSwitch } from '../../scheduler/api/api-switch.ts';
import { watchServers } from '../../scheduler/server-health.ts';
import type { Standby } from '../../scheduler/standby.ts';
import type { Adapters } from '../adapters.ts';
import type { ServiceBegin } from '../service-process.ts';
import { openAccounts } from './accounts.ts';
import { exposureOf } from './exposure.ts';
import { firstAdmin } from './first-admin.ts';
import { openIdOf } from './openid.ts';

/** What the dashboard of this process is opened with. */
export interface DashboardOptions {
  readonly adapters: Adapters;
  readonly isDemo: boolean;
  readonly begin: Pick<ServiceBegin, 'logger' | 'tell'>;
}

/** Loaded when work moves already: the dashboard takes longer to load than all the rest of a scheduler. */
const openDashboard = async (
  { adapters, isDemo, begin: { logger } }: DashboardOptions,
  given: Pick<MxOptions, 'apiFor' | 'standbyAge'> & { readonly troubles: Troubles },
): Promise<Mx> => {
  const { settings, clock, timetableClock, store } = adapters;
  const { startMx } = await import('../../mx/server.ts');
  return startMx({
    ...given,
    ...exposureOf(settings),
    ...{ clock, timetableClock, logger },
    accounts: openAccounts(store, settings),
    openId: await openIdOf(settings),
    title: settings.mxTitle,
    hasTriggers: settings.events,
    hasMetronome: settings.metronomeApi,
    isSignUpOpen: settings.openSignUp,
    ...(isDemo ? { demoPage: () => demoPageData(store.data) } : {}),
    port: settings.mxPort,
  });
};

/** The dashboard of this process, and the watch over the servers that it stands on: over the timetable that it follows while it stands by, over its own once it leads. */
export const createDashboard = (options: DashboardOptions) => {
  const { adapters, begin } = options;
  const { settings, store, clock } = adapters;
  const watch = watchServers({ ...adapters, log: begin.logger });
  const { troubles } = watch;
  let standbyAge: (() => number) | undefined;
  let opened: { readonly mx: Mx; readonly over: ApiSwitch } | undefined;
  let isRefused = false;
  const open = async (apiFor: ApiFor): Promise<Mx> => {
    const over = createApiSwitch(apiFor);
    const mx = await openDashboard(options, {
      apiFor: over.apiFor,
      standbyAge: () => standbyAge?.(),
      troubles,
    });
    opened = { mx, over };
    return mx;
  };
  return {
    /** Opens it once there is a timetable to show. Where it cannot be opened, work is taken over all the same. */
    standBy: async (standby: Standby, stopping: AbortSignal): Promise<void> => {
      const apiFor = stopping.aborted ? undefined : standby.apiFor();
      if (apiFor === undefined || opened !== undefined || isRefused) return;
      standbyAge = () => standby.age();
      try {
        const { url } = await open(apiFor);
        begin.tell({ kind: 'standby-listening', address: settings.mxPublicUrl ?? url });
      } catch (error) {
        isRefused = true;
        begin.logger.warn(`stands by without a dashboard: ${String(error)}`);
      }
    },
    /** Opens it, or has it go over. Throws when the port will not do. */
    lead: async (apiFor: ApiFor): Promise<void> => {
      standbyAge = undefined;
      opened?.over.to(apiFor);
      const { url } = opened?.mx ?? (await open(apiFor));
      const first = await firstAdmin(openAccounts(store, settings), exposureOf(settings), clock.now());
      if (first !== undefined) begin.tell({ kind: 'first-admin', ...first });
      begin.tell({ kind: 'listening', address: settings.mxPublicUrl ?? url });
    },
    stop: async (): Promise<void> => {
      watch.stop();
      await opened?.mx.stop();
    },
  };
};

export type Dashboard = ReturnType<typeof createDashboard>;
