import type { Command } from 'commander';
import { previewTrigger } from '../../domain/event/preview.ts';
import type { TriggerPreview } from '../../domain/event/preview.ts';
import { systemClock } from '../../lib/system-clock.ts';
import { instantText, print, printJson } from '../../lib/terminal/output.ts';
import { limitOption } from '../cli/limit-option.ts';
import { instant, length } from './read-option.ts';

interface PreviewOptions {
  readonly epsilon?: number;
  readonly from?: number;
  readonly limit: number;
  readonly json?: true;
}

const printPreview = ({ words, warnings, next }: TriggerPreview): void => {
  print(words);
  for (const { part, text } of warnings) print(`${part}: ${text}`);
  for (const at of next) print(instantText(at));
};

/** `synergy trigger preview` */
export const definePreview = (own: Command): void => {
  own
    .argument('<schedule>', "such as 'R/2027-01-31T10:00:00Z/P1M/ET1H', 'every 15m' or 'at 08:00'")
    .option(
      '--epsilon <duration>',
      'how late a delivery may begin, unless the schedule says it (default: 5m)',
      length,
    )
    .option('--from <instant>', 'the firings after it (default: now)', instant)
    .addOption(limitOption(10))
    .option('--json', 'print JSON')
    .action((schedule: string, { limit, json, ...given }: PreviewOptions) => {
      const preview = previewTrigger({ schedule, count: limit, ...given }, systemClock.now());
      if (json) printJson(preview);
      else printPreview(preview);
    });
};
