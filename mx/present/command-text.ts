import type { CommandRecord } from '../../domain/model/record.ts';
import type { Json } from '../../domain/model/process.ts';

const MAX_ARGUMENTS = 120;

const argumentsText = (given: Json): string => {
  const text = JSON.stringify(given);
  return text.length > MAX_ARGUMENTS ? `${text.slice(0, MAX_ARGUMENTS)}…` : text;
};

/** What a command was to change, such as `off`, `trigger every 7m`; empty where its kind and subject say it all. */
export const changeText = ({ arguments: given }: CommandRecord): string => {
  const { on, trigger, overlap, missed, description } = given;
  return [
    typeof on === 'boolean' ? (on ? 'on' : 'off') : '',
    typeof trigger === 'string' ? `trigger ${trigger}` : '',
    given['arguments'] === undefined ? '' : `arguments ${argumentsText(given['arguments'])}`,
    typeof overlap === 'string' ? `overlap ${overlap}` : '',
    typeof missed === 'string' ? `missed runs ${missed}` : '',
    typeof description === 'string' ? `description “${description}”` : '',
  ]
    .filter((text) => text !== '')
    .join(', ');
};

/** Why a command was refused, or did nothing; undefined where it did what it was to do. */
export const refusalText = ({ state, result }: CommandRecord): string | undefined => {
  const because = state === 'refused' ? result?.['message'] : result?.['because'];
  return typeof because === 'string' ? because : undefined;
};
