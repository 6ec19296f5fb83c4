import { environmentName, optionName, settingDefault, settingHelp, settingNames } from '../settings/help.ts';
import type { SettingName } from '../settings.ts';

const head = `# Settings

<!-- Made by \`npm run docs\` from settings.ts: change that, not this. -->

Read in this order, later ones winning: defaults, \`synergy.config.json\` (or \`.ts\`, \`.js\`) in the working folder,
environment variables, options of the command line. An unknown name or a wrong type stops the start with one line.
Durations are texts such as \`500ms\`, \`10s\`, \`5m\` or \`2h\`; a bare number counts seconds.
`;

const quoted = (text: string): string => (text.includes('`') || text.includes(' ') ? text : `\`${text}\``);

const section = (name: SettingName): string => {
  const { description, expected, example } = settingHelp(name);
  return `## ${name}

${description}

- expected: ${expected}
- default: ${quoted(settingDefault(name))}
- example: \`${example}\`
- also: \`${environmentName(name)}\`, \`${optionName(name)}\`
`;
};

/** The page about all settings, as Markdown. */
export const settingsPage = (): string => [head, ...settingNames.map(section)].join('\n');
