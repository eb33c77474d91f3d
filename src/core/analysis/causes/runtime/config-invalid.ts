import { saysInLog } from './log.ts';

export const configInvalid = saysInLog({
  family: 'runtime',
  pattern:
    /(?:[Ii]nvalid|[Mm]alformed|[Bb]ad|[Ff]ailed to (?:load|parse|read)|[Cc]annot (?:load|parse|read)|[Ee]rror (?:loading|parsing|reading)) (?:the )?(?:config(?:uration)?|YAML|yaml|settings)|[Mm]issing required (?:environment|env|config|property|setting)|[Uu]nknown (?:flag|option|directive|configuration)|[Ee]nvironment variable ["'`]?\w+["'`]? (?:is )?(?:not set|not defined|undefined|unset|missing|empty|required|must be set)|KeyError: .[A-Z_]{3,}|Could not resolve placeholder/,
  means: 'The program does not take its configuration.',
  todo: 'Compare the configuration with the last that worked: variables, arguments, ConfigMap.',
  when: 'Lines of the log say so, of a pod that is unwell, or at least three lines.',
  cures: { fits: ['rollback', 'patch'], pointless: ['restart', 'delete', 'scale', 'resize'], harmful: [] },
  text: (name) => `${name} does not take its configuration.`,
});
