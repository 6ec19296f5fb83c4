import type { z } from 'zod';
import type { Clock } from '../../domain/clock.ts';
import type { OpenId } from '../access/openid.ts';
import type { Accounts, Identity } from '../../scheduler/accounts/api.ts';
import type { SchedulerApi } from '../../scheduler/api/api.ts';
import { nothing, readInput } from '../http/input.ts';
import type { Troubles } from '../outage.ts';
import type { TrafficData } from '../traffic-data.ts';

/** What all requests have in common. */
export interface SiteContext {
  /** Real time: of journals, leases and ages. */
  readonly clock: Clock;
  /** Time of the timetable, which `--as-of` shifts: of periods and triggers. */
  readonly timetableClock: Clock;
  /** Name of the installation; Synergy when absent. */
  readonly title?: string | undefined;
  /** Event triggers are planned here. */
  readonly hasTriggers?: boolean;
  /** Clients of Metronome are served. */
  readonly hasMetronome?: boolean;
  /** Its clients may make accounts. */
  readonly isSignUpOpen?: boolean;
  readonly demoPage?: () => Promise<TrafficData>;
  /** Accounts, their sessions and tokens; absent where none are kept. */
  readonly accounts?: Accounts;
  /** Where users may sign in besides. */
  readonly openId?: OpenId | undefined;
  /** What the scheduler stands on and does not answer now; nothing ever when absent. */
  readonly troubles?: Troubles;
  /** Of a scheduler that stands by: how old what it shows is, ms; undefined once it is at work. */
  readonly standbyAge?: () => number | undefined;
}

/** What the page of one request is made from. */
export interface PageContext extends SiteContext {
  readonly api: SchedulerApi;
  /** Who asks; undefined on what needs no account. */
  readonly identity: Identity | undefined;
}

/** What a view is rendered with; `model` is made by the page's pure `present`. */
export interface PageView {
  /** File name in `mx/views`, without extension. */
  readonly view: string;
  readonly title: string;
  readonly model: object;
  /** Shown over the page where scripts run: then it comes without the page's frame. */
  readonly dialog?: true;
  /** Of those who have not signed in: without navigation and without a word of the installation's work. */
  readonly bare?: true;
  /** Not refreshed while it is looked at. */
  readonly still?: true;
  /** Of the answer; 200 when absent. */
  readonly status?: number;
}

/** What became of a form: shown again with what is wrong, or another page is gone on to. */
export type Submitted = PageView | { readonly goTo: string };

/** A GET route that shows something. */
export interface Page {
  readonly path: string;
  /** Its entry in the navigation; pages without one are reached by links. */
  readonly nav?: { readonly label: string; readonly icon: string };
  /** Shown only when the server was given what it needs. */
  readonly available?: (site: SiteContext) => boolean;
  readonly open: (context: PageContext, request: { params: unknown; query: unknown }) => Promise<PageView>;
  /** What its form is sent to, by POST at the same path. */
  readonly submit?: (context: PageContext, request: { params: unknown; body: unknown }) => Promise<Submitted>;
}

interface Definition<P, Q, B> extends Omit<Page, 'open' | 'submit'> {
  /** Like `query`, no keys at all when left out. */
  readonly params?: z.ZodType<P>;
  readonly query?: z.ZodType<Q>;
  readonly open: (context: PageContext, input: P & Q) => Promise<PageView>;
  /** Of its form. */
  readonly body?: z.ZodType<B>;
  readonly submit?: (context: PageContext, params: P, body: B) => Promise<Submitted>;
}

/** A page whose path, query and form are validated before it sees them. */
export const definePage = <P, Q, B>({
  params,
  query,
  open,
  body,
  submit,
  ...page
}: Definition<P, Q, B>): Page => {
  const pathOf = (given: unknown): P => readInput<unknown>(params ?? nothing, given, 'path') as P;
  return {
    ...page,
    open: async (context, request) =>
      open(context, {
        ...pathOf(request.params),
        ...(readInput<unknown>(query ?? nothing, request.query, 'query') as Q),
      }),
    ...(submit && {
      submit: async (context, request) =>
        submit(
          context,
          pathOf(request.params),
          readInput<unknown>(body ?? nothing, request.body, 'body') as B,
        ),
    }),
  };
};
