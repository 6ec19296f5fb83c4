import { serveHandler } from '../../worker/isolation/child-main.ts';
import { loadModule } from '../load-module.ts';

/** Child process of the worker host that runs one unit of work of a handler with `isolation: 'process'`. */
serveHandler(loadModule);
