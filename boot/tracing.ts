import { createHash } from 'node:crypto';
import { createUnitTracer } from '../domain/model/unit-trace.ts';
import type { UnitTracer } from '../domain/model/unit-trace.ts';
import { packageVersion } from '../lib/package-info.ts';
import type { ServiceBegin } from './service-process.ts';

/** The tracer of a service, if the settings ask for traces. */
export interface Tracing {
  readonly tracer: UnitTracer | undefined;
  readonly close: () => Promise<void>;
}

const none: Tracing = { tracer: undefined, close: () => Promise.resolve() };

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Traces units of work to the collector of the setting `otlp`. */
export const openTracing = async (
  { settings: { otlp, boxId }, owner, logger }: ServiceBegin,
  service: 'scheduler' | 'worker',
): Promise<Tracing> => {
  if (otlp === undefined) return none;
  const { openOtlp } = await import('../lib/otlp.ts');
  const { send, close } = await openOtlp({
    url: otlp,
    resource: {
      'service.name': `synergy-${service}`,
      'service.version': packageVersion,
      'service.instance.id': owner,
      'host.name': boxId,
    },
    version: packageVersion,
    logger,
  });
  return { tracer: createUnitTracer({ sha256, send }), close };
};
