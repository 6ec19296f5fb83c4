import { pathToFileURL } from 'node:url';
import { moduleFault } from './module-fault.ts';

type Module = Readonly<Record<string, unknown>>;

const throughJiti = async (url: string): Promise<Module> => {
  const [{ createJiti }, own] = await Promise.all([import('jiti'), import('../index.ts')]);
  const jiti = createJiti(import.meta.url, { virtualModules: { 'synergy-scheduler': own } });
  return exportsOf(await jiti.import<Module>(url));
};

/**
 * What a module exports. Node gives a CommonJS module as the `default` of a namespace; one that was compiled from
 * ECMAScript modules (TypeScript, Babel) says by `__esModule` that its own `default` is the one that was meant.
 */
const exportsOf = (module: Module): Module => {
  const inner = module['default'] as Module | null | undefined;
  return typeof inner === 'object' && inner?.['__esModule'] === true ? inner : module;
};

const lacksThisPackage = (error: unknown): boolean =>
  error instanceof Error &&
  (error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND' &&
  error.message.includes("'synergy-scheduler'");

const load = async (url: string): Promise<Module> => {
  if (/\.[cm]?tsx?$/.test(url)) return throughJiti(url);
  try {
    return exportsOf((await import(url)) as Module);
  } catch (error) {
    if (lacksThisPackage(error)) return throughJiti(url);
    throw error;
  }
};

/**
 * Imports a module of the user's by absolute path or file URL. TypeScript goes through jiti, which is loaded only
 * then. `synergy-scheduler` in it means this very package, whether or not the user's folder has it installed.
 * Rejects with an error whose message begins with the file, and the line where that is known.
 */
export const loadModule = async (module: string): Promise<Module> => {
  const url = module.startsWith('file:') ? module : pathToFileURL(module).href;
  try {
    return await load(url);
  } catch (error) {
    throw moduleFault(error, url);
  }
};
