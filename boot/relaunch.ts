import { environmentName, optionName, secretSettings } from '../settings/help.ts';

/** How a run can be repeated: a command line that every user may see, and what only its environment should hold. */
export interface Relaunch {
  readonly argv: readonly string[];
  /** Variables of settings that may hold passwords. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Takes the settings that may hold passwords out of a command line, over what the environment has of them. */
export const relaunchOf = (
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Relaunch => {
  const variables = new Map(secretSettings.map((name) => [optionName(name), environmentName(name)]));
  const kept: string[] = [];
  const secrets: Record<string, string> = {};
  for (const variable of variables.values()) {
    if (environment[variable] !== undefined) secrets[variable] = environment[variable];
  }
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] ?? '';
    const [option = '', ...value] = word.split('=');
    const variable = variables.get(option);
    if (variable === undefined) kept.push(word);
    else secrets[variable] = value.length > 0 ? value.join('=') : (argv[++i] ?? '');
  }
  return { argv: kept, environment: secrets };
};
