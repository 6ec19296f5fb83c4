/** One field of a cron expression. */
interface Field {
  readonly name: string;
  readonly least: number;
  readonly most: number;
  readonly names?: readonly string[];
  /** What else an item may be: pattern, and the same in words. */
  readonly special?: readonly [RegExp, string];
  /** `?` may stand for `*`. */
  readonly mayBeOpen?: true;
}

const months = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const weekdays = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

const second: Field = { name: 'second', least: 0, most: 59 };
const minute: Field = { name: 'minute', least: 0, most: 59 };
const hour: Field = { name: 'hour', least: 0, most: 23 };
const day: Field = {
  name: 'day of month',
  least: 1,
  most: 31,
  special: [
    /^(L|LW|([1-9]|[12]\d|3[01])W)$/,
    'L (the last day), LW (the last working day) or 15W (the working day next to the 15th)',
  ],
  mayBeOpen: true,
};
const month: Field = { name: 'month', least: 1, most: 12, names: months };
const weekday: Field = {
  name: 'day of week',
  least: 0,
  most: 7,
  names: weekdays,
  special: [
    /^([0-7]|SUN|MON|TUE|WED|THU|FRI|SAT)(L|#([1-5]|L))$/,
    'FRI#2 (the second Friday) or FRIL (the last one); a time zone is named as in Europe/Berlin',
  ],
  mayBeOpen: true,
};

const nicknames = ['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly'];

/** Throws what is wrong, in words. */
type Refuse = (problem: string) => Error;

const listOf = ({ name, least, most, names, special }: Field): string =>
  [
    `${least} to ${most}${name === weekday.name ? ' (0 and 7 are Sunday)' : ''}`,
    ...(names ? [`${names[0]} to ${names.at(-1)}`] : []),
    ...(special ? [special[1]] : []),
  ].join(', or ');

const readValue = (text: string, field: Field, refuse: Refuse): number => {
  const named = field.names?.indexOf(text) ?? -1;
  if (named >= 0) return named + field.least;
  const value = /^\d{1,2}$/.test(text) ? Number(text) : NaN;
  if (value >= field.least && value <= field.most) return value;
  throw refuse(`the ${field.name} '${text}' should be ${listOf(field)}`);
};

const readStep = (text: string, { name, least, most }: Field, refuse: Refuse): string => {
  const value = /^\d{1,2}$/.test(text) ? Number(text) : NaN;
  const size = name === weekday.name ? 7 : most - least + 1;
  if (value >= 1 && value <= size) return `/${value}`;
  throw refuse(`the step '/${text}' of the ${name} should be /1 to /${size}`);
};

const readRange = (text: string, field: Field, refuse: Refuse): string => {
  const [from = '', to = '', ...rest] = text.split('-');
  if (rest.length > 0) throw refuse(`the ${field.name} '${text}' should be a range of two values`);
  const first = readValue(from, field, refuse);
  // As the end of a range Sunday is the end of the week, unless it is where the range begins.
  const last = to === 'SUN' && from !== 'SUN' ? 7 : readValue(to, field, refuse);
  if (first <= last) return `${first}-${last}`;
  throw refuse(
    `the range '${text}' of the ${field.name} runs backwards: a range begins with the lower value`,
  );
};

const readItem = (item: string, field: Field, refuse: Refuse): string => {
  if (item === '') throw refuse(`the ${field.name} has a comma with nothing on one side`);
  if (item === '?' && field.mayBeOpen) return '*';
  if (item === '?')
    throw refuse(`the ${field.name} '?' should be *: '?' is for the day of month and the day of week only`);
  if (field.special?.[0].test(item)) return item;
  if (/^L-\d+$/.test(item) && field === day)
    throw refuse(
      `the day of month '${item}' counts from the end of the month, which is not supported: expected ${listOf(field)}`,
    );
  const [body = '', step, ...rest] = item.split('/');
  if (rest.length > 0) throw refuse(`the ${field.name} '${item}' should have one step`);
  if (body !== '*' && !body.includes('-')) {
    const value = readValue(body, field, refuse);
    if (step === undefined) return String(value);
    throw refuse(
      `the step in the ${field.name} '${item}' should follow * or a range: expected ${value}-${field.most}/${step}`,
    );
  }
  const range = body === '*' ? body : readRange(body, field, refuse);
  return step === undefined ? range : range + readStep(step, field, refuse);
};

const readField = (text: string, field: Field, refuse: Refuse): string => {
  const both = field === weekday && text.startsWith('+') ? '+' : '';
  const items = text.slice(both.length).split(',');
  if (field === day && items.length > 1 && items.includes('LW'))
    throw refuse(`the day of month '${text}' should be LW alone, or a list without it`);
  return both + items.map((item) => readItem(item, field, refuse)).join(',');
};

/**
 * Reads a cron expression of five fields, or six with the seconds in front, or a nickname, into one with numbers for
 * names. `refuse` makes the error of a problem that names the field and what it should be.
 */
export const readCronFields = (expression: string, refuse: Refuse): string => {
  if (expression.startsWith('@')) {
    const nickname = expression.toLowerCase();
    if (nicknames.includes(nickname)) return nickname;
    throw refuse(`'${expression}' should be one of ${nicknames.join(', ')}`);
  }
  const texts = expression.toUpperCase().split(' ');
  const fields = [minute, hour, day, month, weekday];
  if (texts.length === 6) fields.unshift(second);
  if (expression === '' || texts.length !== fields.length) {
    throw refuse(
      `'${expression}' has ${expression === '' ? 0 : texts.length} fields and should have five: minute, hour, day of month, month and day of week; or six, with the second in front`,
    );
  }
  return fields.map((field, i) => readField(texts[i] ?? '', field, refuse)).join(' ');
};
