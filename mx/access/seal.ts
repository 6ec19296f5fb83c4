import type { Express, IRoute, IRouter, RequestHandler } from 'express';
import { commandKinds } from '../../scheduler/commands/command-table.ts';
import { policy } from './policy.ts';

type Layer = IRouter['stack'][number];

/** Routers inside of a router have stacks of their own; what they are mounted at would be missing from their paths. */
const innerStack = ({ handle, ...layer }: Layer): readonly Layer[] => {
  const stack = (handle as unknown as Partial<IRouter>).stack;
  if (stack === undefined) return [];
  if ((layer as { readonly slash?: boolean }).slash !== true)
    throw new Error(
      "a router is mounted below '/': mount it at '/', and write the paths of its routes in full",
    );
  return stack;
};

const routesIn = (stack: readonly Layer[]): readonly IRoute[] =>
  stack.flatMap((layer) => (layer.route === undefined ? routesIn(innerStack(layer)) : [layer.route]));

/** Those that routes take; the last two are of programs alone, see `guard.ts`. */
const guardedMethods = ['get', 'post', 'patch', 'delete'] as const;

/** What a route is guarded for. */
interface Guarded {
  readonly route: IRoute;
  readonly method: (typeof guardedMethods)[number] | 'all';
  /** Names of rows; of a route for all methods, which refuses those that the path does not take, of any of them. */
  readonly names: readonly string[];
}

const isGuarded = (method: string): method is Guarded['method'] =>
  method === 'all' || (guardedMethods as readonly string[]).includes(method);

const guardedOf = (route: IRoute): readonly Guarded[] => {
  const { path, stack } = route;
  if (typeof path !== 'string') throw new Error(`the route ${String(path)} has no path that is a text`);
  const methods = [...new Set(stack.map(({ method }: { readonly method?: string }) => method ?? 'all'))];
  return methods.map((method) => {
    if (!isGuarded(method))
      throw new Error(`the route ${path} takes ${method}: only ${guardedMethods.join(', ')} are used here`);
    const names = method === 'all' ? guardedMethods : [method];
    return { route, method, names: names.map((name) => `${name.toUpperCase()} ${path}`) };
  });
};

/** Puts a guard before all else that a route does, so that no route can be without. */
const guardFirst = ({ route, method }: Guarded, guard: RequestHandler): void => {
  route[method](guard);
  const [added] = route.stack.splice(-1);
  if (added !== undefined) route.stack.unshift(added);
};

/** Compares the table with what there is. Pure; throws an error that names what is missing and what is left over. */
export const checkPolicy = (there: readonly string[], rows: readonly string[]): void => {
  const missing = there.filter((name) => !rows.includes(name));
  const idle = rows.filter((name) => !there.includes(name));
  if (missing.length + idle.length === 0) return;
  const parts = [
    ...missing.map((name) => `'${name}' has no row`),
    ...idle.map((name) => `the row '${name}' is of nothing that there is`),
  ];
  throw new Error(`the policy table of mx/access/policy.ts does not fit: ${parts.join('; ')}`);
};

/**
 * Guards every route that an application has by the row of its name, `GET /path`, and throws unless table and application
 * fit each other. To be called when all routes are there. `elsewhere`: names that are not routes of it now.
 */
export const sealRoutes = (
  app: Express,
  guardOf: (name: string) => RequestHandler,
  elsewhere: readonly string[],
): void => {
  const found = routesIn(app.router.stack as readonly Layer[]).flatMap(guardedOf);
  const named = found.filter(({ method }) => method !== 'all').flatMap(({ names }) => names);
  const kinds = commandKinds.map((kind) => `command ${kind}`);
  const rows = Object.keys(policy);
  checkPolicy([...named, ...elsewhere, ...kinds], rows);
  for (const guarded of found) {
    const name = guarded.names.find((name) => rows.includes(name));
    if (name === undefined) throw new Error(`a route for all methods, ${guarded.route.path}, has no row`);
    guardFirst(guarded, guardOf(name));
  }
};
