import type { Command } from 'commander';
import { packageVersion } from '../lib/package-info.ts';
import { printJson } from '../lib/terminal/output.ts';
import { openApiDocument } from '../mx/api/openapi.ts';
import { routes } from '../mx/api/routes.ts';

/** `synergy api` */
export const define = (command: Command): void => {
  command
    .addHelpText('after', '\nExample:\n  $ synergy api > openapi.json')
    .action(() => printJson(openApiDocument(routes, packageVersion)));
};
